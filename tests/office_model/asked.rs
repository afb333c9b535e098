//! What can be asked of a box office in these tests and what it answers: the same words for the model and for the real one.

use boxoffice::queue::QueueState;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Two grades of seats, and a section to stand in that has the second grade.
pub const R_SEATS: u32 = 3;
pub const S_SEATS: u32 = 3;
pub const STANDING: u32 = 2;
/// Each concert has so many dates.
pub const DATES: usize = 2;
pub const USERS: usize = 5;

pub const FULL: u16 = 0;
pub const CHILD: u16 = 1;
/// What a place costs by grade and ticket type; no child sits in the first grade.
pub const PRICES: [(&str, [Option<i64>; 2]); 2] = [("R", [Some(1000), None]), ("S", [Some(500), Some(250)])];
pub const FEE_PER_TICKET: i64 = 50;
pub const FEE_PER_ORDER: i64 = 100;
pub const CANCEL_FEE: i64 = 30;
/// So many places may one buyer have: of a date, of it as a child, of the concert.
pub const LIMITS: [u32; 3] = [4, 2, 6];

/// The codes of a concert, and how often each may be used: ten per cent off, an amount off the first date, a presale's.
pub const CODES: [(&str, u32); 3] = [("TENOFF", 2), ("FIRSTNIGHT", 1), ("FRIENDS", 2)];
pub const TEN_OFF: usize = 0;
pub const FIRST_NIGHT: usize = 1;
pub const FRIENDS: usize = 2;
pub const OFF_FIRST_NIGHT: i64 = 700;

/// How long a token, an admission, a hold and an offer of the waitlist last, and an answer is kept, in milliseconds.
pub const TOKEN_MS: i64 = 300_000;
pub const ADMISSION_MS: i64 = 120_000;
pub const HOLD_MS: i64 = 90_000;
pub const OFFER_MS: i64 = 60_000;
pub const KEPT_MS: i64 = 86_400_000;

/// A seat's number from 1, or what stands for the standing section.
pub type Place = u32;

/// Which places.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Seats(Vec<Place>),
    /// The best ones of this grade, or of any.
    Best(Option<&'static str>, u32),
    /// So many to stand.
    Stand(u32),
}

/// A request. Users, guests, dates and payments are named by their places in the order of their making.
#[derive(Clone, Debug, PartialEq)]
pub enum Req {
    SignUp(usize),
    TopUp(usize, i64),
    PayOut(usize, i64),
    Correct(usize, i64),
    /// Changes something and fails after it.
    Spoil(usize),
    /// With a presale code, or without.
    Join(usize, bool),
    Leave(usize),
    Hold(usize, usize, What, Vec<u16>),
    Release(usize, Uuid),
    Pay(usize, Vec<(usize, Place)>, Option<usize>, i64),
    /// Single tickets or all, what is kept of each, and whether it goes back as cash.
    Refund(usize, Option<Vec<usize>>, i64, bool),
    /// The buyer's own.
    Cancel(usize, Option<Vec<usize>>),
    CheckIn(usize, usize),
    Undo(Uuid),
    Block(usize, What),
    /// A block, or one place of it.
    Free(usize, Uuid, Option<Place>),
    Want(usize, Option<&'static str>, Option<usize>, u32),
    Unwant(usize),
    TakeOffer(usize, Option<usize>, i64),
    Cap(Option<u32>),
    State(QueueState),
}

/// A request and the key that makes it the same when it comes again.
#[derive(Clone, Debug)]
pub struct Asked {
    pub key: u64,
    pub req: Req,
}

/// A ticket: date, place, type, price and fee.
pub type Sold = (usize, Place, u16, i64, i64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Done {
    Plainly,
    Balance(i64),
    Joined { id: Uuid, number: Option<u32>, is_inside: bool },
    Held { id: Uuid, places: Vec<(Place, u16)>, amount: i64, until: i64 },
    Paid { payment: i64, amount: i64, balance: i64, tickets: Vec<Sold> },
    Refunded(i64),
    CheckedIn(Uuid),
    Blocked(Uuid, Vec<Place>),
}

/// What was done, or the word for why not.
pub type Said = Result<Done, String>;
