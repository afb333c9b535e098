//! Bodies that no operation takes: unreadable ones, and good ones with one value bent at a time.

use boxoffice::client::Ask;
use serde_json::{Value, json};

use super::optional::OPTIONAL;
use super::stage::{Operation, Stage, operations};
use super::{Refusals, as_bytes, raw, send_raw};

fn with_bodies() -> impl Iterator<Item = &'static Operation> {
    operations().iter().filter(|operation| operation.has_body)
}

async fn send(refusals: &mut Refusals<'_>, on: &Operation, what: &str, body: Vec<u8>, status: u16, codes: &[&str]) {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_the_right_type_that_break_a_rule() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let rows: Vec<_> = (0..10_000).map(|_| json!({"name": "A", "seats": 1, "grade": "R"})).collect();
    let row =
        |seats: Value| json!({"sections": [{"name": "S", "rows": [{"name": "A", "seats": seats, "grade": "R"}]}]});
    let standing = |name: &str, capacity: u32| json!({"name": name, "capacity": capacity, "grade": "R"});
    let long = "x".repeat(7000);
    let full = |prices: Value| json!({"name": "full", "prices": prices});
    let types = |types: Value| json!({"prices": null, "ticket_types": types});
    let nobody = "00000000-0000-0000-0000-000000000000";
    let invalid = (400, "invalid_field");
    let table: Vec<Bent<'_>> = vec![
        ("sign_up", json!({"email": ""}), invalid),
        ("sign_up", json!({"email": "nobody"}), invalid),
        ("sign_up", json!({"email": "a@b@example.org"}), invalid),
        ("sign_up", json!({"email": format!("{long}@example.org")}), invalid),
        ("sign_up", json!({"email": super::stage::REGULAR.to_uppercase()}), (409, "email_taken")),
        ("sign_up", json!({"name": ""}), invalid),
        ("sign_up", json!({"name": " \u{a0} "}), invalid),
        ("sign_up", json!({"name": long}), invalid),
        ("sign_up", json!({"password": "short"}), invalid),
        ("sign_up", json!({"password": long}), invalid),
        ("log_in", json!({"email": "nobody@example.org"}), (401, "credentials_wrong")),
        ("log_in", json!({"email": ""}), (401, "credentials_wrong")),
        ("log_in", json!({"email": long}), (401, "credentials_wrong")),
        ("log_in", json!({"password": ""}), (401, "credentials_wrong")),
        ("log_in", json!({"password": "wrong password"}), (401, "credentials_wrong")),
        ("log_in", json!({"password": long}), (401, "credentials_wrong")),
        ("top_up", json!({"amount": 0}), invalid),
        ("top_up", json!({"amount": 10_000_000_001_i64}), invalid),
        ("create_hall", json!({"sections": []}), invalid),
        ("create_hall", json!({"name": long}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "rows": []}]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "rows": rows}]}), invalid),
        ("create_hall", row(json!(0)), invalid),
        ("create_hall", row(json!([])), invalid),
        ("create_hall", row(json!([1, 1])), invalid),
        ("create_hall", row(json!([-1])), invalid),
        ("create_hall", row(json!(["1", 1])), invalid),
        ("create_hall", row(json!([{"label": ""}])), invalid),
        ("create_hall", row(json!([{"label": long}])), invalid),
        ("create_hall", row(json!([{"label": 1, "note": long}])), invalid),
        ("create_hall", row(json!([{"label": 1, "kind": "sofa"}])), invalid),
        ("create_hall", row(json!([{"label": 1, "gap_before": 101}])), invalid),
        ("create_hall", row(json!([{"label": 1, "colour": "red"}])), invalid),
        ("create_hall", json!({"floors": ["Ground", "Ground"]}), invalid),
        ("create_hall", json!({"floors": ["Above"]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S"}]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "capacity": 1}]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "capacity": 0, "grade": "R"}]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "capacity": 100_001, "grade": "R"}]}), invalid),
        ("create_hall", json!({"sections": [standing("S", 60_000), standing("T", 60_000)]}), invalid),
        ("create_hall", json!({"sections": [standing("S", 1), standing("Ｓ", 1)]}), invalid),
        ("create_hall", row(json!(100_001)), invalid),
        ("create_hall", row(json!(u64::MAX)), invalid),
        ("create_concert", json!({"title": ""}), invalid),
        ("create_concert", json!({"title": long}), invalid),
        ("create_concert", json!({"time_zone": "Asia/Atlantis"}), invalid),
        ("create_concert", json!({"time_zone": "../../etc/passwd"}), invalid),
        ("create_concert", json!({"time_zone": ""}), invalid),
        ("create_concert", json!({"time_zone": long}), invalid),
        ("create_concert", json!({"seats_per_user": 0}), invalid),
        ("create_concert", json!({"seats_per_user": 65}), invalid),
        ("create_concert", json!({"fee_per_ticket": -1}), invalid),
        ("create_concert", json!({"fee_per_order": 1_i64 << 50}), invalid),
        ("create_concert", json!({"on_sale_at": "tomorrow"}), (400, "malformed_request")),
        ("create_concert", json!({"on_sale_at": "2027-01-01T10:00:00"}), (400, "malformed_request")),
        ("create_concert", json!({"on_sale_at": "10000-01-01T10:00:00Z"}), (400, "malformed_request")),
        ("create_concert", json!({"on_sale_at": "2027-01-01T08:59:59Z"}), invalid),
        ("create_concert", json!({"queue": {"max_admitted": 0}}), invalid),
        ("create_concert", json!({"queue": {"state": "ajar"}}), (400, "malformed_request")),
        ("create_performance", json!({"concert_id": nobody}), (404, "concert_not_found")),
        ("create_performance", json!({"hall_id": nobody}), (404, "hall_not_found")),
        ("create_performance", json!({"starts_at": "2020-01-01T00:00:00Z"}), invalid),
        ("create_performance", json!({"prices": {}}), invalid),
        ("create_performance", json!({"prices": {"R": 1000, "VIP": 2000}}), invalid),
        ("create_performance", json!({"prices": {"R": -1}}), invalid),
        ("create_performance", json!({"prices": {"R": 1_i64 << 50}}), invalid),
        ("create_performance", json!({"seats_per_user": 0}), invalid),
        ("create_performance", json!({"seats_per_user": 65}), invalid),
        ("create_performance", json!({"ticket_types": [full(json!({"R": 1000}))]}), invalid),
        ("create_performance", json!({"prices": null, "ticket_types": []}), invalid),
        ("create_performance", json!({"prices": null, "ticket_types": [full(json!({}))]}), invalid),
        ("create_performance", types(json!([full(json!({"VIP": 1}))])), invalid),
        ("create_performance", types(json!([full(json!({"R": -1}))])), invalid),
        ("create_performance", types(json!([full(json!({"R": 1})), full(json!({"R": 2}))])), invalid),
        ("create_performance", types(json!([{"name": " ", "prices": {"R": 1}}])), invalid),
        ("create_performance", types(json!([{"name": long, "prices": {"R": 1}}])), invalid),
        ("create_performance", types(json!([{"name": "full", "prices": {"R": 1}, "seats_per_user": 0}])), invalid),
        ("create_performance", types(json!([{"name": "full"}])), (400, "malformed_request")),
        ("create_performance", types(json!(vec![full(json!({"R": 1})); 33])), invalid),
        ("create_concert", json!({"age_limit": 0}), invalid),
        ("create_concert", json!({"sale_ends_at": "2027-01-01T10:00:00Z"}), invalid),
        ("create_concert", json!({"texts": [{"language": "ko"}]}), invalid),
        ("create_concert", json!({"texts": [{"language": "Korean!", "text": "a"}]}), invalid),
        (
            "create_concert",
            json!({"texts": [{"language": "ko", "text": "a"}, {"language": "KO", "text": "b"}]}),
            invalid,
        ),
        ("create_performance", json!({"doors_at": "2027-06-01T19:30:01+09:00"}), invalid),
        ("create_performance", json!({"concert_id": stage.bare, "doors_at": "yesterday"}), (400, "malformed_request")),
        ("change_concert", json!({"state": "draft"}), (409, "concert_state_fixed")),
        ("change_concert", json!({"state": "ended"}), (400, "malformed_request")),
        ("change_concert", json!({"on_sale_at": "2027-01-01T10:00:00Z", "allow_late_sale": true}), (409, "draw_made")),
        ("change_concert", json!({"queue_opens_at": "2026-01-01T10:00:00Z"}), (409, "draw_made")),
        ("change_concert", json!({"sale_ends_at": "2020-01-01T10:00:00Z"}), invalid),
        ("change_concert", json!({"title": " "}), invalid),
        ("change_concert", json!({"time_zone": "Asia/Atlantis"}), invalid),
        ("change_concert", json!({"age_limit": 100}), invalid),
        ("change_performance", json!({"starts_at": "2020-01-01T10:00:00Z"}), invalid),
        ("change_performance", json!({"duration_minutes": 0}), invalid),
        ("change_performance", json!({"doors_at": "2029-01-01T10:00:00Z"}), invalid),
        ("replan_performance", json!({"hall_version": 1}), invalid),
        ("set_picture", json!({"data": "not Base64"}), invalid),
        ("set_picture", json!({"data": "PHN2Zz48L3N2Zz4="}), invalid),
        ("change_queue", json!({"max_admitted": 0}), invalid),
        ("change_queue", json!({"max_admitted": 1_000_001}), invalid),
        ("change_queue", json!({"admissions_per_minute": 0}), invalid),
        ("change_queue", json!({"absence_seconds": 59}), invalid),
        ("change_queue", json!({"no_show_seconds": 9}), invalid),
        ("change_queue", json!({"state": ""}), (400, "malformed_request")),
        ("change_venue", json!({"name": " "}), invalid),
        ("change_venue", json!({"name": long}), invalid),
        ("change_venue", json!({"currency": "won"}), invalid),
        ("change_venue", json!({"currency": "EUR"}), (409, "currency_fixed")),
        ("change_venue", json!({"languages": []}), invalid),
        ("change_venue", json!({"languages": ["ko", "KO"]}), invalid),
        ("change_venue", json!({"languages": ["Korean, please"]}), invalid),
        ("change_venue", json!({"time_zone": "Asia/Atlantis"}), invalid),
        ("change_venue", json!({"top_up_by": "anyone"}), (400, "malformed_request")),
        ("change_venue", json!({"largest_top_up": 0}), invalid),
        ("change_venue", json!({"largest_top_up": 1_i64 << 53}), invalid),
        ("change_venue", json!({"seats_per_user": 65}), invalid),
        ("change_venue", json!({"accent": "#ffcc00"}), invalid),
        ("change_venue", json!({"accent": "red"}), invalid),
        ("change_venue", json!({"logo": "https://venue.example/logo.png"}), invalid),
        ("change_venue", json!({"welcome": {"no language": "Welcome"}}), invalid),
        ("change_venue", json!({"hold_seconds": 0}), invalid),
        ("change_venue", json!({"admission_seconds": 86_401}), invalid),
        ("change_venue", json!({"token_seconds": 0}), invalid),
        ("top_up_user", json!({"amount": 0}), invalid),
        ("open_sessions", json!({"count": 0}), invalid),
        ("open_sessions", json!({"count": 1001}), invalid),
        ("open_sessions", json!({"count": u32::MAX}), invalid),
    ];
    all_bent(&mut refusals, &table).await;
    refusals.finish(table.len());
}

/// A good body with some of its values bent, and what it is refused with.
pub type Bent<'a> = (&'a str, Value, (u16, &'a str));

/// Sends the operations' good bodies, each bent in one way.
pub async fn all_bent(refusals: &mut Refusals<'_>, table: &[Bent<'_>]) {
    for (id, bent, (status, code)) in table {
        let operation = with_bodies().find(|operation| operation.id == *id).expect("an operation");
        let mut body = refusals.stage.sample(operation).expect("a sample");
        for (name, value) in bent.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let what: String = bent.to_string().chars().take(80).collect();
        send(refusals, operation, &what, as_bytes(&body).expect("bytes"), *status, &[code]).await;
    }
}
