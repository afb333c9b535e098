//! The data file over HTTP: whether it keeps the laws, and which backups there are of it.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;

use crate::clock::Instant;
use crate::desk::domain;
use crate::http::page;
use crate::http::problems::{self, Problems};
use crate::http::{Code, IdempotencyKey, Problem, Reply, Tag, idempotent, reply};
use crate::jobs::{self, BackupFile, Backups, Running, Verification, Verified, Worth};
use crate::office::Office;
use crate::paging::cut;
use crate::staff::{Manage, Staff};
use crate::store::{StoreError, Tx};
use crate::verify::Breach;

/// What a verification came to
#[derive(Clone, Copy, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
enum Soundness {
    /// All was looked at, and nothing breaks a law
    Sound,
    /// Something breaks a law
    Broken,
    /// Not all could be looked at; what was seen breaks none
    Unfinished,
}

/// Something that breaks a law
#[derive(Object, Serialize)]
struct BreachView {
    /// The law's number in the design; 0 for the file itself
    law: u8,
    /// What was found, with the keys of the rows
    what: String,
}

impl From<&Breach> for BreachView {
    fn from(breach: &Breach) -> Self {
        Self { law: breach.law, what: breach.what.clone() }
    }
}

/// A verification that goes on
#[derive(Object, Serialize)]
struct RunningVerificationView {
    /// Since when
    started_at: Instant,
    /// Parts that were looked at
    done: usize,
    /// Parts in all; 0 until that is known
    parts: usize,
}

impl From<Running> for RunningVerificationView {
    fn from(Running { since, done, parts }: Running) -> Self {
        Self { started_at: since, done, parts }
    }
}

/// A verification that ended
#[derive(Object, Serialize)]
struct EndedVerificationView {
    /// What it came to
    result: Soundness,
    /// When it began
    started_at: Instant,
    /// When it ended
    ended_at: Instant,
    /// How many breaches were found; of one kind only so many are counted
    breach_count: usize,
    /// The first of them
    breaches: Vec<BreachView>,
    /// Why not all was looked at, in English
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl From<&Verified> for EndedVerificationView {
    fn from(of: &Verified) -> Self {
        let result = match of {
            of if of.is_sound() => Soundness::Sound,
            of if of.breach_count > 0 => Soundness::Broken,
            _ => Soundness::Unfinished,
        };
        Self {
            result,
            started_at: of.began_at,
            ended_at: of.ended_at,
            breach_count: of.breach_count,
            breaches: of.breaches.iter().map(Into::into).collect(),
            problem: of.problem.clone(),
        }
    }
}

/// How the verifications of the living file stand
#[derive(Object, Serialize)]
struct VerificationView {
    /// The one that goes on
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<RunningVerificationView>,
    /// The last one that ended since the program started
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<EndedVerificationView>,
    /// When the next begins by itself, if ever
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Instant>,
}

/// A verification that was asked for
#[derive(Object, Serialize)]
struct VerificationAskedView {
    /// When
    asked_at: Instant,
}

/// A backup
#[derive(Object, Serialize)]
struct BackupView {
    /// Its name in the folder
    name: String,
    /// When it was made
    made_at: Instant,
    /// Bytes
    size: u64,
    /// True: it was verified. False: it breaks a law and is kept to be looked at, or it is just being made
    verified: bool,
}

impl BackupView {
    fn of(file: &BackupFile) -> Self {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { name, made_at: file.made_at, size: file.bytes, verified: file.worth == Worth::Sound }
    }
}

/// The backups that are made by themselves, newest first
#[derive(Object, Serialize)]
struct BackupsView {
    /// Where they are, if any are made
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
    /// How often one is made
    every_seconds: u64,
    /// How many days they are kept; the newest always is
    keep_days: u32,
    /// True: the last attempt failed; the log says why
    failing: bool,
    /// Why they cannot be listed, in English
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// The backups
    backups: Vec<BackupView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The data file at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show whether the data file keeps the laws
    ///
    /// What `boxoffice verify` would say, as the running program found it last, and how far the verification is that goes on. It is
    /// of the living file and costs the sale nothing: it is looked at part by part, at the lowest priority.
    #[oai(path = "/verification", method = "get", operation_id = "show_verification")]
    async fn show_verification(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
    ) -> Result<Reply<VerificationView, 200>, Problem> {
        let status = office.part::<Verification>().status();
        let (running, last) = (status.running.map(Into::into), status.last.as_ref().map(Into::into));
        Ok(reply(&VerificationView { running, last, next_at: status.due }))
    }

    /// Verify the data file now
    ///
    /// Beside the sale. One that goes on already is as good: none begins then. `show_verification` tells how far it is.
    #[oai(path = "/verification", method = "post", operation_id = "start_verification")]
    async fn start_verification(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<VerificationAskedView, 202>, Problem> {
        let once = idempotent::request(&office, key, "start_verification", &())?;
        let ask = |tx: &Tx| Ok::<_, StoreError>(VerificationAskedView { asked_at: domain::start_verification(tx)? });
        Ok(auth.once(&office, "start_verification", once, ask).await?.into())
    }

    /// List the backups
    ///
    /// Those that the program makes by itself (`--backup-to`), newest first, each verified before it counts.
    #[oai(path = "/backups", method = "get", operation_id = "list_backups")]
    async fn list_backups(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Backups on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<BackupsView, 200>, Problem> {
        let (before, limit) = (page::cursor(cursor.0)?.map(Instant), page::length(&office, limit.0)?);
        let (mut files, problem) = match jobs::list_backups(&office, before, limit as usize + 1).await {
            Ok(files) => (files, None),
            Err(reason) => (Vec::new(), Some(reason.to_string())),
        };
        let next_cursor = cut(&mut files, limit).map(|last| last.made_at.0.to_string());
        let settings = &office.config.backups;
        Ok(reply(&BackupsView {
            folder: settings.to.as_ref().map(|folder| folder.to_string_lossy().into_owned()),
            every_seconds: settings.every.0.as_secs(),
            keep_days: settings.keep_days,
            failing: office.part::<Backups>().status().is_failing,
            problem,
            backups: files.iter().map(BackupView::of).collect(),
            next_cursor,
        }))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("show_verification", &[problems::STAFF]),
    ("start_verification", &[problems::STAFF, &[Code::InvalidField, Code::IdempotencyKeyReused]]),
    ("list_backups", &[problems::STAFF, &[Code::InvalidField]]),
];
