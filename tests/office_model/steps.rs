//! What can happen, at random: by numbers that are taken modulo what there is, so that a step means something wherever it stands
//! and a sequence can be made smaller.

use boxoffice::queue::{EntryStatus, QueueState};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::{option, sample};
use uuid::Uuid;

use crate::asked::{
    ADMISSION_MS, CHILD, DATES, FRIENDS, FULL, HOLD_MS, Place, R_SEATS, Req, S_SEATS, TOKEN_MS, USERS, What,
};
use crate::model::{Model, Owner, WaitState};

#[derive(Clone, Debug)]
pub enum Op {
    SignUp(usize),
    TopUp(usize, i64),
    PayOut(usize, i64),
    Correct(usize, i64),
    Spoil(usize),
    Join(usize, bool),
    Leave(usize),
    /// Guest, date, seats and whether as children.
    Hold(usize, usize, Vec<u32>, bool),
    Best(usize, usize, Option<&'static str>, u32),
    Stand(usize, usize, u32, bool),
    Release(usize, usize),
    /// Guest, which of the holds (all, or the first), a seat beside them, a code, and whether the sum is wrong.
    Pay(usize, bool, Option<(usize, u32)>, Option<usize>, bool),
    Refund(usize, Option<u8>, i64, bool),
    Cancel(usize, Option<u8>),
    CheckIn(usize, usize),
    Undo(usize),
    Block(usize, Vec<u32>),
    BlockStanding(usize, u32),
    Free(usize, bool),
    Want(usize, Option<&'static str>, Option<usize>, u32),
    Unwant(usize),
    TakeOffer(usize, Option<usize>, bool),
    Cap(Option<u32>),
    State(QueueState),
    /// An earlier request comes again, perhaps with another body.
    Again(usize, bool),
}

#[derive(Clone, Debug)]
pub enum Step {
    Do(Op),
    /// All at once, so that they share commits.
    Together(Vec<Op>),
    /// Time passes, and nobody does anything.
    Pass(i64),
    /// The same while the process is away.
    Pause(i64),
    /// The clockwork does what is due.
    Sweep,
    /// The process ends, in order or not, and another opens the data file.
    Restart(bool),
}

#[derive(Clone, Debug)]
pub struct Sequence {
    pub presale_ms: i64,
    pub cap: Option<u32>,
    /// Nearly everything is kept from sale at first.
    pub is_scarce: bool,
    pub steps: Vec<Step>,
}

fn grade() -> impl Strategy<Value = Option<&'static str>> + Clone {
    sample::select(vec![None, Some("R"), Some("S"), Some("S")])
}

fn op() -> impl Strategy<Value = Op> {
    let (user, guest, date, pick) = (0..USERS, 0..24_usize, 0..DATES, 0..32_usize);
    let seats = || vec(0..R_SEATS + S_SEATS, 1..4);
    let code = || option::weighted(0.3, 0..=FRIENDS);
    let first = prop_oneof![
        4 => user.clone().prop_map(Op::SignUp),
        8 => (user.clone(), 0..5000_i64).prop_map(|(user, amount)| Op::TopUp(user, amount)),
        1 => (user.clone(), 1..1500_i64).prop_map(|(user, amount)| Op::PayOut(user, amount)),
        1 => (user.clone(), -1500..1500_i64).prop_map(|(user, amount)| Op::Correct(user, amount)),
        1 => user.clone().prop_map(Op::Spoil),
        12 => (user.clone(), prop::bool::weighted(0.2)).prop_map(|(user, friend)| Op::Join(user, friend)),
        2 => guest.clone().prop_map(Op::Leave),
        3 => (guest.clone(), pick.clone()).prop_map(|(guest, pick)| Op::Release(guest, pick)),
        2 => option::weighted(0.8, 1..=4_u32).prop_map(Op::Cap),
        2 => sample::select(vec![QueueState::Open, QueueState::Open, QueueState::Paused, QueueState::Draining, QueueState::Closed])
            .prop_map(Op::State),
        4 => (pick.clone(), prop::bool::weighted(0.3)).prop_map(|(pick, twist)| Op::Again(pick, twist)),
    ];
    let places = prop_oneof![
        8 => (guest.clone(), date.clone(), seats(), prop::bool::weighted(0.2))
            .prop_map(|(guest, date, seats, child)| Op::Hold(guest, date, seats, child)),
        6 => (guest.clone(), date.clone(), grade(), 1..4_u32)
            .prop_map(|(guest, date, grade, quantity)| Op::Best(guest, date, grade, quantity)),
        4 => (guest.clone(), date.clone(), 1..3_u32, prop::bool::weighted(0.4))
            .prop_map(|(guest, date, quantity, child)| Op::Stand(guest, date, quantity, child)),
        2 => (date.clone(), seats()).prop_map(|(date, seats)| Op::Block(date, seats)),
        1 => (date.clone(), 1..3_u32).prop_map(|(date, quantity)| Op::BlockStanding(date, quantity)),
        2 => (pick.clone(), any::<bool>()).prop_map(|(pick, whole)| Op::Free(pick, whole)),
        6 => (user.clone(), grade(), option::of(date.clone()), 1..3_u32)
            .prop_map(|(user, grade, date, quantity)| Op::Want(user, grade, date, quantity)),
        1 => user.clone().prop_map(Op::Unwant),
    ];
    let beside = option::weighted(0.3, (date, 0..=R_SEATS + S_SEATS));
    let money = prop_oneof![
        10 => (guest, any::<bool>(), beside, code(), prop::bool::weighted(0.1))
            .prop_map(|(guest, all, beside, code, wrong)| Op::Pay(guest, all, beside, code, wrong)),
        3 => (pick.clone(), option::of(any::<u8>()), sample::select(vec![0, 100, 2000]), any::<bool>())
            .prop_map(|(pick, tickets, kept, cash)| Op::Refund(pick, tickets, kept, cash)),
        2 => (pick.clone(), option::of(any::<u8>())).prop_map(|(pick, tickets)| Op::Cancel(pick, tickets)),
        2 => (pick.clone(), pick.clone()).prop_map(|(pick, ticket)| Op::CheckIn(pick, ticket)),
        1 => pick.prop_map(Op::Undo),
        4 => (user, code(), prop::bool::weighted(0.1)).prop_map(|(user, code, wrong)| Op::TakeOffer(user, code, wrong)),
    ];
    prop_oneof![3 => first, 3 => places, 2 => money]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => op().prop_map(Step::Do),
        5 => vec(op(), 2..9).prop_map(Step::Together),
        4 => prop_oneof![3 => 1..2_000_i64, 2 => 1..HOLD_MS, 1 => 1..TOKEN_MS, 1 => Just(25 * 3_600_000)].prop_map(Step::Pass),
        1 => (1..ADMISSION_MS).prop_map(Step::Pause),
        4 => Just(Step::Sweep),
        1 => any::<bool>().prop_map(Step::Restart),
    ]
}

pub fn sequence() -> impl Strategy<Value = Sequence> {
    let presale = prop_oneof![2 => Just(0_i64), 1 => 1..TOKEN_MS];
    (presale, option::weighted(0.8, 1..=4_u32), any::<bool>(), vec(step(), 1..60))
        .prop_map(|(presale_ms, cap, is_scarce, steps)| Sequence { presale_ms, cap, is_scarce, steps })
}

fn pick<T>(of: &[T], pick: usize) -> Option<&T> {
    of.get(pick.checked_rem(of.len())?)
}

impl Model {
    /// The request that a step means now; none where there is nothing that it could be about.
    pub fn meant_by(&self, op: &Op) -> Option<Req> {
        let user = |user: usize| self.balances[user].map(|_| user);
        let guest = |pick: usize| pick.checked_rem(self.guests.len());
        let payment = |pick: usize| pick.checked_rem(self.payments.len());
        // Those inside are asked more often than those who left long ago.
        let visitor = |at: usize| {
            let lives = |at: &usize| self.now < self.guests[*at].ends_at;
            let is_inside = |at: &usize| self.guests[*at].status == EntryStatus::Admitted;
            let inside: Vec<_> = (0..self.guests.len()).filter(lives).filter(is_inside).collect();
            if at % 8 == 7 { guest(at) } else { pick(&inside, at).copied().or_else(|| guest(at)) }
        };
        let seats = |picks: &[u32]| {
            let mut seats: Vec<_> = picks.iter().map(|pick| pick % (R_SEATS + S_SEATS) + 1).collect();
            seats.sort_unstable();
            seats.dedup();
            seats
        };
        let of_type = |child: bool, count: usize| if child { vec![CHILD; count] } else { Vec::new() };
        let tickets = |payment: usize, picks: Option<u8>| {
            let count = self.payments[payment].tickets.len();
            picks.map(|picks| (0..count).filter(|at| picks >> at & 1 == 1).collect::<Vec<_>>())
        };
        Some(match *op {
            Op::SignUp(user) => Req::SignUp(user),
            Op::TopUp(of, amount) => Req::TopUp(user(of)?, amount),
            Op::PayOut(of, amount) => Req::PayOut(user(of)?, amount),
            Op::Correct(of, amount) => Req::Correct(user(of)?, amount),
            Op::Spoil(of) => Req::Spoil(user(of)?),
            Op::Join(of, is_friend) => Req::Join(user(of)?, is_friend),
            Op::Leave(pick) => Req::Leave(guest(pick)?),
            Op::Hold(pick, date, ref picks, child) => {
                let seats = seats(picks);
                let types = of_type(child, seats.len());
                Req::Hold(visitor(pick)?, date, What::Seats(seats), types)
            }
            Op::Best(pick, date, grade, quantity) => {
                Req::Hold(visitor(pick)?, date, What::Best(grade, quantity), Vec::new())
            }
            Op::Stand(pick, date, quantity, child) => {
                Req::Hold(visitor(pick)?, date, What::Stand(quantity), of_type(child, quantity as usize))
            }
            Op::Release(at, which) => {
                let at = visitor(at)?;
                let holds: Vec<_> = self.holds.iter().filter(|hold| hold.owner == Owner::Guest(at)).collect();
                Req::Release(at, pick(&holds, which).map_or(Uuid::nil(), |hold| hold.id))
            }
            Op::Pay(pick, all, beside, code, is_wrong) => self.payment(visitor(pick)?, all, beside, code, is_wrong)?,
            Op::Refund(pick, picks, kept, cash) => {
                let payment = payment(pick)?;
                Req::Refund(payment, tickets(payment, picks), kept, cash)
            }
            Op::Cancel(pick, picks) => {
                let payment = payment(pick)?;
                Req::Cancel(payment, tickets(payment, picks))
            }
            Op::CheckIn(pick, ticket) => {
                let payment = payment(pick)?;
                Req::CheckIn(payment, ticket % self.payments[payment].tickets.len())
            }
            Op::Undo(which) => {
                let inside: Vec<_> = self.inside.keys().copied().collect();
                Req::Undo(pick(&inside, which).copied().unwrap_or_default())
            }
            Op::Block(date, ref picks) => Req::Block(date, What::Seats(seats(picks))),
            Op::BlockStanding(date, quantity) => Req::Block(date, What::Stand(quantity)),
            Op::Free(which, whole) => {
                let block = pick(&self.blocks, which)?;
                Req::Free(block.date, block.id, (!whole).then_some(block.places[0]))
            }
            Op::Want(of, grade, date, quantity) => Req::Want(user(of)?, grade, date, quantity),
            Op::Unwant(of) => Req::Unwant(user(of)?),
            Op::TakeOffer(of, code, is_wrong) => {
                let offered = self.waits.iter().filter(|wait| matches!(wait.state, WaitState::Offered(_)));
                let offered: Vec<_> = offered.map(|wait| wait.user).collect();
                let of = if of == 0 { user(of)? } else { pick(&offered, of).copied().or_else(|| user(of))? };
                let wait = self.waits.iter().rposition(|wait| wait.user == of);
                let basket = wait.map(|wait| self.basket_of(Owner::Wait(wait))).unwrap_or_default();
                let worth = wait.and_then(|wait| self.worth(of, Owner::Wait(wait), &basket, code).ok());
                Req::TakeOffer(of, code, worth.unwrap_or(1) + i64::from(is_wrong))
            }
            Op::Cap(cap) => Req::Cap(cap),
            Op::State(state) => Req::State(state),
            Op::Again(..) => return None,
        })
    }

    fn payment(
        &self,
        at: usize,
        all: bool,
        beside: Option<(usize, u32)>,
        code: Option<usize>,
        is_wrong: bool,
    ) -> Option<Req> {
        let mut basket: Vec<(usize, Place)> = self.basket_of(Owner::Guest(at));
        if !all && let Some(first) = self.live_holds_of(Owner::Guest(at)).first() {
            basket.truncate(first.places.len());
        }
        if let Some((date, seat)) = beside {
            let place = if seat == 0 { self.stand } else { seat };
            if place == self.stand || !basket.contains(&(date, place)) {
                basket.push((date, place));
            }
        }
        if basket.is_empty() {
            basket.push((at % DATES, at as u32 % (R_SEATS + S_SEATS) + 1));
        }
        let worth = self.worth(self.guests[at].user, Owner::Guest(at), &basket, code).unwrap_or(i64::from(FULL) + 1);
        Some(Req::Pay(at, basket, code, worth + i64::from(is_wrong)))
    }
}
