//! A mistake in the program is one request's failure: wherever code panics, the answer is a problem, everything it held is
//! given back, and nobody else notices. What the box office cannot live without ends it in order.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use boxoffice::account::Passwords;
use boxoffice::app::App;
use boxoffice::clock::{Clock, Instant};
use boxoffice::entropy::{Entropy, SystemEntropy};
use boxoffice::http::sse::StreamPlaces;
use boxoffice::jobs::Jobs;
use boxoffice::queue::Lines;
use boxoffice::store::StoreError;
use boxoffice::{account, demo, server};
use futures_util::StreamExt;
use poem::{Endpoint, Request};
use serde_json::{Value, json};

use crate::given_back::all_readers_free;
use crate::support::{OPERATOR, START, limits};

/// A clock and a source of randomness that panic where the test says, once.
#[derive(Clone, Default)]
struct Trap(Arc<Mutex<Option<Catches>>>);

/// Whether a thread of this name is caught.
type Catches = fn(&str) -> bool;

impl Trap {
    /// Panics for the next thread whose name is one of these.
    fn set(&self, catches: Catches) {
        *self.0.lock().unwrap() = Some(catches);
    }

    fn step(&self) {
        let mut armed = self.0.lock().unwrap();
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        if armed.is_some_and(|catches| catches(&name)) {
            *armed = None;
            drop(armed);
            panic!("a mistake in the program");
        }
    }
}

impl Clock for Trap {
    fn now(&self) -> Instant {
        self.step();
        START
    }

    fn wall_ahead_ms(&self) -> i64 {
        0
    }

    fn awake_since(&self) -> Instant {
        START
    }

    fn look(&self) {}
}

struct Dice(Trap);

impl Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.step();
        SystemEntropy.fill(bytes);
    }
}

fn everybody(_: &str) -> bool {
    true
}

/// The async threads and those that may block have one name; the test and the writer have others.
fn runtime(name: &str) -> bool {
    name.starts_with("tokio")
}

struct Stage {
    app: Arc<App>,
    clock: Trap,
    dice: Trap,
    _folder: tempfile::TempDir,
}

async fn stage() -> Stage {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = demo::config(&folder.path().join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
    config.operator_key = Some(OPERATOR.to_owned());
    let (clock, dice) = (Trap::default(), Trap::default());
    let opened = App::open_with(config, limits(), Arc::new(clock.clone()), Arc::new(Dice(dice.clone()))).await;
    Stage { app: opened.expect("the data file opens").app, clock, dice, _folder: folder }
}

async fn ask(endpoint: &impl Endpoint, method: &str, path: &str, bearer: &str, body: Option<Value>) -> poem::Response {
    let request = Request::builder().method(method.parse().unwrap()).uri(path.parse().unwrap());
    let request = request.header("authorization", format!("Bearer {bearer}"));
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_string()),
        None => request.finish(),
    };
    endpoint.get_response(request).await
}

async fn made(response: poem::Response) -> Value {
    assert!(response.status().is_success(), "{}", response.status());
    serde_json::from_slice(&response.into_body().into_bytes().await.unwrap()).expect("JSON")
}

async fn internal(response: poem::Response) {
    assert_eq!(response.status(), 500);
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    let body: Value = serde_json::from_slice(&response.into_body().into_bytes().await.unwrap()).expect("JSON");
    assert_eq!(body["code"], "internal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_panics_changes_nothing_and_harms_nobody() {
    let stage = stage().await;
    let store = &stage.app.store;
    let panics = store.write(|tx| {
        account::domain::sign_up(tx, "gone@example.org", "Gone", None).unwrap();
        panic!("a mistake in the program")
    });
    let works = store.write(|tx| account::domain::sign_up(tx, "here@example.org", "Here", None));
    let (panicked, worked) = tokio::join!(panics, works);
    assert!(matches!(panicked, Err::<(), _>(StoreError::Panicked)));
    assert!(worked.is_ok());
    let found = store.read(|tx| {
        let find = |email| account::domain::find_credentials(tx, email).map(|found| found.is_some());
        Ok::<_, account::AccountError>((find("gone@example.org")?, find("here@example.org")?))
    });
    assert_eq!(found.await.unwrap(), (false, true));
    assert!(!stage.app.has_failed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_panics_gives_its_reader_back() {
    let stage = stage().await;
    for _ in 0..2 * stage.app.limits.readers {
        let panicked = stage.app.store.read(|_| -> Result<(), StoreError> { panic!("a mistake in the program") });
        assert!(panicked.await.is_err());
    }
    all_readers_free(&stage.app).await;
    assert!(!stage.app.has_failed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_panics_is_answered_500() {
    let stage = stage().await;
    let endpoint = server::routes(stage.app.clone());
    let sign_up = |email: &str| json!({"email": email, "password": "correct horse", "name": "Buyer"});
    let free = stage.app.part::<Passwords>().free_places();

    // In the hash, on a thread that may block; in the operation, on the writer; in the view, where the request runs.
    stage.dice.set(runtime);
    internal(ask(&endpoint, "POST", "/v1/users", "", Some(sign_up("a@example.org"))).await).await;
    assert_eq!(stage.app.part::<Passwords>().free_places(), free);
    stage.dice.set(|name| name == "writer");
    internal(ask(&endpoint, "POST", "/v1/users", "", Some(sign_up("a@example.org"))).await).await;
    stage.clock.set(everybody);
    internal(ask(&endpoint, "GET", "/v1/queue/position", "a.b.c", None).await).await;

    made(ask(&endpoint, "POST", "/v1/users", "", Some(sign_up("a@example.org"))).await).await;
    assert!(!stage.app.has_failed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_panics_ends_and_gives_its_place_back() {
    let stage = stage().await;
    let endpoint = server::routes(stage.app.clone());
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "queue": {"max_admitted": 1}});
    let concert = made(ask(&endpoint, "POST", "/v1/operator/concerts", OPERATOR, Some(concert)).await).await;
    let mut tokens = Vec::new();
    for at in 0..2 {
        let person = json!({"email": format!("{at}@example.org"), "password": "correct horse", "name": "Buyer"});
        let session = made(ask(&endpoint, "POST", "/v1/users", "", Some(person)).await).await;
        let path = format!("/v1/concerts/{}/queue/tokens", concert["id"].as_str().unwrap());
        let joined = ask(&endpoint, "POST", &path, session["session"]["secret"].as_str().unwrap(), None).await;
        tokens.push(made(joined).await["token"].as_str().unwrap().to_owned());
    }
    let stream = ask(&endpoint, "GET", "/v1/queue/position/stream", &tokens[1], None).await;
    let mut stream = stream.into_body().into_bytes_stream();
    assert!(stream.next().await.is_some());

    stage.clock.set(runtime);
    assert_eq!(ask(&endpoint, "DELETE", "/v1/queue/tokens/current", &tokens[0], None).await.status(), 204);
    let ends = async { while stream.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(30), ends).await.expect("the stream ends");

    let (places, line) = (stage.app.part::<StreamPlaces>(), concert["id"].as_str().unwrap().parse().unwrap());
    assert_eq!(places.taken(&stage.app.limits), (0, 0));
    assert_eq!(stage.app.part::<Lines>().by_id(line).expect("a queue").listeners(), 0);
    assert!(!stage.app.has_failed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_panics_ends_the_box_office_in_order() {
    let stage = stage().await;
    let serving = server::serve(stage.app.clone(), server::bind(&stage.app.config.listen).expect("a free port"));
    let (app, stop) = (stage.app.clone(), stage.app.clone());
    let mut served = tokio::spawn(serving.run(async move { stop.failed().await }));
    let mut ended = None;
    for sooner in 0..30 {
        // The queues' job asks the clock whenever something becomes due anew. A look into the file by another job may ask before,
        // and that one survives it: then once more.
        stage.clock.set(runtime);
        stage.app.part::<Lines>().due().set(boxoffice::ids::ConcertKey(1), Some(START.plus_ms(1_000_000 - sooner)));
        ended = tokio::time::timeout(Duration::from_secs(1), &mut served).await.ok();
        if ended.is_some() {
            break;
        }
    }

    ended.expect("the server stops").expect("it ends").expect("in order");
    // `serve` then says so and fails.
    assert!(app.has_failed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_are_stopped_let_go_of_the_box_office() {
    let stage = stage().await;
    let before = Arc::strong_count(&stage.app.office);
    let jobs = Jobs::start(&stage.app.office);
    assert!(Arc::strong_count(&stage.app.office) > before);
    jobs.stop().await;
    assert_eq!(Arc::strong_count(&stage.app.office), before);
    assert!(!stage.app.has_failed(), "they did not die");
}
