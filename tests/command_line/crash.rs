//! `kill -9` in the middle of a load: nothing acknowledged is lost, and what was not answered can be asked again.

use boxoffice::client::Client;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{Concert, Folder, Server, post_once, text, verify_clean};

const LANES: usize = 8;
const ROUNDS: usize = 3;
const BUYERS_PER_ROUND: usize = 400;

/// A step of a buyer's way: sent with its own key, answered or not.
struct Step {
    path: String,
    bearer: String,
    key: String,
    body: Value,
    answer: Option<Value>,
}

/// What one buyer did before the plug was pulled, the last step perhaps unanswered.
struct Visit {
    session: String,
    seat: String,
    steps: Vec<Step>,
}

impl Visit {
    /// Joins, tops up and pays, one after the other, until an answer does not come.
    async fn make(&mut self, client: &mut Client, concert: &Concert) -> Option<()> {
        let join = format!("/v1/concerts/{}/queue/tokens", concert.id);
        let joined = self.step(client, join, self.session.clone(), Value::Null).await?;
        let token = text(&joined["token"]);
        self.step(client, "/v1/balance/top-ups".into(), token.clone(), json!({"amount": 1500})).await?;
        let pay = json!({"seat_ids": [self.seat], "amount": 1000});
        self.step(client, "/v1/payments".into(), token, pay).await?;
        Some(())
    }

    async fn step(&mut self, client: &mut Client, path: String, bearer: String, body: Value) -> Option<Value> {
        let key = format!("{}-{}", self.session, self.steps.len());
        let answer = post_once(client, &path, &bearer, &key, &body).await;
        let answer = answer.map(|answer| {
            assert_eq!(answer.status, 201, "{path}: {}", answer.json());
            answer.json()
        });
        self.steps.push(Step { path, bearer, key, body, answer: answer.clone() });
        answer
    }

    /// How many steps were answered.
    fn answered(&self) -> usize {
        self.steps.iter().filter(|step| step.answer.is_some()).count()
    }
}

/// Drives visits until the connection breaks.
async fn drive(server: &Server, concert: &Concert, visits: Vec<Visit>, paid: watch::Sender<usize>) -> Vec<Visit> {
    let mut client = server.client().await;
    let concert = concert.clone();
    let driven = tokio::spawn(async move {
        let mut made = Vec::new();
        for mut visit in visits {
            let whole = visit.make(&mut client, &concert).await;
            made.push(visit);
            if whole.is_none() {
                break;
            }
            paid.send_modify(|paid| *paid += 1);
        }
        made
    });
    driven.await.expect("no panic")
}

/// Everything that was acknowledged is there, and the balance is what those answers and no others make it.
async fn check_kept(server: &Server, visit: &Visit) {
    let shown = server.get("/v1/balance", &visit.session).await.json();
    let payments = server.get("/v1/payments", &visit.session).await.json();
    let payments = payments["payments"].as_array().expect("payments");
    // The unanswered step, if there is one, may or may not have been committed.
    let balances = [0, 0, 1500, 500];
    let (answered, sent) = (visit.answered(), visit.steps.len());
    let balance = shown["balance"].as_i64().expect("a balance");
    assert!(
        balances[answered..=sent].contains(&balance),
        "{answered} of {sent} steps were answered, the balance is {balance}"
    );
    if let Some(paid) = visit.steps.get(2).and_then(|step| step.answer.as_ref()) {
        let [kept] = &payments[..] else { panic!("{} payments", payments.len()) };
        assert_eq!((&kept["id"], &kept["amount"]), (&paid["id"], &paid["amount"]));
        assert_eq!(kept["tickets"][0]["code"], paid["tickets"][0]["code"]);
        let ticket = format!("/v1/tickets/{}", text(&paid["tickets"][0]["code"]));
        let ticket = server.get(&ticket, &visit.session).await.json();
        assert_eq!(ticket["seat"]["id"], visit.seat, "{ticket}");
    }
}

/// The buyer repeats what was not answered, with the same key, and goes on: one effect in all.
async fn finish(server: &Server, visit: &mut Visit, concert: &Concert) {
    let mut client = server.client().await;
    let Some(last) = visit.steps.last_mut().filter(|step| step.answer.is_none()) else { return };
    let answer = post_once(&mut client, &last.path, &last.bearer, &last.key, &last.body).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}: {}", last.path, answer.json());
    last.answer = Some(answer.json());
    let token = text(&visit.steps[0].answer.as_ref().expect("joined")["token"]);
    if visit.steps.len() < 2 {
        visit.step(&mut client, "/v1/balance/top-ups".into(), token.clone(), json!({"amount": 1500})).await;
    }
    if visit.steps.len() < 3 {
        let pay = json!({"seat_ids": [visit.seat], "amount": 1000});
        visit.step(&mut client, "/v1/payments".into(), token, pay).await;
    }
    assert_eq!(visit.answered(), 3);
    check_kept(server, visit).await;
    let map = server.seat_ids(&server.join(&visit.session, concert).await, concert).await;
    assert!(map.contains(&visit.seat));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load_nothing_acknowledged_is_lost() {
    let folder = Folder::new();
    let mut server = Server::serve(&folder.data(), &["--log", "warn"]);
    let concert = server.concert(json!({"max_admitted": null}), (ROUNDS * BUYERS_PER_ROUND) as u32).await;
    let onlooker = server.sessions(1).await.remove(0);
    let seats = server.seat_ids(&server.join(&onlooker, &concert).await, &concert).await;
    let mut seats = seats.into_iter();
    let (mut all, mut interrupted) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let sessions = server.sessions(BUYERS_PER_ROUND as u32).await;
        let visit = |session| Visit { session, seat: seats.next().expect("a seat"), steps: Vec::new() };
        let mut visits: Vec<_> = sessions.into_iter().map(visit).collect();
        let (paid, mut enough) = watch::channel(0);
        let per_lane = visits.len() / LANES;
        let lanes: Vec<_> = (0..LANES).map(|_| visits.split_off(visits.len() - per_lane)).collect();
        let driven = lanes.into_iter().map(|lane| drive(&server, &concert, lane, paid.clone()));
        let plug = async {
            enough.wait_for(|paid| *paid >= 60 + 37 * round).await.expect("somebody pays");
            server.pull_the_plug();
        };
        let (driven, ()) = tokio::join!(futures_util::future::join_all(driven), plug);
        drop(server);
        verify_clean(&folder.data());
        server = Server::serve(&folder.data(), &["--log", "warn"]);
        for visit in &mut driven.into_iter().flatten().collect::<Vec<_>>() {
            check_kept(&server, visit).await;
            interrupted += usize::from(visit.steps.last().is_some_and(|step| step.answer.is_none()));
            finish(&server, visit, &concert).await;
            all.push((visit.session.clone(), visit.answered()));
        }
    }
    assert!(interrupted > 0, "every kill came between requests: the load was too small to show anything");
    let whole = all.iter().filter(|(_, answered)| *answered == 3).count();
    println!("{} visits, {whole} of them whole, {interrupted} interrupted by {ROUNDS} kills", all.len());
    server.stop();
    verify_clean(&folder.data());
}
