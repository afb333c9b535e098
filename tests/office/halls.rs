//! Halls as venues have them: listed, shown, changed in versions, taken back; read from files and written to them; their
//! plans for everybody, and what is small enough of both.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use boxoffice::client::{Answer, Ask};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::support::{OPERATOR, Office, refused, text};

const THEATRE: &str = include_str!("../../examples/halls/theatre.json");
const CLUB: &str = include_str!("../../examples/halls/club.json");
const ARENA: &str = include_str!("../../examples/halls/arena.json");

fn read(hall: &str) -> Value {
    serde_json::from_str(hall).expect("JSON")
}

async fn make(office: &Office, hall: &Value) -> String {
    text(&office.make("/v1/operator/halls", hall.clone()).await["id"])
}

fn path(hall: &str) -> String {
    format!("/v1/operator/halls/{hall}")
}

async fn show(office: &Office, hall: &str) -> Value {
    let shown = office.get(&path(hall), OPERATOR).await;
    assert_eq!(shown.status, 200, "{}", shown.json());
    shown.json()["hall"].clone()
}

async fn import(office: &Office, body: Value) -> Answer {
    office.post("/v1/operator/hall-imports", OPERATOR, body).await
}

async fn import_csv(office: &Office, file: &[u8]) -> Answer {
    import(office, json!({"name": "Read", "csv": STANDARD.encode(file)})).await
}

async fn export(office: &Office, hall: &str, format: &str) -> Value {
    office.get(&format!("{}/export?format={format}", path(hall)), OPERATOR).await.json()[format].clone()
}

async fn with_headers(
    office: &Office,
    method: &str,
    path: &str,
    bearer: Option<&str>,
    body: Option<&Value>,
    headers: &[(&str, &str)],
) -> Answer {
    let body = body.map(|body| body.to_string().into_bytes());
    office.client().await.send(&Ask { method, path, bearer, body, headers }).await.expect("an answer")
}

/// 1,000 for every grade of a hall.
async fn prices(office: &Office, hall: &str) -> Value {
    grades(&show(office, hall).await)
        .into_iter()
        .map(|grade| (grade, json!(1000)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// A performance in a hall, and who has been let in.
async fn performance(office: &Office, hall: &str) -> (String, String) {
    let prices = prices(office, hall).await;
    let concert = office.make("/v1/operator/concerts", json!({"title": "Concert", "time_zone": "Asia/Seoul"})).await;
    let body = json!({"concert_id": concert["id"], "hall_id": hall, "starts_at": "2027-06-01T10:30:00Z",
        "prices": prices, "allow_overlap": true});
    let performance = text(&office.make("/v1/operator/performances", body).await["id"]);
    let tokens = format!("/v1/concerts/{}/queue/tokens", text(&concert["id"]));
    let token = office.post(&tokens, &office.buyer().await.session, Value::Null).await.json();
    (performance, text(&token["token"]))
}

fn grades(hall: &Value) -> Vec<String> {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, member)| match member {
                Value::String(grade) if name == "grade" => found.push(grade.clone()),
                member => walk(member, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(hall, &mut found);
    found.sort();
    found.dedup();
    found
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).expect("gzip");
    plain
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shown_of_a_hall_makes_the_same_hall_again() {
    let office = Office::open().await;
    for (file, seats, places) in [(THEATRE, 300, 300), (CLUB, 100, 1200), (ARENA, 10_000, 10_000)] {
        let hall = make(&office, &read(file)).await;
        let shown = show(&office, &hall).await;
        let again = make(&office, &shown).await;
        assert_eq!(show(&office, &again).await, shown);
        let listed = office.get("/v1/operator/halls", OPERATOR).await.json()["halls"][0].clone();
        assert_eq!(listed, json!({"id": again, "name": shown["name"], "version": 1, "seats": seats}));
        let (performance, _) = performance(&office, &hall).await;
        let plan = office.get(&format!("/v1/performances/{performance}/plan"), "").await.json();
        let capacities = plan["sections"].as_array().expect("sections").iter();
        assert_eq!(capacities.map(|section| section["capacity"].as_u64().expect("a count")).sum::<u64>(), places);
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_hall_is_a_new_version_and_what_is_sold_stays() {
    let office = Office::open().await;
    let mut hall = json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": [
        {"name": "A", "seats": ["1", "2"], "grade": "R"}]}]});
    let id = make(&office, &hall).await;
    let first = office.get(&path(&id), OPERATOR).await;
    let tag = first.headers["etag"].to_str().expect("text").to_owned();
    let (played, token) = performance(&office, &id).await;
    let map = office.get(&format!("/v1/performances/{played}/seats"), &token).await.json();

    hall["name"] = json!("Great Hall");
    hall["sections"][0]["rows"][0]["seats"] = json!(["2", "1", "3"]);
    let changed = with_headers(&office, "PUT", &path(&id), Some(OPERATOR), Some(&hall), &[("if-match", &tag)]).await;
    assert_eq!(changed.status, 200, "{}", changed.json());
    assert_eq!(changed.json(), json!({"id": id, "name": "Great Hall", "version": 2, "seats": 3}));
    for method in ["PUT", "DELETE"] {
        let body = (method == "PUT").then_some(&hall);
        let late = with_headers(&office, method, &path(&id), Some(OPERATOR), body, &[("if-match", &tag)]).await;
        refused(&late, 412, "changed_meanwhile");
    }
    assert_eq!(show(&office, &id).await, hall);
    let still = office.get(&format!("/v1/performances/{played}/seats"), &token).await.json();
    assert_eq!(still["seats"], map["seats"], "the performance is played in the hall as it was");
    let (later, _) = performance(&office, &id).await;
    let plan = office.get(&format!("/v1/performances/{later}/plan"), "").await.json();
    assert_eq!((&plan["rows"][0]["labels"], &plan["plan"]), (&json!(["2", "1", "3"]), &json!(format!("{id}-2"))));
    refused(&with_headers(&office, "DELETE", &path(&id), Some(OPERATOR), None, &[]).await, 409, "in_use");

    let unused = make(&office, &hall).await;
    assert_eq!(with_headers(&office, "DELETE", &path(&unused), Some(OPERATOR), None, &[]).await.status, 204);
    refused(&office.get(&path(&unused), OPERATOR).await, 404, "hall_not_found");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn halls_go_through_csv_and_back() {
    let office = Office::open().await;
    for file in [THEATRE, CLUB, ARENA] {
        let hall = make(&office, &read(file)).await;
        let csv = text(&export(&office, &hall, "csv").await);
        for mark in ["", "\u{feff}"] {
            let made = import_csv(&office, format!("{mark}{csv}").as_bytes()).await;
            assert_eq!(made.status, 201, "{}", made.json());
            let again = text(&made.json()["id"]);
            assert_eq!(export(&office, &again, "csv").await, json!(csv));
            let (mut before, after) = (show(&office, &hall).await, show(&office, &again).await);
            before["name"] = json!("Read");
            assert_eq!(after, before);
        }
    }
    // 가열 in CP949, as a Korean spreadsheet writes it.
    let file = [b"section,row,seat,grade\r\nS,".as_slice(), &[0xb0, 0xa1, 0xbf, 0xad], b",12A,R\r\n"].concat();
    let made = import_csv(&office, &file).await;
    assert_eq!(made.status, 201, "{}", made.json());
    assert_eq!(show(&office, &text(&made.json()["id"])).await["sections"][0]["rows"][0]["name"], "가열");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_file_is_told_by_line_and_column_and_nothing_is_made() {
    let office = Office::open().await;
    let table = [
        ("", "line 1: a head such as"),
        ("section,row,seat\n", "line 1, column grade: it is missing"),
        ("section,row,seat,grade,grade\n", "line 1, column grade: it comes twice"),
        ("section,row,seat,grade,shoe\n", "line 1, column shoe: there is no such column"),
        ("section,row,seat,grade\nS,A,1\n", "line 2: 3 cells where the head has 4"),
        ("section,row,seat,grade\nS,A,\"1,R\nS,A,2,R\n", "line 2: 3 cells where the head has 4"),
        ("section,row,seat,grade,color\nS,A,1,R,#fff\nS,A,2,R,#000\n", "line 3, column color: a line before it"),
        ("section,row,seat,grade\nS,A,1,R\nS,A,,R\n", "line 3, column seat: it is empty"),
        ("section,row,seat,grade\nS,A,1,R\n,A,2,R\n", "line 3, column section: it is empty"),
        ("section,row,seat,grade\nS,A,1,R\n\nS,A,1,R\n", "line 4, column seat: the row has this seat already"),
        ("section,row,seat,grade,kind\nS,A,1,R,sofa\n", "line 2, column kind: it must be standard"),
        ("section,row,seat,grade,x,y\nS,A,1,R,1,\n", "line 2, column y: it is empty, but x is not"),
        ("section,row,seat,grade,x,y\nS,A,1,R,1,2\nS,A,2,R,,\n", "line 3, column x: all seats of a row"),
        ("section,row,seat,grade,x,y\nS,A,1,R,1e9,2\n", "line 2, column x: it must be a number"),
        (
            "section,row,seat,grade,curve\nS,A,1,R,500\nS,A,2,R,\nS,A,3,R,400\n",
            "line 4, column curve: a line before it",
        ),
        ("section,row,seat,grade,curve\nS,A,1,R,0\n", "line 2, column curve: it must be more than 0"),
        ("section,row,seat,grade,outline\nS,A,1,R,0 0; 1\n", "line 2, column outline: it must be points"),
        ("section,row,seat,grade,focal\nS,A,1,R,0 0; 1 1\n", "line 2, column focal: it must be one point"),
        ("section,row,seat,grade,row_x\nS,A,1,R,0\n", "line 2, column row_y: it is empty, but row_x is not"),
        ("section,row,seat,grade,gap_before\nS,A,1,R,wide\n", "line 2, column gap_before: it must be a whole"),
        ("section,grade,capacity\nS,R,many\n", "line 2, column capacity: it must be a whole number"),
        ("section,grade,capacity\nS,R,9\nS,R,9\n", "line 3, column section: the section comes twice"),
        ("section,row,seat,grade,capacity\nS,A,1,R,9\n", "line 2, column row: a standing section has neither"),
        ("section,row,seat,grade,capacity\nS,,,R,9\nS,A,1,R,\n", "line 3, column section: the section is a standing"),
    ];
    for (file, expected) in table {
        let refusal = import_csv(&office, file.as_bytes()).await;
        refused(&refusal, 400, "invalid_field");
        let detail = text(&refusal.json()["detail"]);
        assert!(detail.starts_with(expected), "{file:?}: {detail}");
    }
    let no_text = import_csv(&office, b"section,row,seat,grade\nS,A,1,R\nS,A,\xff,R\n").await;
    refused(&no_text, 400, "invalid_field");
    assert!(text(&no_text.json()["detail"]).starts_with("line 3: it must be UTF-8 or CP949"), "{}", no_text.json());
    refused(&import(&office, json!({"name": "H", "csv": "no Base64"})).await, 400, "invalid_field");
    let zone = |seat: Value| {
        json!({"name": "H", "categories": [{"name": "R"}], "zones": [
        {"position": {"x": 0, "y": 0}, "rows": [{"row_number": "A", "seats": [seat]}]}]})
    };
    let seat = |category: &str, x: f64| json!({"seat_guid": "1", "seat_number": "1", "position": {"x": x, "y": 0}, "category": category});
    for (plan, expected) in [
        (json!({"name": "H"}), "pretix is no seating plan: missing field `categories`"),
        (zone(seat("VIP", 0.0)), "pretix.zones[0].rows[0].seats[0].category is none of categories: VIP"),
        (zone(seat("R", 1e12)), "pretix.zones[0].rows[0].seats[0].position is beyond all bounds"),
        (zone(json!({"seat_number": 7})), "pretix is no seating plan: "),
    ] {
        let refusal = import(&office, json!({"pretix": plan})).await;
        refused(&refusal, 400, "invalid_field");
        let detail = text(&refusal.json()["detail"]);
        assert!(detail.starts_with(expected), "{detail}");
    }
    assert_eq!(office.get("/v1/operator/halls", OPERATOR).await.json()["halls"], json!([]), "nothing was made");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seating_plans_of_pretix_go_in_and_out() {
    let office = Office::open().await;
    let plan = json!({"name": "House", "categories": [{"name": "Stalls", "color": "#abc"}, {"name": "Box"}], "zones": [
        {"name": "Ground", "zone_id": "g", "position": {"x": 50, "y": 60.5}, "areas": [
            {"shape": "text", "color": "#000", "border_color": "#000", "rotation": 0, "position": {"x": 1, "y": 2},
             "text": {"text": "Bar", "color": "#000", "size": 80, "position": {"x": 3, "y": 4}}},
            {"shape": "circle", "color": "#000", "border_color": "#000", "rotation": 0, "position": {"x": 1, "y": 2},
             "circle": {"radius": 5}}], "rows": [
            {"row_number": "A", "row_number_position": "both", "position": {"x": 10, "y": -20}, "seats": [
                {"seat_guid": "a1", "seat_number": "1", "position": {"x": 0, "y": 0}, "category": "Stalls"},
                {"seat_guid": "a2", "seat_number": "2 bis", "position": {"x": 27.25, "y": 3}, "category": "Box"}]}]}],
        "size": {"width": 400, "height": 300}});
    let made = import(&office, json!({"pretix": plan})).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let hall = text(&made.json()["id"]);
    let (performance, _) = performance(&office, &hall).await;
    let shown = office.get(&format!("/v1/performances/{performance}/plan"), "").await.json();
    // Positions add up: zone, row, seat; here in whole centimetres, the second from the first.
    let row = &shown["rows"][0];
    assert_eq!((&row["x"], &row["y"], &row["labels"]), (&json!([60, 27]), &json!([41, 3]), &json!(["1", "2 bis"])));
    assert_eq!(
        (&row["special"], &shown["colors"]["Stalls"]),
        (&json!([{"seat": 1, "grade": "Box"}]), &json!("#aabbcc"))
    );

    assert_eq!(shown["signs"], json!([{"text": "Bar", "x": 54, "y": 67, "size": 80}]), "what is written is read");

    let out = export(&office, &hall, "pretix").await;
    let seats = |plan: &Value| -> Vec<Value> {
        let seats = plan["zones"][0]["rows"][0]["seats"].as_array().expect("seats").iter();
        seats.map(|seat| json!([seat["seat_number"], seat["category"], seat["position"]])).collect()
    };
    assert_eq!((seats(&out), &out["name"]), (seats(&plan), &plan["name"]));
    for of in ["position", "name"] {
        assert_eq!(out["zones"][0][of], plan["zones"][0][of]);
    }
    assert_eq!(out["zones"][0]["rows"][0]["position"], plan["zones"][0]["rows"][0]["position"]);
    let again = text(&import(&office, json!({"pretix": out})).await.json()["id"]);
    assert_eq!(show(&office, &again).await, show(&office, &hall).await);
    assert_eq!(export(&office, &again, "pretix").await, out);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hall_is_drawn_without_a_word_about_it() {
    let office = Office::open().await;
    let rows: Value = (1..=12).map(|row| json!({"name": row.to_string(), "seats": 30, "grade": "R"})).collect();
    let sections: Value = (1..=9).map(|at| json!({"name": format!("S{at}"), "rows": rows})).collect();
    let hall = make(&office, &json!({"name": "Undrawn", "sections": sections})).await;
    let (performance, _) = performance(&office, &hall).await;
    let plan = office.get(&format!("/v1/performances/{performance}/plan"), "").await.json();
    let mut places = Vec::new();
    for row in plan["rows"].as_array().expect("rows") {
        let sums = |axis: &str| {
            let steps = row[axis].as_array().expect("steps").iter().map(|step| step.as_i64().expect("a number"));
            steps
                .scan(0, |at, step| {
                    *at += step;
                    Some(*at)
                })
                .collect::<Vec<i64>>()
        };
        places.extend(sums("x").into_iter().zip(sums("y")));
    }
    assert_eq!(places.len(), 9 * 12 * 30);
    // Nobody sits on anybody's lap, nor behind the stage, and all of it is centred before it.
    places.sort_unstable();
    for (at, one) in places.iter().enumerate() {
        let near = places[at + 1..].iter().take_while(|other| other.0 - one.0 < 40);
        let lap = near.filter(|other| (other.1 - one.1).pow(2) + (other.0 - one.0).pow(2) < 40 * 40).count();
        assert_eq!(lap, 0, "somebody sits where {one:?} does");
    }
    let middle = places.iter().map(|place| place.0).sum::<i64>() / places.len() as i64;
    assert!(middle.abs() < 200, "centred, but for sections that fill a band unevenly: {middle}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plan_and_states_are_apart_and_small() {
    let office = Office::with(|config| config.terms.seats_per_user = Some(64)).await;
    let hall = make(&office, &read(ARENA)).await;
    let (performance, token) = performance(&office, &hall).await;
    let (of_plan, of_seats) =
        (format!("/v1/performances/{performance}/plan"), format!("/v1/performances/{performance}/seats"));
    let gzip = [("accept-encoding", "gzip")];

    let plain = office.get(&of_plan, "").await;
    let packed = with_headers(&office, "GET", &of_plan, None, None, &gzip).await;
    assert_eq!(gunzip(&packed.body), plain.body);
    assert_eq!(packed.headers["vary"], "accept-encoding");
    assert_eq!(plain.headers["cache-control"], "public, max-age=60");
    let name = text(&plain.json()["plan"]);
    let named = office.get(&format!("{of_plan}?plan={name}"), "").await;
    assert_eq!(named.headers["cache-control"], "public, max-age=31536000, immutable");
    let tag = plain.headers["etag"].to_str().expect("text").to_owned();
    assert_eq!(with_headers(&office, "GET", &of_plan, None, None, &[("if-none-match", &tag)]).await.status, 304);
    let draft = json!({"title": "Draft", "time_zone": "Asia/Seoul", "draft": true});
    let draft = office.make("/v1/operator/concerts", draft).await["id"].clone();
    let hidden = json!({"concert_id": draft, "hall_id": hall, "starts_at": "2027-06-01T10:30:00Z", "prices": prices(&office, &hall).await,
        "allow_overlap": true});
    let hidden = text(&office.make("/v1/operator/performances", hidden).await["id"]);
    refused(&office.get(&format!("/v1/performances/{hidden}/plan"), "").await, 404, "performance_not_found");
    println!("plan of 10,000 seats: {} bytes, {} in gzip", plain.body.len(), packed.body.len());
    assert!(packed.body.len() <= 40_000, "{} bytes", packed.body.len());

    let states = office.get(&format!("{of_seats}?view=states"), &token).await.json();
    assert_eq!((&states["plan"], states["states"].as_str()), (&json!(name), Some("a".repeat(10_000).as_str())));
    let version = states["version"].as_u64().expect("a version");
    let prefix = text(&states["seat_id_prefix"]);
    let id = |place: usize| format!("{prefix}{}", place + 1);
    let map = office.get(&of_seats, &token).await.json();
    assert_eq!(map["seats"][4711]["id"], json!(id(4711)));
    let held = [id(7), id(4711)];
    let body = json!({"performance_id": performance, "seat_ids": held});
    assert_eq!(office.post("/v1/holds", &token, body).await.status, 201);
    let changed = office.get(&format!("{of_seats}?view=states&since={version}"), &token).await.json();
    assert_eq!((&changed["changed"], changed.get("states")), (&json!({"h": [7, 4711]}), None));
    // A version means the same after a restart.
    let office = office.restart().await;
    let again = office.get(&format!("{of_seats}?view=states&since={version}"), &token).await.json();
    assert_eq!(again["changed"], changed["changed"]);
    // The worst there is: every seat is something else than its neighbours, as by dice.
    let mut dice = 20_261_126_u64;
    let letters: Vec<u8> = (0..10_000)
        .map(|_| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            b"ahsb"[(dice >> 62) as usize]
        })
        .collect();
    let mut worst = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(5));
    worst.write_all(&letters).expect("into memory");
    let worst = worst.finish().expect("into memory").len();
    let real = with_headers(&office, "GET", &format!("{of_seats}?view=states"), Some(&token), None, &gzip).await;
    println!("states of 10,000 seats: {} bytes in gzip; by dice {worst}", real.body.len());
    assert!(real.body.len() <= 4_000 && worst <= 4_000, "{} and {worst} bytes", real.body.len());
    office.verify();
}
