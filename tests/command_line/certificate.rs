//! `boxoffice certificate`: what it makes is trusted by who trusts its authority, for names of the network alone, and nobody
//! else reads its keys.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;

use crate::support::{Folder, run};

fn make(folder: &Path, names: &str) -> String {
    let ran = run(&["certificate", folder.to_str().expect("UTF-8"), "--name", names]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    ran.out
}

/// Whether somebody who trusts the authority of this folder, and nobody else, trusts this certificate for this name.
fn trusts(folder: &Path, certificate: &CertificateDer<'_>, name: &str) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("authority.pem")).expect("an authority")).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().expect("a verifier");
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    verifier.verify_server_cert(certificate, &[], &name, &[], UnixTime::now()).map(drop)
}

fn certificate(folder: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(folder.join("certificate.pem")).expect("a certificate")
}

#[test]
fn its_certificate_is_trusted_by_its_authority_for_the_names_that_were_said() {
    let folder = Folder::new();
    let folder = folder.path("door");
    let said = make(&folder, "boxoffice.local,192.168.0.10,fd00::7");
    assert!(said.contains("https://boxoffice.local:8443/door") && said.contains("fingerprint"), "{said}");
    for name in ["boxoffice.local", "192.168.0.10", "fd00::7"] {
        trusts(&folder, &certificate(&folder), name).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    trusts(&folder, &certificate(&folder), "other.local").expect_err("a name that was not said");
    for file in ["authority.pem", "authority-key.pem", "certificate.pem", "certificate-key.pem"] {
        let mode = std::fs::metadata(folder.join(file)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let key = PrivateKeyDer::from_pem_file(folder.join("certificate-key.pem")).expect("a key");
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(vec![certificate(&folder)], key, &provider).expect("a pair that `serve` takes");

    // Renewed: another certificate by the same authority, for another name.
    let authority = std::fs::read(folder.join("authority.pem")).expect("an authority");
    let before = certificate(&folder);
    let said = make(&folder, "door.local");
    assert!(said.contains("as before"), "{said}");
    assert_eq!(std::fs::read(folder.join("authority.pem")).expect("an authority"), authority);
    assert_ne!(certificate(&folder), before);
    trusts(&folder, &certificate(&folder), "door.local").expect("trusted by the authority of before");
}

#[test]
fn whoever_steals_the_authority_can_be_nobody_elsewhere() {
    let folder = Folder::new();
    let folder = folder.path("door");
    make(&folder, "boxoffice.local");
    let key = std::fs::read_to_string(folder.join("authority-key.pem")).expect("a key");
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "boxoffice door authority");
    let issuer = Issuer::new(params, KeyPair::from_pem(&key).expect("a key"));
    let forged = |name: &str| {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.signed_by(&key, &issuer).expect("signed").der().clone()
    };
    trusts(&folder, &forged("other.local"), "other.local").expect("within its network");
    for name in ["bank.example", "8.8.8.8"] {
        let refused = trusts(&folder, &forged(name), name).expect_err(name).to_string();
        assert!(refused.contains("NameConstraint"), "{name}: {refused}");
    }
}

#[test]
fn what_it_cannot_do_it_says_and_leaves_all_as_it_was() {
    let folder = Folder::new();
    let folder = folder.path("door");
    let path = folder.to_str().expect("UTF-8");
    for name in ["bank.example", "8.8.8.8", "local", "-.local", "a b.local", ""] {
        let ran = run(&["certificate", path, &format!("--name={name}")]);
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.err);
        assert!(ran.err.contains("ends in .local, or a private address"), "{}", ran.err);
    }
    assert!(!folder.exists());
    make(&folder, "boxoffice.local");
    std::fs::remove_file(folder.join("authority-key.pem")).expect("removed");
    let before = certificate(&folder);
    let ran = run(&["certificate", path, "--name", "boxoffice.local"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("half an authority"), "{}", ran.err);
    assert_eq!(certificate(&folder), before);
}
