//! The job that carries mail: takes what is due from the outbox, looks up what each mail tells and to whom, hands it to the
//! post, and notes what became of it. Each attempt is counted before it is made, so that a crash loses nothing and nothing
//! leaves twice under one `Message-ID`. No address, no name and no secret is logged.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::account::{self, LinkSecrets, Purpose};
use crate::ids::MailKey;
use crate::mail::{self, Letter, Mail, MailKind, Outbox, Outcome, Post};
use crate::office::Office;
use crate::payment::{self, PaymentError, TicketCodes};
use crate::refund::{self, RefundError};
use crate::store::{StoreError, Tx};
use crate::waitlist::{self, WaitlistError};

/// Sleep no longer while something waits: the runtime's timers stand still while the machine sleeps.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Carries all that is due now. Gives whether there was anything.
pub(super) async fn carry_due(office: &Arc<Office>) -> bool {
    let Some(post) = &**office.part::<Option<Post>>() else { return false };
    let _alone = office.part::<Outbox>().carrying.lock().await;
    let mut any = match fill(office).await {
        Ok(any) => any,
        Err(error) => {
            tracing::warn!(%error, "mails to all who have tickets wait");
            return false;
        }
    };
    loop {
        let (host, most) = (post.host().to_owned(), office.limits.mails_at_once);
        let due = match office.store.write(move |tx| mail::domain::take_due(tx, &host, most)).await {
            Ok(due) if due.is_empty() => return any,
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "mail stays in the outbox");
                return any;
            }
        };
        any = true;
        let done = futures_util::future::join_all(due.iter().map(|mail| carry(office, post, mail))).await;
        let told: Vec<_> = due.into_iter().zip(done).collect();
        if let Err(error) = office.store.write(move |tx| note(tx, &told)).await {
            // Each will be tried again, under another `Message-ID`.
            tracing::warn!(%error, "what became of mail was not noted");
            return any;
        }
    }
}

/// Puts what is for all who have tickets into the outbox. Gives whether there was anything.
async fn fill(office: &Arc<Office>) -> Result<bool, PaymentError> {
    let mut any = false;
    // A reader is asked first: nothing is written while there is nothing to do.
    while office.store.read(mail::domain::open_mailing).await?.is_some() {
        office.store.write(payment::moved::go_on).await?;
        any = true;
    }
    Ok(any)
}

async fn carry(office: &Arc<Office>, post: &Post, mail: &Mail) -> Outcome {
    let (wanted, of) = (mail.clone(), office.clone());
    let outcome = match office.store.read(move |tx| read(tx, &of, &wanted)).await {
        Err(error) => Outcome::Later(error.to_string()),
        Ok(None) => Outcome::Never("it has no reader any more, or is about nothing".to_owned()),
        Ok(Some(told)) => match write(post, mail.kind, told) {
            Err(error) => Outcome::Never(format!("its template fails: {error}")),
            Ok((letter, to)) => post.carry(&letter, &to, mail.message_id.as_deref().unwrap_or_default()).await,
        },
    };
    let (id, kind, attempt) = (mail.key.0, mail.kind.as_str(), mail.attempts);
    match &outcome {
        Outcome::Sent => tracing::info!(id, kind, attempt, "mail sent"),
        Outcome::Later(problem) => tracing::warn!(id, kind, attempt, problem, "mail not sent; it is tried again"),
        Outcome::Never(problem) => tracing::warn!(id, kind, attempt, problem, "mail cannot be sent"),
    }
    outcome
}

/// What a mail tells, to whom, in which language.
struct Told {
    to: String,
    language: String,
    /// For the template.
    value: Value,
    /// A link: which page it opens, and its secret.
    link: Option<(&'static str, String)>,
}

/// Looks up what a mail tells; nothing when there is nobody or nothing to tell of.
fn read(tx: &Tx, office: &Office, mail: &Mail) -> Result<Option<Told>, StoreError> {
    // Whose account was made one with another's reads it there.
    let Some(user) = account::buyers::remaining(tx, mail.user)? else { return Ok(None) };
    let Some(to) = user.email.clone() else { return Ok(None) };
    let terms = tx.terms();
    let language = user.language.clone().or_else(|| terms.languages.tags().first().cloned()).unwrap_or_default();
    let venue = json!({ "name": terms.name, "currency": terms.currency.code() });
    let mut value = json!({ "venue": venue, "user": { "name": user.name } });
    let mut link = None;
    let subject = Uuid::parse_str(&mail.subject).unwrap_or_default();
    let purpose = match mail.kind {
        MailKind::PasswordReset => Some((Purpose::PasswordReset, "reset-password")),
        MailKind::EmailConfirmation => Some((Purpose::EmailConfirmation, "confirm-email")),
        MailKind::Payment | MailKind::Refund | MailKind::PerformanceMoved | MailKind::WaitlistOffer => None,
    };
    match purpose {
        Some((purpose, page)) => {
            if account::own::link_user(tx, subject, purpose).is_err() {
                return Ok(None);
            }
            value["link"] = json!({ "minutes": office.limits.link_seconds / 60 });
            link = Some((page, office.part::<LinkSecrets>().secret(purpose, subject)));
        }
        None if mail.kind == MailKind::PerformanceMoved => match payment::moved::told(tx, user.key, &mail.subject) {
            Ok(moved) => value["moved"] = moved,
            Err(PaymentError::Store(error)) => return Err(error),
            Err(_) => return Ok(None),
        },
        None if mail.kind == MailKind::WaitlistOffer => match waitlist::letter::told(tx, user.key, &mail.subject) {
            Ok((offer, amount)) => {
                value["offer"] = offer;
                value["offer"]["amount"] = json!(payment::letter::written(terms.currency, amount.0));
            }
            Err(WaitlistError::Store(error)) => return Err(error),
            Err(_) => return Ok(None),
        },
        None if mail.kind == MailKind::Refund => match refund::letter::told(tx, user.key, subject) {
            Ok(refund) => value["refund"] = refund,
            Err(RefundError::Store(error) | RefundError::Payment(PaymentError::Store(error))) => return Err(error),
            Err(_) => return Ok(None),
        },
        None => match payment::letter::told(tx, office.part::<TicketCodes>(), user.key, subject) {
            Ok(payment) => value["payment"] = payment,
            Err(PaymentError::Store(error)) => return Err(error),
            Err(_) => return Ok(None),
        },
    }
    Ok(Some(Told { to, language, value, link }))
}

fn write(post: &Post, kind: MailKind, mut told: Told) -> Result<(Letter, String), String> {
    if let Some((page, secret)) = told.link.take() {
        let url = post.public_url.as_ref().map(|base| format!("{base}/#/{page}/{secret}")).unwrap_or_default();
        told.value["link"]["token"] = json!(secret);
        told.value["link"]["url"] = json!(url);
    }
    if let Some(offer) = told.value.get_mut("offer") {
        let page = |base: &String| format!("{base}/#/waitlist/{}", offer["concert_id"].as_str().unwrap_or_default());
        offer["url"] = json!(post.public_url.as_ref().map(page).unwrap_or_default());
    }
    let letter = post.letters.write(kind, &told.language, &told.value).map_err(|error| error.kind().to_string())?;
    Ok((letter, told.to))
}

fn note(tx: &Tx, told: &[(Mail, Outcome)]) -> Result<(), StoreError> {
    for (mail, outcome) in told {
        let key: MailKey = mail.key;
        match outcome {
            Outcome::Sent => mail::domain::sent(tx, key)?,
            Outcome::Never(problem) => mail::domain::failed(tx, key, problem)?,
            Outcome::Later(problem) => mail::domain::not_sent(tx, mail, problem)?,
        }
    }
    Ok(())
}

/// Runs until it is dropped.
pub(super) async fn mails(office: Arc<Office>) {
    let outbox = office.part::<Outbox>().clone();
    loop {
        let filled = outbox.filled();
        carry_due(&office).await;
        let sleep = match office.store.read(mail::domain::next_due).await {
            Ok(Some(at)) => {
                let ms = u64::try_from(at.0 - office.now().0).unwrap_or(0).max(10);
                Some(Duration::from_millis(ms).min(LONGEST_SLEEP))
            }
            Ok(None) => None,
            Err(_) => Some(LONGEST_SLEEP),
        };
        let nap = async {
            match sleep {
                Some(sleep) => tokio::time::sleep(sleep).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = filled => {}
            () = nap => {}
        }
    }
}
