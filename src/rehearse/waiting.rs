//! A buyer in the waiting room: polls as often as told, or follows a stream.

use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::sleep_until;

use crate::client::Ask;
use crate::rehearse::buyer::{Buyer, Place};
use crate::rehearse::measure::Counts;
use crate::rehearse::plan::Intent;
use crate::rehearse::words::{End, Operation};

/// How waiting by a stream ended.
enum Followed {
    Admitted,
    Left(End),
    /// The stream ended in order: who is still there begins another.
    Again,
    /// There was no place for a stream, or it broke: the buyer polls.
    Poll,
}

impl Buyer {
    /// Waits until let in; gives the journey's end if it ends here.
    pub(super) async fn wait(&mut self, place: Place) -> Result<Option<End>, End> {
        let drill = self.drill.clone();
        Counts::add(&drill.counts().waiting, 1);
        let waited = self.wait_either_way(place).await;
        Counts::sub(&drill.counts().waiting, 1);
        waited
    }

    async fn wait_either_way(&mut self, place: Place) -> Result<Option<End>, End> {
        if self.plan.streams {
            let drill = self.drill.clone();
            if let Ok(_place) = drill.streams.try_acquire() {
                loop {
                    match Box::pin(self.follow()).await? {
                        Followed::Admitted => return Ok(None),
                        Followed::Left(end) => return Ok(Some(end)),
                        Followed::Again => {}
                        Followed::Poll => break,
                    }
                }
            }
            Counts::add(&drill.counts().without_stream, 1);
        }
        self.poll(place).await
    }

    async fn poll(&mut self, place: Place) -> Result<Option<End>, End> {
        let mut pause = place.poll_after_ms;
        let patience = self.plan.dice.below(3);
        for asked in 0.. {
            let due = Instant::now() + Duration::from_millis(u64::from(pause));
            if self.sleep_or_sold_out(due).await {
                return Ok(Some(Box::pin(self.leave_empty_handed(self.drill.arguments.arrival_time())).await?));
            }
            if self.plan.intent == Intent::Leave && asked >= patience {
                return Ok(Some(Box::pin(self.leave(due, End::Left)).await?));
            }
            let place = Box::pin(self.ask_position(due)).await?;
            if place.status == "admitted" {
                return Ok(None);
            }
            pause = place.poll_after_ms;
        }
        Err(End::Lost)
    }

    async fn sleep_or_sold_out(&self, due: Instant) -> bool {
        tokio::select! {
            () = self.drill.sold_out() => true,
            () = sleep_until(due.into()) => false,
        }
    }

    async fn ask_position(&self, due: Instant) -> Result<Place, End> {
        let ask = Ask { method: "GET", path: "/v1/queue/position", bearer: Some(&self.token), ..Ask::default() };
        let answer = self.drill.ask(Operation::QueuePosition, &ask, due).await?;
        if answer.status != 200 {
            return Err(self.drill.end_of(Operation::QueuePosition, &answer));
        }
        self.read(Operation::QueuePosition, &answer)
    }

    async fn follow(&mut self) -> Result<Followed, End> {
        let (drill, due) = (self.drill.clone(), Instant::now());
        let path = "/v1/queue/position/stream";
        let ask = Ask { method: "GET", path, bearer: Some(&self.token), ..Ask::default() };
        let Ok(mut client) = drill.pool.connect().await else { return Ok(Followed::Poll) };
        let mut body = match client.open(&ask).await {
            Ok(response) if response.status() == 200 => response.into_body(),
            Ok(response) => {
                drill.measure.refused(Operation::StreamPosition, response.status().as_str());
                return Ok(Followed::Poll);
            }
            Err(_) => return Ok(Followed::Poll),
        };
        let gives_up = self.plan.intent == Intent::Leave;
        let patience = due + Duration::from_secs(1) + self.plan.dice.up_to(Duration::from_secs(2));
        let (mut text, mut first) = (String::new(), true);
        loop {
            let status = tokio::select! {
                status = next_status(&mut body, &mut text) => status,
                () = drill.sold_out() => {
                    let end = self.leave_empty_handed(drill.arguments.arrival_time()).await?;
                    return Ok(Followed::Left(end));
                }
                () = sleep_until(patience.into()), if gives_up => {
                    return Ok(Followed::Left(self.leave(patience, End::Left).await?));
                }
            };
            if std::mem::take(&mut first) && matches!(status, Ok(Some(_))) {
                drill.measure.answered(Operation::StreamPosition, due.elapsed());
            }
            match status.as_ref().map(Option::as_deref) {
                Ok(Some("waiting")) => {}
                Ok(Some("admitted")) => return Ok(Followed::Admitted),
                Ok(Some("expired")) => return Ok(Followed::Left(End::Expired)),
                Ok(Some(status)) => return Err(drill.lost(format!("stream_position: {status}"))),
                Ok(None) => return Ok(Followed::Again),
                Err(Broken) => {
                    Counts::add(&drill.counts().connection_errors, 1);
                    return Ok(Followed::Poll);
                }
            }
        }
    }
}

/// A stream that did not end in order, or said what nobody understands.
struct Broken;

/// The status in the stream's next message; none when it has ended in order.
async fn next_status(body: &mut Incoming, text: &mut String) -> Result<Option<String>, Broken> {
    loop {
        if let Some(end) = text.find('\n') {
            let line: String = text.drain(..=end).collect();
            if let Some(data) = line.strip_prefix("data:") {
                let place: Place = serde_json::from_str(data.trim()).map_err(|_| Broken)?;
                return Ok(Some(place.status));
            }
            continue;
        }
        let Some(frame) = body.frame().await else { return Ok(None) };
        if let Ok(bytes) = frame.map_err(|_| Broken)?.into_data() {
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
}
