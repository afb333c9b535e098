//! What each problem says when it comes: a detail as it is sent, which is also what helps, and the members it brings.
//!
//! The compiler asks for a line of every new code. The office tests check members against what is answered.

use serde_json::Value;

use crate::http::problem::Code;

/// A member of a problem, beside the five that all have.
pub(in crate::server) struct Member {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// What it tells.
    pub(super) says: &'static str,
    /// Its schema, in JSON.
    pub(super) schema: &'static str,
    /// As it may come, in JSON.
    pub(super) sample: &'static str,
    /// False when it may be left out.
    pub(super) always: bool,
}

const fn always(name: &'static str, says: &'static str, schema: &'static str, sample: &'static str) -> Member {
    Member { name, says, schema, sample, always: true }
}

const AMOUNT: &str = r#"{"type": "integer", "format": "int64", "minimum": 0}"#;
const COUNT: &str = r#"{"type": "integer", "format": "uint32", "minimum": 0}"#;
const SEAT_IDS: &str = r#"{"type": "array", "items": {"type": "string"}, "minItems": 1}"#;
const ID: &str = r#"{"type": "string", "format": "uuid"}"#;
const SCOPE: &str = r#"{"type": "string", "enum": ["manage", "sell", "door", "report"]}"#;
const TEXT: &str = r#"{"type": "string"}"#;
const INSTANT: &str = r#"{"type": "string", "format": "date-time"}"#;

/// The member's sample.
pub(super) fn sample(member: &Member) -> Value {
    serde_json::from_str(member.sample).unwrap_or_default()
}

/// What a code brings beside the members that all have.
pub(in crate::server) fn members(code: Code) -> &'static [Member] {
    match code {
        Code::InsufficientBalance => {
            const {
                &[
                    always("balance", "What you have", AMOUNT, "50000"),
                    always("needed", "What the seats cost", AMOUNT, "220000"),
                ]
            }
        }
        Code::NotAdmitted => {
            const {
                &[
                    Member { always: false, ..always("number", "Your number, once the draw gave it", COUNT, "118") },
                    Member { always: false, ..always("position", "How many are ahead of you, plus one", COUNT, "17") },
                    Member { always: false, ..always("poll_after_ms", "When to ask again", COUNT, "2000") },
                ]
            }
        }
        Code::ScopeMissing => const { &[always("scope", "What the key would have to have", SCOPE, "\"manage\"")] },
        Code::BalanceLeft | Code::BalanceTooSmall => const { &[always("balance", "What you have", AMOUNT, "50000")] },
        Code::QueueNotOpen => const { &[always("opens_at", "When it opens", INSTANT, "\"2026-12-24T10:30:00.000Z\"")] },
        Code::SeatTaken => {
            const {
                &[
                    always("seat_ids", "Which are taken", SEAT_IDS, "[\"1-50\"]"),
                    Member { always: false, ..always("yours", "Which of them you hold", SEAT_IDS, "[\"1-50\"]") },
                ]
            }
        }
        Code::SeatsMissing => {
            const { &[always("seats", "Which, up to a hundred: section, row, label", SEAT_IDS, "[\"Stalls, A, 12\"]")] }
        }
        Code::HallTaken => {
            const {
                &[
                    always("performance_id", "What is there", ID, "\"01a205b3-d000-711e-9fae-b222f27b9947\""),
                    always("starts_at", "When that starts", INSTANT, "\"2026-12-24T10:30:00.000Z\""),
                    always("local_date", "The same on the venue's calendar", TEXT, "\"2026-12-24\""),
                    always("local_time", "And on its clock", TEXT, "\"19:30\""),
                    always("utc_offset", "What that clock is ahead of UTC", TEXT, "\"+09:00\""),
                    always("hall", "The hall's name", TEXT, "\"Grand Hall\""),
                ]
            }
        }
        Code::OtherPerformance => {
            const {
                &[
                    always("performance_id", "Which one", ID, "\"01a205b3-d000-711e-9fae-b222f27b9947\""),
                    always("starts_at", "When that starts", INSTANT, "\"2026-12-24T10:30:00.000Z\""),
                    always("local_date", "The same on the venue's calendar", TEXT, "\"2026-12-24\""),
                    always("local_time", "And on its clock", TEXT, "\"19:30\""),
                    always("utc_offset", "What that clock is ahead of UTC", TEXT, "\"+09:00\""),
                    always("hall", "The hall's name", TEXT, "\"Grand Hall\""),
                ]
            }
        }
        Code::CheckedIn => {
            const {
                &[
                    always("check_in_id", "The check-in", ID, "\"01a205b3-d000-711e-9fae-b222f27b9947\""),
                    always("checked_in_at", "When it was", INSTANT, "\"2026-12-24T10:02:00.000Z\""),
                    Member { always: false, ..always("gate", "At which gate", TEXT, "\"East\"") },
                ]
            }
        }
        Code::NotSoldOut => {
            const { &[always("performance_id", "Of which seats are left", ID, "\"01a205b3-d000-711e-9fae-b222f27b9947\"")] }
        }
        Code::SaleTooLate => {
            const {
                &[
                    always("on_sale_at", "When the sale begins", INSTANT, "\"2026-12-24T10:30:00.000Z\""),
                    always("local_date", "The same on the venue's calendar", TEXT, "\"2026-12-24\""),
                    always("local_time", "And on its clock", TEXT, "\"19:30\""),
                    always("utc_offset", "What that clock is ahead of UTC", TEXT, "\"+09:00\""),
                ]
            }
        }
        Code::NotEnoughSeats => const { &[always("available", "How many are left", COUNT, "1")] },
        Code::LoneSeat => {
            const {
                &[
                    always("lone_seat_ids", "Which would be left alone", SEAT_IDS, "[\"1-51\"]"),
                    always("instead", "As many seats that leave none alone", SEAT_IDS, "[\"1-48\", \"1-49\"]"),
                ]
            }
        }
        Code::SeatLimit => {
            const {
                &[
                    always("limit", "How many seats of a performance one buyer may have", COUNT, "4"),
                    always("already", "How many you have", COUNT, "2"),
                ]
            }
        }
        Code::AmountMismatch => const { &[always("amount", "What the seats cost", AMOUNT, "220000")] },
        _ => &[],
    }
}

/// What helps, for the page of problems.
pub(in crate::server) fn helps(code: Code) -> &'static str {
    detail(code)
}

/// A detail as it is sent.
pub(super) fn detail(code: Code) -> &'static str {
    match code {
        Code::MalformedRequest => "Send what the document describes: JSON in UTF-8, each field of its type.",
        Code::InvalidField => "email must be an address such as buyer@example.org.",
        Code::Unauthenticated => "Send your credential as `Authorization: Bearer …`.",
        Code::CredentialsWrong => "Check both and try again.",
        Code::SessionInvalid => "Log in again.",
        Code::StaffKeyWrong => "Send a staff key or the secret of a desk session as `Authorization: Bearer …`.",
        Code::ScopeMissing => "Ask for a key with the scope `manage`.",
        Code::StaffKeyNotFound => "GET /v1/operator/staff-keys lists all.",
        Code::ExternalIdTaken => "GET /v1/operator/users?external_id=… finds them.",
        Code::NotAMember => "Only a buyer whom the venue's own site made has no log-in.",
        Code::MergeTooLarge => "More than 1000 postings of both are not made one at once.",
        Code::BalanceLeft => "Have it paid out first, or send give_up_balance=true.",
        Code::LinkNotFound => "Ask for another mail.",
        Code::MailNotFound => "GET /v1/operator/mails lists all.",
        Code::SessionNotFound => "GET /v1/account/sessions lists yours.",
        Code::CheckoutNotFound => "Open one with open_checkout.",
        Code::ProviderNotFound => "GET /v1/venue names the `checkout_providers`.",
        Code::NoticeNotGenuine => "Sign it with the secret that both sides know, and send it at once.",
        Code::ProviderSilent => "Repeat the request with the same Idempotency-Key: there will be one checkout.",
        Code::NotThroughProvider => "Refund it to the balance, or as cash.",
        Code::WebhookNotFound => "GET /v1/operator/webhooks lists all.",
        Code::DeliveryNotFound => "list_deliveries has all.",
        Code::WebhookLimit => "Take one away first.",
        Code::WebhookDisabled => "It answered 410. Name it anew.",
        Code::MailOff => "The operator has set no mail server; ask at the counter.",
        Code::LastManager => "Make another key with the scope `manage` first.",
        Code::TokenInvalid => "Send the queue token as `Authorization: Bearer …`.",
        Code::TokenExpired => "Join the queue again for a new token.",
        Code::TokenReplaced => "Use the newer token.",
        Code::TokenLeft => "Join the queue again for a new token.",
        Code::TokenCompleted => "Join the queue again to buy more.",
        Code::InsufficientBalance => "Top up and pay again; your seats are still held.",
        Code::NotAdmitted => "Wait until the queue lets you in.",
        Code::AdmissionOver => "You may still pay for what you hold.",
        Code::TopUpForbidden => "Ask at the counter.",
        Code::NotFound => "The document at /docs lists every address.",
        Code::ConcertNotFound => "GET /v1/concerts lists all concerts.",
        Code::HallNotFound => "Make the hall first.",
        Code::PerformanceNotFound => "GET /v1/dates lists all dates.",
        Code::SeatNotFound => "The seat map lists all seats.",
        Code::GradeNotFound => "GET /v1/dates lists the grades.",
        Code::TicketTypeNotFound => "GET /v1/dates lists the ticket types.",
        Code::SectionNotFound => "The seat map names the sections.",
        Code::BlockNotFound => "The performance's blocks are listed at the desk.",
        Code::HoldNotFound => "It may have ended. GET /v1/holds lists yours.",
        Code::PaymentNotFound => "GET /v1/payments lists yours.",
        Code::TicketNotFound => "GET /v1/payments lists your tickets.",
        Code::NotOnWaitlist => "It may have been passed over, or you left. Join it anew.",
        Code::NotSoldOut => "Join the queue: seats are left, or may still come back to it.",
        Code::WaitlistClosed => "Nobody joins it any more.",
        Code::OnWaitlist => "To wish for something else, leave it and join again at its end.",
        Code::WaitlistFull => "As many wait as can hope for seats.",
        Code::WaitlistFirst => "Choose other seats, or join the waitlist.",
        Code::NoOffer => "Seats are offered when they come back.",
        Code::CodeNotFound => "Look at how it is written, or go on without it.",
        Code::CodeBatchNotFound => "GET /v1/operator/concerts/{concert_id}/code-batches lists a concert's.",
        Code::CodeTaken => "Another batch of this concert has it; choose another.",
        Code::CodeUsedUp => "Go on without it.",
        Code::CodeNotForThese => "Go on without it; it was not used.",
        Code::UserNotFound => "The buyer's id is in the answer of sign_up.",
        Code::NotInQueue => "Join the queue first.",
        Code::MethodNotAllowed => "The header `Allow` lists those it takes.",
        Code::EmailTaken => "Log in, or use another address.",
        Code::QueueNotOpen => "Join when the queue opens.",
        Code::QueueDraining => "Only those who are in line already are still let in.",
        Code::QueueClosed => "The operator has closed the queue.",
        Code::PresaleOver => "The code was not used. Join the queue without it, as everybody does now.",
        Code::DrawNotMade => "It is made when the sale begins.",
        Code::DrawMade => "Buyers have been told their numbers by it.",
        Code::ConcertStateFixed => {
            "A draft is published, what is published is cancelled; what has ended stays as it is."
        }
        Code::ConcertCancelled => "Nothing is sold for it any more.",
        Code::PerformanceCancelled => "Nothing is sold for it any more.",
        Code::NotCancelled => "Cancel it first.",
        Code::CheckInNotFound => "It may have been undone.",
        Code::CheckedIn => "Look at the time and the gate of the first scan.",
        Code::OtherPerformance => "It is for New Year's Concert, 2027-01-01 19:30 (+09:00), Grand Hall.",
        Code::TicketCancelled => "It was refunded, and opens nothing any more.",
        Code::TicketUsed => "Ask at the counter.",
        Code::TicketHandedOn => "It belongs to another account now.",
        Code::CancellationClosed => "Ask at the counter.",
        Code::BalanceTooSmall => "Pay out less.",
        Code::SalePaused => "Try again later; nothing is held or sold meanwhile.",
        Code::SaleOver => "Nothing is sold for this concert any more.",
        Code::InUse => "Take back what hangs on it first, or cancel the concert.",
        Code::ChangedMeanwhile => "Read it again, and send its `ETag` as `If-Match`.",
        Code::PictureNotFound => "Its address stands with the concert, and is another one for every picture.",
        Code::MoveTooLarge => "More than 10000 places that were touched would have other numbers. Nothing was changed.",
        Code::SeatsMissing => "1 seats that are taken are not there. Nothing was changed.",
        Code::SeatTaken => "Choose other seats; none of yours was taken.",
        Code::NotEnoughSeats => "Choose fewer seats or other ones.",
        Code::TicketTypeNotSold => "Seats of the grade VIP are not sold as child.",
        Code::LoneSeat => "Take the seats that would be left alone too, or others; `instead` names some.",
        Code::SeatLimit => "One buyer may have 4 seats of a performance; you have 2.",
        Code::PerformanceStarted => "Nothing is sold from its start on.",
        Code::AmountMismatch => "Look at the price again.",
        Code::BalanceTooLarge => "Top up less.",
        Code::BodyTooLarge => "Send less.",
        Code::UnsupportedMediaType => "Send JSON with `Content-Type: application/json`.",
        Code::IdempotencyKeyReused => "Use a new key for a new request; repeat a request unchanged.",
        Code::IdempotencyKeyUseless => "Leave it out: repeating a GET, PATCH or DELETE has no further effect.",
        Code::HallTaken => "Choose another time or hall, or send allow_overlap.",
        Code::SaleTooLate => "Let the sale begin earlier, or send allow_late_sale.",
        Code::SlowDown => "You join too often. Come again in 6 seconds.",
        Code::TooManyStreams => "Close one of the streams first.",
        Code::RequestTimeout => "The rest of the body did not come.",
        Code::CurrencyFixed => "There are prices or balances already: they would be other amounts.",
        Code::UriTooLong => "Send a shorter address.",
        Code::ContentEncodingUnsupported => "Send the body as it is, without Content-Encoding.",
        Code::ExpectationFailed => "Send no Expect, or `100-continue`.",
        Code::HeadTooLarge => "Send fewer and shorter headers.",
        Code::TransferEncodingUnsupported => "Send Content-Length, or `Transfer-Encoding: chunked` alone.",
        Code::OutcomeUnknown => "Repeat the request with the same Idempotency-Key: it then says what became of it.",
        Code::Internal => "The operator finds the cause in the log.",
        Code::Overloaded => "Too many requests are waiting; nothing was changed.",
    }
}
