//! Which pages may call from a browser, and what every answer tells a browser.

use crate::support::{RawAnswer, Server};

async fn ask(server: &Server, method: &str, path: &str, headers: &str) -> RawAnswer {
    let mut connection = server.connect().await;
    connection.send(format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").as_bytes()).await;
    connection.answer().await
}

async fn allowing(origins: &[&str]) -> Server {
    let origins = origins.iter().map(|origin| origin.parse().expect("an origin")).collect();
    Server::with(|_| {}, |config| config.allow_origin = origins).await
}

const OURS: &str = "Origin: https://tickets.example\r\n";
const OTHER: &str = "Origin: https://other.example\r\n";
const QUESTION: &str = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n";

#[tokio::test]
async fn pages_of_an_allowed_origin_may_call_and_read() {
    let server = allowing(&["https://tickets.example", "http://localhost:3000"]).await;
    for origin in [OURS, "Origin: http://localhost:3000\r\n"] {
        let may = ask(&server, "OPTIONS", "/v1/payments", &[origin, QUESTION].concat()).await;
        assert_eq!(may.status, 204);
        let allowed = may.header("access-control-allow-origin").map(|is| format!("Origin: {is}\r\n"));
        assert_eq!(allowed.as_deref(), Some(origin));
        assert!(may.header("access-control-allow-methods").is_some_and(|methods| methods.contains("POST")));
        let headers = may.header("access-control-allow-headers").unwrap_or_default();
        assert!(["authorization", "content-type", "idempotency-key"].iter().all(|name| headers.contains(name)));
        may.is_guarded();
        // Refusals can be read too, and what stands in their headers.
        let refused = ask(&server, "GET", "/v1/balance", origin).await;
        refused.refuses(401, "unauthenticated");
        assert!(refused.header("access-control-allow-origin").is_some());
        let exposed = refused.header("access-control-expose-headers").unwrap_or_default();
        assert!(["ETag", "Retry-After", "Idempotent-Replayed"].iter().all(|name| exposed.contains(name)), "{exposed}");
        // Caches keep apart what differs by origin, and by language.
        for varies in ["vary: origin", "vary: accept-language"] {
            assert!(refused.head.lines().any(|line| line.eq_ignore_ascii_case(varies)), "{}", refused.head);
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_not() {
    for (server, origin) in [(allowing(&["https://tickets.example"]).await, OTHER), (allowing(&[]).await, OURS)] {
        let answer = ask(&server, "GET", "/v1/concerts", origin).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
        let question = ask(&server, "OPTIONS", "/v1/payments", &[origin, QUESTION].concat()).await;
        question.refuses(405, "method_not_allowed");
        assert_eq!(question.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn all_origins_may_if_the_operator_says_so() {
    let server = allowing(&["*"]).await;
    let answer = ask(&server, "GET", "/v1/concerts", OTHER).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(ask(&server, "OPTIONS", "/v1/payments", &[OTHER, QUESTION].concat()).await.status, 204);
    assert_eq!(ask(&server, "GET", "/v1/concerts", "").await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let server = allowing(&[]).await;
    for path in ["/", "/docs", "/docs/problems", "/openapi.json", "/v1/concerts", "/v1/queue/position", "/nowhere"] {
        ask(&server, "GET", path, "").await.is_guarded();
    }
}
