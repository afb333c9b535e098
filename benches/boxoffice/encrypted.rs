//! What encryption costs: positions polled through TLS against the same in clear. The load's own share of it is on the same cores
//! too, and counts.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use boxoffice::certificate::{LocalName, make};
use boxoffice::clock::SystemClock;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::ground::{Ground, Spec};
use crate::load::{self, Connection, Until, closed_loop, request, runtime};
use crate::report::{ROUNDS, Table, median, median_ratio, number};
use crate::server::Server;
use crate::{Bench, verified};

const CONNECTIONS: usize = 64;
const WAITING: u32 = 10_000;

pub fn run(bench: &mut Bench) -> Result<()> {
    let time = Until::Time(Duration::from_secs_f64(bench.seconds(2.0)));
    let load = runtime()?;
    let spec = Spec { users: WAITING + 1, joined: WAITING + 1, rows: 1, max_admitted: Some(1), ..Spec::default() };
    let ground = load.block_on(Ground::prepare(&spec))?;
    let name: LocalName = "localhost".parse().map_err(anyhow::Error::msg)?;
    let made = make(&ground.folder().join("tls"), &[name], &SystemClock::start())?;
    let second = ground.copy()?;
    let (plain, encrypted) =
        (Server::boxoffice(&ground.data)?, Server::encrypted(&second.data, &made.certificate, &made.key)?);
    let connector = connector(&made.authority)?;
    let tokens = ground.buyers.iter().filter_map(|buyer| buyer.token.as_deref());
    let polls: Rc<Vec<_>> =
        Rc::new(tokens.map(|token| request("GET", "/v1/queue/position", token, "", None)).collect());
    let (mut in_clear, mut through_tls, mut opened) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let seen = load.block_on(closed_loop(plain.address, CONNECTIONS, &polls, time))?;
        in_clear.push(seen.require(200)?.rate());
        let seen = load.block_on(async {
            let started = Instant::now();
            let open = shaken(encrypted.address, &connector).await?;
            opened.push(CONNECTIONS as f64 / started.elapsed().as_secs_f64());
            load::run(open, &polls, time, None).await
        })?;
        through_tls.push(seen.require(200)?.rate());
    }
    let ratio = median_ratio(&through_tls, &in_clear);
    let mut table = Table::new(&["polls a second in clear", "through TLS", "ratio", "new connections a second"]);
    let middle = |rounds| median(rounds, |rate: &f64| *rate);
    table.row([middle(in_clear), middle(through_tls), ratio, middle(opened)].map(number));
    table.print(&format!("TLS ({CONNECTIONS} connections, the middle of {ROUNDS} rounds)"));
    bench.targets.at_least("queue_position through TLS ÷ in clear", 0.7, ratio);
    plain.stop()?;
    encrypted.stop()?;
    verified(&ground)?;
    verified(&second)
}

/// So many connections, their handshakes made one after the other.
async fn shaken(address: SocketAddr, connector: &TlsConnector) -> Result<Vec<Connection<TlsStream<TcpStream>>>> {
    let mut open = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        open.push(Connection::over(connector.connect(ServerName::try_from("localhost")?, stream).await?));
    }
    Ok(open)
}

/// Trusts this authority alone, and resumes nothing: each handshake is a whole one.
fn connector(authority: &std::path::Path) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}
