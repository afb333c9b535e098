//! Whom requests are traced to, and how many of them.

use std::str::FromStr;

use url::Url;

/// OpenTelemetry, if it is wanted.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct TraceSettings {
    /// An OpenTelemetry collector that is told of requests by OTLP (HTTP, JSON), such as http://127.0.0.1:4318. What it asks
    /// for as headers stands in OTEL_EXPORTER_OTLP_HEADERS
    #[arg(long = "otlp", env = "BOXOFFICE_OTLP", value_name = "URL")]
    pub otlp: Option<Collector>,
    /// Such a part of the requests is traced, 1 for all
    #[arg(
        long = "otlp-share",
        env = "BOXOFFICE_OTLP_SHARE",
        value_name = "PART",
        default_value = "1",
        requires = "otlp"
    )]
    pub otlp_share: Share,
}

/// Where a collector is: an address of HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector(pub Url);

impl FromStr for Collector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = text.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        url.map(Self).ok_or_else(|| "write the address of a collector, such as http://127.0.0.1:4318".to_owned())
    }
}

/// A part of a whole: from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl Default for Share {
    fn default() -> Self {
        Self(1.0)
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
        share.map(Self).ok_or_else(|| "write a number from 0 to 1, such as 0.01".to_owned())
    }
}
