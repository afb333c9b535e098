//! One file as a browser wants it: compressed where it may be, asked for again by `ETag`, never taken for another type.

use std::io::{Read, Write};
use std::sync::LazyLock;

use hyper::body::Bytes;
use poem::endpoint::make_sync;
use poem::http::{HeaderMap, StatusCode, header};
use poem::{Endpoint, Request, Response, get};
use sha2::{Digest, Sha256};

use crate::http::encoding::accepts_gzip;

/// Scripts, styles and pictures are the office's own; nothing may frame it; a form cannot send elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Where the bytes come from.
#[derive(Clone, Copy)]
pub(super) enum Asset {
    /// Made when they are first asked for: at the start nobody needs them.
    Made(fn() -> Vec<u8>),
    /// In gzip already.
    Zipped(&'static [u8]),
}

/// How long a browser may use them without asking.
#[derive(Clone, Copy)]
pub(super) enum Keep {
    /// Never: it asks with the `ETag`.
    Ask,
    /// For ever: the address names the version.
    Forever,
}

struct Bodies {
    plain: Bytes,
    zipped: Bytes,
    /// Without quotation marks.
    tag: String,
}

impl Asset {
    /// Both forms. What cannot be compressed or unpacked would be a fault of this build, and gives an empty body.
    fn bodies(self) -> Bodies {
        let (plain, zipped) = match self {
            Self::Made(make) => {
                let plain = make();
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                let zipped = gzip.write_all(&plain).and_then(|()| gzip.finish()).unwrap_or_default();
                (plain, Bytes::from(zipped))
            }
            Self::Zipped(zipped) => {
                let mut plain = Vec::new();
                let _ = flate2::read::GzDecoder::new(zipped).read_to_end(&mut plain);
                (plain, Bytes::from_static(zipped))
            }
        };
        let tag = Sha256::digest(&plain).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        Bodies { plain: plain.into(), zipped, tag }
    }
}

/// The endpoint that shows it.
pub(super) fn asset(from: Asset, content_type: &'static str, keep: Keep) -> impl Endpoint<Output = Response> + use<> {
    let bodies = LazyLock::new(move || from.bodies());
    get(make_sync(move |request: Request| answer(&bodies, request.headers(), content_type, keep)))
}

fn answer(bodies: &Bodies, asked: &HeaderMap, content_type: &'static str, keep: Keep) -> Response {
    // Bytes that differ have tags that differ (RFC 9110 §8.8.3.3).
    let zipped = accepts_gzip(asked);
    let tag = if zipped { format!("\"{}-gzip\"", bodies.tag) } else { format!("\"{}\"", bodies.tag) };
    let kept = match keep {
        Keep::Ask => "no-cache",
        Keep::Forever => "public, max-age=31536000, immutable",
    };
    let response = Response::builder()
        .header(header::ETAG, &tag)
        .header(header::CACHE_CONTROL, kept)
        .header(header::VARY, "accept-encoding")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::CONTENT_SECURITY_POLICY, POLICY);
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    if known.flat_map(|tags| tags.split(',')).any(|known| known.trim().trim_start_matches("W/") == tag) {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    let response = response.content_type(content_type);
    if zipped {
        response.header(header::CONTENT_ENCODING, "gzip").body(Bytes::clone(&bodies.zipped))
    } else {
        response.body(Bytes::clone(&bodies.plain))
    }
}
