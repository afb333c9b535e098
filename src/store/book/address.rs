//! Where a book is: `postgres://USER:PASSWORD@HOST:5432,HOST2:5432/DATABASE?schema=NAME`. It is never shown with its password.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::error::BookError;

/// A book's address.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Config,
    pub(super) schema: String,
    /// Whom to trust beside the system's authorities.
    pub(super) authority: Option<PathBuf>,
}

/// One that does not answer for so long is not there; the next host is tried.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// What was sent and is not acknowledged for so long went nowhere. Waiting for a standby is not that: the machine still answers.
const LOST_AFTER: Duration = Duration::from_secs(5);

impl Address {
    /// The address, if the text is one; none when it is a file's name.
    ///
    /// # Errors
    /// [`BookError::Address`] when it begins like one and is not.
    pub fn parse(text: &Path) -> Result<Option<Self>, BookError> {
        let Some(text) = text.to_str() else { return Ok(None) };
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Ok(None);
        }
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut schema, mut authority, mut mode, mut others) = (None, None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("schema", name)) => schema = Some(name.to_owned()),
                Some(("sslrootcert", file)) => authority = Some(PathBuf::from(file)),
                Some(("sslmode", said)) => mode = Some(ssl_mode(said)?),
                _ => others.push(pair),
            }
        }
        let schema = schema.ok_or_else(|| wrong("name the venue's schema: …?schema=my_hall"))?;
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if schema.is_empty() || schema.len() > 60 || !schema.bytes().all(is_name) || schema.starts_with("pg_") {
            return Err(wrong("a schema's name has 1 to 60 of a-z, 0-9 and _, and does not begin with pg_"));
        }
        let config = if others.is_empty() { base.to_owned() } else { format!("{base}?{}", others.join("&")) };
        // The reason could repeat the password.
        let mut config: Config =
            config.parse().map_err(|_| wrong("postgres://USER:PASSWORD@HOST:5432/DATABASE?schema=NAME is expected"))?;
        if config.get_hosts().is_empty() {
            return Err(wrong("it names no host"));
        }
        let mode = mode.unwrap_or(if is_near(&config) { SslMode::Prefer } else { SslMode::Require });
        config.ssl_mode(mode).application_name("boxoffice");
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.connect_timeout(CONNECT_WITHIN).tcp_user_timeout(LOST_AFTER);
        config.keepalives_idle(CONNECT_WITHIN).keepalives_interval(Duration::from_secs(1)).keepalives_retries(3);
        Ok(Some(Self { config, schema, authority }))
    }
}

fn wrong(what: &'static str) -> BookError {
    BookError::Address(what)
}

/// With TLS the server is always asked for a certificate that is good for its name.
fn ssl_mode(said: &str) -> Result<SslMode, BookError> {
    match said {
        "disable" => Ok(SslMode::Disable),
        "prefer" => Ok(SslMode::Prefer),
        "require" | "verify-ca" | "verify-full" => Ok(SslMode::Require),
        _ => Err(wrong("sslmode is disable, prefer, require or verify-full")),
    }
}

/// On this machine alone: nobody is in between.
fn is_near(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
    })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        };
        let hosts: Vec<_> = self.config.get_hosts().iter().map(host).collect();
        let database = self.config.get_dbname().unwrap_or_default();
        write!(f, "postgres://{}/{database}?schema={}", hosts.join(","), self.schema)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Option<Address>, BookError> {
        Address::parse(Path::new(text))
    }

    #[test]
    fn an_address_is_told_from_a_file_and_shown_without_its_password() {
        assert!(parsed("boxoffice.db").unwrap().is_none() && parsed("/var/lib/postgres").unwrap().is_none());
        let address =
            parsed("postgres://hall:secret@one.example:5433,two.example/tickets?schema=great_hall").unwrap().unwrap();
        assert_eq!(address.to_string(), "postgres://one.example,two.example/tickets?schema=great_hall");
        assert_eq!(address.config.get_ports(), [5433, 5432]);
    }

    #[test]
    fn what_leaves_this_machine_is_encrypted_unless_said() {
        let mode = |text: &str| parsed(text).unwrap().unwrap().config.get_ssl_mode();
        assert_eq!(mode("postgres://hall@db.example/t?schema=a"), SslMode::Require);
        assert_eq!(mode("postgres://hall@127.0.0.1/t?schema=a"), SslMode::Prefer);
        assert_eq!(mode("postgres://hall@127.0.0.1,db.example/t?schema=a"), SslMode::Require);
        assert_eq!(mode("postgres://hall@db.example/t?schema=a&sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgresql://hall@%2Frun%2Fpostgresql/t?schema=a"), SslMode::Prefer);
    }

    #[test]
    fn what_is_no_address_is_refused_and_the_refusal_tells_no_secret() {
        for text in [
            "postgres://hall:secret@db.example/t",
            "postgres://hall:secret@db.example/t?schema=Great",
            "postgres://hall:secret@db.example/t?schema=a;drop",
            "postgres://hall:secret@db.example/t?schema=pg_x",
            "postgres://hall:secret@db.example:port/t?schema=a",
            "postgres://hall:secret@db.example/t?schema=a&sslmode=maybe",
        ] {
            let Err(refused) = parsed(text) else { panic!("{text} is refused") };
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
    }
}
