//! An HTTP server on loopback that says what a test tells it to, once for each request, and remembers what it was asked: for
//! payment providers and for receivers of webhooks.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Said {
    /// Answers so.
    Bytes(Vec<u8>),
    /// Says nothing.
    Hangs,
    /// Closes at once.
    Drops,
}

impl Said {
    pub fn answer(status: u16, body: Value) -> Self {
        let body = body.to_string();
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        Self::Bytes((head + &body).into_bytes())
    }

    pub fn raw(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

#[derive(Default)]
struct State {
    says: VecDeque<Said>,
    asked: Vec<Asked>,
}

/// A server that ends with this.
pub struct ProviderServer {
    pub address: SocketAddr,
    /// The certificate to trust.
    pub ca: PathBuf,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
    _folder: TempDir,
}

impl Drop for ProviderServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl ProviderServer {
    pub async fn start() -> Self {
        Self::serve(false).await
    }

    pub async fn start_with_tls() -> Self {
        Self::serve(true).await
    }

    async fn serve(tls: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ca = folder.path().join("ca.pem");
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = certificate.self_signed(&key).expect("a certificate");
        std::fs::write(&ca, certificate.pem()).expect("a file");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).expect("a certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (address, state) = (listener.local_addr().expect("an address"), Arc::new(Mutex::new(State::default())));
        let of_server = state.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, acceptor) = (of_server.clone(), acceptor.clone());
                tokio::spawn(async move {
                    if !tls {
                        talk(stream, &state).await;
                    } else if let Ok(stream) = acceptor.accept(stream).await {
                        talk(stream, &state).await;
                    }
                });
            }
        });
        Self { address, ca, state, server, _folder: folder }
    }

    /// What it says to the next request; when it has nothing more to say, it answers 503.
    pub fn say(&self, said: Said) {
        self.state.lock().says.push_back(said);
    }

    /// All it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().asked.clone()
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, state: &Mutex<State>) {
    let Some(asked) = read(&mut stream).await else { return };
    let said = {
        let mut state = state.lock();
        state.asked.push(asked);
        state.says.pop_front().unwrap_or_else(|| Said::answer(503, Value::Null))
    };
    match said {
        Said::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Said::Hangs => std::future::pending().await,
        Said::Drops => {}
    }
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await.ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&more[..read]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let line = lines.next().unwrap_or_default().to_owned();
    let headers: Vec<_> =
        lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.and_then(|(_, length)| length.parse().ok()).unwrap_or(0);
    let mut body = bytes[end..].to_vec();
    while body.len() < length {
        let mut more = [0; 4096];
        match stream.read(&mut more).await.ok()? {
            0 => return None,
            read => body.extend_from_slice(&more[..read]),
        }
    }
    Some(Asked { line, headers, body })
}
