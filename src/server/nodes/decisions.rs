//! Which operations a node that follows answers itself, and which it hands on to the leader. Every change is the leader's. A
//! new operation that only reads has to be put on one of the two lists; a test says which are missing.

use poem::http::Method;

/// Answered by every node: what all may see, and what a queue token shows of the line and the seats, from memory.
const HERE: &[(&str, &str)] = &[
    ("venue", "/v1/venue"),
    ("list_concerts", "/v1/concerts"),
    ("show_concert", "/v1/concerts/{concert_id}"),
    ("show_picture", "/v1/concerts/{concert_id}/picture/{picture_hash}"),
    ("plan", "/v1/performances/{performance_id}/plan"),
    ("queue_position", "/v1/queue/position"),
    ("stream_position", "/v1/queue/position/stream"),
    ("show_draw", "/v1/concerts/{concert_id}/queue/draw"),
    ("list_dates", "/v1/dates"),
    ("seat_map", "/v1/performances/{performance_id}/seats"),
    ("stream_seats", "/v1/performances/{performance_id}/seats/stream"),
];

/// Reads that are the leader's: what belongs to one person, and all that the desk sees. There what was just done has been done.
#[cfg(test)]
const WITH_THE_LEADER: &[&str] = &[
    "list_sessions",
    "show_account",
    "export_account",
    "current_token",
    "list_holds",
    "balance",
    "list_postings",
    "show_checkout",
    "list_payments",
    "show_bill",
    "show_payment",
    "show_ticket",
    "show_ticket_qr",
    "show_ticket_page",
    "show_ticket_calendar",
    "list_handed_tickets",
    "show_waitlist_place",
    // The desk's.
    "show_desk_session",
    "list_staff_keys",
    "show_staff_key",
    "list_audit",
    "list_mails",
    "list_webhooks",
    "list_deliveries",
    "find_users",
    "show_user",
    "inspect_payment",
    "show_cancellation",
    "list_cancellations",
    "count_check_ins",
    "door_list",
    "inspect_ticket",
    "list_user_payments",
    "print_payment",
    "print_ticket",
    "print_ticket_qr",
    "list_day_closes",
    "inspect_seats",
    "best_seats",
    "list_halls",
    "show_hall",
    "export_hall",
    "hall_plan",
    "list_all_concerts",
    "inspect_concert",
    "list_performances",
    "inspect_performance",
    "list_blocks",
    "list_code_batches",
    "inspect_code_batch",
    "list_codes",
    "export_codes",
    "inspect_waitlist",
    "show_queue",
    "show_attention",
    "show_sale",
    "stream_sale",
    "show_verification",
    "list_backups",
    "list_checkouts",
    "report_sales",
    "list_sold_tickets",
    "report_takings",
    "list_booked_postings",
    "list_all_day_closes",
    "report_refunds",
    "list_refunded_tickets",
    "report_attendance",
    "list_check_ins",
    "export_report",
];

/// Who answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// Whichever node is asked.
    Anyone,
    /// The same, once the entry of the queue token is known there.
    AnyoneOnceKnown,
    /// The leader.
    Leader,
}

/// Who answers this.
pub(super) fn answers(method: &Method, path: &str) -> Answers {
    // A page of the built-in provider stands for another company's server, and has an office to tell.
    if !path.starts_with("/v1/") && !path.starts_with("/fake-provider/") {
        return Answers::Anyone;
    }
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    match HERE.iter().find(|(_, known)| is_read && fits(known, path)) {
        None => Answers::Leader,
        Some(("queue_position" | "stream_position" | "list_dates" | "seat_map" | "stream_seats", _)) => {
            Answers::AnyoneOnceKnown
        }
        Some(_) => Answers::Anyone,
    }
}

fn fits(known: &str, path: &str) -> bool {
    let (mut known, mut asked) = (known.split('/'), path.split('/'));
    loop {
        match (known.next(), asked.next()) {
            (None, None) => return true,
            (Some(known), Some(asked)) if known == asked => {}
            (Some(known), Some(asked)) if known.starts_with('{') && !asked.is_empty() => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::server::document::document_json;

    fn operations() -> Vec<(Method, String, Value)> {
        let document: Value = serde_json::from_str(&document_json()).expect("JSON");
        let paths = document["paths"].as_object().expect("paths").clone();
        let of_path = |(path, of): (String, Value)| {
            let of = of.as_object().expect("operations").clone();
            of.into_iter().filter_map(move |(method, of)| {
                let method = method.to_uppercase().parse().ok().filter(|_| of["operationId"].is_string())?;
                Some((method, path.clone(), of))
            })
        };
        paths.into_iter().flat_map(of_path).collect()
    }

    fn name(of: &Value) -> &str {
        of["operationId"].as_str().expect("a name")
    }

    #[test]
    fn every_operation_that_reads_stands_on_one_of_the_lists_and_no_other_does() {
        let all = operations();
        let reads: BTreeSet<_> =
            all.iter().filter(|(method, ..)| method == Method::GET).map(|(.., of)| name(of)).collect();
        let decided: Vec<_> = HERE.iter().map(|(name, _)| *name).chain(WITH_THE_LEADER.iter().copied()).collect();
        assert_eq!(decided.iter().copied().collect::<BTreeSet<_>>(), reads);
        assert_eq!(decided.len(), reads.len(), "none stands there twice");
    }

    #[test]
    fn what_is_answered_here_asks_for_no_session_and_no_staff_key() {
        for (method, path, of) in operations() {
            let asks_for = |scheme: &str| of["security"].to_string().contains(&format!("\"{scheme}\""));
            let answers = answers(&method, &path);
            let is_here = HERE.iter().any(|(here, at)| *here == name(&of) && *at == path);
            assert_eq!(answers != Answers::Leader, is_here, "{method} {path}");
            assert!(!is_here || !(asks_for("Session") || asks_for("StaffKey")), "{path} is personal");
            // A token is good for what it shows only once its entry is here.
            assert_eq!(answers == Answers::AnyoneOnceKnown, is_here && asks_for("QueueToken"), "{path}");
        }
    }

    #[test]
    fn pages_are_answered_here_and_what_nobody_knows_is_the_leaders() {
        let get = |path| answers(&Method::GET, path);
        assert_eq!((get("/"), get("/docs"), get("/brand.css")), (Answers::Anyone, Answers::Anyone, Answers::Anyone));
        assert_eq!(answers(&Method::HEAD, "/v1/venue"), Answers::Anyone);
        assert_eq!(answers(&Method::POST, "/v1/venue"), Answers::Leader);
        for path in ["/v1/venue/", "/v1/concerts/", "/v1/concerts//queue/draw", "/v1/nothing", "/fake-provider/1"] {
            assert_eq!(get(path), Answers::Leader, "{path}");
        }
    }
}
