//! What stands between a node and PostgreSQL: carries bytes both ways, and cuts one connection, or holds it up, where it was told
//! to.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use parking_lot::{Condvar, Mutex};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Where a connection is cut that carries a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The COMMIT does not get through.
    Before,
    /// Half of the COMMIT gets through.
    In,
    /// PostgreSQL has committed, and what it says of that does not get through.
    After,
    /// What it says of that gets through late: once it is released.
    Late,
    /// Half of the COMMIT gets through, and then nothing on any connection until it is released: the node's machine stands still.
    Still,
}

/// Holds up whoever carries what is held up.
#[derive(Default)]
struct Held {
    is: Mutex<bool>,
    released: Condvar,
}

impl Held {
    fn begin(&self) {
        *self.is.lock() = true;
    }

    fn end(&self) {
        *self.is.lock() = false;
        self.released.notify_all();
    }

    fn wait(&self) {
        let mut is = self.is.lock();
        self.released.wait_while(&mut is, |is| *is);
    }
}

/// How a flush ends its transaction: nothing else that a node sends has this in it.
const COMMIT: &[u8] = b"; COMMIT\0";
/// What PostgreSQL says of a commit that stands.
const COMMITTED: &[u8] = b"COMMIT\0";

/// Listens on this machine, before the server at this address.
pub struct Proxy {
    pub port: u16,
    told: Told,
}

/// What those who carry are told.
#[derive(Clone, Default)]
struct Told {
    next: Arc<Mutex<Option<Cut>>>,
    /// What PostgreSQL says on the connection that was cut is held up.
    late: Arc<Held>,
    /// What the node says is held up, on all connections.
    still: Arc<Held>,
}

impl Proxy {
    pub fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server: Config = server.parse().unwrap();
        let told = Told::default();
        let carriers = told.clone();
        thread::spawn(move || {
            for node in listener.incoming() {
                let (node, told) = (node.unwrap(), carriers.clone());
                match &server.get_hosts()[0] {
                    Host::Unix(folder) => {
                        let end = UnixStream::connect(folder.join(".s.PGSQL.5432")).unwrap();
                        carry(node, (end.try_clone().unwrap(), end), told);
                    }
                    Host::Tcp(name) => {
                        let port = server.get_ports().first().copied().unwrap_or(5432);
                        let end = TcpStream::connect((name.as_str(), port)).unwrap();
                        carry(node, (end.try_clone().unwrap(), end), told);
                    }
                }
            }
        });
        Self { port, told }
    }

    /// The next commit is cut here.
    pub fn cut_next(&self, cut: Cut) {
        *self.told.next.lock() = Some(cut);
    }

    /// Lets through what was held up.
    pub fn release(&self) {
        self.told.late.end();
        self.told.still.end();
    }

    /// Has the cut come?
    pub fn has_cut(&self) -> bool {
        self.told.next.lock().is_none()
    }
}

/// PostgreSQL's end of a connection.
trait End: Read + Write + Send + 'static {
    /// Also for who reads from another handle of it.
    fn close(&self);
}

impl End for TcpStream {
    fn close(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl End for UnixStream {
    fn close(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

fn carry<S: End>(node: TcpStream, server: (S, S), told: Told) {
    let (mut from_server, mut to_server) = server;
    let late = Arc::new(AtomicBool::new(false));
    let (is_late, until) = (late.clone(), told.late.clone());
    let hides = Arc::new(Mutex::new(false));
    let (hidden, mut to_node) = (hides.clone(), node.try_clone().unwrap());
    // Ends with the server's end of the connection.
    thread::spawn(move || {
        let (mut bytes, mut hid) = (vec![0; 1 << 16], Vec::new());
        while let Ok(count @ 1..) = from_server.read(&mut bytes) {
            if is_late.load(Ordering::Acquire) {
                until.wait();
            }
            if *hidden.lock() {
                hid.extend_from_slice(&bytes[..count]);
                if has(&hid, COMMITTED).is_some() {
                    break;
                }
            } else if to_node.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = to_node.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        let (mut node, mut bytes) = (node, vec![0; 1 << 20]);
        while let Ok(count @ 1..) = node.read(&mut bytes) {
            told.still.wait();
            let mut sent = &bytes[..count];
            let commits = has(sent, COMMIT);
            match commits.and_then(|at| Some((at, told.next.lock().take()?))) {
                Some((_, Cut::Before)) => sent = &[],
                Some((at, Cut::In)) => sent = &bytes[..at + COMMIT.len() / 2],
                Some((_, Cut::After)) => {
                    *hides.lock() = true;
                    to_server.write_all(sent).unwrap();
                    continue;
                }
                Some((_, Cut::Late)) => {
                    told.late.begin();
                    late.store(true, Ordering::Release);
                    to_server.write_all(sent).unwrap();
                    continue;
                }
                Some((at, Cut::Still)) => {
                    let (first, rest) = sent.split_at(at + COMMIT.len() / 2);
                    told.still.begin();
                    to_server.write_all(first).unwrap();
                    told.still.wait();
                    if to_server.write_all(rest).is_err() {
                        break;
                    }
                    continue;
                }
                None => {
                    if to_server.write_all(sent).is_err() {
                        break;
                    }
                    continue;
                }
            }
            to_server.write_all(sent).unwrap();
            break;
        }
        let _ = node.shutdown(Shutdown::Both);
        // Or the transaction would stay open there, and keep the fence from everybody.
        to_server.close();
    });
}

/// Where these stand in the others.
fn has(bytes: &[u8], these: &[u8]) -> Option<usize> {
    bytes.windows(these.len()).position(|some| some == these)
}
