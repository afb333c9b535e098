//! Every code that a problem can have, with all that is said of it, here and nowhere else: its status and word, the members
//! it brings, and in both languages what it means and what helps. Which refusal is which problem stands at the bottom of each
//! subject's `api.rs`; buyers' own words stand in `pages/web/words/problems.js`.
//!
//! A code's word never changes. `{name}` in a detail is the member of that name. No line of a problem tells SQL, a path or
//! somebody else's data.

use crate::http::code::{AMOUNT, COUNT, ID, INSTANT, Member, SCOPES, TEXT, TEXTS, codes};
use crate::http::language::Language;

// The members, each written once. The office tests check them against what is answered.
const BALANCE: Member = Member::always("balance", "What you have", AMOUNT, "50000");
const NEEDED: Member = Member::always("needed", "What the seats cost", AMOUNT, "220000");
const COST: Member = Member::always("amount", "What the seats cost", AMOUNT, "220000");
const NUMBER: Member = Member::maybe("number", "Your number, once the draw gave it", COUNT, "118");
const POSITION: Member = Member::maybe("position", "How many are ahead of you, plus one", COUNT, "17");
const POLL_AFTER: Member = Member::maybe("poll_after_ms", "When to ask again", COUNT, "2000");
const SCOPE: Member = Member::always("scope", "What the key would have to have", SCOPES, "\"manage\"");
const OPENS_AT: Member = Member::always("opens_at", "When it opens", INSTANT, "\"2026-12-24T10:30:00.000Z\"");
const TAKEN: Member = Member::always("seat_ids", "Which are taken", TEXTS, "[\"1-50\"]");
const YOURS: Member = Member::maybe("yours", "Which of them you hold", TEXTS, "[\"1-50\"]");
const MISSING: Member =
    Member::always("seats", "Which, up to a hundred: section, row, label", TEXTS, "[\"Stalls, A, 12\"]");
const AVAILABLE: Member = Member::always("available", "How many are left", COUNT, "1");
const LONE: Member = Member::always("lone_seat_ids", "Which would be left alone", TEXTS, "[\"1-51\"]");
const INSTEAD: Member = Member::always("instead", "As many seats that leave none alone", TEXTS, "[\"1-48\", \"1-49\"]");
const LIMIT: Member = Member::always("limit", "How many seats of a performance one buyer may have", COUNT, "4");
const ALREADY: Member = Member::always("already", "How many you have", COUNT, "2");
const AN_ID: &str = "\"01a205b3-d000-711e-9fae-b222f27b9947\"";
const THERE: Member = Member::always("performance_id", "What is there", ID, AN_ID);
const WHICH: Member = Member::always("performance_id", "Which one", ID, AN_ID);
const LEFT_OF: Member = Member::always("performance_id", "Of which seats are left", ID, AN_ID);
const STARTS_AT: Member = Member::always("starts_at", "When that starts", INSTANT, "\"2026-12-24T10:30:00.000Z\"");
const ON_SALE_AT: Member =
    Member::always("on_sale_at", "When the sale begins", INSTANT, "\"2026-12-24T10:30:00.000Z\"");
const LOCAL_DATE: Member = Member::always("local_date", "The same on the venue's calendar", TEXT, "\"2026-12-24\"");
const LOCAL_TIME: Member = Member::always("local_time", "And on its clock", TEXT, "\"19:30\"");
const UTC_OFFSET: Member = Member::always("utc_offset", "What that clock is ahead of UTC", TEXT, "\"+09:00\"");
const HALL: Member = Member::always("hall", "The hall's name", TEXT, "\"Grand Hall\"");
const CHECK_IN: Member = Member::always("check_in_id", "The check-in", ID, AN_ID);
const CHECKED_IN_AT: Member = Member::always("checked_in_at", "When it was", INSTANT, "\"2026-12-24T10:02:00.000Z\"");
const GATE: Member = Member::maybe("gate", "At which gate", TEXT, "\"East\"");

codes! {
    MalformedRequest 400 "malformed_request"
        en "The request cannot be read": "Send what the document describes: JSON in UTF-8, each field of its type.",
        ko "요청을 읽을 수 없습니다": "문서에 적힌 대로 보내세요: UTF-8 JSON이어야 하고 각 필드의 형식이 맞아야 합니다.";
    InvalidField 400 "invalid_field"
        en "A field breaks its rule": "email must be an address such as buyer@example.org.",
        ko "규칙에 맞지 않는 값입니다": "email: buyer@example.org 같은 이메일 주소여야 합니다.";
    IdempotencyKeyUseless 400 "idempotency_key_useless"
        en "An Idempotency-Key does nothing here": "Leave it out: repeating this request has no further effect.",
        ko "여기서는 Idempotency-Key가 하는 일이 없습니다": "헤더를 빼고 보내세요. 이 요청은 되풀이해도 더 바뀌는 것이 없습니다.";
    NoticeNotGenuine 400 "notice_not_genuine"
        en "The notice is not the provider's": "Sign it with the secret that both sides know, and send it at once.",
        ko "결제 대행사가 보낸 알림이 아닙니다": "양쪽이 아는 비밀 값으로 서명해 곧바로 보내세요.";
    Unauthenticated 401 "unauthenticated"
        en "Credentials are missing": "Send your credential as `Authorization: Bearer …`.",
        ko "인증 정보가 없습니다": "`Authorization: Bearer …`로 인증 정보를 보내세요.";
    CredentialsWrong 401 "credentials_wrong"
        en "E-mail or password is wrong": "Check both and try again.",
        ko "이메일 또는 비밀번호가 다릅니다": "둘 다 확인하고 다시 시도하세요.";
    SessionInvalid 401 "session_invalid"
        en "The session is unknown or over": "Log in again.",
        ko "없거나 끝난 세션입니다": "다시 로그인하세요.";
    StaffKeyWrong 401 "staff_key_wrong"
        en "This is no staff key in force": "Send a staff key or the secret of a desk session as `Authorization: Bearer …`.",
        ko "유효한 직원 키가 아닙니다": "직원 키나 데스크 세션의 비밀 값을 `Authorization: Bearer …`로 보내세요.";
    TokenInvalid 401 "token_invalid"
        en "The queue token is not one of this box office": "Send the queue token as `Authorization: Bearer …`.",
        ko "이 예매처의 대기열 토큰이 아닙니다": "대기열 토큰을 `Authorization: Bearer …`로 보내세요.";
    TokenExpired 401 "token_expired"
        en "The queue token has expired": "Join the queue again for a new token.",
        ko "만료된 대기열 토큰입니다": "대기열에 다시 들어가 새 토큰을 받으세요.";
    TokenReplaced 401 "token_replaced"
        en "The buyer joined anew; this queue token is dead": "Use the newer token.",
        ko "새로 대기해서 이 대기열 토큰은 쓸 수 없습니다": "새로 받은 토큰을 쓰세요.";
    TokenLeft 401 "token_left"
        en "The buyer left the queue; this queue token is dead": "Join the queue again for a new token.",
        ko "대기열에서 나가서 이 대기열 토큰은 쓸 수 없습니다": "대기열에 다시 들어가 새 토큰을 받으세요.";
    TokenCompleted 401 "token_completed"
        en "The visit ended with a payment; this queue token is dead": "Join the queue again to buy more.",
        ko "결제로 예매가 끝나서 이 대기열 토큰은 쓸 수 없습니다": "더 사려면 대기열에 다시 들어가세요.";
    InsufficientBalance 402 "insufficient_balance" [BALANCE, NEEDED]
        en "The balance is too small": "Top up and pay again; your seats are still held.",
        ko "잔액이 부족합니다": "필요한 금액은 {needed}, 잔액은 {balance}입니다. 충전하고 다시 결제하세요.";
    NotAdmitted 403 "not_admitted" [NUMBER, POSITION, POLL_AFTER]
        en "It is not your turn yet": "Wait until the queue lets you in.",
        ko "아직 차례가 아닙니다": "대기열이 들여보낼 때까지 기다리세요.";
    ScopeMissing 403 "scope_missing" [SCOPE]
        en "The staff key may not do this": "Ask for a key with the scope `{scope}`.",
        ko "이 직원 키로는 할 수 없는 일입니다": "권한이 `{scope}`인 키를 받으세요.";
    AdmissionOver 403 "admission_over"
        en "The time to choose seats is over": "You may still pay for what you hold.",
        ko "좌석을 고를 시간이 끝났습니다": "선점한 좌석은 아직 결제할 수 있습니다.";
    TopUpForbidden 403 "top_up_forbidden"
        en "Only the operator tops up balances here": "Ask at the counter.",
        ko "여기서는 운영자만 잔액을 충전합니다": "매표소에 문의하세요.";
    NotFound 404 "not_found"
        en "There is no such address": "The document at /docs lists every address.",
        ko "없는 주소입니다": "모든 주소는 /docs의 문서에 있습니다.";
    ConcertNotFound 404 "concert_not_found"
        en "There is no such concert": "GET /v1/concerts lists all concerts.",
        ko "없는 공연입니다": "모든 공연은 GET /v1/concerts에 있습니다.";
    HallNotFound 404 "hall_not_found"
        en "There is no such hall": "Make the hall first.",
        ko "없는 공연장입니다": "공연장을 먼저 만드세요.";
    PerformanceNotFound 404 "performance_not_found"
        en "There is no such performance in this concert": "GET /v1/dates lists all dates.",
        ko "이 공연에 없는 회차입니다": "모든 회차는 GET /v1/dates에 있습니다.";
    SeatNotFound 404 "seat_not_found"
        en "There is no such seat in this performance": "The seat map lists all seats.",
        ko "이 회차에 없는 좌석입니다": "모든 좌석은 좌석 배치도에 있습니다.";
    GradeNotFound 404 "grade_not_found"
        en "This performance has no such grade": "GET /v1/dates lists the grades.",
        ko "이 회차에 없는 등급입니다": "등급은 GET /v1/dates에 있습니다.";
    TicketTypeNotFound 404 "ticket_type_not_found"
        en "This performance has no such ticket type": "GET /v1/dates lists the ticket types.",
        ko "이 회차에 없는 권종입니다": "권종은 GET /v1/dates에 있습니다.";
    SectionNotFound 404 "section_not_found"
        en "This performance has no such section": "The seat map names the sections.",
        ko "이 회차에 없는 구역입니다": "구역은 좌석 배치도에 있습니다.";
    BlockNotFound 404 "block_not_found"
        en "This performance has no such block": "The performance's blocks are listed at the desk.",
        ko "이 회차에 없는 판매 제외 좌석입니다": "회차의 판매 제외 좌석은 데스크에 있습니다.";
    HoldNotFound 404 "hold_not_found"
        en "You have no such hold": "It may have ended. GET /v1/holds lists yours.",
        ko "없는 선점입니다": "이미 끝났을 수 있습니다. 내 선점은 GET /v1/holds에 있습니다.";
    CheckoutNotFound 404 "checkout_not_found"
        en "You have no such checkout": "Open one with open_checkout.",
        ko "없는 카드 결제입니다": "open_checkout으로 시작하세요.";
    ProviderNotFound 404 "provider_not_found"
        en "There is no such payment provider here": "GET /v1/venue names the `checkout_providers`.",
        ko "여기에 없는 결제 대행사입니다": "GET /v1/venue의 `checkout_providers`에 있는 것을 쓰세요.";
    PaymentNotFound 404 "payment_not_found"
        en "You have no such payment": "GET /v1/payments lists yours.",
        ko "없는 결제입니다": "내 결제는 GET /v1/payments에 있습니다.";
    TicketNotFound 404 "ticket_not_found"
        en "You have no such ticket": "GET /v1/payments lists your tickets.",
        ko "없는 티켓입니다": "내 티켓은 GET /v1/payments에 있습니다.";
    LinkNotFound 404 "link_not_found"
        en "The link was used, is over, or never was": "Ask for another mail.",
        ko "이미 썼거나 만료되었거나 없는 링크입니다": "메일을 새로 요청하세요.";
    CheckInNotFound 404 "check_in_not_found"
        en "There is no such check-in": "It may have been undone.",
        ko "없는 입장 기록입니다": "이미 취소되었을 수 있습니다.";
    WebhookNotFound 404 "webhook_not_found"
        en "There is no such webhook": "GET /v1/operator/webhooks lists all.",
        ko "없는 웹훅입니다": "모든 웹훅은 GET /v1/operator/webhooks에 있습니다.";
    DeliveryNotFound 404 "delivery_not_found"
        en "There is no such message to this webhook": "list_deliveries has all.",
        ko "이 웹훅에 보낸 적 없는 메시지입니다": "모든 메시지는 list_deliveries에 있습니다.";
    MailNotFound 404 "mail_not_found"
        en "There is no such mail": "GET /v1/operator/mails lists all.",
        ko "없는 메일입니다": "모든 메일은 GET /v1/operator/mails에 있습니다.";
    SessionNotFound 404 "session_not_found"
        en "You have no such session": "GET /v1/account/sessions lists yours.",
        ko "내 계정에 없는 세션입니다": "내 세션은 GET /v1/account/sessions에 있습니다.";
    StaffKeyNotFound 404 "staff_key_not_found"
        en "There is no such staff key": "GET /v1/operator/staff-keys lists all.",
        ko "없는 직원 키입니다": "모든 직원 키는 GET /v1/operator/staff-keys에 있습니다.";
    PictureNotFound 404 "picture_not_found"
        en "The concert has no such picture": "Its address stands with the concert, and is another one for every picture.",
        ko "이 공연에 없는 그림입니다": "그림의 주소는 공연과 함께 나오며 그림마다 다릅니다.";
    CodeNotFound 404 "code_not_found"
        en "There is no such code for this": "Look at how it is written, or go on without it.",
        ko "여기에 쓸 수 있는 코드가 아닙니다": "코드를 다시 확인하거나 코드 없이 진행하세요.";
    CodeBatchNotFound 404 "code_batch_not_found"
        en "There is no such batch of codes": "GET /v1/operator/concerts/{concert_id}/code-batches lists a concert's.",
        ko "없는 코드 묶음입니다": "공연의 코드 묶음은 GET /v1/operator/concerts/{concert_id}/code-batches에 있습니다.";
    NotOnWaitlist 404 "not_on_waitlist"
        en "You are not on this waitlist": "It may have been passed over, or you left. Join it anew.",
        ko "대기 명단에 없습니다": "순서가 지나갔거나 명단에서 나갔을 수 있습니다. 다시 등록하세요.";
    UserNotFound 404 "user_not_found"
        en "There is no such user": "The buyer's id is in the answer of sign_up.",
        ko "없는 사용자입니다": "구매자의 ID는 sign_up의 응답에 있습니다.";
    NotInQueue 404 "not_in_queue"
        en "You are not in this queue": "Join the queue first.",
        ko "이 대기열에 없습니다": "먼저 대기열에 들어가세요.";
    MethodNotAllowed 405 "method_not_allowed"
        en "This address does not take this method": "The header `Allow` lists those it takes.",
        ko "이 주소에 쓸 수 없는 메서드입니다": "쓸 수 있는 메서드는 `Allow` 헤더에 있습니다.";
    RequestTimeout 408 "request_timeout"
        en "The request did not arrive in time": "The rest of the body did not come.",
        ko "요청이 제때 오지 않았습니다": "본문의 나머지가 오지 않았습니다. 바뀐 것은 없습니다.";
    ExternalIdTaken 409 "external_id_taken"
        en "The venue's own site knows another buyer by this": "GET /v1/operator/users?external_id=… finds them.",
        ko "예매처 사이트가 이미 다른 구매자에게 쓰는 ID입니다": "GET /v1/operator/users?external_id=…로 찾을 수 있습니다.";
    NotAMember 409 "not_a_member"
        en "The buyer has a log-in of their own": "Only a buyer whom the venue's own site made has no log-in.",
        ko "스스로 로그인하는 구매자입니다": "예매처 사이트가 만든 구매자만 로그인 없이 있습니다.";
    MergeTooLarge 409 "merge_too_large"
        en "The accounts have too much history to be made one at once": "More than 1000 postings of both are not made one at once.",
        ko "기록이 너무 많아 두 계정을 한 번에 합칠 수 없습니다": "두 계정의 내역이 1000건을 넘으면 한 번에 합칠 수 없습니다.";
    BalanceLeft 409 "balance_left" [BALANCE]
        en "There is money on the balance": "Have it paid out first, or send give_up_balance=true.",
        ko "잔액이 남아 있습니다": "잔액({balance})을 먼저 돌려받거나 give_up_balance=true를 보내세요.";
    EmailTaken 409 "email_taken"
        en "The e-mail address has an account already": "Log in, or use another address.",
        ko "이미 가입된 이메일입니다": "로그인하거나 다른 주소를 쓰세요.";
    QueueNotOpen 409 "queue_not_open" [OPENS_AT]
        en "The queue has not opened yet": "Join when the queue opens.",
        ko "아직 대기가 시작되지 않았습니다": "대기는 {opens_at}에 시작됩니다.";
    QueueDraining 409 "queue_draining"
        en "The queue takes no more buyers": "Only those who are in line already are still let in.",
        ko "더 이상 대기할 수 없습니다": "이미 줄을 선 사람만 들어갑니다.";
    QueueClosed 409 "queue_closed"
        en "The queue is closed": "The operator has closed the queue.",
        ko "대기가 마감되었습니다": "운영자가 대기를 마감했습니다.";
    PresaleOver 409 "presale_over"
        en "The draw is made; nobody comes ahead any more": "The code was not used. Join the queue without it, as everybody does now.",
        ko "추첨이 끝나 선예매 순서가 없습니다": "코드는 사용되지 않았습니다. 이제는 모두처럼 코드 없이 대기하세요.";
    DrawNotMade 409 "draw_not_made"
        en "The draw has not been made yet": "It is made when the sale begins.",
        ko "아직 추첨하지 않았습니다": "판매가 시작될 때 추첨합니다.";
    DrawMade 409 "draw_made"
        en "The draw has been made": "Buyers have been told their numbers by it.",
        ko "이미 추첨했습니다": "구매자들이 추첨된 번호를 이미 받았습니다.";
    ConcertStateFixed 409 "concert_state_fixed"
        en "The concert cannot become that any more": "A draft is published, what is published is cancelled; what has ended stays as it is.",
        ko "더 이상 바꿀 수 없는 공연 상태입니다": "초안은 공개하고 공개한 공연은 취소할 수 있습니다. 끝난 공연은 그대로 남습니다.";
    ConcertCancelled 409 "concert_cancelled"
        en "The concert is cancelled": "Nothing is sold for it any more.",
        ko "취소된 공연입니다": "이 공연은 더 이상 판매하지 않습니다.";
    PerformanceCancelled 409 "performance_cancelled"
        en "The performance is cancelled": "Nothing is sold for it any more.",
        ko "취소된 회차입니다": "이 회차는 더 이상 판매하지 않습니다.";
    NotCancelled 409 "not_cancelled"
        en "The performance is not cancelled": "Cancel it first.",
        ko "취소되지 않은 회차입니다": "먼저 취소하세요.";
    CheckedIn 409 "checked_in" [CHECK_IN, CHECKED_IN_AT, GATE]
        en "Somebody came in by this ticket": "Look at the time and the gate of the first scan.",
        ko "이미 입장한 티켓입니다": "처음 스캔한 시각과 입구를 확인하세요.";
    OtherPerformance 409 "other_performance" [WHICH, STARTS_AT, LOCAL_DATE, LOCAL_TIME, UTC_OFFSET, HALL]
        en "The ticket is for another performance": "It is for New Year's Concert, 2027-01-01 19:30 (+09:00), Grand Hall.",
        ko "다른 회차의 티켓입니다": "{local_date} {local_time} ({utc_offset}), {hall} 티켓입니다.";
    TicketCancelled 409 "ticket_cancelled"
        en "The ticket is cancelled": "It was refunded, and opens nothing any more.",
        ko "취소된 티켓입니다": "환불되어 더는 쓸 수 없습니다.";
    TicketUsed 409 "ticket_used"
        en "Somebody came in by the ticket": "Ask at the counter.",
        ko "이미 입장에 쓴 티켓입니다": "매표소에 문의하세요.";
    TicketHandedOn 409 "ticket_handed_on"
        en "The ticket is another account's now": "It belongs to another account now.",
        ko "다른 계정으로 넘긴 티켓입니다": "이제 다른 계정의 티켓입니다.";
    CancellationClosed 409 "cancellation_closed"
        en "Buyers cannot cancel this by themselves": "Ask at the counter.",
        ko "구매자가 직접 취소할 수 없습니다": "매표소에 문의하세요.";
    NotThroughProvider 409 "not_through_provider"
        en "So much did not come through a payment provider": "Refund it to the balance, or as cash.",
        ko "그만큼은 결제 대행사를 거쳐 들어온 돈이 아닙니다": "잔액이나 현금으로 환불하세요.";
    BalanceTooSmall 409 "balance_too_small" [BALANCE]
        en "There is less on the balance": "Pay out less.",
        ko "잔액이 그보다 적습니다": "잔액은 {balance}입니다. 더 적게 지급하세요.";
    SalePaused 409 "sale_paused"
        en "The performance's sale is paused": "Try again later; nothing is held or sold meanwhile.",
        ko "이 회차의 판매가 잠시 멈췄습니다": "나중에 다시 시도하세요. 그동안은 선점도 판매도 없습니다.";
    SaleOver 409 "sale_over"
        en "The sale is over": "Nothing is sold for this concert any more.",
        ko "판매가 끝났습니다": "이 공연은 더 이상 판매하지 않습니다.";
    InUse 409 "in_use"
        en "Something hangs on it": "Take back what hangs on it first, or cancel the concert.",
        ko "다른 것이 사용하고 있습니다": "사용하는 것을 먼저 지우거나 공연을 취소하세요.";
    MoveTooLarge 409 "move_too_large"
        en "Too many places would have other numbers": "More than 10000 places that were touched would have other numbers. Nothing was changed.",
        ko "번호가 바뀌는 자리가 너무 많습니다": "이미 쓰인 자리가 10000개 넘게 다른 번호를 받게 됩니다. 바뀐 것은 없습니다.";
    SeatsMissing 409 "seats_missing" [MISSING]
        en "The hall's version lacks seats that are taken": "1 seats that are taken are not there. Nothing was changed.",
        ko "새 공연장 배치에 이미 쓰인 좌석이 없습니다": "없는 좌석은 `seats`에 있습니다. 바뀐 것은 없습니다.";
    SeatTaken 409 "seat_taken" [TAKEN, YOURS]
        en "Seats are taken": "Choose other seats; none of yours was taken.",
        ko "이미 팔렸거나 선점된 좌석입니다": "다른 좌석을 고르세요. 이번에 잡힌 좌석은 없습니다.";
    NotEnoughSeats 409 "not_enough_seats" [AVAILABLE]
        en "Too few seats are left": "Choose fewer seats or other ones.",
        ko "남은 좌석이 부족합니다": "남은 좌석은 {available}석입니다. 매수를 줄이거나 다른 좌석을 고르세요.";
    TicketTypeNotSold 409 "ticket_type_not_sold"
        en "Seats of this grade are not sold as that ticket type": "Seats of the grade VIP are not sold as child.",
        ko "이 등급에서 팔지 않는 권종입니다": "이 등급에서 파는 권종은 GET /v1/dates에 있습니다.";
    LoneSeat 409 "lone_seat" [LONE, INSTEAD]
        en "A single free seat would be left alone": "Take the seats that would be left alone too, or others; `instead` names some.",
        ko "빈 좌석 하나가 홀로 남게 됩니다": "홀로 남을 좌석도 함께 고르거나 다른 좌석을 고르세요. `instead`에 예가 있습니다.";
    SeatLimit 409 "seat_limit" [LIMIT, ALREADY]
        en "More seats than one buyer may have": "One buyer may have {limit} seats of a performance; you have {already}.",
        ko "한 사람이 살 수 있는 좌석 수를 넘습니다": "한 사람이 {limit}석까지 살 수 있는데 이미 {already}석이 있습니다.";
    PerformanceStarted 409 "performance_started"
        en "The performance has started": "Nothing is sold from its start on.",
        ko "이미 시작된 회차입니다": "시작된 뒤에는 판매하지 않습니다.";
    HallTaken 409 "hall_taken" [THERE, STARTS_AT, LOCAL_DATE, LOCAL_TIME, UTC_OFFSET, HALL]
        en "The hall is taken at that time": "Choose another time or hall, or send allow_overlap.",
        ko "그 시간에 이미 쓰는 공연장입니다": "{hall}에서 {local_date} {local_time} ({utc_offset})에 다른 회차가 시작합니다. 다른 시간이나 공연장을 고르거나 allow_overlap을 보내세요.";
    SaleTooLate 409 "sale_too_late" [ON_SALE_AT, LOCAL_DATE, LOCAL_TIME, UTC_OFFSET]
        en "The sale begins after the performance's start": "Let the sale begin earlier, or send allow_late_sale.",
        ko "판매가 회차의 시작보다 늦게 시작됩니다": "판매는 {local_date} {local_time} ({utc_offset})에 시작됩니다. 판매를 앞당기거나 allow_late_sale을 보내세요.";
    NotSoldOut 409 "not_sold_out" [LEFT_OF]
        en "It is not sold out": "Join the queue: seats are left, or may still come back to it.",
        ko "매진이 아닙니다": "좌석이 남았거나 다시 나올 수 있으니 대기열에 들어가세요.";
    WaitlistClosed 409 "waitlist_closed"
        en "The waitlist is closed": "Nobody joins it any more.",
        ko "대기 명단이 마감되었습니다": "더 이상 등록할 수 없습니다.";
    OnWaitlist 409 "on_waitlist"
        en "You are on this waitlist already": "To wish for something else, leave it and join again at its end.",
        ko "이미 대기 명단에 있습니다": "다른 것을 바라면 명단에서 나간 뒤 맨 뒤에 다시 등록하세요.";
    WaitlistFull 409 "waitlist_full"
        en "The waitlist is full": "As many wait as can hope for seats.",
        ko "대기 명단이 가득 찼습니다": "좌석을 바랄 수 있는 만큼 이미 기다리고 있습니다.";
    WaitlistFirst 409 "waitlist_first"
        en "What came back is offered to the waitlist first": "Choose other seats, or join the waitlist.",
        ko "돌아온 좌석은 대기 명단에 먼저 제안됩니다": "다른 좌석을 고르거나 대기 명단에 등록하세요.";
    NoOffer 409 "no_offer"
        en "Nothing is offered to you now": "Seats are offered when they come back.",
        ko "지금은 제안된 좌석이 없습니다": "좌석은 돌아올 때 제안됩니다.";
    CodeTaken 409 "code_taken"
        en "Another code of the concert reads the same": "Another batch of this concert has it; choose another.",
        ko "이 공연에 이미 있는 코드입니다": "이 공연의 다른 묶음에 있는 코드입니다. 다른 것을 고르세요.";
    CodeUsedUp 409 "code_used_up"
        en "The code was used as often as it may be": "Go on without it.",
        ko "쓸 수 있는 만큼 다 쓴 코드입니다": "코드 없이 진행하세요.";
    CodeNotForThese 409 "code_not_for_these"
        en "The code takes nothing off these places": "Go on without it; it was not used.",
        ko "이 자리에는 적용되지 않는 코드입니다": "코드 없이 진행하세요. 코드는 사용되지 않았습니다.";
    AmountMismatch 409 "amount_mismatch" [COST]
        en "The amount is not the price of the seats": "Look at the price again.",
        ko "금액이 좌석 값과 다릅니다": "좌석 값은 {amount}입니다. 금액을 다시 확인하세요.";
    BalanceTooLarge 409 "balance_too_large"
        en "The balance would be too large": "Top up less.",
        ko "잔액 한도를 넘습니다": "더 적게 충전하세요.";
    CurrencyFixed 409 "currency_fixed"
        en "The currency cannot change any more": "There are prices or balances already: they would be other amounts.",
        ko "통화를 더 이상 바꿀 수 없습니다": "이미 가격이나 잔액이 있습니다. 통화를 바꾸면 다른 금액이 됩니다.";
    WebhookLimit 409 "webhook_limit"
        en "As many webhooks are named as may be": "Take one away first.",
        ko "웹훅을 더 등록할 수 없습니다": "먼저 하나를 지우세요.";
    WebhookDisabled 409 "webhook_disabled"
        en "The webhook is told nothing any more": "It answered 410. Name it anew.",
        ko "더 이상 알리지 않는 웹훅입니다": "410으로 응답한 웹훅입니다. 새로 등록하세요.";
    MailOff 409 "mail_off"
        en "This box office sends no mail": "The operator has set no mail server; ask at the counter.",
        ko "이 예매처는 메일을 보내지 않습니다": "메일 서버가 설정되어 있지 않습니다. 매표소에 문의하세요.";
    LastManager 409 "last_manager"
        en "Nobody else could manage this box office": "Make another key with the scope `manage` first.",
        ko "예매처를 관리할 사람이 없게 됩니다": "먼저 권한 `manage`가 있는 다른 키를 만드세요.";
    ChangedMeanwhile 412 "changed_meanwhile"
        en "It is not what it was any more": "Read it again, and send its `ETag` as `If-Match`.",
        ko "그사이 바뀌었습니다": "다시 읽고 그 `ETag`를 `If-Match`로 보내세요.";
    BodyTooLarge 413 "body_too_large"
        en "The request's body is too large": "Send less.",
        ko "본문이 너무 큽니다": "더 적게 보내세요.";
    UriTooLong 414 "uri_too_long"
        en "The request's address is too long": "Send a shorter address.",
        ko "주소가 너무 깁니다": "더 짧은 주소로 보내세요.";
    UnsupportedMediaType 415 "unsupported_media_type"
        en "The body must be application/json": "Send JSON with `Content-Type: application/json`.",
        ko "본문은 application/json이어야 합니다": "`Content-Type: application/json`으로 JSON을 보내세요.";
    ContentEncodingUnsupported 415 "content_encoding_unsupported"
        en "The body must not be compressed": "Send the body as it is, without Content-Encoding.",
        ko "압축한 본문은 받지 않습니다": "Content-Encoding 없이 본문을 그대로 보내세요.";
    ExpectationFailed 417 "expectation_failed"
        en "The request expects what is not understood here": "Send no Expect, or `100-continue`.",
        ko "여기서 알 수 없는 Expect입니다": "Expect를 빼거나 `100-continue`로 보내세요.";
    IdempotencyKeyReused 422 "idempotency_key_reused"
        en "The Idempotency-Key was used with another body": "Use a new key for a new request; repeat a request unchanged.",
        ko "다른 본문에 이미 쓴 Idempotency-Key입니다": "새 요청에는 새 키를 쓰고, 되풀이할 때는 요청을 그대로 보내세요.";
    TooManyStreams 429 "too_many_streams"
        en "One queue token follows too much at once": "Close one of the streams first.",
        ko "대기열 토큰 하나로 연 스트림이 너무 많습니다": "열린 스트림을 먼저 닫으세요.";
    SlowDown 429 "slow_down"
        en "You ask for too much at once": "You join too often. Come again in 6 seconds.",
        ko "한꺼번에 너무 많이 요청했습니다": "`Retry-After`에 적힌 시간 뒤에 다시 요청하세요.";
    HeadTooLarge 431 "head_too_large"
        en "The request's headers are too long or too many": "Send fewer and shorter headers.",
        ko "헤더가 너무 길거나 많습니다": "헤더를 더 짧고 적게 보내세요.";
    Internal 500 "internal"
        en "Something went wrong here": "The operator finds the cause in the log.",
        ko "예매처에 문제가 생겼습니다": "원인은 운영자의 로그에 있습니다.";
    TransferEncodingUnsupported 501 "transfer_encoding_unsupported"
        en "The body is framed in a way not understood here": "Send Content-Length, or `Transfer-Encoding: chunked` alone.",
        ko "본문을 나눈 방식을 알 수 없습니다": "Content-Length나 `Transfer-Encoding: chunked` 하나만 보내세요.";
    Overloaded 503 "overloaded"
        en "The box office is very busy": "Too many requests are waiting; nothing was changed.",
        ko "예매처가 매우 바쁩니다": "기다리는 요청이 너무 많습니다. 바뀐 것은 없습니다.";
    ProviderSilent 503 "provider_silent"
        en "The payment provider does not answer": "Repeat the request with the same Idempotency-Key: there will be one checkout.",
        ko "결제 대행사가 응답하지 않습니다": "같은 Idempotency-Key로 다시 요청하세요. 카드 결제는 하나만 생깁니다.";
    NoLeader 503 "no_leader"
        en "The part of the box office that sells is not there for a moment": "Nothing was changed. Ask again in some seconds.",
        ko "판매를 맡은 서버가 잠시 없습니다": "바뀐 것은 없습니다. 몇 초 뒤에 다시 요청하세요.";
    NodeBehind 503 "node_behind"
        en "This server has not heard of your place in line yet": "Your place is safe. Ask again in a second.",
        ko "이 서버에 아직 대기 순번이 도착하지 않았습니다": "순번은 그대로 있습니다. 잠시 뒤에 다시 요청하세요.";
    OutcomeUnknown 503 "outcome_unknown"
        en "Nobody knows yet whether the change stands": "Repeat the request with the same Idempotency-Key: it then says what became of it.",
        ko "바뀌었는지 아직 알 수 없습니다": "같은 Idempotency-Key로 다시 요청하면 결과를 알려 줍니다.";
}
