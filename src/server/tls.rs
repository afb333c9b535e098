//! TLS with the certificate of the operator's files. They are looked at now and then: renewed ones are taken up without a
//! restart, broken ones are told and left, and the last good pair goes on.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use parking_lot::{Mutex, RwLock};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;
use crate::server::stream::{HTTP1, HTTP2};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The certificate in use, and where it is from.
#[derive(Debug)]
pub(super) struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
    /// What the files looked like when they were last read.
    seen: Mutex<Looks>,
}

/// Which file each is, when it was changed last, to the nanosecond, and how long it is.
type Looks = [Option<(u64, i64, i64, u64)>; 2];

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// When they are no certificate with its key.
    pub(super) fn read(files: &TlsFiles) -> anyhow::Result<Arc<Self>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let seen = Mutex::new(looks(&files.certificate, &files.key));
        let current = RwLock::new(pair(&provider, &files.certificate, &files.key)?);
        let (certificate, key) = (files.certificate.clone(), files.key.clone());
        Ok(Arc::new(Self { certificate, key, provider, current, seen }))
    }

    /// Takes up the files if they have changed. True when there is a new certificate.
    pub(super) fn look(&self) -> bool {
        let looks = looks(&self.certificate, &self.key);
        let mut seen = self.seen.lock();
        if *seen == looks {
            return false;
        }
        *seen = looks;
        match pair(&self.provider, &self.certificate, &self.key) {
            Ok(pair) => {
                *self.current.write() = pair;
                tracing::info!(certificate = %self.certificate.display(), "a renewed certificate is in use");
                true
            }
            Err(error) => {
                tracing::error!("the renewed certificate cannot be used, the one before stays in use: {error:#}");
                false
            }
        }
    }

    /// Looks again and again. Runs until it is dropped.
    pub(super) async fn watch(self: Arc<Self>) {
        let mut every = tokio::time::interval(LOOK_EVERY);
        loop {
            every.tick().await;
            let certificates = self.clone();
            // A disk may be slow.
            let _ = tokio::task::spawn_blocking(move || certificates.look()).await;
        }
    }

    /// What takes connections with it.
    ///
    /// # Errors
    /// Never with this provider, which knows both versions of TLS that are in use.
    pub(super) fn acceptor(self: &Arc<Self>) -> anyhow::Result<TlsAcceptor> {
        let config =
            ServerConfig::builder_with_provider(self.provider.clone()).with_safe_default_protocol_versions()?;
        let mut config = config.with_no_client_auth().with_cert_resolver(self.clone());
        config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().clone())
    }
}

fn pair(provider: &CryptoProvider, certificate: &Path, key: &Path) -> anyhow::Result<Arc<CertifiedKey>> {
    let of = |path: &Path, what: &str| format!("{} holds no {what} in PEM that can be read", path.display());
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(|certificates| certificates.collect());
    let chain = chain.with_context(|| of(certificate, "certificate"))?;
    anyhow::ensure!(!chain.is_empty(), of(certificate, "certificate"));
    let private = PrivateKeyDer::from_pem_file(key).with_context(|| of(key, "private key"))?;
    let pair = CertifiedKey::from_der(chain, private, provider);
    let pair = pair.with_context(|| format!("{} and {} do not fit together", certificate.display(), key.display()))?;
    Ok(Arc::new(pair))
}

fn looks(certificate: &Path, key: &Path) -> Looks {
    [certificate, key].map(|path| {
        let about = std::fs::metadata(path).ok()?;
        Some((about.ino(), about.mtime(), about.mtime_nsec(), about.len()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    fn write(files: &TlsFiles, name: &str) {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        // As renewals do it: another file takes the name.
        for (path, pem) in [(&files.certificate, made.cert.pem()), (&files.key, made.signing_key.serialize_pem())] {
            let new = path.with_extension("new");
            std::fs::write(&new, pem).expect("a file");
            std::fs::rename(new, path).expect("a file");
        }
    }

    #[test]
    fn a_renewed_certificate_is_taken_up_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = TlsFiles { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
        assert!(Certificates::read(&files).is_err(), "there is none");
        write(&files, "first.example");
        let certificates = Certificates::read(&files).expect("a certificate");
        let current = || certificates.current.read().cert[0].to_vec();
        let first = current();
        assert!(!certificates.look(), "nothing has changed");
        write(&files, "second.example");
        assert!(certificates.look());
        let second = current();
        assert_ne!(first, second);
        std::fs::write(&files.key, "no key").expect("a file");
        assert!(!certificates.look() && current() == second, "the last good one goes on");
        write(&files, "third.example");
        assert!(certificates.look() && current() != second);
    }
}
