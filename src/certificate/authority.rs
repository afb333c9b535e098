//! The authority and the certificate that it gives: made, kept, renewed. What vouches for a bank is never made here.

use std::fmt;
use std::io::Write;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use data_encoding::HEXUPPER;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::clock::{Clock, Instant};

/// Phones believe an authority for as long as it says.
const AUTHORITY_DAYS: i64 = 3650;
/// Phones refuse what lasts longer than 825 days.
const CERTIFICATE_DAYS: i64 = 820;
/// How the authority calls itself, in the settings of a phone.
const AUTHORITY: &str = "boxoffice door authority";
const PRIVATE_V4: [([u8; 4], [u8; 4]); 5] = [
    ([10, 0, 0, 0], [255, 0, 0, 0]),
    ([172, 16, 0, 0], [255, 240, 0, 0]),
    ([192, 168, 0, 0], [255, 255, 0, 0]),
    ([169, 254, 0, 0], [255, 255, 0, 0]),
    ([127, 0, 0, 0], [255, 0, 0, 0]),
];
/// Networks of one's own and of one's link: the first two bytes, and how many bits of them count.
const PRIVATE_V6: [(u16, u16); 2] = [(0xfc00, 0xfe00), (0xfe80, 0xffc0)];

/// A name by which the office is called in its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalName {
    /// Such as `boxoffice.local`.
    Host(String),
    /// A private address.
    Address(IpAddr),
}

impl FromStr for LocalName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = || "a name that ends in .local, or a private address such as 192.168.0.10".to_owned();
        if let Ok(address) = text.parse() {
            return if is_private(address) { Ok(Self::Address(address)) } else { Err(rule()) };
        }
        let host = text.to_ascii_lowercase();
        let label = |part: &str| {
            (1..=63).contains(&part.len())
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let is_local =
            host == "localhost" || host.strip_suffix(".local").is_some_and(|rest| rest.split('.').all(label));
        if is_local && host.len() <= 253 { Ok(Self::Host(host)) } else { Err(rule()) }
    }
}

impl fmt::Display for LocalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => f.write_str(host),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(address) => write!(f, "{address}"),
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => PRIVATE_V4.iter().any(|(network, mask)| {
            address.octets().iter().zip(mask).map(|(byte, mask)| byte & mask).eq(network.iter().copied())
        }),
        IpAddr::V6(address) => {
            let first = address.segments()[0];
            address == Ipv6Addr::LOCALHOST || PRIVATE_V6.iter().any(|(network, mask)| first & mask == *network)
        }
    }
}

/// What was made, or was there.
#[derive(Debug)]
pub struct Made {
    /// The authority's certificate, which phones are to trust.
    pub authority: PathBuf,
    /// The office's certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Whether the authority was there before, so that phones trust it already.
    pub is_renewal: bool,
    /// The authority's certificate as it is handed to phones.
    pub der: Vec<u8>,
}

impl Made {
    /// The authority's digest as phones show it: pairs of digits.
    pub fn fingerprint(&self) -> String {
        let digits = HEXUPPER.encode(&Sha256::digest(&self.der));
        digits.as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
    }
}

/// Makes the certificate of these names, and the authority where the folder has none. All files are their owner's alone.
///
/// # Errors
/// When the folder cannot be written, or holds half an authority.
pub fn make(folder: &Path, names: &[LocalName], clock: &dyn Clock) -> anyhow::Result<Made> {
    let name = |file: &str| folder.join(file);
    let (authority, authority_key) = (name("authority.pem"), name("authority-key.pem"));
    let (certificate, key) = (name("certificate.pem"), name("certificate-key.pem"));
    let mut make = std::fs::DirBuilder::new();
    make.recursive(true).mode(0o700).create(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let is_renewal = authority.exists();
    anyhow::ensure!(
        is_renewal == authority_key.exists(),
        "{} holds half an authority: authority.pem and authority-key.pem belong together. Name another folder, or take the other away",
        folder.display()
    );
    let today = clock.wall();
    let params = authority_params(today)?;
    let signing_key = if is_renewal {
        let pem = std::fs::read_to_string(&authority_key)?;
        KeyPair::from_pem(&pem).with_context(|| format!("{} holds no key", authority_key.display()))?
    } else {
        let signing_key = KeyPair::generate()?;
        write(&authority_key, &signing_key.serialize_pem())?;
        write(&authority, &params.self_signed(&signing_key)?.pem())?;
        signing_key
    };
    let issuer = Issuer::new(params, signing_key);
    let (of_names, of_names_key) = leaf(names, today, &issuer)?;
    // The key first: a running office looks at both, and takes up the pair once it fits.
    write(&key, &of_names_key.serialize_pem())?;
    write(&certificate, &of_names.pem())?;
    let der = pem_bytes(&std::fs::read_to_string(&authority)?)
        .with_context(|| format!("{} holds no certificate", authority.display()))?;
    Ok(Made { authority, certificate, key, is_renewal, der })
}

fn authority_params(today: Instant) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, AUTHORITY);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let v4 = PRIVATE_V4.map(|(network, mask)| CidrSubnet::V4(network, mask));
    let v6 = PRIVATE_V6.map(|(network, mask)| CidrSubnet::V6(leading(network), leading(mask)));
    let one = CidrSubnet::V6(Ipv6Addr::LOCALHOST.octets(), [0xff; 16]);
    let names = ["local", "localhost"].map(|name| GeneralSubtree::DnsName(name.to_owned()));
    let addresses = v4.into_iter().chain(v6).chain([one]).map(GeneralSubtree::IpAddress);
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names.into_iter().chain(addresses).collect(),
        excluded_subtrees: Vec::new(),
    });
    between(&mut params, today, AUTHORITY_DAYS)?;
    Ok(params)
}

/// These two bytes, then zeros.
fn leading(bytes: u16) -> [u8; 16] {
    let mut all = [0; 16];
    all[..2].copy_from_slice(&bytes.to_be_bytes());
    all
}

fn leaf(names: &[LocalName], today: Instant, issuer: &Issuer<'_, KeyPair>) -> anyhow::Result<(Certificate, KeyPair)> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "boxoffice");
    for name in names {
        params.subject_alt_names.push(match name {
            LocalName::Host(host) => SanType::DnsName(host.as_str().try_into()?),
            LocalName::Address(address) => SanType::IpAddress(*address),
        });
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    between(&mut params, today, CERTIFICATE_DAYS)?;
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, issuer)?, key))
}

/// From the day before, for phones whose clock is behind.
fn between(params: &mut CertificateParams, today: Instant, days: i64) -> anyhow::Result<()> {
    let day = |of: i64| -> anyhow::Result<_> {
        let at = jiff::Timestamp::from_millisecond(today.0 + of * 86_400_000)?.to_zoned(jiff::tz::TimeZone::UTC);
        Ok(rcgen::date_time_ymd(at.year().into(), at.month().unsigned_abs(), at.day().unsigned_abs()))
    };
    (params.not_before, params.not_after) = (day(-1)?, day(days)?);
    Ok(())
}

/// In one step, readable by its owner alone.
fn write(path: &Path, pem: &str) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(pem.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file.persist(path)?)
    });
    written.with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}

fn pem_bytes(pem: &str) -> anyhow::Result<Vec<u8>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    Ok(CertificateDer::from_pem_slice(pem.as_bytes())?.to_vec())
}

/// What is to be done with it.
pub fn told(made: &Made, names: &[LocalName], shown: Option<SocketAddr>) -> String {
    let first = names.first().map(ToString::to_string).unwrap_or_default();
    let authority =
        if made.is_renewal { "as before: phones that trust it go on" } else { "new: phones have to trust it once" };
    let how = match shown {
        Some(address) => format!(
            "Open http://{address}/ on each phone, by this machine's own address: it leads through the steps. Stop this with Ctrl-C."
        ),
        None => "Run it again with --show 0.0.0.0:8081 to lead each phone through the steps.".to_owned(),
    };
    format!(
        "authority    {} ({authority})\nfingerprint  {}\ncertificate  {}\nkey          {}\n\nServe with it: boxoffice serve --tls-cert {2} --tls-key {3} --listen 0.0.0.0:8443 …\nThe door is then https://{first}:8443/door\n{how}\n",
        made.authority.display(),
        made.fingerprint(),
        made.certificate.display(),
        made.key.display(),
    )
}
