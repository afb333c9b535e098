//! A connection to PostgreSQL: TLS by rustls, the session as the book needs it, and an ear for warnings.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Connection, Socket};
use tokio_rustls::TlsConnector;

use super::address::Address;
use super::error::{BookError, said};

/// An open connection. It is carried on by a task of the runtime that opened it.
pub(super) struct Link {
    pub(super) client: Client,
    warned: Arc<AtomicBool>,
    told: Arc<Notify>,
}

impl Link {
    /// # Errors
    /// [`BookError::Away`] when nobody answers who may be written to.
    pub(super) async fn open(address: &Address) -> Result<Self, BookError> {
        let away = |reason: String| BookError::Away { address: address.to_string(), reason };
        let tls = Tls::of(address)?;
        let (client, connection) = address.config.connect(tls).await.map_err(|error| away(said(&error)))?;
        let (warned, told) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        tokio::spawn(carry(connection, warned.clone(), told.clone()));
        let link = Self { client, warned, told };
        link.settle(&address.schema).await.map_err(|error| away(said(&error)))?;
        Ok(link)
    }

    /// Keyed access, whatever the planner knows of tables that were empty a moment ago; and nothing may end a commit's wait for
    /// the standby: what was cancelled there stands on one machine alone.
    /// A plan that may not walk a table and does so all the same, for want of an index, looks dear: it would be compiled at each change,
    /// which takes a hundred times as long as carrying it out.
    async fn settle(&self, schema: &str) -> Result<(), tokio_postgres::Error> {
        let session = format!(
            "SET search_path = \"{schema}\"; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
             SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
             SET default_transaction_isolation = 'read committed'; SET client_min_messages = warning; SET jit = off"
        );
        self.client.batch_execute(&session).await
    }

    /// Did PostgreSQL warn of anything since this was asked? A commit that came with a warning may stand on one machine alone.
    pub(super) fn was_warned(&self) -> bool {
        self.warned.swap(false, Ordering::SeqCst)
    }

    /// Resolves when PostgreSQL has told of something that this connection listens to, also before this was asked.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }

    pub(super) fn is_open(&self) -> bool {
        !self.client.is_closed()
    }
}

/// Warnings come before the answer that they belong to, and are noted before that answer is handed on.
async fn carry(mut connection: Connection<Socket, Encrypted>, warned: Arc<AtomicBool>, told: Arc<Notify>) {
    while let Some(message) = std::future::poll_fn(|context| connection.poll_message(context)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) => {
                tracing::warn!("PostgreSQL warns: {notice}");
                warned.store(true, Ordering::SeqCst);
            }
            Ok(AsyncMessage::Notification(_)) => told.notify_one(),
            Ok(_) => {}
            Err(error) => {
                tracing::debug!("the connection to PostgreSQL ended: {}", said(&error));
                return;
            }
        }
    }
}

#[derive(Clone)]
struct Tls(Option<Arc<ClientConfig>>);

impl Tls {
    fn of(address: &Address) -> Result<Self, BookError> {
        if address.config.get_ssl_mode() == SslMode::Disable {
            return Ok(Self(None));
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = &address.authority {
            let unreadable = || BookError::Address("the file that sslrootcert names holds no certificate (PEM)");
            let read = CertificateDer::pem_file_iter(path).map_err(|_| unreadable())?;
            let own: Vec<_> = read.collect::<Result<_, _>>().map_err(|_| unreadable())?;
            if roots.add_parsable_certificates(own).0 == 0 {
                return Err(unreadable());
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|_| BookError::Address("no TLS can be spoken here"))?;
        Ok(Self(Some(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))))
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted;
    type TlsConnect = TlsTo;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<TlsTo> {
        Ok(TlsTo { config: self.0.clone(), host: host.to_owned() })
    }
}

struct TlsTo {
    config: Option<Arc<ClientConfig>>,
    host: String,
}

impl TlsConnect<Socket> for TlsTo {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, stream: Socket) -> Self::Future {
        Box::pin(async move {
            let config = self.config.ok_or(io::ErrorKind::Unsupported)?;
            let name = ServerName::try_from(self.host).map_err(io::Error::other)?;
            TlsConnector::from(config).connect(name, stream).await.map(Encrypted)
        })
    }
}

struct Encrypted(tokio_rustls::client::TlsStream<Socket>);

impl tokio_postgres::tls::TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, to)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
