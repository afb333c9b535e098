//! Sums have bounds, and no client can take what others need: places, bodies that are not whole, answers left unread.

use std::time::Duration;

use serde_json::json;

use crate::support::{GET, OPERATOR, Raw, SOON, Server};

const FIRST: [u8; 4] = [127, 0, 0, 2];
const SECOND: [u8; 4] = [127, 0, 0, 3];

/// A connection with a request under way that is not whole.
async fn busy(server: &Server, from: [u8; 4]) -> Raw {
    let mut connection = server.connect_from(from.into()).await;
    connection.send(GET).await;
    assert_eq!(connection.answer().await.status, 200);
    connection
        .send(b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
        .await;
    assert_eq!(connection.answer().await.status, 100, "the head has been read");
    connection
}

#[tokio::test]
async fn one_client_cannot_take_all_places() {
    let server = Server::with_limits(|limits| {
        (limits.connections, limits.connections_per_client, limits.refusal_patience) = (8, 3, SOON);
    });
    let server = server.await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(busy(&server, FIRST).await);
    }
    for _ in 0..3 {
        server.connect_from(FIRST.into()).await.sees_the_end().await;
    }
    let mut other = server.connect_from(SECOND.into()).await;
    other.send(GET).await;
    assert_eq!(other.answer().await.status, 200);
    // A place that is given back is the client's again.
    drop(held.pop());
    let mut again = server.connect_from(FIRST.into()).await;
    again.send(GET).await;
    while again.answer_if_any().await.is_none() {
        again = server.connect_from(FIRST.into()).await;
        again.send(GET).await;
    }
}

#[tokio::test]
async fn a_client_with_its_share_waits_for_its_own_and_holds_up_nobody() {
    let server = Server::with_limits(|limits| {
        (limits.connections, limits.connections_per_client, limits.refusal_patience) = (8, 1, SOON * 1000);
    });
    let server = server.await;
    let own = busy(&server, FIRST).await;
    let mut waits = Vec::new();
    for _ in 0..100 {
        let mut connection = server.connect_from(FIRST.into()).await;
        connection.send(GET).await;
        waits.push(connection);
    }
    // All who came before have been looked at when one who comes after them is answered.
    let mut other = server.connect_from(SECOND.into()).await;
    other.send(GET).await;
    assert_eq!(other.answer().await.status, 200);
    // Few wait, and they are answered one after the other as soon as there is a place; those too many were refused.
    drop(own);
    let mut answered = 0;
    for mut connection in waits {
        let answer = connection.answer_if_any().await;
        answered += usize::from(answer.is_some_and(|answer| answer.status == 200));
    }
    assert!((1..=8).contains(&answered), "{answered} were answered");
}

#[tokio::test]
async fn a_client_with_its_share_loses_its_own_longest_idle() {
    let server = Server::with_limits(|limits| (limits.connections, limits.connections_per_client) = (8, 2)).await;
    let mut idle = Vec::new();
    for from in [SECOND, FIRST, FIRST] {
        let mut connection = server.connect_from(from.into()).await;
        connection.send(GET).await;
        assert_eq!(connection.answer().await.status, 200);
        idle.push(connection);
    }
    let mut third = server.connect_from(FIRST.into()).await;
    third.send(GET).await;
    assert_eq!(third.answer().await.status, 200);
    idle.remove(1).sees_the_end().await;
    for mut stays in idle {
        stays.send(GET).await;
        assert_eq!(stays.answer().await.status, 200);
    }
}

#[tokio::test]
async fn when_all_places_are_taken_the_longest_idle_goes() {
    let server = Server::with_limits(|limits| limits.connections = 3).await;
    let mut idle = Vec::new();
    for _ in 0..3 {
        let mut connection = server.connect().await;
        connection.send(GET).await;
        assert_eq!(connection.answer().await.status, 200);
        idle.push(connection);
    }
    server.is_served().await;
    idle.remove(0).sees_the_end().await;
    for mut stays in idle {
        stays.send(GET).await;
        assert_eq!(stays.answer().await.status, 200);
    }
}

#[tokio::test]
async fn requests_under_way_keep_their_places_and_the_next_waits() {
    let server = Server::with_limits(|limits| limits.connections = 2).await;
    let (first, mut second) = (busy(&server, FIRST).await, busy(&server, FIRST).await);
    let mut waits = server.connect_from(SECOND.into()).await;
    waits.send(GET).await;
    second.send(b"{\"a\": \"b\"}").await;
    second.answer().await.refuses(415, "unsupported_media_type");
    drop(first);
    assert_eq!(waits.answer().await.status, 200);
}

/// While more is ready than the cores can do, connections outside are carried on in turn: none is forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_outside_is_answered_to_the_last_request() {
    const OF_EACH: usize = 20;
    let join = "POST /v1/concerts/00000000-0000-4000-8000-000000000000/queue/tokens HTTP/1.1\r\nHost: localhost\r\n\
                Authorization: Bearer bs_nobody\r\nContent-Length: 0\r\n\r\n";
    let server = Server::with_limits(|limits| {
        (limits.outside_at_once, limits.refusal_patience) = (1, Duration::ZERO);
    });
    let server = server.await;
    let mut crowd = Vec::new();
    for number in 0..200 {
        let mut connection = server.connect_from([127, 0, 1, number].into()).await;
        crowd.push(tokio::spawn(async move {
            connection.send(join.repeat(OF_EACH).as_bytes()).await;
            for _ in 0..OF_EACH {
                let status = connection.answer().await.status;
                assert!(status < 500, "{status}");
            }
        }));
    }
    for asks in crowd {
        asks.await.expect("it is answered");
    }
    server.is_served().await;
}

/// Whoever waits for a hasher stands at no door, which would be shut to all others.
#[tokio::test]
async fn who_logs_in_keeps_nobody_else_out() {
    let server = Server::with_limits(|limits| {
        (limits.outside_at_once, limits.outside_waiting, limits.password_hashers) = (1, 0, 0);
    });
    let server = server.await;
    let body = r#"{"email": "nobody@example.org", "password": "correct horse battery"}"#;
    let log_in = format!(
        "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut log_ins = Vec::new();
    for _ in 0..4 {
        let mut connection = server.connect_from(FIRST.into()).await;
        // No hasher works here: each waits until its client hangs up.
        connection.send(log_in.as_bytes()).await;
        log_ins.push(connection);
    }
    let mut asks = server.connect_from(SECOND.into()).await;
    asks.send(GET).await;
    assert_eq!(asks.answer().await.status, 200);
    drop(log_ins);
}

/// Heads, bodies and answers of which the rest never comes, or is never taken: whoever waits for a place gets theirs.
#[tokio::test]
async fn who_keeps_the_office_waiting_makes_room_when_all_places_are_taken() {
    // More answers than the system takes off the server's hands.
    let unread = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(60);
    let half_body = b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{".to_vec();
    for asks in [b"G".to_vec(), half_body, unread] {
        let server =
            Server::with_limits(|limits| (limits.connections, limits.crowded_patience) = (1, Duration::from_millis(1)));
        let server = server.await;
        let mut keeps = server.connect_from(FIRST.into()).await;
        keeps.send(&asks).await;
        let mut comes = server.connect_from(SECOND.into()).await;
        comes.send(GET).await;
        assert_eq!(comes.answer().await.status, 200);
        drop(keeps);
    }
}

/// A body of `bytes` of which the last does not come.
async fn unfinished(server: &Server, from: [u8; 4], bytes: usize) -> Raw {
    let mut connection = server.connect_from(from.into()).await;
    let head = format!("POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {bytes}\r\n\r\n");
    connection.send(&[head.into_bytes(), vec![b' '; bytes - 1]].concat()).await;
    connection
}

#[tokio::test]
async fn bodies_that_are_not_whole_have_a_bound_in_all_and_a_share_for_each_client() {
    let server = Server::with_limits(|limits| (limits.unread_bytes, limits.byte_shares) = (20_000, 2)).await;
    let first = unfinished(&server, FIRST, 8000).await;
    let mut second = unfinished(&server, FIRST, 8000).await;
    // Which of the two came first is not known; one of them is too much.
    let mut first = first;
    let refused = tokio::select! {
        answer = first.answer() => answer,
        answer = second.answer() => answer,
    };
    refused.refuses(503, "overloaded");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let mut third = unfinished(&server, SECOND, 8000).await;
    let fourth = [127, 0, 0, 4];
    let mut over = unfinished(&server, fourth, 8000).await;
    let refused = tokio::select! {
        answer = third.answer() => answer,
        answer = over.answer() => answer,
    };
    refused.refuses(503, "overloaded");
    // Whoever sends a whole request is served meanwhile, and afterwards everything is as before.
    server.is_served().await;
    drop((first, second, third, over));
    let mut again = unfinished(&server, FIRST, 8000).await;
    again.send(b" ").await;
    again.answer().await.refuses(415, "unsupported_media_type");
}

#[tokio::test]
async fn answers_left_unread_have_a_bound() {
    let server = Server::with_limits(|limits| limits.owed_bytes = 10_000).await;
    server.connect().await.asks_without_reading().await;
    server.is_served().await;
}

#[tokio::test]
async fn a_large_body_is_refused_before_it_is_read_unless_it_is_a_hall() {
    let server = Server::with_limits(|_| {}).await;
    let megabyte = format!("{{\"email\":[{}0]}}", "0,".repeat(500_000));
    let head = format!(
        "HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        megabyte.len()
    );
    let mut connection = server.connect().await;
    connection.send(format!("POST /v1/sessions {head}\r\n{megabyte}").as_bytes()).await;
    connection.answer().await.refuses(413, "body_too_large");
    // Nothing of it was kept, so the connection may go on.
    connection.send(GET).await;
    assert_eq!(connection.answer().await.status, 200);
    // With `Expect` not even a byte of it is sent.
    let mut asks = server.connect().await;
    asks.send(format!("POST /v1/sessions {head}Expect: 100-continue\r\n\r\n").as_bytes()).await;
    asks.answer().await.refuses(413, "body_too_large");

    let rows: Vec<_> = (0..3000).map(|row| json!({"name": format!("{row}"), "seats": 3, "grade": "R"})).collect();
    let hall = json!({"name": "Hall", "sections": [{"name": "S", "rows": rows}]});
    assert!(hall.to_string().len() > 100_000);
    let made = server.client().await.post("/v1/operator/halls", Some(OPERATOR), &hall).await.expect("an answer");
    assert_eq!(made.status, 201, "{}", made.json());
}
