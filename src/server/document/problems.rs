//! Refusals in the document: which operation can give which, with an example each, and the members a code brings.
//!
//! What any operation can give stands once, as its `4XX` and `5XX` (a `default` would, to progenitor, be a success of
//! another type): so an opened operation is short.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::http::Code;
use crate::http::code::{Member, filled};
use crate::http::language::Language;
use crate::http::problems::Problems;
use crate::server::document::walk::operations;
use crate::{
    account, buyer, catalog, checkout, code, counter, desk, door, mail, payment, queue, refund, replan, report,
    reservation, staff, venue, visit, waitlist, wallet, webhook,
};

/// What the subjects say of their operations.
const BY_SUBJECT: &[Problems] = &[
    account::api::PROBLEMS,
    account::desk_api::PROBLEMS,
    account::own_api::PROBLEMS,
    buyer::api::PROBLEMS,
    buyer::desk_api::PROBLEMS,
    catalog::hall::plan_api::PROBLEMS,
    catalog::hall::plan_desk_api::PROBLEMS,
    catalog::concerts_desk_api::PROBLEMS,
    catalog::concert::picture_api::PROBLEMS,
    catalog::hall::desk_api::PROBLEMS,
    catalog::desk_api::PROBLEMS,
    checkout::api::PROBLEMS,
    checkout::desk_api::PROBLEMS,
    mail::desk_api::PROBLEMS,
    webhook::desk_api::PROBLEMS,
    code::desk_api::PROBLEMS,
    counter::close_api::PROBLEMS,
    counter::desk_api::PROBLEMS,
    desk::desk_api::PROBLEMS,
    desk::file_api::PROBLEMS,
    door::by_hand_api::PROBLEMS,
    door::desk_api::PROBLEMS,
    door::offline_api::PROBLEMS,
    payment::api::PROBLEMS,
    payment::desk_api::PROBLEMS,
    payment::handover_api::PROBLEMS,
    payment::print_api::PROBLEMS,
    payment::desk_print_api::PROBLEMS,
    refund::api::PROBLEMS,
    refund::cancellation_api::PROBLEMS,
    refund::desk_api::PROBLEMS,
    payment::offer_api::PROBLEMS,
    queue::api::PROBLEMS,
    queue::desk_api::PROBLEMS,
    reservation::api::PROBLEMS,
    reservation::block::desk_api::PROBLEMS,
    reservation::concerts_api::PROBLEMS,
    reservation::desk_api::PROBLEMS,
    replan::desk_api::PROBLEMS,
    reservation::desk_map_api::PROBLEMS,
    reservation::map_api::PROBLEMS,
    report::attendance_api::PROBLEMS,
    report::csv_api::PROBLEMS,
    report::postings_api::PROBLEMS,
    report::refunds_api::PROBLEMS,
    report::sales_api::PROBLEMS,
    report::takings_api::PROBLEMS,
    staff::audit_api::PROBLEMS,
    staff::desk_api::PROBLEMS,
    venue::api::PROBLEMS,
    venue::desk_api::PROBLEMS,
    visit::api::PROBLEMS,
    visit::queue_api::PROBLEMS,
    waitlist::api::PROBLEMS,
    waitlist::desk_api::PROBLEMS,
    wallet::api::PROBLEMS,
    wallet::desk_api::PROBLEMS,
];

/// The document is in English.
const LANGUAGE: Language = Language::English;

/// Any operation can give these.
const ANYWHERE: &[Code] = &[
    Code::MalformedRequest,
    Code::IdempotencyKeyUseless,
    Code::MethodNotAllowed,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::SlowDown,
    Code::Internal,
    Code::Overloaded,
    Code::NoLeader,
    Code::NodeBehind,
    Code::OutcomeUnknown,
];

/// What `operation` can give, beside what any can.
pub(super) fn of(operation: &str) -> Vec<Code> {
    let all = BY_SUBJECT.iter().copied().flatten();
    all.filter(|(id, _)| *id == operation).flat_map(|(_, codes)| codes.concat()).collect()
}

/// True when the document says that `operation` can give `code`.
pub(in crate::server) fn is_documented(operation: &str, code: Code) -> bool {
    ANYWHERE.contains(&code) || of(operation).contains(&code)
}

/// Writes the refusals of every operation, the schemas of problems and the headers they come with.
pub(super) fn describe(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    schemas["Problem"] = schema(None);
    for code in Code::ALL.iter().filter(|code| !code.members().is_empty()) {
        schemas[schema_name(*code)] = schema(Some(*code));
    }
    document["components"]["responses"] = json!({ "Refusal": anywhere(4), "Failure": anywhere(5) });
    for (id, operation) in operations(document) {
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in of(&id) {
            let of_status = by_status.entry(code.status()).or_default();
            if !of_status.contains(&code) {
                of_status.push(code);
            }
        }
        let responses = &mut operation["responses"];
        for (status, mut codes) in by_status {
            // Both are 400, and the client must tell them apart by their code.
            if status == 400 {
                codes.insert(0, Code::MalformedRequest);
            }
            responses[status.to_string()] = response(&codes);
        }
        responses["4XX"] = json!({ "$ref": "#/components/responses/Refusal" });
        responses["5XX"] = json!({ "$ref": "#/components/responses/Failure" });
    }
}

/// What any operation can answer with a status of this hundred.
fn anywhere(hundred: u16) -> Value {
    let codes: Vec<_> = ANYWHERE.iter().copied().filter(|code| code.status() / 100 == hundred).collect();
    let lines: Vec<_> =
        codes.iter().map(|code| format!("{} `{}`: {}.", code.status(), code.as_str(), code.title(LANGUAGE))).collect();
    let mut response = response(&codes);
    response["description"] = json!(format!("What any operation can answer:\n\n{}", lines.join("\n\n")));
    response["headers"]["Content-Language"] = json!({ "$ref": "#/components/headers/Content-Language" });
    if hundred == 4 {
        response["headers"]["Allow"] = json!({ "$ref": "#/components/headers/Allow" });
    }
    response
}

fn response(codes: &[Code]) -> Value {
    let lines: Vec<_> = codes.iter().map(|code| format!("`{}`: {}.", code.as_str(), code.title(LANGUAGE))).collect();
    let examples: Map<_, _> = codes
        .iter()
        .map(|code| (code.as_str().to_owned(), json!({ "summary": code.title(LANGUAGE), "value": example(*code) })))
        .collect();
    let mut names: Vec<_> = codes.iter().filter(|code| !code.members().is_empty()).map(|c| schema_name(*c)).collect();
    if names.len() < codes.len() {
        names.push("Problem".to_owned());
    }
    let mut refs: Vec<_> = names.iter().map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })).collect();
    let schema = if refs.len() == 1 { refs.remove(0) } else { json!({ "anyOf": refs }) };
    let mut response = json!({
        "description": lines.join("\n\n"),
        "content": { "application/problem+json": { "schema": schema, "examples": examples } },
    });
    let comes_back = |code: &Code| [403, 429, 503].contains(&code.status()) && *code != Code::ScopeMissing;
    let mut headers = Map::new();
    if codes.iter().any(comes_back) {
        headers.insert("Retry-After".to_owned(), json!({ "$ref": "#/components/headers/Retry-After" }));
    }
    if codes.contains(&Code::SlowDown) {
        for name in ["RateLimit", "RateLimit-Policy"] {
            headers.insert(name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
        }
    }
    if codes.iter().any(|code| code.status() == 401) {
        headers.insert("WWW-Authenticate".to_owned(), json!({ "$ref": "#/components/headers/WWW-Authenticate" }));
    }
    if !headers.is_empty() {
        response["headers"] = Value::Object(headers);
    }
    response
}

fn example(code: Code) -> Value {
    let mut example = json!({
        "type": format!("/docs/problems#{}", code.as_str()),
        "title": code.title(LANGUAGE),
        "status": code.status(),
        "detail": sample_detail(code),
        "code": code.as_str(),
    });
    for member in code.members() {
        example[member.name] = member.value();
    }
    example
}

/// A detail as it may be sent.
pub(in crate::server) fn sample_detail(code: Code) -> String {
    let samples = code.members().iter().map(|member| (member.name.to_owned(), member.value())).collect();
    filled(code.detail(LANGUAGE), &samples)
}

/// `SeatTakenProblem` of `seat_taken`.
fn schema_name(code: Code) -> String {
    let words = code.as_str().split('_');
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    words.map(capital).collect::<String>() + "Problem"
}

/// The schema of one code's problem, or of any.
fn schema(of: Option<Code>) -> Value {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let (what, codes) = match of {
        None => ("A refusal (RFC 9457). It changed nothing.".to_owned(), codes),
        Some(code) => (format!("{}.", code.title(LANGUAGE)), vec![code.as_str()]),
    };
    let mut schema = json!({
        "type": "object",
        "description": what,
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": { "type": "string", "description": "Where the code is explained" },
            "title": { "type": "string", "description": "What the code means" },
            "status": { "type": "integer", "format": "int32", "description": "The HTTP status" },
            "detail": { "type": "string", "description": "What it is this time, and what helps" },
            "code": { "type": "string", "enum": codes, "description": "Stable: programs may rest on it" },
        },
    });
    for Member { name, says, schema: of_member, is_always, .. } in of.map(Code::members).unwrap_or_default() {
        let mut described: Value = serde_json::from_str(of_member).unwrap_or_default();
        described["description"] = json!(says);
        schema["properties"][*name] = described;
        if let Some(required) = schema["required"].as_array_mut().filter(|_| *is_always) {
            required.push(json!(name));
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_says_what_it_refuses_with_and_nothing_else_does() {
        let mut document: Value = serde_json::from_str(&crate::server::document::service().spec()).expect("JSON");
        let operations: BTreeSet<_> = operations(&mut document).map(|(id, _)| id).collect();
        let told: Vec<_> = BY_SUBJECT.iter().copied().flatten().map(|(id, _)| (*id).to_owned()).collect();
        assert_eq!(told.len(), operations.len(), "none says it twice: {told:?}");
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), operations);
    }
}
