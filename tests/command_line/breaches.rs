//! Each law broken by hand: what `verify` says, and what breaks a file so. Every query of `src/verify` has its row here.

/// A law, the words that its line must have, and what breaks it.
pub const BREACHES: &[(u8, &str, &str)] = &[
    (1, "a sold seat without its own ticket: seat 1-1", "DELETE FROM ticket WHERE seat_no = 1"),
    (1, "a sold seat without its own ticket: seat 1-2", "UPDATE seat SET ticket_key = 64 WHERE seat_no = 2"),
    (
        1,
        "a ticket whose seat is not sold by it: ticket 64",
        "UPDATE seat SET state = 'available', ticket_key = NULL WHERE seat_no = 1",
    ),
    (1, "a held seat whose hold does not name it: seat 1-3", "UPDATE seat SET hold_id = x'00' WHERE seat_no = 3"),
    (1, "a held seat whose hold does not name it: seat 1-4", "UPDATE hold SET seat_numbers = '[3]'"),
    (
        1,
        "a seat, hold, ticket or count of a performance that is not there: performance 9",
        "UPDATE hold SET performance_key = 9",
    ),
    (
        1,
        "a seat, hold, ticket or count of a performance that is not there: performance 8",
        "INSERT INTO seat (seat_key, state, changed_in) VALUES (8 << 24 | 1, 'available', 1)",
    ),
    (
        4,
        "a queue that is not what its concert is: concert 1 is published, its queue withheld",
        "UPDATE queue SET phase = 'withheld'",
    ),
    (
        4,
        "a queue that is not what its concert is: concert 1 is no, its queue running",
        "UPDATE concert SET state = 'no'",
    ),
    (4, "a concert that ends at another time than its last performance: concert 1", "UPDATE concert SET ends_at = 1"),
    (1, "a held seat as another ticket type than its hold says: seat 1-4", "UPDATE hold SET type_nos = '[0,1]'"),
    (
        1,
        "a ticket of a type that its performance does not have: ticket 65",
        "UPDATE ticket SET type_no = 1 WHERE seat_no = 2",
    ),
    (
        1,
        "a performance without a ticket type, or a type without a price: performance 1",
        "DELETE FROM performance_price",
    ),
    (1, "a performance without a ticket type, or a type without a price: performance 1", "DELETE FROM ticket_type"),
    (1, "a hold of an entry that has ended", "UPDATE queue_entry SET status = 'left', ends_at = 0 WHERE ordinal = 2"),
    (1, "a hold of an entry that has ended", "UPDATE queue_entry SET status = 'waiting' WHERE ordinal = 2"),
    (
        2,
        "a balance that is not the sum of its postings: user 1 has 3001 after posting 2, postings sum to 3000 after posting 2",
        "UPDATE posting SET balance_after = 3001 WHERE posting_key = (SELECT max(posting_key) FROM posting WHERE user_key = 1)",
    ),
    (
        2,
        "a balance that is not the sum of its postings: user 1 has 0, postings sum to 3000 after posting 2",
        "UPDATE wallet SET anchor_posting_key = NULL WHERE user_key = 1",
    ),
    (
        2,
        "a balance that is not the sum of its postings: user 1 has 5000 after posting 1, postings sum to 3000 after posting 2",
        "UPDATE posting SET next_posting_key = NULL WHERE posting_key = 1",
    ),
    (
        2,
        "a balance that is not the sum of its postings: user 2 has 3000 after posting 2, postings sum to 0",
        "INSERT INTO wallet (user_key, anchor_posting_key) VALUES (2, 2)",
    ),
    (
        2,
        "a balance that is not the sum of its postings: user 2 has no posting 9, postings sum to 0",
        "INSERT INTO wallet (user_key, anchor_posting_key) VALUES (2, 9)",
    ),
    (2, "a negative balance: posting 1", "UPDATE posting SET balance_after = -1 WHERE posting_key = 1"),
    (
        2,
        "user 1 has 3000 after posting 4, postings sum to 3000 after posting 4, in no chain",
        "INSERT INTO posting (posting_key, user_key, kind, amount, balance_after, payment_key, previous_posting_key, previous_debit_key, posted_at, actor)
         VALUES (3, 1, 'refund', 0, 3000, 1, 2, 2, 0, 'system'), (4, 1, 'refund', 0, 3000, 1, 2, 2, 0, 'system'); UPDATE wallet SET anchor_posting_key = 4 WHERE user_key = 1",
    ),
    (2, "postings without a wallet: posting 1", "DELETE FROM wallet WHERE user_key = 1"),
    (2, "chain is broken: posting 2", "UPDATE posting SET previous_posting_key = NULL WHERE posting_key = 2"),
    (2, "a posting whose chain is broken: posting 2", "UPDATE posting SET previous_debit_key = 1 WHERE posting_key = 2"),
    (2, "a posting whose chain is broken: posting 1", "UPDATE posting SET previous_posting_key = 9 WHERE posting_key = 1"),
    (2, "a posting whose chain is broken: posting 2", "UPDATE posting SET next_posting_key = 1 WHERE posting_key = 2"),
    (2, "money in is not balances plus takings plus money out", "UPDATE payment SET amount = 1999"),
    (3, "a payment without its one debit: payment 1", "DELETE FROM posting WHERE kind = 'payment'"),
    (3, "a payment without its one debit: payment 1", "UPDATE posting SET user_key = 2 WHERE kind = 'payment'"),
    (3, "a payment without its one debit: payment 1", "UPDATE payment SET user_key = 99"),
    (3, "a debit without its payment: posting 2", "DELETE FROM payment"),
    (
        3,
        "a payment whose tickets are missing or cost something else: payment 1",
        "DELETE FROM ticket WHERE seat_no = 2",
    ),
    (
        3,
        "a payment whose tickets are missing or cost something else: payment 1",
        "UPDATE ticket SET price = 999 WHERE seat_no = 2",
    ),
    (3, "a payment whose tickets are missing or cost something else: payment 1", "UPDATE payment SET order_fee = 1"),
    (3, "a payment whose tickets are missing or cost something else: payment 1", "UPDATE ticket SET fee = 1"),
    (3, "a ticket without its payment: ticket 64", "UPDATE payment SET payment_key = 9"),
    (
        3,
        "a payment whose visit is not completed: payment 1",
        "UPDATE queue_entry SET status = 'expired' WHERE status = 'completed'",
    ),
    (4, "the count of those inside or waiting is wrong: concert 1", "UPDATE queue SET admitted_count = 1"),
    (4, "the count of those inside or waiting is wrong: concert 1", "UPDATE queue SET waiting_count = 7"),
    (
        4,
        "more inside than the cap allowed when the last one was let in: concert 1 has 2 inside, cap 1",
        "UPDATE queue SET cap_at_last_admission = 1",
    ),
    (5, "a number given twice: concert 1 number 1", "UPDATE queue_entry SET number = 1 WHERE ordinal = 2"),
    (
        5,
        "a number never given by its queue: concert 1 entry 5",
        "UPDATE queue_entry SET number = 900 WHERE ordinal = 5",
    ),
    (4, "the counts of what became of entries are wrong: concert 1", "UPDATE queue SET left_count = 7"),
    (5, "one waits whose number never comes up: concert 1", "DELETE FROM queue_turn"),
    (3, "other payments than completed visits that were folded: concert 1", "UPDATE queue SET folded_ordinal = 1"),
    (5, "an entry that was folded and is there: concert 1 entry 1", "UPDATE queue SET folded_ordinal = 1"),
    (
        5,
        "a draw that was folded before its concert was over: concert 1",
        "INSERT INTO queue_fold VALUES (1, 0, 0, 0, 0, 0, 0, 1, zeroblob(32), 0)",
    ),
    (
        5,
        "0 entries and 1 folded in a draw of 2: concert 1",
        "UPDATE queue SET drawn_count = 2; INSERT INTO queue_fold VALUES (1, 0, 0, 0, 0, 0, 0, 1, randomblob(32), 0)",
    ),
    (5, "0 entries in a draw of 1: concert 1", "UPDATE queue SET drawn_count = 1"),
    (
        5,
        "a number that seed and entries do not give: entry 1 has 2, not 1: concert 1",
        "UPDATE queue SET drawn_ordinal = 1, drawn_count = 1, numbered_count = 1;
        UPDATE queue_entry SET number = 2 WHERE ordinal = 1",
    ),
    (5, "one waits with a number below one let in later: concert 1", "UPDATE queue SET now_serving = 5"),
    (
        6,
        "a user with two live entries: concert 1 user 2",
        "DROP INDEX queue_entry_live;
        UPDATE queue_entry SET user_key = 2 WHERE status = 'waiting'",
    ),
    (
        0,
        "a row of session names a row of account that is not there",
        "UPDATE session SET user_key = 99 WHERE user_key = 4",
    ),
    (0, "CHECK constraint failed in posting", "UPDATE posting SET balance_after = -1 WHERE posting_key = 1"),
    (4, "a queue in no known state: concert 1 is ajar", "UPDATE queue SET state = 'ajar'"),
    (
        6,
        "an entry in no known state: concert 1 entry 1 is here",
        "UPDATE queue_entry SET status = 'here' WHERE ordinal = 1",
    ),
    (1, "a seat in no known state: seat 1-3 is taken", "UPDATE seat SET state = 'taken' WHERE seat_no = 3"),
    (
        1,
        "a hall whose seats are not numbered through its rows: version 1 row 1",
        "UPDATE hall_row SET seats = '[\"1\"]'",
    ),
    (1, "a hall whose seats are not numbered through its rows: version 1 row 1", "UPDATE hall_row SET first_seat = 2"),
    (
        1,
        "a section of no known kind, or without its places: version 1 section 1",
        "UPDATE hall_section SET capacity = 7",
    ),
    (
        1,
        "a seat that the hall does not have, or a performance in another hall's version: seat 1-3",
        "UPDATE hall_version SET seat_count = 2",
    ),
    (
        1,
        "a seat that the hall does not have, or a performance in another hall's version: performance 1",
        "UPDATE hall_version SET hall_key = 2",
    ),
    (2, "a posting of no known kind, or of the wrong sign for it: posting 1", "UPDATE posting SET kind = 'gift'"),
    (2, "a posting of no known kind, or of the wrong sign for it: posting 2", "UPDATE posting SET amount = 1"),
    (
        1,
        "a count of bought seats that is not that of the buyer's tickets: user 1 performance 1",
        "DELETE FROM seats_bought",
    ),
    (
        1,
        "a count of bought seats that is not that of the buyer's tickets: user 2",
        "UPDATE seats_bought SET user_key = 2",
    ),
    (
        1,
        "a count of bought seats that is not that of the buyer's tickets: user 99",
        "UPDATE seats_bought SET user_key = 99",
    ),
    (
        3,
        "a payment whose id is not that of its key: payment 1",
        "UPDATE payment SET id = unhex(substr(hex(id), 1, 22) || '0000000002')",
    ),
    (3, "a payment whose id is not that of its key: payment 1", "UPDATE payment SET id = x'01'"),
    (
        14,
        "a posting by staff without its line in the audit log: posting 1",
        "UPDATE posting SET actor = 'staff', staff_key = 1 WHERE posting_key = 1",
    ),
    (
        14,
        "a line of the audit log by a key that is not there: line 999",
        "INSERT INTO audit (audit_key, staff_key, operation, subject_kind, subject, done_at) VALUES (999, 99, '', '', '', 0)",
    ),
    (
        1,
        "a count of bought seats that is not that of the buyer's tickets: user 1 performance 1 type 1",
        "UPDATE seats_bought SET type_no = 1",
    ),
    (
        3,
        "a code that was used another number of times than it is counted: code 1",
        "INSERT INTO code_batch (id, concert_key, concert_id, name, code_count, uses, percent, created_at, changed_in)
         VALUES (x'01', 1, x'01', '', 1, 1, 10, 0, 0);
         INSERT INTO code (concert_key, read_as, batch_key, code, uses) VALUES (1, 'A', 1, 'A', 1)",
    ),
    (
        3,
        "a batch of codes that counts others than it has: batch 1",
        "INSERT INTO code_batch (id, concert_key, concert_id, name, code_count, percent, created_at, changed_in)
         VALUES (x'01', 1, x'01', '', 1, 10, 0, 0)",
    ),
    (
        3,
        "a payment with a code of another concert, or with more off than the code gives: payment 1",
        "UPDATE payment SET code_key = 7, discount = 1",
    ),
    (
        3,
        "an offer that was taken without its payment: concert 1 entry 2147483648",
        "INSERT INTO waitlist VALUES (1, 'in_order', 60, 2147483648, 0);
         INSERT INTO waitlist_entry VALUES (1, 2147483648, x'01', 1, '[]', NULL, 1, 0, 'taken', 0, 60, 1)",
    ),
    (
        5,
        "a waitlist's entry in no known state, or never given by its list: concert 1 entry 2147483649",
        "INSERT INTO waitlist VALUES (1, 'in_order', 60, 2147483648, 0);
         INSERT INTO waitlist_entry VALUES (1, 2147483649, x'01', 1, '[]', NULL, 1, 0, 'waiting', 0, NULL, NULL)",
    ),
    (
        6,
        "a user twice on a waitlist: concert 1 user 1",
        "INSERT INTO waitlist VALUES (1, 'in_order', 60, 2147483649, 0); DROP INDEX waitlist_entry_live;
         INSERT INTO waitlist_entry VALUES (1, 2147483648, x'01', 1, '[]', NULL, 1, 0, 'waiting', 0, NULL, NULL);
         INSERT INTO waitlist_entry VALUES (1, 2147483649, x'02', 1, '[]', NULL, 1, 0, 'waiting', 0, NULL, NULL)",
    ),
    (
        2,
        "an account that was made one with another and still has something of its own: payment 1",
        "UPDATE account SET merged_into = 2, deleted_at = 1 WHERE user_key = 1",
    ),
    (
        12,
        "more refunded than was paid: ticket 64",
        "UPDATE ticket SET refund_key = 1, refunded = 9999 WHERE ticket_key = 64",
    ),
    (
        12,
        "a payment whose refunds are not what went back for its tickets: payment 1",
        "UPDATE ticket SET refund_key = 9, refunded = 1 WHERE ticket_key = 64",
    ),
    (
        12,
        "a refund without its own posting or its tickets: refund 1",
        "INSERT INTO refund (id, payment_key, posting_key, cause, way, places, amount, order_fee, refunded_at, actor)
         VALUES (x'01', 1, 1, 'buyer', 'balance', 'on_sale', 0, 0, 0, 'buyer')",
    ),
    (
        12,
        "money of a refund, or a refunded ticket, without the refund: ticket 64",
        "UPDATE ticket SET refund_key = 9, refunded = 0 WHERE ticket_key = 64",
    ),
    (
        12,
        "a cancelled performance whose refunds are not what they are said to be: performance 1",
        "UPDATE performance SET is_cancelled = 1",
    ),
    (
        11,
        "a paid checkout without its one posting of exactly its amount, or money of one that was not paid: checkout 1",
        "INSERT INTO checkout (id, user_key, provider, is_live, amount, currency, state, opened_at, ends_at, posting_key)
         VALUES (x'01', 1, 'fake', 0, 4999, 'KRW', 'paid', 0, 0, 1)",
    ),
    (
        11,
        "a paid checkout without its one posting of exactly its amount, or money of one that was not paid: checkout 1",
        "INSERT INTO checkout (id, user_key, provider, is_live, amount, currency, state, opened_at, ends_at, posting_key)
         VALUES (x'01', 1, 'fake', 0, 5000, 'KRW', 'pending', 0, 0, 1)",
    ),
    (
        11,
        "a paid checkout without its one posting of exactly its amount, or money of one that was not paid: checkout 1",
        "INSERT INTO checkout (id, user_key, provider, is_live, amount, currency, state, opened_at, ends_at, posting_key)
         VALUES (x'01', 2, 'fake', 0, 5000, 'KRW', 'paid', 0, 0, 1)",
    ),
    (
        11,
        "a checkout in no known state: checkout 1 is lost",
        "INSERT INTO checkout (id, user_key, provider, is_live, amount, currency, state, opened_at, ends_at)
         VALUES (x'01', 1, 'fake', 0, 5000, 'KRW', 'lost', 0, 0)",
    ),
    (
        11,
        "a checkout that paid for another buyer's tickets, or without money: checkout 1",
        "INSERT INTO checkout (id, user_key, provider, is_live, amount, currency, state, opened_at, ends_at, payment_key)
         VALUES (x'01', 1, 'fake', 0, 5000, 'KRW', 'expired', 0, 0, 1)",
    ),
    (
        11,
        "more went back through the provider than came in: checkout 1",
        "INSERT INTO checkout (id, user_key, provider, is_live, amount, currency, state, opened_at, ends_at, refunded)
         VALUES (x'01', 1, 'fake', 0, 5000, 'KRW', 'expired', 0, 0, 1)",
    ),
    (
        13,
        "a ticket that is checked in twice: ticket 64",
        "DROP INDEX check_in_counts;
         INSERT INTO check_in (id, ticket_key, performance_key, scanned_at, noted_at, is_double, staff_key)
         VALUES (x'01', 64, 1, 0, 0, 0, 1), (x'02', 64, 1, 0, 0, 0, 1)",
    ),
    (
        13,
        "a double without an earlier scan that counts, unless that was undone: check-in 1",
        "INSERT INTO check_in (id, ticket_key, performance_key, scanned_at, noted_at, is_double, staff_key)
         VALUES (x'01', 64, 1, 0, 0, 1, 1)",
    ),
    (
        13,
        "a check-in without its ticket, or to another performance than that is for: check-in 1",
        "INSERT INTO check_in (id, ticket_key, performance_key, scanned_at, noted_at, is_double, staff_key)
         VALUES (x'01', 64, 9, 0, 0, 0, 1)",
    ),
    (
        14,
        "a check-in without its line in the audit log: check-in 1",
        "INSERT INTO check_in (id, ticket_key, performance_key, scanned_at, noted_at, is_double, staff_key)
         VALUES (x'01', 64, 1, 0, 0, 0, 1)",
    ),
    (
        1,
        "a blocked seat that its block does not name: seat 1-3",
        "UPDATE seat SET state = 'blocked', block_key = NULL WHERE seat_no = 3",
    ),
    (
        1,
        "a blocked seat that its block does not name: seat 1-4",
        "INSERT INTO block (id, performance_key, reason, seat_numbers, quantity, made_at) VALUES (x'01', 1, '', '[3]', 1, 0);
         UPDATE seat SET state = 'blocked', block_key = 1 WHERE seat_no IN (3, 4)",
    ),
    (
        1,
        "a block of a seat that is not blocked by it: block 1 seat 3",
        "INSERT INTO block (id, performance_key, reason, seat_numbers, quantity, made_at) VALUES (x'01', 1, '', '[3]', 1, 0)",
    ),
    (
        14,
        "a block by staff without its line in the audit log: block 1",
        "INSERT INTO block (id, performance_key, reason, seat_numbers, quantity, made_at, staff_key)
         VALUES (x'01', 1, '', '[]', 0, 0, 1)",
    ),
    (
        14,
        "a refund by staff without its line in the audit log: refund 1",
        "INSERT INTO refund (id, payment_key, posting_key, cause, way, places, amount, order_fee, refunded_at, actor, staff_key)
         VALUES (x'01', 1, 1, 'staff', 'balance', 'on_sale', 0, 0, 0, 'staff', 1)",
    ),
    (
        14,
        "a day's close that is not the sum of what its key booked: close 1",
        "INSERT INTO day_close (id, staff_key, closed_at, last_posting_key, tills)
         VALUES (x'01', 1, 0, 0, '[{\"means\": \"cash\", \"booked\": 5}]')",
    ),
    (
        3,
        "a payment at the counter that was paid by nothing known, or costs something though it was given away: payment 1",
        "UPDATE payment SET paid_by = 'shells' WHERE payment_key = 1",
    ),
    (
        3,
        "a payment at the counter whose money did not come in as it says: payment 1",
        "UPDATE payment SET ordinal = 0, paid_by = 'cash' WHERE payment_key = 1",
    ),
    (14, "a correction without its note: posting 1", "UPDATE posting SET kind = 'correction' WHERE posting_key = 1"),
    (
        5,
        "one is ahead in the draw who bears no code for it: concert 1 entry 1",
        "UPDATE queue_entry SET tier = 1 WHERE ordinal = 1",
    ),
    (
        1,
        "a ticket for a seat of another version of its hall than its performance's, that stands or whose version is gone: ticket 64",
        "UPDATE ticket SET version_no = 3 WHERE seat_no = 1",
    ),
    (
        1,
        "a standing section whose counts are not those of its holds, tickets and blocks, or of another hall: performance 1 section 1",
        "INSERT INTO standing (performance_key, section_no, capacity, held, sold, blocked, changed_in) VALUES (1, 1, 5, 1, 0, 0, 0)",
    ),
    (
        1,
        "a hold, ticket or block of standing places that no section counts: performance 1 section 7",
        "UPDATE ticket SET seat_no = 16777216 + 7 WHERE seat_no = 1",
    ),
    (
        1,
        "a hold of standing places that names others than it counts: concert 1 entry 2",
        "UPDATE hold SET section_no = 1, quantity = 2",
    ),
    (
        1,
        "an offer without what is held for it: concert 1 entry 2",
        "INSERT INTO waitlist_entry (concert_key, ordinal, id, user_key, performance_keys, quantity, place, status, joined_at, offered_until)
         VALUES (1, 2, x'01', 2, '[1]', 2, 0, 'offered', 0, 9)",
    ),
    (
        11,
        "two checkouts with one posting: posting 1",
        "DROP TABLE checkout;
         CREATE TABLE checkout (checkout_key INTEGER PRIMARY KEY, user_key, amount, state, posting_key, payment_key, unpaid, refunded);
         INSERT INTO checkout (checkout_key, posting_key, refunded) VALUES (1, 1, 0), (2, 1, 0)",
    ),
    (
        11,
        "what went back through the provider is not what left the balance for it: checkout 1",
        "INSERT INTO checkout (id, user_key, provider, is_live, amount, currency, state, opened_at, ends_at, refunded)
         VALUES (x'01', 1, 'demo', 0, 5, 'KRW', 'failed', 0, 0, 3)",
    ),
    (
        13,
        "a performance whose doors follow no known policy: performance 1",
        "UPDATE performance SET door_policy = 'open'",
    ),
    (
        14,
        "mails to all who have tickets, of a kind that is for nobody: performance 1: greeting",
        "INSERT INTO mailing (performance_key, kind, started_before, made_at) VALUES (1, 'greeting', 0, 0)",
    ),
];
