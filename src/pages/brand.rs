//! The venue's own colour and picture, as they stand in the data file now.

use std::sync::Arc;

use poem::{Request, Response};

use crate::brand::Brand;
use crate::http::{Code, Problem};
use crate::office::Office;
use crate::pages::asset::{Bodies, Keep, Kind, ours};

/// A picture draws and does nothing else, also when it is opened by itself.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

fn brand(request: &Request) -> Brand {
    request.data::<Arc<Office>>().map(|office| office.store.terms().brand.clone()).unwrap_or_default()
}

/// The colour over the pages' own, by day and by night.
pub(super) fn style(request: &Request) -> Response {
    let style = brand(request).accent.map_or_else(String::new, |accent| {
        let night = accent.by_night();
        format!(
            ":root {{ --brand: {accent}; --on-brand: #ffffff; --focus: {accent}; }}\n@media (prefers-color-scheme: dark) {{ \
             :root {{ --brand: {night}; --on-brand: #16181c; --focus: {night}; }} }}\n"
        )
    });
    Bodies::of(style.into_bytes()).answer(request.headers(), ours("text/css; charset=utf-8", Keep::Ask))
}

/// The picture.
pub(super) fn logo(request: &Request) -> poem::Result<Response> {
    let Some(logo) = brand(request).logo else {
        return Err(Problem::new(Code::NotFound, "The venue has no picture.").into());
    };
    let kind = Kind { content_type: logo.content_type, keep: Keep::Ask, policy: PICTURE_POLICY };
    Ok(Bodies::of(logo.bytes).answer(request.headers(), kind))
}
