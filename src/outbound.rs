//! Requests that the box office itself makes: to payment providers, to receivers of its webhooks. HTTP/1.1, TLS by rustls
//! with the system's certificates, one request a connection, everything within a time. No redirects are followed, and the
//! address that was checked is the one that is spoken to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

/// An answer may be so long.
const MOST_ANSWER_BYTES: usize = 1 << 20;

/// Whom a request may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Whoever the operator named.
    Anybody,
    /// Only addresses of the public network, whatever a name stands for.
    Public,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// GET, POST.
    pub method: &'static str,
    /// Where to; `http` or `https`.
    pub url: &'a Url,
    /// Beside `Host` and `User-Agent`.
    pub headers: Vec<(&'a str, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// Whom it may reach.
    pub reach: Reach,
}

/// An answer that came whole.
#[derive(Clone, Debug)]
pub struct Heard {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// Why no answer came. The other side may have done what it was asked for all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// The name stands for no address, or nobody listens there.
    #[error("cannot be reached")]
    Unreachable,
    /// The name stands for an address that requests may not go to.
    #[error("has an address that is not public")]
    NotPublic,
    /// TLS came to nothing: its certificate is not trusted, or it speaks none.
    #[error("speaks no TLS that is trusted")]
    NoTls,
    /// It took too long.
    #[error("did not answer in time")]
    Late,
    /// The connection broke, or what came was no HTTP, or too long.
    #[error("broke off")]
    Broken,
}

/// The way out.
pub struct Outbound {
    ca: Vec<CertificateDer<'static>>,
    patience: Duration,
    /// Made at the first request that needs it: reading the system's certificates takes longer than a start.
    tls: OnceCell<TlsConnector>,
}

impl Outbound {
    /// A way on which the certificates of this file (PEM) are trusted beside the system's, and every request has `patience`.
    ///
    /// # Errors
    /// A file that cannot be read, or has no certificate.
    pub fn open(ca: Option<&Path>, patience: Duration) -> anyhow::Result<Self> {
        let certificates = |path: &Path| {
            let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let all = all.with_context(|| format!("reading certificates from {}", path.display()))?;
            anyhow::ensure!(!all.is_empty(), "{} has no certificate", path.display());
            Ok(all)
        };
        let ca = ca.map(certificates).transpose()?.unwrap_or_default();
        Ok(Self { ca, patience, tls: OnceCell::new() })
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// [`Silence`].
    pub async fn send(&self, call: &Call<'_>) -> Result<Heard, Silence> {
        // Dropped half way, the connection is closed.
        tokio::time::timeout(self.patience, self.talk(call)).await.unwrap_or(Err(Silence::Late))
    }

    /// Opens a connection to this address's host; by TLS, if that is what the address says.
    ///
    /// # Errors
    /// [`Silence`].
    pub async fn open_to(&self, url: &Url, reach: Reach) -> Result<Box<dyn Stream>, Silence> {
        let stream = connect(url, reach).await?;
        if url.scheme() != "https" {
            return Ok(Box::new(stream));
        }
        let tls = self.tls.get_or_try_init(|| connector(self.ca.clone())).await?;
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).map_err(|_| Silence::NoTls)?,
            Some(Host::Ipv4(address)) => ServerName::IpAddress(IpAddr::V4(address).into()),
            Some(Host::Ipv6(address)) => ServerName::IpAddress(IpAddr::V6(address).into()),
            None => return Err(Silence::Unreachable),
        };
        Ok(Box::new(tls.connect(name, stream).await.map_err(|_| Silence::NoTls)?))
    }

    async fn talk(&self, call: &Call<'_>) -> Result<Heard, Silence> {
        exchange(self.open_to(call.url, call.reach).await?, call).await
    }
}

/// What a connection is read from and written to, in the clear or by TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection to the first address of the host that answers; each is looked at before it is spoken to.
async fn connect(url: &Url, reach: Reach) -> Result<TcpStream, Silence> {
    let port = url.port_or_known_default().ok_or(Silence::Unreachable)?;
    let addresses: Vec<SocketAddr> = match url.host() {
        Some(Host::Domain(name)) => {
            tokio::net::lookup_host((name, port)).await.map_err(|_| Silence::Unreachable)?.collect()
        }
        Some(Host::Ipv4(address)) => vec![(address, port).into()],
        Some(Host::Ipv6(address)) => vec![(address, port).into()],
        None => return Err(Silence::Unreachable),
    };
    let mut last = Silence::Unreachable;
    for address in addresses {
        if reach == Reach::Public && !is_public(address.ip()) {
            last = Silence::NotPublic;
            continue;
        }
        if let Ok(stream) = TcpStream::connect(address).await {
            let _ = stream.set_nodelay(true);
            return Ok(stream);
        }
        last = Silence::Unreachable;
    }
    Err(last)
}

async fn exchange(stream: Box<dyn Stream>, call: &Call<'_>) -> Result<Heard, Silence> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Silence::Broken)?;
    let request = request(call).ok_or(Silence::Broken)?;
    let answer = async move {
        let response = sender.send_request(request).await.map_err(|_| Silence::Broken)?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MOST_ANSWER_BYTES).collect().await;
        Ok(Heard { status, body: body.map_err(|_| Silence::Broken)?.to_bytes() })
    };
    // The connection lives as long as the answer is waited for, and no longer.
    tokio::pin!(connection);
    tokio::pin!(answer);
    let mut is_open = true;
    loop {
        tokio::select! {
            answer = &mut answer => return answer,
            _ = &mut connection, if is_open => is_open = false,
        }
    }
}

/// What `Host` says of this address: its host, and the port if that is said.
pub fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn request(call: &Call<'_>) -> Option<Request<Full<Bytes>>> {
    let target = match call.url.query() {
        Some(query) => format!("{}?{query}", call.url.path()),
        None => call.url.path().to_owned(),
    };
    let host = host_of(call.url)?;
    let mut request = Request::builder()
        .method(call.method)
        .uri(target)
        .header("host", host)
        .header("user-agent", concat!("boxoffice/", env!("CARGO_PKG_VERSION")))
        .header("accept", "application/json");
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    request.body(Full::new(Bytes::from(call.body.clone()))).ok()
}

async fn connector(ca: Vec<CertificateDer<'static>>) -> Result<TlsConnector, Silence> {
    let read = tokio::task::spawn_blocking(move || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(ca);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Some(TlsConnector::from(Arc::new(config)))
    });
    read.await.ok().flatten().ok_or(Silence::NoTls)
}

/// Whether an address is one of the public network: not this machine's, not of a network behind it.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let inner = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match parts {
        // What stands for an IPv4 address is as public as that: by NAT64, by 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => is_public_v4(inner(high, low)),
        [0x2001, 0xdb8, ..] | [0x64, 0xff9b, ..] => false,
        // The public network's part so far: 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    #[test]
    fn addresses_behind_the_public_network_are_told_apart() {
        let inner = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "ff02::1",
        ];
        for address in inner {
            assert!(!is_public(address.parse().expect("an address")), "{address}");
        }
        for address in ["1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
    }
}
