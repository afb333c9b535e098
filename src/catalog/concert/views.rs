//! What a concert's words look like on the wire, where more than one address takes or shows them.

use poem_openapi::Object;
use serde::Serialize;

use crate::catalog::concert::record::{Concert, ConcertText};
use crate::http::Text;

/// What is said of a concert in one language
#[derive(Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct ConcertTextRequest {
    /// BCP 47, such as ko or en
    pub language: Text,
    /// Its title in that language; the concert's own unless given
    #[oai(default, skip_serializing_if_is_none)]
    pub title: Option<Text>,
    /// What it is; up to 10,000 characters
    #[oai(default, skip_serializing_if_is_none)]
    pub text: Option<Text>,
    /// What buyers agree to; up to 10,000 characters
    #[oai(default, skip_serializing_if_is_none)]
    pub policy: Option<Text>,
}

impl From<ConcertTextRequest> for ConcertText {
    fn from(of: ConcertTextRequest) -> Self {
        let [title, text, policy] = [of.title, of.text, of.policy].map(|text| text.map(|text| text.0));
        Self { language: of.language.0, title, text, policy }
    }
}

/// What is said of a concert in one language
#[derive(Clone, Object, Serialize)]
pub struct ConcertTextView {
    /// BCP 47
    pub language: String,
    /// Its title in that language, if it has another than its own
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What buyers agree to
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

impl From<&ConcertText> for ConcertTextView {
    fn from(of: &ConcertText) -> Self {
        let [title, text, policy] = [&of.title, &of.text, &of.policy].map(Option::clone);
        Self { language: of.language.clone(), title, text, policy }
    }
}

/// Where a concert's picture is, if it has one. The address never shows another picture.
pub fn picture_path(concert: &Concert) -> Option<String> {
    concert.picture.as_ref().map(|hash| format!("/v1/concerts/{}/picture/{hash}", concert.id))
}
