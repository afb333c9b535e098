//! Codes on the wire: as buyers send them, as a file of them is fetched, and which problem the refusal of one is.

use poem::http::{HeaderValue, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry};

use crate::code::batch::CodeUses;
use crate::code::error::CodeError;
use crate::http::{Code, Problem, Text};

/// Characters of a code at most that a buyer sends, blanks and dashes included.
pub const LONGEST_SENT: usize = 80;

/// A code as a buyer sends it.
///
/// # Errors
/// [`Code::InvalidField`] for one longer than any.
pub fn sent(code: Option<Text>) -> Result<Option<String>, Problem> {
    match code {
        Some(code) if !(1..=LONGEST_SENT).contains(&code.0.chars().count()) => {
            Err(Problem::new(Code::InvalidField, format!("code must have 1 to {LONGEST_SENT} characters.")))
        }
        code => Ok(code.map(|code| code.0)),
    }
}

impl From<CodeError> for Problem {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            CodeError::NoSuchBatch => Self::of(Code::CodeBatchNotFound),
            CodeError::NoSuchCode => Self::of(Code::CodeNotFound),
            CodeError::Taken => Self::of(Code::CodeTaken),
            CodeError::UsedUp => Self::of(Code::CodeUsedUp),
            CodeError::NotForThese => Self::of(Code::CodeNotForThese),
            CodeError::Catalog(error) => error.into(),
            CodeError::Queue(error) => error.into(),
            CodeError::Store(error) => error.into(),
        }
    }
}

/// In UTF-8, as RFC 7111 has it where nothing is said.
const MEDIA_TYPE: &str = "text/csv";

/// A batch's codes as comma-separated values (RFC 4180), for mailing programs. Codes are letters, digits, blanks and dashes, so
/// that nothing has to be quoted and no spreadsheet takes one for a formula.
pub(super) struct CodesCsv(String);

impl CodesCsv {
    /// Of these codes: a header, then a code a line with how often it was used.
    pub(super) fn of(codes: &[CodeUses]) -> Self {
        let lines = codes.iter().map(|of| format!("{},{}\r\n", of.code, of.uses));
        Self(["code,uses\r\n".to_owned()].into_iter().chain(lines).collect())
    }
}

impl IntoResponse for CodesCsv {
    fn into_response(self) -> Response {
        let mut response = Response::builder().content_type(MEDIA_TYPE).body(self.0);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"codes.csv\""));
        response
    }
}

impl ApiResponse for CodesCsv {
    fn meta() -> MetaResponses {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")));
        let response = MetaResponse {
            description: "The columns `code` and `uses`, with a header line.",
            status: Some(200),
            status_range: None,
            content: vec![MetaMediaType { content_type: MEDIA_TYPE, schema }],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}
