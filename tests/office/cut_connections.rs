//! As `given_back`, through the server: each request comes by a connection of its own, which is cut at every await of what
//! answers it, while its body is half there, and while its answer is left unread; afterwards the server's own places and
//! sums are back at their start too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use boxoffice::server::{Connections, InUse, routes};
use poem::Request;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use crate::by_hand::ByHand;
use crate::given_back::{PATIENCE, Places, places, requests};
use crate::support::{Concert, Office};

/// Between looks at whether an event has come.
const LOOK: Duration = Duration::from_millis(5);

/// How a client behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It sends all at once and reads what comes.
    Whole,
    /// It sends half of the body, and the rest when that was read.
    InHalves,
    /// It reads nothing.
    Unread,
}

impl Way {
    fn is_for(self, name: &str, body: &[u8]) -> bool {
        match self {
            Self::Whole => true,
            Self::InHalves => !body.is_empty(),
            // Answers that do not fit into what the system takes.
            Self::Unread => ["seat_map", "stream_seats"].contains(&name),
        }
    }
}

/// Everything that a request may take, the server's part included.
type All = (Places, InUse, ([usize; 2], [usize; 2]));

fn all(office: &Office, concert: &Concert, connections: &Connections) -> All {
    (places(office, concert), connections.in_use(), office.app.store.free_places())
}

/// Two ends of a connection, and the address of the first. Few bytes fit between them if `is_small`.
async fn connection(is_small: bool) -> (TcpStream, TcpStream, SocketAddr) {
    const FEW_BYTES: u32 = 4096;
    let (listens, connects) = (TcpSocket::new_v4().expect("a socket"), TcpSocket::new_v4().expect("a socket"));
    if is_small {
        listens.set_send_buffer_size(FEW_BYTES).expect("a size");
        connects.set_recv_buffer_size(FEW_BYTES).expect("a size");
    }
    listens.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let listener = listens.listen(1).expect("it listens");
    let address = listener.local_addr().expect("an address");
    let (client, accepted) = tokio::join!(connects.connect(address), listener.accept());
    let (server, remote) = accepted.expect("a connection");
    (client.expect("a connection"), server, remote)
}

/// Head and body as they go over the wire.
async fn written(request: Request) -> (Vec<u8>, Vec<u8>) {
    let (parts, body) = request.into_parts();
    let body = body.into_vec().await.expect("a body");
    let mut head = format!("{} {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        head += &format!("{name}: {}\r\n", value.to_str().expect("text"));
    }
    if !body.is_empty() || parts.method == "POST" {
        head += &format!("content-length: {}\r\n", body.len());
    }
    (format!("{head}\r\n").into_bytes(), body)
}

/// A client that reads: gives the status once the connection ends, and says when an event is whole.
fn read(mut from: OwnedReadHalf, event: Arc<AtomicBool>) -> JoinHandle<Option<u16>> {
    tokio::spawn(async move {
        let mut read = Vec::new();
        // A connection that was cut ends as it likes.
        while from.read_buf(&mut read).await.is_ok_and(|count| count > 0) {
            let body = read.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|head| &read[head + 4..]);
            let is_whole = body.is_some_and(|body| body.windows(2).any(|bytes| bytes == b"\n\n"));
            event.fetch_or(is_whole, Ordering::SeqCst);
        }
        std::str::from_utf8(read.get(9..12)?).ok()?.parse().ok()
    })
}

/// How a call went that may be polled so many times.
struct Went {
    /// It came to its end before the polls did.
    is_done: bool,
    /// What the client read, if it read anything.
    status: Option<u16>,
    /// The body was half there, or the answer was left unread.
    was_stuck: bool,
}

async fn go(connections: &Connections, way: Way, name: &str, request: (Vec<u8>, Vec<u8>), polls: usize) -> Went {
    let (client, server, remote) = connection(way == Way::Unread).await;
    let answers = connections.take(server, remote).await.expect("a place");
    let mut call = ByHand::new(answers);
    let (reads, mut writes) = client.into_split();
    let (head, body) = request;
    let (now, later) = body.split_at(if way == Way::InHalves { body.len() / 2 } else { body.len() });
    let mut later = (!later.is_empty()).then_some(later);
    writes.write_all(&[&head, now].concat()).await.expect("it is taken");
    let event = Arc::new(AtomicBool::new(false));
    let (mut reader, mut _unread) = (None, None);
    match way {
        Way::Unread => _unread = Some(reads),
        Way::Whole | Way::InHalves => reader = Some(read(reads, event.clone())),
    }
    let has_all = || name.starts_with("stream") && event.load(Ordering::SeqCst);
    let mut went = Went { is_done: false, status: None, was_stuck: false };
    for poll in 0..polls {
        let mut looks = PATIENCE.as_millis() / LOOK.as_millis();
        while poll > 0 && !has_all() && !call.woken_within(LOOK) {
            looks -= 1;
            assert!(looks > 0, "{name}, {way:?}: nobody wakes it after poll {poll}");
        }
        went.is_done = has_all() || call.poll().is_some();
        let in_use = connections.in_use();
        if way == Way::Unread && in_use.owed_bytes > 0 {
            (went.is_done, went.was_stuck) = (true, true);
        }
        if went.is_done {
            break;
        }
        if in_use.unread_bytes > 0
            && let Some(rest) = later.take()
        {
            went.was_stuck = true;
            writes.write_all(rest).await.expect("it is taken");
        }
    }
    drop(call);
    if let Some(reader) = reader {
        went.status = reader.await.expect("no panic");
    }
    went
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_at_any_await_leaves_nothing_behind() {
    const MOST_AWAITS: usize = 100;
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 10_000}), 2, 700).await;
    let connections = Connections::new(Arc::new(routes(office.app.clone())));
    let nothing = InUse { connections: 0, clients: 0, unread_bytes: 0, owed_bytes: 0, worked_on: 0, at_door: 0 };
    let (limits, readers) = (&office.app.limits, office.app.limits.readers as usize);
    let free = ([limits.writer_queue, limits.outside_queue], [readers, readers.div_ceil(2)]);
    let start = (places(&office, &concert), nothing, free);
    let (requests, mut at, mut cut) = (requests(&office, &concert), 0, 0);
    for way in [Way::Whole, Way::InHalves, Way::Unread] {
        let mut stuck = 0;
        for (name, make) in &requests {
            let (mut went, mut is_for) = (None, true);
            for polls in 1..MOST_AWAITS {
                at += 1;
                let request = written(make(at).await).await;
                is_for = way.is_for(name, &request.1);
                if !is_for {
                    break;
                }
                let this = go(&connections, way, name, request, polls).await;
                let back = async {
                    while all(&office, &concert, &connections) != start {
                        tokio::task::yield_now().await;
                    }
                };
                let is_back = tokio::time::timeout(PATIENCE, back).await.is_ok();
                let now = all(&office, &concert, &connections);
                assert!(is_back, "{name}, {way:?}, cut at poll {polls}: {now:?} is not {start:?}");
                stuck += usize::from(this.was_stuck);
                cut += usize::from(!this.is_done);
                if this.is_done {
                    went = Some(this);
                    break;
                }
            }
            if is_for {
                let status = went.expect("it is done some time").status;
                let is_well =
                    status.is_some_and(|status| status < 400) || *name == "log_in of nobody" && status == Some(401);
                assert!(is_well || way == Way::Unread, "{name}, {way:?}: {status:?}");
            }
        }
        println!("{way:?}: {cut} of {at} were cut before their end, {stuck} while half was there");
        assert!(stuck > 1 || way == Way::Whole, "{way:?}: nobody was cut there");
    }
    assert!(cut > requests.len(), "{cut} of {at} were cut before their end");
    office.verify();
}
