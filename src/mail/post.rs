//! The post: carries letters to the mail server by SMTP, with TLS from the start (`smtps://`) or by STARTTLS (`smtp://`), and
//! a log-in if one is set. Only this machine's own server is spoken to in the clear.

use std::time::Duration;

use anyhow::Context as _;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport as _, Message, Tokio1Executor};
use url::Url;

use crate::config::MailConfig;
use crate::mail::letter::{Letter, Letters};

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server has taken it.
    Sent,
    /// The server is not there, is busy or is slow, or refuses our log-in: later it may take it. The reason names nobody.
    Later(String),
    /// The server will never take it.
    Never(String),
}

/// The way to the mail server.
pub struct Post {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The letters it carries.
    pub letters: Letters,
    /// Where the venue's pages are, for links.
    pub public_url: Option<String>,
    patience: Duration,
}

impl Post {
    /// The way that `config` says; none where no server is set.
    ///
    /// # Errors
    /// When the settings cannot be meant so.
    pub fn open(config: &MailConfig, patience: Duration) -> anyhow::Result<Option<Self>> {
        let Some(server) = &config.smtp else { return Ok(None) };
        let from = config.mail_from.as_deref().context("--smtp needs --mail-from: in whose name is mail sent?")?;
        let from = from.parse().context("--mail-from must be an address, or a name and an address in <>")?;
        let smtp = transport(&server.0, config, patience)?;
        let letters = Letters::load(config.mail_templates.as_deref())?;
        let public_url = config.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
        Ok(Some(Self { smtp, from, letters, public_url, patience }))
    }

    /// The host of our own address: `Message-ID`s are made in its name.
    pub fn host(&self) -> &str {
        self.from.email.domain()
    }

    /// Carries a letter.
    pub async fn carry(&self, letter: &Letter, to: &str, message_id: &str) -> Outcome {
        let message = match self.message(letter, to, message_id) {
            Ok(message) => message,
            Err(what) => return Outcome::Never(what),
        };
        // Dropped half way, the connection is closed: the server has it all, or nothing.
        match tokio::time::timeout(self.patience, self.smtp.send(message)).await {
            Ok(Ok(_)) => Outcome::Sent,
            Ok(Err(error)) => judged(&error),
            Err(_) => Outcome::Later("the mail server did not answer in time".to_owned()),
        }
    }

    fn message(&self, letter: &Letter, to: &str, message_id: &str) -> Result<Message, String> {
        let to = to.parse().map_err(|_| "the address is none that mail can be sent to".to_owned())?;
        let part = |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
        let parts = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
            .singlepart(part(ContentType::TEXT_HTML, &letter.html));
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .message_id(Some(message_id.to_owned()))
            .multipart(parts)
            .map_err(|error| format!("the letter is no message: {error}"))
    }
}

/// What a failure means for this mail. What the server wrote is not repeated: it may name the reader.
fn judged(error: &Error) -> Outcome {
    /// RFC 4954: about our log-in, not about this mail.
    const LOG_IN: [&str; 5] = ["530", "534", "535", "538", "454"];
    match error.status().map(|code| code.to_string()) {
        Some(code) if error.is_permanent() && !LOG_IN.contains(&code.as_str()) => {
            Outcome::Never(format!("the mail server refuses it: {code}"))
        }
        Some(code) => Outcome::Later(format!("the mail server answers {code}")),
        None if error.is_tls() => Outcome::Later("no TLS with the mail server".to_owned()),
        None if error.is_timeout() => Outcome::Later("the mail server did not answer in time".to_owned()),
        None => Outcome::Later("the mail server cannot be reached, or broke off".to_owned()),
    }
}

fn transport(
    server: &str,
    config: &MailConfig,
    patience: Duration,
) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    const SHAPE: &str =
        "--smtp must be smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://USER:PASSWORD@HOST:465 (TLS)";
    // What was written is not shown: it has a password in it.
    let url = Url::parse(server).map_err(|_| anyhow::anyhow!(SHAPE))?;
    let host = url.host_str().context(SHAPE)?.trim_matches(['[', ']']).to_owned();
    let tls = |wrap: fn(TlsParameters) -> Tls| -> anyhow::Result<Tls> {
        let mut parameters = TlsParameters::builder(host.clone());
        if let Some(ca) = &config.smtp_ca {
            let pem = std::fs::read(ca).with_context(|| ca.display().to_string())?;
            parameters = parameters.add_root_certificate(Certificate::from_pem(&pem)?);
        }
        Ok(wrap(parameters.build()?))
    };
    let is_own = ["localhost", "127.0.0.1", "::1"].contains(&host.as_str());
    let tls = match url.scheme() {
        "smtps" => tls(Tls::Wrapper)?,
        "smtp" if is_own && config.smtp_ca.is_none() => Tls::None,
        "smtp" => tls(Tls::Required)?,
        _ => anyhow::bail!(SHAPE),
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(server).map_err(|_| anyhow::anyhow!(SHAPE))?;
    Ok(builder.tls(tls).timeout(Some(patience)).build())
}
