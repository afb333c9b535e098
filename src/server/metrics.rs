//! The box office's figures as Prometheus reads them (OpenMetrics). All are made when they are asked for, from counts that
//! others keep anyway.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use crate::account::Passwords;
use crate::histogram::Counted;
use crate::http::sse::StreamPlaces;
use crate::jobs::Backups;
use crate::limiter::Limiter;
use crate::office::Office;
use crate::payment::Sales;
use crate::queue::Lines;
use crate::reservation::SeatMaps;
use crate::server::around::Around;
use crate::server::connections::InUse;
use crate::server::figures::Figures;
use crate::server::health::Check;
use crate::server::process;
use crate::standing::Standing;

/// So many queues are shown by themselves, the longest; all are in the sums.
const QUEUES: usize = 50;

/// All figures, as text.
pub(super) fn render(around: &Around, in_use: InUse, checks: Vec<Check>) -> String {
    let mut registry = Registry::with_prefix("boxoffice");
    let (office, figures) = (around.office.clone(), around.figures.clone());
    let sheet = Sheet { office, figures, in_use, checks, answers_ahead: around.nodes.answers_ahead() };
    registry.register_collector(Box::new(sheet));
    let mut text = String::new();
    if let Err(error) = text::encode(&mut text, &registry) {
        tracing::error!(%error, "figures could not be written");
    }
    text
}

struct Sheet {
    office: Arc<Office>,
    figures: Arc<Figures>,
    in_use: InUse,
    checks: Vec<Check>,
    answers_ahead: u64,
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sheet")
    }
}

impl Collector for Sheet {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        self.requests(&mut page)?;
        self.writer(&mut page)?;
        self.sale(&mut page)?;
        self.queues(&mut page)?;
        self.guards(&mut page)?;
        self.backups(&mut page)?;
        self.node(&mut page)?;
        self.machine(&mut page)
    }
}

impl Sheet {
    fn requests(&self, page: &mut Page<'_>) -> fmt::Result {
        let by_operation = self.figures.by_operation();
        let statuses = by_operation.iter().flat_map(|(operation, statuses, _)| {
            statuses.iter().map(|(status, count)| {
                ([("operation", (*operation).to_owned()), ("status", status.to_string())], *count)
            })
        });
        page.counters("requests", "Requests answered", statuses)?;
        let took = by_operation.iter().map(|(operation, _, took)| ([("operation", *operation)], took));
        page.histograms("request_duration", "From a request's head to its answer's head", took)?;
        let refusals = self.figures.refusals().map(|(code, count)| ([("code", code.as_str())], count));
        page.counters("refusals", "Requests refused, by code", refusals)
    }

    fn writer(&self, page: &mut Page<'_>) -> fmt::Result {
        let (store, figures) = (&self.office.store, self.office.store.figures());
        let [inside, outside] = store.waiting();
        let waiting = [([("lane", "inside")], inside), ([("lane", "outside")], outside)];
        page.gauges("writer_waiting", "Changes that wait for the writer", waiting)?;
        page.histogram("commit_duration", "A commit with its sync", &figures.commit.counted())?;
        page.histogram("group_duration", "The changes of one commit", &figures.run.counted())?;
        page.counter("changes", "Changes in commits", figures.operations())?;
        page.counter("groups_run_again", "Groups undone and run apart", figures.groups_run_again())?;
        let [file, wal] = store.file_bytes();
        page.gauge("data_file_bytes", "The data file", file)?;
        page.gauge("wal_bytes", "Its write-ahead log", wal)
    }

    fn sale(&self, page: &mut Page<'_>) -> fmt::Result {
        let (payments, tickets, takings) = self.office.part::<Sales>().so_far();
        page.counter("payments", "Payments since the start", payments)?;
        page.counter("tickets", "Tickets sold since the start", tickets)?;
        let takings = u64::try_from(takings).unwrap_or(0);
        page.counter("takings", "Paid since the start, in minor units of the currency", takings)?;
        page.gauge("holds", "Holds that keep seats", self.office.part::<SeatMaps>().holds().len() as u64)
    }

    fn queues(&self, page: &mut Page<'_>) -> fmt::Result {
        let lines = self.office.part::<Lines>();
        let mut queues: Vec<_> = lines.all().iter().map(|line| (line.counts(), line.concert_id)).collect();
        let sum = |of: fn((u32, u32)) -> u32| queues.iter().map(|(counts, _)| u64::from(of(*counts))).sum::<u64>();
        let (waiting, inside) = (sum(|counts| counts.0), sum(|counts| counts.1));
        page.gauge("waiting", "Buyers who wait in all queues", waiting)?;
        page.gauge("inside", "Buyers who were let in and are not done", inside)?;
        page.counter("admissions", "Buyers let in since the start", lines.admissions())?;
        page.counter("folded_entries", "Dead queue entries folded into counts since the start", lines.folded())?;
        queues.retain(|((waiting, inside), _)| waiting + inside > 0);
        queues.sort_by_key(|((waiting, inside), _)| std::cmp::Reverse(waiting + inside));
        queues.truncate(QUEUES);
        let of = |of: fn((u32, u32)) -> u32| {
            queues.iter().map(move |(counts, id)| ([("concert", id.to_string())], of(*counts) as usize))
        };
        page.gauges("queue_waiting", "Buyers who wait, of the longest queues", of(|counts| counts.0))?;
        page.gauges("queue_inside", "Buyers inside, of the longest queues", of(|counts| counts.1))
    }

    fn guards(&self, page: &mut Page<'_>) -> fmt::Result {
        let limits = &self.office.limits;
        let (streams, _) = self.office.part::<StreamPlaces>().taken(limits);
        page.gauge("streams", "Open event streams", streams as u64)?;
        let (waiting, _) = self.office.part::<Passwords>().free_places();
        page.gauge("passwords_waiting", "Passwords that wait to be hashed", (limits.password_queue - waiting) as u64)?;
        page.gauge("door_waiting", "Requests of those outside that wait to be worked on", self.in_use.at_door as u64)?;
        page.gauge("connections", "Open connections", self.in_use.connections as u64)?;
        let [unread, owed] = [self.in_use.unread_bytes, self.in_use.owed_bytes].map(|bytes| bytes as u64);
        page.gauge("unread_bytes", "Bytes of bodies that are not whole yet", unread)?;
        page.gauge("owed_bytes", "Bytes of answers that clients leave unread", owed)?;
        let refused = self.office.part::<Limiter>().refused().map(|(what, count)| ([("limit", what.as_str())], count));
        page.counters("limited", "Requests refused by a limit", refused)?;
        let ready = self.checks.iter().map(|check| ([("check", check.what)], usize::from(check.fault.is_none())));
        page.gauges("ready", "1 while all is well with it", ready)
    }

    /// Nothing where the box office makes none by itself.
    fn backups(&self, page: &mut Page<'_>) -> fmt::Result {
        if self.office.config.backups.to.is_none() {
            return Ok(());
        }
        let status = self.office.part::<Backups>().status();
        if let Some(newest) = status.newest {
            let age_ms = u64::try_from(self.office.wall().0 - newest.0).unwrap_or(0);
            page.gauge("backup_age_seconds", "Since the newest backup that was verified", age_ms / 1000)?;
        }
        page.gauge("backup_failing", "1 while the last attempt at one failed", u64::from(status.is_failing))
    }

    fn node(&self, page: &mut Page<'_>) -> fmt::Result {
        let standing = self.office.part::<Standing>();
        page.gauge("leads", "1 while this node leads, as one on a data file always does", u64::from(standing.leads()))?;
        page.gauge("behind", "Commits that are known of and do not stand here yet", standing.behind())?;
        // A data file has no other nodes.
        if standing.leads() && !standing.has_nodes() {
            return Ok(());
        }
        page.signed("epoch", "The epoch in which the venue is led", standing.epoch())?;
        page.signed("seq", "The last commit that stands here", standing.applied().0)?;
        if let Some(fed_at) = standing.fed_at().filter(|_| !standing.leads()) {
            let age_ms = (self.office.now().0 - fed_at.0).max(0);
            page.signed("fed_milliseconds_ago", "Since this node last heard of the venue's book", age_ms)?;
        }
        page.counter("answers_ahead", "Answers that left before this node had what they tell of", self.answers_ahead)
    }

    fn machine(&self, page: &mut Page<'_>) -> fmt::Result {
        if let Some(free) = self.office.store.disk_free_bytes() {
            page.gauge("disk_free_bytes", "What the data file's disk still takes", free)?;
        }
        let ahead = self.office.clock.wall_ahead_ms();
        page.signed("clock_ahead_milliseconds", "How far the time of day is ahead of elapsed time", ahead)?;
        let used = process::used();
        page.gauge("resident_memory_bytes", "Memory of the process", used.resident_bytes)?;
        page.gauge("open_files", "File descriptors of the process", used.open_files)?;
        page.counter("cpu_milliseconds", "Processor time of the process", used.cpu_ms)
    }
}

/// What figures are written on.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, u64, u64>(&value, None)
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.signed(name, help, i64::try_from(value).unwrap_or(i64::MAX))
    }

    fn signed(&mut self, name: &str, help: &str, value: i64) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in values {
            metric.encode_family(&labels)?.encode_counter::<NoLabelSet, u64, u64>(&value, None)?;
        }
        Ok(())
    }

    fn gauges<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, usize)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in values {
            metric.encode_family(&labels)?.encode_gauge(&i64::try_from(value).unwrap_or(i64::MAX))?;
        }
        Ok(())
    }

    fn histogram(&mut self, name: &str, help: &str, of: &Counted) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        metric.encode_histogram::<NoLabelSet>(of.sum_seconds, of.count, &of.steps, None)
    }

    fn histograms<'c, L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        of: impl IntoIterator<Item = (L, &'c Counted)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for (labels, of) in of {
            let mut metric = metric.encode_family(&labels)?;
            metric.encode_histogram::<NoLabelSet>(of.sum_seconds, of.count, &of.steps, None)?;
        }
        Ok(())
    }
}
