//! What needs the staff's attention, derived from what is seen: one pure decision with stable codes. No store, no clock.

use poem_openapi::Enum;
use serde::Serialize;
use uuid::Uuid;

use crate::queue::{QueueState, SaleState};

/// With less left on the disk there is time to make room; sales stop when there is none.
const DISK_SOON_BYTES: u64 = 1 << 30;
/// The time of day was set by more than this, and has not been taken over by a restart.
pub const CLOCK_AHEAD_MS: u64 = 60_000;
/// So many changes that wait are a writer that does not keep up.
const WRITER_BEHIND: usize = 500;
/// Fewer refusals in a minute are people who try twice.
const MANY_REFUSALS: u64 = 30;
/// So long after the sale's begin somebody must have been let in.
const PATIENCE_MS: i64 = 60_000;

/// What needs attention, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// The last verification found that the data file breaks a law.
    FileBroken,
    /// The data file's disk is nearly full.
    DiskFull,
    /// Changes wait for the writer.
    WriterBehind,
    /// The time of day was set: restart.
    ClockSet,
    /// A queue lets nobody in although people wait.
    QueuePaused,
    /// There is room inside, people wait, and for a minute nobody was let in.
    NobodyLetIn,
    /// A performance's sale is paused while its concert is on sale.
    SalePaused,
    /// Limits refuse far more than a minute before.
    RefusalsRising,
    /// A payment service took something else than what was asked for.
    CheckoutDisputed,
    /// Money could not be given back through a payment service yet.
    RefundStuck,
    /// Mails do not reach the mail server.
    MailFailing,
    /// The last backup failed.
    BackupFailing,
}

/// One thing that needs attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What.
    pub matter: Matter,
    /// Where, if it is of one concert.
    pub concert_id: Option<Uuid>,
    /// How many or how much: waiting people, mails, MiB left, seconds.
    pub count: Option<u64>,
}

/// What is seen of the office.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// What the disk still takes, if known.
    pub disk_free_bytes: Option<u64>,
    /// How far the time of day is ahead of elapsed time.
    pub clock_ahead_ms: i64,
    /// Changes that wait for the writer.
    pub writer_waiting: usize,
    /// What limits refused in the last minute and in the one before, once that long was watched.
    pub refused: Option<[u64; 2]>,
    /// Checkouts that are disputed.
    pub disputed: u32,
    /// Refunds through a payment service that were tried several times.
    pub stuck_refunds: u32,
    /// Mails that were tried several times, or given up within a day.
    pub failing_mails: u32,
    /// The last backup failed.
    pub backup_fails: bool,
    /// How many breaches the last verification found.
    pub breaches: usize,
    /// The queues in which somebody lives.
    pub queues: Vec<QueueSight>,
}

/// What is seen of a queue.
#[derive(Clone, Debug)]
pub struct QueueSight {
    /// Whose.
    pub concert_id: Uuid,
    /// What it does.
    pub state: QueueState,
    /// Whether one more could be inside.
    pub has_room: bool,
    /// How many wait.
    pub waiting: u32,
    /// How many were let in during the last minute.
    pub let_in: u32,
    /// For how long it has been on sale; negative before.
    pub on_sale_for_ms: i64,
    /// How the sale stood when that was looked at last, if those who wait have to know.
    pub sale: Option<SaleState>,
}

/// All that needs attention, the most urgent first.
pub fn attention(sight: &Sight) -> Vec<Need> {
    let of_office = |matter, count: u64| Need { matter, concert_id: None, count: Some(count) };
    let mut needs = Vec::new();
    if sight.breaches > 0 {
        needs.push(of_office(Matter::FileBroken, sight.breaches as u64));
    }
    if let Some(left) = sight.disk_free_bytes.filter(|left| *left < DISK_SOON_BYTES) {
        needs.push(of_office(Matter::DiskFull, left >> 20));
    }
    if sight.writer_waiting >= WRITER_BEHIND {
        needs.push(of_office(Matter::WriterBehind, sight.writer_waiting as u64));
    }
    if sight.clock_ahead_ms.unsigned_abs() > CLOCK_AHEAD_MS {
        needs.push(of_office(Matter::ClockSet, sight.clock_ahead_ms.unsigned_abs() / 1000));
    }
    needs.extend(sight.queues.iter().filter_map(of_queue));
    if let Some([now, before]) = sight.refused
        && now >= MANY_REFUSALS
        && now >= 2 * before
    {
        needs.push(of_office(Matter::RefusalsRising, now));
    }
    let counted = [
        (Matter::CheckoutDisputed, sight.disputed),
        (Matter::RefundStuck, sight.stuck_refunds),
        (Matter::MailFailing, sight.failing_mails),
    ];
    needs.extend(counted.into_iter().filter(|(_, count)| *count > 0).map(|(of, count)| of_office(of, count.into())));
    if sight.backup_fails {
        needs.push(Need { matter: Matter::BackupFailing, concert_id: None, count: None });
    }
    needs.sort_by_key(|need| (need.matter, std::cmp::Reverse(need.count)));
    needs
}

fn of_queue(queue: &QueueSight) -> Option<Need> {
    // Whoever waits for what is gone needs no help of the desk's.
    let is_over = matches!(queue.sale, Some(SaleState::Cancelled | SaleState::Over | SaleState::SoldOut));
    if queue.waiting == 0 || queue.on_sale_for_ms < 0 || is_over {
        return None;
    }
    let matter = if !queue.state.admits() {
        Matter::QueuePaused
    } else if queue.sale == Some(SaleState::Paused) {
        Matter::SalePaused
    } else if queue.has_room && queue.let_in == 0 && queue.on_sale_for_ms >= PATIENCE_MS {
        Matter::NobodyLetIn
    } else {
        return None;
    };
    Some(Need { matter, concert_id: Some(queue.concert_id), count: Some(queue.waiting.into()) })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Matter, QueueSight, Sight, attention};
    use crate::queue::{QueueState, SaleState};

    fn codes(sight: &Sight) -> Vec<Matter> {
        attention(sight).into_iter().map(|need| need.matter).collect()
    }

    fn queue() -> QueueSight {
        QueueSight {
            concert_id: Uuid::nil(),
            state: QueueState::Open,
            has_room: true,
            waiting: 5,
            let_in: 0,
            on_sale_for_ms: 60_000,
            sale: None,
        }
    }

    fn of(queue: QueueSight) -> Vec<Matter> {
        codes(&Sight { queues: vec![queue], ..Sight::default() })
    }

    #[test]
    fn an_office_in_which_all_is_well_needs_nothing() {
        assert_eq!(codes(&Sight::default()), []);
        let well = Sight {
            disk_free_bytes: Some(1 << 30),
            clock_ahead_ms: -60_000,
            writer_waiting: 499,
            refused: Some([29, 0]),
            ..Sight::default()
        };
        assert_eq!(codes(&well), []);
        assert_eq!(codes(&Sight { refused: Some([60, 31]), ..Sight::default() }), [], "many as before");
    }

    #[test]
    fn each_fault_is_named_and_the_most_urgent_first() {
        let bad = Sight {
            disk_free_bytes: Some((1 << 30) - 1),
            clock_ahead_ms: -60_001,
            writer_waiting: 500,
            refused: Some([30, 15]),
            disputed: 1,
            stuck_refunds: 2,
            failing_mails: 3,
            backup_fails: true,
            breaches: 2,
            queues: vec![queue(), QueueSight { state: QueueState::Paused, ..queue() }],
        };
        let needs = attention(&bad);
        let counts: Vec<_> = needs.iter().map(|need| (need.matter, need.count)).collect();
        assert_eq!(
            counts,
            [
                (Matter::FileBroken, Some(2)),
                (Matter::DiskFull, Some(1023)),
                (Matter::WriterBehind, Some(500)),
                (Matter::ClockSet, Some(60)),
                (Matter::QueuePaused, Some(5)),
                (Matter::NobodyLetIn, Some(5)),
                (Matter::RefusalsRising, Some(30)),
                (Matter::CheckoutDisputed, Some(1)),
                (Matter::RefundStuck, Some(2)),
                (Matter::MailFailing, Some(3)),
                (Matter::BackupFailing, None),
            ]
        );
    }

    #[test]
    fn a_queue_needs_attention_only_while_somebody_waits_who_could_be_let_in() {
        assert_eq!(of(queue()), [Matter::NobodyLetIn]);
        assert_eq!(of(QueueSight { let_in: 1, ..queue() }), []);
        assert_eq!(of(QueueSight { has_room: false, ..queue() }), []);
        assert_eq!(of(QueueSight { on_sale_for_ms: 59_999, ..queue() }), []);
        assert_eq!(of(QueueSight { waiting: 0, state: QueueState::Paused, ..queue() }), []);
        assert_eq!(of(QueueSight { state: QueueState::Draining, let_in: 1, ..queue() }), []);
        assert_eq!(of(QueueSight { state: QueueState::Closed, on_sale_for_ms: 0, ..queue() }), [Matter::QueuePaused]);
        assert_eq!(of(QueueSight { state: QueueState::Paused, on_sale_for_ms: -1, ..queue() }), [], "not on sale yet");
        assert_eq!(of(QueueSight { sale: Some(SaleState::Paused), let_in: 3, ..queue() }), [Matter::SalePaused]);
        for over in [SaleState::SoldOut, SaleState::Over, SaleState::Cancelled] {
            assert_eq!(of(QueueSight { sale: Some(over), state: QueueState::Paused, ..queue() }), []);
        }
    }
}
