//! The audit log over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::types::Any as AnyJson;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, page, reply};
use crate::ids::{AuditKey, StaffKey};
use crate::office::Office;
use crate::staff::Staff;
use crate::staff::audit;
use crate::staff::domain::{self, StaffError};
use crate::staff::record::{Line, Wanted};
use crate::staff::scope::Manage;
use crate::store::Tx;

/// By whose key something was done
#[derive(Clone, Object, Serialize)]
struct ByView {
    /// The key
    id: Uuid,
    /// Its name
    name: String,
}

/// A change by staff
#[derive(Object, Serialize)]
struct AuditLineView {
    /// The line
    id: String,
    /// When
    done_at: Instant,
    /// By whom
    by: ByView,
    /// Which operation of this document
    operation: String,
    /// What was changed
    kind: String,
    /// Which one, by its id
    subject: String,
    /// What it was, as far as it changed
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<AnyJson<Value>>,
    /// What it is, as far as it changed
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<AnyJson<Value>>,
}

/// Changes by staff, newest first
#[derive(Object, Serialize)]
struct AuditView {
    /// The lines
    lines: Vec<AuditLineView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn view(by: &BTreeMap<StaffKey, ByView>, line: Line) -> Option<AuditLineView> {
    let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok()).map(AnyJson);
    let Line { key, staff, operation, kind, subject, before, after, done_at } = line;
    let (by, id) = (by.get(&staff)?.clone(), key.0.to_string());
    Some(AuditLineView { id, done_at, by, operation, kind, subject, before: json(before), after: json(after) })
}

fn list(
    tx: &Tx,
    of: Option<Uuid>,
    mut wanted: Wanted,
    cursor: Option<AuditKey>,
    limit: u32,
) -> Result<AuditView, StaffError> {
    wanted.staff = of.map(|id| domain::show_staff_key(tx, id)).transpose()?.map(|key| key.key);
    let (lines, next) = audit::list_audit(tx, &wanted, cursor, limit)?;
    let mut by = BTreeMap::new();
    for staff in lines.iter().map(|line| line.staff) {
        let key = domain::staff_key(tx, staff)?;
        by.insert(staff, ByView { id: key.id, name: key.name });
    }
    let lines = lines.into_iter().filter_map(|line| view(&by, line)).collect();
    Ok(AuditView { lines, next_cursor: next.map(|next| next.0.to_string()) })
}

/// The audit log.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// List what staff changed
    ///
    /// Newest first: by which key, by which operation, on what, what it was and what it is. Of one key, of one thing, of a
    /// span of time, or all. The log is only appended to.
    #[oai(path = "/audit", method = "get", operation_id = "list_audit")]
    #[expect(clippy::too_many_arguments, reason = "the parameters of a query stand one by one in the document")]
    async fn list_audit(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// Of this staff key
        staff_key_id: Query<Option<Uuid>>,
        /// On the thing with this id
        subject: Query<Option<String>>,
        /// From this instant on
        from: Query<Option<Instant>>,
        /// Up to before this instant
        until: Query<Option<Instant>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Lines on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<AuditView, 200>, Problem> {
        let (cursor, limit) = (page::cursor(cursor.0)?.map(AuditKey), page::length(&office, limit.0)?);
        let (of, wanted) = (staff_key_id.0, Wanted { staff: None, subject: subject.0, from: from.0, until: until.0 });
        let listed = office.store.read(move |tx| list(tx, of, wanted.clone(), cursor, limit)).await?;
        Ok(reply(&listed))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("list_audit", &[problems::STAFF, &[Code::InvalidField, Code::StaffKeyNotFound]])];
