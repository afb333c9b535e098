//! How the product's own types look in JSON and in the document.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type};
use serde::Serialize;
use serde_json::Value;

use crate::clock::Instant;
use crate::geometry::{LONGEST, Length};
use crate::money::Amount;
use crate::text;

macro_rules! wire_type {
    ($name:ident, $expected:literal, $schema:expr, $to:expr, $from:expr) => {
        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new($schema))
            }

            fn as_raw_value(&self) -> Option<&Self::RawValueType> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl ToJSON for $name {
            fn to_json(&self) -> Option<Value> {
                Some($to(self))
            }
        }

        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                let value = value.unwrap_or_default();
                // What was sent instead is not repeated: it may be as long as the body.
                $from(&value).ok_or_else(|| ParseError::custom(concat!("expected ", $expected)))
            }
        }
    };
}

/// A text that a client sends, in NFC. The framework's own would also take a number or a truth value and write it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(pub String);

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

wire_type!(
    Text,
    "a text in quotes",
    MetaSchema::new("string"),
    |text: &Text| Value::String(text.0.clone()),
    |value: &Value| value.as_str().map(|sent| Text(text::nfc(sent).into_owned()))
);

wire_type!(
    Instant,
    "an instant with its offset, such as 2026-12-24T10:30:00Z",
    MetaSchema {
        example: Some("2026-12-24T10:30:00.000Z".into()),
        ..MetaSchema::new_with_format("string", "date-time")
    },
    |instant: &Instant| Value::String(instant.to_rfc3339()),
    |value: &Value| value.as_str().and_then(Instant::parse_rfc3339)
);

impl ParseFromParameter for Instant {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Self::parse_rfc3339(value)
            .ok_or_else(|| ParseError::custom("expected an instant, such as 2026-12-24T10:30:00Z"))
    }
}

wire_type!(
    Amount,
    "a whole number of minor units without a point or quotes, such as 50000",
    MetaSchema {
        description: Some("Whole minor units of the box office's currency"),
        ..MetaSchema::new_with_format("integer", "int64")
    },
    |amount: &Amount| Value::from(amount.0),
    |value: &Value| value.as_i64().map(Amount)
);

wire_type!(
    Length,
    "a number of centimetres or degrees",
    MetaSchema { minimum: Some(-LONGEST), maximum: Some(LONGEST), ..MetaSchema::new_with_format("number", "double") },
    |length: &Length| serde_json::to_value(length).unwrap_or_default(),
    |value: &Value| value.as_f64().and_then(Length::of)
);
