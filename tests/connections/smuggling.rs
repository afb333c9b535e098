//! Requests that two readers could part in two ways, each with another request hidden behind it: a proxy that read them otherwise
//! than the office would take the answer to what was hidden for the answer to its next client's request. So each gets one answer
//! or none, and the connection ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::support::Server;

/// So long nothing follows.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is hidden: its answer alone says this status.
const HIDDEN: &str = "DELETE /v1/concerts HTTP/1.1\r\nHost: x\r\n\r\n";

/// Sends all of it and no more; gives the statuses of the answers that come until the connection ends. The server ends it, at the
/// latest when nothing follows: a client that shut its side would have no answer to what was still worked on.
async fn statuses(server: &Server, bytes: &[u8]) -> Vec<u16> {
    let mut stream = server.connect().await.stream;
    // It may be closed in the middle.
    let _ = stream.write_all(bytes).await;
    let mut read = Vec::new();
    let _ = timeout(Duration::from_secs(60), stream.read_to_end(&mut read)).await.expect("it ends");
    let text = String::from_utf8_lossy(&read).into_owned();
    text.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.get(..3)?.parse().ok()).collect()
}

#[tokio::test]
async fn requests_of_every_smuggling_shape_get_one_answer_or_none() {
    let server = Server::with_limits(|limits| {
        (limits.idle_patience, limits.read_patience) = (PATIENCE, PATIENCE);
    });
    let server = server.await;
    let post = "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    // A head's lines; then the body as it would be with a length, and as it would be in chunks.
    let body = format!("0\r\n\r\n{HIDDEN}");
    let length = body.len();
    let codings = [
        "chunked",
        "CHUNKED",
        " chunked ",
        "\tchunked",
        "xchunked",
        "chunked,",
        ", chunked",
        "chunked, chunked",
        "chunked, identity",
        "identity, chunked",
        "identity",
        "gzip, chunked",
        "chunked;a=b",
        "\"chunked\"",
        "chunked\u{b}",
        "chunked\0",
        "chu\u{212a}ked",
        "",
        "cow",
        "deflate",
        "trailers",
    ];
    let mut shapes: Vec<(String, String)> = Vec::new();
    for coding in codings {
        let te = format!("Transfer-Encoding: {coding}");
        shapes.push((format!("{te:?} alone"), format!("{post}{te}\r\n\r\n{body}")));
        shapes
            .push((format!("{te:?} after a length"), format!("{post}Content-Length: {length}\r\n{te}\r\n\r\n{body}")));
        shapes
            .push((format!("{te:?} before a length"), format!("{post}{te}\r\nContent-Length: {length}\r\n\r\n{body}")));
        shapes.push((format!("{te:?} and none"), format!("{post}{te}\r\nContent-Length: 0\r\n\r\n{body}")));
        shapes.push((format!("{te:?} twice"), format!("{post}{te}\r\nTransfer-Encoding: chunked\r\n\r\n{body}")));
        let old = post.replacen("HTTP/1.1", "HTTP/1.0", 1);
        shapes.push((format!("{te:?} in HTTP/1.0"), format!("{old}{te}\r\nContent-Length: {length}\r\n\r\n{body}")));
    }
    for line in [
        "Transfer-Encoding : chunked",
        " Transfer-Encoding: chunked",
        "Transfer-Encoding\t: chunked",
        "Transfer-Encoding:\r\n chunked",
        "X: y\nTransfer-Encoding: chunked",
        "X: y\rTransfer-Encoding: chunked",
        "Transfer-Encoding\0: chunked",
        "Transfer_Encoding: chunked",
        "Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding",
        "Content-Length: 0\r\nConnection: Content-Length",
        "X: y\r\n: z",
        "X\r\nY: z",
        "Content-Length\u{a0}: 0",
    ] {
        let with_length = format!("{post}{line}\r\nContent-Length: {length}\r\n\r\n{body}");
        shapes.push((format!("{line:?} and a length"), with_length));
    }
    for lengths in [
        "+5",
        "-5",
        "0x5",
        "5 5",
        "5, 5",
        "5,6",
        "5;",
        "5.0",
        "5e1",
        "\u{665}",
        "",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999",
        "-0",
        "0\r\nContent-Length: 5",
        "5\r\nContent-Length: 0",
    ] {
        let head = format!("{post}Content-Length: {lengths}\r\n\r\n");
        shapes.push((format!("a length of {lengths:?}"), format!("{head}{{}}   {HIDDEN}")));
    }
    for chunks in [
        "0x0\r\n\r\n",
        "-1\r\n\r\n",
        "+0\r\n\r\n",
        " 0\r\n\r\n",
        "0 \r\n\r\n",
        "00000000000000000000\r\n\r\n",
        "g\r\n\r\n",
        "\r\n\r\n",
        "0\n\n",
        "0\r\r",
        "0;a=b\r\n\r\n",
        "0;a\n\r\n\r\n",
        "0;\"\r\n\r\n",
        "ffffffffffffffff\r\n",
        "10000000000000000\r\n",
        "fffffffffffffffff0\r\n",
        "2\r\n{}0\r\n\r\n",
        "2\n{}\r\n0\r\n\r\n",
        "2\r\n{}\n0\r\n\r\n",
        "1\r\n{}\r\n0\r\n\r\n",
        "0\r\nContent-Length: 0\r\n\r\n",
        "0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "0\r\n a\r\n\r\n",
        "0\r\nX\r\n\r\n",
    ] {
        let head = format!("{post}Transfer-Encoding: chunked\r\n\r\n");
        shapes.push((format!("chunks {chunks:?}"), format!("{head}{chunks}{HIDDEN}")));
    }
    for (what, line) in [
        ("no version", "GET /v1/concerts"),
        ("another", "GET /v1/concerts HTTP/1.2"),
        ("none", "GET /v1/concerts HTTP/"),
        ("a later", "GET /v1/concerts HTTP/2.0"),
        ("two blanks", "GET  /v1/concerts HTTP/1.1"),
        ("a tab", "GET\t/v1/concerts\tHTTP/1.1"),
        ("one address more", "GET /v1/concerts /a HTTP/1.1"),
        ("no address", "GET HTTP/1.1"),
        ("a method with a colon", "GE:T /v1/concerts HTTP/1.1"),
        ("a fragment", "GET /v1/concerts#a HTTP/1.1"),
        ("a line end in the address", "GET /v1/concerts\nHost: y HTTP/1.1"),
        ("a NUL", "GET /v1/con\0certs HTTP/1.1"),
        ("a tunnel", "CONNECT x:80 HTTP/1.1"),
    ] {
        // With the hidden one as the body of a GET that says it has none.
        shapes.push((
            format!("a line with {what}"),
            format!("{line}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        ));
    }
    shapes.push(("an upgrade".to_owned(), format!("GET /v1/concerts HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: {}\r\n\r\n{HIDDEN}", HIDDEN.len())));
    shapes.push((
        "a body that nobody asked for".to_owned(),
        format!("GET /v1/concerts HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{HIDDEN}", HIDDEN.len()),
    ));
    shapes.push((
        "a promise".to_owned(),
        format!("{post}Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n{body}"),
    ));

    // What is hidden has an answer, and would be answered behind a plain request too. A server that is kept from the cores for long
    // may give up before.
    let two = format!("GET /v1/concerts HTTP/1.1\r\nHost: x\r\n\r\n{HIDDEN}");
    for (bytes, expected) in [(HIDDEN, &[405][..]), (&two, &[200, 405])] {
        let mut seen = Vec::new();
        for _ in 0..10 {
            seen = statuses(&server, bytes.as_bytes()).await;
            if seen == expected {
                break;
            }
        }
        assert_eq!(seen, expected);
    }
    let all = shapes.iter().map(|(_, bytes)| statuses(&server, bytes.as_bytes()));
    let all = futures_util::future::join_all(all).await;
    let mut answered = 0;
    for ((what, _), statuses) in shapes.iter().zip(all) {
        // What is no request is told, and told that it comes too late.
        let last: Vec<_> = statuses.iter().filter(|status| ![100, 408].contains(*status)).collect();
        assert!(last.len() < 2 && !last.contains(&&405), "{what}: {statuses:?}");
        assert!(
            statuses.iter().all(|status| *status < 500 || *status == 501 || *status == 505),
            "{what}: {statuses:?}"
        );
        answered += last.len();
    }
    println!("{answered} of {} shapes were answered, each once", shapes.len());
    server.is_served().await;
}
