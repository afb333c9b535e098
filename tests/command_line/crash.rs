//! `kill -9` of the real binary in the middle of a load, again and again on one data file: what was acknowledged is there, what
//! was refused left nothing, and what was not answered can be asked again by its key, with one effect in all.
//!
//! `cargo test` kills it 20 times; `BOXOFFICE_TEST_KILLS=1000 cargo test --test command_line crash -- --nocapture` more often.
//! When the plug is pulled is in the seed (`BOXOFFICE_TEST_SEED`): after so many acknowledged effects. What else is on its way
//! then is not.

use boxoffice::client::Client;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{Concert, Folder, OPERATOR, Server, post_once, text, verify_clean};

const SEED: u64 = 20_261_126;
const KILLS: u64 = 20;
const LANES: usize = 8;
/// So many buyers begin before each kill at most.
const BUYERS: usize = 24;
/// A concert of its own for so many kills.
const KILLS_PER_CONCERT: u64 = 25;
const TOP_UP: i64 = 1500;
const PRICE: i64 = 1000;

/// What a buyer does, in this order. Each is sent with a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Join,
    TopUp,
    Hold,
    /// With a sum that is not the price: refused.
    PayTooLittle,
    Pay,
    /// By the desk; not for everybody.
    Refund,
}

const WAY: [Doing; 6] = [Doing::Join, Doing::TopUp, Doing::Hold, Doing::PayTooLittle, Doing::Pay, Doing::Refund];

/// A request that was sent, answered or not.
struct Step {
    doing: Doing,
    key: String,
    answer: Option<Value>,
}

/// What one buyer did before the plug was pulled, the last step perhaps unanswered.
struct Visit {
    session: String,
    seat: String,
    concert: Concert,
    gives_back: bool,
    steps: Vec<Step>,
}

impl Visit {
    fn way(&self) -> &'static [Doing] {
        if self.gives_back { &WAY } else { &WAY[..WAY.len() - 1] }
    }

    fn answer(&self, doing: Doing) -> Option<&Value> {
        self.steps.iter().find(|step| step.doing == doing).and_then(|step| step.answer.as_ref())
    }

    fn request(&self, doing: Doing) -> (String, String, Value) {
        let token = || text(&self.answer(Doing::Join).expect("joined")["token"]);
        let seats = json!([self.seat]);
        match doing {
            Doing::Join => {
                let path = format!("/v1/concerts/{}/queue/tokens", self.concert.id);
                (path, self.session.clone(), Value::Null)
            }
            Doing::TopUp => ("/v1/balance/top-ups".into(), token(), json!({"amount": TOP_UP})),
            Doing::Hold => {
                let body = json!({"performance_id": self.concert.performance, "seat_ids": seats});
                ("/v1/holds".into(), token(), body)
            }
            Doing::PayTooLittle => ("/v1/payments".into(), token(), json!({"seat_ids": seats, "amount": PRICE - 1})),
            Doing::Pay => ("/v1/payments".into(), token(), json!({"seat_ids": seats, "amount": PRICE})),
            Doing::Refund => {
                let paid = text(&self.answer(Doing::Pay).expect("paid")["id"]);
                (format!("/v1/operator/payments/{paid}/refunds"), OPERATOR.into(), json!({}))
            }
        }
    }

    /// Goes on with what is left of the way until an answer does not come. `acknowledged` counts those that come.
    async fn go_on(&mut self, client: &mut Client, acknowledged: Option<&watch::Sender<u64>>) -> Option<()> {
        if let Some(last) = self.steps.pop_if(|last| last.answer.is_none()) {
            self.ask(client, last.doing, last.key).await?;
        }
        while let Some(&doing) = self.way().get(self.steps.len()) {
            let key = format!("{}-{}", self.session, self.steps.len());
            self.ask(client, doing, key).await?;
            if let Some(acknowledged) = acknowledged {
                acknowledged.send_modify(|count| *count += 1);
            }
        }
        Some(())
    }

    async fn ask(&mut self, client: &mut Client, doing: Doing, key: String) -> Option<()> {
        let (path, bearer, body) = self.request(doing);
        let answer = post_once(client, &path, &bearer, &key, &body).await;
        let answer = answer.map(|answer| {
            let expected = if doing == Doing::PayTooLittle { 409 } else { 201 };
            assert_eq!(answer.status, expected, "{doing:?}: {}", answer.json());
            answer.json()
        });
        let came = answer.is_some();
        self.steps.push(Step { doing, key, answer });
        came.then_some(())
    }

    fn has_answer_to_all(&self) -> bool {
        self.steps.iter().all(|step| step.answer.is_some())
    }

    /// What is on the balance after so many steps.
    fn balance_after(&self, steps: usize) -> i64 {
        let moved = |doing: &Doing| match doing {
            Doing::TopUp => TOP_UP,
            Doing::Pay => -PRICE,
            Doing::Refund => PRICE,
            Doing::Join | Doing::Hold | Doing::PayTooLittle => 0,
        };
        self.way()[..steps].iter().map(moved).sum()
    }
}

/// Drives visits one after the other until the connection breaks.
async fn drive(server: &Server, visits: Vec<Visit>, acknowledged: watch::Sender<u64>) -> Vec<Visit> {
    let mut client = server.client().await;
    let driven = tokio::spawn(async move {
        let mut made = Vec::new();
        for mut visit in visits {
            let whole = visit.go_on(&mut client, Some(&acknowledged)).await;
            made.push(visit);
            if whole.is_none() {
                break;
            }
        }
        made
    });
    driven.await.expect("no panic")
}

/// Everything that was acknowledged is there, and nothing else but perhaps what was not answered.
async fn check_kept(client: &mut Client, visit: &Visit) {
    let balance = client.get("/v1/balance", Some(&visit.session)).await.expect("an answer").json();
    let balance = balance["balance"].as_i64().expect("a balance");
    let (sent, answered) = (visit.steps.len(), visit.steps.iter().filter(|step| step.answer.is_some()).count());
    let possible = [visit.balance_after(answered), visit.balance_after(sent)];
    assert!(possible.contains(&balance), "after {answered} of {sent} answers the balance is {balance}: {possible:?}");
    let payments = client.get("/v1/payments", Some(&visit.session)).await.expect("an answer").json();
    let payments = payments["payments"].as_array().expect("payments");
    let Some(paid) = visit.answer(Doing::Pay) else {
        let may_be = visit.steps.last().is_some_and(|last| last.doing == Doing::Pay);
        assert!(payments.len() <= usize::from(may_be), "{payments:?}");
        return;
    };
    let [kept] = &payments[..] else { panic!("{} payments", payments.len()) };
    assert_eq!((&kept["id"], &kept["amount"]), (&paid["id"], &paid["amount"]));
    let (code, ticket) = (text(&paid["tickets"][0]["code"]), &kept["tickets"][0]);
    assert_eq!(ticket["code"], code.as_str());
    let is_refunded = ticket["state"] != "valid";
    let sent_back = visit.steps.iter().any(|step| step.doing == Doing::Refund);
    assert!(!is_refunded || sent_back, "{ticket}");
    assert!(is_refunded || visit.answer(Doing::Refund).is_none(), "{ticket}");
    let shown = client.get(&format!("/v1/tickets/{code}"), Some(&visit.session)).await.expect("an answer");
    assert_eq!(shown.status, if is_refunded { 409 } else { 200 }, "{}", shown.json());
}

/// Which kill it was, should a check fail.
struct Tells(String);

impl Drop for Tells {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("again with: {}", self.0);
        }
    }
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_nothing_acknowledged_is_lost() {
    let (seed, kills) =
        (from_environment("BOXOFFICE_TEST_SEED", SEED), from_environment("BOXOFFICE_TEST_KILLS", KILLS));
    let mut random = StdRng::seed_from_u64(seed);
    let folder = Folder::new();
    let mut server = Server::serve(&folder.data(), &["--log", "warn", "--lift-limits-for", "127.0.0.0/8"]);
    let (mut concert, mut seats) = (None, Vec::new());
    let (mut visits_made, mut interrupted) = (0, 0);
    for kill in 0..kills {
        let _tells = Tells(format!("BOXOFFICE_TEST_SEED={seed} BOXOFFICE_TEST_KILLS={kills} (kill {kill})"));
        if kill % KILLS_PER_CONCERT == 0 {
            let places = KILLS_PER_CONCERT as usize * BUYERS;
            let made = server.concert(json!({"max_admitted": null}), places as u32).await;
            let onlooker = server.sessions(1).await.remove(0);
            seats = server.seat_ids(&server.join(&onlooker, &made).await, &made).await;
            concert = Some(made);
        }
        let concert = concert.clone().expect("a concert");
        let sessions = server.sessions(BUYERS as u32).await;
        let mut visits: Vec<_> = sessions
            .into_iter()
            .map(|session| {
                let (seat, gives_back) = (seats.pop().expect("a seat"), random.random_bool(0.5));
                Visit { session, seat, concert: concert.clone(), gives_back, steps: Vec::new() }
            })
            .collect();
        let after = random.random_range(1..BUYERS as u64 * 4);
        let (acknowledged, mut enough) = watch::channel(0);
        let per_lane = visits.len() / LANES;
        let lanes: Vec<_> = (0..LANES).map(|_| visits.split_off(visits.len() - per_lane)).collect();
        let driven = lanes.into_iter().map(|lane| drive(&server, lane, acknowledged.clone()));
        let plug = async {
            enough.wait_for(|count| *count >= after).await.expect("somebody goes on");
            server.pull_the_plug();
        };
        let (driven, ()) = tokio::join!(futures_util::future::join_all(driven), plug);
        drop(server);
        verify_clean(&folder.data());
        server = Server::serve(&folder.data(), &["--log", "warn", "--lift-limits-for", "127.0.0.0/8"]);
        let mut client = server.client().await;
        for mut visit in driven.into_iter().flatten() {
            check_kept(&mut client, &visit).await;
            interrupted += usize::from(!visit.has_answer_to_all());
            visit.go_on(&mut client, None).await.expect("an answer to each");
            check_kept(&mut client, &visit).await;
            visits_made += 1;
        }
    }
    println!("seed {seed}: {visits_made} visits, {interrupted} requests unanswered by {kills} kills");
    assert!(interrupted > 0, "every kill came between requests: the load was too small to show anything");
    server.stop();
    verify_clean(&folder.data());
}
