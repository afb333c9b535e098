-- The whole box office in one file. Instants are milliseconds since 1970 in UTC, amounts whole minor units.
-- `id` is public and opaque (UUID v7, so that new rows append); a `_key` is an integer by which rows refer to each other. Where one
-- is shown (postings, seats, ticket codes, the end of a payment's id) it proves nothing.
-- Word lists (kinds, states) are the program's, which writes and reads them by its types, and `boxoffice verify`'s: a list
-- in a CHECK could not grow without rebuilding its table.
-- Conditions on the way of a payment say `a AND b OR c AND d`: SQLite jumps through them, where it works out every part of
-- `(a) = (b)` (docs/speed.md).

-- store -----------------------------------------------------------------------------------------------------------
-- The number of the last commit that changed something.

CREATE TABLE office (
  seq INTEGER NOT NULL
) STRICT;

INSERT INTO office (seq) VALUES (0);

-- keys ------------------------------------------------------------------------------------------------------------

CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys that make ticket codes no more, each with the last ticket whose code it made.
CREATE TABLE former_ticket_key (
  last_ticket_key INTEGER PRIMARY KEY,
  value           BLOB NOT NULL CHECK (length(value) = 32)
) STRICT;

-- venue -----------------------------------------------------------------------------------------------------------
-- What the rest means: its one row is written at the first start.

CREATE TABLE venue (
  venue_key         INTEGER PRIMARY KEY CHECK (venue_key = 1),
  name              TEXT NOT NULL,
  currency          TEXT NOT NULL,
  languages         TEXT NOT NULL,
  time_zone         TEXT NOT NULL,
  top_up_by         TEXT NOT NULL,
  largest_top_up    INTEGER NOT NULL CHECK (largest_top_up > 0),
  seats_per_user    INTEGER NOT NULL CHECK (seats_per_user > 0),
  hold_seconds      INTEGER NOT NULL CHECK (hold_seconds > 0),
  admission_seconds INTEGER NOT NULL CHECK (admission_seconds > 0),
  token_seconds     INTEGER NOT NULL CHECK (token_seconds > 0),
  accent            TEXT,
  logo              TEXT,
  welcome           TEXT NOT NULL
) STRICT;

-- account ---------------------------------------------------------------------------------------------------------

CREATE TABLE account (
  user_key      INTEGER PRIMARY KEY,
  id            BLOB NOT NULL UNIQUE,
  email         TEXT UNIQUE,
  name          TEXT NOT NULL,
  password_hash TEXT,
  created_at    INTEGER NOT NULL,
  language      TEXT,
  confirmed_at  INTEGER,
  external_id   TEXT UNIQUE,
  name_sought   TEXT NOT NULL,
  deleted_at    INTEGER,
  merged_into   INTEGER REFERENCES account,
  changed_in    INTEGER NOT NULL DEFAULT 0,
  CHECK (merged_into IS NULL OR deleted_at IS NOT NULL),
  CHECK (confirmed_at IS NULL OR email IS NOT NULL)
) STRICT;

-- Found by the beginning of a name, whatever its capitals and width.
CREATE INDEX account_by_name ON account (name_sought);

CREATE TABLE session (
  secret_hash BLOB PRIMARY KEY,
  user_key    INTEGER NOT NULL REFERENCES account,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_expires ON session (expires_at);
CREATE INDEX session_of_user ON session (user_key);

-- What a mail lets its reader do, once and soon. The secret in the mail is made of the id; it stands nowhere.
CREATE TABLE account_link (
  id       BLOB PRIMARY KEY,
  user_key INTEGER NOT NULL REFERENCES account,
  purpose  TEXT NOT NULL,
  made_at  INTEGER NOT NULL,
  ends_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX account_link_of_user ON account_link (user_key, purpose);
CREATE INDEX account_link_ends ON account_link (ends_at);

-- staff -----------------------------------------------------------------------------------------------------------
-- The first key has staff_key 1: it is the one that a start makes, or is given. A key that was revoked stays as a name.

CREATE TABLE staff (
  staff_key   INTEGER PRIMARY KEY,
  id          BLOB NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  secret_hash BLOB NOT NULL UNIQUE,
  scopes      TEXT NOT NULL,
  made_at     INTEGER NOT NULL,
  ends_at     INTEGER,
  revoked_at  INTEGER,
  is_shown    INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE desk_session (
  secret_hash BLOB PRIMARY KEY,
  staff_key   INTEGER NOT NULL REFERENCES staff,
  opened_at   INTEGER NOT NULL,
  ends_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX desk_session_ends ON desk_session (ends_at);
CREATE INDEX desk_session_of_key ON desk_session (staff_key);

-- Law 14: what staff changed, in the commit of the change. Nothing in it is changed or taken away.
CREATE TABLE audit (
  audit_key    INTEGER PRIMARY KEY,
  staff_key    INTEGER NOT NULL REFERENCES staff,
  operation    TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject      TEXT NOT NULL,
  before       TEXT,
  after        TEXT,
  done_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX audit_of_subject ON audit (subject);
CREATE INDEX audit_of_staff ON audit (staff_key);
CREATE INDEX audit_at ON audit (done_at);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;

-- mail ------------------------------------------------------------------------------------------------------------
-- The outbox: what each mail is about, by key. Its address, names and secrets are looked up when it is sent.

CREATE TABLE mail (
  mail_key   INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE,
  kind       TEXT NOT NULL,
  user_key   INTEGER NOT NULL REFERENCES account,
  subject    TEXT NOT NULL,
  state      TEXT NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  next_at    INTEGER NOT NULL,
  made_at    INTEGER NOT NULL,
  done_at    INTEGER,
  message_id TEXT,
  problem    TEXT,
  CHECK ((state = 'waiting') = (done_at IS NULL))
) STRICT;

CREATE INDEX mail_due ON mail (next_at) WHERE state = 'waiting';
CREATE INDEX mail_done ON mail (done_at) WHERE done_at IS NOT NULL;

-- Mails to all who have tickets for a performance, and up to which ticket, in the order of their seats, they are in the outbox.
CREATE TABLE mailing (
  performance_key INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  started_before  INTEGER NOT NULL,
  last_ticket     INTEGER,
  made_at         INTEGER NOT NULL,
  done_at         INTEGER,
  PRIMARY KEY (performance_key, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX mailing_open ON mailing (done_at) WHERE done_at IS NULL;
-- What the desk is told of.
CREATE INDEX mail_struggling ON mail (mail_key) WHERE state = 'waiting' AND attempts >= 3;
CREATE INDEX mail_failed ON mail (done_at) WHERE state = 'failed';

-- webhook ---------------------------------------------------------------------------------------------------------
-- Addresses that are told what happens here, the messages, and what became of each at each address. Of those that wait to one
-- address of one performance the first has a `next_at`: they are told in order. One that was taken away stays for its history.
-- A delivery does not refer to its message by a constraint: forgetting one would walk them.

CREATE TABLE webhook (
  webhook_key      INTEGER PRIMARY KEY,
  id               BLOB NOT NULL UNIQUE,
  url              TEXT NOT NULL,
  events           TEXT NOT NULL,
  secret           TEXT NOT NULL,
  old_secret       TEXT,
  old_secret_until INTEGER,
  made_at          INTEGER NOT NULL,
  disabled_at      INTEGER,
  is_shown         INTEGER NOT NULL DEFAULT 1,
  CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
) STRICT;

CREATE TABLE webhook_message (
  message_key     INTEGER PRIMARY KEY,
  id              BLOB NOT NULL UNIQUE,
  event           TEXT NOT NULL,
  performance_key INTEGER NOT NULL,
  body            TEXT NOT NULL,
  made_at         INTEGER NOT NULL
) STRICT;

CREATE INDEX webhook_sold_out ON webhook_message (performance_key, event);
-- What may be forgotten once it was told; that a performance is sold out is told once, and stays.
CREATE INDEX webhook_message_old ON webhook_message (made_at) WHERE event <> 'performance_sold_out';

CREATE TABLE webhook_delivery (
  webhook_key     INTEGER NOT NULL REFERENCES webhook,
  message_key     INTEGER NOT NULL,
  performance_key INTEGER NOT NULL,
  state           TEXT NOT NULL,
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_at         INTEGER,
  done_at         INTEGER,
  problem         TEXT,
  PRIMARY KEY (webhook_key, message_key),
  CHECK ((state = 'waiting') = (done_at IS NULL)),
  CHECK (state = 'waiting' OR next_at IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_delivery_done ON webhook_delivery (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_in_order ON webhook_delivery (webhook_key, performance_key, message_key) WHERE state = 'waiting';

-- wallet ----------------------------------------------------------------------------------------------------------
-- A wallet begins with its first posting. Postings are a chain per user (each names the one before it), so that a posting is one append, no
-- index entry, and one change of a row beside it.
-- A balance is what stands after the last of them, and stands nowhere else. The wallet's row leads there: it names the last
-- posting, or the one before it, which then names the last. The wallets of a sale's buyers lie alone among those of a million
-- others, and their latest postings side by side: who pays from what came in just now writes no page of `wallet`.

CREATE TABLE wallet (
  user_key           INTEGER PRIMARY KEY REFERENCES account,
  anchor_posting_key INTEGER
) STRICT;

CREATE TABLE posting (
  posting_key          INTEGER PRIMARY KEY,
  user_key             INTEGER NOT NULL REFERENCES wallet,
  kind                 TEXT NOT NULL,
  amount               INTEGER NOT NULL,
  balance_after        INTEGER NOT NULL CHECK (balance_after >= 0),
  payment_key          INTEGER,
  means                TEXT,
  previous_posting_key INTEGER,
  previous_debit_key   INTEGER,
  next_posting_key     INTEGER,
  posted_at            INTEGER NOT NULL,
  actor                TEXT NOT NULL,
  staff_key            INTEGER REFERENCES staff,
  CHECK (staff_key IS NULL AND actor <> 'staff' OR staff_key IS NOT NULL AND actor = 'staff')
) STRICT;

-- What was booked and counted by a staff key up to this posting.
CREATE INDEX posting_of_staff ON posting (staff_key, posting_key) WHERE staff_key IS NOT NULL;

-- Why staff moved money, in their words.
CREATE TABLE posting_note (
  posting_key INTEGER PRIMARY KEY REFERENCES posting,
  note        TEXT NOT NULL
) STRICT;

-- counter ---------------------------------------------------------------------------------------------------------
-- What a staff key booked since its close before, by form of money, and what was counted of it.

CREATE TABLE day_close (
  close_key        INTEGER PRIMARY KEY,
  id               BLOB NOT NULL UNIQUE,
  staff_key        INTEGER NOT NULL REFERENCES staff,
  closed_at        INTEGER NOT NULL,
  last_posting_key INTEGER NOT NULL,
  tills            TEXT NOT NULL
) STRICT;

CREATE INDEX day_close_of_staff ON day_close (staff_key, close_key);

-- catalogue -------------------------------------------------------------------------------------------------------
-- A hall's plan never changes: a changed hall is a new version of it, and a performance is played in one of them. A seat's
-- number inside its version (`seat_no`) counts through all rows in the order the operator gave them.

CREATE TABLE hall (
  hall_key   INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE hall_version (
  version_key INTEGER PRIMARY KEY,
  hall_key    INTEGER NOT NULL REFERENCES hall,
  version_no  INTEGER NOT NULL,
  floors      TEXT NOT NULL,
  drawing     TEXT NOT NULL,
  seat_count  INTEGER NOT NULL,
  made_in     INTEGER NOT NULL,
  is_kept     INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  UNIQUE (hall_key, version_no)
) STRICT;

CREATE TABLE hall_section (
  version_key INTEGER NOT NULL REFERENCES hall_version,
  section_no  INTEGER NOT NULL,
  name        TEXT NOT NULL,
  kind        TEXT NOT NULL,
  floor       TEXT,
  capacity    INTEGER NOT NULL CHECK (capacity > 0),
  grade       TEXT,
  drawing     TEXT NOT NULL,
  PRIMARY KEY (version_key, section_no),
  CHECK ((kind = 'standing') = (grade IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE hall_row (
  version_key INTEGER NOT NULL,
  row_no      INTEGER NOT NULL,
  section_no  INTEGER NOT NULL,
  name        TEXT NOT NULL,
  grade       TEXT NOT NULL,
  first_seat  INTEGER NOT NULL,
  seats       TEXT NOT NULL,
  drawing     TEXT NOT NULL,
  PRIMARY KEY (version_key, row_no),
  FOREIGN KEY (version_key, section_no) REFERENCES hall_section
) STRICT, WITHOUT ROWID;

-- `ends_at` is when its last performance ends; the largest integer while it has none. `texts` is JSON by language.
CREATE TABLE concert (
  concert_key INTEGER PRIMARY KEY,
  id          BLOB NOT NULL UNIQUE,
  state       TEXT NOT NULL,
  ends_at     INTEGER NOT NULL,
  changed_in  INTEGER NOT NULL,
  title       TEXT NOT NULL,
  time_zone   TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  age_limit   INTEGER CHECK (age_limit > 0),
  texts       TEXT NOT NULL,
  seats_per_user INTEGER CHECK (seats_per_user > 0),
  fee_per_ticket INTEGER NOT NULL CHECK (fee_per_ticket >= 0),
  fee_per_order  INTEGER NOT NULL CHECK (fee_per_order >= 0),
  cancel_until_minutes INTEGER CHECK (cancel_until_minutes >= 0),
  cancel_fee     INTEGER NOT NULL DEFAULT 0 CHECK (cancel_fee >= 0)
) STRICT;

-- What anyone may see, by when it is over.
CREATE INDEX concert_public ON concert (ends_at, concert_key) WHERE state <> 'draft';

CREATE TABLE picture (
  concert_key INTEGER PRIMARY KEY REFERENCES concert,
  hash        TEXT NOT NULL,
  media_type  TEXT NOT NULL,
  bytes       BLOB NOT NULL
) STRICT;

-- `redrawn_in` is the commit that moved it to its version of the hall or changed its prices: maps from before show other seats, or
-- the same at other prices.
CREATE TABLE performance (
  performance_key INTEGER PRIMARY KEY,
  id              BLOB NOT NULL UNIQUE,
  concert_key     INTEGER NOT NULL REFERENCES concert,
  hall_key        INTEGER NOT NULL REFERENCES hall,
  version_key     INTEGER NOT NULL REFERENCES hall_version,
  redrawn_in        INTEGER NOT NULL DEFAULT 0,
  starts_at       INTEGER NOT NULL,
  ends_at         INTEGER NOT NULL CHECK (ends_at > starts_at),
  refuse_lone_seats INTEGER NOT NULL CHECK (refuse_lone_seats IN (0, 1)),
  door_policy     TEXT NOT NULL,
  doors_at        INTEGER CHECK (doors_at <= starts_at),
  is_paused       INTEGER NOT NULL DEFAULT 0,
  is_cancelled    INTEGER NOT NULL DEFAULT 0,
  changed_in      INTEGER NOT NULL,
  seats_per_user  INTEGER CHECK (seats_per_user > 0),
  created_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX performance_of_concert ON performance (concert_key, starts_at);
-- What else is in a hall at that time.
CREATE INDEX performance_in_hall ON performance (hall_key, ends_at);
-- What is played in a version, which must then stay.
CREATE INDEX performance_in_version ON performance (version_key);

-- As the venue names them, in its order (`place`): where none is said, a place is sold as the first one that its grade has a price
-- for. A type's prices never change: another price is another type of the same name, and the one before, no longer sold, has no
-- place. So what is held or sold keeps the price at which it was seen.
CREATE TABLE ticket_type (
  performance_key INTEGER NOT NULL REFERENCES performance,
  type_no         INTEGER NOT NULL,
  name            TEXT NOT NULL,
  seats_per_user  INTEGER CHECK (seats_per_user > 0),
  place           INTEGER,
  PRIMARY KEY (performance_key, type_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE performance_price (
  performance_key INTEGER NOT NULL,
  grade           TEXT NOT NULL,
  type_no         INTEGER NOT NULL,
  price           INTEGER NOT NULL CHECK (price >= 0),
  PRIMARY KEY (performance_key, grade, type_no),
  FOREIGN KEY (performance_key, type_no) REFERENCES ticket_type
) STRICT, WITHOUT ROWID;

-- queue -----------------------------------------------------------------------------------------------------------

CREATE TABLE queue (
  concert_key           INTEGER PRIMARY KEY REFERENCES concert,
  concert_id            BLOB NOT NULL UNIQUE,
  phase                 TEXT NOT NULL,
  state                 TEXT NOT NULL,
  max_admitted          INTEGER CHECK (max_admitted > 0),
  admissions_per_minute INTEGER CHECK (admissions_per_minute > 0),
  absence_seconds       INTEGER NOT NULL,
  no_show_seconds       INTEGER,
  opens_at              INTEGER NOT NULL,
  on_sale_at            INTEGER NOT NULL,
  sale_ends_at          INTEGER CHECK (sale_ends_at > on_sale_at),
  draw_seed             BLOB NOT NULL,
  drawn_at              INTEGER,
  drawn_ordinal         INTEGER NOT NULL DEFAULT 0,
  drawn_count           INTEGER NOT NULL DEFAULT 0,
  numbered_count        INTEGER NOT NULL DEFAULT 0,
  last_ordinal          INTEGER NOT NULL DEFAULT 0,
  last_number           INTEGER NOT NULL DEFAULT 0,
  now_serving           INTEGER NOT NULL DEFAULT 0,
  next_admission_at_us  INTEGER NOT NULL DEFAULT 0,
  cap_at_last_admission INTEGER,
  waiting_count         INTEGER NOT NULL DEFAULT 0 CHECK (waiting_count >= 0),
  admitted_count        INTEGER NOT NULL DEFAULT 0 CHECK (admitted_count >= 0),
  completed_count       INTEGER NOT NULL DEFAULT 0,
  expired_count         INTEGER NOT NULL DEFAULT 0,
  absent_count          INTEGER NOT NULL DEFAULT 0,
  no_show_count         INTEGER NOT NULL DEFAULT 0,
  left_count            INTEGER NOT NULL DEFAULT 0,
  replaced_count        INTEGER NOT NULL DEFAULT 0,
  folded_ordinal        INTEGER NOT NULL DEFAULT 0,
  CHECK (numbered_count <= drawn_count),
  CHECK (folded_ordinal <= last_ordinal)
) STRICT;

-- Those that memory knows: of concerts that are over, and of drafts, there may be any number.
CREATE INDEX queue_in_memory ON queue (concert_key) WHERE phase IN ('running', 'cancelled');
-- Those that are over and have entries left to be folded.
CREATE INDEX queue_unfolded ON queue (concert_key) WHERE phase = 'over' AND folded_ordinal < last_ordinal;

-- A draw is decided by one commit: seed, `drawn_ordinal` and `drawn_count`. Its numbers follow from them and are written
-- behind in bounded commits, `numbered_count` of them so far; those of entries with an `ordinal` up to `drawn_ordinal` that
-- wait or have a number, tier by tier. Number 0: it took part and ended before its number was written. `ends_at` says when the
-- entry ends, and of one that has ended when that was noted: so its row hardly grows, in a page that is full.

CREATE TABLE queue_entry (
  concert_key    INTEGER NOT NULL REFERENCES queue,
  ordinal        INTEGER NOT NULL,
  id             BLOB NOT NULL,
  user_key       INTEGER NOT NULL REFERENCES account,
  tier           INTEGER NOT NULL,
  number         INTEGER,
  status         TEXT NOT NULL,
  cause          TEXT,
  joined_at      INTEGER NOT NULL,
  admitted_at    INTEGER,
  admitted_until INTEGER,
  ends_at        INTEGER NOT NULL,
  PRIMARY KEY (concert_key, ordinal),
  CHECK (status NOT IN ('admitted', 'completed') OR (number IS NOT NULL AND admitted_until IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Law 6: one live entry per user and concert.
CREATE UNIQUE INDEX queue_entry_live ON queue_entry (concert_key, user_key) WHERE status IN ('waiting', 'admitted');
-- Who waits for the draw, and whose visit ends next: both indexes hold only the living, so they stay small and hot.
CREATE INDEX queue_entry_undrawn ON queue_entry (concert_key, ends_at) WHERE status = 'waiting' AND number IS NULL;
CREATE INDEX queue_entry_admitted ON queue_entry (concert_key, ends_at) WHERE status = 'admitted';

-- Whose turn it is: every number that has not come up, with its entry. It is appended in the order of numbers, also by a
-- draw (an index would take that in the order of joining, at a random page each); an entry that ends leaves its row, which
-- is passed over when its number comes up.
CREATE TABLE queue_turn (
  concert_key INTEGER NOT NULL REFERENCES queue,
  number      INTEGER NOT NULL,
  ordinal     INTEGER NOT NULL,
  PRIMARY KEY (concert_key, number)
) STRICT, WITHOUT ROWID;

-- Entries that were folded: their rows are gone, here stands how many of them ended how. Those who took part in no draw and did
-- not pay are folded once no token can name them; all the others, up to the queue's `folded_ordinal`, once the concert has been
-- over for so long that its draw need not be audited any more. Of a draw whose list is gone `draw_digest` says what it was: from 32
-- zero bytes on, in the order of joining, SHA-256(the digest before || id || tier, 1 byte || number, 4 bytes), `drawn_count` times.
CREATE TABLE queue_fold (
  concert_key     INTEGER PRIMARY KEY REFERENCES queue,
  completed_count INTEGER NOT NULL,
  expired_count   INTEGER NOT NULL,
  absent_count    INTEGER NOT NULL,
  no_show_count   INTEGER NOT NULL,
  left_count      INTEGER NOT NULL,
  replaced_count  INTEGER NOT NULL,
  drawn_count     INTEGER NOT NULL,
  draw_digest     BLOB NOT NULL CHECK (length(draw_digest) = 32),
  draw_folded_at  INTEGER,
  CHECK ((drawn_count > 0) = (draw_folded_at IS NOT NULL))
) STRICT;

-- code ------------------------------------------------------------------------------------------------------------
-- Codes are made in batches; what its codes give stands once, with the batch: something off a payment (an amount, or so much of
-- a hundred; of one performance or all), or a tier of the draw. A performance that is taken back leaves its codes, which then
-- are for nothing. `read_as` is the code as it is found, however it is typed in. A discount's use is a payment, a presale's a
-- buyer, who bears it from then on.

CREATE TABLE code_batch (
  batch_key       INTEGER PRIMARY KEY,
  id              BLOB NOT NULL UNIQUE,
  concert_key     INTEGER NOT NULL REFERENCES concert ON DELETE CASCADE,
  concert_id      BLOB NOT NULL,
  name            TEXT NOT NULL,
  uses_per_code   INTEGER CHECK (uses_per_code > 0),
  code_count      INTEGER NOT NULL CHECK (code_count > 0),
  uses            INTEGER NOT NULL DEFAULT 0,
  amount          INTEGER CHECK (amount > 0),
  percent         INTEGER CHECK (percent BETWEEN 1 AND 100),
  performance_key INTEGER,
  performance_id  BLOB,
  tier            INTEGER CHECK (tier BETWEEN 1 AND 9),
  opens_at        INTEGER,
  created_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  changed_in      INTEGER NOT NULL,
  CHECK ((amount IS NOT NULL) + (percent IS NOT NULL) + (tier IS NOT NULL) = 1)
) STRICT;

CREATE INDEX code_batch_of_concert ON code_batch (concert_key);

CREATE TABLE code (
  code_key    INTEGER PRIMARY KEY,
  concert_key INTEGER NOT NULL,
  read_as     TEXT NOT NULL,
  batch_key   INTEGER NOT NULL REFERENCES code_batch ON DELETE CASCADE,
  code        TEXT NOT NULL,
  uses        INTEGER NOT NULL DEFAULT 0,
  most_uses   INTEGER,
  UNIQUE (concert_key, read_as),
  CHECK (uses <= most_uses)
) STRICT;

CREATE INDEX code_of_batch ON code (batch_key);

CREATE TABLE code_bearer (
  code_key INTEGER NOT NULL REFERENCES code ON DELETE CASCADE,
  user_key INTEGER NOT NULL REFERENCES account,
  PRIMARY KEY (code_key, user_key)
) STRICT, WITHOUT ROWID;

-- payment ---------------------------------------------------------------------------------------------------------
-- A payment at the counter has no visit: its `ordinal` is 0, and `paid_by` says how it was paid there.
-- ticket_key = payment_key * 64 + its place in the payment: the tickets of a payment are neighbours without an index. A
-- payment's amount is its tickets' prices and fees and its own fee; what a code took off (`discount`) is off the prices.
-- A payment's id ends in its key (five bytes), so it is found without an index. Its user is that of its debit (law 3), which refers
-- to the wallet; a constraint here would look there a second time.

CREATE TABLE payment (
  payment_key  INTEGER PRIMARY KEY,
  id           BLOB NOT NULL,
  user_key     INTEGER NOT NULL,
  concert_key  INTEGER NOT NULL,
  ordinal      INTEGER NOT NULL,
  amount       INTEGER NOT NULL CHECK (amount >= 0),
  order_fee    INTEGER NOT NULL CHECK (order_fee >= 0),
  code_key     INTEGER,
  discount     INTEGER NOT NULL CHECK (discount >= 0),
  paid_at      INTEGER NOT NULL,
  ticket_count INTEGER NOT NULL CHECK (ticket_count BETWEEN 1 AND 64),
  order_fee_back INTEGER NOT NULL DEFAULT 0 CHECK (order_fee_back BETWEEN 0 AND order_fee),
  actor        TEXT NOT NULL,
  staff_key    INTEGER REFERENCES staff,
  paid_by      TEXT,
  CHECK (staff_key IS NULL AND actor <> 'staff' OR staff_key IS NOT NULL AND actor = 'staff'),
  CHECK (ordinal <> 0 AND paid_by IS NULL OR ordinal = 0 AND paid_by IS NOT NULL),
  CHECK (code_key IS NULL AND discount = 0 OR code_key IS NOT NULL AND discount <> 0)
) STRICT;

-- Law 12: `refunded` is what went back for a ticket, once; from then on it opens nothing. Each handing on gives it another random
-- `code_salt`, which its code is made with (as sold it has none: the payment's id, random in part, is in its code), and says whose it is, if
-- not the payer's. `version_no` is 0 while its seat is one of the
-- version of the hall in which the performance is played; one that was given back before the performance moved on stays what it
-- was, in the version that it names.
CREATE TABLE ticket (
  ticket_key      INTEGER PRIMARY KEY,
  performance_key INTEGER NOT NULL,
  seat_no         INTEGER NOT NULL,
  version_no      INTEGER NOT NULL DEFAULT 0,
  type_no         INTEGER NOT NULL,
  price           INTEGER NOT NULL CHECK (price >= 0),
  fee             INTEGER NOT NULL CHECK (fee >= 0),
  handovers       INTEGER NOT NULL DEFAULT 0,
  code_salt       INTEGER NOT NULL DEFAULT 0,
  holder_key      INTEGER REFERENCES account,
  refund_key      INTEGER,
  refunded        INTEGER CHECK (refunded BETWEEN 0 AND price + fee),
  CHECK (refund_key IS NULL AND refunded IS NULL OR refund_key IS NOT NULL AND refunded IS NOT NULL)
) STRICT;

-- Tickets for standing places, whose `seat_no` stands for their section.
CREATE INDEX ticket_of_standing ON ticket (performance_key, seat_no, ticket_key) WHERE seat_no >= 16777216;
CREATE INDEX ticket_given_back ON ticket (performance_key, seat_no) WHERE refund_key IS NOT NULL AND version_no = 0;
CREATE INDEX ticket_of_holder ON ticket (holder_key) WHERE holder_key IS NOT NULL;

-- door ------------------------------------------------------------------------------------------------------------
-- Law 13: of the check-ins of a ticket that were not undone one counts; the others are doubles, which doors without a network
-- made. `scan_id` is what such a device calls its scan, so that it is noted once.

CREATE TABLE check_in (
  check_in_key    INTEGER PRIMARY KEY,
  id              BLOB NOT NULL UNIQUE,
  ticket_key      INTEGER NOT NULL REFERENCES ticket,
  performance_key INTEGER NOT NULL,
  gate            TEXT,
  scanned_at      INTEGER NOT NULL,
  noted_at        INTEGER NOT NULL,
  scan_id         BLOB UNIQUE,
  is_double       INTEGER NOT NULL,
  undone_at       INTEGER,
  undo_reason     TEXT,
  staff_key       INTEGER NOT NULL REFERENCES staff,
  CHECK ((undone_at IS NULL) = (undo_reason IS NULL))
) STRICT;

CREATE UNIQUE INDEX check_in_counts ON check_in (ticket_key) WHERE undone_at IS NULL AND is_double = 0;
CREATE INDEX check_in_of_performance ON check_in (performance_key, gate) WHERE undone_at IS NULL;

-- checkout --------------------------------------------------------------------------------------------------------
-- Money that comes in through a payment provider. Law 11: what is paid has its one posting, nothing else has any. `next_at` is
-- when the provider is asked next; `wish` is what is paid for then, as JSON.

CREATE TABLE checkout (
  checkout_key INTEGER PRIMARY KEY,
  id           BLOB NOT NULL UNIQUE,
  user_key     INTEGER NOT NULL REFERENCES account,
  provider     TEXT NOT NULL,
  account      TEXT,
  is_live      INTEGER NOT NULL,
  amount       INTEGER NOT NULL CHECK (amount > 0),
  currency     TEXT NOT NULL,
  state        TEXT NOT NULL,
  reference    TEXT,
  redirect_url TEXT,
  parameters   TEXT,
  wish         TEXT,
  opened_at    INTEGER NOT NULL,
  ends_at      INTEGER NOT NULL,
  next_at      INTEGER,
  asked        INTEGER NOT NULL DEFAULT 0,
  settled_at   INTEGER,
  posting_key  INTEGER UNIQUE REFERENCES posting,
  payment_key  INTEGER UNIQUE REFERENCES payment,
  unpaid       TEXT,
  mismatch     TEXT,
  problem      TEXT,
  refunded     INTEGER NOT NULL DEFAULT 0,
  CHECK ((state = 'paid') = (posting_key IS NOT NULL)),
  CHECK ((state = 'disputed') = (mismatch IS NOT NULL)),
  CHECK (refunded BETWEEN 0 AND amount),
  CHECK (refunded = 0 OR state = 'paid')
) STRICT;

CREATE INDEX checkout_due ON checkout (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX checkout_in_state ON checkout (state, checkout_key);
CREATE INDEX checkout_of_user ON checkout (user_key, checkout_key);

-- Money that goes back through the provider of its checkout: the posting that took it off the balance, in whose commit this is
-- written, and what became of it.
CREATE TABLE provider_refund (
  provider_refund_key INTEGER PRIMARY KEY,
  id                  BLOB NOT NULL UNIQUE,
  checkout_key        INTEGER NOT NULL REFERENCES checkout,
  posting_key         INTEGER NOT NULL UNIQUE REFERENCES posting,
  amount              INTEGER NOT NULL CHECK (amount > 0),
  state               TEXT NOT NULL,
  attempts            INTEGER NOT NULL DEFAULT 0,
  next_at             INTEGER NOT NULL,
  made_at             INTEGER NOT NULL,
  done_at             INTEGER,
  problem             TEXT,
  CHECK ((state = 'waiting') = (done_at IS NULL))
) STRICT;

CREATE INDEX provider_refund_due ON provider_refund (next_at) WHERE state = 'waiting';
CREATE INDEX provider_refund_stuck ON provider_refund (provider_refund_key) WHERE state = 'waiting' AND attempts >= 3;
CREATE INDEX provider_refund_of_checkout ON provider_refund (checkout_key);

-- refund ----------------------------------------------------------------------------------------------------------
-- Tickets of one payment that were refunded together (they name it), and the posting that gave the money back.

CREATE TABLE refund (
  refund_key  INTEGER PRIMARY KEY,
  id          BLOB NOT NULL UNIQUE,
  payment_key INTEGER NOT NULL REFERENCES payment,
  posting_key INTEGER NOT NULL UNIQUE,
  cause       TEXT NOT NULL,
  way         TEXT NOT NULL,
  places      TEXT NOT NULL,
  amount      INTEGER NOT NULL CHECK (amount >= 0),
  order_fee   INTEGER NOT NULL CHECK (order_fee >= 0),
  refunded_at INTEGER NOT NULL,
  actor       TEXT NOT NULL,
  staff_key   INTEGER REFERENCES staff,
  CHECK (staff_key IS NULL AND actor <> 'staff' OR staff_key IS NOT NULL AND actor = 'staff')
) STRICT;

CREATE INDEX refund_of_payment ON refund (payment_key);

-- A cancelled performance, and up to which ticket, in the order of their seats, they are refunded. `tickets` is NULL until they are
-- counted, which comes before the first refund.
CREATE TABLE cancellation (
  performance_key INTEGER PRIMARY KEY REFERENCES performance,
  performance_id  BLOB NOT NULL,
  concert_key     INTEGER NOT NULL,
  begun_at        INTEGER NOT NULL,
  done_at         INTEGER,
  tickets         INTEGER,
  refunded        INTEGER NOT NULL DEFAULT 0 CHECK (refunded <= coalesce(tickets, 0)),
  amount          INTEGER NOT NULL DEFAULT 0,
  last_ticket     INTEGER,
  actor           TEXT NOT NULL,
  staff_key       INTEGER REFERENCES staff
) STRICT;

CREATE INDEX cancellation_open ON cancellation (done_at) WHERE done_at IS NULL;
CREATE INDEX cancellation_of_concert ON cancellation (concert_key, performance_key);

-- Cancelled concerts of which performances are left to be cancelled: all those after the last one, in order of time, that were to come
-- when it was cancelled.
CREATE TABLE concert_cancellation (
  concert_key INTEGER PRIMARY KEY REFERENCES concert,
  last_start  INTEGER NOT NULL,
  last_performance INTEGER NOT NULL
) STRICT;

-- reservation -----------------------------------------------------------------------------------------------------
-- A seat has a row once somebody touched it; before, it is available. The row carries the owner: the key, a performance with its
-- seat in one number, is why it can have one only (law 1), and rows that follow each other are put behind each other, where a key of
-- two columns would move those of three pages every now and then. `verify` looks whether the performance is there. `changed_in` is the
-- commit that made the row what it is, also when it was freed: the map's version, from which what changed since can be told after a
-- restart too.

CREATE TABLE seat (
  seat_key        INTEGER PRIMARY KEY,
  performance_key INTEGER GENERATED ALWAYS AS (seat_key >> 24),
  seat_no         INTEGER GENERATED ALWAYS AS (seat_key & 16777215),
  state           TEXT NOT NULL,
  hold_id         BLOB,
  held_by         INTEGER,
  held_until      INTEGER,
  type_no         INTEGER,
  ticket_key      INTEGER,
  block_key       INTEGER,
  was_sold        INTEGER NOT NULL DEFAULT 0,
  changed_in      INTEGER NOT NULL,
  CHECK (state <> 'held' AND hold_id IS NULL AND held_by IS NULL AND held_until IS NULL AND type_no IS NULL
         OR state = 'held' AND hold_id IS NOT NULL AND held_by IS NOT NULL AND held_until IS NOT NULL AND type_no IS NOT NULL),
  CHECK (state <> 'sold' AND ticket_key IS NULL OR state = 'sold' AND ticket_key IS NOT NULL),
  CHECK (state <> 'blocked' AND block_key IS NULL OR state = 'blocked' AND block_key IS NOT NULL)
) STRICT;

-- What came back after a commit that memory knew. A seat that is held for the first time, or sold, is not in it.
CREATE INDEX seat_came_back ON seat (performance_key, changed_in) WHERE state = 'available';

-- Standing places are counted by section and performance; a section that nobody touched yet has no row. `held` is what stands
-- in holds, also in those that have ended and are not written off yet. The last check is law 1.
CREATE TABLE standing (
  performance_key INTEGER NOT NULL,
  section_no      INTEGER NOT NULL,
  capacity        INTEGER NOT NULL,
  held            INTEGER NOT NULL CHECK (held >= 0),
  sold            INTEGER NOT NULL CHECK (sold >= 0),
  blocked         INTEGER NOT NULL CHECK (blocked >= 0),
  was_sold        INTEGER NOT NULL DEFAULT 0,
  changed_in      INTEGER NOT NULL,
  PRIMARY KEY (performance_key, section_no),
  CHECK (held + sold + blocked <= capacity)
) STRICT, WITHOUT ROWID;

-- What the operator keeps from sale: seats by their numbers, or so many places of a standing section. A block that keeps
-- nothing any more is deleted.
CREATE TABLE block (
  block_key       INTEGER PRIMARY KEY,
  id              BLOB NOT NULL UNIQUE,
  performance_key INTEGER NOT NULL,
  reason          TEXT NOT NULL,
  seat_numbers    TEXT NOT NULL,
  section_no      INTEGER,
  quantity        INTEGER NOT NULL CHECK (quantity >= 0),
  made_at         INTEGER NOT NULL,
  staff_key       INTEGER REFERENCES staff
) STRICT;

CREATE INDEX block_of_performance ON block (performance_key, block_key);

-- How many seats of a concert a buyer has bought, by performance and ticket type: what the limits of seats per buyer are counted by.
-- The buyers of a concert lie together, however strewn they are over all accounts: by buyer first each would be a page of its own
-- to write. It and a hold do not refer to their performance by a constraint: taking one back would walk them. `verify` looks, also
-- that they are counted for those who have the tickets.
CREATE TABLE seats_bought (
  concert_key     INTEGER NOT NULL,
  user_key        INTEGER NOT NULL,
  performance_key INTEGER NOT NULL,
  type_no         INTEGER NOT NULL,
  seats           INTEGER NOT NULL,
  PRIMARY KEY (concert_key, user_key, performance_key, type_no)
) STRICT, WITHOUT ROWID;

-- A hold belongs to one visit (queue entry) or to one offer (waitlist entry); ended holds are deleted. `type_nos` are the ticket types of its places, in the
-- order of `seat_numbers`; `amount` is what it costs paid alone, fees included.
CREATE TABLE hold (
  concert_key     INTEGER NOT NULL,
  ordinal         INTEGER NOT NULL,
  id              BLOB NOT NULL,
  performance_key INTEGER NOT NULL,
  seat_numbers    TEXT NOT NULL,
  type_nos        TEXT NOT NULL,
  section_no      INTEGER,
  quantity        INTEGER CHECK (quantity > 0),
  amount          INTEGER NOT NULL CHECK (amount >= 0),
  held_until      INTEGER NOT NULL,
  PRIMARY KEY (concert_key, ordinal, id),
  CHECK ((section_no IS NULL) = (quantity IS NULL))
) STRICT, WITHOUT ROWID;

-- The holds of a standing section by their ends: what has ended counts for nobody.
CREATE INDEX hold_of_standing ON hold (performance_key, section_no, held_until, quantity) WHERE section_no IS NOT NULL;

-- waitlist --------------------------------------------------------------------------------------------------------
-- Who wants seats of a concert that is sold out. An entry's `ordinal` is one that no queue has (from 2^31 on): what is offered
-- to it is a hold like any other's. `place` is 0 where it is offered in order, else a lot; ties go by `ordinal`.

CREATE TABLE waitlist (
  concert_key   INTEGER PRIMARY KEY REFERENCES concert ON DELETE CASCADE,
  mode          TEXT NOT NULL,
  offer_seconds INTEGER NOT NULL CHECK (offer_seconds > 0),
  last_ordinal  INTEGER NOT NULL,
  changed_in    INTEGER NOT NULL
) STRICT;

CREATE TABLE waitlist_entry (
  concert_key      INTEGER NOT NULL REFERENCES waitlist ON DELETE CASCADE,
  ordinal          INTEGER NOT NULL CHECK (ordinal >= 2147483648),
  id               BLOB NOT NULL,
  user_key         INTEGER NOT NULL REFERENCES account,
  performance_keys TEXT NOT NULL,
  grade            TEXT,
  quantity         INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 64),
  place            INTEGER NOT NULL,
  status           TEXT NOT NULL,
  joined_at        INTEGER NOT NULL,
  offered_until    INTEGER,
  ended_at         INTEGER,
  PRIMARY KEY (concert_key, ordinal),
  CHECK ((status IN ('waiting', 'offered')) = (ended_at IS NULL)),
  CHECK (status NOT IN ('offered', 'taken') OR offered_until IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX waitlist_entry_live ON waitlist_entry (concert_key, user_key) WHERE status IN ('waiting', 'offered');
CREATE INDEX waitlist_entry_waiting ON waitlist_entry (concert_key, place, ordinal) WHERE status = 'waiting';
CREATE INDEX waitlist_entry_offered ON waitlist_entry (concert_key, offered_until) WHERE status = 'offered';

-- idempotency -----------------------------------------------------------------------------------------------------

CREATE TABLE idempotency (
  record_key INTEGER PRIMARY KEY,
  key_hash   BLOB NOT NULL UNIQUE,
  body_hash  BLOB NOT NULL,
  answer     TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
