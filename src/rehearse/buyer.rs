//! A buyer's journey: join, wait, look at dates and seats, hold, top up, pay; and the ways in which people stray from it.
//!
//! A buyer is one small task. What is only needed inside stands in a future of its own, made when it is their turn, so
//! that a hundred thousand who wait cost little. The changes that move money or seats carry an `Idempotency-Key`, as a
//! good front end's do; joining need not, because a lost token can be got back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use tokio::time::{sleep, sleep_until};

use crate::client::{Answer, Ask};
use crate::rehearse::desk::{GRADE, Session};
use crate::rehearse::drill::Drill;
use crate::rehearse::measure::Counts;
use crate::rehearse::plan::{Break, BuyerPlan, Intent};
use crate::rehearse::words::{End, Operation, Span};

/// So often a buyer who picks seats loses them to others before asking for the best instead.
const PICKS: u32 = 4;
/// A dawdler is gone so long after the hold's end.
const PAST_THE_HOLD: Duration = Duration::from_millis(500);
/// A lost connection is noticed and made again within this time.
const RECOVERY: Duration = Duration::from_millis(200);

/// One buyer under way.
pub struct Buyer {
    pub(super) drill: Arc<Drill>,
    pub(super) plan: BuyerPlan,
    session: Session,
    pub(super) token: Box<str>,
    /// What is on the balance.
    balance: i64,
    /// Keys used so far.
    keys: u32,
}

/// A place in the queue, as far as a buyer cares.
#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) status: String,
    pub(super) poll_after_ms: u32,
}

#[derive(Deserialize)]
struct Joined {
    token: Box<str>,
    #[serde(flatten)]
    place: Place,
}

#[derive(Deserialize)]
struct Held {
    seats: Vec<HeldSeat>,
    amount: i64,
}

#[derive(Deserialize)]
struct HeldSeat {
    id: String,
}

/// Lives a buyer's journey, from the moment they were meant to come. Gives how it ended.
pub async fn live(drill: Arc<Drill>, plan: BuyerPlan, session: Session, came: Instant) -> End {
    Counts::add(&drill.counts().arrived, 1);
    let mut buyer = Buyer { drill, plan, session, token: Box::default(), balance: 0, keys: 0 };
    let end = match buyer.journey(came).await {
        Ok(end) | Err(end) => end,
    };
    if end == End::Bought {
        buyer.drill.measure.took(Span::Journey, came.elapsed());
    }
    buyer.drill.measure.ended(end);
    end
}

impl Buyer {
    async fn journey(&mut self, came: Instant) -> Result<End, End> {
        let place = Box::pin(self.join(came)).await?;
        if place.status != "admitted"
            && let Some(end) = self.wait(place).await?
        {
            return Ok(end);
        }
        let drill = self.drill.clone();
        drill.measure.took(Span::Wait, came.elapsed());
        Counts::add(&drill.counts().inside, 1);
        let began = Instant::now();
        let end = Box::pin(self.visit()).await;
        Counts::sub(&drill.counts().inside, 1);
        Counts::add(&drill.counts().visits, 1);
        drill.measure.took(Span::Visit, began.elapsed());
        end
    }

    async fn join(&mut self, came: Instant) -> Result<Place, End> {
        let drill = self.drill.clone();
        let path = format!("/v1/concerts/{}/queue/tokens", drill.sale.concert_id);
        let secret = self.session.secret.clone();
        let bearer = Some(&*secret);
        let keyed = [("idempotency-key", "join")];
        // Without a key the request may be repeated too: it joins anew.
        let with_key = self.plan.repeats || self.plan.breaks == Some(Break::Join);
        let headers = if with_key { &keyed[..] } else { &[] };
        let ask = Ask { method: "POST", path: &path, bearer, headers, ..Ask::default() };
        let mut due = came;
        if matches!(self.plan.breaks, Some(Break::Join | Break::JoinAndRecover)) {
            due = self.lose_connection(&ask).await;
        }
        if self.plan.breaks == Some(Break::JoinAndRecover) {
            let path = format!("{path}/current");
            let ask = Ask { method: "GET", path: &path, bearer, ..Ask::default() };
            let answer = drill.ask(Operation::CurrentToken, &ask, due).await?;
            match (answer.status, answer.code().as_str()) {
                (200, _) => return self.take_token(&answer),
                // The request had not got through.
                (_, "not_in_queue") => due = Instant::now(),
                _ => return Err(drill.end_of(Operation::CurrentToken, &answer)),
            }
        }
        let answer = self.change(Operation::IssueToken, &ask, due).await?;
        if answer.status != 201 {
            return Err(drill.end_of(Operation::IssueToken, &answer));
        }
        self.take_token(&answer)
    }

    fn take_token(&mut self, answer: &Answer) -> Result<Place, End> {
        let joined: Joined = self.read(Operation::IssueToken, answer)?;
        self.token = joined.token;
        Ok(joined.place)
    }

    /// What is done once let in. It ends the visit, in any case.
    async fn visit(&mut self) -> Result<End, End> {
        let drill = self.drill.clone();
        let due = self.think().await;
        let dates = self.inside(Operation::ListDates, "/v1/dates", due).await?;
        if dates.status != 200 {
            return Err(drill.end_of(Operation::ListDates, &dates));
        }
        if self.plan.intent == Intent::Leave {
            let due = self.think().await;
            self.look_at_seats(due).await?;
            let due = self.think().await;
            return self.leave(due, End::Left).await;
        }
        let held = loop {
            let held = self.choose().await?;
            if self.plan.intent == Intent::Dawdle {
                let patience = Duration::from_secs(u64::from(drill.arguments.hold_seconds)) + PAST_THE_HOLD;
                sleep(patience).await;
                return self.leave(Instant::now(), End::Dawdled).await;
            }
            self.top_up(held.amount).await?;
            // On a slow server a hold may end before its buyer has paid. They choose again.
            if self.pay(&held).await? {
                break held;
            }
        };
        if drill.measure.sold(held.seats.len() as u64) == u64::from(drill.arguments.seats) {
            drill.measure.sold_out();
            drill.sold_out.send_replace(true);
        }
        Ok(End::Bought)
    }

    /// Looks and holds until it works, or there is nothing left.
    async fn choose(&mut self) -> Result<Held, End> {
        let drill = self.drill.clone();
        let (mut wanted, mut picks) = (self.plan.seats as usize, 0);
        loop {
            let due = self.think().await;
            self.look_at_seats(due).await?;
            let Some(choice) = self.pick(wanted, picks) else {
                self.look_again_later().await?;
                continue;
            };
            let due = self.think().await;
            let answer = self.post(Operation::HoldSeats, "/v1/holds", &choice, due).await?;
            match (answer.status, answer.code().as_str()) {
                (201, _) => return self.read(Operation::HoldSeats, &answer),
                (_, "seat_taken") => picks += 1,
                (_, "not_enough_seats") => match answer.json()["available"].as_u64() {
                    Some(left) if left > 0 => wanted = wanted.min(left as usize),
                    _ => self.look_again_later().await?,
                },
                (_, "seat_limit") => wanted = answer.json()["limit"].as_u64().unwrap_or(1).max(1) as usize,
                _ => return Err(drill.end_of(Operation::HoldSeats, &answer)),
            }
        }
    }

    /// What to hold, as far as the map shows; none when nothing is free.
    fn pick(&mut self, wanted: usize, picks: u32) -> Option<serde_json::Value> {
        let performance_id = &self.drill.sale.performance_id;
        let free = self.drill.board.free();
        if free > 0 && (self.plan.best || picks == PICKS) {
            let best = json!({"grade": GRADE, "quantity": wanted.min(free)});
            return Some(json!({"performance_id": performance_id, "best": best}));
        }
        let seats = self.drill.board.pick(&mut self.plan.dice, wanted);
        (!seats.is_empty()).then(|| json!({"performance_id": performance_id, "seat_ids": seats}))
    }

    /// Asks what changed since the last look of anybody, and shows it to everybody.
    async fn look_at_seats(&mut self, due: Instant) -> Result<(), End> {
        let drill = self.drill.clone();
        let version = drill.board.version();
        let path = format!("/v1/performances/{}/seats?since={version}", drill.sale.performance_id);
        let etag = format!("\"{version}\"");
        let headers = [("if-none-match", etag.as_str())];
        let token = self.token.clone();
        let ask = Ask { method: "GET", path: &path, bearer: Some(&token), headers: &headers, ..Ask::default() };
        let answer = drill.ask(Operation::SeatMap, &ask, due).await?;
        match answer.status {
            200 => drill.board.take(&answer.body).map_err(|error| drill.lost(format!("seat_map: {error}"))),
            304 => Ok(()),
            _ => Err(drill.end_of(Operation::SeatMap, &answer)),
        }
    }

    /// Nothing is free, but what others hold may come back. Ends the visit when everything is sold.
    async fn look_again_later(&mut self) -> Result<(), End> {
        let drill = self.drill.clone();
        let pause = Duration::from_millis(500) + self.plan.dice.up_to(Duration::from_secs(1));
        tokio::select! {
            () = sleep(pause) => Ok(()),
            () = drill.sold_out() => Err(self.leave_empty_handed(Duration::from_secs(2)).await?),
        }
    }

    /// Adds what the balance lacks for this amount.
    async fn top_up(&mut self, amount: i64) -> Result<(), End> {
        let drill = self.drill.clone();
        let lacking = amount - self.balance;
        if lacking <= 0 {
            return Ok(());
        }
        let due = self.think().await;
        let body = json!({"amount": lacking});
        let mut answer = self.post(Operation::TopUp, "/v1/balance/top-ups", &body, due).await?;
        if answer.code() == "top_up_forbidden" {
            let path = format!("/v1/operator/users/{}/top-ups", self.session.user_id);
            let key = self.new_key();
            let key = format!("{}-{key}", self.session.user_id.simple());
            let headers = [("idempotency-key", key.as_str())];
            let (bearer, body) = (Some(&*drill.operator_key), Some(body.to_string().into_bytes()));
            let ask = Ask { method: "POST", path: &path, bearer, body, headers: &headers };
            answer = self.change(Operation::TopUp, &ask, Instant::now()).await?;
        }
        if answer.status != 201 {
            return Err(drill.end_of(Operation::TopUp, &answer));
        }
        self.balance += lacking;
        Ok(())
    }

    /// Pays. False when the hold had ended and others have the seats.
    async fn pay(&mut self, held: &Held) -> Result<bool, End> {
        let due = self.think().await;
        let seat_ids: Vec<_> = held.seats.iter().map(|seat| seat.id.as_str()).collect();
        let body = json!({"seat_ids": seat_ids, "amount": held.amount});
        let answer = self.post(Operation::Pay, "/v1/payments", &body, due).await?;
        match (answer.status, answer.code().as_str()) {
            (201, _) => Ok(true),
            (_, "seat_taken") => Ok(false),
            _ => Err(self.drill.end_of(Operation::Pay, &answer)),
        }
    }

    /// A key for a change that this buyer has not used before.
    fn new_key(&mut self) -> String {
        self.keys += 1;
        format!("rehearsal-{}", self.keys)
    }

    /// Gives the place back. One that has ended by itself meanwhile is as good.
    pub(super) async fn leave(&mut self, due: Instant, end: End) -> Result<End, End> {
        let ask =
            Ask { method: "DELETE", path: "/v1/queue/tokens/current", bearer: Some(&self.token), ..Ask::default() };
        let answer = self.drill.ask(Operation::LeaveQueue, &ask, due).await?;
        match (answer.status, answer.code().as_str()) {
            (204, _) | (401, "token_expired" | "token_left") => Ok(end),
            _ => Err(self.drill.end_of(Operation::LeaveQueue, &answer)),
        }
    }

    /// Leaves because everything is sold, within this time: not everybody reads the news at once.
    pub(super) async fn leave_empty_handed(&mut self, within: Duration) -> Result<End, End> {
        let due = Instant::now() + self.plan.dice.up_to(within);
        sleep_until(due.into()).await;
        self.leave(due, End::SoldOut).await
    }

    async fn inside(&self, operation: Operation, path: &str, due: Instant) -> Result<Answer, End> {
        let ask = Ask { method: "GET", path, bearer: Some(&self.token), ..Ask::default() };
        self.drill.ask(operation, &ask, due).await
    }

    /// A change with the queue token and a key; the connection breaks where the plan says so.
    async fn post(
        &mut self,
        operation: Operation,
        path: &str,
        body: &serde_json::Value,
        due: Instant,
    ) -> Result<Answer, End> {
        let (token, key) = (self.token.clone(), self.new_key());
        let headers = [("idempotency-key", key.as_str())];
        let body = Some(body.to_string().into_bytes());
        let ask = Ask { method: "POST", path, bearer: Some(&token), body, headers: &headers };
        let breaks = match self.plan.breaks {
            Some(Break::Hold) => operation == Operation::HoldSeats,
            Some(Break::Pay) => operation == Operation::Pay,
            Some(Break::Join | Break::JoinAndRecover) | None => false,
        };
        let due = if breaks {
            self.plan.breaks = None;
            self.lose_connection(&ask).await
        } else {
            due
        };
        self.change(operation, &ask, due).await
    }

    /// Sends a change; a buyer who repeats sends it again with the same key, and it must give the same answer (law 9).
    async fn change(&mut self, operation: Operation, ask: &Ask<'_>, due: Instant) -> Result<Answer, End> {
        let drill = self.drill.clone();
        let answer = drill.ask(operation, ask, due).await?;
        if self.plan.repeats && answer.status == 201 {
            Counts::add(&drill.counts().repeats, 1);
            let again = drill.ask(operation, ask, Instant::now()).await?;
            if (again.status, &again.body) != (answer.status, &answer.body) {
                Counts::add(&drill.counts().differences, 1);
            }
        }
        Ok(answer)
    }

    /// Sends a request and loses the connection before the answer is there, or just after. Gives when to ask again.
    async fn lose_connection(&mut self, ask: &Ask<'_>) -> Instant {
        Counts::add(&self.drill.counts().breaks, 1);
        let after = self.plan.dice.up_to(Duration::from_millis(4));
        self.drill.pool.send_and_break(ask, after).await;
        let due = Instant::now() + self.plan.dice.up_to(RECOVERY);
        sleep_until(due.into()).await;
        due
    }

    /// Thinks. Gives when the next step was meant to be.
    async fn think(&mut self) -> Instant {
        let now = Instant::now();
        match self.drill.arguments.think_ms {
            0 => now,
            mean_ms => {
                let due = now + self.plan.dice.think(mean_ms);
                sleep_until(due.into()).await;
                due
            }
        }
    }

    pub(super) fn read<'a, T: Deserialize<'a>>(&self, operation: Operation, answer: &'a Answer) -> Result<T, End> {
        serde_json::from_slice(&answer.body)
            .map_err(|error| self.drill.lost(format!("{}: {error}", operation.as_str())))
    }
}
