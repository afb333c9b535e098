//! What is no HTTP/1.1 request, or could be read in two ways, is refused by its name (RFC 9110, RFC 9112).

use crate::support::{GET, Server};

#[tokio::test]
async fn what_is_wrong_with_a_request_is_called_by_its_name() {
    let server = Server::with_limits(|_| {}).await;
    let post = "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    let long = "a".repeat(70_000);
    let many = "X-A: b\r\n".repeat(200);
    let table: &[(&str, &str, u16, &str)] = &[
        ("no Host", "GET /v1/concerts HTTP/1.1\r\n\r\n", 400, "malformed_request"),
        ("two Hosts", "GET /v1/concerts HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "malformed_request"),
        ("a Host that is none", "GET /v1/concerts HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "malformed_request"),
        ("a Host with a path", "GET /v1/concerts HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "malformed_request"),
        ("a Host with a user", "GET /v1/concerts HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, "malformed_request"),
        (
            "two codings",
            &format!("{post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
            501,
            "transfer_encoding_unsupported",
        ),
        (
            "chunked twice",
            &format!("{post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            501,
            "transfer_encoding_unsupported",
        ),
        ("not chunked", &format!("{post}Transfer-Encoding: gzip\r\n\r\n"), 400, "malformed_request"),
        (
            "compressed",
            &format!("{post}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{{}}"),
            415,
            "content_encoding_unsupported",
        ),
        (
            "great expectations",
            &format!("{post}Expect: a-pony\r\nContent-Length: 2\r\n\r\n{{}}"),
            417,
            "expectation_failed",
        ),
        ("broken chunks", &format!("{post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), 400, "malformed_request"),
        (
            "a chunk too long",
            &format!("{post}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}}}\r\n0\r\n\r\n"),
            400,
            "malformed_request",
        ),
        ("two lengths", &format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"), 400, "malformed_request"),
        ("no HTTP", "hello\r\n\r\n", 400, "malformed_request"),
        ("a blank in a header's name", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, "malformed_request"),
        ("a long head", &format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}"), 431, "head_too_large"),
        ("many headers", &format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"), 431, "head_too_large"),
        (
            "two keys",
            &format!("{post}Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 2\r\n\r\n{{}}"),
            400,
            "malformed_request",
        ),
    ];
    for (what, bytes, status, code) in table {
        println!("{what}");
        let mut connection = server.connect().await;
        connection.send(bytes.as_bytes()).await;
        connection.answer().await.refuses(*status, code);
    }
}

#[tokio::test]
async fn bodies_of_other_encodings_are_told_what_they_are() {
    let server = Server::with_limits(|_| {}).await;
    let post = "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    let utf_16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (body, told) in [("\u{feff}{}".as_bytes(), "byte order mark"), (&utf_16, "UTF-8")] {
        let mut connection = server.connect().await;
        let head = format!("{post}Content-Length: {}\r\n\r\n", body.len());
        connection.send(&[head.as_bytes(), body].concat()).await;
        let answer = connection.answer().await;
        answer.refuses(400, "malformed_request");
        assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.contains(told)), "{}", answer.json());
    }
}

#[tokio::test]
async fn what_http_allows_is_answered() {
    let server = Server::with_limits(|_| {}).await;
    let post = "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    let body = r#"{"email": "a@b", "password": "12345678"}"#;
    let chunked = format!("{:x}\r\n{body}\r\n0\r\nX-Trailer: a\r\n\r\n", body.len());
    let table: &[(&str, &str, u16)] = &[
        ("HTTP/1.0 without Host", "GET /v1/concerts HTTP/1.0\r\n\r\n", 200),
        ("an absolute address", "GET http://x/v1/concerts HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        ("an IPv6 Host", "GET /v1/concerts HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200),
        ("chunks and trailers", &format!("{post}Transfer-Encoding: Chunked\r\n\r\n{chunked}"), 401),
        ("identity", &format!("{post}Content-Encoding: identity\r\nContent-Length: {}\r\n\r\n{body}", body.len()), 401),
        ("HEAD", "HEAD /v1/concerts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
    ];
    for (what, bytes, status) in table {
        let mut connection = server.connect().await;
        connection.send(bytes.as_bytes()).await;
        if *what == "HEAD" {
            connection.hears("x-frame-options: DENY\r\n").await;
            continue;
        }
        let answer = connection.answer().await;
        assert_eq!(answer.status, *status, "{what}: {answer:?}");
        answer.is_guarded();
    }
}

#[tokio::test]
async fn requests_may_follow_one_another_without_waiting() {
    let server = Server::with_limits(|_| {}).await;
    let mut connection = server.connect().await;
    let none = b"GET /v1/concerts/none HTTP/1.1\r\nHost: x\r\n\r\n";
    connection.send(&[GET, none, GET, b"nonsense\r\n\r\n"].concat()).await;
    assert_eq!(connection.answer().await.status, 200);
    connection.answer().await.refuses(400, "malformed_request");
    assert_eq!(connection.answer().await.status, 200);
    assert_eq!(connection.answer().await.status, 400);
    connection.sees_the_end().await;
}

#[tokio::test]
async fn http_2_in_clear_is_not_spoken() {
    let server = Server::with_limits(|_| {}).await;
    let mut connection = server.connect().await;
    connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    connection.sees_the_end().await;
    // Nor by an upgrade.
    let mut upgrade = server.connect().await;
    let ask = "GET /v1/concerts HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
               HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n";
    upgrade.send(ask.as_bytes()).await;
    assert_eq!(upgrade.answer().await.status, 200);
}
