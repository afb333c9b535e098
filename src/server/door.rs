//! The door to the cores: while more is asked than can be done at once, those inside go on and those outside wait their turn
//! here, asleep, instead of among the tasks that are ready to run, where everybody would wait for all of them. Beyond so
//! many who wait, they are turned away at once.

use std::sync::Arc;

use poem::http::request::Parts;
use poem::http::{Method, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;
use crate::http::Problem;
use crate::office::Office;
use crate::queue::{Lines, TokenKey};
use crate::server::asker::Side;
use crate::server::places::Connection;
use crate::store::StoreError;

/// Who posts to these waits for a hasher, which has a bound and an order of its own: a door held by them would be shut to all.
const ELSEWHERE: [&str; 2] = ["/v1/users", "/v1/sessions"];

/// Where the staff asks.
pub(super) const OF_STAFF: &str = "/v1/operator/";

/// How many requests of those outside are worked on at once, and how many may wait for that.
pub(super) struct Door {
    most_at_once: usize,
    most_waiting: usize,
    at_once: Arc<Semaphore>,
    waiting: Semaphore,
}

/// A request is being worked on; the next may come in when this is dropped, wherever the work goes on.
pub(super) struct Entered {
    _of_door: Option<OwnedSemaphorePermit>,
}

impl Door {
    pub(super) fn new(limits: &Limits) -> Self {
        let (most_at_once, most_waiting) = (limits.outside_at_once, limits.outside_waiting);
        Self {
            most_at_once,
            most_waiting,
            at_once: Arc::new(Semaphore::new(most_at_once)),
            waiting: Semaphore::new(most_waiting),
        }
    }

    /// How many are worked on, but for those inside who came while there was no room, and who waits for a hasher.
    pub(super) fn worked_on(&self) -> usize {
        self.most_at_once - self.at_once.available_permits()
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.most_waiting - self.waiting.available_permits()
    }

    /// Lets a request in. The connection on which it came knows from then on whether somebody inside asks there; of whom it
    /// knows that is not asked again while there is room for all.
    ///
    /// # Errors
    /// [`crate::http::Code::Overloaded`] when too many wait already.
    pub(super) async fn enter(
        &self,
        office: &Office,
        asks: &Asks<'_>,
        connection: &Connection,
    ) -> Result<Entered, Problem> {
        if asks.waits_for_hasher {
            connection.suppose(false);
            return Ok(Entered { _of_door: None });
        }
        if let Ok(permit) = self.at_once.clone().try_acquire_owned() {
            if connection.side() != Side::Inside {
                look(office, asks, connection);
            }
            return Ok(Entered { _of_door: Some(permit) });
        }
        if look(office, asks, connection) {
            return Ok(Entered { _of_door: None });
        }
        let _waits = self.waiting.try_acquire().map_err(|_| StoreError::Overloaded)?;
        let permit = self.at_once.clone().acquire_owned().await.map_err(|_| StoreError::Stopped)?;
        Ok(Entered { _of_door: Some(permit) })
    }
}

/// What tells who asks.
pub(super) struct Asks<'r> {
    waits_for_hasher: bool,
    is_of_staff: bool,
    credential: Option<&'r str>,
}

impl<'r> Asks<'r> {
    pub(super) fn of(parts: &'r Parts) -> Self {
        let credential = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let path = parts.uri.path();
        Self {
            waits_for_hasher: parts.method == Method::POST && ELSEWHERE.contains(&path),
            is_of_staff: path.starts_with(OF_STAFF),
            credential: credential.and_then(|value| value.strip_prefix("Bearer ")),
        }
    }
}

/// Whether whoever asks is inside; the connection knows from then on. Without a credential nobody is, and nobody is taken for
/// one outside at once: so come buyers back.
fn look(office: &Office, asks: &Asks<'_>, connection: &Connection) -> bool {
    let Some(credential) = asks.credential else {
        if connection.side() == Side::Inside {
            connection.set_side(Side::Unknown);
        }
        return false;
    };
    let is_inside = is_inside(office, credential, asks.is_of_staff);
    connection.set_side(Side::of(is_inside));
    is_inside
}

/// Buyers who were let in, and the staff where it asks. A credential that only looks like the staff's is refused there soon, and
/// counted.
fn is_inside(office: &Office, credential: &str, is_of_staff: bool) -> bool {
    if !credential.contains('.') {
        return is_of_staff && !credential.starts_with("bs_");
    }
    let now = office.now();
    let Ok(claims) = office.part::<TokenKey>().read(credential, now) else { return false };
    let line = office.part::<Lines>().by_id(claims.concert);
    line.is_some_and(|line| line.heard_inside(claims.ordinal(), claims.jti, now))
}
