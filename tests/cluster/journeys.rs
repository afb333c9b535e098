//! Buyers and the desk at a node that follows: over HTTP, with the feed of a real leader behind it, and while that leader goes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use boxoffice::app::App;
use boxoffice::client::{Answer, Ask, Client};
use boxoffice::config::{BookSettings, Config, Limits, NodeUrl};
use boxoffice::standing::{Role, Standing};
use boxoffice::{demo, server};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::proxy::{Cut, Proxy};
use crate::support::{Venue, server as postgres};

const OPERATOR: &str = "op_of_the_nodes_under_test_01";
/// How long nothing takes that works.
const LONG: Duration = Duration::from_secs(60);

/// A whole node with its server.
struct Node {
    app: Arc<App>,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<anyhow::Result<()>>,
}

impl Node {
    async fn open(venue: &Venue, copy: &str) -> Self {
        // However slow this machine is: what is told early is another test's.
        Self::open_at(venue, &venue.url(""), copy, LONG).await
    }

    /// With its book at this address; so long it waits for what it does not have or know yet.
    async fn open_at(venue: &Venue, url: &str, copy: &str, catch_up_patience: Duration) -> Self {
        let mut config: Config = demo::config(&venue.path(copy), ([127, 0, 0, 1], 0).into());
        let bound = server::bind(&config.listen).expect("a free port");
        config.operator_key = Some(OPERATOR.to_owned());
        config.lift_limits_for = vec!["127.0.0.0/8".parse().expect("a network")];
        config.data = url.into();
        let node_url = Some(NodeUrl(format!("http://{}", bound.address)));
        config.book = BookSettings { copy: venue.path(copy), unreplicated: true, node_url };
        let limits = Limits { password_memory_kib: 8, password_passes: 1, catch_up_patience, ..Limits::default() };
        let app = App::open(config, limits).await.expect("the venue opens").app;
        let serving = server::serve(app.clone(), bound);
        let (address, (stop, stopped)) = (serving.address, oneshot::channel());
        let server = tokio::spawn(serving.run(async {
            let _ = stopped.await;
        }));
        Self { app, address, stop, server }
    }

    fn standing(&self) -> &Standing {
        self.app.part::<Standing>()
    }

    async fn stop(self) {
        let _ = self.stop.send(());
        self.server.await.expect("the server ends").expect("in order");
    }

    async fn ask(&self, method: &str, path: &str, bearer: &str, key: Option<&str>, body: &Value) -> Answer {
        let mut client = Client::connect(self.address).await.expect("it listens");
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        let ask = Ask { method, path, bearer: Some(bearer), body, headers: &headers };
        client.send(&ask).await.expect("an answer")
    }

    async fn get(&self, path: &str, bearer: &str) -> Answer {
        self.ask("GET", path, bearer, None, &Value::Null).await
    }

    /// It must work; where nobody leads for a moment it is asked again, as nothing was changed.
    async fn make(&self, path: &str, bearer: &str, body: Value) -> Value {
        let made = async {
            loop {
                let answer = self.ask("POST", path, bearer, None, &body).await;
                if answer.code() != "no_leader" {
                    return answer;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        let answer = timeout(LONG, made).await.expect("somebody leads in time");
        assert_eq!(answer.status, 201, "{path}: {}", answer.json());
        answer.json()
    }
}

/// Two nodes, the first of which leads.
async fn two(venue: &Venue) -> (Node, Node) {
    let leader = Node::open(venue, "first.db").await;
    let node = follower_of(venue, &leader).await;
    (leader, node)
}

/// A second node, which knows that this one leads.
async fn follower_of(venue: &Venue, leader: &Node) -> Node {
    let node = Node::open(venue, "second.db").await;
    assert!(leader.standing().leads() && !node.standing().leads());
    // It hears who leads with the first news of the feed.
    let knows = |role: &Role| matches!(role, Role::Following { leader: Some(_) });
    let mut roles = node.standing().roles();
    timeout(LONG, roles.wait_for(knows)).await.expect("in time").expect("the node lives");
    node
}

struct Sale {
    concert: String,
    performance: String,
}

/// The desk puts a concert on sale, at this node.
async fn open_sale(node: &Node, seats: u32) -> Sale {
    open_sale_for(node, seats, 50).await
}

/// The same, and so many buyers are inside at once.
async fn open_sale_for(node: &Node, seats: u32, inside: u32) -> Sale {
    let id = |made: Value| made["id"].as_str().expect("an id").to_owned();
    let rows = json!([{"name": "1", "seats": seats, "grade": "R"}]);
    let hall = json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": rows}]});
    let hall = id(node.make("/v1/operator/halls", OPERATOR, hall).await);
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "queue": {"max_admitted": inside}});
    let concert = id(node.make("/v1/operator/concerts", OPERATOR, concert).await);
    let performance =
        json!({"concert_id": concert, "hall_id": hall, "starts_at": "2999-12-24T10:30:00Z", "prices": {"R": 1000}});
    let performance = id(node.make("/v1/operator/performances", OPERATOR, performance).await);
    Sale { concert, performance }
}

/// A buyer joins at this node; gives session and token.
async fn come(node: &Node, sale: &Sale) -> (String, String) {
    let made = node.make("/v1/operator/sessions", OPERATOR, json!({"count": 1})).await;
    let session = made["sessions"][0]["secret"].as_str().expect("a secret").to_owned();
    let path = format!("/v1/concerts/{}/queue/tokens", sale.concert);
    let token = node.make(&path, &session, Value::Null).await["token"].as_str().expect("a token").to_owned();
    (session, token)
}

fn seat_state(map: &Answer, at: u32) -> String {
    assert_eq!(map.status, 200, "{}", map.json());
    map.json()["seats"][at as usize]["state"].as_str().expect("a state").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .ci/cluster"]
async fn a_buyer_at_a_node_that_follows_reads_what_was_just_written() {
    let venue = Venue::new();
    let (leader, node) = two(&venue).await;
    let sale = open_sale(&node, 20).await;
    let seats = format!("/v1/performances/{}/seats", sale.performance);
    for at in 0..20 {
        let (session, token) = come(&node, &sale).await;
        assert_eq!(node.get("/v1/queue/position", &token).await.json()["status"], "admitted");
        let map = node.get(&seats, &token).await;
        assert_eq!(seat_state(&map, at), "available");
        let seat = map.json()["seats"][at as usize]["id"].clone();
        let hold = json!({"performance_id": sale.performance, "seat_ids": [seat]});
        node.make("/v1/holds", &token, hold).await;
        assert_eq!(seat_state(&node.get(&seats, &token).await, at), "held");
        node.make("/v1/balance/top-ups", &token, json!({"amount": 1000})).await;
        let paid = node.make("/v1/payments", &token, json!({"seat_ids": [seat], "amount": 1000})).await;
        // The visit ended with it, and this node knows.
        let over = node.get("/v1/queue/position", &token).await;
        assert_eq!((over.status, over.code().as_str()), (401, "token_completed"));
        let payments = leader.get("/v1/payments", &session).await.json();
        assert_eq!(payments["payments"][0]["id"], paid["id"]);
        let (_, next) = come(&node, &sale).await;
        assert_eq!(seat_state(&node.get(&seats, &next).await, at), "sold");
    }
    let concerts = |of: Answer| of.json();
    assert_eq!(concerts(node.get("/v1/concerts", "").await), concerts(leader.get("/v1/concerts", "").await));
    node.stop().await;
    leader.stop().await;
}

/// The leader hears last that its commit stands: what another node told meanwhile, by having read it, the leader does not deny.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .ci/cluster"]
async fn who_was_let_in_by_a_commit_under_way_is_not_told_to_wait() {
    let venue = Venue::new();
    let proxy = Proxy::before(&postgres());
    let leader = Node::open_at(&venue, &venue.url_through(proxy.port), "first.db", Duration::ZERO).await;
    let node = follower_of(&venue, &leader).await;
    let sale = open_sale_for(&node, 2, 1).await;
    let ((_, inside), (_, next)) = (come(&node, &sale).await, come(&node, &sale).await);
    let position = async || node.get("/v1/queue/position", &next).await.json()["status"].clone();
    assert_eq!(position().await, "waiting");
    let hold = json!({"performance_id": sale.performance, "best": {"quantity": 1}});
    proxy.cut_next(Cut::Late);
    let leaves = leader.ask("DELETE", "/v1/queue/tokens/current", &inside, None, &Value::Null);
    let meanwhile = async {
        while position().await != "admitted" {
            sleep(Duration::from_millis(20)).await;
        }
        let dates = leader.get("/v1/dates", &next).await;
        let held = leader.ask("POST", "/v1/holds", &next, None, &hold).await;
        proxy.release();
        for answer in [dates, held] {
            assert_eq!((answer.status, answer.code().as_str()), (503, "node_behind"), "{}", answer.json());
        }
    };
    let (left, meanwhile) = tokio::join!(leaves, timeout(LONG, meanwhile));
    meanwhile.expect("in time");
    assert_eq!(left.status, 204);
    assert_eq!(leader.get("/v1/dates", &next).await.status, 200);
    leader.make("/v1/holds", &next, hold.clone()).await;
    node.stop().await;
    leader.stop().await;
}

/// The leader goes while a buyer at the other node pays again and again: positions are shown all the time, and of each payment
/// the truth is told, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .ci/cluster"]
async fn a_buyer_goes_on_at_the_node_that_takes_over() {
    let venue = Venue::new();
    let (leader, node) = two(&venue).await;
    let sale = open_sale(&node, 20).await;
    let (session, token) = come(&node, &sale).await;
    let (_, looks_on) = come(&node, &sale).await;
    let mut leader = Some(leader);
    let mut amounts = 0;
    for round in 0..40 {
        if round == 10 {
            // Beside what goes on.
            tokio::spawn(leader.take().expect("once").stop());
        }
        let (key, body) = (format!("key-{round}"), json!({"amount": 100}));
        let added = async {
            loop {
                let asked = node.ask("POST", "/v1/balance/top-ups", &session, Some(&key), &body).await;
                assert_eq!(node.get("/v1/queue/position", &looks_on).await.status, 200, "it is shown all the time");
                match (asked.status, asked.code().as_str()) {
                    (201, _) => return asked.json(),
                    (503, "no_leader" | "outcome_unknown" | "overloaded") => sleep(Duration::from_millis(50)).await,
                    other => panic!("{other:?}: {}", asked.json()),
                }
            }
        };
        amounts += 100;
        assert_eq!(timeout(LONG, added).await.expect("another leads in time")["balance"], amounts);
    }
    assert!(node.standing().leads());
    let map = node.get(&format!("/v1/performances/{}/seats", sale.performance), &token).await;
    let seat = map.json()["seats"][0]["id"].clone();
    let paid = node.make("/v1/payments", &token, json!({"seat_ids": [seat], "amount": 1000})).await;
    assert_eq!(paid["balance"], amounts - 1000);
    node.stop().await;
}
