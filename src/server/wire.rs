//! The bytes of a connection on their way: notes when the client sends, takes, or leaves unread, counts what it owes us
//! the reading of, and gives the HTTP library's own refusals of an unreadable head the body that every refusal has.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use hyper::body::Bytes;
use poem::http::{StatusCode, header};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::http::language::Language;
use crate::http::{Code, Problem};
use crate::server::frames::{Frames, Left};
use crate::server::headers::{NOTHING, SECURITY};
use crate::server::ledger::Taken;
use crate::server::places::Connection;
use crate::server::pulse::Phase;
use crate::server::stream::Stream;

/// An answer of several pieces that is no longer than this goes to the system in one: the copy costs it less than the list of
/// pieces.
const COPIED_BYTES: usize = 1024;

pub(super) struct Wire {
    stream: Stream,
    connection: Arc<Connection>,
    /// What the client leaves unread; nothing while it reads.
    owing: Taken,
    /// What goes out instead of the library's own refusal, and how much of it has.
    refusal: Option<(Bytes, usize)>,
    /// Of HTTP/2: how far what it says has come.
    frames: Option<Frames>,
}

impl Wire {
    pub(super) fn new(stream: Stream, connection: Arc<Connection>) -> Self {
        let owing = connection.owing();
        Self { stream, connection, owing, refusal: None, frames: None }
    }

    /// TLS has not greeted yet.
    pub(super) fn is_greeting(&self) -> bool {
        self.stream.is_greeting()
    }

    pub(super) fn poll_greeting(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_greeting(cx)
    }

    pub(super) fn chose_http2(&self) -> bool {
        self.stream.chose_http2()
    }

    /// What comes from here on are frames.
    #[must_use]
    pub(super) fn in_frames(self) -> Self {
        Self { frames: Some(Frames::new()), ..self }
    }

    /// Notes how a write went.
    fn wrote(&mut self, done: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &done {
            Poll::Ready(Ok(count)) => {
                let owed = self.connection.owed.load(Ordering::Relaxed);
                // Heads were not counted when they were handed over, so this errs on the small side.
                self.connection.owed.store(owed.saturating_sub(*count), Ordering::Relaxed);
                self.connection.pulse.progressed();
                self.owing.become_bytes(0);
            }
            Poll::Pending if self.connection.pulse.stall() => {
                self.owing.become_bytes(self.connection.owed.load(Ordering::Relaxed));
                if self.owing.is_over() {
                    self.connection.relieve();
                }
            }
            Poll::Pending | Poll::Ready(Err(_)) => {}
        }
        done
    }

    /// Writes our refusal in place of the library's `theirs`, which it made because it could not read a head.
    fn poll_refusal(&mut self, cx: &mut Context<'_>, theirs: &[u8]) -> Poll<io::Result<usize>> {
        let is_late = self.connection.pulse.is_late();
        let (ours, mut sent) = self.refusal.take().unwrap_or_else(|| (refusal(theirs, is_late), 0));
        while sent < ours.len() {
            let done = Pin::new(&mut self.stream).poll_write(cx, &ours[sent..]);
            match self.wrote(done) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => sent += count,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.refusal = Some((ours, sent));
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(theirs.len()))
    }

    /// True when what is written answers a head that never became a request.
    fn is_refusal(&self, buf: &[u8]) -> bool {
        self.frames.is_none()
            && self.connection.pulse.phase() == Phase::Head
            && buf.starts_with(b"HTTP/1.1 4")
            && buf.ends_with(b"\r\n\r\n")
    }
}

/// The whole answer, head and body, in place of one without a body.
fn refusal(theirs: &[u8], is_late: bool) -> Bytes {
    let status = theirs.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let problem = match status {
        _ if is_late => Problem::new(Code::RequestTimeout, "The request's head did not arrive in time."),
        Some(414) => Problem::new(Code::UriTooLong, "No address of this box office is so long."),
        Some(431) => {
            Problem::new(Code::HeadTooLarge, "Send fewer and shorter headers: 16 KiB at most, and 100 of them.")
        }
        _ => Problem::new(Code::MalformedRequest, "This is no HTTP/1.1 request (RFC 9112)."),
    };
    // What has no head that can be read has no language either.
    let language = Language::English;
    let body = problem.body(language);
    let status = StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut text = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/problem+json\r\ncontent-language: {}\r\n\
         cache-control: no-store\r\nconnection: close\r\ncontent-length: {}\r\n",
        status.as_str(),
        status.canonical_reason().unwrap_or_default(),
        language.tag(),
        body.len()
    );
    let policy = (header::CONTENT_SECURITY_POLICY, NOTHING.clone());
    for (name, value) in SECURITY.iter().chain([&policy]) {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    (text + "\r\n" + &body).into()
}

/// All pieces behind each other, where `room` has room for them.
fn in_one<'a>(pieces: &[IoSlice<'_>], room: &'a mut [u8]) -> Option<&'a [u8]> {
    let mut length = 0;
    for piece in pieces {
        room.get_mut(length..length + piece.len())?.copy_from_slice(piece);
        length += piece.len();
    }
    Some(&room[..length])
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let is_late = self.connection.pulse.phase() == Phase::Head && self.connection.pulse.is_late();
        if self.frames.is_none() && is_late && buf.remaining() > 0 {
            // What no head may hold makes the library refuse it, which is the only way to have it answered.
            buf.put_slice(b"\0");
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let this = &mut *self;
        match (&buf.filled()[before..], &mut this.frames) {
            ([], _) => {}
            (_, None) => this.connection.pulse.heard(),
            (bytes, Some(frames)) => match frames.hear(bytes) {
                Left::Whole => this.connection.pulse.is_half(false),
                Left::Begun => this.connection.pulse.is_half(true),
                Left::Same => {}
            },
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_refusal(buf) {
            return self.poll_refusal(cx, buf);
        }
        let done = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = bufs
            && self.is_refusal(only)
        {
            return self.poll_refusal(cx, only);
        }
        let mut copied = [0; COPIED_BYTES];
        let done = match in_one(bufs, &mut copied) {
            Some(all) => Pin::new(&mut self.stream).poll_write(cx, all),
            None => Pin::new(&mut self.stream).poll_write_vectored(cx, bufs),
        };
        self.wrote(done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        // The library flushes once its own buffer is empty.
        self.connection.owed.store(0, Ordering::Relaxed);
        self.connection.pulse.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_copied_where_there_is_room() {
        let pieces = [IoSlice::new(b"head"), IoSlice::new(b""), IoSlice::new(b"body")];
        assert_eq!(in_one(&pieces, &mut [0; 8]), Some(&b"headbody"[..]));
        assert_eq!(in_one(&pieces, &mut [0; 7]), None);
        assert_eq!(in_one(&[], &mut [0; 1]), Some(&b""[..]));
    }
}
