//! The buyer's tickets as files: the code as a picture, a page to print, an entry for a calendar.

use std::sync::Arc;

use poem::http::{HeaderName, HeaderValue, header};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::{Path, Query};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::{ApiResponse, Enum, OpenApi};

use crate::account::auth::{self, SessionAuth};
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Tag};
use crate::office::Office;
use crate::payment::paper::{self, Paper, Words};
use crate::payment::printed::{self, Printed};
use crate::payment::ticket::{Payment, Ticket};
use crate::payment::ticket_code::{ShownCode, TicketCodes};
use crate::payment::{PaymentError, calendar, domain, qr};
use crate::store::Tx;

/// As which kind of picture
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(super) enum QrFormat {
    /// SVG
    #[default]
    Svg,
    /// PNG, 264 pixels wide
    Png,
}

/// What nobody keeps on the way, with further headers.
fn file(media_type: &str, body: impl Into<poem::Body>, headers: &[(HeaderName, &'static str)]) -> Response {
    let mut response = Response::builder().content_type(media_type).body(body);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn described(description: &'static str, media: &[(&'static str, MetaSchema)]) -> MetaResponses {
    let media = media.iter().map(|(content_type, schema)| MetaMediaType {
        content_type,
        schema: MetaSchemaRef::Inline(Box::new(schema.clone())),
    });
    let (status, status_range, content, headers) = (Some(200), None, media.collect(), vec![]);
    MetaResponses { responses: vec![MetaResponse { description, status, status_range, content, headers }] }
}

/// A ticket's code as a picture.
pub(super) struct QrPicture(pub(super) QrFormat, pub(super) String);

impl IntoResponse for QrPicture {
    fn into_response(self) -> Response {
        match self.0 {
            QrFormat::Svg => file("image/svg+xml", qr::svg(&self.1), &[]),
            QrFormat::Png => file("image/png", qr::png(&self.1), &[]),
        }
    }
}

impl ApiResponse for QrPicture {
    fn meta() -> MetaResponses {
        let binary = || MetaSchema::new_with_format("string", "binary");
        described("The picture.", &[("image/svg+xml", binary()), ("image/png", binary())])
    }

    fn register(_: &mut Registry) {}
}

/// A page to print.
pub(super) struct TicketPage(pub(super) String);

impl IntoResponse for TicketPage {
    fn into_response(self) -> Response {
        // Its own style and nothing else, whatever stands in a name.
        const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        file("text/html", self.0, &[(header::CONTENT_SECURITY_POLICY, POLICY)])
    }
}

impl ApiResponse for TicketPage {
    fn meta() -> MetaResponses {
        described("A page of HTML that needs nothing beside it.", &[("text/html", MetaSchema::new("string"))])
    }

    fn register(_: &mut Registry) {}
}

/// An entry for a calendar.
struct CalendarFile(String);

impl IntoResponse for CalendarFile {
    fn into_response(self) -> Response {
        file("text/calendar", self.0, &[(header::CONTENT_DISPOSITION, "attachment; filename=\"ticket.ics\"")])
    }
}

impl ApiResponse for CalendarFile {
    fn meta() -> MetaResponses {
        described("A calendar with one entry (RFC 5545).", &[("text/calendar", MetaSchema::new("string"))])
    }

    fn register(_: &mut Registry) {}
}

/// Whoever asks may have the page in another language than the buyer's.
pub(super) fn words(asked: Option<String>, buyers: &str) -> &'static Words {
    Words::of(asked.as_deref().unwrap_or(buyers))
}

/// A ticket of the buyer's as it is printed, and in which language.
async fn own(office: &Arc<Office>, auth: SessionAuth, code: &str) -> Result<(Printed, String), Problem> {
    let user = auth::session_user(office, auth.0).await?.key;
    let codes = office.part::<TicketCodes>().clone();
    let shown = ShownCode::read(code).ok_or(PaymentError::NoSuchTicket)?;
    let read = move |tx: &Tx| {
        let is_genuine = |payment: &Payment| codes.is_genuine(&shown, payment);
        let (ticket, payment): (Ticket, Payment) = domain::own_ticket(tx, user, shown.ticket, is_genuine)?;
        let language = printed::language(tx, &payment, Some(&ticket))?;
        Ok::<_, PaymentError>((Printed::of(tx, &codes, &payment, &ticket)?, language))
    };
    Ok(office.store.read(read).await?)
}

/// Tickets as files.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Payment")]
impl Api {
    /// Show a ticket's code as a picture
    ///
    /// A QR code for the scanner at the door.
    #[oai(path = "/tickets/:code/qr", method = "get", operation_id = "show_ticket_qr")]
    async fn show_ticket_qr(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The ticket's code
        code: Path<String>,
        /// SVG unless given
        format: Query<Option<QrFormat>>,
    ) -> Result<QrPicture, Problem> {
        let (ticket, _) = own(&office, auth, &code).await?;
        Ok(QrPicture(format.0.unwrap_or_default(), ticket.code))
    }

    /// Show a ticket as a page to print
    ///
    /// On A4 or on a roll, in your language.
    #[oai(path = "/tickets/:code/page", method = "get", operation_id = "show_ticket_page")]
    async fn show_ticket_page(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The ticket's code
        code: Path<String>,
        /// A4 unless given
        paper: Query<Option<Paper>>,
        /// Another language than yours (BCP 47); there are Korean and English
        language: Query<Option<String>>,
    ) -> Result<TicketPage, Problem> {
        let (ticket, yours) = own(&office, auth, &code).await?;
        Ok(TicketPage(paper::page(&[ticket], words(language.0, &yours), paper.0.unwrap_or_default())))
    }

    /// Show a ticket as an entry for a calendar
    ///
    /// When and where, and which seat; without its code.
    #[oai(path = "/tickets/:code/calendar", method = "get", operation_id = "show_ticket_calendar")]
    async fn show_ticket_calendar(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The ticket's code
        code: Path<String>,
        /// Another language than yours (BCP 47); there are Korean and English
        language: Query<Option<String>>,
    ) -> Result<CalendarFile, Problem> {
        let (ticket, yours) = own(&office, auth, &code).await?;
        Ok(CalendarFile(calendar::entry(&ticket, words(language.0, &yours), office.wall())))
    }
}

const TICKET: &[Code] = &[Code::TicketNotFound, Code::TicketCancelled];

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("show_ticket_qr", &[problems::SESSION, TICKET]),
    ("show_ticket_page", &[problems::SESSION, TICKET]),
    ("show_ticket_calendar", &[problems::SESSION, TICKET]),
];
