//! Bodies that no operation takes: unreadable ones, and good ones with one value bent at a time.

use boxoffice::client::Ask;
use serde_json::{Value, json};

use super::optional::OPTIONAL;
use super::stage::{Operation, Stage, operations};
use super::{Refusals, raw, send_raw};

pub(super) fn with_bodies() -> impl Iterator<Item = &'static Operation> {
    operations().iter().filter(|operation| operation.has_body)
}

pub(super) async fn send(
    refusals: &mut Refusals<'_>,
    on: &Operation,
    what: &str,
    body: Vec<u8>,
    status: u16,
    codes: &[&str],
) {
    let (path, bearer) = (refusals.stage.path(on), refusals.stage.credential(on));
    let ask = Ask { method: &on.method, path: &path, bearer: bearer.as_deref(), body: Some(body), headers: &[] };
    refusals.send(&format!("{} {what}", on.id), &ask, status, codes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_cannot_be_read() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let deep = [b"{\"name\":".repeat(500), b"[".repeat(1000)].concat();
    let unreadable: &[(&str, &[u8])] = &[
        ("empty", b""),
        ("blank", b" \r\n\t"),
        ("cut short", b"{\"amount\":"),
        ("not JSON", b"amount=1000&seat_ids=1-1"),
        ("single quotes", b"{'amount': 1}"),
        ("a comma too many", b"{\"amount\": 1,}"),
        ("a comment", b"{\"amount\": 1} // please"),
        ("two documents", b"{\"amount\": 1}{\"amount\": 1}"),
        ("NaN", b"{\"amount\": NaN}"),
        ("a byte-order mark", b"\xef\xbb\xbf{\"amount\": 1}"),
        ("invalid UTF-8", b"{\"name\": \"\xff\xfe\"}"),
        ("half a surrogate pair", b"{\"name\": \"\\ud800\"}"),
        ("a NUL as it is", b"{\"name\": \"\0\"}"),
        ("only NULs", &[0; 64]),
        ("nested a thousand deep", &deep),
        ("a list", b"[]"),
        ("a text", b"\"amount\""),
        ("a number", b"1000"),
        ("a truth", b"true"),
        ("nothing", b"null"),
        ("a number too long for JSON", &[b"{\"amount\": 1e400", b"}".as_slice()].concat()),
    ];
    for operation in with_bodies() {
        for (what, body) in unreadable {
            // Where none is needed, none is sent so.
            if !operation.needs_body && ["empty", "nothing"].contains(what) {
                continue;
            }
            send(&mut refusals, operation, what, body.to_vec(), 400, &["malformed_request"]).await;
        }
        let mut body = stage.sample(operation).expect("a sample");
        body["drop_table"] = json!("user");
        send(&mut refusals, operation, "an unknown field", body.to_string().into(), 400, &["malformed_request"]).await;
        let twice = stage.sample(operation).expect("a sample").to_string();
        let twice = format!("{{{},\"drop_table\":1,\"drop_table\":2}}", &twice[1..twice.len() - 1]);
        send(&mut refusals, operation, "an unknown field twice", twice.into(), 400, &["malformed_request"]).await;
    }
    refusals.finish(12 * 23);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_not_declared_as_json() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    for operation in with_bodies() {
        let (path, bearer) = (stage.path(operation), stage.credential(operation));
        let body = stage.sample(operation).expect("a sample").to_string();
        let length = format!("content-length: {}", body.len());
        let kinds =
            ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "json"];
        for kind in kinds {
            let kind = format!("content-type: {kind}");
            let bytes = raw(&operation.method, &path, bearer.as_deref(), &[&kind, &length], body.as_bytes());
            let answer = send_raw(&stage, &bytes).await;
            refusals.check(&format!("{} {kind}", operation.id), &answer, 415, &["unsupported_media_type"]);
        }
        if !operation.needs_body {
            continue;
        }
        let bytes = raw(&operation.method, &path, bearer.as_deref(), &[&length], body.as_bytes());
        let what = format!("{} without a content type", operation.id);
        refusals.check(&what, &send_raw(&stage, &bytes).await, 415, &["unsupported_media_type"]);
        let bytes = raw(&operation.method, &path, bearer.as_deref(), &["content-type: application/json"], b"");
        let what = format!("{} without a body", operation.id);
        refusals.check(&what, &send_raw(&stage, &bytes).await, 400, &["malformed_request"]);
    }
    refusals.finish(12 * 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_over_the_limit_are_refused_whether_announced_or_not() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let json = "content-type: application/json";
    let limits = &stage.office.app.limits;
    for operation in with_bodies() {
        let most = match operation.id.as_str() {
            "create_hall" | "change_hall" | "import_hall" => limits.hall_body_bytes,
            "create_concert" | "change_concert" => limits.concert_body_bytes,
            "set_picture" => limits.picture_bytes / 3 * 4 + 1024,
            "change_venue" => limits.venue_body_bytes,
            "block_seats" | "free_seats" => limits.block_body_bytes,
            _ => limits.body_bytes,
        };
        let more = vec![b' '; most + 1];
        let chunked = [format!("{:x}\r\n", more.len()).as_bytes(), &more, b"\r\n0\r\n\r\n"].concat();
        let (path, bearer) = (stage.path(operation), stage.credential(operation));
        let shapes: [(&str, &str, &[u8]); 3] = [
            ("announced and sent", &format!("content-length: {}", more.len()), &more),
            ("only announced", "content-length: 9223372036854775807", b"{"),
            ("sent in chunks", "transfer-encoding: chunked", &chunked),
        ];
        for (what, header, body) in shapes {
            let bytes = raw(&operation.method, &path, bearer.as_deref(), &[json, header], body);
            let answer = send_raw(&stage, &bytes).await;
            refusals.check(&format!("{} {what}", operation.id), &answer, 413, &["body_too_large"]);
        }
    }
    refusals.finish(12 * 3);
}

/// Pointers to every value inside a body.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let pointer = format!("{at}/{name}");
                found.push(pointer.clone());
                pointers(member, &pointer, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let pointer = format!("{at}/{index}");
                found.push(pointer.clone());
                pointers(item, &pointer, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Values of every other type than the sample's.
fn wrong_types(good: &Value) -> Vec<Value> {
    let all =
        [json!(null), json!(true), json!(7), json!("text"), json!([]), json!({}), json!(["text"]), json!({"a": 1})];
    let same = |value: &Value| std::mem::discriminant(value) == std::mem::discriminant(good);
    all.into_iter().filter(|value| !same(value)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_a_wrong_type() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    for operation in with_bodies() {
        let sample = stage.sample(operation).expect("a sample");
        let mut found = Vec::new();
        pointers(&sample, "", &mut found);
        for pointer in found {
            let good = sample.pointer(&pointer).expect("found there");
            // A row's seats are a count or a list, and a seat or its label is a number or a text.
            let seat = pointer.rsplit_once("/seats/").map(|(_, seat)| seat);
            let labels = seat.is_some_and(|seat| !seat.contains('/') || seat.ends_with("/label"));
            let fine = |bad: &Value| match (pointer.as_str(), bad) {
                (_, Value::Null) => OPTIONAL.iter().any(|optional| pointer.ends_with(optional)),
                (seats, Value::Number(_)) => labels || seats.ends_with("/seats"),
                (_, Value::String(_)) => labels,
                _ => false,
            };
            for bad in wrong_types(good).into_iter().filter(|bad| !fine(bad)) {
                let mut body = sample.clone();
                *body.pointer_mut(&pointer).expect("found there") = bad.clone();
                let codes = ["malformed_request", "invalid_field"];
                send(&mut refusals, operation, &format!("{pointer} = {bad}"), body.to_string().into(), 400, &codes)
                    .await;
            }
        }
    }
    refusals.finish(250);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_field() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    for operation in with_bodies() {
        let sample = stage.sample(operation).expect("a sample");
        for name in sample.as_object().expect("an object").keys() {
            // Without seat_ids there is no choice of seats left, so it is missing too.
            if name != "seat_ids" && OPTIONAL.iter().any(|optional| optional[1..] == *name) {
                continue;
            }
            let mut body = sample.clone();
            body.as_object_mut().expect("an object").remove(name);
            let codes = ["malformed_request", "invalid_field"];
            send(&mut refusals, operation, &format!("without {name}"), body.to_string().into(), 400, &codes).await;
        }
    }
    refusals.finish(18);
}

/// Numbers as JSON writes them, because some are no number of Rust's.
const NO_AMOUNTS: &[&str] =
    &["1e400", "-1e400", "99999999999999999999", "-99999999999999999999", "1.5", "1e30", "0.1", "-0.0"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_are_too_large_negative_or_broken() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let max = i64::MAX.to_string();
    let min = i64::MIN.to_string();
    for operation in with_bodies() {
        let sample = stage.sample(operation).expect("a sample");
        let mut found = Vec::new();
        pointers(&sample, "", &mut found);
        for pointer in found.iter().filter(|pointer| sample.pointer(pointer).is_some_and(Value::is_number)) {
            // What went out may be more than came in, and a balance may be put right downwards.
            let least = if ["close_day", "correct_balance"].contains(&operation.id.as_str()) { "1.0" } else { "-1" };
            for number in NO_AMOUNTS.iter().copied().chain([max.as_str(), min.as_str(), least]) {
                let mut body = sample.clone();
                *body.pointer_mut(pointer).expect("found there") = json!("NUMBER");
                let body = body.to_string().replace("\"NUMBER\"", number);
                // A readable amount to pay that is not the seats' price is refused by the price, not as a number.
                let readable = [max.as_str(), min.as_str(), "-1"].contains(&number);
                let (status, codes): (_, &[_]) = match (operation.id.as_str(), readable) {
                    ("pay" | "pay_offer", true) => (409, &["amount_mismatch"]),
                    _ => (400, &["malformed_request", "invalid_field"]),
                };
                send(&mut refusals, operation, &format!("{pointer} = {number}"), body.into(), status, codes).await;
            }
        }
    }
    refusals.finish(100);
}
