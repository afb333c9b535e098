//! A mail server of real SMTP on loopback, for what a real one may do: take a mail, refuse it for now or for good at any
//! point, hang, drop the line before or after it has everything; in the clear, by TLS, or by STARTTLS with a log-in.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What the server does to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// Takes the mail.
    Takes,
    /// Answers this to the recipient.
    RefusesReader(u16),
    /// Answers this once it has the whole mail.
    RefusesMail(u16),
    /// Says nothing from the start.
    Hangs,
    /// Takes the mail and says nothing more.
    HangsAfterMail,
    /// Closes at once.
    Drops,
    /// Takes the mail, and closes without a word: nobody knows.
    DropsAfterMail,
}

/// A mail that came whole.
#[derive(Clone, Debug)]
pub struct Received {
    pub to: String,
    pub message: String,
    /// Did the server say that it has it?
    pub is_acknowledged: bool,
}

impl Received {
    pub fn header(&self, name: &str) -> String {
        let start = format!("{name}: ");
        let line = self.message.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {name}: {}", self.message)).to_owned()
    }

    /// The parts' texts, decoded.
    pub fn body(&self) -> String {
        let mut body = String::new();
        for part in self.message.split("Content-Transfer-Encoding: ").skip(1) {
            let (encoding, rest) = part.split_once("\r\n\r\n").expect("a part's text");
            let text = rest.split("\r\n--").next().unwrap_or_default();
            match encoding.lines().next().unwrap_or_default() {
                "base64" => {
                    let joined: String = text.split_whitespace().collect();
                    let decoded = data_encoding::BASE64.decode(joined.as_bytes()).expect("base64");
                    body += &String::from_utf8(decoded).expect("UTF-8");
                }
                "quoted-printable" => body += &unquoted(text),
                _ => body += text,
            }
        }
        body
    }
}

fn unquoted(text: &str) -> String {
    let (text, mut bytes) = (text.replace("=\r\n", ""), Vec::new());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'=' {
            let hex = std::str::from_utf8(&after[..2]).expect("hex");
            bytes.push(u8::from_str_radix(hex, 16).expect("hex"));
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// How the server may be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    Clear,
    Tls,
    StartTls,
}

#[derive(Default)]
struct State {
    /// For the connections to come; then it takes all.
    script: VecDeque<Conduct>,
    received: Vec<Received>,
    log_ins: Vec<String>,
}

/// A server that ends with this.
pub struct MailServer {
    pub address: SocketAddr,
    /// The certificate to trust.
    pub ca: PathBuf,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
    _folder: TempDir,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl MailServer {
    pub async fn start(wire: Wire) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ca = folder.path().join("ca.pem");
        let key = KeyPair::generate().expect("a key");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names).expect("names").self_signed(&key).expect("a certificate");
        std::fs::write(&ca, certificate.pem()).expect("a file");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).expect("a certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State::default()));
        let of_server = state.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let conduct = of_server.lock().script.pop_front().unwrap_or(Conduct::Takes);
                tokio::spawn(answer(stream, wire, acceptor.clone(), conduct, of_server.clone()));
            }
        });
        Self { address, ca, state, server, _folder: folder }
    }

    /// What it does to the next connections.
    pub fn script(&self, conducts: impl IntoIterator<Item = Conduct>) {
        self.state.lock().script.extend(conducts);
    }

    /// All mails that came whole so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.lock().received.clone()
    }

    /// What came as log-ins, decoded.
    pub fn log_ins(&self) -> Vec<String> {
        self.state.lock().log_ins.clone()
    }
}

async fn answer(stream: TcpStream, wire: Wire, acceptor: TlsAcceptor, conduct: Conduct, state: Arc<Mutex<State>>) {
    match conduct {
        Conduct::Drops => return,
        Conduct::Hangs => std::future::pending().await,
        _ => {}
    }
    if wire == Wire::Tls {
        if let Ok(stream) = acceptor.accept(stream).await {
            talk(&mut BufReader::new(stream), false, true, conduct, &state).await;
        }
        return;
    }
    let mut stream = BufReader::new(stream);
    if talk(&mut stream, wire == Wire::StartTls, true, conduct, &state).await
        && let Ok(stream) = acceptor.accept(stream.into_inner()).await
    {
        talk(&mut BufReader::new(stream), false, false, conduct, &state).await;
    }
}

/// Talks until the client goes, or wants TLS: then gives true.
async fn talk<S>(
    stream: &mut BufReader<S>,
    starts_tls: bool,
    greets: bool,
    conduct: Conduct,
    state: &Mutex<State>,
) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if greets && stream.write_all(b"220 mail.example ESMTP\r\n").await.is_err() {
        return false;
    }
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return false;
        }
        let upper = line.to_ascii_uppercase();
        let said = match () {
            () if upper.starts_with("EHLO") && starts_tls => "250-mail.example\r\n250 STARTTLS".to_owned(),
            () if upper.starts_with("EHLO") => {
                "250-mail.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN".to_owned()
            }
            () if upper.starts_with("STARTTLS") && starts_tls => {
                return stream.write_all(b"220 go ahead\r\n").await.is_ok();
            }
            () if starts_tls && !upper.starts_with("QUIT") => "530 must issue a STARTTLS command first".to_owned(),
            () if upper.starts_with("AUTH PLAIN ") => {
                let given = &line.trim_end().as_bytes()["AUTH PLAIN ".len()..];
                let given = data_encoding::BASE64.decode(given).expect("base64");
                state.lock().log_ins.push(String::from_utf8(given).expect("UTF-8").replace('\0', " "));
                "235 welcome".to_owned()
            }
            () if upper.starts_with("RCPT TO:") => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                match conduct {
                    Conduct::RefusesReader(code) => format!("{code} not here"),
                    _ => "250 fine".to_owned(),
                }
            }
            () if upper.starts_with("DATA") => {
                let _ = stream.write_all(b"354 go on\r\n").await;
                let message = message(stream).await;
                let is_acknowledged = conduct == Conduct::Takes;
                state.lock().received.push(Received { to: to.clone(), message, is_acknowledged });
                match conduct {
                    Conduct::DropsAfterMail => return false,
                    Conduct::HangsAfterMail => std::future::pending().await,
                    Conduct::RefusesMail(code) => format!("{code} no"),
                    _ => "250 queued".to_owned(),
                }
            }
            () if upper.starts_with("QUIT") => {
                let _ = stream.write_all(b"221 bye\r\n").await;
                return false;
            }
            () => "250 fine".to_owned(),
        };
        if stream.write_all(format!("{said}\r\n").as_bytes()).await.is_err() {
            return false;
        }
    }
}

async fn message<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> String {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 || line == ".\r\n" {
            return message;
        }
        message += line.strip_prefix('.').unwrap_or(&line);
    }
}
