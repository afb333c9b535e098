//! A request to the real box office: one operation on the writer, as its address has it.

use std::sync::Arc;

use boxoffice::account::{self, AccountError};
use boxoffice::app::App;
use boxoffice::catalog::Performance;
use boxoffice::code::CodeError;
use boxoffice::door::domain::{self as door, DoorError, Gate};
use boxoffice::idempotency::{self, Answer, IdempotencyError, Once};
use boxoffice::ids::{ConcertKey, Ordinal, PaymentKey, SeatId, TICKETS_PER_PAYMENT, TicketKey, UserKey, section_of};
use boxoffice::money::Amount;
use boxoffice::payment::{self, Basket, Payment, PaymentError};
use boxoffice::queue::{self, QueueError, Visit};
use boxoffice::refund::domain::{self as refund, Fate, RefundError, Wish};
use boxoffice::refund::{Cause, Way};
use boxoffice::reservation::best::{Best, Hint};
use boxoffice::reservation::block::{self, Freed, NewBlock, Places};
use boxoffice::reservation::domain::Choice;
use boxoffice::reservation::{Elsewhere, HoldError, Maps, Seen, Stand};
use boxoffice::store::{StoreError, Tx};
use boxoffice::visit::{self, VisitError};
use boxoffice::waitlist::{self, WaitlistError, Waits, Wanted};
use boxoffice::wallet::{self, Means, WalletError};

use crate::asked::{Asked, CODES, Done, FRIENDS, KEPT_MS, Place, Req, What};
use crate::line::over;
use crate::office::{STAFF, Show, as_buyer, email, stand};

/// Why not, in the model's words. A failure of the store fails the test.
#[derive(Debug)]
pub struct Refused(pub String);

macro_rules! refusals {
    ($($error:ident: $($pattern:pat => $word:expr),* $(,)?;)*) => {$(
        impl From<$error> for Refused {
            fn from(error: $error) -> Self {
                match error {
                    $($pattern => $word.into(),)*
                    other => panic!("{other}"),
                }
            }
        }
    )*};
}

impl From<&str> for Refused {
    fn from(word: &str) -> Self {
        Self(word.to_owned())
    }
}

impl From<String> for Refused {
    fn from(word: String) -> Self {
        Self(word)
    }
}

refusals! {
    StoreError: ;
    AccountError: AccountError::EmailTaken => "address taken";
    IdempotencyError: IdempotencyError::KeyReused => "key reused";
    QueueError:
        QueueError::Ended(status, cause) => over(status, cause),
        QueueError::NotAdmitted => "not admitted",
        QueueError::NotOpenYet(_) => "not open yet",
        QueueError::NotJoinable(_) => "not joinable",
        QueueError::PresaleOver => "presale over";
    CodeError:
        CodeError::UsedUp => "code used up",
        CodeError::NoSuchCode => "no such code",
        CodeError::NotForThese => "code not for these";
    HoldError:
        HoldError::AdmissionOver => "admission over",
        HoldError::Taken { .. } => "taken",
        HoldError::NotEnough(_) => "not enough",
        HoldError::TypeNotSold { .. } => "type not sold",
        HoldError::TooManySeats { limit, already, .. } => format!("too many: {already} of {limit}"),
        HoldError::NoSuchHold => "no such hold",
        HoldError::NoSuchBlock => "no such block",
        HoldError::BadChoice(_) => "not of the block";
    VisitError:
        VisitError::Queue(error) => Refused::from(error),
        VisitError::Code(error) => Refused::from(error),
        VisitError::Hold(error) => Refused::from(error);
    WaitlistError:
        WaitlistError::AlreadyOn => "already on the list",
        WaitlistError::NotSoldOut(_) => "not sold out",
        WaitlistError::NotOn => "not on the list",
        WaitlistError::NoOffer => "no offer",
        WaitlistError::First => "waitlist first",
        WaitlistError::Hold(error) => Refused::from(error);
    WalletError: WalletError::TooLittle(_) => "too little";
    PaymentError:
        PaymentError::Seats(error) => Refused::from(error),
        PaymentError::Code(error) => Refused::from(error),
        PaymentError::Waitlist(error) => Refused::from(error),
        PaymentError::AmountMismatch(amount) => format!("mismatch: {}", amount.0),
        PaymentError::Insufficient { .. } => "too little",
        PaymentError::TicketCancelled => "ticket cancelled";
    RefundError:
        RefundError::Payment(error) => Refused::from(error),
        RefundError::CheckedIn => "checked in";
    DoorError:
        DoorError::Payment(error) => Refused::from(error),
        DoorError::CheckedIn(_) => "checked in",
        DoorError::NoSuchCheckIn => "no such check-in";
}

/// What a request needs to know of its concert.
pub struct Scene {
    concert: ConcertKey,
    dates: Vec<Arc<Performance>>,
    /// What memory knew of each date before the first of those that share a commit.
    seen: Vec<Seen>,
    wanted: Vec<Wanted>,
    users: Vec<Option<UserKey>>,
    /// The payments' keys, by the model's number.
    payments: Vec<i64>,
    number: u32,
}

impl Scene {
    pub fn of(app: &App, maps: &Maps, show: &Show) -> Self {
        let (dates, users, payments) = (show.dates.clone(), show.users.to_vec(), show.payments.clone());
        let now = app.now();
        let seen = maps.iter().map(|map| map.map.seen(now)).collect();
        let wanted = maps.iter().map(|map| Wanted::of(app.part::<Waits>(), &map.map, now)).collect();
        Self { concert: show.concert, dates, seen, wanted, users, payments, number: show.number }
    }

    fn user(&self, at: usize) -> UserKey {
        self.users[at].expect("an account")
    }

    fn seat(&self, (date, place): (usize, Place)) -> SeatId {
        self.dates[date].seat_id(place)
    }

    fn date_of(&self, seat: SeatId) -> usize {
        self.dates.iter().position(|date| date.key == seat.performance).expect("one of its dates")
    }

    fn paid(&self, (payment, balance): (Payment, Amount)) -> Done {
        let ticket =
            |of: &payment::Ticket| (self.date_of(of.seat), of.seat.seat_no, of.type_no.0, of.price.0, of.fee.0);
        let tickets = payment.tickets.iter().map(ticket).collect();
        Done::Paid { payment: payment.key.0, amount: payment.amount.0, balance: balance.0, tickets }
    }
}

/// Does what is asked, once for its key.
pub fn ask(tx: &Tx, scene: &Scene, asked: &Asked) -> Result<Done, Refused> {
    let (Asked { key, req }, name) = (asked, name(&asked.req));
    let once = Once {
        key: key.to_string(),
        operation: name.to_owned(),
        body: format!("{req:?}").into_bytes(),
        keep_seconds: (KEPT_MS / 1000) as u32,
    };
    let (actor, visit) = match req {
        Req::TopUp(user, _) | Req::Join(user, _) | Req::Want(user, ..) | Req::TakeOffer(user, ..) => {
            (scene.user(*user), None)
        }
        Req::Hold(guest, ..) | Req::Pay(guest, ..) => {
            let entry = queue::domain::entry(tx, scene.concert, Ordinal(*guest as u32 + 1))?;
            (entry.user, Some(entry.require_admitted(tx.now())))
        }
        _ => return act(tx, scene, req),
    };
    as_buyer(tx, actor);
    let answer = idempotency::once(tx, Some(&once), Some(actor), || match visit {
        Some(visit) => act_inside(tx, scene, &visit?, req),
        None => act(tx, scene, req),
    })?;
    match answer {
        Answer::Unrecorded(done) => Ok(done),
        Answer::Recorded { body, .. } => Ok(serde_json::from_str(&body).expect("what was written")),
    }
}

fn name(req: &Req) -> &'static str {
    match req {
        Req::TopUp(..) => "top_up",
        Req::Join(..) => "issue_token",
        Req::Hold(..) => "hold_seats",
        Req::Pay(..) => "pay",
        Req::TakeOffer(..) => "take_offer",
        _ => "join_waitlist",
    }
}

fn act_inside(tx: &Tx, scene: &Scene, visit: &Visit, req: &Req) -> Result<Done, Refused> {
    match req {
        Req::Hold(_, date, what, types) => {
            let performance = &scene.dates[*date];
            scene.wanted[*date].require_none_waits(tx)?;
            let types: Vec<_> = types.iter().map(|of| boxoffice::ids::TypeNo(*of)).collect();
            let placed = visit::domain::hold_seats(tx, visit, performance, &choice(performance, what), &types)?;
            let hold = placed.hold;
            let places = hold.seat_numbers.into_iter().zip(hold.type_nos.iter().map(|of| of.0)).collect();
            Ok(Done::Held { id: hold.id, places, amount: hold.amount.0, until: hold.held_until.0 })
        }
        Req::Pay(_, basket, code, amount) => {
            let seat_ids = basket.iter().map(|place| scene.seat(*place)).collect();
            let code = code.map(|code| CODES[code].0.to_lowercase());
            let basket = Basket { seat_ids, code, ..Basket::default() };
            if payment::domain::takes_more(tx, visit, &basket.seat_ids)? {
                scene.wanted.iter().try_for_each(|of| of.require_none_waits(tx))?;
            }
            Ok(scene.paid(payment::domain::pay(tx, visit, &scene.dates, &basket, Amount(*amount))?))
        }
        _ => unreachable!("not asked inside: {req:?}"),
    }
}

fn choice(performance: &Performance, what: &What) -> Choice {
    match what {
        What::Seats(seats) => {
            let seats = seats.iter().map(|seat| performance.seat_id(*seat)).collect();
            Choice::Seats(seats, Elsewhere::Unknown)
        }
        What::Best(grade, quantity) => {
            let best = Best { grade: grade.map(str::to_owned), quantity: *quantity, ..Best::default() };
            Choice::Best(best, Hint::Unknown)
        }
        What::Stand(quantity) => Choice::Standing(standing(performance, *quantity)),
    }
}

fn standing(performance: &Performance, quantity: u32) -> Stand {
    Stand { section_no: section_of(stand(performance)).expect("a section"), quantity }
}

fn act(tx: &Tx, scene: &Scene, req: &Req) -> Result<Done, Refused> {
    let (concert, dates) = (scene.concert, &scene.dates);
    let balance = |posting: wallet::Posting| Ok(Done::Balance(posting.balance_after.0));
    match req {
        Req::SignUp(user) => {
            account::domain::sign_up(tx, &email(scene.number, *user), "User", None)?;
        }
        Req::TopUp(user, amount) => match wallet::domain::top_up(tx, scene.user(*user), Amount(*amount), None) {
            Err(WalletError::AmountOutOfRange(_)) => return Err(format!("out of range: {user}").into()),
            posting => return balance(posting?),
        },
        Req::PayOut(user, amount) => {
            return balance(wallet::domain::pay_out(tx, scene.user(*user), Amount(*amount), Means::Cash)?);
        }
        Req::Correct(user, amount) => {
            return balance(wallet::domain::correct(tx, scene.user(*user), Amount(*amount), "Counted again")?);
        }
        Req::Spoil(user) => {
            wallet::domain::top_up(tx, scene.user(*user), Amount(1), None)?;
            return Err("spoiled".into());
        }
        Req::Join(user, is_friend) => {
            let code = is_friend.then_some(CODES[FRIENDS].0);
            let joined = visit::domain::issue_token(tx, scene.user(*user), concert, code)?.entry;
            let is_inside = joined.admitted_until.is_some();
            return Ok(Done::Joined { id: joined.id, number: joined.number, is_inside });
        }
        Req::Leave(guest) => visit::domain::leave_queue(tx, &entry(tx, scene, *guest)?)?,
        Req::Release(guest, hold) => {
            let visit = entry(tx, scene, *guest)?.require_admitted(tx.now())?;
            visit::domain::release_hold(tx, &visit, *hold)?;
        }
        Req::Refund(payment, tickets, kept, cash) => {
            let payment = paid(tx, scene, *payment)?;
            let way = if *cash { Way::Cash } else { Way::Balance };
            let (tickets, kept) = (keys(&payment, tickets.as_deref()), Amount(*kept));
            let wish = Wish { tickets, way, kept, with_order_fee: true, fate: Fate::OnSale };
            return Ok(Done::Refunded(refund::refund(tx, &payment, &wish, Cause::Staff)?.amount.0));
        }
        Req::Cancel(payment, tickets) => {
            let payment = paid(tx, scene, *payment)?;
            let tickets = keys(&payment, tickets.as_deref());
            return Ok(Done::Refunded(refund::cancel_payment(tx, &payment, tickets)?.amount.0));
        }
        Req::CheckIn(payment, ticket) => {
            let gate = Gate { staff: STAFF, name: None, performance: None, reason: None };
            let ticket = TicketKey(scene.payments[*payment] * TICKETS_PER_PAYMENT + *ticket as i64);
            return Ok(Done::CheckedIn(door::check_in(tx, &gate, ticket, |_| true)?.0.id));
        }
        Req::Undo(id) => drop(door::undo_check_in(tx, *id, "A mistake")?),
        Req::Block(date, what) => {
            let places = match what {
                What::Seats(seats) => Places::Seats(seats.clone()),
                What::Stand(quantity) | What::Best(_, quantity) => Places::Standing(standing(&dates[*date], *quantity)),
            };
            let new = NewBlock { reason: "Desk".into(), places, skip_taken: true };
            let made = block::block(tx, &dates[*date], &new)?;
            let places = match made.places {
                Places::Seats(seats) => seats,
                Places::Standing(stand) => stand.seat_numbers(),
            };
            return Ok(Done::Blocked(made.id, places));
        }
        Req::Free(date, id, one) => {
            let freed = match one {
                None => Freed::All,
                Some(place) if section_of(*place).is_some() => Freed::Standing(1),
                Some(place) => Freed::Seats(vec![*place]),
            };
            block::free(tx, concert, dates[*date].key, *id, &freed)?;
        }
        Req::Want(user, grade, date, quantity) => {
            let performances = date.map(|date| dates[date].key).into_iter().collect();
            let wish = waitlist::Wish { performances, grade: grade.map(str::to_owned), quantity: *quantity };
            waitlist::domain::join_waitlist(tx, scene.user(*user), concert, &scene.seen, &wish)?;
        }
        Req::Unwant(user) => waitlist::domain::leave_waitlist(tx, concert, scene.user(*user))?,
        Req::TakeOffer(user, code, amount) => {
            let code = code.map(|code| CODES[code].0.to_owned());
            let user = scene.user(*user);
            return Ok(scene.paid(payment::domain::pay_offer(tx, user, concert, dates, Amount(*amount), code)?));
        }
        Req::Cap(cap) => {
            queue::domain::change_settings(tx, concert, |settings| settings.max_admitted = *cap)?;
        }
        Req::State(state) => {
            queue::domain::change_settings(tx, concert, |settings| settings.state = *state)?;
        }
        Req::Hold(..) | Req::Pay(..) => unreachable!("asked inside: {req:?}"),
    }
    Ok(Done::Plainly)
}

fn entry(tx: &Tx, scene: &Scene, guest: usize) -> Result<queue::Entry, QueueError> {
    queue::domain::entry(tx, scene.concert, Ordinal(guest as u32 + 1))
}

fn paid(tx: &Tx, scene: &Scene, at: usize) -> Result<Payment, PaymentError> {
    payment::domain::payment_by_key(tx, PaymentKey(scene.payments[at]))
}

fn keys(payment: &Payment, tickets: Option<&[usize]>) -> Option<Vec<TicketKey>> {
    tickets.map(|tickets| tickets.iter().map(|at| payment.tickets[*at].key).collect())
}
