//! Refusals: RFC 9457 `application/problem+json` with a stable code. A problem never shows SQL, paths or others' data.
//! A refused request changed nothing (law 10); what nobody knows is called [`Code::OutcomeUnknown`], never refused.
//! Which refusal of a feature is which problem stands at the bottom of its `api.rs`.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};
use serde_json::{Map, Value, json};

use crate::limiter::SlowDown;
use crate::store::StoreError;

macro_rules! codes {
    ($($variant:ident $status:literal $text:literal $title:literal),+ $(,)?) => {
        /// Every code a problem can have. They are stable: programs may rest on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, poem_openapi::Enum, serde::Serialize)]
        #[oai(rename_all = "snake_case")]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $(#[doc = $title] $variant),+ }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The HTTP status it comes with.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// What it means, the same for every occurrence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

codes! {
    MalformedRequest 400 "malformed_request" "The request cannot be read",
    InvalidField 400 "invalid_field" "A field breaks its rule",
    IdempotencyKeyUseless 400 "idempotency_key_useless" "Only POST takes an Idempotency-Key",
    NoticeNotGenuine 400 "notice_not_genuine" "The notice is not the provider's",
    Unauthenticated 401 "unauthenticated" "Credentials are missing",
    CredentialsWrong 401 "credentials_wrong" "E-mail or password is wrong",
    SessionInvalid 401 "session_invalid" "The session is unknown or over",
    StaffKeyWrong 401 "staff_key_wrong" "This is no staff key in force",
    TokenInvalid 401 "token_invalid" "The queue token is not one of this box office",
    TokenExpired 401 "token_expired" "The queue token has expired",
    TokenReplaced 401 "token_replaced" "The buyer joined anew; this queue token is dead",
    TokenLeft 401 "token_left" "The buyer left the queue; this queue token is dead",
    TokenCompleted 401 "token_completed" "The visit ended with a payment; this queue token is dead",
    InsufficientBalance 402 "insufficient_balance" "The balance is too small",
    NotAdmitted 403 "not_admitted" "It is not your turn yet",
    ScopeMissing 403 "scope_missing" "The staff key may not do this",
    AdmissionOver 403 "admission_over" "The time to choose seats is over",
    TopUpForbidden 403 "top_up_forbidden" "Only the operator tops up balances here",
    NotFound 404 "not_found" "There is no such address",
    ConcertNotFound 404 "concert_not_found" "There is no such concert",
    HallNotFound 404 "hall_not_found" "There is no such hall",
    PerformanceNotFound 404 "performance_not_found" "There is no such performance in this concert",
    SeatNotFound 404 "seat_not_found" "There is no such seat in this performance",
    GradeNotFound 404 "grade_not_found" "This performance has no such grade",
    TicketTypeNotFound 404 "ticket_type_not_found" "This performance has no such ticket type",
    SectionNotFound 404 "section_not_found" "This performance has no such section",
    BlockNotFound 404 "block_not_found" "This performance has no such block",
    HoldNotFound 404 "hold_not_found" "You have no such hold",
    CheckoutNotFound 404 "checkout_not_found" "You have no such checkout",
    ProviderNotFound 404 "provider_not_found" "There is no such payment provider here",
    PaymentNotFound 404 "payment_not_found" "You have no such payment",
    TicketNotFound 404 "ticket_not_found" "You have no such ticket",
    LinkNotFound 404 "link_not_found" "The link was used, is over, or never was",
    CheckInNotFound 404 "check_in_not_found" "There is no such check-in",
    WebhookNotFound 404 "webhook_not_found" "There is no such webhook",
    DeliveryNotFound 404 "delivery_not_found" "There is no such message to this webhook",
    MailNotFound 404 "mail_not_found" "There is no such mail",
    SessionNotFound 404 "session_not_found" "You have no such session",
    StaffKeyNotFound 404 "staff_key_not_found" "There is no such staff key",
    PictureNotFound 404 "picture_not_found" "The concert has no such picture",
    CodeNotFound 404 "code_not_found" "There is no such code for this",
    CodeBatchNotFound 404 "code_batch_not_found" "There is no such batch of codes",
    NotOnWaitlist 404 "not_on_waitlist" "You are not on this waitlist",
    UserNotFound 404 "user_not_found" "There is no such user",
    NotInQueue 404 "not_in_queue" "You are not in this queue",
    MethodNotAllowed 405 "method_not_allowed" "This address does not take this method",
    RequestTimeout 408 "request_timeout" "The request did not arrive in time",
    ExternalIdTaken 409 "external_id_taken" "The venue's own site knows another buyer by this",
    NotAMember 409 "not_a_member" "The buyer has a log-in of their own",
    MergeTooLarge 409 "merge_too_large" "The accounts have too much history to be made one at once",
    BalanceLeft 409 "balance_left" "There is money on the balance",
    EmailTaken 409 "email_taken" "The e-mail address has an account already",
    QueueNotOpen 409 "queue_not_open" "The queue has not opened yet",
    QueueDraining 409 "queue_draining" "The queue takes no more buyers",
    QueueClosed 409 "queue_closed" "The queue is closed",
    PresaleOver 409 "presale_over" "The draw is made; nobody comes ahead any more",
    DrawNotMade 409 "draw_not_made" "The draw has not been made yet",
    DrawMade 409 "draw_made" "The draw has been made",
    ConcertStateFixed 409 "concert_state_fixed" "The concert cannot become that any more",
    ConcertCancelled 409 "concert_cancelled" "The concert is cancelled",
    PerformanceCancelled 409 "performance_cancelled" "The performance is cancelled",
    NotCancelled 409 "not_cancelled" "The performance is not cancelled",
    CheckedIn 409 "checked_in" "Somebody came in by this ticket",
    OtherPerformance 409 "other_performance" "The ticket is for another performance",
    TicketCancelled 409 "ticket_cancelled" "The ticket is cancelled",
    TicketUsed 409 "ticket_used" "Somebody came in by the ticket",
    TicketHandedOn 409 "ticket_handed_on" "The ticket is another account's now",
    CancellationClosed 409 "cancellation_closed" "Buyers cannot cancel this by themselves",
    NotThroughProvider 409 "not_through_provider" "So much did not come through a payment provider",
    BalanceTooSmall 409 "balance_too_small" "There is less on the balance",
    SalePaused 409 "sale_paused" "The performance's sale is paused",
    SaleOver 409 "sale_over" "The sale is over",
    InUse 409 "in_use" "Something hangs on it",
    MoveTooLarge 409 "move_too_large" "Too many places would have other numbers",
    SeatsMissing 409 "seats_missing" "The hall's version lacks seats that are taken",
    SeatTaken 409 "seat_taken" "Seats are taken",
    NotEnoughSeats 409 "not_enough_seats" "Too few seats are left",
    TicketTypeNotSold 409 "ticket_type_not_sold" "Seats of this grade are not sold as that ticket type",
    LoneSeat 409 "lone_seat" "A single free seat would be left alone",
    SeatLimit 409 "seat_limit" "More seats than one buyer may have",
    PerformanceStarted 409 "performance_started" "The performance has started",
    HallTaken 409 "hall_taken" "The hall is taken at that time",
    SaleTooLate 409 "sale_too_late" "The sale begins after the performance's start",
    NotSoldOut 409 "not_sold_out" "It is not sold out",
    WaitlistClosed 409 "waitlist_closed" "The waitlist is closed",
    OnWaitlist 409 "on_waitlist" "You are on this waitlist already",
    WaitlistFull 409 "waitlist_full" "The waitlist is full",
    WaitlistFirst 409 "waitlist_first" "What came back is offered to the waitlist first",
    NoOffer 409 "no_offer" "Nothing is offered to you now",
    CodeTaken 409 "code_taken" "Another code of the concert reads the same",
    CodeUsedUp 409 "code_used_up" "The code was used as often as it may be",
    CodeNotForThese 409 "code_not_for_these" "The code takes nothing off these places",
    AmountMismatch 409 "amount_mismatch" "The amount is not the price of the seats",
    BalanceTooLarge 409 "balance_too_large" "The balance would be too large",
    CurrencyFixed 409 "currency_fixed" "The currency cannot change any more",
    WebhookLimit 409 "webhook_limit" "As many webhooks are named as may be",
    WebhookDisabled 409 "webhook_disabled" "The webhook is told nothing any more",
    MailOff 409 "mail_off" "This box office sends no mail",
    LastManager 409 "last_manager" "Nobody else could manage this box office",
    ChangedMeanwhile 412 "changed_meanwhile" "It is not what it was any more",
    BodyTooLarge 413 "body_too_large" "The request's body is too large",
    UriTooLong 414 "uri_too_long" "The request's address is too long",
    UnsupportedMediaType 415 "unsupported_media_type" "The body must be application/json",
    ContentEncodingUnsupported 415 "content_encoding_unsupported" "The body must not be compressed",
    ExpectationFailed 417 "expectation_failed" "The request expects what is not understood here",
    IdempotencyKeyReused 422 "idempotency_key_reused" "The Idempotency-Key was used with another body",
    TooManyStreams 429 "too_many_streams" "One queue token follows too much at once",
    SlowDown 429 "slow_down" "You ask for too much at once",
    HeadTooLarge 431 "head_too_large" "The request's headers are too long or too many",
    Internal 500 "internal" "Something went wrong here",
    TransferEncodingUnsupported 501 "transfer_encoding_unsupported" "The body is framed in a way not understood here",
    Overloaded 503 "overloaded" "The box office is very busy",
    ProviderSilent 503 "provider_silent" "The payment provider does not answer",
    OutcomeUnknown 503 "outcome_unknown" "Nobody knows yet whether the change stands",
}

/// A refusal on its way out.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What it is.
    pub code: Code,
    /// What it is this time.
    pub detail: String,
    /// Seconds after which asking again may help.
    pub retry_after: Option<u32>,
    /// What was asked for too often, if that is why.
    pub limit: Option<Box<SlowDown>>,
    /// Further members, such as the seats that are taken.
    pub members: Map<String, Value>,
}

impl Problem {
    /// A problem with this code.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), retry_after: None, limit: None, members: Map::new() }
    }

    /// With a further member.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// With the members of an object.
    #[must_use]
    pub fn with_all(mut self, object: Value) -> Self {
        if let Value::Object(members) = object {
            self.members.extend(members);
        }
        self
    }

    /// With `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Because of a limit: with what the client needs to keep to it.
    #[must_use]
    pub fn limited(mut self, limit: SlowDown) -> Self {
        self.retry_after = Some(limit.retry_seconds);
        self.limit = Some(Box::new(limit));
        self
    }
}

impl Problem {
    /// The answer's body.
    pub fn body(&self) -> String {
        let mut body = Map::new();
        body.insert("type".into(), json!(format!("/docs/problems#{}", self.code.as_str())));
        body.insert("title".into(), json!(self.code.title()));
        body.insert("status".into(), json!(self.code.status()));
        body.insert("detail".into(), json!(self.detail));
        body.insert("code".into(), json!(self.code.as_str()));
        body.extend(self.members.clone());
        Value::Object(body).to_string()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response =
            Response::builder().status(status).content_type("application/problem+json").body(self.body());
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(limit) = self.limit {
            let name = limit.what.as_str();
            let policy = format!("\"{name}\";q={};w={}", limit.quota, limit.window_seconds);
            let left = format!("\"{name}\";r=0;t={}", limit.retry_seconds);
            for (header, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    headers.insert(header, value);
                }
            }
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §11.6.1: a 401 says how to authenticate.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self.code);
        response
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        let code = problem.code;
        let mut error = Self::from_response(problem.into_response());
        // The framework gives the response the extensions of the error, so the code must stand there for the log.
        error.set_data(code);
        error
    }
}

/// Which problems an operation can have stands in the `PROBLEMS` beside it, from which `document` writes it.
impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        MetaResponses { responses: Vec::new() }
    }

    fn register(_: &mut Registry) {}
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Overloaded => {
                Self::new(Code::Overloaded, "Too many requests are waiting; nothing was changed.").retry_after(1)
            }
            StoreError::Stopped => {
                Self::new(Code::Overloaded, "The box office is stopping; nothing was changed.").retry_after(5)
            }
            StoreError::Away => {
                let detail = "The box office's database is out of reach; nothing was changed.";
                Self::new(Code::Overloaded, detail).retry_after(5)
            }
            StoreError::Unknown(_) => Self::new(
                Code::OutcomeUnknown,
                "The change may stand or not. Repeat the request with the same Idempotency-Key, or look before you ask \
                 anew.",
            )
            .retry_after(5),
            StoreError::Panicked | StoreError::RolledBack(_) | StoreError::Sql(_) => {
                tracing::error!(%error, constraint = error.is_constraint(), "a request met a failure of the store");
                Self::new(Code::Internal, "Nothing was changed. The operator finds the cause in the log.")
            }
        }
    }
}
