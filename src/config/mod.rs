//! Configuration: what flags and the environment say ([`Config`]), and every bound and duration ([`Limits`]).

use std::fmt::Display;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::network::{Listen, Network, Origin};
use crate::terms::WantedTerms;

mod limits;
mod traces;

pub use limits::{Limits, Rate};
pub use traces::{Collector, Share, TraceSettings};

/// The settings of a running box office.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// The data file, made if it is missing; or where the venue's data is in PostgreSQL, so that another machine can take over:
    /// postgres://USER:PASSWORD@HOST:5432,HOST2:5432/DATABASE?schema=NAME (docs/cluster.md)
    #[arg(
        long,
        env = "BOXOFFICE_DATA",
        value_name = "FILE|URL",
        default_value = "boxoffice.db",
        hide_env_values = true
    )]
    pub data: PathBuf,
    /// With PostgreSQL.
    #[command(flatten)]
    pub book: BookSettings,
    /// The address to listen on, such as 127.0.0.1:8080, localhost:8080, or :8080 for every address of this machine
    #[arg(long, env = "BOXOFFICE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: Listen,
    /// Another address, for those who watch: /healthz, /readyz, and /metrics for Prometheus. Not for the public
    #[arg(long, env = "BOXOFFICE_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<Listen>,
    /// An origin whose pages may call the API from a browser, such as `https://tickets.example`; may be repeated; * for all
    #[arg(long, env = "BOXOFFICE_ALLOW_ORIGIN", value_name = "URL", value_delimiter = ',')]
    pub allow_origin: Vec<Origin>,
    /// What TLS is spoken with.
    #[command(flatten)]
    pub tls: Option<TlsFiles>,
    /// A proxy with TLS stands before this one: its X-Forwarded-For tells who asks, if it comes from this machine itself or
    /// from a --trusted-proxy
    #[arg(long, env = "BOXOFFICE_BEHIND_PROXY")]
    pub behind_proxy: bool,
    /// The address or network of such a proxy elsewhere, such as 10.0.0.7 or 10.0.0.0/8; may be repeated
    #[arg(long, env = "BOXOFFICE_TRUSTED_PROXY", value_name = "NETWORK", value_delimiter = ',')]
    pub trusted_proxy: Vec<Network>,
    /// Lift the limits of what one client and one account may ask for, for all that comes from this address or network: a
    /// load drill's; may be repeated
    #[arg(long, env = "BOXOFFICE_LIFT_LIMITS_FOR", value_name = "NETWORK", value_delimiter = ',')]
    pub lift_limits_for: Vec<Network>,
    /// The operator's key, of 24 or more printable characters without blanks: it replaces the one in force for good.
    /// Without it that one stays; the first start makes one
    #[arg(long, env = "BOXOFFICE_OPERATOR_KEY", value_name = "KEY", hide_env_values = true)]
    pub operator_key: Option<String>,
    /// How mail is sent.
    #[command(flatten)]
    pub mail: MailConfig,
    /// Through whom buyers pay.
    #[command(flatten)]
    pub checkout: CheckoutConfig,
    /// Let webhooks go to addresses that are not of the public network, and in the clear: for a venue's own machines
    #[arg(long, env = "BOXOFFICE_WEBHOOKS_TO_PRIVATE")]
    pub webhooks_to_private: bool,
    /// What is logged: off, error, warn, info (a line per request) or a tracing filter
    #[arg(long, env = "BOXOFFICE_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
    /// How the log is written
    #[arg(long, env = "BOXOFFICE_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// Whom requests are traced to.
    #[command(flatten)]
    pub traces: TraceSettings,
    /// The copies it makes by itself.
    #[command(flatten)]
    pub backups: BackupSettings,
    /// How often the data file is verified beside the sale, such as 6h; from a minute to a day, or never: then when the desk asks
    /// for it
    #[arg(long, env = "BOXOFFICE_VERIFY_EVERY", value_name = "TIME", default_value = "24h")]
    pub verify_every: EveryOrNever,
    /// What the data file means.
    #[command(flatten)]
    pub terms: WantedTerms,
}

/// How a node works on a venue that is kept in PostgreSQL; nothing of it concerns a data file.
#[derive(Clone, Debug, clap::Args)]
pub struct BookSettings {
    /// With PostgreSQL: this machine's working copy, a file that is made anew at each start
    #[arg(long, env = "BOXOFFICE_COPY", value_name = "FILE", default_value = "boxoffice-copy.db")]
    pub copy: PathBuf,
    /// With PostgreSQL: where the other nodes reach this one [where it listens]
    #[arg(long, env = "BOXOFFICE_NODE_URL", value_name = "URL")]
    pub node_url: Option<NodeUrl>,
    /// With PostgreSQL: serve also where a commit stands on one machine alone
    #[arg(long, env = "BOXOFFICE_UNREPLICATED")]
    pub unreplicated: bool,
}

impl BookSettings {
    /// Where the other nodes reach this one: where that was said, else where it listens.
    pub fn reached_at(&self, scheme: &str, listens: impl Display) -> String {
        self.node_url.as_ref().map_or_else(|| format!("{scheme}://{listens}"), |url| url.0.clone())
    }
}

/// Where a node is reached by the others: `http://HOST:PORT` or `https://…`, and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeUrl(pub String);

impl FromStr for NodeUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const SHAPE: &str = "write http://HOST:PORT or https://HOST:PORT, as the other nodes reach this one";
        let url = url::Url::parse(text).map_err(|error| format!("{error}; {SHAPE}"))?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_nobodys = url.username().is_empty() && url.password().is_none();
        let is_web = ["http", "https"].contains(&url.scheme()) && url.has_host();
        if is_bare && is_nobodys && is_web {
            Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
        } else {
            Err(SHAPE.to_owned())
        }
    }
}

/// How mail is sent, if it is. Nothing of it stands in the data file.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct MailConfig {
    /// The mail server: smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://USER:PASSWORD@HOST:465 (TLS). Without it no mail
    /// is sent
    #[arg(long, env = "BOXOFFICE_SMTP", value_name = "URL", hide_env_values = true)]
    pub smtp: Option<Hidden>,
    /// Certificates (PEM) to trust beside the system's when speaking to the mail server
    #[arg(long, env = "BOXOFFICE_SMTP_CA", value_name = "FILE")]
    pub smtp_ca: Option<PathBuf>,
    /// In whose name mail is sent, such as `Great Hall <tickets@hall.example>`
    #[arg(long, env = "BOXOFFICE_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// A folder with templates in place of the built-in ones, by their names: payment.en.txt, payment.en.html, …
    #[arg(long, env = "BOXOFFICE_MAIL_TEMPLATES", value_name = "FOLDER")]
    pub mail_templates: Option<PathBuf>,
    /// Where buyers find the venue's pages, such as `https://tickets.example`: links in mails begin with it
    #[arg(long, env = "BOXOFFICE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
}

/// Through whom buyers pay, if through anybody. Nothing of it stands in the data file.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct CheckoutConfig {
    /// A payment provider: stripe://SECRETKEY@api.stripe.com?webhook=whsec_…, toss://SECRETKEY@api.tosspayments.com,
    /// portone://SECRET@api.portone.io?store=…&channel=…&webhook=whsec_…, or the venue's own payment page,
    /// standard://whsec_…@HOST/PATH; may be repeated (in the environment with blanks between). It needs --public-url
    #[arg(long, env = "BOXOFFICE_PROVIDER", value_name = "URL", value_delimiter = ' ', hide_env_values = true)]
    pub provider: Vec<Hidden>,
    /// Certificates (PEM) to trust beside the system's when speaking to payment providers and receivers of webhooks
    #[arg(long, env = "BOXOFFICE_OUTBOUND_CA", value_name = "FILE")]
    pub outbound_ca: Option<PathBuf>,
    /// The built-in provider, with which everybody may pay: for demonstrations and tests alone.
    #[arg(skip)]
    pub fake_provider: bool,
}

/// A setting with a secret in it: it is not shown.
#[derive(Clone)]
pub struct Hidden(pub String);

impl FromStr for Hidden {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// The files of a certificate.
#[derive(Clone, Debug, clap::Args)]
pub struct TlsFiles {
    /// Speak TLS with the certificate (and its chain) in this PEM file; a renewed one is taken up without a restart
    #[arg(
        long = "tls-certificate",
        visible_alias = "tls-cert",
        env = "BOXOFFICE_TLS_CERTIFICATE",
        value_name = "FILE",
        required = false,
        requires = "key"
    )]
    pub certificate: PathBuf,
    /// The private key of --tls-certificate, in PEM
    #[arg(
        long = "tls-key",
        env = "BOXOFFICE_TLS_KEY",
        value_name = "FILE",
        required = false,
        requires = "certificate"
    )]
    pub key: PathBuf,
}

impl Config {
    /// True for an address whose word about its clients counts.
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        let here = Network::this_machine();
        let here = here.iter().filter(|_| self.behind_proxy);
        self.trusted_proxy.iter().chain(here).any(|network| network.contains(address))
    }

    /// True when somebody else does the encryption.
    pub fn is_behind_proxy(&self) -> bool {
        self.behind_proxy || !self.trusted_proxy.is_empty()
    }
}

/// The backups that the box office makes by itself.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Backups by itself")]
pub struct BackupSettings {
    /// Copy the data file into this folder every so often, verified; better on another disk. Made if it is missing
    #[arg(long = "backup-to", env = "BOXOFFICE_BACKUP_TO", value_name = "FOLDER")]
    pub to: Option<PathBuf>,
    /// How often, such as 15m or 1h 30m; from a minute to a day
    #[arg(long = "backup-every", env = "BOXOFFICE_BACKUP_EVERY", value_name = "TIME", default_value = "15m")]
    pub every: Every,
    /// How many days copies are kept; the newest one always is
    #[arg(long = "backup-keep-days", env = "BOXOFFICE_BACKUP_KEEP_DAYS", value_name = "DAYS", default_value = "7",
          value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub keep_days: u32,
}

/// How often something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every(pub Duration);

impl FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        let read = text.parse::<jiff::SignedDuration>().ok().and_then(|read| Duration::try_from(read).ok());
        let sensible = read.filter(|read| (Duration::from_secs(60)..=DAY).contains(read));
        sensible.map(Self).ok_or_else(|| "a time from a minute to a day, such as 15m or 1h 30m".to_owned())
    }
}

/// How often something is done, if it is done at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EveryOrNever(pub Option<Duration>);

impl FromStr for EveryOrNever {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "never" => Ok(Self(None)),
            text => {
                text.parse().map(|Every(every)| Self(Some(every))).map_err(|error: String| format!("{error}, or never"))
            }
        }
    }
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}
