//! The laws of places as queries. Each gives a text for every row that breaks it.

use crate::verify::sql::Check;

pub(in super::super) const CHECKS: &[Check] = &[
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
                LEFT JOIN seat s ON s.seat_key = (t.performance_key << 24) + t.seat_no
                WHERE t.refund_key IS NULL AND t.seat_no < 16777216 AND (s.ticket_key IS NULL OR s.ticket_key <> t.ticket_key)
                LIMIT ?1 + 0",
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
                LEFT JOIN (SELECT concert_key, ordinal, status = 'admitted' AS lives,
                                  iif(status = 'waiting', 0, ends_at) AS ended_at FROM queue_entry
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
        law: 1,
        what: "a blocked seat that its block does not name",
        query: "SELECT 'seat ' || performance_key || '-' || seat_no FROM seat
                WHERE state = 'blocked' AND (performance_key, coalesce(block_key, 0), seat_no) NOT IN (
                  SELECT b.performance_key, b.block_key, n.value FROM block b, json_each(b.seat_numbers) n) LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a block of a seat that is not blocked by it",
        query: "SELECT 'block ' || b.block_key || ' seat ' || n.value FROM block b, json_each(b.seat_numbers) n
                LEFT JOIN seat s ON s.seat_key = (b.performance_key << 24) + n.value
                WHERE s.block_key IS NOT b.block_key LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a standing section whose counts are not those of its holds, tickets and blocks, or of another hall",
        query: "SELECT 'performance ' || c.performance_key || ' section ' || c.section_no FROM standing c
                JOIN performance p USING (performance_key)
                LEFT JOIN hall_section h ON h.version_key = p.version_key AND h.section_no = c.section_no
                WHERE h.kind IS NOT 'standing' OR h.capacity <> c.capacity OR c.held + c.sold + c.blocked > c.capacity
                   OR c.held <> (SELECT coalesce(sum(quantity), 0) FROM hold o
                                 WHERE o.performance_key = c.performance_key AND o.section_no = c.section_no)
                   OR c.sold <> (SELECT count(*) FROM ticket t WHERE t.performance_key = c.performance_key
                                 AND t.seat_no = 16777216 + c.section_no AND t.seat_no >= 16777216 AND t.refund_key IS NULL)
                   OR c.blocked <> (SELECT coalesce(sum(quantity), 0) FROM block b
                                    WHERE b.performance_key = c.performance_key AND b.section_no = c.section_no)
                LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a hold, ticket or block of standing places that no section counts",
        query: "SELECT 'performance ' || performance_key || ' section ' || section_no FROM (
                  SELECT performance_key, section_no FROM hold WHERE section_no IS NOT NULL
                  UNION SELECT performance_key, seat_no - 16777216 FROM ticket WHERE seat_no >= 16777216 AND refund_key IS NULL
                  UNION SELECT performance_key, section_no FROM block WHERE section_no IS NOT NULL)
                LEFT JOIN standing c USING (performance_key, section_no) WHERE c.capacity IS NULL LIMIT ?1 + 0",
    },
    Check {
        law: 1,
        what: "a hold of standing places that names others than it counts",
        query: "SELECT 'concert ' || h.concert_key || ' entry ' || h.ordinal FROM hold h
                WHERE (SELECT count(*) FROM json_each(h.seat_numbers) n WHERE n.value >= 16777216) <> coalesce(h.quantity, 0)
                   OR h.section_no IS NOT NULL AND (
                     json_array_length(h.seat_numbers) <> h.quantity
                     OR EXISTS (SELECT 1 FROM json_each(h.seat_numbers) n WHERE n.value <> 16777216 + h.section_no))
                LIMIT ?1 + 0",
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
        law: 1,
        what: "a seat, hold, ticket or count of a performance that is not there",
        query: "SELECT 'performance ' || performance_key FROM (
                  SELECT performance_key FROM hold UNION SELECT performance_key FROM seats_bought WHERE seats > 0
                  UNION SELECT performance_key FROM ticket UNION SELECT performance_key FROM seat)
                WHERE performance_key NOT IN (SELECT performance_key FROM performance) LIMIT ?1 + 0",
    },
];
