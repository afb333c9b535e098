//! What the drill does as the operator: puts a hall on sale, makes the buyers, asks how the queue stands at the end.

use anyhow::{Context, bail};
use futures_util::{StreamExt, TryStreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Ask;
use crate::clock::{Clock, SystemClock};
use crate::rehearse::arguments::Arguments;
use crate::rehearse::pool::Pool;

/// The one price level of the drill's hall.
pub const GRADE: &str = "R";
const PRICE: i64 = 50_000;
const SEATS_PER_ROW: u32 = 25;
const ROWS_PER_SECTION: u32 = 40;
const SESSIONS_AT_ONCE: u32 = 1000;

/// The operator's desk of a server.
pub struct Desk<'a> {
    pool: &'a Pool,
    operator_key: &'a str,
}

/// What is on sale.
#[derive(Clone, Debug)]
pub struct Sale {
    /// The concert.
    pub concert_id: String,
    /// Its one performance.
    pub performance_id: String,
}

/// A buyer's account and session.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// The account.
    pub user_id: Uuid,
    /// Proof of being its owner.
    pub secret: Box<str>,
}

/// The server's own figures of the drill's queue.
#[derive(Clone, Debug, Deserialize)]
pub struct QueueFigures {
    /// Who waits still.
    pub waiting: u64,
    /// Who is inside still.
    pub admitted: u64,
    /// Visits that ended with a payment.
    pub completed: u64,
}

impl<'a> Desk<'a> {
    /// The desk that this key opens.
    pub fn new(pool: &'a Pool, operator_key: &'a str) -> Self {
        Self { pool, operator_key }
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let body = body.map(|body| body.to_string().into_bytes());
        let ask = Ask { method, path, bearer: Some(self.operator_key), body, ..Ask::default() };
        let address = self.pool.address();
        let answer = self
            .pool
            .send(&ask)
            .await
            .with_context(|| format!("nothing answers at http://{address}; is `boxoffice serve` running there?"))?;
        match (answer.status, answer.code().as_str()) {
            (200..300, _) => Ok(answer.json()),
            (_, "staff_key_wrong") => bail!(
                "http://{address} refuses the operator key; give the one it printed on its first start with \
                 --operator-key or BOXOFFICE_OPERATOR_KEY"
            ),
            (status, "") => bail!("http://{address}{path} answers {status} and no reason; is it a box office?"),
            (status, code) => {
                bail!("http://{address}{path} answers {status} {code}: {}", answer.json()["detail"])
            }
        }
    }

    async fn make(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.ask("POST", path, Some(body)).await
    }

    /// Puts the drill's hall on sale, at once.
    ///
    /// # Errors
    /// When the server is not there or refuses.
    pub async fn open_sale(&self, arguments: &Arguments) -> anyhow::Result<Sale> {
        let hall = self.make("/v1/operator/halls", hall(arguments.seats)).await?;
        let concert = json!({
            "title": "Rehearsal", "time_zone": "Asia/Seoul",
            "queue": {"max_admitted": arguments.max_admitted, "admissions_per_minute": arguments.per_minute},
        });
        let concert = self.make("/v1/operator/concerts", concert).await?;
        let starts_at = SystemClock::start().now().plus_seconds(30 * 24 * 3600).to_rfc3339();
        let performance = json!({
            "concert_id": concert["id"], "hall_id": hall["id"], "starts_at": starts_at, "prices": {GRADE: PRICE},
        });
        let performance = self.make("/v1/operator/performances", performance).await?;
        let id = |made: &Value| made["id"].as_str().map(str::to_owned).context("the server's answer has no id");
        Ok(Sale { concert_id: id(&concert)?, performance_id: id(&performance)? })
    }

    /// Makes buyers; `made` hears how many there are by now.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open_sessions(&self, count: u32, made: impl Fn(usize)) -> anyhow::Result<Vec<Session>> {
        #[derive(Deserialize)]
        struct Sessions {
            sessions: Vec<Session>,
        }
        let counts = (0..count).step_by(SESSIONS_AT_ONCE as usize).map(|done| SESSIONS_AT_ONCE.min(count - done));
        let batches = futures_util::stream::iter(counts).map(|count| async move {
            let made = self.make("/v1/operator/sessions", json!({"count": count})).await?;
            Ok::<_, anyhow::Error>(serde_json::from_value::<Sessions>(made)?.sessions)
        });
        let mut sessions = Vec::with_capacity(count as usize);
        let mut batches = batches.buffered(2);
        while let Some(batch) = batches.try_next().await? {
            sessions.extend(batch);
            made(sessions.len());
        }
        Ok(sessions)
    }

    /// Lets so many be inside a concert at once.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn let_in(&self, concert_id: &str, max_admitted: u32) -> anyhow::Result<()> {
        let path = format!("/v1/operator/concerts/{concert_id}/queue");
        self.ask("PATCH", &path, Some(json!({ "max_admitted": max_admitted }))).await?;
        Ok(())
    }

    /// How the drill's queue stands.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn queue(&self, concert_id: &str) -> anyhow::Result<QueueFigures> {
        let path = format!("/v1/operator/concerts/{concert_id}/queue");
        Ok(serde_json::from_value(self.ask("GET", &path, None).await?)?)
    }
}

/// Rows of twenty-five in sections of forty rows; the last row takes what is left.
fn hall(seats: u32) -> Value {
    let row = |at: u32| {
        json!({
            "name": format!("{}", at % ROWS_PER_SECTION + 1), "grade": GRADE,
            "seats": SEATS_PER_ROW.min(seats - at * SEATS_PER_ROW),
        })
    };
    let rows = seats.div_ceil(SEATS_PER_ROW);
    let section = |first: u32| {
        json!({
            "name": format!("Section {}", first / ROWS_PER_SECTION + 1),
            "rows": (first..rows.min(first + ROWS_PER_SECTION)).map(row).collect::<Vec<_>>(),
        })
    };
    let sections: Vec<_> = (0..rows).step_by(ROWS_PER_SECTION as usize).map(section).collect();
    json!({"name": "Rehearsal hall", "sections": sections})
}

#[cfg(test)]
mod tests {
    use super::hall;

    #[test]
    fn a_hall_has_exactly_the_seats_asked_for() {
        for seats in [1, 24, 25, 26, 999, 1000, 1001, 100_000] {
            let hall = hall(seats);
            let sections = hall["sections"].as_array().expect("sections");
            let rows = sections.iter().flat_map(|section| section["rows"].as_array().expect("rows"));
            assert_eq!(rows.map(|row| row["seats"].as_u64().expect("a count")).sum::<u64>(), u64::from(seats));
        }
    }
}
