//! What is counted, whose share it is, and what is said to whoever asks for too much.

use std::net::IpAddr;

use uuid::Uuid;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum What {
    /// Accounts made by a client.
    SignUp,
    /// Passwords that a client shows, right or wrong.
    LogIn,
    /// Passwords shown for one account: see `guesses`.
    Guess,
    /// Sessions that a client presents and this process has not seen yet.
    StrangeSession,
    /// Staff credentials of a client that open nothing.
    WrongKey,
    /// Places in line that an account takes.
    Join,
    /// Holds of an account.
    Hold,
    /// For how long an account keeps seats from others: see `hold_time`.
    HoldTime,
    /// Top-ups of an account.
    TopUp,
    /// Idempotency keys of an account.
    Key,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::SignUp,
        Self::LogIn,
        Self::Guess,
        Self::StrangeSession,
        Self::WrongKey,
        Self::Join,
        Self::Hold,
        Self::HoldTime,
        Self::TopUp,
        Self::Key,
    ];

    /// Its name, in headers and figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign-ups",
            Self::LogIn => "log-ins",
            Self::Guess => "guesses",
            Self::StrangeSession => "strange-sessions",
            Self::WrongKey => "wrong-keys",
            Self::Join => "joins",
            Self::Hold => "holds",
            Self::HoldTime => "hold-time",
            Self::TopUp => "top-ups",
            Self::Key => "idempotency-keys",
        }
    }
}

/// Whose share it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asker(u128);

impl From<IpAddr> for Asker {
    fn from(client: IpAddr) -> Self {
        Self(match client {
            IpAddr::V4(client) => client.to_ipv6_mapped().to_bits(),
            IpAddr::V6(client) => client.to_bits(),
        })
    }
}

impl From<Uuid> for Asker {
    fn from(account: Uuid) -> Self {
        Self(account.as_u128())
    }
}

/// It was too much: when to ask again, and what the bound is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many {}", what.as_str())]
pub struct SlowDown {
    /// What was too much.
    pub what: What,
    /// So many may be asked for at once.
    pub quota: u32,
    /// In how many seconds all of them are there again.
    pub window_seconds: u64,
    /// After so many seconds the same is granted, if nothing else is asked for until then.
    pub retry_seconds: u32,
}
