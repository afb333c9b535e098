//! Text that would mean something elsewhere (SQL, HTML, control characters): taken as text and given back as it was
//! sent, or refused; never anything else.

use serde_json::{Value, json};

use super::stage::{Stage, operations};
use super::{Refusals, as_bytes, dump};
use crate::support::text;
use boxoffice::client::Ask;

/// Text that is only text here.
const HARMLESS: &[&str] = &[
    "Robert'); DROP TABLE user;--",
    "' OR '1'='1",
    "\"; DELETE FROM payment; --",
    "?1 $1 :name @name %s %n {} ${jndi:ldap://x}",
    "<script>alert(document.cookie)</script>",
    "<img src=x onerror=alert(1)>&amp;&lt;",
    "../../../../etc/passwd",
    "\\ \\\\ \\u0000 \\x00",
    "예매 사무소 🎟️ صندوق التذاكر",
    "é 👨‍👩‍👧‍👦 가",
    "NULL",
    "-1",
];

/// Text with characters that no name has.
const CONTROL: &[&str] =
    &["nul \0 in it", "a\u{1b}[31mred", "line\nbreak", "tab\tstop", "del\u{7f}", "c1 \u{85} inside"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_kept_as_they_were_sent() {
    let stage = Stage::set().await;
    let office = &stage.office;
    for (at, given) in HARMLESS.iter().enumerate() {
        let sign_up = json!({"email": format!("buyer{at}@example.org"), "password": given.repeat(4), "name": given});
        let signed_up = office.client().await.post("/v1/users", None, &sign_up).await.expect("an answer");
        assert_eq!(signed_up.status, 201, "{given}: {}", signed_up.json());
        let log_in = json!({"email": sign_up["email"], "password": sign_up["password"]});
        let logged_in = office.client().await.post("/v1/sessions", None, &log_in).await.expect("an answer");
        assert_eq!(logged_in.json()["user"]["name"], *given);

        let rows = json!([{"name": given, "seats": 2, "grade": given}]);
        let hall = json!({"name": given, "sections": [{"name": given, "rows": rows}]});
        let hall = office.make("/v1/operator/halls", hall).await["id"].clone();
        let concert = json!({"title": given, "time_zone": "Asia/Seoul"});
        let concert = office.make("/v1/operator/concerts", concert).await;
        assert_eq!(concert["title"], *given);
        let performance = json!({"concert_id": concert["id"], "hall_id": hall, "starts_at": "2027-06-01T19:30:00Z",
            "prices": {*given: 0}});
        let performance = text(&office.make("/v1/operator/performances", performance).await["id"]);

        let session = text(&logged_in.json()["session"]["secret"]);
        let path = format!("/v1/concerts/{}/queue/tokens", text(&concert["id"]));
        let token = text(&office.post_once(&path, &session, "O'Brien; --", Value::Null).await.json()["token"]);
        let shown = office.get(&format!("/v1/concerts/{}", text(&concert["id"])), "").await.json();
        assert_eq!(shown["title"], *given);
        let dates = office.get("/v1/dates", &token).await.json();
        assert_eq!(dates["dates"][0]["grades"][0]["grade"], *given, "{dates}");
        let map = office.get(&format!("/v1/performances/{performance}/seats"), &token).await.json();
        let seat = &map["seats"][0];
        assert_eq!([&seat["section"], &seat["row"], &seat["grade"]], [given, given, given], "{seat}");
        let best = json!({"performance_id": performance, "best": {"grade": given, "quantity": 1}});
        let held = office.post("/v1/holds", &token, best).await;
        assert_eq!(held.status, 201, "{}", held.json());
        let paid = office.pay(&token, &[&text(&held.json()["seats"][0]["id"])], 0).await;
        let ticket = text(&paid.json()["tickets"][0]["code"]);
        let ticket = office.get(&format!("/v1/tickets/{ticket}"), &session).await.json();
        assert_eq!([&ticket["concert"], &ticket["seat"]["row"]], [given, given], "{ticket}");
    }
    let kept = dump(&office.data);
    let Stage { office, .. } = stage;
    let office = office.restart().await;
    assert_eq!(dump(&office.data), kept, "the same after a restart");
    let concerts = office.get("/v1/concerts", "").await.json();
    let titles: Vec<_> = concerts["concerts"].as_array().expect("concerts").iter().map(|one| &one["title"]).collect();
    assert!(HARMLESS.iter().all(|given| titles.contains(&&json!(given))), "{titles:?}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_characters_are_refused_in_names() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let fields = [
        ("sign_up", "/name"),
        ("sign_up", "/email"),
        ("create_hall", "/name"),
        ("create_hall", "/sections/0/name"),
        ("create_hall", "/sections/0/rows/0/name"),
        ("create_hall", "/sections/0/rows/0/grade"),
        ("create_concert", "/title"),
        ("create_concert", "/time_zone"),
    ];
    for (id, pointer) in fields {
        for bad in CONTROL {
            bend(&mut refusals, id, pointer, bad, 400, &["invalid_field"]).await;
        }
    }
    refusals.finish(fields.len() * CONTROL.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_where_an_id_belongs_is_refused() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    for bad in HARMLESS.iter().chain(CONTROL) {
        bend(&mut refusals, "sign_up", "/email", bad, 400, &["invalid_field"]).await;
        bend(&mut refusals, "log_in", "/email", bad, 401, &["credentials_wrong"]).await;
        bend(&mut refusals, "log_in", "/password", &bad.repeat(5), 401, &["credentials_wrong"]).await;
        bend(&mut refusals, "hold_seats", "/performance_id", bad, 400, &["malformed_request"]).await;
        bend(&mut refusals, "hold_seats", "/seat_ids/0", bad, 404, &["seat_not_found"]).await;
        bend(&mut refusals, "pay", "/seat_ids/0", bad, 404, &["seat_not_found"]).await;
        bend(&mut refusals, "create_concert", "/time_zone", bad, 400, &["invalid_field"]).await;
        bend(&mut refusals, "create_concert", "/on_sale_at", bad, 400, &["malformed_request"]).await;
        bend(&mut refusals, "create_concert", "/queue/state", bad, 400, &["malformed_request"]).await;
        bend(&mut refusals, "create_performance", "/hall_id", bad, 400, &["malformed_request"]).await;
        bend(&mut refusals, "create_performance", "/starts_at", bad, 400, &["malformed_request"]).await;
    }
    refusals.finish(11 * 18);
}

/// Sends the operation's sample with this text in one place.
async fn bend(refusals: &mut Refusals<'_>, id: &str, pointer: &str, bad: &str, status: u16, codes: &[&str]) {
    let stage = refusals.stage;
    let operation = operations().iter().find(|operation| operation.id == id).expect("an operation");
    let (path, bearer) = (stage.path(operation), stage.credential(operation));
    let mut body = stage.sample(operation).expect("a sample");
    *body.pointer_mut(pointer).expect("a field") = json!(bad);
    let ask =
        Ask { method: &operation.method, path: &path, bearer: bearer.as_deref(), body: as_bytes(&body), headers: &[] };
    refusals.send(&format!("{id} {pointer} = {bad:?}"), &ask, status, codes).await;
}
