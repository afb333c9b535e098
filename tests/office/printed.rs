//! Tickets as files: their codes as pictures that are read back, pages to print, entries of calendars.

use boxoffice::client::Answer;
use icalendar::parser::{read_calendar, unfold};
use serde_json::{Value, json};

use crate::support::{Concert, HOUR_MS, OPERATOR, Office, refused, text};

/// What a picture of one grey channel says to a scanner.
fn scanned(file: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a picture");
    assert_eq!(info.color_type, png::ColorType::Grayscale);
    let (width, height) = (info.width as usize, info.height as usize);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one code");
    grids[0].decode().expect("a code").1
}

fn page(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.headers["content-type"], "text/html");
    let policy = answer.headers["content-security-policy"].to_str().expect("a policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    String::from_utf8(answer.body.to_vec()).expect("UTF-8")
}

/// A concert whose title would be markup, with a ticket of the buyer's for each of two seats.
async fn bought(office: &Office, session: &str) -> (Value, Concert) {
    let rows = json!([{"name": "A", "seats": [{"label": "1"}, {"label": "2", "kind": "wheelchair"}], "grade": "R"}]);
    let hall = json!({"name": "대극장", "sections": [{"name": "1층", "rows": rows}]});
    let hall = office.make("/v1/operator/halls", hall).await["id"].clone();
    let concert = json!({"title": "<b>봄</b> & 여름", "time_zone": "Asia/Seoul"});
    let id = text(&office.make("/v1/operator/concerts", concert).await["id"]);
    let starts_at = office.now().plus_ms(30 * 24 * HOUR_MS);
    let performance = json!({"concert_id": id, "hall_id": hall, "starts_at": starts_at.to_rfc3339(),
        "duration_minutes": 90, "doors_at": starts_at.plus_ms(-HOUR_MS / 2).to_rfc3339(), "prices": {"R": 110_000}});
    let performance = text(&office.make("/v1/operator/performances", performance).await["id"]);
    let concert = Concert { id, performance };
    let token = text(
        &office.post(&format!("/v1/concerts/{}/queue/tokens", concert.id), session, Value::Null).await.json()["token"],
    );
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 220_000).await;
    let paid = office.pay(&token, &[&seats[0], &seats[1]], 220_000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    (paid.json(), concert)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tickets_picture_is_read_back_as_its_code() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let (payment, _) = bought(&office, &buyer.session).await;
    let code = text(&payment["tickets"][0]["code"]);
    let qr = format!("/v1/tickets/{code}/qr");
    let picture = office.get(&format!("{qr}?format=png"), &buyer.session).await;
    assert_eq!((picture.status, picture.headers["content-type"].to_str().ok()), (200, Some("image/png")));
    assert_eq!(scanned(&picture.body), code);
    // However it is typed in, the picture says it as it is written.
    let typed = office.get(&format!("{}?format=png", qr.to_lowercase()), &buyer.session).await;
    assert_eq!(scanned(&typed.body), code);
    let drawn = office.get(&qr, &buyer.session).await;
    assert_eq!(drawn.headers["content-type"], "image/svg+xml");
    let shown = office.get(&format!("/v1/tickets/{code}"), &buyer.session).await.json();
    assert_eq!(shown["qr_svg"], String::from_utf8_lossy(&drawn.body).into_owned());
    refused(&office.get(&format!("{qr}?format=gif"), &buyer.session).await, 400, "malformed_request");
    let stranger = office.buyer().await;
    refused(&office.get(&qr, &stranger.session).await, 404, "ticket_not_found");
    // The counter prints it too; a door does not.
    let counter = office.get(&format!("/v1/operator/tickets/{code}/qr?format=png"), OPERATOR).await;
    assert_eq!(scanned(&counter.body), code);
    let door = json!({"name": "Door", "scopes": ["door"]});
    let door = text(&office.make("/v1/operator/staff-keys", door).await["secret"]);
    refused(&office.get(&format!("/v1/operator/tickets/{code}/qr"), &door).await, 403, "scope_missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_printed_on_a4_and_on_a_roll_in_the_readers_language() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let (payment, _) = bought(&office, &buyer.session).await;
    let codes: Vec<_> = (0..2).map(|at| text(&payment["tickets"][at]["code"])).collect();
    let path = format!("/v1/tickets/{}/page", codes[1]);
    let korean = page(&office.get(&format!("{path}?language=ko-KR"), &buyer.session).await);
    assert!(korean.contains("lang=\"ko\"") && korean.contains("size: A4") && korean.contains("휠체어석"), "{korean}");
    assert!(korean.contains(&codes[1]) && korean.contains("<svg ") && korean.contains("110,000 KRW"), "{korean}");
    assert!(!korean.contains("<b>봄"), "a title is no markup: {korean}");
    let english = page(&office.get(&format!("{path}?language=en&paper=roll_80mm"), &buyer.session).await);
    assert!(english.contains("size: 80mm") && english.contains("Wheelchair place"), "{english}");
    // The buyer's own language is taken where none is asked for.
    let language = office.patch(&format!("/v1/operator/users/{}", buyer.id), OPERATOR, json!({"language": "en"})).await;
    assert_eq!(language.status, 200, "{}", language.json());
    assert!(page(&office.get(&path, &buyer.session).await).contains("lang=\"en\""));
    let counter = format!("/v1/operator/payments/{}/page?paper=roll_80mm", text(&payment["id"]));
    let both = page(&office.get(&counter, OPERATOR).await);
    assert!(both.contains("lang=\"en\"") && codes.iter().all(|code| both.contains(code)), "{both}");
    assert_eq!(both.matches("<section").count(), 2);
    let refunds = format!("/v1/operator/payments/{}/refunds", text(&payment["id"]));
    assert_eq!(office.post(&refunds, OPERATOR, json!({"tickets": [codes[1]]})).await.status, 201);
    refused(&office.get(&path, &buyer.session).await, 409, "ticket_cancelled");
    refused(&office.get(&format!("/v1/operator/tickets/{}/page", codes[1]), OPERATOR).await, 409, "ticket_cancelled");
    let left = page(&office.get(&counter, OPERATOR).await);
    assert!(left.contains(&codes[0]) && !left.contains(&codes[1]), "{left}");
    assert_eq!(office.post(&refunds, OPERATOR, json!({})).await.status, 201);
    refused(&office.get(&counter, OPERATOR).await, 409, "ticket_cancelled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_goes_into_a_calendar_without_its_code() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let (payment, concert) = bought(&office, &buyer.session).await;
    let code = text(&payment["tickets"][0]["code"]);
    let path = format!("/v1/tickets/{code}/calendar?language=en");
    let answer = office.get(&path, &buyer.session).await;
    assert_eq!((answer.status, answer.headers["content-type"].to_str().ok()), (200, Some("text/calendar")));
    let event = |answer: &Answer, name: &str| {
        let file = String::from_utf8(answer.body.to_vec()).expect("UTF-8");
        assert!(!file.contains(&code), "whoever sees the calendar does not come in by it: {file}");
        let unfolded = unfold(&file);
        let calendar = read_calendar(&unfolded).expect("RFC 5545");
        let event = &calendar.components[0];
        event.find_prop(name).unwrap_or_else(|| panic!("no {name}: {file}")).val.to_string()
    };
    // 2026-12-23, 00:00 in UTC, for an hour and a half.
    assert_eq!(event(&answer, "DTSTART"), "20261223T000000Z");
    assert_eq!(event(&answer, "DTEND"), "20261223T013000Z");
    assert_eq!(event(&answer, "SUMMARY"), "<b>봄</b> & 여름");
    assert_eq!(event(&answer, "DESCRIPTION"), "Seat: 1층 A 1 · R · full\nDoors: 08:30");
    // Moved, it is the same entry at another time.
    let later = office.now().plus_ms(31 * 24 * HOUR_MS).to_rfc3339();
    let performance = format!("/v1/operator/performances/{}", concert.performance);
    assert_eq!(office.patch(&performance, OPERATOR, json!({"starts_at": later})).await.status, 200);
    let moved = office.get(&path, &buyer.session).await;
    assert_eq!(
        (event(&moved, "UID"), event(&moved, "DTSTART")),
        (event(&answer, "UID"), "20261224T000000Z".to_owned())
    );
}
