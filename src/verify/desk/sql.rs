//! The laws from 11 on as queries. Each gives a text for every row that breaks it.

use crate::verify::sql::Check;

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        law: 2,
        what: "an account that was made one with another and still has something of its own",
        query: "SELECT 'user ' || a.user_key FROM account a LEFT JOIN wallet w USING (user_key)
                LEFT JOIN account b ON b.user_key = a.merged_into
                WHERE a.merged_into IS NOT NULL
                  AND (b.id IS NULL OR w.anchor_posting_key IS NOT NULL)
                UNION ALL
                SELECT 'payment ' || p.payment_key FROM payment p JOIN account a USING (user_key) WHERE a.merged_into IS NOT NULL
                UNION ALL
                SELECT 'ticket ' || t.ticket_key FROM ticket t JOIN account a ON a.user_key = t.holder_key
                WHERE a.merged_into IS NOT NULL LIMIT ?1 + 0",
    },
    Check {
        law: 14,
        what: "mails to all who have tickets, of a kind that is for nobody",
        query: "SELECT 'performance ' || performance_key || ': ' || kind FROM mailing
                WHERE kind <> 'performance_moved' LIMIT ?1 + 0",
    },
    Check {
        law: 11,
        what: "a checkout in no known state",
        query: "SELECT 'checkout ' || checkout_key || ' is ' || state FROM checkout
                WHERE state NOT IN ('created', 'pending', 'paid', 'failed', 'cancelled', 'expired', 'disputed') LIMIT ?1 + 0",
    },
    Check {
        law: 11,
        what: "a paid checkout without its one posting of exactly its amount, or money of one that was not paid",
        query: "SELECT 'checkout ' || c.checkout_key FROM checkout c LEFT JOIN posting p USING (posting_key)
                WHERE (c.state = 'paid') <> (c.posting_key IS NOT NULL)
                   OR (c.state = 'paid' AND (p.kind IS NOT 'top_up' OR p.amount IS NOT c.amount OR p.user_key IS NOT c.user_key
                                             OR p.means IS NOT NULL OR p.staff_key IS NOT NULL)) LIMIT ?1 + 0",
    },
    Check {
        law: 11,
        what: "two checkouts with one posting",
        query: "SELECT 'posting ' || posting_key FROM checkout WHERE posting_key IS NOT NULL
                GROUP BY posting_key HAVING count(*) > 1 LIMIT ?1 + 0",
    },
    Check {
        law: 11,
        what: "a checkout that paid for another buyer's tickets, or without money",
        query: "SELECT 'checkout ' || c.checkout_key FROM checkout c LEFT JOIN payment p USING (payment_key)
                WHERE c.payment_key IS NOT NULL AND (c.state <> 'paid' OR p.user_key IS NOT c.user_key OR c.unpaid IS NOT NULL)
                LIMIT ?1 + 0",
    },
    Check {
        law: 11,
        what: "what went back through the provider is not what left the balance for it",
        query: "SELECT 'checkout ' || c.checkout_key FROM checkout c
                LEFT JOIN (SELECT checkout_key, sum(amount) AS back FROM provider_refund WHERE state <> 'failed'
                           GROUP BY checkout_key) b USING (checkout_key)
                WHERE c.refunded <> coalesce(b.back, 0)
                UNION ALL
                SELECT 'provider refund ' || r.provider_refund_key FROM provider_refund r
                LEFT JOIN posting p USING (posting_key) LEFT JOIN checkout c USING (checkout_key)
                WHERE p.kind IS NOT 'pay_out' OR p.amount IS NOT -r.amount OR p.user_key IS NOT c.user_key
                   OR r.state NOT IN ('waiting', 'sent', 'failed') LIMIT ?1 + 0",
    },
    Check {
        law: 11,
        what: "more went back through the provider than came in",
        query: "SELECT 'checkout ' || checkout_key FROM checkout
                WHERE refunded < 0 OR refunded > amount OR (refunded > 0 AND state <> 'paid') LIMIT ?1 + 0",
    },
    Check {
        law: 12,
        what: "more refunded than was paid",
        query: "SELECT 'ticket ' || ticket_key FROM ticket WHERE refunded < 0 OR refunded > price + fee
                UNION ALL
                SELECT 'payment ' || payment_key FROM payment WHERE order_fee_back NOT IN (0, order_fee) LIMIT ?1 + 0",
    },
    Check {
        law: 12,
        what: "a payment whose refunds are not what went back for its tickets",
        query: "SELECT 'payment ' || p.payment_key FROM payment p
                WHERE (SELECT coalesce(sum(r.amount), 0) FROM refund r WHERE r.payment_key = p.payment_key) <>
                      (SELECT coalesce(sum(t.refunded), 0) FROM ticket t
                       WHERE t.ticket_key >= p.payment_key * 64 AND t.ticket_key < p.payment_key * 64 + 64)
                      + p.order_fee_back
                   OR (SELECT coalesce(sum(r.order_fee), 0) FROM refund r WHERE r.payment_key = p.payment_key)
                      <> p.order_fee_back LIMIT ?1 + 0",
    },
    Check {
        law: 12,
        what: "a refund without its own posting or its tickets",
        query: "SELECT 'refund ' || r.refund_key FROM refund r
                LEFT JOIN payment p USING (payment_key)
                LEFT JOIN posting q ON q.posting_key = r.posting_key
                WHERE q.kind IS NOT 'refund' OR q.amount IS NOT r.amount OR q.payment_key IS NOT r.payment_key
                   OR q.user_key IS NOT p.user_key
                   OR r.cause NOT IN ('staff', 'buyer', 'performance') OR r.way NOT IN ('balance', 'cash', 'provider')
                   OR r.places NOT IN ('on_sale', 'blocked', 'waitlist')
                   OR r.amount - r.order_fee IS NOT (
                     SELECT sum(t.refunded) FROM ticket t WHERE t.ticket_key >= r.payment_key * 64
                       AND t.ticket_key < r.payment_key * 64 + 64 AND t.refund_key = r.refund_key) LIMIT ?1 + 0",
    },
    Check {
        law: 12,
        what: "money of a refund, or a refunded ticket, without the refund",
        query: "SELECT 'posting ' || posting_key FROM posting
                WHERE kind = 'refund' AND posting_key NOT IN (SELECT posting_key FROM refund)
                UNION ALL
                SELECT 'ticket ' || ticket_key FROM ticket
                WHERE refund_key IS NOT NULL AND refund_key NOT IN (SELECT refund_key FROM refund) LIMIT ?1 + 0",
    },
    Check {
        law: 12,
        what: "a cancelled performance whose refunds are not what they are said to be",
        query: "SELECT 'performance ' || p.performance_key FROM performance p
                LEFT JOIN cancellation c USING (performance_key)
                WHERE p.is_cancelled <> (c.begun_at IS NOT NULL)
                   OR (c.done_at IS NOT NULL AND (
                        EXISTS (SELECT 1 FROM seat s WHERE s.state = 'sold' AND s.seat_key BETWEEN
                                  p.performance_key << 24 AND (p.performance_key << 24) + 16777215)
                        OR EXISTS (SELECT 1 FROM standing s WHERE s.performance_key = p.performance_key AND s.sold > 0)))
                LIMIT ?1 + 0",
    },
    Check {
        law: 14,
        what: "a day's close that is not the sum of what its key booked",
        query: "SELECT 'close ' || c.close_key FROM day_close c, json_each(c.tills) t
                WHERE json_extract(t.value, '$.booked') <> (
                  SELECT coalesce(sum(amount), 0) FROM posting p
                  WHERE p.staff_key = c.staff_key AND p.means = json_extract(t.value, '$.means')
                    AND p.posting_key <= c.last_posting_key AND p.posting_key > coalesce(
                      (SELECT max(last_posting_key) FROM day_close b
                       WHERE b.staff_key = c.staff_key AND b.close_key < c.close_key), 0)) LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a payment at the counter that was paid by nothing known, or costs something though it was given away",
        query: "SELECT 'payment ' || payment_key FROM payment
                WHERE (paid_by IS NOT NULL) <> (ordinal = 0) OR (paid_by = 'free' AND amount <> 0)
                   OR paid_by NOT IN ('cash', 'card', 'invoice', 'balance', 'free', 'exchange') LIMIT ?1 + 0",
    },
    Check {
        law: 3,
        what: "a payment at the counter whose money did not come in as it says",
        query: "SELECT 'payment ' || p.payment_key FROM posting d JOIN payment p USING (payment_key)
                LEFT JOIN posting t ON t.posting_key = d.previous_posting_key
                WHERE d.kind = 'payment' AND p.paid_by IN ('cash', 'card', 'invoice') AND p.amount > 0
                  AND (t.kind IS NOT 'top_up' OR t.means IS NOT p.paid_by OR t.amount <> p.amount) LIMIT ?1 + 0",
    },
    Check {
        law: 14,
        what: "a correction without its note",
        query: "SELECT 'posting ' || posting_key FROM posting
                WHERE kind = 'correction' AND posting_key NOT IN (SELECT posting_key FROM posting_note) LIMIT ?1 + 0",
    },
    Check {
        law: 13,
        what: "a ticket that is checked in twice",
        query: "SELECT 'ticket ' || ticket_key FROM check_in WHERE undone_at IS NULL AND is_double = 0
                GROUP BY ticket_key HAVING count(*) > 1 LIMIT ?1 + 0",
    },
    Check {
        law: 13,
        what: "a performance whose doors follow no known policy",
        query: "SELECT 'performance ' || performance_key FROM performance
                WHERE door_policy NOT IN ('strict', 'lenient') LIMIT ?1 + 0",
    },
    Check {
        law: 13,
        what: "a double without an earlier scan that counts, unless that was undone",
        query: "SELECT 'check-in ' || d.check_in_key FROM check_in d
                WHERE d.is_double = 1 AND NOT EXISTS (
                  SELECT 1 FROM check_in c WHERE c.ticket_key = d.ticket_key AND c.check_in_key <> d.check_in_key
                    AND (c.undone_at IS NOT NULL OR (c.is_double = 0 AND c.scanned_at <= d.scanned_at))) LIMIT ?1 + 0",
    },
    Check {
        law: 13,
        what: "a check-in without its ticket, or to another performance than that is for",
        query: "SELECT 'check-in ' || c.check_in_key FROM check_in c LEFT JOIN ticket t USING (ticket_key)
                WHERE t.performance_key IS NOT c.performance_key LIMIT ?1 + 0",
    },
    Check {
        law: 14,
        what: "a check-in without its line in the audit log",
        query: "SELECT 'check-in ' || c.check_in_key FROM check_in c
                WHERE NOT EXISTS (SELECT 1 FROM audit a WHERE a.subject = (
                  SELECT lower(substr(hex(c.id), 1, 8) || '-' || substr(hex(c.id), 9, 4) || '-' || substr(hex(c.id), 13, 4)
                    || '-' || substr(hex(c.id), 17, 4) || '-' || substr(hex(c.id), 21)))
                    AND a.subject_kind = 'check_in' AND a.staff_key = c.staff_key) LIMIT ?1 + 0",
    },
    Check {
        law: 14,
        what: "a refund by staff without its line in the audit log",
        query: "SELECT 'refund ' || refund_key FROM refund
                WHERE staff_key IS NOT NULL AND (staff_key, lower(hex(id))) NOT IN (
                  SELECT staff_key, replace(json_extract(after, '$.refund_id'), '-', '') FROM audit
                  WHERE subject_kind = 'payment' AND json_extract(after, '$.refund_id') IS NOT NULL) LIMIT ?1 + 0",
    },
    Check {
        law: 14,
        what: "a posting by staff without its line in the audit log",
        query: "SELECT 'posting ' || posting_key FROM posting
                WHERE staff_key IS NOT NULL AND (staff_key, CAST(posting_key AS TEXT)) NOT IN (
                  SELECT staff_key, json_extract(after, '$.posting_id') FROM audit
                  WHERE subject_kind = 'user' AND json_extract(after, '$.posting_id') IS NOT NULL) LIMIT ?1 + 0",
    },
    Check {
        law: 14,
        what: "a line of the audit log by a key that is not there",
        query: "SELECT 'line ' || audit_key FROM audit WHERE staff_key NOT IN (SELECT staff_key FROM staff) LIMIT ?1 + 0",
    },
];
