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
        law: 14,
        what: "a block by staff without its line in the audit log",
        query: "SELECT 'block ' || block_key FROM block
                WHERE staff_key IS NOT NULL AND (staff_key, lower(hex(id))) NOT IN (
                  SELECT staff_key, replace(subject, '-', '') FROM audit
                  WHERE subject_kind = 'block' AND operation IN ('block_seats', 'refund_payment')) LIMIT ?1 + 0",
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
        what: "a balance that is not the sum of its postings",
        // Of a chain, each posting but the last is named once as the one before: without those named, the last is left.
        query: "SELECT 'user ' || w.user_key || ' has '
                  || coalesce(l.balance_after || ' after posting ' || l.posting_key, 'no posting ' || w.anchor_posting_key, 0)
                  || ', postings sum to ' || coalesce(p.total || ' after posting ' || p.last, 0)
                  || iif(p.ends <> p.last, ', in no chain', '')
                FROM wallet w LEFT JOIN posting a ON a.posting_key = w.anchor_posting_key
                LEFT JOIN posting l ON l.posting_key = coalesce(a.next_posting_key, a.posting_key)
                LEFT JOIN (SELECT user_key, sum(amount) AS total, max(posting_key) AS last,
                                  sum(posting_key) - coalesce(sum(previous_posting_key), 0) AS ends
                           FROM posting GROUP BY user_key) p ON p.user_key = w.user_key
                WHERE coalesce(l.posting_key, w.anchor_posting_key) IS NOT p.last OR l.balance_after <> p.total
                   OR p.ends <> p.last LIMIT ?1 + 0",
    },
    Check {
        law: 2,
        what: "a negative balance",
        query: "SELECT 'posting ' || posting_key FROM posting WHERE balance_after < 0 LIMIT ?1 + 0",
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
                         (SELECT coalesce(sum(l.balance_after), 0) FROM wallet w
                          JOIN posting a ON a.posting_key = w.anchor_posting_key
                          JOIN posting l ON l.posting_key = coalesce(a.next_posting_key, a.posting_key)) AS balances,
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
                LEFT JOIN posting n ON n.posting_key = p.next_posting_key
                WHERE coalesce(q.balance_after, 0) + p.amount <> p.balance_after
                   OR p.previous_debit_key IS NOT iif(q.kind = 'payment', q.posting_key, q.previous_debit_key)
                   OR (p.next_posting_key IS NOT NULL AND n.previous_posting_key IS NOT p.posting_key)
                   OR (p.previous_posting_key IS NOT NULL AND q.user_key IS NOT p.user_key) LIMIT ?1 + 0",
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
        what: "a payment whose id is not that of its key",
        query: "SELECT 'payment ' || payment_key FROM payment
                WHERE length(id) <> 16 OR substr(hex(id), 23) <> printf('%010X', payment_key) LIMIT ?1 + 0",
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
                LEFT JOIN waitlist_entry w USING (concert_key, ordinal) LEFT JOIN queue q USING (concert_key)
                WHERE coalesce(e.status, '') <> 'completed' AND coalesce(w.status, '') <> 'taken'
                  AND (p.ordinal <> 0 OR p.staff_key IS NULL)
                  AND (p.ordinal = 0 OR p.ordinal > coalesce(q.folded_ordinal, 0)) LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "other payments than completed visits that were folded",
        query: "SELECT 'concert ' || q.concert_key FROM queue q LEFT JOIN queue_fold f USING (concert_key)
                LEFT JOIN (SELECT p.concert_key, count(*) AS visits FROM payment p JOIN queue o USING (concert_key)
                           WHERE p.ordinal BETWEEN 1 AND o.folded_ordinal GROUP BY p.concert_key) p USING (concert_key)
                WHERE coalesce(f.completed_count, 0) <> coalesce(p.visits, 0) LIMIT ?1 + 0",
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
        query: "SELECT 'concert ' || q.concert_key FROM queue q LEFT JOIN queue_fold f USING (concert_key)
                WHERE (q.completed_count - coalesce(f.completed_count, 0), q.expired_count - coalesce(f.expired_count, 0),
                       q.absent_count - coalesce(f.absent_count, 0), q.no_show_count - coalesce(f.no_show_count, 0),
                       q.left_count - coalesce(f.left_count, 0), q.replaced_count - coalesce(f.replaced_count, 0)) IS NOT (
                  SELECT count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'expired'),
                         count(*) FILTER (WHERE cause = 'absence'), count(*) FILTER (WHERE cause = 'no_show'),
                         count(*) FILTER (WHERE status = 'left'), count(*) FILTER (WHERE status = 'replaced')
                  FROM queue_entry e WHERE e.concert_key = q.concert_key) LIMIT ?1 + 0",
    },
    Check {
        law: 5,
        what: "an entry that was folded and is there",
        query: "SELECT 'concert ' || e.concert_key || ' entry ' || e.ordinal FROM queue_entry e
                JOIN queue q USING (concert_key) WHERE e.ordinal <= q.folded_ordinal LIMIT ?1 + 0",
    },
    Check {
        law: 5,
        what: "a draw that was folded before its concert was over",
        query: "SELECT 'concert ' || q.concert_key FROM queue q JOIN queue_fold f USING (concert_key)
                WHERE f.drawn_count > q.drawn_count
                   OR (f.drawn_count > 0 AND q.folded_ordinal = 0)
                   OR (f.drawn_count > 0) <> (f.draw_digest <> zeroblob(32)) LIMIT ?1 + 0",
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
    /// So many of them were folded: their list is gone.
    pub(super) folded: u32,
    pub(super) is_written: bool,
}

pub(super) fn draws(tx: &Tx) -> Result<Vec<Draw>, StoreError> {
    tx.all(
        "SELECT concert_key, draw_seed, drawn_ordinal, q.drawn_count, numbered_count = q.drawn_count,
                coalesce(f.drawn_count, 0)
         FROM queue q LEFT JOIN queue_fold f USING (concert_key) WHERE drawn_at IS NOT NULL",
        [],
        |row| {
            let (concert, seed) = (row.get(0)?, row.get(1)?);
            let (last_ordinal, drawn, is_written, folded) = (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
            Ok(Draw { concert, seed, last_ordinal, drawn, folded, is_written })
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
        (
            "taken places",
            "SELECT (SELECT count(*) FROM seat WHERE state <> 'available')
                  + (SELECT coalesce(sum(held + sold + blocked), 0) FROM standing)",
        ),
        ("payments", "SELECT count(*) FROM payment"),
        ("postings", "SELECT count(*) FROM posting"),
    ];
    counts.into_iter().map(|(what, query)| Ok((what, tx.one(query, [], |row| row.get(0))?))).collect()
}
