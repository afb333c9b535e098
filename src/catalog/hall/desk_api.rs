//! Halls at the operator's desk: made, listed, shown, changed, taken back; read from files and written to them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::{Any, Example};
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audit::Note;
use crate::catalog::error::CatalogError;
use crate::catalog::hall::spec::HallSpec;
use crate::catalog::hall::views::{HallRequest, HallSummaryView, HallView};
use crate::catalog::hall::{domain, pretix, sheet};
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch, Tagged, tagged};
use crate::http::{Body, Code, MadeView, NoContent, Problem, Reply, Tag, Text, page, reply};
use crate::ids::HallKey;
use crate::office::Office;
use crate::paging::cut;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// Halls, newest first
#[derive(Object, Serialize)]
struct HallsView {
    /// The halls
    halls: Vec<HallSummaryView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A hall in a file of another program: `csv` or `pretix`
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none, example)]
struct ImportRequest {
    /// The hall's name; that of the seating plan unless given
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Text>,
    /// The bytes of a CSV file in Base64: UTF-8 with or without a byte order mark, or CP949
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    csv: Option<Text>,
    /// A seating plan of pretix
    #[oai(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pretix: Option<Any<Value>>,
}

impl Example for ImportRequest {
    fn example() -> Self {
        let file = "section,row,seat,grade\nStalls,A,1,R\nStalls,A,12A,R\n";
        Self { name: Some("Great Hall".into()), csv: Some(STANDARD.encode(file).as_str().into()), pretix: None }
    }
}

impl ImportRequest {
    /// The hall's name, and the hall.
    fn read(self) -> Result<(String, HallSpec), Problem> {
        let refuse = |rule: &str| Problem::new(Code::InvalidField, rule.to_owned());
        match (self.csv, self.pretix) {
            (Some(file), None) => {
                let bytes = STANDARD.decode(file.0).map_err(|_| refuse("csv must be the file's bytes in Base64."))?;
                let name = self.name.ok_or_else(|| refuse("name is missing; a CSV file has none."))?;
                Ok((name.0, sheet::read(&bytes)?))
            }
            (None, Some(plan)) => {
                let (name, spec) = pretix::read(plan.0)?;
                Ok((self.name.map_or(name, |name| name.0), spec))
            }
            _ => Err(refuse("give either csv or pretix.")),
        }
    }
}

/// A kind of file
#[derive(Clone, Copy, Enum)]
#[oai(rename_all = "snake_case")]
enum FileFormat {
    /// A line for each seat and each standing section.
    Csv,
    /// A seating plan of pretix.
    Pretix,
}

/// A hall as a file of another program
#[derive(Object, Serialize)]
struct ExportView {
    /// The text of the CSV file
    #[serde(skip_serializing_if = "Option::is_none")]
    csv: Option<String>,
    /// The seating plan
    #[serde(skip_serializing_if = "Option::is_none")]
    pretix: Option<Any<Value>>,
}

/// The desk's hand on halls.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Make a hall
    ///
    /// Sections and rows are given best first; that is the order in which `best` chooses, unless the drawing says where all look
    /// (`focal`) and where every seat is: then the nearest are best. Every seat and every standing
    /// section has a grade, for which each performance has a price. Nothing has to be said of where it all is: what is not
    /// said is drawn centred and curved about the focal point.
    #[oai(path = "/halls", method = "post", operation_id = "create_hall")]
    async fn create_hall(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        body: Body<HallRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MadeView, 201>, Problem> {
        let once = idempotent::request(&office, key, "create_hall", &body.0)?;
        let most = office.limits.hall_places;
        let (name, spec) = body.0.spec(most)?;
        let plan = spec.plan(most)?;
        let made = move |tx: &Tx| Ok::<_, CatalogError>(MadeView { id: domain::create_hall(tx, &name, &plan)? });
        Ok(auth.once(&office, "create_hall", once, made).await?.into())
    }

    /// Read a hall from a file
    ///
    /// A CSV file has a head and a line for each seat (`section,row,seat,grade`, and, if need be, `floor,kind,note,gap_before,
    /// x,y`) or standing section (`section,capacity,grade`). A drawing of its own stands in `section_x,section_y,rotation,curve,
    /// outline,row_x,row_y,spacing,stage,focal,color`, on the first line of what is drawn. What is wrong is told with its line and column, and then
    /// nothing is made.
    #[oai(path = "/hall-imports", method = "post", operation_id = "import_hall")]
    async fn import_hall(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        body: Body<ImportRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MadeView, 201>, Problem> {
        let once = idempotent::request(&office, key, "import_hall", &body.0)?;
        let (name, spec) = body.0.read()?;
        let plan = spec.plan(office.limits.hall_places)?;
        let made = move |tx: &Tx| {
            let id = domain::create_hall(tx, &name, &plan)?;
            tx.audit(|| Note::on("hall", id).after(json!({"name": name, "seats": plan.seat_count()})));
            Ok::<_, CatalogError>(MadeView { id })
        };
        Ok(auth.once(&office, "import_hall", once, made).await?.into())
    }

    /// List halls
    ///
    /// All halls, newest first.
    #[oai(path = "/halls", method = "get", operation_id = "list_halls")]
    async fn list_halls(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
    ) -> Result<Reply<HallsView, 200>, Problem> {
        let before = page::cursor(cursor.0)?.map(HallKey);
        let limit = office.limits.page;
        let mut halls = office.store.read(move |tx| domain::halls(tx, before, limit + 1)).await?;
        let next_cursor = cut(&mut halls, limit).map(|last| last.key.0.to_string());
        Ok(reply(&HallsView { halls: halls.iter().map(HallSummaryView::from).collect(), next_cursor }))
    }

    /// Show a hall
    ///
    /// With all that makes it, as `create_hall` and `change_hall` take it. Its version is the `ETag`.
    #[oai(path = "/halls/:hall_id", method = "get", operation_id = "show_hall")]
    async fn show_hall(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The hall
        hall_id: Path<Uuid>,
    ) -> Result<Tagged<HallView>, Problem> {
        let read = office.store.read(move |tx| {
            let hall = domain::latest(tx, hall_id.0)?;
            let plan = domain::plan(tx, hall.version)?;
            Ok::<_, CatalogError>((hall, plan))
        });
        let (hall, plan) = read.await?;
        let view = HallView { id: hall.id, version: hall.version_no, hall: HallRequest::of(&hall.name, &plan) };
        Ok(tagged(&view, hall.made_in))
    }

    /// Write a hall as a file
    ///
    /// As `import_hall` reads it.
    #[oai(path = "/halls/:hall_id/export", method = "get", operation_id = "export_hall")]
    async fn export_hall(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The hall
        hall_id: Path<Uuid>,
        /// Which kind of file; CSV unless said
        format: Query<Option<FileFormat>>,
    ) -> Result<Reply<ExportView, 200>, Problem> {
        let read = office.store.read(move |tx| {
            let hall = domain::latest(tx, hall_id.0)?;
            let plan = domain::plan(tx, hall.version)?;
            Ok::<_, CatalogError>((hall, plan))
        });
        let (hall, plan) = read.await?;
        Ok(reply(&match format.0.unwrap_or(FileFormat::Csv) {
            FileFormat::Csv => ExportView { csv: Some(sheet::write(&plan)), pretix: None },
            FileFormat::Pretix => ExportView { csv: None, pretix: Some(Any(pretix::write(&hall.name, &plan))) },
        }))
    }

    /// Change a hall
    ///
    /// The hall as it is to be, whole. Performances that are made stay in the hall as it was.
    #[oai(path = "/halls/:hall_id", method = "put", operation_id = "change_hall")]
    async fn change_hall(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The hall
        hall_id: Path<Uuid>,
        body: Body<HallRequest>,
        /// The `ETag` of the hall as you saw it
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Tagged<HallSummaryView>, Problem> {
        let most = office.limits.hall_places;
        let (name, spec) = body.0.spec(most)?;
        let plan = spec.plan(most)?;
        let expected = Expected::new(if_match);
        let change = move |tx: &Tx| {
            let hall = domain::latest(tx, hall_id.0)?;
            expected.check(hall.made_in)?;
            Ok::<_, Problem>(domain::change_hall(tx, &hall, &name, &plan)?)
        };
        let hall = auth.write(&office, "change_hall", change).await?;
        Ok(tagged(&HallSummaryView::from(&hall), hall.made_in))
    }

    /// Take a hall back
    ///
    /// As long as no performance was ever made in it.
    #[oai(path = "/halls/:hall_id", method = "delete", operation_id = "delete_hall")]
    async fn delete_hall(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The hall
        hall_id: Path<Uuid>,
        /// The `ETag` of the hall as you saw it
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<NoContent, Problem> {
        let expected = Expected::new(if_match);
        let delete = move |tx: &Tx| {
            let hall = domain::latest(tx, hall_id.0)?;
            expected.check(hall.made_in)?;
            Ok::<_, Problem>(domain::delete_hall(tx, &hall)?)
        };
        auth.write(&office, "delete_hall", delete).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("create_hall", &[problems::STAFF, problems::BODY, &[Code::IdempotencyKeyReused]]),
    ("import_hall", &[problems::STAFF, problems::BODY, &[Code::IdempotencyKeyReused]]),
    ("list_halls", &[problems::STAFF, problems::BODY]),
    ("show_hall", &[problems::STAFF, &[Code::HallNotFound]]),
    ("export_hall", &[problems::STAFF, problems::BODY, &[Code::HallNotFound]]),
    ("change_hall", &[problems::STAFF, problems::BODY, &[Code::HallNotFound, Code::ChangedMeanwhile]]),
    ("delete_hall", &[problems::STAFF, &[Code::HallNotFound, Code::ChangedMeanwhile, Code::InUse]]),
];
