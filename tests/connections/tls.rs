//! TLS: the same server through it, deadlines included, and nothing in clear on its port.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use boxoffice::config::TlsFiles;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::{GET, SOON, Server};

/// A certificate for `localhost` in files, and a client that trusts it alone.
struct Secured {
    files: TlsFiles,
    connector: TlsConnector,
    _folder: TempDir,
}

fn secured() -> Secured {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let write = |name: &str, pem: String| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).expect("a file");
        path
    };
    let files = TlsFiles {
        certificate: write("certificate.pem", cert.pem()),
        key: write("key.pem", signing_key.serialize_pem()),
    };
    let mut roots = RootCertStore::empty();
    let trusted = rustls::pki_types::CertificateDer::from_pem_file(&files.certificate).expect("a certificate");
    roots.add(trusted).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Secured { files, connector: TlsConnector::from(Arc::new(config)), _folder: folder }
}

impl Secured {
    async fn server(&self, change: impl FnOnce(&mut boxoffice::config::Limits)) -> Server {
        Server::with(change, |config| config.tls = Some(self.files.clone())).await
    }

    async fn asks(&self, address: SocketAddr, bytes: &[u8]) -> std::io::Result<String> {
        let stream = TcpStream::connect(address).await?;
        let mut stream = self.connector.connect(ServerName::try_from("localhost").expect("a name"), stream).await?;
        stream.write_all(bytes).await?;
        let mut heard = Vec::new();
        match stream.read_to_end(&mut heard).await {
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
            _ => {}
        }
        Ok(String::from_utf8_lossy(&heard).into_owned())
    }
}

const ONCE: &[u8] = b"GET /v1/concerts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn the_office_answers_through_tls_and_says_that_it_shall_stay_so() {
    let secured = secured();
    let server = secured.server(|_| {}).await;
    let heard = secured.asks(server.address, ONCE).await.expect("an answer");
    assert!(heard.starts_with("HTTP/1.1 200 "), "{heard}");
    assert!(heard.contains("\r\nstrict-transport-security: max-age=15768000\r\n"), "{heard}");
    assert!(heard.contains("\r\ncontent-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"), "{heard}");
    // The library's own refusals come through it as well.
    let heard = secured.asks(server.address, b"no request\r\n\r\n").await.expect("an answer");
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
    assert!(secured.asks(server.address, ONCE).await.is_ok(), "it serves on");
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
    let heard = secured.asks(server.address, b"GET /v1/concerts HTTP/1.1\r\nX-Slow: ").await.expect("an answer");
    assert!(heard.starts_with("HTTP/1.1 408 "), "{heard}");
}
