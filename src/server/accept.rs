//! Listening and accepting: when the system has no more descriptors the loop pauses instead of spinning; and at the stop
//! everything ends in a bounded time.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::config::TlsFiles;
use crate::network::Listen;
use crate::office::Office;
use crate::server::around::Around;
use crate::server::connections::Connections;
use crate::server::tls::Certificates;
use crate::server::watch;

/// Connections that may wait to be accepted. When a sale opens, thousands come in the same moment; whoever finds no place
/// here tries again a second later.
const BACKLOG: u32 = 4096;

/// After an error that accepting alone cannot mend.
const PAUSE: Duration = Duration::from_millis(100);

/// A port that is ours; nothing is answered yet.
pub struct Bound {
    listener: TcpListener,
    tls: Option<Arc<Certificates>>,
    /// For those who watch.
    metrics: Option<TcpListener>,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Takes the address: before anything is made that would be in vain without it. Call it inside the runtime.
///
/// # Errors
/// When none of what it stands for can be had.
pub fn bind(listen: &Listen) -> anyhow::Result<Bound> {
    let listener = bind_any(listen, "--listen")?;
    let address = listener.local_addr()?;
    Ok(Bound { listener, tls: None, metrics: None, address })
}

fn bind_any(listen: &Listen, flag: &str) -> anyhow::Result<TcpListener> {
    let cannot = |error: io::Error| anyhow::anyhow!("cannot listen on {listen}: {error}; choose another with {flag}");
    let mut refused = io::Error::other("the name stands for no address");
    for address in listen.addresses().map_err(cannot)? {
        match bind_one(address) {
            Ok(bound) => return Ok(bound),
            Err(error) => refused = error,
        }
        // Another process has it; the next address would only hide that.
        if refused.kind() == io::ErrorKind::AddrInUse {
            break;
        }
    }
    Err(cannot(refused))
}

fn bind_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Bound {
    /// With TLS, if there are files for it.
    ///
    /// # Errors
    /// When they are no certificate with its key.
    pub fn with_tls(self, files: Option<&TlsFiles>) -> anyhow::Result<Self> {
        Ok(Self { tls: files.map(Certificates::read).transpose()?, ..self })
    }

    /// With an address for those who watch, if there shall be one.
    ///
    /// # Errors
    /// As [`bind`].
    pub fn with_metrics(self, listen: Option<&Listen>) -> anyhow::Result<Self> {
        let metrics = listen.map(|listen| bind_any(listen, "--metrics-listen")).transpose()?;
        Ok(Self { metrics, ..self })
    }

    /// Where figures are shown, if anywhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.local_addr().ok()
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Accepts and serves until `stop` resolves; then lets open requests finish, for `stop_patience` at most.
    ///
    /// # Errors
    /// When TLS cannot be spoken.
    pub(super) async fn serve(
        mut self,
        around: Arc<Around>,
        office: &Office,
        stop: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let acceptor = self.tls.as_ref().map(Certificates::acceptor).transpose()?;
        let connections = Connections::new(around.clone()).with_tls(acceptor);
        let mut beside = JoinSet::new();
        if let Some(certificates) = self.tls.clone() {
            beside.spawn(certificates.watch());
        }
        if let Some(metrics) = self.metrics.take() {
            beside.spawn(watch::serve(metrics, around, connections.clone()));
        }
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = self.accept_one(&connections) => {}
            }
        }
        drop(self.listener);
        connections.finish(office.limits.stop_patience).await;
        beside.shutdown().await;
        Ok(())
    }

    async fn accept_one(&self, connections: &Connections) {
        let (stream, remote) = match self.listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                return sleep(PAUSE).await;
            }
        };
        if let Some(answers) = connections.take(stream, remote).await {
            tokio::spawn(answers);
        }
    }
}
