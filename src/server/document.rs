//! The OpenAPI document. The framework writes it from the typed endpoints; this adds what types cannot say: which
//! problems each operation can have.

use std::collections::BTreeMap;

use poem::http::Method;
use serde_json::{Value, json};

use crate::http::problem::Code;
use crate::server::around::allow;
use crate::server::routes::service;

/// Which codes which operation can give, beside those that any can.
fn problems_of(operation: &str) -> Option<Vec<Code>> {
    use Code::*;
    let session = [Unauthenticated, SessionInvalid, TokenInvalid, TokenExpired];
    let token = [Unauthenticated, TokenInvalid, TokenExpired, TokenReplaced, TokenLeft, TokenCompleted];
    let admitted = [&token[..], &[NotAdmitted]].concat();
    let operator = vec![Unauthenticated, OperatorKeyWrong];
    let body = [BodyTooLarge, UnsupportedMediaType, InvalidField];
    let seats = [SeatNotFound, SeatTaken, SeatLimit, PerformanceStarted, AdmissionOver];
    let join = |lists: &[&[Code]]| lists.concat();
    Some(match operation {
        "sign_up" => join(&[&body, &[EmailTaken]]),
        "log_in" => join(&[&body, &[CredentialsWrong]]),
        "log_out" => join(&[&session]),
        "list_concerts" => vec![InvalidField],
        "show_concert" => vec![ConcertNotFound],
        "issue_token" => join(&[
            &session,
            &[ConcertNotFound, QueueNotOpen, QueueDraining, QueueClosed, IdempotencyKeyReused, InvalidField],
        ]),
        "current_token" => join(&[&session, &[ConcertNotFound, NotInQueue]]),
        "show_draw" => vec![ConcertNotFound, DrawNotMade, InvalidField],
        "queue_position" | "leave_queue" => token.to_vec(),
        "stream_position" => join(&[&token, &[TooManyStreams]]),
        "list_dates" | "list_holds" => admitted,
        "seat_map" => join(&[&admitted, &[PerformanceNotFound]]),
        "stream_seats" => join(&[&admitted, &[PerformanceNotFound, TooManyStreams]]),
        "hold_seats" => {
            let own = [PerformanceNotFound, GradeNotFound, NotEnoughSeats, IdempotencyKeyReused];
            join(&[&admitted, &body, &seats, &own])
        }
        "release_hold" => join(&[&admitted, &[HoldNotFound]]),
        "balance" => join(&[&admitted, &[SessionInvalid]]),
        "list_postings" => join(&[&admitted, &[SessionInvalid, InvalidField]]),
        "top_up" => join(&[&admitted, &body, &[TopUpForbidden, BalanceTooLarge, IdempotencyKeyReused]]),
        "pay" => join(&[&admitted, &body, &seats, &[InsufficientBalance, AmountMismatch, IdempotencyKeyReused]]),
        "list_payments" => join(&[&session, &[InvalidField]]),
        "show_payment" => join(&[&session, &[PaymentNotFound]]),
        "show_ticket" => join(&[&session, &[TicketNotFound]]),
        "create_hall" | "create_concert" => join(&[&operator, &body, &[IdempotencyKeyReused]]),
        "create_performance" => join(&[&operator, &body, &[ConcertNotFound, HallNotFound, IdempotencyKeyReused]]),
        "show_queue" => join(&[&operator, &[ConcertNotFound]]),
        "change_queue" => join(&[&operator, &body, &[ConcertNotFound]]),
        "top_up_user" => join(&[&operator, &body, &[UserNotFound, BalanceTooLarge, IdempotencyKeyReused]]),
        "open_sessions" => join(&[&operator, &body]),
        _ => return None,
    })
}

/// Any operation can give these.
const ANYWHERE: [Code; 4] = [Code::MalformedRequest, Code::MethodNotAllowed, Code::Internal, Code::Overloaded];

/// True when the document says that `operation` can give `code`.
pub(super) fn is_documented(operation: &str, code: Code) -> bool {
    ANYWHERE.contains(&code) || problems_of(operation).is_some_and(|codes| codes.contains(&code))
}

/// The document.
pub(super) fn document() -> Value {
    let mut document: Value = serde_json::from_str(&service().spec()).unwrap_or_default();
    document["components"]["schemas"]["Problem"] = problem_schema();
    let operations = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in operations.filter_map(Value::as_object_mut).flat_map(|path| path.values_mut()) {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in problems_of(&id).unwrap_or_default().into_iter().chain(ANYWHERE) {
            let of_status = by_status.entry(code.status()).or_default();
            if !of_status.contains(&code) {
                of_status.push(code);
            }
        }
        // The framework leaves the description of an event stream empty.
        if let Some(stream) = operation.pointer_mut("/responses/200")
            && stream["content"].get("text/event-stream").is_some()
        {
            stream["description"] = json!("Server-sent events, until their subject ends or the box office stops.");
        }
        for (status, codes) in by_status {
            operation["responses"][status.to_string()] = problem_response(&codes);
        }
    }
    document
}

fn problem_response(codes: &[Code]) -> Value {
    let lines: Vec<_> = codes.iter().map(|code| format!("`{}`: {}.", code.as_str(), code.title())).collect();
    let examples: serde_json::Map<_, _> = codes
        .iter()
        .map(|code| {
            let value = json!({
                "type": format!("/docs/problems#{}", code.as_str()),
                "title": code.title(),
                "status": code.status(),
                "detail": code.title(),
                "code": code.as_str(),
            });
            (code.as_str().to_owned(), json!({ "summary": code.title(), "value": value }))
        })
        .collect();
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({
        "description": lines.join("\n\n"),
        "content": { "application/problem+json": { "schema": schema, "examples": examples } },
    })
}

fn problem_schema() -> Value {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    json!({
        "type": "object",
        "description": "A refusal (RFC 9457). It changed nothing.",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": { "type": "string", "description": "Where the code is explained" },
            "title": { "type": "string", "description": "What the code means" },
            "status": { "type": "integer", "description": "The HTTP status" },
            "detail": { "type": "string", "description": "What it is this time, and what helps" },
            "code": { "type": "string", "enum": codes, "description": "Stable: programs may rest on it" },
            "seat_ids": { "type": "array", "items": { "type": "string" }, "description": "With seat_taken: which" },
            "position": { "type": "integer", "nullable": true, "description": "With not_admitted: your place" },
        },
    })
}

/// The document as JSON.
pub fn document_json() -> String {
    serde_json::to_string_pretty(&document()).unwrap_or_default() + "\n"
}

/// The document as YAML.
pub fn document_yaml() -> String {
    serde_yaml::to_string(&document()).unwrap_or_default()
}

/// Which methods each address takes, for `Allow` on a 405.
pub(super) struct Methods(Vec<(Vec<String>, Vec<Method>)>);

impl Methods {
    pub(super) fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        Self(
            paths
                .map(|(path, operations)| {
                    let segments = path.split('/').map(str::to_owned).collect();
                    let names = operations.as_object().into_iter().flat_map(|o| o.keys());
                    (segments, names.filter_map(|name| name.to_uppercase().parse().ok()).collect())
                })
                .collect(),
        )
    }

    pub(super) fn allowed(&self, path: &str) -> String {
        let asked: Vec<_> = path.split('/').collect();
        let fits = |segments: &[String]| {
            segments.len() == asked.len()
                && segments.iter().zip(&asked).all(|(segment, asked)| segment.starts_with('{') || segment == asked)
        };
        // A fixed segment beats a parameter: /tokens/current before /tokens/{id}.
        let parameters = |segments: &[String]| segments.iter().filter(|segment| segment.starts_with('{')).count();
        let best =
            self.0.iter().filter(|(segments, _)| fits(segments)).min_by_key(|(segments, _)| parameters(segments));
        best.map_or_else(|| "GET".to_owned(), |(_, methods)| allow(methods))
    }
}
