//! Clients may be gone at any await: each request is dropped at every one of them, and afterwards every place and counter
//! is back at its start.

use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use boxoffice::account::{HashError, Passwords};
use boxoffice::config::Limits;
use boxoffice::entropy::{Entropy, SystemEntropy};
use boxoffice::http::sse::StreamPlaces;
use boxoffice::queue::Lines;
use boxoffice::reservation::SeatMaps;
use boxoffice::server::routes;
use boxoffice::store::StoreError;
use futures_util::StreamExt;
use poem::{Endpoint, Request};
use serde_json::{Value, json};

use crate::by_hand::ByHand;
use crate::support::{Concert, OPERATOR, Office, limits};

/// Whatever is owed comes back within this time, on any machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Every place and counter that a request may take.
#[derive(Debug, PartialEq)]
pub struct Places {
    passwords: (usize, usize),
    streams: (usize, usize),
    seat_maps: (usize, usize),
    listeners: usize,
}

pub fn places(office: &Office, concert: &Concert) -> Places {
    let line = office.app.part::<Lines>().by_id(concert.id.parse().unwrap()).expect("a queue");
    Places {
        passwords: office.app.part::<Passwords>().free_places(),
        streams: office.app.part::<StreamPlaces>().taken(&office.app.limits),
        seat_maps: office.app.part::<SeatMaps>().at_work(),
        listeners: line.listeners(),
    }
}

/// Waits until everything is back; what runs on gives its place back when it is done.
async fn all_back(office: &Office, concert: &Concert, start: &Places, when: &str) {
    let back = async {
        while places(office, concert) != *start {
            tokio::task::yield_now().await;
        }
    };
    let all = tokio::time::timeout(PATIENCE, back).await;
    assert!(all.is_ok(), "{when}: {:?} is not {start:?}", places(office, concert));
}

/// Every reader is free: as many reads as there are readers meet inside.
pub async fn all_readers_free(office: &Arc<boxoffice::app::App>) {
    let readers = office.limits.readers as usize;
    let met = Arc::new((Mutex::new(0), Condvar::new()));
    let reads = (0..readers).map(|_| {
        let met = met.clone();
        office.store.read(move |_| {
            let mut here = met.0.lock().unwrap();
            *here += 1;
            met.1.notify_all();
            let (_here, late) = met.1.wait_timeout_while(here, PATIENCE, |here| *here < readers).unwrap();
            Ok::<_, StoreError>(!late.timed_out())
        })
    });
    for read in futures_util::future::join_all(reads).await {
        assert!(read.expect("a place among the readers"), "a reader is still taken");
    }
}

fn request(method: &str, path: &str, bearer: Option<&str>, body: Option<Value>) -> Request {
    let request = Request::builder().method(method.parse().unwrap()).uri(path.parse().unwrap());
    let request = match bearer {
        Some(bearer) => request.header("authorization", format!("Bearer {bearer}")),
        None => request,
    };
    match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_string()),
        None => request.finish(),
    }
}

pub type Make<'a> = Box<dyn Fn(u32) -> Pin<Box<dyn Future<Output = Request> + 'a>> + 'a>;

/// Each request with what it needs, made anew for each time that it is dropped.
pub fn requests<'a>(office: &'a Office, concert: &'a Concert) -> Vec<(&'static str, Make<'a>)> {
    let mut all: Vec<(&'static str, Make<'a>)> = Vec::new();
    let person = |n: u32| json!({"email": format!("{n}@example.org"), "password": "correct horse", "name": "Buyer"});
    let log_in = |email: String| Some(json!({"email": email, "password": "correct horse"}));
    let of_performance = format!("/v1/performances/{}", concert.performance);
    let inside = move || async move { office.enter(&office.buyer().await, concert).await };
    let forget = move || office.app.part::<SeatMaps>().evict(boxoffice::clock::Instant(i64::MAX));
    macro_rules! add {
        ($name:literal, |$n:ident| $make:expr) => {
            all.push(($name, Box::new(move |$n| Box::pin(async move { $make }))))
        };
    }
    add!("sign_up", |n| request("POST", "/v1/users", None, Some(person(n))));
    add!("log_in", |n| {
        assert_eq!(office.post("/v1/users", "", person(1000 + n)).await.status, 201);
        request("POST", "/v1/sessions", None, log_in(format!("{}@example.org", 1000 + n)))
    });
    add!("log_in of nobody", |_n| request("POST", "/v1/sessions", None, log_in("nobody@example.org".into())));
    add!("log_out", |_n| request("DELETE", "/v1/sessions/current", Some(&office.buyer().await.session), None));
    add!("issue_token", |_n| {
        let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
        request("POST", &path, Some(&office.buyer().await.session), None)
    });
    add!("hold_seats", |_n| {
        let (token, best) = (inside().await, json!({"grade": "R", "quantity": 1}));
        forget();
        let body = json!({"performance_id": concert.performance, "best": best});
        request("POST", "/v1/holds", Some(&token), Some(body))
    });
    add!("list_holds", |_n| {
        let token = inside().await;
        forget();
        request("GET", "/v1/holds", Some(&token), None)
    });
    add!("pay", |n| {
        let token = inside().await;
        let seats = office.seat_ids(&token, concert).await;
        office.top_up(&token, 1000).await;
        forget();
        let body = json!({"seat_ids": [seats[seats.len() - n as usize]], "amount": 1000});
        request("POST", "/v1/payments", Some(&token), Some(body))
    });
    add!("leave_queue", |_n| request("DELETE", "/v1/queue/tokens/current", Some(&inside().await), None));
    add!("balance", |_n| request("GET", "/v1/balance", Some(&office.buyer().await.session), None));
    add!("list_dates", |_n| {
        let token = inside().await;
        forget();
        request("GET", "/v1/dates", Some(&token), None)
    });
    let path = format!("{of_performance}/seats");
    let paths = [path.clone(), path.clone(), path + "/stream"];
    let [whole, gzip, stream] = paths;
    all.push((
        "seat_map",
        Box::new(move |_| {
            let path = whole.clone();
            Box::pin(async move {
                let token = inside().await;
                forget();
                request("GET", &path, Some(&token), None)
            })
        }),
    ));
    all.push((
        "seat_map in gzip",
        Box::new(move |_| {
            let path = gzip.clone();
            Box::pin(async move {
                let token = inside().await;
                forget();
                let mut request = request("GET", &path, Some(&token), None);
                request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
                request
            })
        }),
    ));
    all.push((
        "stream_seats",
        Box::new(move |_| {
            let path = stream.clone();
            Box::pin(async move {
                let token = inside().await;
                forget();
                request("GET", &path, Some(&token), None)
            })
        }),
    ));
    add!("stream_position", |_n| request("GET", "/v1/queue/position/stream", Some(&inside().await), None));
    add!("create_concert", |_n| {
        let body = json!({"title": "Another", "time_zone": "Asia/Seoul"});
        request("POST", "/v1/operator/concerts", Some(OPERATOR), Some(body))
    });
    all
}

/// The status; then the first pieces of a stream, or all of another answer.
async fn read_some(answer: poem::Response) -> u16 {
    let status = answer.status().as_u16();
    let mut body = answer.into_body().into_bytes_stream();
    for _ in 0..3 {
        body.next().await;
    }
    status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_hangs_up_at_any_await_leaves_nothing_behind() {
    const MOST_AWAITS: usize = 100;
    let office = Office::open().await;
    // Large enough for its bytes to be made on a thread that may block.
    let concert = office.concert(json!({"max_admitted": 10_000}), 2, 700).await;
    let endpoint = Arc::new(routes(office.app.clone()));
    let start = places(&office, &concert);
    let (requests, mut at, mut dropped) = (requests(&office, &concert), 0, 0);
    // Another thread may be so fast that an await is none: several rounds.
    for (name, make) in requests.iter().cycle().take(3 * requests.len()) {
        let mut done = None;
        for polls in 1..MOST_AWAITS {
            at += 1;
            let (request, endpoint) = (make(at).await, endpoint.clone());
            let mut call = ByHand::new(async move { read_some(endpoint.get_response(request).await).await });
            done = call.polls(polls);
            dropped += usize::from(done.is_none());
            drop(call);
            all_back(&office, &concert, &start, &format!("{name}, dropped at poll {polls}")).await;
            if done.is_some() {
                break;
            }
        }
        let status = done.expect("it is done some time");
        assert!(status < 400 || (*name == "log_in of nobody" && status == 401), "{name}: {status}");
    }
    assert!(dropped > 2 * requests.len(), "{dropped} of {at} were dropped before their end");
    all_readers_free(&office.app).await;
    assert!(office.app.part::<SeatMaps>().evict(boxoffice::clock::Instant(i64::MAX)) <= 1);
    assert_eq!(office.app.part::<SeatMaps>().len(), 0, "nobody looks at a map any more");
    office.verify();
}

/// Randomness that waits until it is let go: a hash that runs for as long as the test wants.
struct Slow {
    waits: AtomicBool,
    begun: Mutex<usize>,
    begins: Condvar,
    go: Mutex<bool>,
    goes: Condvar,
}

impl Entropy for Slow {
    fn fill(&self, bytes: &mut [u8]) {
        if self.waits.load(Ordering::SeqCst) {
            *self.begun.lock().unwrap() += 1;
            self.begins.notify_all();
            let go = self.go.lock().unwrap();
            drop(self.goes.wait_timeout_while(go, PATIENCE, |go| !*go).unwrap());
        }
        SystemEntropy.fill(bytes);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_to_wait_ends_with_who_waits_and_a_hasher_with_its_hash() {
    let slow = Arc::new(Slow {
        waits: AtomicBool::new(false),
        begun: Mutex::default(),
        begins: Condvar::new(),
        go: Mutex::default(),
        goes: Condvar::new(),
    });
    let limits = Limits { password_hashers: 1, password_queue: 2, ..limits() };
    let passwords = Arc::new(Passwords::new(&limits, slow.clone()).expect("parameters"));
    slow.waits.store(true, Ordering::SeqCst);
    let hash = || {
        let passwords = passwords.clone();
        ByHand::new(async move { passwords.hash(Ipv4Addr::LOCALHOST.into(), "correct horse".to_owned()).await })
    };
    let mut first = hash();
    assert!(first.poll().is_none());
    let begun = slow.begun.lock().unwrap();
    drop(slow.begins.wait_timeout_while(begun, PATIENCE, |begun| *begun == 0).unwrap());
    let (mut second, mut third, mut fourth) = (hash(), hash(), hash());
    assert!(second.poll().is_none() && third.poll().is_none());
    assert_eq!(passwords.free_places(), (0, 0));
    assert!(matches!(fourth.poll(), Some(Err(HashError::Busy { .. }))));

    drop((second, third));
    assert_eq!(passwords.free_places(), (2, 0), "who waited is gone");
    drop(first);
    let mut fifth = hash();
    assert!(fifth.poll().is_none());
    assert_eq!(passwords.free_places(), (1, 0), "the first hash runs on, whoever asked for it");
    assert_eq!(*slow.begun.lock().unwrap(), 1, "one at a time");

    *slow.go.lock().unwrap() = true;
    slow.goes.notify_all();
    assert!(fifth.polls(10).expect("a hash").is_ok());
    assert_eq!(passwords.free_places(), (2, 1));
}
