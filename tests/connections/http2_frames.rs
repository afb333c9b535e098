//! HTTP/2 as no client of the field sends it: frame by frame, too many, half, cut off.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::secured::{Secured, secured};
use crate::support::{SOON, Server};

const LONG: Duration = Duration::from_secs(60);
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const PING: u8 = 0x6;
const GOAWAY: u8 = 0x7;
const CONTINUATION: u8 = 0x9;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const REFUSED_STREAM: u32 = 0x7;

/// A frame that came.
#[derive(Debug)]
struct Frame {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Frame {
    fn code(&self) -> u32 {
        u32::from_be_bytes(self.payload[..4].try_into().expect("four bytes"))
    }
}

struct Raw(TlsStream<TcpStream>);

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a length").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header that no table knows (RFC 7541, section 6.2.2).
fn header(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    [vec![0], text(name), text(value)].concat()
}

fn head(method: &str, path: &str) -> Vec<u8> {
    let pseudo = [(":method", method), (":scheme", "https"), (":path", path), (":authority", "localhost")];
    pseudo.iter().flat_map(|(name, value)| header(name, value)).collect()
}

impl Raw {
    async fn connect(secured: &Secured, server: &Server) -> Self {
        let mut raw = Self(secured.connect(server, &["h2"]).await.expect("it greets"));
        raw.send(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await;
        raw
    }

    /// Sends; a server that closed meanwhile is no failure here.
    async fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
        let _ = self.0.flush().await;
    }

    /// The next frame; none when the server has closed the connection.
    async fn next(&mut self) -> Option<Frame> {
        let reads = async {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).await.ok()?;
            let [a, b, c, kind, _, stream @ ..] = head;
            let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
            self.0.read_exact(&mut payload).await.ok()?;
            Some(Frame { kind, stream: u32::from_be_bytes(stream), payload })
        };
        timeout(LONG, reads).await.expect("a frame or the end in time")
    }

    /// Waits for a frame of this kind.
    async fn hears(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed before a frame of kind {kind}"));
            if frame.kind == kind {
                return frame;
            }
        }
    }

    async fn sees_the_end(mut self) {
        while self.next().await.is_some() {}
    }
}

#[tokio::test]
async fn more_requests_than_at_once_are_refused_one_by_one() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    let mut raw = Raw::connect(&secured, &server).await;
    let settings = raw.hears(SETTINGS).await;
    let most = settings.payload.chunks(6).find(|pair| pair[..2] == [0, 3]).expect("SETTINGS_MAX_CONCURRENT_STREAMS");
    let most = u32::from_be_bytes(most[2..].try_into().expect("four bytes"));
    assert!(most <= 100, "{most}");
    raw.send(&frame(SETTINGS, 1, 0, &[])).await;
    for number in 0..=most {
        raw.send(&frame(HEADERS, END_HEADERS, 2 * number + 1, &head("POST", "/v1/sessions"))).await;
    }
    let refused = raw.hears(RST_STREAM).await;
    assert_eq!((refused.stream, refused.code()), (2 * most + 1, REFUSED_STREAM));
    // The others go on.
    raw.send(&frame(DATA, END_STREAM, 1, b"{}")).await;
    assert_eq!(raw.hears(HEADERS).await.stream, 1);
}

#[tokio::test]
async fn resets_without_end_end_the_connection() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    for pause in [false, true] {
        let mut raw = Raw::connect(&secured, &server).await;
        let mut stream = 1;
        let floods = async {
            loop {
                let ask = frame(HEADERS, END_HEADERS, stream, &head("POST", "/v1/sessions"));
                let reset = frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
                // In one piece the server sees both at once; apart it has begun to answer.
                if pause {
                    raw.send(&ask).await;
                    raw.send(&frame(PING, 0, 0, &[0; 8])).await;
                    loop {
                        match raw.next().await {
                            None => return,
                            Some(frame) if frame.kind == PING => break,
                            Some(_) => {}
                        }
                    }
                    raw.send(&reset).await;
                } else if raw.0.write_all(&[ask, reset].concat()).await.is_err() || raw.0.flush().await.is_err() {
                    return;
                }
                stream += 2;
                assert!(stream < 200_000, "a hundred thousand were taken");
            }
        };
        timeout(LONG, floods).await.expect("it ends in time");
        raw.sees_the_end().await;
    }
    let mut other = Raw::connect(&secured, &server).await;
    other.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &head("GET", "/v1/concerts"))).await;
    assert_eq!(other.hears(HEADERS).await.stream, 1, "others are served");
}

#[tokio::test]
async fn what_is_half_here_has_the_deadline_of_a_head() {
    let secured = secured();
    let server = secured.server(|limits| limits.read_patience = SOON).await;
    let get = frame(HEADERS, END_HEADERS | END_STREAM, 1, &head("GET", "/v1/concerts"));
    let half_head = frame(HEADERS, END_STREAM, 3, &head("GET", "/v1/concerts"));
    let half_frame = frame(DATA, 0, 3, &[0; 100])[..20].to_vec();
    for half in [Vec::new(), half_head.clone(), half_frame] {
        // As the first that is said, and after an answer.
        let mut fresh = Raw::connect(&secured, &server).await;
        fresh.send(&half).await;
        fresh.sees_the_end().await;
        if half.is_empty() {
            continue;
        }
        let mut after = Raw::connect(&secured, &server).await;
        after.send(&get).await;
        after.hears(HEADERS).await;
        after.send(&half).await;
        after.sees_the_end().await;
    }
    // A head that goes on and on is no younger for that.
    let mut drips = Raw::connect(&secured, &server).await;
    drips.send(&half_head).await;
    let dripping = async {
        let (mut reader, mut writer) = tokio::io::split(drips.0);
        let drop = frame(CONTINUATION, 0, 3, &header("a", "b"));
        let sends = async {
            while writer.write_all(&drop).await.is_ok() && writer.flush().await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            std::future::pending::<()>().await
        };
        let mut heard = Vec::new();
        tokio::select! {
            () = sends => {}
            _ = reader.read_to_end(&mut heard) => {}
        }
    };
    timeout(LONG, dripping).await.expect("it is closed in time");
}

#[tokio::test]
async fn a_head_without_bound_is_refused() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    let mut raw = Raw::connect(&secured, &server).await;
    raw.send(&frame(HEADERS, END_STREAM, 1, &head("GET", "/v1/concerts"))).await;
    let piece: Vec<u8> = (0..50).flat_map(|_| header("x-long", &"a".repeat(100))).collect();
    let floods = async {
        for _ in 0..10_000 {
            if raw.0.write_all(&frame(CONTINUATION, 0, 1, &piece)).await.is_err() || raw.0.flush().await.is_err() {
                return;
            }
        }
        panic!("fifty megabytes of head were taken");
    };
    timeout(LONG, floods).await.expect("it ends in time");
}

#[tokio::test]
async fn a_goodbye_is_said_before_an_idle_connection_goes() {
    let secured = secured();
    let server = secured.server(|limits| limits.idle_patience = SOON).await;
    let mut raw = Raw::connect(&secured, &server).await;
    raw.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &head("GET", "/v1/concerts"))).await;
    raw.hears(HEADERS).await;
    // It never says that it has heard so, and is closed all the same.
    raw.hears(GOAWAY).await;
    raw.sees_the_end().await;
}
