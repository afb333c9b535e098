//! A concert's life: draft, published, cancelled, ended; its words and its picture; performances moved, paused, taken back;
//! changes under `If-Match`; and what memory keeps of what is over.

use boxoffice::catalog;
use boxoffice::jobs;
use boxoffice::queue::Lines;
use boxoffice::reservation::domain::require_current;
use boxoffice::reservation::{HoldError, SeatMaps};
use serde_json::{Value, json};

use crate::bad_input::PICTURE;
use crate::support::{Concert, HOUR_MS, OPERATOR, Office, instant, refused, text};

fn desk(concert: &Concert) -> String {
    format!("/v1/operator/concerts/{}", concert.id)
}

fn desk_performance(concert: &Concert) -> String {
    format!("/v1/operator/performances/{}", concert.performance)
}

/// What everyone sees of a concert.
async fn shown(office: &Office, concert: &Concert) -> Value {
    let answer = office.client().await.get(&format!("/v1/concerts/{}", concert.id), None).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

async fn listed(office: &Office, which: &str) -> Vec<Value> {
    let answer = office.client().await.get(&format!("/v1/concerts?which={which}"), None).await.expect("an answer");
    answer.json()["concerts"].as_array().expect("concerts").clone()
}

async fn changed(office: &Office, path: &str, change: Value) -> Value {
    let answer = office.patch(path, OPERATOR, change).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

/// A concert without performances.
async fn made(office: &Office, concert: Value) -> Concert {
    Concert { id: text(&office.make("/v1/operator/concerts", concert).await["id"]), performance: String::new() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_the_venues_alone_until_it_is_published() {
    let office = Office::open().await;
    let opened = office.concert(Value::Null, 1, 4).await;
    let draft = made(&office, json!({"title": "Draft", "time_zone": "Asia/Seoul", "draft": true})).await;
    let draft = office.performance(&draft, 2, office.now().plus_ms(HOUR_MS)).await;
    let buyer = office.buyer().await;
    let tokens = format!("/v1/concerts/{}/queue/tokens", draft.id);

    refused(&office.get(&format!("/v1/concerts/{}", draft.id), "").await, 404, "concert_not_found");
    refused(&office.post(&tokens, &buyer.session, Value::Null).await, 404, "concert_not_found");
    assert_eq!(listed(&office, "to_come").await.len(), 1);
    let all = office.get("/v1/operator/concerts", OPERATOR).await.json();
    let states: Vec<_> = all["concerts"].as_array().expect("concerts").iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, [json!("draft"), json!("published")]);
    let settings = changed(&office, &format!("{}/queue", desk(&draft)), json!({"max_admitted": 1})).await;
    assert_eq!(settings["max_admitted"], 1, "a draft's queue is set up before");

    let office = office.restart().await;
    refused(&office.post(&tokens, &buyer.session, Value::Null).await, 404, "concert_not_found");
    assert_eq!(changed(&office, &desk(&draft), json!({"state": "published"})).await["state"], "published");
    assert_eq!(office.join(&buyer, &draft).await["status"], "admitted");
    assert_eq!(office.join(&office.buyer().await, &draft).await["status"], "waiting");
    assert_eq!(listed(&office, "to_come").await.len(), 2);
    refused(&office.patch(&desk(&draft), OPERATOR, json!({"state": "draft"})).await, 409, "concert_state_fixed");
    assert_eq!(shown(&office, &opened).await["sale"], "on_sale");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_concert_sells_nothing_and_says_so_to_everyone() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let [inside, waiting, late] = office.buyers(3).await.try_into().expect("three buyers");
    let token = office.enter(&inside, &concert).await;
    let in_line = text(&office.join(&waiting, &concert).await["token"]);
    assert_eq!(office.position(&in_line).await["sale"], Value::Null, "no news");
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0]]).await;
    office.top_up(&token, 1000).await;

    changed(&office, &desk(&concert), json!({"state": "cancelled"})).await;

    refused(&office.hold(&token, &concert, &[&seats[1]]).await, 409, "concert_cancelled");
    refused(&office.pay(&token, &[&seats[0]], 1000).await, 409, "concert_cancelled");
    let tokens = format!("/v1/concerts/{}/queue/tokens", concert.id);
    refused(&office.post(&tokens, &late.session, Value::Null).await, 409, "concert_cancelled");
    assert_eq!(office.delete("/v1/queue/tokens/current", &token).await.status, 204);
    office.advance_ms(0).await;
    let position = office.position(&in_line).await;
    assert_eq!(position["status"], "waiting", "nobody is let in any more");
    assert_eq!(position["sale"], "cancelled", "and whoever waits is told");
    let seen = shown(&office, &concert).await;
    assert_eq!([&seen["state"], &seen["sale"], &seen["dates"][0]["sale"]], ["cancelled"; 3]);
    refused(&office.patch(&desk(&concert), OPERATOR, json!({"state": "published"})).await, 409, "concert_state_fixed");

    let office = office.restart().await;
    assert_eq!(office.position(&in_line).await["status"], "waiting");
    refused(&office.post(&tokens, &late.session, Value::Null).await, 409, "concert_cancelled");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_of_a_concert_stands_in_every_language() {
    let office = Office::open().await;
    let said = json!([
        {"language": "KO", "title": "신년 음악회", "text": "첫째 줄\n둘째 줄", "policy": "환불 없음"},
        {"language": "en", "title": "New Year's Concert"},
    ]);
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "texts": said, "age_limit": 8});
    let concert = made(&office, concert).await;

    let seen = shown(&office, &concert).await;
    assert_eq!((&seen["age_limit"], &seen["texts"][0]["language"]), (&json!(8), &json!("ko")));
    assert_eq!(seen["texts"][0]["text"], "첫째 줄\n둘째 줄");
    let titles = json!([{"language": "ko", "title": "신년 음악회"}, {"language": "en", "title": "New Year's Concert"}]);
    assert_eq!(listed(&office, "to_come").await[0]["texts"], titles);

    let change = json!({"texts": [{"language": "fr", "text": "Bonjour"}], "age_limit": null, "title": "Another"});
    changed(&office, &desk(&concert), change).await;
    let seen = shown(&office, &concert).await;
    assert_eq!((&seen["title"], &seen["age_limit"]), (&json!("Another"), &Value::Null));
    assert_eq!(seen["texts"], json!([{"language": "fr", "text": "Bonjour"}]));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_kept_for_ever_under_its_own_address() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let path = format!("{}/picture", desk(&concert));
    let first = text(&office.put(&path, OPERATOR, json!({ "data": PICTURE })).await.json()["picture"]);
    assert_eq!(shown(&office, &concert).await["picture"], first);

    let answer = office.client().await.get(&first, None).await.expect("an answer");
    assert_eq!((answer.status, &answer.body[..]), (200, &b"\x89PNG\r\n\x1a\n"[..]));
    assert_eq!(answer.headers["content-type"], "image/png");
    assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");

    let second = text(&office.put(&path, OPERATOR, json!({"data": "/9j/4A=="})).await.json()["picture"]);
    assert_ne!(first, second, "another picture, another address");
    refused(&office.client().await.get(&first, None).await.expect("an answer"), 404, "picture_not_found");
    let answer = office.client().await.get(&second, None).await.expect("an answer");
    assert_eq!(answer.headers["content-type"], "image/jpeg");
    assert_eq!(office.delete(&path, OPERATOR).await.status, 204);
    refused(&office.client().await.get(&second, None).await.expect("an answer"), 404, "picture_not_found");
    refused(&office.delete(&path, OPERATOR).await, 404, "picture_not_found");
    office.verify();
}

/// Sends a change with the tag that was current, and with ones that are not.
async fn is_changed_once(office: &Office, path: &str, change: Value) {
    let tag = office.get(path, OPERATOR).await.headers["etag"].to_str().expect("text").to_owned();
    let send = async |method: &str, tag: &str, body: &Value| {
        office.with_header(method, path, OPERATOR, ("if-match", tag), body.clone()).await
    };
    let first = send("PATCH", &tag, &change).await;
    assert_eq!(first.status, 200, "{}", first.json());
    refused(&send("PATCH", &tag, &change).await, 412, "changed_meanwhile");
    let weak = format!("W/{}", first.headers["etag"].to_str().expect("text"));
    refused(&send("PATCH", &weak, &change).await, 412, "changed_meanwhile");
    refused(&send("DELETE", &tag, &Value::Null).await, 412, "changed_meanwhile");
    let any = send("PATCH", "\"0\", *", &change).await;
    assert_eq!(any.status, 200, "{}", any.json());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_what_has_changed_meanwhile_is_refused() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    is_changed_once(&office, &desk(&concert), json!({"title": "Concert"})).await;
    is_changed_once(&office, &desk_performance(&concert), json!({"paused": false})).await;
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sales_begin_moves_until_the_draw_and_the_draw_with_it() {
    let office = Office::open().await;
    let in_hours = |hours: i64| office.now().plus_ms(hours * HOUR_MS);
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "on_sale_at": in_hours(2).to_rfc3339(),
        "queue_opens_at": office.now().to_rfc3339(), "queue": {"absence_seconds": 86_400}});
    let concert = made(&office, concert).await;
    let concert = office.performance(&concert, 4, in_hours(9)).await;
    let token = text(&office.join(&office.buyer().await, &concert).await["token"]);
    let late = json!({"on_sale_at": in_hours(9).to_rfc3339()});
    refused(&office.patch(&desk(&concert), OPERATOR, late).await, 409, "sale_too_late");

    let sooner = in_hours(1);
    changed(&office, &desk(&concert), json!({"on_sale_at": sooner.to_rfc3339()})).await;
    assert_eq!(instant(&shown(&office, &concert).await["on_sale_at"]), sooner);
    assert_eq!(shown(&office, &concert).await["sale"], "announced");
    office.advance_ms(HOUR_MS - 1).await;
    assert_eq!(office.position(&token).await["status"], "waiting");
    office.advance_ms(1).await;
    assert_eq!(office.position(&token).await["status"], "admitted", "drawn at the new instant");
    let change = json!({"on_sale_at": in_hours(1).to_rfc3339()});
    refused(&office.patch(&desk(&concert), OPERATOR, change).await, 409, "draw_made");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_ends_at_its_instant() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let [inside, waiting] = office.buyers(2).await.try_into().expect("two buyers");
    let token = office.enter(&inside, &concert).await;
    let in_line = text(&office.join(&waiting, &concert).await["token"]);
    let seats = office.seat_ids(&token, &concert).await;
    let ends_at = office.now().plus_ms(60_000);
    changed(&office, &desk(&concert), json!({"sale_ends_at": ends_at.to_rfc3339()})).await;
    office.advance_to(ends_at, -1).await;
    office.held(&token, &concert, &[&seats[0]]).await;
    office.top_up(&token, 1000).await;
    office.advance_ms(1).await;
    refused(&office.hold(&token, &concert, &[&seats[1]]).await, 409, "sale_over");
    refused(&office.pay(&token, &[&seats[0]], 1000).await, 409, "sale_over");
    assert_eq!(office.delete("/v1/queue/tokens/current", &token).await.status, 204);
    office.advance_ms(1000).await;
    assert_eq!(office.position(&in_line).await["status"], "waiting", "nobody is let in to nothing");
    let tokens = format!("/v1/concerts/{}/queue/tokens", concert.id);
    refused(&office.post(&tokens, &inside.session, Value::Null).await, 409, "sale_over");
    assert_eq!(shown(&office, &concert).await["sale"], "over");

    changed(&office, &desk(&concert), json!({"sale_ends_at": null})).await;
    office.advance_ms(0).await;
    assert_eq!(office.position(&in_line).await["status"], "admitted", "the sale goes on");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moved_performance_takes_its_tickets_along() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let (buyer, path) = (office.buyer().await, desk_performance(&concert));
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 2000).await;
    let paid = office.pay(&token, &[&seats[0]], 1000).await.json();
    let token = office.enter(&buyer, &concert).await;
    let was = instant(&office.get(&path, OPERATOR).await.json()["starts_at"]);
    changed(&office, &path, json!({"doors_at": was.plus_ms(-HOUR_MS).to_rfc3339()})).await;

    let moved = was.plus_ms(24 * HOUR_MS);
    let answer = changed(&office, &path, json!({"starts_at": moved.to_rfc3339()})).await;

    assert_eq!(instant(&answer["doors_at"]), moved.plus_ms(-HOUR_MS), "doors move along");
    let ticket = format!("/v1/tickets/{}", text(&paid["tickets"][0]["code"]));
    assert_eq!(instant(&office.get(&ticket, &buyer.session).await.json()["starts_at"]), moved);
    assert_eq!(instant(&office.get("/v1/dates", &token).await.json()["dates"][0]["starts_at"]), moved);
    assert_eq!(instant(&office.held(&token, &concert, &[&seats[1]]).await["starts_at"]), moved);
    assert_eq!(instant(&shown(&office, &concert).await["dates"][0]["doors_at"]), moved.plus_ms(-HOUR_MS));
    assert_eq!(office.seat_states(&token, &concert).await[..2], ["sold", "held"], "the seats are the same");
    let past = json!({"starts_at": office.now().to_rfc3339()});
    refused(&office.patch(&path, OPERATOR, past).await, 400, "invalid_field");
    office.advance_to(moved, 0).await;
    refused(&office.patch(&path, OPERATOR, json!({"paused": true})).await, 409, "performance_started");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_performance_sells_nothing_until_it_goes_on() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0]]).await;
    office.top_up(&token, 1000).await;
    changed(&office, &desk_performance(&concert), json!({"paused": true})).await;
    refused(&office.hold(&token, &concert, &[&seats[1]]).await, 409, "sale_paused");
    refused(&office.pay(&token, &[&seats[0]], 1000).await, 409, "sale_paused");
    assert_eq!(shown(&office, &concert).await["dates"][0]["sale"], "paused");
    let office = office.restart().await;
    refused(&office.hold(&token, &concert, &[&seats[1]]).await, 409, "sale_paused");
    changed(&office, &desk_performance(&concert), json!({"paused": false})).await;
    assert_eq!(office.pay(&token, &[&seats[0]], 1000).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_holds_is_taken_back_and_nothing_else() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    refused(&office.delete(&desk(&concert), OPERATOR).await, 409, "in_use");
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let hold = office.held(&token, &concert, &[&seats[0]]).await;
    refused(&office.delete(&desk_performance(&concert), OPERATOR).await, 409, "in_use");
    let release = format!("/v1/holds/{}", text(&hold["id"]));
    assert_eq!(office.delete(&release, &token).await.status, 204);
    assert_eq!(office.delete(&desk_performance(&concert), OPERATOR).await.status, 204);
    refused(&office.hold(&token, &concert, &[&seats[0]]).await, 404, "performance_not_found");
    assert_eq!(office.get("/v1/dates", &token).await.json()["dates"], json!([]));
    refused(&office.delete(&desk(&concert), OPERATOR).await, 409, "in_use");

    let cancelled = office.concert(Value::Null, 1, 4).await;
    let path = format!("{}/cancellation", desk_performance(&cancelled));
    assert_eq!(office.post(&path, OPERATOR, Value::Null).await.status, 202);
    refused(&office.delete(&desk_performance(&cancelled), OPERATOR).await, 409, "performance_cancelled");
    refused(&office.delete(&desk(&cancelled), OPERATOR).await, 409, "in_use");

    let fresh = made(&office, json!({"title": "Fresh", "time_zone": "Asia/Seoul"})).await;
    office.put(&format!("{}/picture", desk(&fresh)), OPERATOR, json!({ "data": PICTURE })).await;
    assert_eq!(office.delete(&desk(&fresh), OPERATOR).await.status, 204);
    refused(&office.get(&format!("/v1/concerts/{}", fresh.id), "").await, 404, "concert_not_found");
    refused(&office.delete(&desk(&fresh), OPERATOR).await, 404, "concert_not_found");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_concert_that_is_over_leaves_memory_and_stays_readable() {
    let office = Office::open().await;
    let over = office.concert(Value::Null, 1, 4).await;
    let to_come = office.concert(Value::Null, 1, 4).await;
    changed(&office, &desk_performance(&to_come), json!({"starts_at": "2027-12-24T19:30:00+09:00"})).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &over).await;
    let seats = office.seat_ids(&token, &over).await;
    office.top_up(&token, 1000).await;
    let ticket = text(&office.pay(&token, &[&seats[0]], 1000).await.json()["tickets"][0]["code"]);
    assert_eq!(jobs::retire_queues(&office.app).await.expect("a sweep"), 0);

    let last = instant(&office.get(&desk_performance(&over), OPERATOR).await.json()["starts_at"]);
    office.advance_to(last, 3 * HOUR_MS).await;
    assert_eq!(office.app.part::<Lines>().len(), 2);
    assert_eq!(jobs::retire_queues(&office.app).await.expect("a sweep"), 1);
    office.app.part::<SeatMaps>().evict(office.now());
    assert_eq!((office.app.part::<Lines>().len(), office.app.part::<SeatMaps>().len()), (1, 0));

    let seen = shown(&office, &over).await;
    assert_eq!((&seen["ended"], &seen["sale"], &seen["state"]), (&json!(true), &json!("over"), &json!("published")));
    assert_eq!(seen["dates"].as_array().map(Vec::len), Some(1), "its dates are still told");
    assert_eq!(listed(&office, "past").await[0]["id"], over.id);
    assert_eq!(listed(&office, "to_come").await[0]["id"], to_come.id);
    let session = office.buyers(1).await.remove(0).session;
    let tokens = format!("/v1/concerts/{}/queue/tokens", over.id);
    refused(&office.post(&tokens, &session, Value::Null).await, 409, "sale_over");
    assert_eq!(office.get(&format!("{}/queue", desk(&over)), OPERATOR).await.json()["completed"], 1);
    refused(&office.patch(&desk(&over), OPERATOR, json!({"state": "cancelled"})).await, 409, "concert_state_fixed");
    let ticket = office.get(&format!("/v1/tickets/{ticket}"), &buyer.session).await;
    refused(&ticket, 401, "session_invalid");

    let office = office.restart().await;
    assert_eq!(office.app.part::<Lines>().len(), 1, "nor does a start load it");
    // With one more date it goes on.
    let more = office.performance(&over, 2, office.now().plus_ms(24 * HOUR_MS)).await;
    let token = office.enter(&office.buyer().await, &more).await;
    assert_eq!(office.get("/v1/dates", &token).await.json()["dates"].as_array().map(Vec::len), Some(1));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_sees_what_is_left_and_asks_for_news_by_its_tag() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 8).await;
    // The draw is told too, and would come between two looks.
    office.advance_ms(0).await;
    let path = format!("/v1/concerts/{}", concert.id);
    let grade = |seen: &Value| seen["dates"][0]["grades"][0].clone();
    let all_free = json!({"grade": "R", "left": "available", "available": 8,
        "prices": [{"type": "full", "price": 1000}]});
    assert_eq!(grade(&shown(&office, &concert).await), all_free);
    for path in [path.as_str(), "/v1/concerts"] {
        let tag = office.client().await.get(path, None).await.expect("an answer").headers["etag"].clone();
        let tag = tag.to_str().expect("text");
        let again = office.with_header("GET", path, "", ("if-none-match", tag), Value::Null).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
    }

    let [first, second] = office.buyers(2).await.try_into().expect("two buyers");
    let token = office.enter(&first, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let four: Vec<_> = seats[..4].iter().map(String::as_str).collect();
    office.top_up(&token, 4000).await;
    assert_eq!(office.pay(&token, &four, 4000).await.status, 201);
    assert_eq!(shown(&office, &concert).await["left"], "few");
    let token = office.enter(&second, &concert).await;
    let others: Vec<_> = seats[4..].iter().map(String::as_str).collect();
    office.held(&token, &concert, &others).await;
    let seen = shown(&office, &concert).await;
    assert_eq!((&grade(&seen)["available"], &seen["left"]), (&json!(0), &json!("few")), "they may come back");
    office.top_up(&token, 4000).await;
    assert_eq!(office.pay(&token, &others, 4000).await.status, 201);
    let seen = shown(&office, &concert).await;
    assert_eq!([&seen["sale"], &seen["left"], &seen["dates"][0]["sale"]], ["sold_out"; 3]);
    let listed = listed(&office, "to_come").await.remove(0);
    assert_eq!((&listed["sale"], &listed["dates_to_come"]), (&json!("sold_out"), &json!(1)));
    assert_eq!(listed["next_date"]["hall"], "Hall");
    office.verify();
}

/// Memory may be a moment behind: what it knew of a performance is compared with what stands, in the commit that goes by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_by_what_a_performance_was() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 2).await;
    let key = office.concert_key(&concert);
    let known = async || {
        let known = office.app.store.read(move |tx| catalog::domain::performances(tx, key)).await.expect("an answer");
        known.into_iter().next().expect("a performance")
    };
    let compared =
        async |known: catalog::Performance| office.app.store.read(move |tx| require_current(tx, &known)).await;
    let before = known().await;
    assert!(compared(before.clone()).await.is_ok());
    changed(&office, &desk_performance(&concert), json!({"prices": {"R": 1500}})).await;
    assert!(matches!(compared(before).await, Err(HoldError::Outrun)), "it has other prices");
    let before = known().await;
    let cancel = format!("{}/cancellation", desk_performance(&concert));
    assert_eq!(office.post(&cancel, OPERATOR, Value::Null).await.status, 202);
    assert!(matches!(compared(before).await, Err(HoldError::NotOnSale(_))), "it is cancelled");
    assert!(compared(known().await).await.is_ok(), "as it is known to be");
}
