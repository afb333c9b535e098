//! What nodes of a venue tell each other, and that nobody else is believed: whose request it is, who was heard of elsewhere, who
//! leads. And the streams that are handed on.

use boxoffice::client::{Answer, Ask, Client};
use boxoffice::config::{Limits, Rate};
use boxoffice::ids::Seq;
use boxoffice::jobs::report_heard;
use boxoffice::standing::Standing;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::nodes::{follow, following, following_as, leading, leading_with, secret};
use crate::support::{Concert, OPERATOR, Office, limits, text};

/// A request that is not held against the document, which does not speak of nodes.
async fn ask(office: &Office, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut client = Client::connect(office.address).await.expect("it listens");
    let body = (!body.is_empty()).then(|| body.to_vec());
    client.send(&Ask { method, path, bearer: None, body, headers }).await.expect("an answer")
}

const WRONG_KEY: (&str, &str) = ("authorization", "Bearer op_wrong");
const DESK: &str = "/v1/operator/halls";

/// A client may show so many wrong keys.
fn shares(at_once: u32) -> Limits {
    Limits { wrong_keys_per_client: Rate { at_once, one_each_ms: 60_000 }, ..limits() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_node_is_believed_whose_request_it_hands_on() {
    let leader = leading_with(shares(2), |config| config.lift_limits_for.clear()).await;
    let wrong = async |node: &str, client: &str| {
        let headers = [("boxoffice-node", node), ("boxoffice-client", client), WRONG_KEY];
        ask(&leader, "GET", DESK, &headers, b"").await
    };
    let secret = secret();
    for client in ["192.0.2.1", "192.0.2.2", "2001:db8::1"] {
        for _ in 0..2 {
            let answer = wrong(&secret, client).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "staff_key_wrong"), "{client}");
            assert_eq!(answer.headers["boxoffice-seq"], "0");
        }
        assert_eq!(wrong(&secret, client).await.code(), "slow_down", "each has its own share: {client}");
    }
    // Whoever guesses is one client, whatever it says, and is told nothing.
    let guess = secret.replacen("5a", "5b", 1);
    let guesses = [wrong(&guess, "192.0.2.8").await, wrong("", "192.0.2.9").await, wrong(&guess, "192.0.2.10").await];
    assert!(guesses.iter().all(|answer| !answer.headers.contains_key("boxoffice-seq")));
    assert_eq!(guesses.map(|answer| answer.code()), ["staff_key_wrong", "staff_key_wrong", "slow_down"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_node_is_the_same_client_at_the_leader() {
    let leader = leading_with(shares(1), |_| {}).await;
    let proxy = "127.0.0.0/8".parse().expect("a network");
    let node = following_as(&leader, limits(), |config| config.trusted_proxy = vec![proxy]).await;
    let wrong = async |client: &str| {
        let headers =
            [("x-forwarded-for", client), ("boxoffice-client", "127.0.0.1"), ("boxoffice-node", "00"), WRONG_KEY];
        ask(&node, "GET", DESK, &headers, b"").await.code()
    };
    // The leader lifts the limits for this machine, but not for those on whose behalf it is asked.
    for client in ["192.0.2.1", "198.51.100.7"] {
        assert_eq!([wrong(client).await, wrong(client).await], ["staff_key_wrong", "slow_down"], "{client}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_are_taken_from_nodes_alone_and_only_whole() {
    let leader = leading().await;
    let report = async |office: &Office, secret: &str, body: &[u8]| {
        let answer = ask(office, "POST", "/nodes/heard", &[("boxoffice-node", secret)], body).await;
        (answer.status, answer.code())
    };
    let none = [&[0; 16][..], &[0; 4]].concat();
    let secret = secret();
    assert_eq!(report(&leader, &secret, &none).await, (204, String::new()));
    assert_eq!(report(&leader, &secret, &none[1..]).await, (400, "malformed_request".to_owned()));
    assert_eq!(report(&leader, "", &none).await.0, 404);
    assert_eq!(report(&leader, &secret[2..], &none).await.0, 404);
    let node = following(&leader).await;
    assert_eq!(report(&node, &secret, &none).await, (503, "no_leader".to_owned()));
    assert_eq!(report(&node, "", &none).await.0, 404);
    let alone = Office::open().await;
    if std::env::var("BOXOFFICE_TEST_PG").is_err() {
        assert_eq!(report(&alone, "", &none).await.0, 404, "a data file has no nodes, and no secret is none of its");
    }
}

async fn waiting(leader: &Office, concert: &Concert) -> Value {
    leader.get(&format!("/v1/operator/concerts/{}/queue", concert.id), OPERATOR).await.json()["waiting"].clone()
}

/// One who asks at the follower, and one who is silent, both for so long and with reports told or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_at_a_node_that_follows_is_not_taken_for_gone() {
    let leader = leading().await;
    let concert = leader.concert(json!({"max_admitted": 1, "absence_seconds": 60}), 1, 4).await;
    leader.enter(&leader.buyer().await, &concert).await;
    let asks = text(&leader.join(&leader.buyer().await, &concert).await["token"]);
    leader.join(&leader.buyer().await, &concert).await;
    let node = following(&leader).await;
    // From here on it notes who asks.
    report_heard(&node.app).await;

    leader.advance_ms(50_000).await;
    assert_eq!(node.position(&asks).await["position"], 1);
    // Nobody leads at that moment: it is told with the next report.
    follow(&node, None);
    report_heard(&node.app).await;
    follow(&node, Some(leader.address));
    report_heard(&node.app).await;
    // What nodes have heard may come ten seconds late, and is waited for.
    leader.advance_ms(19_000).await;
    assert_eq!(waiting(&leader, &concert).await, 2);
    leader.advance_ms(2_000).await;
    assert_eq!(waiting(&leader, &concert).await, 1, "the silent one is gone");
    leader.advance_ms(45_000).await;
    assert_eq!(waiting(&leader, &concert).await, 1, "it was heard of at fifty seconds");
    leader.advance_ms(5_000).await;
    assert_eq!(waiting(&leader, &concert).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_balancer_learns_who_leads_and_who_may_be_asked() {
    let leader = leading().await;
    let node = following(&leader).await;
    let standing = node.app.part::<Standing>();
    let told = async |office: &Office, path: &str| {
        let answer = ask(office, "GET", path, &[], b"").await;
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
    };
    assert_eq!(told(&leader, "/healthz/leader").await, (200, "leads\n".to_owned()));
    let ready = told(&leader, "/readyz").await;
    assert_eq!(ready, (200, "ready\nrole: leads\nseq: 0\nbehind: 0\n".to_owned()));
    let follows = format!("follows http://{}\n", leader.address);
    assert_eq!(told(&node, "/healthz/leader").await, (503, follows.clone()));
    assert_eq!(told(&node, "/readyz").await, (503, "feed: not heard of yet\n".to_owned()));

    standing.set_fed(node.now(), Seq(9));
    standing.set_applied(Seq(4));
    // What it found is good for a second.
    node.clock.advance_ms(1_001);
    let ready = format!("ready\nrole: {follows}seq: 4\nbehind: 5\nfed: 1001 ms ago\n");
    assert_eq!(told(&node, "/readyz").await, (200, ready));
    // As long as a leader does without its book.
    node.clock.advance_ms(60_000);
    assert_eq!(told(&node, "/readyz").await, (503, "feed: not heard of for 61 s\n".to_owned()));
    follow(&node, None);
    assert_eq!(told(&node, "/healthz/leader").await, (503, "nobody leads\n".to_owned()));
    assert_eq!(told(&node, "/healthz").await, (200, "ok\n".to_owned()));
    let alone = told(&Office::open().await, "/healthz/leader").await;
    assert_eq!(alone.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_the_desk_comes_through_and_ends_with_the_node() {
    let leader = leading().await;
    let concert = leader.concert(Value::Null, 1, 4).await;
    let node = following(&leader).await;
    let path = format!("/v1/operator/concerts/{}/sale/stream", concert.id);
    let mut client = Client::connect(node.address).await.expect("it listens");
    let ask = Ask { method: "GET", path: &path, bearer: Some(OPERATOR), ..Ask::default() };
    let answer = client.open(&ask).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-type"].to_str().expect("text").starts_with("text/event-stream"));
    let mut body = answer.into_body();
    let first = body.frame().await.expect("a message").expect("whole").into_data().expect("data");
    assert!(String::from_utf8_lossy(&first).contains("data:"), "{first:?}");
    node.restart().await;
    // The leader's goes on; this one has ended in order.
    while let Some(frame) = body.frame().await {
        frame.expect("it does not break");
    }
}
