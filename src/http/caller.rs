//! Who calls, as far as the network knows: the client behind a request, and its share of what is limited. A proxy's word
//! about it counts only where the operator named the proxy.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use poem::http::HeaderMap;
use poem::{Addr, Request};
use uuid::Uuid;

use crate::config::Config;
use crate::http::{Code, Problem};
use crate::idempotency::Once;
use crate::limiter::{Account, Attempt, HoldTerms, Limiter, SlowDown, What};
use crate::network::client_of;
use crate::office::Office;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Whoever calls.
pub struct Caller {
    /// The client: an IPv4 address, or an IPv6 network.
    pub client: IpAddr,
    is_limited: bool,
    office: Arc<Office>,
}

impl Caller {
    /// The caller of a request.
    pub fn of(office: &Arc<Office>, request: &Request) -> Self {
        let config = &office.config;
        let address = client_address(config, &request.remote_addr().0, request.headers());
        let is_limited = !config.lift_limits_for.iter().any(|network| network.contains(address));
        Self { client: client_of(address), is_limited, office: office.clone() }
    }

    fn limiter(&self) -> Option<&Arc<Limiter>> {
        self.is_limited.then(|| self.office.part::<Limiter>())
    }

    /// Takes one of the client's share.
    ///
    /// # Errors
    /// [`Code::SlowDown`].
    pub fn spend(&self, what: What) -> Result<(), Problem> {
        self.limiter().map_or(Ok(()), |limiter| Ok(limiter.spend(what, self.client)?))
    }

    /// Takes one of the account's share.
    ///
    /// # Errors
    /// [`Code::SlowDown`].
    pub fn spend_of(&self, account: Uuid, what: What) -> Result<(), Problem> {
        self.limiter().map_or(Ok(()), |limiter| Ok(limiter.spend(what, account)?))
    }

    /// As [`Caller::spend_of`], and one of the account's idempotency keys if the request has one.
    ///
    /// # Errors
    /// [`Code::SlowDown`].
    pub fn spend_with_key(&self, account: Uuid, what: What, request: Option<&Once>) -> Result<(), Problem> {
        self.spend_of(account, what)?;
        if request.is_some() { self.spend_of(account, What::Key) } else { Ok(()) }
    }

    /// Lets the client show a password for the account with this address.
    ///
    /// # Errors
    /// [`Code::SlowDown`].
    pub fn attempt(&self, email: &str) -> Result<Option<Attempt>, Problem> {
        let Some(limiter) = self.limiter() else { return Ok(None) };
        let account: Account = limiter.guesses.account(email);
        let attempt = limiter.guesses.attempt(account, self.client, self.office.now());
        Ok(Some(attempt.map_err(|refused| limiter.refuse(refused))?))
    }

    /// The password was right.
    pub fn right(&self, attempt: Option<Attempt>) {
        if let (Some(limiter), Some(attempt)) = (self.limiter(), attempt) {
            limiter.guesses.right(attempt, self.office.now());
        }
    }

    /// May an account keep seats of a concert from others now?
    ///
    /// # Errors
    /// [`Code::SlowDown`].
    pub fn may_hold(&self, account: Uuid, concert: Uuid) -> Result<(), Problem> {
        let Some(limiter) = self.limiter() else { return Ok(()) };
        let terms = HoldTerms::of(self.office.store.terms().hold_seconds);
        let asked = limiter.hold_time.ask(account, concert, terms, self.office.now());
        Ok(asked.map_err(|refused| limiter.refuse(refused))?)
    }

    /// An account keeps seats of a concert from now on.
    pub fn holds(&self, account: Uuid, concert: Uuid) {
        if let Some(limiter) = self.limiter() {
            let (seconds, now) = (self.office.store.terms().hold_seconds, self.office.now());
            limiter.hold_time.holds(account, concert, HoldTerms::of(seconds), now, now.plus_seconds(seconds));
        }
    }

    /// An account has paid for what it held of a concert.
    pub fn paid(&self, account: Uuid, concert: Uuid) {
        if let Some(limiter) = self.limiter() {
            limiter.hold_time.paid(account, concert);
        }
    }
}

/// The client that sits at the other end of a connection, or behind the proxies there.
pub fn client_address(config: &Config, remote: &Addr, headers: &HeaderMap) -> IpAddr {
    let peer = match remote {
        Addr::SocketAddr(peer) => peer.ip().to_canonical(),
        // In the same process.
        _ => Ipv4Addr::LOCALHOST.into(),
    };
    if config.is_proxy(peer) {
        behind(config, peer, headers)
    } else {
        tell_of_strange_proxy(peer, headers);
        peer
    }
}

/// The client behind trusted proxies: each adds whom it speaks for at the end, so the last that is no proxy of ours counts;
/// whatever stands before it anybody could have written.
fn behind(config: &Config, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut client = peer;
    let values: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
    for value in values.into_iter().rev() {
        for hop in value.to_str().unwrap_or_default().rsplit(',') {
            let Some(address) = address(hop.trim()) else { return client };
            client = address;
            if !config.is_proxy(client) {
                return client;
            }
        }
    }
    client
}

/// Some proxies add the port.
fn address(hop: &str) -> Option<IpAddr> {
    let plain = hop.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()));
    plain.ok().map(|address| address.to_canonical())
}

/// A proxy that the operator did not name makes all its clients one: that is worth a line, once.
fn tell_of_strange_proxy(peer: IpAddr, headers: &HeaderMap) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if headers.contains_key(FORWARDED_FOR) && !TOLD.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            "{peer} sends X-Forwarded-For and is not believed: if it is your proxy, all its clients count as one until you \
             say --behind-proxy (on this machine) or --trusted-proxy {peer}"
        );
    }
}

impl From<SlowDown> for Problem {
    fn from(refused: SlowDown) -> Self {
        let (english, korean) = match refused.what {
            What::SignUp => {
                ("Too many accounts are made from your network.", "같은 네트워크에서 너무 많이 가입했습니다.")
            }
            What::LogIn => ("Too many log-ins come from your network.", "같은 네트워크에서 너무 많이 로그인했습니다."),
            What::Guess => (
                "Too many wrong passwords were shown for this account.",
                "이 계정에 틀린 비밀번호를 너무 많이 넣었습니다.",
            ),
            What::StrangeSession => (
                "Too many unknown sessions come from your network.",
                "같은 네트워크에서 없는 세션을 너무 많이 썼습니다.",
            ),
            What::WrongKey => {
                ("Too many wrong keys come from your network.", "같은 네트워크에서 틀린 키를 너무 많이 썼습니다.")
            }
            What::Join => ("You join too often.", "대기열에 너무 자주 들어갔습니다."),
            What::Hold => ("You hold seats too often.", "좌석을 너무 자주 선점했습니다."),
            What::HoldTime => (
                "You kept seats from others for long without buying; let others have a look first.",
                "사지 않으면서 좌석을 오래 선점했습니다. 다른 사람도 볼 수 있게 해 주세요.",
            ),
            What::TopUp => ("You top up too often.", "너무 자주 충전했습니다."),
            What::Key => ("You use too many idempotency keys.", "Idempotency-Key를 너무 많이 썼습니다."),
        };
        let seconds = refused.retry_seconds;
        Self::new(Code::SlowDown, format!("{english} Come again in {seconds} seconds."))
            .in_korean(format!("{korean} {seconds}초 뒤에 다시 하세요."))
            .limited(refused)
    }
}
