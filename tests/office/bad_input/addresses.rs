//! Addresses, methods, parameters and headers that are not ours, and ids that are somebody else's.

use boxoffice::client::Ask;

use super::stage::{Operation, Stage, operations};
use super::{Refusals, as_bytes, raw, send_raw};
use crate::support::OPERATOR;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn methods_that_an_address_does_not_take() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let pages = ["/", "/docs", "/docs/problems", "/openapi.json", "/openapi.yaml"];
    let documented = operations().iter().map(|operation| (stage.path(operation), operation.path.as_str()));
    for (path, template) in documented.chain(pages.map(|page| (page.to_owned(), page))) {
        let of_path = operations().iter().filter(|operation| operation.path == template);
        let mut takes: Vec<_> = of_path.map(|operation| operation.method.as_str()).collect();
        if takes.is_empty() {
            takes.push("GET");
        }
        takes.sort_unstable();
        for method in METHODS.into_iter().filter(|method| !takes.contains(method)) {
            let answer = send_raw(&stage, &raw(method, &path, Some(&stage.token), &[], b"")).await;
            let what = format!("{method} {template}");
            refusals.check(&what, &answer, 405, &["method_not_allowed"]);
            let allow = answer.headers.get("allow").map(|allow| allow.to_str().expect("text").to_owned());
            let mut allowed: Vec<_> = allow.as_deref().unwrap_or("").split(", ").collect();
            allowed.sort_unstable();
            if allowed != takes {
                refusals.wrong.push(format!("{what}: Allow is {allow:?}, should be {takes:?}"));
            }
        }
    }
    refusals.finish(150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_do_not_exist() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let unknown = [
        "/v1",
        "/v1/",
        "/v2/concerts",
        "/concerts",
        "/v1/concert",
        "/v1/users/1",
        "/v1/operator",
        "/v1/holds/1/2",
        "/v1//concerts",
        "/v1/../v1/concerts",
        "/index.php",
        "/.env",
        "/etc/passwd",
        "/docs/../etc/passwd",
        "/v1/%00",
        "/v1/concerts/%2e%2e/%2e%2e/etc/passwd",
        "/v1/queue/position/stream/more",
        "/%f0%9f%8e%9f",
    ];
    for path in unknown {
        for method in ["GET", "POST", "DELETE"] {
            let answer = send_raw(&stage, &raw(method, path, Some(OPERATOR), &[], b"")).await;
            refusals.check(&format!("{method} {path}"), &answer, 404, &["not_found"]);
        }
    }
    refusals.finish(54);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn path_parameters_that_name_nothing() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let long = "a".repeat(5000);
    let no_uuids = [
        "1",
        "-1",
        "null",
        "99999999999999999999",
        "%00",
        "%ff%fe",
        "%0d%0aset-cookie:x",
        "..%2f..%2fetc%2fpasswd",
        "'%20OR%201=1;--",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "00000000-0000-0000-0000-00000000000g",
        &long,
    ];
    let nobody = "00000000-0000-0000-0000-000000000000";
    for operation in operations() {
        for name in operation.path.split('{').skip(1).map(|rest| rest.split('}').next().expect("a closing brace")) {
            with_no_ids(&stage, &mut refusals, operation, name, &no_uuids, nobody).await;
        }
    }
    refusals.finish(12 * 13);
}

/// Sends the operation's good request with ids in this parameter's place that are nobody's or none.
async fn with_no_ids(
    stage: &Stage,
    refusals: &mut Refusals<'_>,
    operation: &Operation,
    name: &str,
    no_uuids: &[&str],
    nobody: &str,
) {
    let path = stage.filled(operation, &operation.path.replace(&format!("{{{name}}}"), "@"));
    let (before, after) = path.split_once('@').expect("the parameter");
    let nothing = match name {
        "concert_id" => "concert_not_found",
        "performance_id" => "performance_not_found",
        "hall_id" => "hall_not_found",
        "hold_id" => "hold_not_found",
        "payment_id" => "payment_not_found",
        "code" => "ticket_not_found",
        "checkout_id" => "checkout_not_found",
        "webhook_id" => "webhook_not_found",
        "delivery_id" => "delivery_not_found",
        "provider" => "provider_not_found",
        "user_id" => "user_not_found",
        "code_batch_id" => "code_batch_not_found",
        "staff_key_id" => "staff_key_not_found",
        "mail_id" => "mail_not_found",
        "session_id" => "session_not_found",
        "check_in_id" => "check_in_not_found",
        "block_id" => "block_not_found",
        "picture_hash" => "picture_not_found",
        _ => panic!("{} has the unknown parameter {name}", operation.id),
    };
    let bearer = stage.credential(operation);
    let body = stage.sample(operation).and_then(|body| as_bytes(&body)).unwrap_or_default();
    let length = format!("content-length: {}", body.len());
    for id in no_uuids.iter().copied().chain([nobody]) {
        let path = format!("{before}{id}{after}");
        let headers = ["content-type: application/json", length.as_str()];
        let answer = send_raw(stage, &raw(&operation.method, &path, bearer.as_deref(), &headers, &body)).await;
        let what = format!("{} of {:.40}", operation.id, id);
        // What is no id at all is malformed; a ticket's code may be any text, so it is only unknown.
        match (name, id == nobody) {
            (_, true) => refusals.check(&what, &answer, 404, &[nothing]),
            ("provider" | "code" | "picture_hash", false) if answer.status == 404 => {
                refusals.check(&what, &answer, 404, &[nothing, "not_found"]);
            }
            (_, false) if answer.status == 404 => refusals.check(&what, &answer, 404, &["not_found"]),
            (_, false) => refusals.check(&what, &answer, 400, &["malformed_request"]),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn query_parameters_that_break_a_rule() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let no_number = ["abc", "1.5", "1e3", "%00", "%ff", "99999999999999999999999", "'--", "0x10", "%201"];
    let map = format!("/v1/performances/{}/seats?since=", stage.concert.performance);
    let draw = format!("/v1/concerts/{}/queue/draw?cursor=", stage.concert.id);
    let (desk, nobody) = (Some(OPERATOR), "00000000-0000-0000-0000-000000000000");
    let performances = format!("/v1/operator/concerts/{}/performances?cursor=", stage.concert.id);
    let lists: [(&str, Option<&str>, &[&str]); 22] = [
        ("/v1/concerts?limit=", None, &["0", "101", "-1"]),
        ("/v1/concerts?which=", None, &["soon", "", "PAST"]),
        ("/v1/operator/concerts?cursor=", desk, &["abc", "1.5", "'--"]),
        (&performances, desk, &["abc", "1", "1.", ".1"]),
        ("/v1/concerts?cursor=", None, &["abc", "1.x", "%00", "99999999999999999999999", "'--"]),
        ("/v1/operator/reports/sales?by=", desk, &["", "seat", "PERFORMANCE"]),
        ("/v1/operator/reports/sales?from=", desk, &["", "24.12.2026", "2026-13-01", "2026-12-24T00:00:00Z", "%00"]),
        ("/v1/operator/reports/takings?from=2026-12-24&to=", desk, &["2026-12-23", "tomorrow"]),
        ("/v1/operator/reports/refunds?as_of=", desk, &["", "-1", "x", "9223372036854775807"]),
        ("/v1/operator/reports/sold-tickets?cursor=", desk, &["abc", "1.5", "99999999999999999999999"]),
        ("/v1/operator/reports/sold-tickets?channel=", desk, &["", "web"]),
        ("/v1/operator/reports/refunded-tickets?cursor=", desk, &["abc", "1", "1.", ".1"]),
        ("/v1/operator/reports/csv?report=", desk, &["", "everything", "check_ins"]),
        ("/v1/operator/reports/check-ins?performance_id=", desk, &["", "abc", "1"]),
        ("/v1/operator/reports/postings?limit=", desk, &["0", "101"]),
        ("/v1/operator/checkouts?cursor=", desk, &["abc", "1", nobody]),
        ("/v1/operator/checkouts?state=", desk, &["open", "", "PAID"]),
        ("/v1/payments?cursor=", Some(&stage.buyer.session), &["abc", "-", "%00", "99999999999999999999999", "0"]),
        ("/v1/payments?limit=", Some(&stage.buyer.session), &["0", "101", "-1", "4294967295"]),
        ("/v1/balance/postings?cursor=", Some(&stage.token), &["abc", "0", "-1", "9223372036854775807"]),
        ("/v1/balance/postings?limit=", Some(&stage.token), &["0", "101", "-1", "4294967296"]),
        ("/v1/balance/postings?cursor=", Some(&stage.token), &[&stage.stranger.posting]),
    ];
    for (path, bearer, values) in lists {
        for value in values {
            let answer = send_raw(&stage, &raw("GET", &format!("{path}{value}"), bearer, &[], b"")).await;
            refusals.check(&format!("{path}{value}"), &answer, 400, &["invalid_field", "malformed_request"]);
        }
    }
    for (path, bearer) in [(&map, Some(stage.token.as_str())), (&draw, None)] {
        for value in no_number.into_iter().chain(["-1"]) {
            let answer = send_raw(&stage, &raw("GET", &format!("{path}{value}"), bearer, &[], b"")).await;
            refusals.check(&format!("{path}{value}"), &answer, 400, &["malformed_request"]);
        }
    }
    refusals.finish(43);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_are_no_idempotency_keys() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let long = "k".repeat(256);
    for operation in operations().iter().filter(|operation| operation.takes_key) {
        let (path, bearer) = (stage.path(operation), stage.credential(operation));
        let body = stage.sample(operation).and_then(|body| as_bytes(&body)).unwrap_or_default();
        let length = format!("content-length: {}", body.len());
        for key in ["", &long] {
            let key = format!("idempotency-key: {key}");
            let headers = ["content-type: application/json", length.as_str(), &key];
            let answer = send_raw(&stage, &raw(&operation.method, &path, bearer.as_deref(), &headers, &body)).await;
            refusals.check(&format!("{} with {key:.40}", operation.id), &answer, 400, &["invalid_field"]);
        }
        let headers = ["content-type: application/json", length.as_str()];
        let bytes = raw(&operation.method, &path, bearer.as_deref(), &headers, &body);
        let at = bytes.windows(2).position(|end| end == b"\r\n").expect("a request line") + 2;
        for key in [b"idempotency-key: \xff\xfe\r\n".as_slice(), b"idempotency-key: a\r\nidempotency-key: b\r\n"] {
            let answer = send_raw(&stage, &[&bytes[..at], key, &bytes[at..]].concat()).await;
            let what = format!("{} with {}", operation.id, String::from_utf8_lossy(key));
            refusals.check(&what, &answer, 400, &["malformed_request"]);
        }
    }
    refusals.finish(8 * 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_peoples_things_look_as_if_they_were_not_there() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let (stranger, mine, session) = (&stage.stranger, stage.token.as_str(), stage.buyer.session.as_str());
    let table = [
        ("GET", format!("/v1/payments/{}", stranger.payment), session, 404, "payment_not_found"),
        (
            "GET",
            format!("/v1/balance/checkouts/{}", stage.checkout),
            &stranger.buyer.session,
            404,
            "checkout_not_found",
        ),
        ("GET", format!("/v1/tickets/{}", stranger.ticket), session, 404, "ticket_not_found"),
        ("DELETE", format!("/v1/holds/{}", stranger.hold), mine, 404, "hold_not_found"),
        ("GET", format!("/v1/payments?cursor={}", stranger.posting), session, 400, "invalid_field"),
        ("GET", format!("/v1/performances/{}/seats", stage.full.performance), mine, 404, "performance_not_found"),
        (
            "GET",
            format!("/v1/performances/{}/seats/stream", stage.full.performance),
            mine,
            404,
            "performance_not_found",
        ),
        // The other way round: the stranger has no more right to the buyer's.
        ("GET", format!("/v1/payments/{}", stage.payment), &stranger.buyer.session, 404, "payment_not_found"),
        ("DELETE", format!("/v1/holds/{}", stage.hold), &stranger.token, 404, "hold_not_found"),
    ];
    for (method, path, bearer, status, code) in &table {
        let ask = Ask { method, path, bearer: Some(bearer), ..Ask::default() };
        refusals.send(&format!("{method} {path}"), &ask, *status, &[code]).await;
    }
    refusals.finish(table.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_is_answered_wherever_get_is() {
    let stage = Stage::set().await;
    let readable: Vec<_> = operations().iter().filter(|operation| operation.method == "GET").collect();
    assert!(readable.len() > 10);
    for operation in readable {
        let bearer = stage.credential(operation);
        let answer = send_raw(&stage, &raw("HEAD", &stage.path(operation), bearer.as_deref(), &[], b"")).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{}", operation.id);
    }
}
