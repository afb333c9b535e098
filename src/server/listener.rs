//! Accepting connections within bounds: a cap on open ones, a pause when the system has no more descriptors (the
//! framework's accept loop would spin), and a deadline for each request's head (a slow sender would keep its place).

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use poem::http::uri::Scheme;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::Limits;

/// Connections that may wait to be accepted. When a sale opens, thousands come in the same moment; whoever finds no place
/// here tries again a second later.
const BACKLOG: u32 = 4096;

pub(super) struct Bounded {
    inner: TcpAcceptor,
    places: Arc<Semaphore>,
    head_patience: Duration,
}

impl Bounded {
    pub(super) fn bind(address: SocketAddr, limits: &Limits) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let inner = TcpAcceptor::from_tokio(socket.listen(BACKLOG)?)?;
        Ok(Self { inner, places: Arc::new(Semaphore::new(limits.connections)), head_patience: limits.head_patience })
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        let addresses = self.inner.local_addr();
        let address = addresses.first().and_then(|address| address.as_socket_addr().copied());
        address.ok_or_else(|| io::Error::other("the listener has no address"))
    }
}

impl Acceptor for Bounded {
    type Io = Patient<TcpStream>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        let place = self.places.clone().acquire_owned().await.map_err(io::Error::other)?;
        loop {
            match self.inner.accept().await {
                Ok((stream, local, remote, scheme)) => {
                    let io = Patient::new(stream, self.head_patience, place);
                    return Ok((io, local, remote, scheme));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

/// A connection whose next request must have arrived within its patience. The deadline runs from opening and from a
/// request's first byte until the answer's first byte; between an answer and the next request it does not run.
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// Sleeps until some deadline, perhaps one that has been met: setting it anew for each request would cost more than
    /// looking at [`Patient::due`] when it wakes.
    alarm: Pin<Box<Sleep>>,
    due: Instant,
    armed: bool,
    _place: OwnedSemaphorePermit,
}

impl<S> Patient<S> {
    fn new(stream: S, patience: Duration, place: OwnedSemaphorePermit) -> Self {
        let due = Instant::now() + patience;
        Self { stream, patience, alarm: Box::pin(sleep_until(due)), due, armed: true, _place: place }
    }

    /// Ready once the deadline has passed.
    fn poll_overdue(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.alarm.as_mut().poll(cx).is_ready() {
            if Instant::now() >= self.due {
                return Poll::Ready(());
            }
            self.alarm.as_mut().reset(self.due);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Ready(done) => {
                if !self.armed && buf.filled().len() > before {
                    self.armed = true;
                    self.due = Instant::now() + self.patience;
                }
                Poll::Ready(done)
            }
            Poll::Pending if self.armed => self.poll_overdue(cx).map(|()| Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.armed = false;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.armed = false;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
