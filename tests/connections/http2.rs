//! HTTP/2 through TLS, by a client of the field: the same office, the same bounds and deadlines, several requests on one connection.

use std::time::Duration;

use boxoffice::config::Limits;
use h2::client::SendRequest;
use h2::{Reason, RecvStream, SendStream};
use hyper::body::Bytes;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::secured::{Secured, secured};
use crate::support::{OPERATOR, SOON, Server};

const LONG: Duration = Duration::from_secs(60);

/// A connection of HTTP/2. The task that drives it gives how it ended.
pub struct Http2 {
    send: SendRequest<Bytes>,
    pub driven: JoinHandle<Result<(), h2::Error>>,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    head: Response<()>,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    #[track_caller]
    fn refuses(&self, status: u16, code: &str) {
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(self.head.headers()["x-content-type-options"], "nosniff");
    }
}

impl Http2 {
    /// A connection whose client has room for so much of each answer.
    async fn with_window(secured: &Secured, server: &Server, window: u32) -> Self {
        let stream = secured.connect(server, &["h2"]).await.expect("it greets");
        let mut builder = h2::client::Builder::new();
        let (send, connection) = builder.initial_window_size(window).handshake(stream).await.expect("it speaks");
        Self { send, driven: tokio::spawn(connection) }
    }

    async fn connect(secured: &Secured, server: &Server) -> Self {
        Self::with_window(secured, server, 1 << 20).await
    }

    fn request(method: &str, path: &str, bearer: &str) -> hyper::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("https://localhost{path}"));
        if bearer.is_empty() { request } else { request.header("authorization", format!("Bearer {bearer}")) }
    }

    /// Sends a head; gives what awaits the answer, and the way for the body.
    async fn begin(&mut self, request: Request<()>, is_whole: bool) -> (h2::client::ResponseFuture, SendStream<Bytes>) {
        let mut send = self.send.clone().ready().await.expect("the connection holds");
        send.send_request(request, is_whole).expect("the connection holds")
    }

    async fn get(&mut self, path: &str, bearer: &str) -> Answer {
        let request = Self::request("GET", path, bearer).body(()).expect("a request");
        let (answer, _) = self.begin(request, true).await;
        whole(answer).await.expect("an answer")
    }

    async fn send(&mut self, method: &str, path: &str, bearer: &str, body: &Value) -> Answer {
        let request = Self::request(method, path, bearer).header("content-type", "application/json");
        let has_body = !body.is_null();
        let (answer, mut way) = self.begin(request.body(()).expect("a request"), !has_body).await;
        if has_body {
            way.send_data(body.to_string().into(), true).expect("the connection holds");
        }
        whole(answer).await.expect("an answer")
    }

    async fn made(&mut self, path: &str, bearer: &str, body: Value) -> Value {
        let answer = self.send("POST", path, bearer, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()
    }

    /// Opens an event stream that is given.
    async fn events(&mut self, path: &str, bearer: &str) -> RecvStream {
        let request = Self::request("GET", path, bearer).body(()).expect("a request");
        let (answer, _) = self.begin(request, true).await;
        let answer = timeout(LONG, answer).await.expect("in time").expect("an answer");
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].as_bytes()),
            (200, &b"text/event-stream"[..])
        );
        answer.into_body()
    }

    /// Waits until the server has ended the connection.
    async fn sees_the_end(self) {
        let _ = timeout(LONG, self.driven).await.expect("it is ended in time").expect("no panic");
    }
}

/// Reads an answer to its end, giving the client's room back as it goes.
async fn whole(answer: h2::client::ResponseFuture) -> Result<Answer, h2::Error> {
    let reads = async {
        let (head, mut data) = answer.await?.into_parts();
        let mut body = Vec::new();
        while let Some(piece) = data.data().await {
            let piece = piece?;
            data.flow_control().release_capacity(piece.len())?;
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status: head.status.as_u16(), head: Response::from_parts(head, ()), body })
    };
    timeout(LONG, reads).await.expect("an answer in time")
}

/// Waits until an event stream has said this.
async fn hears(events: &mut RecvStream, text: &str) {
    let hears = async {
        let mut heard = String::new();
        while !heard.contains(text) {
            let piece = events.data().await.expect("it goes on").expect("it holds");
            events.flow_control().release_capacity(piece.len()).expect("it holds");
            heard += &String::from_utf8_lossy(&piece);
        }
    };
    timeout(LONG, hears).await.expect("it comes in time");
}

/// A concert with four seats whose queue lets in so many, and tokens of so many buyers.
async fn concert(http2: &mut Http2, most_inside: u32, buyers: u32) -> (String, Vec<String>) {
    let hall = json!({"name": "Hall", "sections": [{"name": "S", "rows": [{"name": "A", "seats": 4, "grade": "R"}]}]});
    let hall = http2.made("/v1/operator/halls", OPERATOR, hall).await["id"].clone();
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "queue": {"max_admitted": most_inside}});
    let concert = http2.made("/v1/operator/concerts", OPERATOR, concert).await["id"].clone();
    let performance = json!({"concert_id": concert, "hall_id": hall, "starts_at": "2999-12-31T20:00:00Z",
        "prices": {"R": 1000}});
    let performance = http2.made("/v1/operator/performances", OPERATOR, performance).await["id"].clone();
    let made = http2.made("/v1/operator/sessions", OPERATOR, json!({"count": buyers})).await;
    let mut tokens = Vec::new();
    for session in made["sessions"].as_array().expect("sessions") {
        let path = format!("/v1/concerts/{}/queue/tokens", concert.as_str().expect("an id"));
        let joined = http2.made(&path, session["secret"].as_str().expect("a secret"), Value::Null).await;
        tokens.push(joined["token"].as_str().expect("a token").to_owned());
    }
    (performance.as_str().expect("an id").to_owned(), tokens)
}

#[tokio::test]
async fn a_buyers_whole_way_on_one_connection() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    let mut http2 = Http2::connect(&secured, &server).await;
    let (performance, tokens) = concert(&mut http2, 10, 1).await;
    let token = &tokens[0];
    let map = http2.get(&format!("/v1/performances/{performance}/seats"), token).await.json();
    let seat = map["seats"][0]["id"].clone();
    http2.made("/v1/holds", token, json!({"performance_id": performance, "seat_ids": [seat]})).await;
    http2.made("/v1/balance/top-ups", token, json!({"amount": 1000})).await;
    let paid = http2.made("/v1/payments", token, json!({"seat_ids": [seat], "amount": 1000})).await;
    assert_eq!(paid["tickets"].as_array().map(Vec::len), Some(1));
    http2.get("/v1/queue/position", token).await.refuses(401, "token_completed");

    // A long answer comes whole, in whatever pieces, and says what every answer says.
    let document = http2.get("/openapi.json", "").await;
    assert_eq!(document.status, 200);
    assert!(document.json()["paths"].is_object() && document.body.len() > 500_000);
    let headers = document.head.headers();
    assert!(headers.contains_key("strict-transport-security") && headers.contains_key("x-frame-options"));
    assert_eq!(headers["content-length"].to_str().ok(), Some(&*document.body.len().to_string()));
    http2.get("/v1/nowhere", "").await.refuses(404, "not_found");
}

#[tokio::test]
async fn a_head_alone_has_no_body_and_two_hosts_are_refused() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    let mut http2 = Http2::connect(&secured, &server).await;
    let head = http2.send("HEAD", "/v1/concerts", "", &Value::Null).await;
    assert_eq!(head.body, b"");
    assert!(head.head.headers().contains_key("content-length"), "{head:?}");
    for (host, status) in [("localhost", 200), ("other.example", 400)] {
        let request = Http2::request("GET", "/v1/concerts", "").header("host", host).body(()).expect("a request");
        let (answer, _) = http2.begin(request, true).await;
        let answer = whole(answer).await.expect("an answer");
        assert_eq!(answer.status, status, "{host}");
        if status == 400 {
            answer.refuses(400, "malformed_request");
        }
    }
}

#[tokio::test]
async fn event_streams_and_requests_go_beside_each_other_and_a_token_has_four() {
    let change = |limits: &mut Limits| {
        (limits.read_patience, limits.idle_patience, limits.answer_patience) = (SOON, SOON, SOON);
        limits.write_patience = SOON;
    };
    let secured = secured();
    let server = secured.server(change).await;
    let mut http2 = Http2::connect(&secured, &server).await;
    let (_, tokens) = concert(&mut http2, 1, 2).await;
    let path = "/v1/queue/position/stream";
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut events = http2.events(path, &tokens[1]).await;
        hears(&mut events, "\"waiting\"").await;
        streams.push(events);
    }
    http2.get(path, &tokens[1]).await.refuses(429, "too_many_streams");
    // Each of these takes as long as the deadline that ends it.
    for _ in 0..3 {
        Http2::connect(&secured, &server).await.sees_the_end().await;
    }
    let left = http2.send("DELETE", "/v1/queue/tokens/current", &tokens[0], &Value::Null).await;
    assert_eq!(left.status, 204);
    for events in &mut streams {
        hears(events, "\"admitted\"").await;
    }
    // Whoever closes one may open another.
    drop(streams.pop());
    loop {
        let request = Http2::request("GET", path, &tokens[1]).body(()).expect("a request");
        let (answer, _) = http2.begin(request, true).await;
        let answer = timeout(LONG, answer).await.expect("in time").expect("an answer");
        if answer.status() == 200 {
            break;
        }
    }
}

/// A POST whose body has begun and does not go on.
async fn unfinished(http2: &mut Http2) -> (h2::client::ResponseFuture, SendStream<Bytes>) {
    let request = Http2::request("POST", "/v1/sessions", "").header("content-type", "application/json");
    let (answer, mut way) = http2.begin(request.body(()).expect("a request"), false).await;
    way.send_data("{".into(), false).expect("the connection holds");
    (answer, way)
}

#[tokio::test]
async fn a_body_that_never_comes_is_told_so_and_the_others_go_on() {
    let secured = secured();
    let server = secured.server(|limits| limits.read_patience = SOON).await;
    let mut http2 = Http2::connect(&secured, &server).await;
    let (late, way) = unfinished(&mut http2).await;
    whole(late).await.expect("an answer").refuses(408, "request_timeout");
    drop(way);
    assert_eq!(http2.get("/v1/concerts", "").await.status, 200, "the same connection");
}

#[tokio::test]
async fn who_does_not_take_its_answer_loses_the_connection() {
    let secured = secured();
    for change in [(|limits| limits.write_patience = SOON) as fn(&mut Limits), |limits| limits.answer_patience = SOON] {
        let server = secured.server(change).await;
        let mut http2 = Http2::with_window(&secured, &server, 1000).await;
        let request = Http2::request("GET", "/openapi.json", "").body(()).expect("a request");
        let (answer, _) = http2.begin(request, true).await;
        // The head has come; of the body no more than the window was ever taken.
        let answer = timeout(LONG, answer).await.expect("in time").expect("an answer");
        assert_eq!(answer.status(), 200);
        http2.sees_the_end().await;
        server_serves(&secured, &server).await;
    }
}

async fn server_serves(secured: &Secured, server: &Server) {
    let mut other = Http2::connect(secured, server).await;
    assert_eq!(other.get("/v1/concerts", "").await.status, 200);
}

#[tokio::test]
async fn answers_left_untaken_have_a_bound() {
    let secured = secured();
    let server = secured.server(|limits| limits.owed_bytes = 10_000).await;
    let mut http2 = Http2::with_window(&secured, &server, 0).await;
    let request = Http2::request("GET", "/openapi.json", "").body(()).expect("a request");
    let (_answer, _) = http2.begin(request, true).await;
    http2.sees_the_end().await;
    server_serves(&secured, &server).await;
}

#[tokio::test]
async fn who_is_idle_is_told_and_closed() {
    let secured = secured();
    let server = secured.server(|limits| limits.idle_patience = SOON).await;
    let mut http2 = Http2::connect(&secured, &server).await;
    for _ in 0..3 {
        assert_eq!(http2.get("/v1/concerts", "").await.status, 200);
    }
    let ended = timeout(LONG, http2.driven).await.expect("in time").expect("no panic");
    assert!(ended.is_ok(), "told in order, not broken off: {ended:?}");
}

/// Each request beside another takes a place as a connection does.
#[tokio::test]
async fn requests_take_the_places_of_connections() {
    let secured = secured();
    let change = |limits: &mut Limits| {
        limits.connections = 3;
        limits.refusal_patience = SOON;
    };
    let server = secured.server(change).await;
    let mut http2 = Http2::connect(&secured, &server).await;
    let first = unfinished(&mut http2).await;
    let (second, mut way) = unfinished(&mut http2).await;
    let request = Http2::request("GET", "/v1/concerts", "").body(()).expect("a request");
    let (third, _) = http2.begin(request, true).await;
    let refused = whole(third).await.expect_err("there is no place");
    assert_eq!(refused.reason(), Some(Reason::REFUSED_STREAM), "nothing was done: it may be asked again");
    // One that is done gives its place to the next.
    way.send_data("}".into(), true).expect("the connection holds");
    whole(second).await.expect("an answer").refuses(400, "malformed_request");
    assert_eq!(http2.get("/v1/concerts", "").await.status, 200);
    drop(first);
}

#[tokio::test]
async fn bodies_that_are_not_whole_count_for_their_client() {
    let secured = secured();
    let server = secured.server(|limits| (limits.unread_bytes, limits.byte_shares) = (12_000, 1)).await;
    let mut http2 = Http2::connect(&secured, &server).await;
    let mut begun = Vec::new();
    for _ in 0..2 {
        let (answer, mut way) = unfinished(&mut http2).await;
        way.send_data(vec![b' '; 7000].into(), false).expect("the connection holds");
        begun.push((answer, way));
    }
    let (second, first) = (begun.pop().expect("one"), begun.pop().expect("another"));
    let refused = tokio::select! {
        answer = whole(first.0) => answer,
        answer = whole(second.0) => answer,
    };
    refused.expect("an answer").refuses(503, "overloaded");
    assert_eq!(http2.get("/v1/concerts", "").await.status, 200);
}

#[tokio::test]
async fn who_cuts_off_what_it_asks_for_again_and_again_loses_the_connection() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    let mut http2 = Http2::connect(&secured, &server).await;
    let (_, tokens) = concert(&mut http2, 1, 1).await;
    let cuts = async {
        for _ in 0..1000 {
            let request = Http2::request("GET", "/v1/queue/position/stream", &tokens[0]).body(()).expect("a request");
            let Ok(mut send) = http2.send.clone().ready().await else { return };
            let Ok((answer, _)) = send.send_request(request, true) else { return };
            // Its head has come; the rest is not wanted.
            if answer.await.is_err() {
                return;
            }
        }
        panic!("a thousand were cut off");
    };
    timeout(LONG, cuts).await.expect("it ends in time");
    http2.sees_the_end().await;
    server_serves(&secured, &server).await;
}

#[tokio::test]
async fn a_stop_says_goodbye_and_finishes_what_was_accepted() {
    let secured = secured();
    let (stop, stopped) = oneshot::channel::<()>();
    let tls = Some(secured.files.clone());
    let (server, served) = Server::until(|_| {}, |config| config.tls = tls, async { drop(stopped.await) }).await;
    let (mut busy, mut idle) = (Http2::connect(&secured, &server).await, Http2::connect(&secured, &server).await);
    assert_eq!(idle.get("/v1/concerts", "").await.status, 200);
    let (answer, mut way) = unfinished(&mut busy).await;
    assert_eq!(busy.get("/v1/concerts", "").await.status, 200, "what was sent before has been read");
    stop.send(()).expect("it runs");
    let ended = timeout(LONG, idle.driven).await.expect("in time").expect("no panic");
    assert!(ended.is_ok(), "{ended:?}");
    // Nothing new is taken, and the old goes on.
    let refused = async {
        loop {
            match busy.send.clone().ready().await {
                Err(error) => break error,
                Ok(mut send) => {
                    let request = Http2::request("GET", "/v1/concerts", "").body(()).expect("a request");
                    match send.send_request(request, true) {
                        Err(error) => break error,
                        Ok((answer, _)) => drop(whole(answer).await),
                    }
                }
            }
        }
    };
    let goodbye = timeout(LONG, refused).await.expect("in time");
    assert_eq!((goodbye.is_go_away(), goodbye.reason()), (true, Some(Reason::NO_ERROR)), "{goodbye}");
    way.send_data("}".into(), true).expect("it holds");
    whole(answer).await.expect("an answer").refuses(400, "malformed_request");
    timeout(LONG, served).await.expect("it stops in time").expect("a task").expect("in order");
}
