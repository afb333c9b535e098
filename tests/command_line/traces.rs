//! What a collector of traces asks for as headers, said in OpenTelemetry's own variable: it arrives there, and nowhere else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::support::{Folder, Server, serve_command};

const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// A collector that takes everything and remembers the heads, in small letters.
struct Collector {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (address, heads) = (listener.local_addr().expect("its address"), Arc::<Mutex<Vec<String>>>::default());
        let kept = heads.clone();
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for peer in listener.incoming().flatten() {
                let kept = kept.clone();
                std::thread::spawn(move || while take(&peer, &kept).is_some() {});
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("the heads").clone()
    }
}

/// One request and its answer; none when the peer has gone.
fn take(peer: &TcpStream, kept: &Mutex<Vec<String>>) -> Option<()> {
    let (mut reader, mut head) = (BufReader::new(peer), String::new());
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).ok().filter(|length| *length > 0)?;
    }
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    reader.read_exact(&mut vec![0; length.unwrap_or(0)]).ok()?;
    // Only names in small letters: what a header says is kept as it came.
    let told = head.lines().map(|line| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
        None => line.to_owned(),
    });
    kept.lock().ok()?.push(told.collect::<Vec<_>>().join("\n"));
    let mut peer = peer;
    peer.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}").ok()
}

/// Serves with a collector and these headers for it, asks for something, stops; gives the log.
async fn traced(collector: &Collector, headers: Option<&str>) -> String {
    let folder = Folder::new();
    let mut command = serve_command(&folder.data());
    command.args(["--otlp", &format!("http://{}", collector.address)]).env_remove(HEADERS);
    if let Some(headers) = headers {
        command.env(HEADERS, headers);
    }
    let server = Server::start(command);
    assert_eq!(server.get("/v1/venue", "").await.status, 200);
    server.stop()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_the_headers_that_it_asks_for() {
    let collector = Collector::start();
    let log = traced(&collector, Some("authorization=Bearer%20of-the-Collector,X-Scope-OrgID=saal")).await;
    let heads = collector.heads();
    assert!(!heads.is_empty(), "nothing was told: {log}");
    for head in &heads {
        assert!(head.starts_with("POST /v1/traces HTTP/1.1\n"), "{head}");
        for line in ["authorization: Bearer of-the-Collector", "x-scope-orgid: saal"] {
            assert!(head.lines().any(|of| of == line), "without {line}: {head}");
        }
    }
    assert!(!log.contains("of-the-Collector"), "a secret in the log: {log}");

    let unasked = Collector::start();
    traced(&unasked, None).await;
    assert!(!unasked.heads().is_empty());
    assert!(unasked.heads().iter().all(|head| !head.contains("authorization") && !head.contains("x-scope")));
}
