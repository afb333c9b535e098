//! What a data file means is kept in it: said at the first start, contradicted by no later flag, changed at the desk.

use boxoffice::client::Ask;
use serde_json::{Value, json};

use crate::support::{Folder, OPERATOR, Server, as_text, boxoffice, run, text};

fn serve(folder: &Folder, more: &[&str]) -> Server {
    let data = folder.data();
    let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--operator-key", OPERATOR, "--data"]);
    command.arg(data).args(more);
    Server::start(command)
}

async fn change(server: &Server, body: Value) -> (u16, Value) {
    let body = Some(body.to_string().into_bytes());
    let ask = Ask { method: "PATCH", path: "/v1/operator/venue", bearer: Some(OPERATOR), body, headers: &[] };
    let answer = server.client().await.send(&ask).await.expect("an answer");
    (answer.status, answer.json())
}

/// As people see it: the same letters, however they were typed, and nothing that nobody sees.
#[tokio::test]
async fn the_venues_name_is_a_name_as_any_other() {
    let folder = Folder::new();
    serve(&folder, &["--venue-name", "Große Hälle"]).stop();
    let server = serve(&folder, &["--venue-name", "Große Ha\u{308}lle\u{200b}"]);
    let (status, venue) = change(&server, json!({"name": "Ha\u{200b}ll\u{202e}"})).await;
    assert_eq!((status, &venue["name"]), (200, &json!("Hall")), "{venue}");
    let (status, refused) = change(&server, json!({"name": "\u{200b}"})).await;
    assert_eq!((status, &refused["code"]), (400, &json!("invalid_field")), "{refused}");
    server.stop();
}

#[tokio::test]
async fn money_means_after_a_restart_what_it_meant_before() {
    let folder = Folder::new();
    let server = serve(&folder, &["--currency", "EUR", "--top-up-by", "operator", "--seats-per-user", "2"]);
    let concert = server.concert(json!({}), 4).await;
    let session = server.sessions(1).await.remove(0);
    let before = server.get("/v1/venue", "").await.json();
    server.stop();

    let server = serve(&folder, &[]);
    assert_eq!(server.get("/v1/venue", "").await.json(), before);
    assert_eq!((&before["currency"], &before["currency_decimals"]), (&json!("EUR"), &json!(2)));
    assert_eq!(server.get("/v1/balance", &session).await.json()["currency"], "EUR");
    let token = server.join(&session, &concert).await;
    let top_up = server.post("/v1/balance/top-ups", &token, json!({"amount": 1})).await;
    assert_eq!(top_up.code(), "top_up_forbidden");
    server.stop();

    // What agrees is fine, what contradicts is refused with the way to change it, and changed nothing.
    serve(&folder, &["--currency", "EUR", "--seats-per-user", "2"]).stop();
    for (flag, value, name) in [
        ("--currency", "KRW", "currency"),
        ("--top-up-by", "buyers", "top_up_by"),
        ("--seats-per-user", "4", "seats_per_user"),
        ("--venue-name", "Elsewhere", "name"),
    ] {
        let other = "op_that_must_not_be_in_force";
        let ran = run(&["serve", "--data", as_text(&folder.data()), "--operator-key", other, flag, value]);
        assert_eq!(ran.code, Some(1), "{flag}");
        for part in [name, value, "PATCH /v1/operator/venue"] {
            assert!(ran.err.contains(part), "{flag} lacks {part}: {}", ran.err);
        }
    }
    let server = serve(&folder, &[]);
    assert!(!server.greeting.contains("replaced"), "a refused start replaced the key");
    assert_eq!(server.get("/v1/venue", "").await.json(), before);
}

#[tokio::test]
async fn in_serve_buyers_make_no_money_unless_told() {
    let folder = Folder::new();
    let server = serve(&folder, &[]);
    let venue = server.get("/v1/venue", "").await.json();
    assert_eq!((&venue["top_up_by"], &venue["currency"]), (&json!("operator"), &json!("KRW")));
    drop(server);
    let folder = Folder::new();
    let mut command = boxoffice(&["demo", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(folder.data());
    let demo = Server::start(command);
    assert_eq!(demo.get("/v1/venue", "").await.json()["top_up_by"], "buyers");
}

#[tokio::test]
async fn the_desk_changes_terms_and_they_hold_at_once_and_after_a_restart() {
    let folder = Folder::new();
    let server = serve(&folder, &["--seats-per-user", "1"]);
    let (status, venue) = change(&server, json!({"currency": "JPY", "name": " Kleiner Saal "})).await;
    assert_eq!((status, &venue["currency"], &venue["name"]), (200, &json!("JPY"), &json!("Kleiner Saal")));

    let concert = server.concert(json!({}), 4).await;
    let token = server.join(&server.sessions(1).await[0], &concert).await;
    let best = json!({"performance_id": concert.performance, "best": {"grade": "R", "quantity": 2}});
    assert_eq!(server.post("/v1/holds", &token, best.clone()).await.code(), "seat_limit");
    let (status, venue) =
        change(&server, json!({"seats_per_user": 2, "top_up_by": "buyers", "largest_top_up": 10})).await;
    assert_eq!((status, &venue["seats_per_user"], &venue["currency"]), (200, &json!(2), &json!("JPY")));
    server.make("/v1/holds", &token, best).await;
    assert_eq!(server.post("/v1/balance/top-ups", &token, json!({"amount": 11})).await.code(), "invalid_field");
    server.make("/v1/balance/top-ups", &token, json!({"amount": 10})).await;

    // There are prices and balances now.
    let (status, problem) = change(&server, json!({"currency": "EUR", "seats_per_user": 9})).await;
    assert_eq!((status, text(&problem["code"]).as_str()), (409, "currency_fixed"));
    assert_eq!(change(&server, json!({"currency": "JPY"})).await.0, 200, "the same currency is no change");
    let shown = server.get("/v1/venue", "").await.json();
    assert_eq!(shown, venue);
    server.stop();
    assert_eq!(serve(&folder, &["--seats-per-user", "2"]).get("/v1/venue", "").await.json(), shown);
}
