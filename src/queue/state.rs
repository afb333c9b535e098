//! The words for what a queue and an entry are, the same in the data file, the API and the log.

use crate::column::column_words;

/// What an entry is. `waiting → admitted → completed | expired | left | replaced`; a waiting one may end too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, poem_openapi::Enum, serde::Serialize, serde::Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EntryStatus {
    /// In line.
    Waiting,
    /// Let in.
    Admitted,
    /// Paid; the visit is over.
    Completed,
    /// Its time ended, or it was absent.
    Expired,
    /// The buyer left.
    Left,
    /// The buyer joined anew.
    Replaced,
}

column_words!(EntryStatus {
    Waiting = "waiting",
    Admitted = "admitted",
    Completed = "completed",
    Expired = "expired",
    Left = "left",
    Replaced = "replaced",
});

/// Why an entry expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Cause {
    /// Its time was over.
    Time,
    /// It waited without asking for its position.
    Absence,
    /// It was let in and did nothing.
    NoShow,
}

column_words!(Cause { Time = "time", Absence = "absence", NoShow = "no_show" });

/// Where a queue is in its concert's life. Only running and cancelled ones are in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Phase {
    /// Its concert is a draft: nobody knows of it.
    Withheld,
    /// Buyers join, wait and buy, as its times and its state allow.
    Running,
    /// Its concert was cancelled: nobody joins, nobody is let in, nothing is sold.
    Cancelled,
    /// Its concert is over, and nobody lives in it.
    Over,
}

column_words!(Phase { Withheld = "withheld", Running = "running", Cancelled = "cancelled", Over = "over" });

/// What the operator lets the queue do: two switches, four states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize, serde::Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// Buyers join and are let in.
    Open,
    /// Buyers join, nobody is let in; those inside go on.
    Paused,
    /// Nobody joins; those in line are still let in.
    Draining,
    /// Nobody joins and nobody is let in; those inside go on, those in line keep their places.
    Closed,
}

column_words!(QueueState { Open = "open", Paused = "paused", Draining = "draining", Closed = "closed" });

impl QueueState {
    /// May buyers join?
    pub fn accepts_joins(self) -> bool {
        matches!(self, Self::Open | Self::Paused)
    }

    /// Are buyers let in?
    pub fn admits(self) -> bool {
        matches!(self, Self::Open | Self::Draining)
    }
}
