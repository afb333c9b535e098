//! What a code of a problem is made of: the members it brings beside the five that all have, and the macro behind the
//! table in `codes.rs`. No code stands here.

use serde_json::{Map, Value};

/// A member of a problem, beside the five that all have.
pub struct Member {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it tells.
    pub says: &'static str,
    /// Its schema, in JSON.
    pub schema: &'static str,
    /// As it may come, in JSON.
    pub sample: &'static str,
    /// False when it may be left out.
    pub is_always: bool,
}

impl Member {
    /// One that always comes.
    pub const fn always(name: &'static str, says: &'static str, schema: &'static str, sample: &'static str) -> Self {
        Self { name, says, schema, sample, is_always: true }
    }

    /// One that may be left out.
    pub const fn maybe(name: &'static str, says: &'static str, schema: &'static str, sample: &'static str) -> Self {
        Self { name, says, schema, sample, is_always: false }
    }

    /// The sample as a value.
    pub fn value(&self) -> Value {
        serde_json::from_str(self.sample).unwrap_or_default()
    }
}

/// Schema of an amount.
pub const AMOUNT: &str = r#"{"type": "integer", "format": "int64", "minimum": 0}"#;
/// Schema of a count.
pub const COUNT: &str = r#"{"type": "integer", "format": "uint32", "minimum": 0}"#;
/// Schema of seats' ids, or of other texts of which there is one at least.
pub const TEXTS: &str = r#"{"type": "array", "items": {"type": "string"}, "minItems": 1}"#;
/// Schema of an id.
pub const ID: &str = r#"{"type": "string", "format": "uuid"}"#;
/// Schema of a staff key's scope.
pub const SCOPES: &str = r#"{"type": "string", "enum": ["manage", "sell", "door", "report"]}"#;
/// Schema of any text.
pub const TEXT: &str = r#"{"type": "string"}"#;
/// Schema of an instant.
pub const INSTANT: &str = r#"{"type": "string", "format": "date-time"}"#;

/// A sentence with its `{members}` filled in. What is no member's name stays as it is, such as a part of an address.
pub fn filled(sentence: &str, members: &Map<String, Value>) -> String {
    let mut text = sentence.to_owned();
    for (name, value) in members {
        let place = format!("{{{name}}}");
        if sentence.contains(&place) {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text = text.replace(&place, &shown);
        }
    }
    text
}

/// Makes [`Code`](crate::http::Code) of the table: variant, status, word, members, and in each language what it means (the
/// same for every occurrence) and what it says where nothing more is known (which is what helps).
macro_rules! codes {
    ($($variant:ident $status:literal $word:literal $([$($member:ident),+])?
        en $title:literal: $detail:literal,
        ko $korean_title:literal: $korean_detail:literal;)+) => {
        /// Every code a problem can have. They are stable: programs may rest on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, poem_openapi::Enum, serde::Serialize)]
        #[oai(rename_all = "snake_case")]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $(#[doc = $title] $variant),+ }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The HTTP status it comes with.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// What it brings beside the members that all have.
            pub fn members(self) -> &'static [Member] {
                match self { $(Self::$variant => const { &[$($($member),+)?] }),+ }
            }

            /// What it means, the same for every occurrence.
            pub fn title(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::English) => $title,
                      (Self::$variant, Language::Korean) => $korean_title),+
                }
            }

            /// What it says where nothing more is known, which is what helps; with the names of members in braces.
            pub fn detail(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::English) => $detail,
                      (Self::$variant, Language::Korean) => $korean_detail),+
                }
            }
        }
    };
}

pub(super) use codes;
