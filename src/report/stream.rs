//! Reports over HTTP: read to their end in pieces, cut into pages, or streamed as CSV. Each piece is a read of its own, so that
//! no report keeps a reader, and nothing but its figures in memory; CSV is read as fast as its reader takes it.

use std::io;

use futures_util::{StreamExt, stream};
use hyper::body::Bytes;
use poem::http::{HeaderValue, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use std::sync::Arc;

use crate::http::{Code, Problem};
use crate::office::Office;
use crate::report::csv::{self, BYTE_ORDER_MARK, Cell};
use crate::report::error::ReportError;
use crate::report::sales::MOST_LINES;
use crate::report::walk::{Step, Table, Walk};
use crate::store::Tx;

/// A page is looked for in so many pieces at most: then it is short, and the next one goes on.
const PIECES_OF_A_PAGE: usize = 40;

/// Reads a report to its end.
///
/// # Errors
/// As its steps.
pub(super) async fn finish<S: Send + 'static>(office: &Office, mut of: S, step: Step<S>) -> Result<S, Problem> {
    loop {
        let read = move |tx: &Tx| {
            let more = step(&mut of, tx)?;
            Ok::<_, ReportError>((of, more))
        };
        let (read, more) = office.store.read(read).await?;
        if !more {
            return Ok(read);
        }
        of = read;
    }
}

/// Reads a page of a list: `limit` rows, or fewer where it would take long to find as many.
///
/// # Errors
/// As its steps.
pub(super) async fn page<W: Walk>(office: &Office, mut walk: W, limit: u32) -> Result<(W, Vec<W::Row>), Problem> {
    let (mut rows, limit) = (Vec::new(), limit as usize);
    for _ in 0..PIECES_OF_A_PAGE {
        let missing = limit - rows.len();
        if missing == 0 || walk.is_done() {
            break;
        }
        let read = move |tx: &Tx| {
            let found = walk.read(tx, missing)?;
            Ok::<_, ReportError>((walk, found))
        };
        let (read, found) = office.store.read(read).await?;
        walk = read;
        rows.extend(found);
    }
    Ok((walk, rows))
}

/// In UTF-8, as RFC 7111 has it where nothing is said.
const MEDIA_TYPE: &str = "text/csv";

/// A report as comma-separated values.
pub(super) struct CsvReport {
    body: Body,
    name: &'static str,
}

/// A table on its way.
type Opened = Box<dyn Table>;

/// The next lines of a table that has any left.
async fn next(office: &Office, mut table: Opened) -> Result<(Opened, Option<Vec<Vec<Cell>>>), Problem> {
    loop {
        let read = move |tx: &Tx| {
            let lines = table.next(tx)?;
            Ok::<_, ReportError>((table, lines))
        };
        let (read, lines) = office.store.read(read).await?;
        if lines.as_ref().is_none_or(|lines| !lines.is_empty()) {
            return Ok((read, lines));
        }
        table = read;
    }
}

impl CsvReport {
    /// Of this table. What it can refuse is refused before the first byte; what fails later breaks the answer off.
    ///
    /// # Errors
    /// As the table's first lines.
    pub(super) async fn of(
        office: &Arc<Office>,
        name: &'static str,
        table: Opened,
        with_mark: bool,
    ) -> Result<Self, Problem> {
        let head = csv::lines(&[table.head().iter().map(|column| Cell::from(*column)).collect()]);
        let mark = if with_mark { BYTE_ORDER_MARK } else { b"" };
        let (table, lines) = next(office, table).await?;
        let first = [mark, &head, &csv::lines(lines.as_deref().unwrap_or_default())].concat();
        let left = lines.is_some().then_some((office.clone(), table));
        let rest = stream::unfold(left, |left| async move {
            let (office, table) = left?;
            match next(&office, table).await {
                Ok((_, None)) => None,
                Ok((table, Some(lines))) => Some((Ok(Bytes::from(csv::lines(&lines))), Some((office, table)))),
                Err(_) => Some((Err(io::Error::other("the report cannot be read on")), None)),
            }
        });
        let all = stream::iter([Ok::<_, io::Error>(Bytes::from(first))]).chain(rest);
        Ok(Self { body: Body::from_bytes_stream(all), name })
    }
}

impl IntoResponse for CsvReport {
    fn into_response(self) -> Response {
        let mut response = Response::builder().content_type(MEDIA_TYPE).body(self.body);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(named) = HeaderValue::from_str(&format!("attachment; filename=\"{}.csv\"", self.name)) {
            headers.insert(header::CONTENT_DISPOSITION, named);
        }
        response
    }
}

impl ApiResponse for CsvReport {
    fn meta() -> MetaResponses {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")));
        let response = MetaResponse {
            description: "Lines with a header line. What a spreadsheet would take for a formula has an apostrophe before it.",
            status: Some(200),
            status_range: None,
            content: vec![MetaMediaType { content_type: MEDIA_TYPE, schema }],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            ReportError::TooLong => Self::new(
                Code::InvalidField,
                format!("by gives more than {MOST_LINES} lines; name a concert or fewer days."),
            ),
            ReportError::Catalog(error) => error.into(),
            ReportError::Staff(error) => error.into(),
            ReportError::Code(error) => error.into(),
            ReportError::Payment(error) => error.into(),
            ReportError::Door(error) => error.into(),
            ReportError::Store(error) => error.into(),
        }
    }
}
