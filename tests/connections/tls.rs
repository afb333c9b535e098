//! TLS: the same server through it, deadlines included, and nothing in clear on its port.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::secured::{Secured, secured};
use crate::support::{GET, SOON, Server};

/// Sends these bytes and hears all that comes.
async fn asks(secured: &Secured, server: &Server, bytes: &[u8]) -> std::io::Result<String> {
    let mut stream = secured.connect(server, &[]).await?;
    stream.write_all(bytes).await?;
    let mut heard = Vec::new();
    match stream.read_to_end(&mut heard).await {
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

const ONCE: &[u8] = b"GET /v1/concerts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn the_office_answers_through_tls_and_says_that_it_shall_stay_so() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    let heard = asks(&secured, &server, ONCE).await.expect("an answer");
    assert!(heard.starts_with("HTTP/1.1 200 "), "{heard}");
    assert!(heard.contains("\r\nstrict-transport-security: max-age=15768000\r\n"), "{heard}");
    assert!(heard.contains("\r\ncontent-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"), "{heard}");
    // The library's own refusals come through it as well.
    let heard = asks(&secured, &server, b"no request\r\n\r\n").await.expect("an answer");
    assert!(heard.starts_with("HTTP/1.1 400 ") && heard.contains("\"malformed_request\""), "{heard}");
}

#[tokio::test]
async fn what_is_no_tls_gets_no_answer_of_the_office() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    let mut stream = TcpStream::connect(server.address).await.expect("it listens");
    stream.write_all(GET).await.expect("sent");
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    assert!(!heard.starts_with(b"HTTP"), "{:?}", String::from_utf8_lossy(&heard));
    assert!(asks(&secured, &server, ONCE).await.is_ok(), "it serves on");
}

#[tokio::test]
async fn a_handshake_has_the_deadline_of_a_head() {
    let secured = secured();
    let server = secured.server(|limits| limits.read_patience = SOON).await;
    // Nothing at all, and the beginning of a greeting.
    for begin in [&b""[..], b"\x16\x03\x01\x02\x00"] {
        let mut stream = TcpStream::connect(server.address).await.expect("it listens");
        stream.write_all(begin).await.expect("sent");
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        assert_eq!(heard, b"");
    }
    let heard = asks(&secured, &server, b"GET /v1/concerts HTTP/1.1\r\nX-Slow: ").await.expect("an answer");
    assert!(heard.starts_with("HTTP/1.1 408 "), "{heard}");
}

#[tokio::test]
async fn a_client_chooses_its_version_of_http_in_the_greeting() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    for (offers, chosen) in [
        (&["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (&["http/1.1"][..], Some(&b"http/1.1"[..])),
        (&["http/1.1", "h2"][..], Some(&b"h2"[..])),
        (&[][..], None),
    ] {
        let stream = secured.connect(&server, offers).await.expect("it greets");
        assert_eq!(stream.get_ref().1.alpn_protocol(), chosen, "{offers:?}");
    }
    assert!(secured.connect(&server, &["spdy/1"]).await.is_err(), "what is not spoken is not agreed on");
}
