//! One file as a browser wants it: compressed where it may be, asked for again by `ETag`, never taken for another type.

use std::io::{Read, Write};
use std::sync::LazyLock;

use hyper::body::Bytes;
use poem::endpoint::make_sync;
use poem::http::{HeaderMap, StatusCode, header};
use poem::{Endpoint, Request, Response, get};
use sha2::{Digest, Sha256};

use crate::http::encoding::accepts_gzip;

/// Scripts are the pages' own modules and make no markup but by lit-html; nothing is asked of another server; nothing may
/// frame them. A module makes its policy `boxoffice` for the one script address that a browser asks of it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types lit-html boxoffice";

/// A file of the pages.
pub(super) const fn ours(content_type: &'static str, keep: Keep) -> Kind {
    Kind { content_type, keep, policy: POLICY }
}

/// What a file is, for whoever gets it.
#[derive(Clone, Copy)]
pub struct Kind {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// How long a browser may use it without asking.
    pub keep: Keep,
    /// `Content-Security-Policy`: what the browser has to refuse.
    pub policy: &'static str,
}

/// How long a browser may use a file without asking.
#[derive(Clone, Copy)]
pub enum Keep {
    /// Never: it asks with the `ETag`.
    Ask,
    /// For ever: the address names the version.
    Forever,
}

/// A file in both of its forms.
pub struct Bodies {
    plain: Bytes,
    zipped: Bytes,
    /// Without quotation marks.
    tag: String,
}

impl Bodies {
    /// Of the file as it is. What cannot be compressed would be a fault of this build, and gives an empty body.
    pub fn of(plain: Vec<u8>) -> Self {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let zipped = gzip.write_all(&plain).and_then(|()| gzip.finish()).unwrap_or_default();
        Self { tag: tag(&plain), plain: plain.into(), zipped: zipped.into() }
    }

    /// Of the file in gzip. What cannot be unpacked gives an empty body, as in [`Bodies::of`].
    pub fn of_zipped(zipped: &'static [u8]) -> Self {
        let mut plain = Vec::new();
        let _ = flate2::read::GzDecoder::new(zipped).read_to_end(&mut plain);
        Self { tag: tag(&plain), plain: plain.into(), zipped: Bytes::from_static(zipped) }
    }

    /// The answer to whoever asks with these headers.
    pub fn answer(&self, asked: &HeaderMap, kind: Kind) -> Response {
        // Bytes that differ have tags that differ (RFC 9110 §8.8.3.3).
        let zipped = accepts_gzip(asked);
        let tag = if zipped { format!("\"{}-gzip\"", self.tag) } else { format!("\"{}\"", self.tag) };
        let kept = match kind.keep {
            Keep::Ask => "no-cache",
            Keep::Forever => "public, max-age=31536000, immutable",
        };
        let response = Response::builder()
            .header(header::ETAG, &tag)
            .header(header::CACHE_CONTROL, kept)
            .header(header::VARY, "accept-encoding")
            .header(header::CONTENT_SECURITY_POLICY, kind.policy);
        let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        if known.flat_map(|tags| tags.split(',')).any(|known| known.trim().trim_start_matches("W/") == tag) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        let response = response.content_type(kind.content_type);
        if zipped {
            response.header(header::CONTENT_ENCODING, "gzip").body(Bytes::clone(&self.zipped))
        } else {
            response.body(Bytes::clone(&self.plain))
        }
    }
}

/// The first bytes of the digest, hexadecimal: what a version is known by.
fn tag(plain: &[u8]) -> String {
    Sha256::digest(plain).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// The endpoint that shows a file which is made when it is first asked for: at the start nobody needs it.
pub fn asset(make: fn() -> Bodies, kind: Kind) -> impl Endpoint<Output = Response> + use<> {
    let bodies = LazyLock::new(make);
    get(make_sync(move |request: Request| bodies.answer(request.headers(), kind)))
}
