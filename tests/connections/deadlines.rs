//! A request has one deadline from its first byte to its last, a connection another between requests, and whoever stops
//! reading a third.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{GET, OPERATOR, SOON, Server};

const HEAD: &str = "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

#[tokio::test]
async fn who_says_nothing_is_closed() {
    let server = Server::with_limits(|limits| limits.read_patience = SOON).await;
    server.connect().await.sees_the_end().await;
}

#[tokio::test]
async fn who_is_idle_after_an_answer_is_closed() {
    let server = Server::with_limits(|limits| limits.idle_patience = SOON).await;
    let mut connection = server.connect().await;
    for _ in 0..3 {
        connection.send(GET).await;
        assert_eq!(connection.answer().await.status, 200);
    }
    connection.sees_the_end().await;
}

/// Sends a byte at a time without end, until the server hangs up.
async fn drips(server: &Server, begin: &[u8], drop: &[u8]) -> Vec<u8> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stream = server.connect().await.stream;
    let (mut reader, mut writer) = stream.into_split();
    let mut heard = Vec::new();
    let dripping = async {
        let _ = writer.write_all(begin).await;
        while writer.write_all(drop).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        std::future::pending::<()>().await
    };
    let read = async {
        let _ = reader.read_to_end(&mut heard).await;
    };
    tokio::select! {
        () = dripping => {}
        closed = timeout(Duration::from_secs(60), read) => closed.expect("it is closed in time"),
    }
    heard
}

#[tokio::test]
async fn a_head_that_drips_has_one_deadline_and_is_told_so() {
    let server = Server::with_limits(|limits| limits.read_patience = SOON).await;
    for begin in ["G", "GET /v1/concerts", "GET /v1/concerts HTTP/1.1\r\nX-Slow: "] {
        let heard = drips(&server, begin.as_bytes(), b"a").await;
        let heard = String::from_utf8_lossy(&heard);
        assert!(heard.starts_with("HTTP/1.1 408 ") && heard.contains("\"request_timeout\""), "{begin}: {heard}");
    }
}

#[tokio::test]
async fn a_body_that_drips_shares_the_deadline_of_its_head_and_is_told_so() {
    let server = Server::with_limits(|limits| limits.read_patience = SOON).await;
    let announced = format!("{HEAD}Content-Length: 8000\r\n\r\n");
    let in_chunks = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    for (begin, drop) in [(announced, " "), (in_chunks, "1\r\n \r\n")] {
        let heard = drips(&server, begin.as_bytes(), drop.as_bytes()).await;
        let heard = String::from_utf8_lossy(&heard);
        assert!(heard.starts_with("HTTP/1.1 408 ") && heard.contains("\"request_timeout\""), "{begin}{heard}");
    }
}

#[tokio::test]
async fn a_body_that_was_promised_and_never_comes_is_refused() {
    let server = Server::with_limits(|limits| limits.read_patience = SOON).await;
    for promise in ["Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut connection = server.connect().await;
        connection.send(format!("{HEAD}{promise}Expect: 100-continue\r\n\r\n").as_bytes()).await;
        assert_eq!(connection.answer().await.status, 100);
        connection.answer().await.refuses(408, "request_timeout");
        connection.sees_the_end().await;
    }
}

#[tokio::test]
async fn half_a_head_behind_a_whole_request_is_closed() {
    let server = Server::with_limits(|limits| (limits.read_patience, limits.idle_patience) = (SOON, SOON)).await;
    let mut connection = server.connect().await;
    connection.send(&[GET, b"GET /v1/concerts HTTP/1.1\r\nHo"].concat()).await;
    assert_eq!(connection.answer().await.status, 200);
    connection.sees_the_end().await;
}

#[tokio::test]
async fn who_stops_reading_is_closed() {
    let server = Server::with_limits(|limits| limits.write_patience = SOON).await;
    server.connect().await.asks_without_reading().await;
}

#[tokio::test]
async fn an_answer_that_is_taken_in_sips_has_an_end_too() {
    use tokio::io::AsyncReadExt;
    let server = Server::with_limits(|limits| limits.answer_patience = SOON).await;
    let mut connection = server.connect().await;
    let (mut reader, mut writer) = connection.stream.split();
    let ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    let asks = async {
        use tokio::io::AsyncWriteExt;
        while writer.write_all(&ask).await.is_ok() {}
    };
    let sips = async {
        let mut sip = [0; 10];
        while reader.read_exact(&mut sip).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let either = async {
        tokio::select! {
            () = asks => {}
            () = sips => {}
        }
    };
    timeout(Duration::from_secs(60), either).await.expect("it is closed in time");
}

/// A buyer who waits in line behind another, so that the stream goes on; and the other's token.
async fn waiting(server: &Server) -> (String, String) {
    let mut client = server.client().await;
    let queue = json!({"title": "Concert", "time_zone": "Asia/Seoul", "queue": {"max_admitted": 1}});
    let concert = client.post("/v1/operator/concerts", Some(OPERATOR), &queue).await.expect("an answer").json();
    let path = format!("/v1/concerts/{}/queue/tokens", concert["id"].as_str().expect("an id"));
    let sessions = client.post("/v1/operator/sessions", Some(OPERATOR), &json!({"count": 2})).await.expect("an answer");
    let mut tokens = Vec::new();
    for session in sessions.json()["sessions"].as_array().expect("sessions") {
        let secret = session["secret"].as_str().expect("a secret");
        let joined = client.post(&path, Some(secret), &Value::Null).await.expect("an answer").json();
        tokens.push(joined["token"].as_str().expect("a token").to_owned());
    }
    let second = tokens.pop().expect("a token");
    (second, tokens.pop().expect("a token"))
}

#[tokio::test]
async fn an_event_stream_lasts_beyond_every_deadline_of_a_request() {
    let change = |limits: &mut boxoffice::config::Limits| {
        (limits.read_patience, limits.idle_patience, limits.answer_patience) = (SOON, SOON, SOON);
        limits.write_patience = SOON;
    };
    let server = Server::with_limits(change).await;
    let (token, first) = waiting(&server).await;
    let mut stream = server.connect().await;
    let ask =
        format!("GET /v1/queue/position/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.send(ask.as_bytes()).await;
    stream.hears("\"waiting\"").await;
    // Each of these takes as long as the deadline that ends it.
    for _ in 0..3 {
        server.connect().await.sees_the_end().await;
    }
    let left = server.client().await.delete("/v1/queue/tokens/current", Some(&first)).await.expect("an answer");
    assert_eq!(left.status, 204);
    stream.hears("\"admitted\"").await;
}

#[tokio::test]
async fn who_does_not_finish_when_the_office_stops_is_closed() {
    use tokio::io::AsyncReadExt;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = async { drop(stopped.await) };
    let (server, served) = Server::until(|limits| limits.stop_patience = SOON, |_| {}, stopped).await;
    let mut connection = server.connect().await;
    // Its alarm is set by then.
    connection.send(GET).await;
    assert_eq!(connection.answer().await.status, 200);
    connection.send(format!("{HEAD}Content-Length: 10\r\nExpect: 100-continue\r\n\r\n").as_bytes()).await;
    let mut said = [0; 12];
    connection.stream.read_exact(&mut said).await.expect("a request is under way");
    assert_eq!(&said, b"HTTP/1.1 100");
    stop.send(()).expect("it runs");
    // Sooner than its body's own time is over.
    timeout(Duration::from_secs(30), served).await.expect("it stops in time").expect("a task").expect("in order");
}
