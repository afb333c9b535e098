//! What is no JSON, as the journey shows it: files, pages, pictures and streams, each noted beside its media type, and short.

use boxoffice::app::App;
use boxoffice::client::Ask;
use boxoffice::clock::Instant;
use data_encoding::BASE64;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::journey::{OPERATOR, Traveller, shorten, text};
use crate::reports;
use crate::schema::checked;

/// One pixel each: smaller ones there are none.
const PIXELS: [&str; 3] = [
    "/9j/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k=",
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
];

/// Fetches every one of them: at the end of the journey, so that nothing else changes by it.
pub async fn fetch(traveller: &mut Traveller, app: &App) {
    let desk = "/v1/operator";
    let concerts = traveller.get("/v1/concerts", "").await["concerts"].clone();
    let demo = |concert: &&Value| concert["title"] == "Demo Concert";
    let concert = concerts.as_array().expect("concerts").iter().find(demo).expect("the demo's concert");
    let concert = text(&concert["id"]);

    let session =
        traveller.post(&format!("{desk}/sessions"), OPERATOR, json!({"count": 1})).await["sessions"][0].clone();
    let top_up = format!("{desk}/users/{}/top-ups", text(&session["user_id"]));
    traveller.post(&top_up, OPERATOR, json!({"amount": 300_000})).await;
    let session = text(&session["secret"]);
    let token = traveller.post(&format!("/v1/concerts/{concert}/queue/tokens"), &session, json!({})).await;
    let token = text(&token["token"]);
    stream(traveller, "/v1/queue/position/stream", &token).await;
    let performance = text(&traveller.get("/v1/dates", &token).await["dates"][0]["performance_id"]);
    stream(traveller, &format!("/v1/performances/{performance}/seats/stream"), &token).await;
    stream(traveller, &format!("{desk}/concerts/{concert}/sale/stream"), OPERATOR).await;

    let best = json!({"performance_id": performance, "best": {"quantity": 1}});
    let hold = traveller.post("/v1/holds", &token, best).await;
    let paid = json!({"hold_ids": [hold["id"]], "amount": hold["amount"]});
    let paid = traveller.post("/v1/payments", &token, paid).await;
    app.run_due().await;
    let (payment, code) = (text(&paid["id"]), text(&paid["tickets"][0]["code"]));
    for (path, bearer) in
        [(format!("/v1/tickets/{code}"), session.as_str()), (format!("{desk}/tickets/{code}"), OPERATOR)]
    {
        file(traveller, &format!("{path}/qr"), bearer).await;
        file(traveller, &format!("{path}/qr?format=png"), bearer).await;
        file(traveller, &format!("{path}/page"), bearer).await;
    }
    file(traveller, &format!("/v1/tickets/{code}/calendar"), &session).await;
    file(traveller, &format!("{desk}/payments/{payment}/page"), OPERATOR).await;
    file(traveller, &format!("{desk}/reports/csv?report=sold_tickets"), OPERATOR).await;
    let batch = json!({"name": "Press", "discount": {"percent": 50}, "quantity": 2});
    let batch = traveller.post(&format!("{desk}/concerts/{concert}/code-batches"), OPERATOR, batch).await;
    file(traveller, &format!("{desk}/code-batches/{}/codes.csv", text(&batch["id"])), OPERATOR).await;
    for pixel in PIXELS {
        let set = format!("{desk}/concerts/{concert}/picture");
        let shown = traveller.call("PUT", &set, OPERATOR, json!({"data": pixel})).await;
        file(traveller, &text(&shown["picture"]), "").await;
    }
}

/// Notes what came beside its media type.
fn note(traveller: &mut Traveller, path: &str, media: &str, what: Value) {
    let path = path.split('?').next().unwrap_or_default();
    let id = text(&checked().operation("GET", path).expect("an operation")["operationId"]);
    let note = traveller.notes.entry(id).or_insert_with(|| json!({}));
    note["media"][media] = what;
}

/// A file: whole where it is small; its beginning, and a mark that it goes on; a picture of dots as a data: address.
async fn file(traveller: &mut Traveller, path: &str, bearer: &str) {
    const LONGEST: usize = 480;
    let bearer = (!bearer.is_empty()).then_some(bearer);
    let answer = traveller.client.get(path, bearer).await.expect("an answer");
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    let complaints = checked().complaints("GET", path, &answer);
    assert!(complaints.is_empty(), "{path}: {complaints:?}");
    let media = answer.headers["content-type"].to_str().expect("a media type").to_owned();
    let said = match std::str::from_utf8(&answer.body) {
        Err(_) => format!("data:{media};base64,{}", BASE64.encode(&answer.body)),
        // What follows is another for every code.
        Ok(svg) if media == "image/svg+xml" => {
            let first_dots = svg.find("v1h-7z").expect("the corner of a QR code") + "v1h-7z".len();
            format!("{}…", &svg[..first_dots])
        }
        Ok(text) if text.len() <= LONGEST => text.to_owned(),
        Ok(text) => {
            let lines = text.split_inclusive('\n').scan(0, |sum, line| {
                *sum += line.len();
                (*sum <= LONGEST).then_some(line)
            });
            lines.collect::<String>() + "…"
        }
    };
    note(traveller, path, &media, json!(said));
}

/// A stream's first event, as it came and what is in it.
async fn stream(traveller: &mut Traveller, path: &str, bearer: &str) {
    let ask = Ask { method: "GET", path, bearer: Some(bearer), ..Ask::default() };
    let mut answer = traveller.client.open(&ask).await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/event-stream", "{path}");
    let mut came = String::new();
    while !came.contains("\n\n") {
        let frame = answer.frame().await.expect("an event").expect("a whole one");
        came += std::str::from_utf8(frame.data_ref().expect("bytes")).expect("UTF-8");
    }
    let mut lines = came.lines();
    let mut member = |name: &str| lines.next().and_then(|line| line.strip_prefix(name)).expect("a line").to_owned();
    let (_, event, data) = (member("id: "), member("event: "), member("data: "));
    let mut data: Value = serde_json::from_str(&data).expect("JSON");
    shorten(&mut data);
    note(traveller, path, "text/event-stream", json!({"event": event, "data": data}));
}

/// The notes with a mark in place of what is another at every sale.
pub fn shape(value: &Value) -> Value {
    const SECRET: [&str; 9] =
        ["hash", "qr_svg", "message_id", "secret", "token", "code", "seed", "seed_hash", "next_cursor"];
    let is_id = |text: &str| text.len() < 40 && text.get(..36).is_some_and(|id| id.matches('-').count() == 4);
    let is_file = |text: &str| text.contains('\n') || text.starts_with("data:") || text.starts_with('<');
    match value {
        Value::Object(object) => {
            let mark = |(name, value): (&String, &Value)| {
                // A map's version only grows.
                let secret = name == "version" || value.is_string() && SECRET.contains(&name.as_str());
                (name.clone(), if secret { json!("…") } else { shape(value) })
            };
            Value::Object(object.iter().map(mark).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(shape).collect()),
        Value::String(text) if is_id(text) || reports::is_address(text) => json!("an id"),
        Value::String(text) if Instant::parse_rfc3339(text).is_some() => json!("an instant"),
        Value::String(text) if is_file(text) => json!(words(text)),
        value => value.clone(),
    }
}

/// What of a text is the same at every sale: the words, and marks for numbers, codes and the like.
fn words(text: &str) -> String {
    let is_of_word = |c: char| c.is_alphanumeric() || "+/=_:.-".contains(c);
    let (mut words, mut word) = (String::new(), String::new());
    for c in text.chars().chain(['\n']) {
        if is_of_word(c) {
            word.push(c);
            continue;
        }
        // Few codes have no digit, but some.
        let is_code = word.contains('-') && word.chars().all(|c| c.is_ascii_uppercase() || c == '-');
        words += if is_code || word.contains(|c: char| c.is_ascii_digit()) { "#" } else { &word };
        words.push(c);
        word.clear();
    }
    words
}

/// What an example of this media type lacks to be a true one, if anything.
pub fn lacks(media: &str, described: &Value) -> Option<String> {
    let example = match described["example"].as_str() {
        Some(text) => text.to_owned(),
        None => text_or_none(&described["examples"]["one"]["value"]),
    };
    let begins = match media {
        "text/event-stream" => {
            let events = described["example"].as_array().map(Vec::as_slice).unwrap_or_default();
            let [event] = events else { return Some("an example of its events".to_owned()) };
            let breaches = checked().breaches(&described["schema"]["items"], event);
            return breaches.first().map(|breach| format!("a right example of its events: {breach}"));
        }
        "image/svg+xml" => "<svg ",
        "text/html" => "<!doctype html>",
        "text/calendar" => "BEGIN:VCALENDAR\r\n",
        "text/csv" => {
            let mut rows = example.lines().filter(|line| *line != "…").map(|line| line.split(',').count());
            let head = rows.next().unwrap_or_default();
            let is_table = head > 1 && rows.next().is_some_and(|second| second >= head);
            return (!is_table).then(|| "an example with a head and a line".to_owned());
        }
        media if media.starts_with("image/") => {
            let bytes =
                example.strip_prefix(&format!("data:{media};base64,")).map(|coded| BASE64.decode(coded.as_bytes()));
            let magic: &[u8] = match media {
                "image/jpeg" => b"\xff\xd8\xff",
                "image/png" => b"\x89PNG\r\n\x1a\n",
                _ => b"RIFF",
            };
            let is_one = matches!(bytes, Some(Ok(bytes)) if bytes.starts_with(magic));
            return (!is_one).then(|| format!("an example that is a picture: {example}"));
        }
        _ => return Some(format!("a rule for examples of {media}")),
    };
    (!example.starts_with(begins)).then(|| format!("a right example: {example}"))
}

fn text_or_none(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_untrue_example_of_a_text_is_seen() {
    let event = json!({"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}});
    let stream = |example: Value| json!({"schema": {"type": "array", "items": event}, "example": example});
    assert_eq!(lacks("text/event-stream", &stream(json!([{"status": "waiting"}]))), None);
    let pixel = |coded: &str| json!({"examples": {"one": {"value": format!("data:image/png;base64,{coded}")}}});
    assert_eq!(lacks("image/png", &pixel(PIXELS[1])), None);
    for (media, untrue) in [
        ("text/event-stream", stream(json!([{"state": 7}]))),
        ("text/event-stream", stream(json!([]))),
        ("text/event-stream", stream(json!("data: {}"))),
        ("image/png", pixel(PIXELS[0])),
        ("image/png", pixel("no base64")),
        ("image/svg+xml", json!({"example": "<html>"})),
        ("text/html", json!({})),
        ("text/calendar", json!({"example": "END:VCALENDAR"})),
        ("text/csv", json!({"example": "code\r\nX\r\n"})),
        ("application/pdf", json!({"example": "%PDF"})),
    ] {
        assert!(lacks(media, &untrue).is_some(), "{media}: {untrue}");
    }
}
