//! Every bound and duration of a running box office, in one place. They are not settings: what an operator may choose is in
//! [`super::Config`].

use std::time::Duration;

/// How much of something one asker may have: so many at once, and one more each so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many at once.
    pub at_once: u32,
    /// One comes back each so many milliseconds.
    pub one_each_ms: u32,
}

impl Rate {
    const fn new(at_once: u32, one_each_ms: u32) -> Self {
        Self { at_once, one_each_ms }
    }
}

/// The bounds of everything that could grow.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Changes of those inside that may wait for the writer; beyond it 503.
    pub writer_queue: usize,
    /// The same of those outside, who wait in a lane of their own.
    pub outside_queue: usize,
    /// Requests of those outside that are worked on at once, while there are more; but for who waits for a hasher.
    pub outside_at_once: usize,
    /// Requests of those outside that wait for that; beyond it 503.
    pub outside_waiting: usize,
    /// Changes in one commit at most.
    pub group_commit: usize,
    /// Bytes of the data file's write-ahead log that are kept: what is more is given back once all of it stands in the file. A look at
    /// the whole file, which keeps it from getting there, ends when the log has grown by as much meanwhile.
    pub log_bytes: u64,
    /// A group of changes is small enough to run only so many times as long as its commit takes (`store::pace`).
    pub group_run_per_commit: f64,
    /// Reader connections.
    pub readers: u32,
    /// How long a request waits for a reader before 503.
    pub reader_patience: Duration,
    /// Bytes of a request's body; beyond it 413.
    pub body_bytes: usize,
    /// The same of an operation that takes a hall.
    pub hall_body_bytes: usize,
    /// The same of an operation that takes what is said of a concert.
    pub concert_body_bytes: usize,
    /// Bytes of a concert's picture; its body is a third longer, as Base64 is.
    pub picture_bytes: usize,
    /// The same of the one that takes the venue's picture.
    pub venue_body_bytes: usize,
    /// The same of one that names the seats of a block.
    pub block_body_bytes: usize,
    /// Bytes of bodies that are not whole yet, in all; beyond it 503.
    pub unread_bytes: usize,
    /// Bytes of answers that their clients leave unread, in all; beyond it whoever has read nothing for longest is cut off.
    pub owed_bytes: usize,
    /// One client may have such a part of [`Limits::unread_bytes`] and [`Limits::owed_bytes`]: an eighth, for 8.
    pub byte_shares: usize,
    /// Open connections; for a further one the longest idle has to go.
    pub connections: usize,
    /// Open connections of one client: an IPv4 address or an IPv6 /64, but not this machine's own address.
    pub connections_per_client: usize,
    /// Open event streams; beyond it 503.
    pub streams: usize,
    /// Open event streams of one queue token; beyond it 429.
    pub streams_per_token: usize,
    /// Time for a request to arrive, from its first byte (or from the connection's opening) to its body's last.
    pub read_patience: Duration,
    /// How long a connection may keep the office waiting, in the middle of a request or with an answer unread, while all places are
    /// taken and others wait for one.
    pub crowded_patience: Duration,
    /// Time between an answer and the next request.
    pub idle_patience: Duration,
    /// Time for a client to take something of what is ready for it.
    pub write_patience: Duration,
    /// Time for a client to take a whole answer, once it has made it wait; not for event streams.
    pub answer_patience: Duration,
    /// The longest that a refusal for being too many waits, of a client that asks on and on.
    pub refusal_patience: Duration,
    /// Time for open requests to finish once the server is told to stop.
    pub stop_patience: Duration,
    /// Passwords hashed at one time (each takes a core and [`Limits::password_memory_kib`]): one core stays for the sale.
    pub password_hashers: usize,
    /// Sign-ups and log-ins that may wait for a hasher; beyond it 503.
    pub password_queue: usize,
    /// The same of one client, all of them behind one address: an IPv4 address or an IPv6 /64.
    pub password_queue_per_client: usize,
    /// Accounts that one client may make; beyond this and the following 429.
    pub sign_ups_per_client: Rate,
    /// Passwords that one client may show, right or wrong.
    pub log_ins_per_client: Rate,
    /// Sessions of one client that this process has not seen yet.
    pub strange_sessions_per_client: Rate,
    /// Staff credentials of one client that open nothing.
    pub wrong_keys_per_client: Rate,
    /// Places in line that one account may take.
    pub joins_per_account: Rate,
    /// Holds of one account.
    pub holds_per_account: Rate,
    /// Top-ups of one account.
    pub top_ups_per_account: Rate,
    /// Idempotency keys of one account, with the answers that are kept for them.
    pub keys_per_account: Rate,
    /// argon2id's memory (OWASP's recommendation: 19 MiB with two passes).
    pub password_memory_kib: u32,
    /// argon2id's passes.
    pub password_passes: u32,
    /// How long a session lasts.
    pub session_seconds: u32,
    /// Time for the mail server to take a mail.
    pub mail_patience: Duration,
    /// Time for a payment provider to answer.
    pub provider_patience: Duration,
    /// Time for the node that leads to answer what was handed on to it: longer than it waits for its book itself.
    pub leader_patience: Duration,
    /// How long an answer, or a queue token, waits for a node that follows to have what it tells of.
    pub catch_up_patience: Duration,
    /// How long a checkout may be paid; longer than a provider's own sessions live at least.
    pub checkout_seconds: u32,
    /// Checkouts that are asked after at one time.
    pub checkouts_at_once: u32,
    /// Messages to webhooks that are carried at one time.
    pub webhooks_at_once: u32,
    /// Mails that are carried at one time.
    pub mails_at_once: u32,
    /// How long the link in a mail that asks for a new password, or whether an address is right, may be used.
    pub link_seconds: u32,
    /// How long a desk session lasts: an evening.
    pub desk_session_seconds: u32,
    /// How long an answer is kept for its `Idempotency-Key`.
    pub idempotency_seconds: u32,
    /// How long a mail or a message to a webhook is kept once it was told, or given up.
    pub told_seconds: u32,
    /// How long after a concert's end its draw may be audited entry by entry; then its queue's entries are folded.
    pub draw_shown_seconds: u32,
    /// Numbers of a draw that one commit writes.
    pub numbers_per_commit: u32,
    /// Seats and standing places of one hall.
    pub hall_places: usize,
    /// Items on one page of a list.
    pub page: u32,
}

/// Descriptors that are not connections with a place: the data file and its readers, the log, the runtime; and connections
/// that wait for one.
const OTHER_FILES: u64 = 128;

impl Limits {
    /// These, but no more connections than this process may open files, and some of them left for who does not listen
    /// to a stream.
    #[must_use]
    pub fn within(self, open_files: u64) -> Self {
        let most = usize::try_from(open_files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
        let connections = self.connections.min(most.max(1));
        let connections_per_client = self.connections_per_client.min(connections.div_ceil(4));
        Self { connections, connections_per_client, streams: self.streams.min(connections - connections / 20), ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            writer_queue: 8192,
            outside_queue: 4096,
            outside_at_once: 128,
            outside_waiting: 8192,
            group_commit: 256,
            log_bytes: 64 << 20,
            group_run_per_commit: 2.0,
            readers: 8,
            reader_patience: Duration::from_secs(2),
            body_bytes: 8 << 10,
            hall_body_bytes: 1 << 20,
            concert_body_bytes: 256 << 10,
            picture_bytes: 2 << 20,
            venue_body_bytes: 128 << 10,
            block_body_bytes: 32 << 10,
            unread_bytes: 64 << 20,
            owed_bytes: 256 << 20,
            byte_shares: 8,
            connections: 50_000,
            connections_per_client: 12_500,
            streams: 40_000,
            streams_per_token: 4,
            read_patience: Duration::from_secs(20),
            crowded_patience: Duration::from_secs(1),
            idle_patience: Duration::from_secs(75),
            write_patience: Duration::from_secs(30),
            answer_patience: Duration::from_secs(120),
            refusal_patience: Duration::from_secs(2),
            stop_patience: Duration::from_secs(10),
            password_hashers: std::thread::available_parallelism().map_or(1, |cores| (cores.get() - 1).max(1)),
            password_queue: 256,
            password_queue_per_client: 64,
            sign_ups_per_client: Rate::new(30, 2000),
            log_ins_per_client: Rate::new(120, 500),
            strange_sessions_per_client: Rate::new(1000, 50),
            wrong_keys_per_client: Rate::new(30, 2000),
            joins_per_account: Rate::new(10, 6000),
            holds_per_account: Rate::new(40, 1000),
            top_ups_per_account: Rate::new(20, 6000),
            keys_per_account: Rate::new(300, 60_000),
            password_memory_kib: 19 * 1024,
            password_passes: 2,
            session_seconds: 30 * 24 * 3600,
            mail_patience: Duration::from_secs(60),
            provider_patience: Duration::from_secs(20),
            leader_patience: Duration::from_secs(70),
            catch_up_patience: Duration::from_secs(1),
            checkout_seconds: 35 * 60,
            checkouts_at_once: 8,
            webhooks_at_once: 16,
            mails_at_once: 8,
            link_seconds: 30 * 60,
            desk_session_seconds: 6 * 3600,
            idempotency_seconds: 24 * 3600,
            told_seconds: 30 * 24 * 3600,
            draw_shown_seconds: 30 * 24 * 3600,
            numbers_per_commit: 1000,
            hall_places: 100_000,
            page: 100,
        }
    }
}
