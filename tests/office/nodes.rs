//! A node that follows: what it answers itself, what it hands on to the leader, and whom either believes. The leader is a real
//! office; the follower's file is a copy of the leader's, and the test says what it has applied.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use boxoffice::client::Client;
use boxoffice::config::{Config, Limits};
use boxoffice::ids::{Ordinal, Seq};
use boxoffice::queue::{Entry, Line, Lines, QueueFact, domain};
use boxoffice::standing::{NODE_SECRET_BYTES, Role, Standing};
use boxoffice::store;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::support::{Buyer, Concert, OPERATOR, Office, limits, refused, text};

const SECRET: [u8; NODE_SECRET_BYTES] = [0x5a; NODE_SECRET_BYTES];
/// How soon a patience ends that the test waits for.
const SOON: Duration = Duration::from_millis(100);
/// How long nothing takes that works.
const LONG: Duration = Duration::from_secs(60);

/// The secret as nodes tell it.
pub fn secret() -> String {
    "5a".repeat(NODE_SECRET_BYTES)
}

/// An office on a data file that is one of several nodes.
pub async fn leading() -> Office {
    leading_with(limits(), |_| {}).await
}

/// With other bounds and settings.
pub async fn leading_with(limits: Limits, change: impl FnOnce(&mut Config)) -> Office {
    let on_a_file = |config: &mut Config| {
        if std::env::var("BOXOFFICE_TEST_PG").is_ok() {
            config.data = config.book.copy.clone();
        }
        change(config);
    };
    let office = Office::with_limits(limits, on_a_file).await;
    office.app.part::<Standing>().set_node_secret(SECRET);
    office
}

/// A node that follows the leader, with all that stands there now.
pub async fn following(leader: &Office) -> Office {
    following_with(leader, Limits { catch_up_patience: LONG, ..limits() }).await
}

async fn following_with(leader: &Office, limits: Limits) -> Office {
    following_as(leader, limits, |_| {}).await
}

/// With other settings too.
pub async fn following_as(leader: &Office, limits: Limits, change: impl FnOnce(&mut Config)) -> Office {
    static NODES: AtomicU32 = AtomicU32::new(0);
    let name = format!("node{}.db", NODES.fetch_add(1, Ordering::Relaxed));
    let copy = leader.config.data.with_file_name(name);
    store::backup(&leader.config.data, &copy).expect("a copy");
    let settings = |config: &mut Config| {
        config.data = copy;
        change(config);
    };
    let office = Office::with_limits(limits, settings).await;
    office.app.part::<Standing>().set_node_secret(SECRET);
    follow(&office, Some(leader.address));
    office
}

pub fn follow(node: &Office, leader: Option<SocketAddr>) {
    let leader = leader.map(|address| format!("http://{address}"));
    node.app.part::<Standing>().set_role(Role::Following { leader });
}

/// A concert, and a buyer inside whom both nodes know.
async fn a_sale(leader: &Office) -> (Concert, Buyer, String) {
    let concert = leader.concert(json!({"max_admitted": 1}), 1, 4).await;
    let buyer = leader.buyer().await;
    let token = leader.enter(&buyer, &concert).await;
    (concert, buyer, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_through_a_node_that_follows_is_one_at_the_leader() {
    let leader = leading().await;
    let (concert, buyer, token) = a_sale(&leader).await;
    let node = following(&leader).await;
    let seats = node.seat_ids(&token, &concert).await;

    let held = node.held(&token, &concert, &[&seats[0]]).await;
    assert_eq!(leader.holds(&token).await, node.holds(&token).await, "a personal read is the leader's");
    let body = json!({"amount": 1000});
    let added = node.post_once("/v1/balance/top-ups", &token, "key", body.clone()).await;
    let again = node.post_once("/v1/balance/top-ups", &token, "key", body.clone()).await;
    let at_the_leader = leader.post_once("/v1/balance/top-ups", &token, "key", body).await;
    assert_eq!((added.status, again.status, at_the_leader.status), (201, 201, 201));
    assert!(added.json() == again.json() && added.json() == at_the_leader.json(), "one effect, whoever is asked");
    assert!(added.headers.get("idempotent-replayed").is_none() && again.headers["idempotent-replayed"] == "true");
    assert_eq!((node.balance(&buyer.session).await, leader.balance(&token).await), (json!(1000), json!(1000)));
    refused(&node.pay(&token, &[&seats[0]], 999).await, 409, "amount_mismatch");
    let paid = node.pay(&token, &[&seats[0]], 1000).await;
    assert_eq!(paid.status, 201, "{held}: {}", paid.json());
    let payments = "/v1/payments";
    assert_eq!(node.get(payments, &buyer.session).await.json(), leader.get(payments, &buyer.session).await.json());

    // What the nodes say to each other is nobody else's.
    for name in ["boxoffice-seq", "boxoffice-node", "boxoffice-client", "transfer-encoding"] {
        assert!(paid.headers.get(name).is_none(), "{name}");
    }
    let told = paid.headers.get_all("x-frame-options").iter().count();
    assert_eq!(told, 1, "{:?}", paid.headers);
    leader.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_all_may_see_and_the_line_are_shown_while_nobody_leads() {
    let leader = leading().await;
    let (concert, buyer, inside) = a_sale(&leader).await;
    let waits = text(&leader.join(&leader.buyer().await, &concert).await["token"]);
    let node = following(&leader).await;
    follow(&node, None);

    let concerts = format!("/v1/concerts/{}", concert.id);
    let plan = format!("/v1/performances/{}/plan", concert.performance);
    for path in ["/v1/venue", "/v1/concerts", &concerts, &plan, "/", "/openapi.json"] {
        assert_eq!(node.client().await.get(path, None).await.expect("an answer").status, 200, "{path}");
    }
    assert_eq!(node.position(&waits).await["position"], 1);
    assert_eq!(node.get("/v1/dates", &inside).await.status, 200);
    assert_eq!(node.seat_ids(&inside, &concert).await.len(), 4);
    refused(&node.get("/v1/dates", &waits).await, 403, "not_admitted");
    refused(&node.get("/v1/queue/position", &format!("{}AAAA", &waits[..waits.len() - 4])).await, 401, "token_invalid");

    let join = format!("/v1/concerts/{}/queue/tokens", concert.id);
    for refusal in [
        node.post(&join, &buyer.session, Value::Null).await,
        node.get("/v1/payments", &buyer.session).await,
        node.get("/v1/operator/halls", OPERATOR).await,
        node.delete("/v1/queue/tokens/current", &waits).await,
    ] {
        refused(&refusal, 503, "no_leader");
        assert!(refusal.headers.contains_key("retry-after"));
    }
    assert_eq!(leader.position(&waits).await["position"], 1, "nothing was changed");
}

/// A leader that takes requests and does with each what the test says, once it has come whole.
async fn false_leader(answers: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut read = vec![0; 4096];
            let _ = stream.read(&mut read).await;
            let _ = stream.write_all(answers).await;
            if answers.is_empty() {
                // Silent, and there.
                std::mem::forget(stream);
            }
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_may_have_arrived_is_of_unknown_outcome_and_one_that_did_not_is_refused() {
    let leader = leading().await;
    let buyer = leader.buyer().await;
    let node = following(&leader).await;
    let change = || node.post("/v1/balance/top-ups", &buyer.session, json!({"amount": 1000}));
    let look = || node.get("/v1/balance", &buyer.session);

    // Nobody listens there.
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    follow(&node, gone.local_addr().ok());
    drop(gone);
    refused(&change().await, 503, "no_leader");
    refused(&look().await, 503, "no_leader");
    // It breaks off, before a word and in the middle of the head.
    for says in [&b"\0"[..], b"HTTP/1.1 201 Crea"] {
        follow(&node, Some(false_leader(says).await));
        refused(&change().await, 503, "outcome_unknown");
        refused(&look().await, 503, "no_leader");
    }
    // It keeps silent, and another leads meanwhile.
    let silent = false_leader(b"").await;
    follow(&node, Some(silent));
    let (answer, ()) = tokio::join!(change(), async {
        tokio::time::sleep(SOON).await;
        follow(&node, None);
        follow(&node, Some(silent));
        follow(&node, Some(leader.address));
    });
    refused(&answer, 503, "outcome_unknown");
    // Then all is well.
    assert_eq!(change().await.status, 201);
    assert_eq!(look().await.json()["balance"], 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_keeps_silent_for_too_long_leaves_the_outcome_unknown() {
    let leader = leading().await;
    let buyer = leader.buyer().await;
    let node = following_with(&leader, Limits { leader_patience: SOON, ..limits() }).await;
    follow(&node, Some(false_leader(b"").await));
    refused(&node.post("/v1/balance/top-ups", &buyer.session, json!({"amount": 1})).await, 503, "outcome_unknown");
    refused(&node.get("/v1/balance", &buyer.session).await, 503, "no_leader");
}

/// What a node is asked must not go round among nodes that do not know better.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_does_not_lead_hands_nothing_on_for_another() {
    let leader = leading().await;
    let buyer = leader.buyer().await;
    let (one, other) = (following(&leader).await, following(&leader).await);
    follow(&one, Some(other.address));
    follow(&other, Some(one.address));
    refused(&one.get("/v1/balance", &buyer.session).await, 503, "no_leader");
    follow(&other, Some(other.address));
    refused(&other.post("/v1/balance/top-ups", &buyer.session, json!({"amount": 1})).await, 503, "no_leader");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_leaves_once_this_node_has_what_it_tells_of() {
    let leader = leading().await;
    let buyer = leader.buyer().await;
    let node = following(&leader).await;
    leader.app.part::<Standing>().set_applied(Seq(7));
    let mut change = Box::pin(node.post("/v1/balance/top-ups", &buyer.session, json!({"amount": 1000})));
    let stands = async {
        while leader.balance(&buyer.session).await != json!(1000) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = &mut change => panic!("it left too early: {}", answer.json()),
        () = stands => {}
    }
    node.app.part::<Standing>().set_applied(Seq(6));
    assert!(timeout(SOON, &mut change).await.is_err(), "one commit is missing");
    node.app.part::<Standing>().set_applied(Seq(7));
    assert_eq!(change.await.status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_does_not_wait_for_ever_and_the_figures_count_it() {
    let leader = leading().await;
    let buyer = leader.buyer().await;
    let metrics = |config: &mut Config| config.metrics_listen = Some("127.0.0.1:0".parse().expect("an address"));
    let node = following_as(&leader, Limits { catch_up_patience: SOON, ..limits() }, metrics).await;
    leader.app.part::<Standing>().set_applied(Seq(7));
    node.app.part::<Standing>().set_fed(node.now(), Seq(5));
    node.app.part::<Standing>().set_applied(Seq(3));
    assert_eq!(node.post("/v1/balance/top-ups", &buyer.session, json!({"amount": 1000})).await.status, 201);

    let mut watcher = Client::connect(node.metrics.expect("an address")).await.expect("it listens");
    let figures = watcher.get("/metrics", None).await.expect("figures");
    let figures = String::from_utf8_lossy(&figures.body).into_owned();
    for line in [
        "boxoffice_answers_ahead_total 1",
        "boxoffice_leads 0",
        "boxoffice_seq 3",
        "boxoffice_behind 2",
        "boxoffice_fed_milliseconds_ago 0",
        "boxoffice_requests_total{operation=\"forwarded\",status=\"201\"} 1",
    ] {
        assert!(figures.lines().any(|shown| shown == line), "{line}: {figures}");
    }
}

fn line(office: &Office, concert: &Concert) -> Arc<Line> {
    office.app.part::<Lines>().by_id(concert.id.parse().expect("an id")).expect("a queue")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_comes_before_its_entry_is_waited_with() {
    let leader = leading().await;
    let (concert, ..) = a_sale(&leader).await;
    let node = following(&leader).await;
    let token = text(&leader.join(&leader.buyer().await, &concert).await["token"]);
    let mut asks = Box::pin(node.get("/v1/queue/position", &token));
    assert!(timeout(SOON, &mut asks).await.is_err(), "nothing is said yet");

    // Memory learns of it as it does by the feed.
    let (key, ordinal) = (line(&leader, &concert).concert, Ordinal(2));
    let mut living = Vec::new();
    let entries = leader.app.store.read_blocking(|tx| domain::each_living(tx, key, |entry| living.push(entry)));
    entries.expect("the line");
    living.retain(|entry: &Entry| entry.ordinal == ordinal);
    line(&node, &concert).apply(&[&QueueFact::Joined(living.remove(0))], node.now());
    node.app.part::<Standing>().set_applied(Seq(8));

    let asked = asks.await;
    assert_eq!((asked.status, asked.json()["status"].as_str()), (200, Some("waiting")), "{}", asked.json());
    assert_eq!(node.position(&token).await["status"], "waiting");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_not_called_wrong_because_its_entry_is_not_here_yet() {
    let leader = leading().await;
    let (concert, ..) = a_sale(&leader).await;
    let node = following_with(&leader, Limits { catch_up_patience: SOON, ..limits() }).await;
    let token = text(&leader.join(&leader.buyer().await, &concert).await["token"]);
    let in_query = format!("/v1/queue/position/stream?token={token}");
    for early in [
        node.get("/v1/queue/position", &token).await,
        node.get("/v1/dates", &token).await,
        node.get(&format!("/v1/performances/{}/seats", concert.performance), &token).await,
        node.client().await.get(&in_query, None).await.expect("an answer"),
    ] {
        refused(&early, 503, "node_behind");
        assert_eq!(early.headers["retry-after"], "1");
    }
    // Where all is here that was committed before it was shown, it is nobody's: a restored file has forgotten it, say.
    node.app.part::<Standing>().set_fed(node.now(), Seq(0));
    refused(&node.get("/v1/queue/position", &token).await, 401, "token_invalid");
}
