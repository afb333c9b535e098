//! The laws as queries. Each gives a text for every row that breaks it.

use uuid::Uuid;

use crate::queue::Tier;
use crate::store::{Query, StoreError, Tx, params};

pub(super) struct Check {
    pub(super) law: u8,
    pub(super) what: &'static str,
    pub(super) query: Query,
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        law: 1,
        what: "a sold seat without its own ticket",
        query: "SELECT 'seat ' || s.performance_key || '-' || s.seat_no FROM seat s
                LEFT JOIN ticket t ON t.ticket_key = s.ticket_key
                WHERE s.state = 'sold' AND (t.ticket_key IS NULL OR t.refund_key IS NOT NULL OR t.performance_key <> s.performance_key
                                            OR t.seat_no <> s.seat_no) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a ticket whose seat is not sold by it",
        query: "SELECT 'ticket ' || t.ticket_key FROM ticket t
                LEFT JOIN seat s ON s.performance_key = t.performance_key AND s.seat_no = t.seat_no
                WHERE t.refund_key IS NULL AND (s.ticket_key IS NULL OR s.ticket_key <> t.ticket_key) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a held seat whose hold does not name it",
        query: "SELECT 'seat ' || s.performance_key || '-' || s.seat_no FROM seat s
                JOIN performance p USING (performance_key)
                WHERE s.state = 'held' AND NOT EXISTS (
                  SELECT 1 FROM hold h, json_each(h.seat_numbers) n
                  WHERE h.concert_key = p.concert_key AND h.ordinal = s.held_by AND h.id = s.hold_id
                    AND h.performance_key = s.performance_key AND n.value = s.seat_no
                    AND h.held_until = s.held_until) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a hold of an entry that has ended",
        query: "SELECT 'concert ' || h.concert_key || ' entry ' || h.ordinal FROM hold h
                LEFT JOIN (SELECT concert_key, ordinal, status = 'admitted' AS lives, ended_at FROM queue_entry
                           UNION ALL SELECT concert_key, ordinal, status = 'offered', ended_at FROM waitlist_entry) e
                  USING (concert_key, ordinal)
                WHERE e.lives IS NULL OR NOT e.lives AND h.held_until > coalesce(e.ended_at, 0) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a count of bought seats that is not that of the buyer's tickets",
        query: "SELECT 'user ' || user_key || ' performance ' || performance_key || ' type ' || type_no FROM (
                  SELECT user_key, concert_key, performance_key, type_no, seats, 0 AS tickets FROM seats_bought
                  UNION ALL
                  SELECT p.user_key, p.concert_key, t.performance_key, t.type_no, 0, 1 FROM ticket t
                  JOIN payment p ON p.payment_key = t.ticket_key / 64 WHERE t.refund_key IS NULL)
                GROUP BY user_key, concert_key, performance_key, type_no HAVING sum(seats) <> sum(tickets) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a held seat as another ticket type than its hold says",
        query: "SELECT 'seat ' || s.performance_key || '-' || s.seat_no FROM seat s
                JOIN performance p USING (performance_key)
                JOIN hold h ON h.concert_key = p.concert_key AND h.ordinal = s.held_by AND h.id = s.hold_id
                JOIN json_each(h.seat_numbers) n ON n.value = s.seat_no
                WHERE s.state = 'held' AND json_extract(h.type_nos, '$[' || n.key || ']') IS NOT s.type_no LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a ticket of a type that its performance does not have",
        query: "SELECT 'ticket ' || t.ticket_key FROM ticket t LEFT JOIN ticket_type y USING (performance_key, type_no)
                WHERE y.name IS NULL LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a performance without a ticket type, or a type without a price",
        query: "SELECT 'performance ' || p.performance_key FROM performance p
                LEFT JOIN ticket_type y USING (performance_key)
                WHERE NOT EXISTS (SELECT 1 FROM performance_price c
                                  WHERE c.performance_key = p.performance_key AND c.type_no = y.type_no) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a hall whose seats are not numbered through its rows",
        query: "SELECT 'version ' || version_key || ' row ' || row_no FROM (
                  SELECT version_key, row_no, first_seat, iif(json_valid(seats), json_array_length(seats), 0) AS seats,
                         lead(first_seat, 1, seat_count + 1) OVER in_order AS next_seat,
                         lag(first_seat, 1, 0) OVER in_order AS previous_seat
                  FROM hall_row JOIN hall_version USING (version_key)
                  WINDOW in_order AS (PARTITION BY version_key ORDER BY row_no))
                WHERE seats = 0 OR next_seat <> first_seat + seats OR (previous_seat = 0 AND first_seat <> 1) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a section of no known kind, or without its places",
        query: "SELECT 'version ' || version_key || ' section ' || section_no FROM hall_section s
                WHERE kind NOT IN ('seated', 'standing') OR kind = 'seated' AND capacity <> (
                  SELECT coalesce(sum(iif(json_valid(seats), json_array_length(seats), 0)), 0) FROM hall_row r
                  WHERE r.version_key = s.version_key AND r.section_no = s.section_no) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a seat that the hall does not have, or a performance in another hall's version",
        query: "SELECT 'seat ' || performance_key || '-' || seat_no FROM seat
                JOIN performance USING (performance_key) JOIN hall_version USING (version_key) WHERE seat_no > seat_count
                UNION ALL
                SELECT 'performance ' || performance_key FROM performance p JOIN hall_version v USING (version_key)
                WHERE p.hall_key <> v.hall_key LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a ticket for a seat of another version of its hall than its performance's, that stands or whose version is gone",
        query: "SELECT 'ticket ' || t.ticket_key FROM ticket t JOIN performance p USING (performance_key)
                WHERE t.version_no <> 0 AND (t.refund_key IS NULL OR NOT EXISTS (
                  SELECT 1 FROM hall_version v
                  WHERE v.hall_key = p.hall_key AND v.version_no = t.version_no AND v.is_kept = 1)) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a seat in no known state",
        query: "SELECT 'seat ' || performance_key || '-' || seat_no || ' is ' || state FROM seat
                WHERE state NOT IN ('available', 'held', 'sold', 'blocked') LIMIT ?1 + 0",
    },
    Check {
        law: 2,
        what: "a posting of no known kind, or of the wrong sign for it",
        query: "SELECT 'posting ' || posting_key FROM posting
                WHERE kind NOT IN ('top_up', 'payment', 'refund', 'pay_out', 'correction') OR actor NOT IN ('buyer', 'staff', 'system')
                   OR (kind = 'top_up' AND (amount <= 0 OR payment_key IS NOT NULL))
                   OR (kind = 'refund' AND (amount < 0 OR payment_key IS NULL))
                   OR (kind = 'pay_out' AND (amount >= 0 OR payment_key IS NOT NULL
                       OR (means IS NULL) <> (posting_key IN (SELECT posting_key FROM provider_refund))))
                   OR (kind = 'payment' AND (amount > 0 OR payment_key IS NULL)) LIMIT ?1 + 0",
    },
    Check {
        law: 2,
        what: "a balance that is not the sum of its postings, or negative",
        query: "SELECT 'user ' || w.user_key || ' has ' || w.balance || ', postings sum to ' || coalesce(p.total, 0)
                FROM wallet w LEFT JOIN (SELECT user_key, sum(amount) AS total FROM posting GROUP BY user_key) p
                  USING (user_key)
                WHERE w.balance <> coalesce(p.total, 0) OR w.balance < 0 LIMIT ?1 + 0",
    },
    Check {
        law: 2,
        what: "postings without a wallet",
        query: "SELECT 'posting ' || posting_key FROM posting WHERE user_key NOT IN (SELECT user_key FROM wallet)
                LIMIT ?1 + 0",
    },
    Check {
        law: 2,
        what: "money in is not balances plus takings plus money out",
        query: "SELECT money_in || ' <> ' || balances || ' + ' || takings || ' + ' || money_out FROM (
                  SELECT (SELECT coalesce(sum(amount), 0) FROM posting WHERE kind IN ('top_up', 'correction')) AS money_in,
                         (SELECT coalesce(sum(balance), 0) FROM wallet) AS balances,
                         (SELECT coalesce(sum(amount), 0) FROM payment)
                           - (SELECT coalesce(sum(amount), 0) FROM refund) AS takings,
                         (SELECT coalesce(-sum(amount), 0) FROM posting WHERE kind = 'pay_out') AS money_out)
                WHERE money_in <> balances + takings + money_out LIMIT ?1 + 0",
    },
    Check {
        law: 2,
        what: "a posting whose chain is broken",
        query: "SELECT 'posting ' || p.posting_key FROM posting p
                LEFT JOIN posting q ON q.posting_key = p.previous_posting_key
                WHERE coalesce(q.balance_after, 0) + p.amount <> p.balance_after
                   OR (q.posting_key IS NOT NULL AND q.user_key <> p.user_key) LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a payment without its one debit",
        query: "SELECT 'payment ' || p.payment_key FROM payment p
                LEFT JOIN (SELECT payment_key, count(*) AS debits, sum(amount) AS total, min(user_key) AS user_key
                           FROM posting WHERE kind = 'payment' GROUP BY payment_key) d USING (payment_key)
                WHERE d.debits IS NULL OR d.debits <> 1 OR d.total <> -p.amount OR d.user_key <> p.user_key LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a debit without its payment",
        query: "SELECT 'posting ' || posting_key FROM posting
                WHERE kind = 'payment' AND payment_key NOT IN (SELECT payment_key FROM payment) LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a payment whose tickets are missing or cost something else",
        query: "SELECT 'payment ' || p.payment_key FROM payment p
                WHERE (p.ticket_count, p.amount - p.order_fee) IS NOT (
                  SELECT count(*), coalesce(sum(t.price + t.fee), 0) FROM ticket t
                  WHERE t.ticket_key >= p.payment_key * 64 AND t.ticket_key < p.payment_key * 64 + 64) LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a ticket without its payment",
        query: "SELECT 'ticket ' || ticket_key FROM ticket
                WHERE ticket_key / 64 NOT IN (SELECT payment_key FROM payment) LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a payment whose visit is not completed",
        query: "SELECT 'payment ' || p.payment_key FROM payment p
                LEFT JOIN queue_entry e USING (concert_key, ordinal)
                LEFT JOIN waitlist_entry w USING (concert_key, ordinal)
                WHERE coalesce(e.status, '') <> 'completed' AND coalesce(w.status, '') <> 'taken'
                  AND (p.ordinal <> 0 OR p.staff_key IS NULL) LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "an offer that was taken without its payment",
        query: "SELECT 'concert ' || w.concert_key || ' entry ' || w.ordinal FROM waitlist_entry w
                LEFT JOIN (SELECT concert_key, ordinal, user_key FROM payment WHERE ordinal >= 2147483648) p
                  USING (concert_key, ordinal)
                WHERE w.status = 'taken' AND p.user_key IS NOT w.user_key LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "an offer without what is held for it",
        query: "SELECT 'concert ' || w.concert_key || ' entry ' || w.ordinal FROM waitlist_entry w
                LEFT JOIN hold h USING (concert_key, ordinal)
                WHERE w.status = 'offered' AND h.held_until IS NOT NULL
                  AND (h.held_until <> w.offered_until OR json_array_length(h.seat_numbers) <> w.quantity) LIMIT ?1 + 0",
    },
    Check {
        law: 5,
        what: "a waitlist's entry in no known state, or never given by its list",
        query: "SELECT 'concert ' || w.concert_key || ' entry ' || w.ordinal FROM waitlist_entry w
                LEFT JOIN waitlist l USING (concert_key)
                WHERE w.status NOT IN ('waiting', 'offered', 'taken', 'passed', 'left') OR l.last_ordinal IS NULL
                   OR w.ordinal > l.last_ordinal OR l.mode NOT IN ('in_order', 'by_draw', 'closed') LIMIT ?1 + 0",
    },
    Check {
        law: 6,
        what: "a user twice on a waitlist",
        query: "SELECT 'concert ' || concert_key || ' user ' || user_key FROM waitlist_entry
                WHERE status IN ('waiting', 'offered') GROUP BY concert_key, user_key HAVING count(*) > 1 LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "something is held or bought of a performance that is not there",
        query: "SELECT 'performance ' || performance_key FROM (
                  SELECT performance_key FROM hold UNION SELECT performance_key FROM seats_bought WHERE seats > 0
                  UNION SELECT performance_key FROM ticket)
                WHERE performance_key NOT IN (SELECT performance_key FROM performance) LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a code that was used another number of times than it is counted",
        query: "SELECT 'code ' || k.code_key FROM code k LEFT JOIN code_batch b USING (batch_key)
                LEFT JOIN (SELECT code_key, count(*) AS uses FROM payment GROUP BY code_key) p USING (code_key)
                LEFT JOIN (SELECT code_key, count(*) AS uses FROM code_bearer GROUP BY code_key) r USING (code_key)
                WHERE b.batch_key IS NULL OR b.concert_key <> k.concert_key OR k.uses > k.most_uses
                   OR k.most_uses IS NOT b.uses_per_code
                   OR k.uses <> iif(b.tier IS NULL, coalesce(p.uses, 0), coalesce(r.uses, 0))
                   OR iif(b.tier IS NULL, r.uses, p.uses) IS NOT NULL LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a batch of codes that counts others than it has",
        query: "SELECT 'batch ' || b.batch_key FROM code_batch b
                LEFT JOIN (SELECT batch_key, count(*) AS codes, sum(uses) AS uses FROM code GROUP BY batch_key) k
                  USING (batch_key)
                WHERE b.code_count IS NOT k.codes OR b.uses IS NOT k.uses LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a payment with a code of another concert, or with more off than the code gives",
        query: "SELECT 'payment ' || p.payment_key FROM payment p LEFT JOIN code k USING (code_key)
                LEFT JOIN code_batch b USING (batch_key)
                WHERE p.code_key IS NOT NULL
                  AND (k.concert_key IS NOT p.concert_key OR b.tier IS NOT NULL OR p.discount > b.amount) LIMIT ?1 + 0",
    },
    Check {
        law: 5,
        what: "one is ahead in the draw who bears no code for it",
        query: "SELECT 'concert ' || e.concert_key || ' entry ' || e.ordinal FROM queue_entry e
                WHERE e.tier <> 10 AND (e.concert_key, e.user_key, e.tier) NOT IN (
                  SELECT b.concert_key, r.user_key, b.tier FROM code_bearer r
                  JOIN code k USING (code_key) JOIN code_batch b USING (batch_key) WHERE b.tier IS NOT NULL) LIMIT ?1 + 0",
    },
    Check {
        law: 4,
        what: "a queue that is not what its concert is",
        query:
            "SELECT 'concert ' || q.concert_key || ' is ' || coalesce(c.state, 'not there') || ', its queue ' || q.phase
                FROM queue q LEFT JOIN concert c USING (concert_key)
                WHERE c.id IS NOT q.concert_id OR (c.state, q.phase) NOT IN (VALUES
                  ('draft', 'withheld'), ('published', 'running'), ('published', 'over'), ('cancelled', 'cancelled'),
                  ('cancelled', 'over'))
                   OR (q.phase IN ('withheld', 'over') AND q.waiting_count + q.admitted_count > 0) LIMIT ?1 + 0",
    },
    Check {
        law: 4,
        what: "a concert that ends at another time than its last performance",
        query: "SELECT 'concert ' || concert_key FROM concert c
                WHERE ends_at <> coalesce((SELECT max(ends_at) FROM performance p WHERE p.concert_key = c.concert_key),
                                          9223372036854775807) LIMIT ?1 + 0",
    },
    Check {
        law: 4,
        what: "a queue in no known state",
        query: "SELECT 'concert ' || concert_key || ' is ' || state FROM queue
                WHERE state NOT IN ('open', 'paused', 'draining', 'closed') LIMIT ?1 + 0",
    },
    Check {
        law: 4,
        what: "the count of those inside or waiting is wrong",
        query: "SELECT 'concert ' || q.concert_key FROM queue q
                WHERE q.admitted_count <> (SELECT count(*) FROM queue_entry e
                                           WHERE e.concert_key = q.concert_key AND e.status = 'admitted')
                   OR q.waiting_count <> (SELECT count(*) FROM queue_entry e
                                          WHERE e.concert_key = q.concert_key AND e.status = 'waiting') LIMIT ?1 + 0",
    },
    Check {
        law: 4,
        what: "the counts of what became of entries are wrong",
        query: "SELECT 'concert ' || q.concert_key FROM queue q
                WHERE (completed_count, expired_count, absent_count, no_show_count, left_count, replaced_count) IS NOT (
                  SELECT count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'expired'),
                         count(*) FILTER (WHERE cause = 'absence'), count(*) FILTER (WHERE cause = 'no_show'),
                         count(*) FILTER (WHERE status = 'left'), count(*) FILTER (WHERE status = 'replaced')
                  FROM queue_entry e WHERE e.concert_key = q.concert_key) LIMIT ?1 + 0",
    },
    Check {
        law: 4,
        what: "more inside than the cap allowed when the last one was let in",
        query:
            "SELECT 'concert ' || concert_key || ' has ' || admitted_count || ' inside, cap ' || cap_at_last_admission
                FROM queue WHERE admitted_count > cap_at_last_admission LIMIT ?1 + 0",
    },
    Check {
        law: 5,
        what: "a number given twice",
        query: "SELECT 'concert ' || concert_key || ' number ' || number FROM queue_entry
                WHERE number > 0 GROUP BY concert_key, number HAVING count(*) > 1 LIMIT ?1 + 0",
    },
    Check {
        law: 5,
        what: "a number never given by its queue",
        query: "SELECT 'concert ' || e.concert_key || ' entry ' || e.ordinal FROM queue_entry e
                JOIN queue q USING (concert_key) WHERE e.number > q.last_number OR e.ordinal > q.last_ordinal LIMIT ?1 + 0",
    },
    Check {
        law: 5,
        what: "one waits whose number never comes up",
        query: "SELECT 'concert ' || e.concert_key || ' number ' || e.number FROM queue_entry e
                JOIN queue q USING (concert_key) LEFT JOIN queue_turn t USING (concert_key, number)
                WHERE e.status = 'waiting' AND e.number > 0 AND t.ordinal IS NOT e.ordinal
                  AND (e.number > q.drawn_count OR q.numbered_count = q.drawn_count) LIMIT ?1 + 0",
    },
    Check {
        law: 5,
        what: "one waits with a number below one let in later",
        query: "SELECT 'concert ' || e.concert_key || ' number ' || e.number FROM queue_entry e
                JOIN queue q USING (concert_key) WHERE e.status = 'waiting' AND e.number <= q.now_serving LIMIT ?1 + 0",
    },
    Check {
        law: 6,
        what: "an entry in no known state",
        query: "SELECT 'concert ' || concert_key || ' entry ' || ordinal || ' is ' || status FROM queue_entry
                WHERE status NOT IN ('waiting', 'admitted', 'completed', 'expired', 'left', 'replaced')
                   OR cause NOT IN ('time', 'absence', 'no_show') LIMIT ?1 + 0",
    },
    Check {
        law: 6,
        what: "a user with two live entries",
        query: "SELECT 'concert ' || concert_key || ' user ' || user_key FROM queue_entry
                WHERE status IN ('waiting', 'admitted') GROUP BY concert_key, user_key HAVING count(*) > 1 LIMIT ?1 + 0",
    },
];

pub(super) fn breaches(tx: &Tx, check: &Check, limit: u32) -> Result<Vec<String>, StoreError> {
    tx.all(check.query, params![limit], |row| row.get(0))
}

/// A draw that was made.
pub(super) struct Draw {
    pub(super) concert: i64,
    pub(super) seed: [u8; 32],
    pub(super) last_ordinal: i64,
    pub(super) drawn: u32,
    pub(super) is_written: bool,
}

pub(super) fn draws(tx: &Tx) -> Result<Vec<Draw>, StoreError> {
    tx.all(
        "SELECT concert_key, draw_seed, drawn_ordinal, drawn_count, numbered_count = drawn_count FROM queue
         WHERE drawn_at IS NOT NULL",
        [],
        |row| {
            let (concert, seed) = (row.get(0)?, row.get(1)?);
            let (last_ordinal, drawn, is_written) = (row.get(2)?, row.get(3)?, row.get(4)?);
            Ok(Draw { concert, seed, last_ordinal, drawn, is_written })
        },
    )
}

/// An entry with its number, as far as that is written (0: not yet).
pub(super) type Numbered = (i64, u32);

/// Who took part in a draw, with their tiers and ids.
pub(super) fn drawn(tx: &Tx, draw: &Draw) -> Result<Vec<(Numbered, Tier, Uuid)>, StoreError> {
    tx.all(
        "SELECT ordinal, coalesce(number, 0), tier, id FROM queue_entry
         WHERE concert_key = ?1 AND ordinal <= ?2 AND (number IS NOT NULL OR status = 'waiting')",
        params![draw.concert, draw.last_ordinal],
        |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?, Uuid::from_bytes(row.get(3)?))),
    )
}

pub(super) fn counts(tx: &Tx) -> Result<Vec<(&'static str, u32)>, StoreError> {
    let counts: [(&'static str, Query); 5] = [
        ("users", "SELECT count(*) FROM account"),
        ("queue entries", "SELECT count(*) FROM queue_entry"),
        ("taken seats", "SELECT count(*) FROM seat WHERE state <> 'available'"),
        ("payments", "SELECT count(*) FROM payment"),
        ("postings", "SELECT count(*) FROM posting"),
    ];
    counts.into_iter().map(|(what, query)| Ok((what, tx.one(query, [], |row| row.get(0))?))).collect()
}
