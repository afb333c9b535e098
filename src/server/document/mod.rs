//! The OpenAPI document. The framework writes it from the typed endpoints; this adds what types cannot say, each kind in
//! a file of its own, and puts right what generators and linters stumble over. Nothing here decides what is answered.

mod bounds;
mod examples;
mod methods;
mod problems;
mod shapes;
mod walk;

use std::collections::BTreeMap;

use poem_openapi::{OpenApi, OpenApiService};
use serde_json::{Value, json};

use crate::http::Code;
use crate::{
    account, buyer, catalog, checkout, code, counter, desk, door, mail, payment, queue, refund, replan, report,
    reservation, staff, venue, visit, waitlist, wallet, webhook,
};

pub(super) use methods::Methods;
pub(super) use problems::{is_documented, sample_detail};
use walk::operations;

const DESCRIPTION: &str = "\
A ticket office in one binary and one SQLite file: buyers queue, are let in a few at a time, hold seats, top up a \
balance, pay, and walk in with a ticket.

**A buyer's way:** `sign_up` or `log_in` gives a *session*; `issue_token` with it gives a place in a concert's queue and \
a *queue token*; `queue_position` tells when it is your turn; once admitted, the queue token opens dates, seats, holds, \
balance and payment. A payment ends the visit, and the token with it. On the page `/docs` each answer's credential and \
ids are used for the calls that follow.

**Refusals** are `application/problem+json` (RFC 9457) with a stable `code`, and changed nothing. Beside those an \
operation names, any can give `malformed_request` (400), `method_not_allowed` (405), `request_timeout` (408), \
`body_too_large` (413), `unsupported_media_type` (415), `slow_down` (429), `internal` (500) and `overloaded` (503): its `4XX` and `5XX`. \
What is no request in the sense of HTTP is refused so too, at any address: `uri_too_long`, `expectation_failed`, \
`head_too_large`, `transfer_encoding_unsupported`. [/docs/problems](/docs/problems) says what helps.

**`outcome_unknown`** (503) is no refusal: nobody knows yet whether the change stands; repeat it with the same \
`Idempotency-Key`.

**`slow_down`** (429): one client (an address, or an IPv6 /64) and one account may ask for so much in a time. `Retry-After` \
says when the same request is granted; whoever waits for it loses nothing else.

**Repeating a request** is safe with an `Idempotency-Key`: the same key, operation and body have one effect and get one \
answer, for 24 hours. Where the answer holds a secret (`sign_up`, `log_in`, `open_sessions`) a repeat gives a new one. Every \
POST takes a key, but for the notices of payment providers (`hear_provider`), which the provider's own id makes one. \
Where a key does nothing it is refused: `idempotency_key_useless`.

**Languages:** title and detail of a refusal are Korean for whoever prefers it (`Accept-Language: ko`) and English else, \
also where no language is named: that is mostly a program, whose log somebody reads. `Content-Language` says which. Codes \
and members are the same in both, and so is every answer that is no refusal. A refusal is not recorded under an \
`Idempotency-Key`: the repeat is tried anew, and told in the language that it asks in.

**Members without a value** are left out of answers; none is null.

**Amounts** are whole minor units of the one currency; **instants** are RFC 3339; **ids** are opaque.

This document: [/openapi.json](/openapi.json), [/openapi.yaml](/openapi.yaml).";

/// The parts of the API, in a buyer's order, the operator last. The document and `/docs` keep it.
pub(super) fn apis() -> impl OpenApi + Send + Sync + 'static {
    // In two parts: the framework counts to sixteen.
    let buyers = (
        venue::api::Api,
        (account::api::Api, account::own_api::Api, buyer::api::Api),
        reservation::concerts_api::Api,
        catalog::hall::plan_api::Api,
        visit::queue_api::Api,
        queue::api::Api,
        reservation::api::Api,
        reservation::map_api::Api,
        visit::api::Api,
        (wallet::api::Api, checkout::api::Api),
        (payment::api::Api, payment::print_api::Api, payment::handover_api::Api, refund::api::Api),
        waitlist::api::Api,
        payment::offer_api::Api,
    );
    let desk = (
        (
            staff::desk_api::Api,
            staff::audit_api::Api,
            (mail::desk_api::Api, webhook::desk_api::Api),
            buyer::desk_api::Api,
        ),
        (
            refund::desk_api::Api,
            refund::cancellation_api::Api,
            (door::desk_api::Api, door::offline_api::Api),
            (payment::desk_api::Api, counter::desk_api::Api, payment::desk_print_api::Api),
            counter::close_api::Api,
            reservation::desk_map_api::Api,
        ),
        venue::desk_api::Api,
        (catalog::hall::desk_api::Api, catalog::hall::plan_desk_api::Api),
        catalog::desk_api::Api,
        catalog::concert::desk_api::Api,
        catalog::concert::picture_api::Api,
        (reservation::desk_api::Api, reservation::block::desk_api::Api),
        replan::desk_api::Api,
        code::desk_api::Api,
        waitlist::desk_api::Api,
        (queue::desk_api::Api, desk::desk_api::Api, desk::file_api::Api),
        (wallet::desk_api::Api, checkout::desk_api::Api),
        account::desk_api::Api,
        (
            report::sales_api::Api,
            report::takings_api::Api,
            report::postings_api::Api,
            report::refunds_api::Api,
            report::attendance_api::Api,
            report::csv_api::Api,
        ),
    );
    (buyers, desk)
}

/// The framework's service of all parts.
pub(super) fn service() -> OpenApiService<impl OpenApi + Send + Sync + 'static, ()> {
    OpenApiService::new(apis(), "boxoffice", env!("CARGO_PKG_VERSION")).description(DESCRIPTION)
}

/// The document.
pub(super) fn document() -> Value {
    let mut document: Value = serde_json::from_str(&service().spec()).unwrap_or_default();
    head(&mut document);
    shapes::mend(&mut document);
    problems::describe(&mut document);
    examples::show(&mut document);
    document
}

/// Where it is served and who stands behind it.
fn head(document: &mut Value) {
    let license = json!({ "name": env!("CARGO_PKG_LICENSE"), "url": "https://spdx.org/licenses/" });
    document["info"]["license"] = license;
    document["info"]["contact"] = json!({ "name": "The venue that runs this box office" });
    document["servers"] = json!([{ "url": "/", "description": "This box office" }]);
    let mut order = Vec::new();
    for (_, operation) in operations(document) {
        let tag = operation["tags"][0].clone();
        if !order.contains(&tag) {
            order.push(tag);
        }
    }
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.sort_by_key(|tag| order.iter().position(|name| *name == tag["name"]));
    }
}

/// The operations that can give a code, with their tags, in the document's order. Codes that any can give have none.
pub(super) fn operations_by_problem() -> BTreeMap<Code, Vec<(String, String)>> {
    let mut document: Value = serde_json::from_str(&service().spec()).unwrap_or_default();
    let mut by_problem = BTreeMap::<_, Vec<_>>::new();
    for (id, operation) in operations(&mut document) {
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        for code in problems::of(&id) {
            by_problem.entry(code).or_default().push((tag.to_owned(), id.clone()));
        }
    }
    by_problem
}

/// The document as JSON.
pub fn document_json() -> String {
    serde_json::to_string_pretty(&document()).unwrap_or_default() + "\n"
}

/// The document as YAML.
pub fn document_yaml() -> String {
    serde_yaml::to_string(&document()).unwrap_or_default()
}
