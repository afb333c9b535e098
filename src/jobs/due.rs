//! The jobs that do what has come due in the sale: draws, expiries, admissions and absences; ends of holds; offers.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Instant;
use crate::jobs::{checkouts, mails, refunds, webhooks};
use crate::office::Office;
use crate::picture::Schedule;
use crate::queue::Lines;
use crate::reservation::SeatMaps;
use crate::visit::due;
use crate::waitlist::{self, Waits};

/// Sleep no longer while something is due: the runtime's timers stand still while the machine sleeps, and the time of
/// day may be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// Well below what counts as having been away.
const LOOK_AT_CLOCK_EVERY: Duration = Duration::from_secs(1);

/// Does everything that is due now. One caller at a time does each: what another has taken up is done before this one
/// looks, not merely begun.
pub async fn run_due(office: &Arc<Office>) {
    loop {
        tokio::join!(all_queues(office), all_holds(office));
        // What came back is offered to the waitlist.
        all_offers(office).await;
        // Once the numbers of a draw are written, buyers can be let in.
        let (drawn, refunded) = (all_draws(office).await, refunds::refund_due(office).await);
        let swept = checkouts::sweep_due(office).await;
        let told = webhooks::carry_due(office).await;
        if !drawn && !swept && !told && !mails::carry_due(office).await && refunded != Some(true) {
            break;
        }
    }
    due::tell_sales(office).await;
}

/// How often those who wait are told how the sale stands, when that is news.
const TELL_SALES_EVERY: Duration = Duration::from_secs(1);

/// Runs until it is dropped.
pub(super) async fn sales(office: Arc<Office>) {
    let mut every = tokio::time::interval(TELL_SALES_EVERY);
    loop {
        every.tick().await;
        due::tell_sales(&office).await;
    }
}

async fn all_draws(office: &Arc<Office>) -> bool {
    let _alone = office.part::<Lines>().doing_draws.lock().await;
    due::draws(office, office.now()).await
}

/// Runs until it is dropped.
pub(super) async fn draws(office: Arc<Office>) {
    loop {
        until_due(office.part::<Lines>().numbering(), &office).await;
        all_draws(&office).await;
    }
}

/// How soon a node that follows notices a draw.
const LOOK_FOR_DRAWS_EVERY: Duration = Duration::from_millis(100);

/// Works out draws where this node follows. Runs until it is dropped.
pub(super) async fn orders(office: Arc<Office>) {
    let mut every = tokio::time::interval(LOOK_FOR_DRAWS_EVERY);
    while !office.store.standing().leads() {
        every.tick().await;
        due::work_out_draws(&office).await;
    }
    // It leads until it ends.
    std::future::pending().await
}

async fn all_queues(office: &Arc<Office>) {
    let _alone = office.part::<Lines>().doing_due.lock().await;
    while due::queues(office, office.now()).await {}
}

async fn all_holds(office: &Arc<Office>) {
    let _alone = office.part::<SeatMaps>().doing_due.lock().await;
    while due::holds(office, office.now()).await {}
}

async fn all_offers(office: &Arc<Office>) {
    let _alone = office.part::<Waits>().doing_due.lock().await;
    while waitlist::due::offers(office, office.now()).await {}
}

/// Runs until it is dropped.
pub(super) async fn offers(office: Arc<Office>) {
    loop {
        until_due(office.part::<Waits>().due(), &office).await;
        all_offers(&office).await;
    }
}

/// Looks at the machine's clock, so that a leap is seen when it happens, and an absence of the process by the gap that it
/// leaves here. Runs until it is dropped.
pub(super) async fn watch_clock(office: Arc<Office>) {
    loop {
        office.clock.look();
        tokio::time::sleep(LOOK_AT_CLOCK_EVERY).await;
    }
}

/// Runs until it is dropped.
pub(super) async fn queues(office: Arc<Office>) {
    loop {
        until_due(office.part::<Lines>().due(), &office).await;
        all_queues(&office).await;
    }
}

/// Runs until it is dropped.
pub(super) async fn holds(office: Arc<Office>) {
    loop {
        until_due(office.part::<SeatMaps>().holds(), &office).await;
        all_holds(&office).await;
    }
}

async fn until_due<K: Copy + Eq + Ord + std::hash::Hash>(schedule: &Schedule<K>, office: &Office) {
    let sleep = schedule.next().map(|Instant(at)| {
        let ms = u64::try_from(at - office.now().0).unwrap_or(0);
        Duration::from_millis(ms).min(LONGEST_SLEEP)
    });
    let nap = async {
        match sleep {
            Some(sleep) => tokio::time::sleep(sleep).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = schedule.woken() => {}
        () = nap => {}
    }
}
