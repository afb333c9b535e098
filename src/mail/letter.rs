//! Letters: what a mail says, in the reader's language, as text and as HTML. The built-in templates are replaced one by one
//! by files of the same names; all are tried on a sample when the box office opens, so that none fails at night.

use std::path::Path;

use anyhow::Context as _;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Value, json};

use crate::mail::record::MailKind;

/// The languages that there are letters in; another reader gets the first.
pub const LANGUAGES: [&str; 2] = ["ko", "en"];

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("templates/", $name)))),+] };
}

/// By file name: `kind.language.txt`, whose first line is the subject, and `kind.language.html`.
const BUILT_IN: &[(&str, &str)] = built_in![
    "payment.ko.txt",
    "payment.ko.html",
    "payment.en.txt",
    "payment.en.html",
    "refund.ko.txt",
    "refund.ko.html",
    "refund.en.txt",
    "refund.en.html",
    "performance_moved.ko.txt",
    "performance_moved.ko.html",
    "performance_moved.en.txt",
    "performance_moved.en.html",
    "waitlist_offer.ko.txt",
    "waitlist_offer.ko.html",
    "waitlist_offer.en.txt",
    "waitlist_offer.en.html",
    "password_reset.ko.txt",
    "password_reset.ko.html",
    "password_reset.en.txt",
    "password_reset.en.html",
    "email_confirmation.ko.txt",
    "email_confirmation.ko.html",
    "email_confirmation.en.txt",
    "email_confirmation.en.html",
];

/// A letter to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same for readers with pictures.
    pub html: String,
}

/// The letters of this box office.
pub struct Letters {
    templates: Environment<'static>,
}

impl Letters {
    /// The built-in ones, and in their place those of `folder`.
    ///
    /// # Errors
    /// When a file of `folder` is no template of ours, cannot be read, or fails on a sample.
    pub fn load(folder: Option<&Path>) -> anyhow::Result<Self> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates
            .set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
        for (name, source) in BUILT_IN {
            templates.add_template(name, source)?;
        }
        for file in folder
            .map(std::fs::read_dir)
            .transpose()
            .with_context(|| format!("the folder of --mail-templates, {}", folder.unwrap_or(Path::new("")).display()))?
            .into_iter()
            .flatten()
        {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if !BUILT_IN.iter().any(|(known, _)| *known == name) {
                let known = BUILT_IN.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
                anyhow::bail!("{} is none of the mails' templates: {known}", file.path().display());
            }
            let source = std::fs::read_to_string(file.path()).with_context(|| file.path().display().to_string())?;
            templates.add_template_owned(name, source).with_context(|| file.path().display().to_string())?;
        }
        let letters = Self { templates };
        for kind in MailKind::ALL {
            for language in LANGUAGES {
                letters.write(*kind, language, &sample(*kind)).context("a mail's template fails on a sample")?;
            }
        }
        Ok(letters)
    }

    /// Writes a letter in the language of this tag (BCP 47), or in the first there is.
    ///
    /// # Errors
    /// When a template asks for what is not there.
    pub fn write(&self, kind: MailKind, language: &str, told: &Value) -> Result<Letter, minijinja::Error> {
        let primary = language.split('-').next().unwrap_or_default();
        let language = LANGUAGES.into_iter().find(|known| *known == primary).unwrap_or(LANGUAGES[0]);
        let written = |format: &str| {
            self.templates.get_template(&format!("{}.{language}.{format}", kind.as_str()))?.render(Serde(told))
        };
        let (text, html) = (written("txt")?, written("html")?);
        let (subject, text) = text.split_once('\n').unwrap_or((&text, ""));
        // A subject is one line, whatever stands in a name.
        let subject = subject.split(char::is_control).collect::<Vec<_>>().join(" ");
        Ok(Letter { subject: subject.trim().to_owned(), text: text.trim_start().to_owned(), html })
    }
}

/// What a letter of this kind is told, for trying a template.
fn sample(kind: MailKind) -> Value {
    let venue = json!({ "name": "Great Hall", "currency": "KRW" });
    let user = json!({ "name": "Buyer" });
    let link = json!({ "token": "token", "url": "https://tickets.example/#/reset-password/token", "minutes": 30 });
    let ticket = json!({
        "code": "0123-4567", "concert": "Concert", "starts_at": "2027-01-01T10:30:00.000Z", "local_date": "2027-01-01",
        "local_time": "19:30", "utc_offset": "+09:00", "hall": "Hall", "seat": "Stalls A 1", "price": "1000",
    });
    let payment = json!({ "id": "id", "amount": "1000", "tickets": [ticket.clone()] });
    let mut refunded = ticket;
    refunded["amount"] = json!("1000");
    let moved = json!({
        "concert": "Concert", "local_date": "2027-01-02", "local_time": "19:30", "utc_offset": "+09:00", "hall": "Hall",
        "before": { "local_date": "2027-01-01", "local_time": "19:30" }, "seats": ["Stalls A 1"],
    });
    let offer = json!({
        "concert": "Concert", "local_date": "2027-01-01", "local_time": "19:30", "utc_offset": "+09:00", "hall": "Hall",
        "seats": ["Stalls A 1"], "amount": "1000", "until": { "local_date": "2026-12-31", "local_time": "12:00" },
        "url": "https://tickets.example/#/waitlist/id",
    });
    let refund = json!({ "cause": "performance", "to": "balance", "amount": "1000", "tickets": [refunded] });
    match kind {
        MailKind::Payment => json!({ "venue": venue, "user": user, "payment": payment }),
        MailKind::Refund => json!({ "venue": venue, "user": user, "refund": refund }),
        MailKind::PerformanceMoved => json!({ "venue": venue, "user": user, "moved": moved }),
        MailKind::WaitlistOffer => json!({ "venue": venue, "user": user, "offer": offer }),
        MailKind::PasswordReset | MailKind::EmailConfirmation => json!({ "venue": venue, "user": user, "link": link }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_name_breaks_neither_subject_nor_html() {
        let letters = Letters::load(None).expect("the built-in letters");
        let mut told = sample(MailKind::Payment);
        told["payment"]["tickets"][0]["concert"] = json!("<b>Rock</b>\r\nBcc: everybody@example.org");
        told["venue"]["name"] = json!("A\nB");
        let letter = letters.write(MailKind::Payment, "en-GB", &told).expect("a letter");
        assert!(!letter.subject.contains(['\r', '\n']), "{:?}", letter.subject);
        assert!(!letter.html.contains("<b>Rock"), "{}", letter.html);
        assert!(letter.text.contains("<b>Rock"), "text is no HTML: {}", letter.text);
    }

    #[test]
    fn every_kind_has_its_letter_in_every_language() {
        let names: Vec<_> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
        for kind in MailKind::ALL {
            for language in LANGUAGES {
                for format in ["txt", "html"] {
                    assert!(names.contains(&format!("{}.{language}.{format}", kind.as_str())), "{kind:?} {language}");
                }
            }
        }
        assert_eq!(names.len(), MailKind::ALL.len() * LANGUAGES.len() * 2);
    }

    #[test]
    fn a_venues_own_template_takes_the_place_of_ours_and_a_bad_one_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join("password_reset.en.txt");
        std::fs::write(&own, "Ours\n\nHello {{ user.name }}").expect("a file");
        let letters = Letters::load(Some(folder.path())).expect("letters");
        let letter = letters.write(MailKind::PasswordReset, "en", &sample(MailKind::PasswordReset)).expect("a letter");
        assert_eq!((letter.subject.as_str(), letter.text.as_str()), ("Ours", "Hello Buyer"));
        std::fs::write(&own, "Ours\n\nHello {{ user.nickname }}").expect("a file");
        assert!(Letters::load(Some(folder.path())).is_err(), "there are no nicknames");
        std::fs::remove_file(&own).expect("a file");
        std::fs::write(folder.path().join("refound.en.txt"), "?").expect("a file");
        assert!(Letters::load(Some(folder.path())).is_err_and(|error| error.to_string().contains("refound.en.txt")));
    }
}
