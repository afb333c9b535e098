//! A certificate of the test's own, a server with it, and clients that trust it alone.

use std::path::PathBuf;
use std::sync::Arc;

use boxoffice::config::{Limits, TlsFiles};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::Server;

/// A certificate for `localhost` in files, and who trusts it.
pub struct Secured {
    pub files: TlsFiles,
    config: ClientConfig,
    _folder: TempDir,
}

pub fn secured() -> Secured {
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
    Secured { files, config, _folder: folder }
}

impl Secured {
    pub async fn server(&self, change: impl FnOnce(&mut Limits)) -> Server {
        Server::with(change, |config| config.tls = Some(self.files.clone())).await
    }

    /// A connection that offers these versions of HTTP, the best first.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn connect(&self, server: &Server, offers: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
        let mut config = self.config.clone();
        config.alpn_protocols = offers.iter().map(|offer| offer.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(server.address).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").expect("a name"), stream).await
    }
}
