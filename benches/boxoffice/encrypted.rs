//! What encryption costs: positions polled through TLS against the same in clear, over HTTP/1.1 and, with many at once on each
//! connection, over HTTP/2. The load's own share of it is on the same cores too, and counts; what the server needs for each does not
//! depend on it.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use boxoffice::certificate::{LocalName, make};
use boxoffice::clock::SystemClock;
use hyper::body::Bytes;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::ground::{Ground, Spec};
use crate::load::{self, Connection, Until, closed_loop, request, runtime};
use crate::report::{ROUNDS, Table, median, median_ratio, number};
use crate::server::{Cpu, Server};
use crate::{Bench, verified};

const CONNECTIONS: usize = 64;
const WAITING: u32 = 10_000;
/// Over HTTP/2: connections, and requests at once on each of them.
const SHARED: usize = 4;
const AT_ONCE: usize = CONNECTIONS / SHARED;

/// One round of one way.
struct Polled {
    rate: f64,
    /// The server's own.
    micros_each: f64,
}

impl Polled {
    fn of(server: &Server, before: Cpu, count: u64, seconds: f64) -> Result<Self> {
        let used = server.cpu()?.seconds() - before.seconds();
        Ok(Self { rate: count as f64 / seconds, micros_each: used * 1e6 / count as f64 })
    }
}

pub fn run(bench: &mut Bench) -> Result<()> {
    let time = Duration::from_secs_f64(bench.seconds(2.0));
    let until = Until::Time(time);
    let load = runtime()?;
    let spec = Spec { users: WAITING + 1, joined: WAITING + 1, rows: 1, max_admitted: Some(1), ..Spec::default() };
    let ground = load.block_on(Ground::prepare(&spec))?;
    let name: LocalName = "localhost".parse().map_err(anyhow::Error::msg)?;
    let made = make(&ground.folder().join("tls"), &[name], &SystemClock::start())?;
    let second = ground.copy()?;
    let (plain, encrypted) =
        (Server::boxoffice(&ground.data)?, Server::encrypted(&second.data, &made.certificate, &made.key)?);
    let (one_by_one, many_at_once) = (connector(&made.authority, b"http/1.1")?, connector(&made.authority, b"h2")?);
    let tokens: Vec<_> = ground.buyers.iter().filter_map(|buyer| buyer.token.as_deref()).collect();
    let polls = tokens.iter().map(|token| request("GET", "/v1/queue/position", token, "", None));
    let polls: Rc<Vec<_>> = Rc::new(polls.collect());
    let (mut in_clear, mut through_tls, mut over_http2, mut opened) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = plain.cpu()?;
        let seen = load.block_on(closed_loop(plain.address, CONNECTIONS, &polls, until))?;
        in_clear.push(Polled::of(&plain, before, seen.require(200)?.count(), seen.seconds)?);
        let started = Instant::now();
        let open = load.block_on(shaken(encrypted.address, &one_by_one, CONNECTIONS))?;
        opened.push(CONNECTIONS as f64 / started.elapsed().as_secs_f64());
        let before = encrypted.cpu()?;
        let seen = load.block_on(load::run(open.into_iter().map(Connection::over).collect(), &polls, until, None))?;
        through_tls.push(Polled::of(&encrypted, before, seen.require(200)?.count(), seen.seconds)?);
        let open = load.block_on(shaken(encrypted.address, &many_at_once, SHARED))?;
        let before = encrypted.cpu()?;
        let (count, seconds) = load.block_on(shared(open, &tokens, time))?;
        over_http2.push(Polled::of(&encrypted, before, count, seconds)?);
    }
    let rates = |rounds: &[Polled]| rounds.iter().map(|round| round.rate).collect::<Vec<_>>();
    let mut table = Table::new(&["polls", "a second", "of those in clear", "server µs each"]);
    for (name, rounds) in
        [("in clear", &in_clear), ("through TLS", &through_tls), ("through TLS over HTTP/2", &over_http2)]
    {
        let ratio = median_ratio(&rates(rounds), &rates(&in_clear));
        let micros = median(rounds.iter().collect(), |round| round.micros_each).micros_each;
        let rate = median(rates(rounds), |rate| *rate);
        table.row([name.to_owned()].into_iter().chain([rate, ratio, micros].map(number)));
    }
    table.print(&format!(
        "TLS ({CONNECTIONS} connections, or {SHARED} with {AT_ONCE} requests at once over HTTP/2; the middle of {ROUNDS} rounds; {:.0} new \
         connections a second)",
        median(opened, |rate| *rate)
    ));
    bench.targets.at_least(
        "queue_position through TLS ÷ in clear",
        0.7,
        median_ratio(&rates(&through_tls), &rates(&in_clear)),
    );
    plain.stop()?;
    encrypted.stop()?;
    verified(&ground)?;
    verified(&second)
}

/// So many connections, their handshakes made one after the other.
async fn shaken(address: SocketAddr, connector: &TlsConnector, count: usize) -> Result<Vec<TlsStream<TcpStream>>> {
    let mut open = Vec::with_capacity(count);
    for _ in 0..count {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        open.push(connector.connect(ServerName::try_from("localhost")?, stream).await?);
    }
    Ok(open)
}

/// Polls for so long over HTTP/2; gives how many were answered, in how many seconds.
async fn shared(open: Vec<TlsStream<TcpStream>>, tokens: &[&str], time: Duration) -> Result<(u64, f64)> {
    let (local, started) = (LocalSet::new(), Instant::now());
    let tokens: Rc<Vec<_>> = Rc::new(tokens.iter().map(|&token| token.to_owned()).collect());
    let mut polls = Vec::new();
    for (connection, stream) in open.into_iter().enumerate() {
        let (send, driver) = h2::client::handshake(stream).await?;
        local.spawn_local(driver);
        for place in 0..AT_ONCE {
            let first = (connection * AT_ONCE + place) * tokens.len() / CONNECTIONS;
            polls.push(local.spawn_local(poll(send.clone(), tokens.clone(), first, started + time)));
        }
    }
    let count = local.run_until(async {
        let mut count = 0;
        for poll in polls {
            count += poll.await??;
        }
        Ok::<_, anyhow::Error>(count)
    });
    Ok((count.await?, started.elapsed().as_secs_f64()))
}

/// One request after the other, on a connection that others share; with these tokens from the first on.
async fn poll(
    send: h2::client::SendRequest<Bytes>,
    tokens: Rc<Vec<String>>,
    first: usize,
    until: Instant,
) -> Result<u64> {
    let mut count = 0;
    for token in tokens.iter().cycle().skip(first) {
        if Instant::now() >= until {
            break;
        }
        let request = hyper::Request::get("https://localhost/v1/queue/position");
        let request = request.header("authorization", format!("Bearer {token}")).body(())?;
        let (answer, _) = send.clone().ready().await?.send_request(request, true)?;
        let (head, mut body) = answer.await?.into_parts();
        ensure!(head.status == 200, "expected 200: {}", head.status);
        while let Some(some) = body.data().await {
            body.flow_control().release_capacity(some?.len())?;
        }
        count += 1;
    }
    Ok(count)
}

/// Trusts this authority alone, speaks this protocol, and resumes nothing: each handshake is a whole one.
fn connector(authority: &std::path::Path, protocol: &[u8]) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}
