//! What is left of what a queue's buyers wait for, as they are told it. The queue knows no seats: it is told from above.
//! Written once for all who ask; whoever asks copies the text.

use std::borrow::Cow;

use hyper::body::Bytes;
use poem_openapi::Object;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::queue::sale_state::{Left, SaleState};

/// What is left of a grade
#[derive(Clone, Debug, PartialEq, Object, Serialize)]
pub struct GradeAwaitedView {
    /// The grade
    pub grade: String,
    /// In a word
    pub left: Left,
    /// Places free now
    pub available: u32,
}

/// What is left of a date that is waited for
#[derive(Clone, Debug, PartialEq, Object, Serialize)]
pub struct DateAwaitedView {
    /// The performance
    pub performance_id: Uuid,
    /// How its sale stands
    pub sale: SaleState,
    /// What is left of it
    pub left: Left,
    /// What is left of each grade
    pub grades: Vec<GradeAwaitedView>,
}

/// What is left of the next dates, as JSON. Two are equal when their texts are.
#[derive(Clone, Debug, PartialEq)]
pub struct SeatsLeft(Bytes);

impl SeatsLeft {
    /// Of these dates.
    pub fn of(dates: &[DateAwaitedView]) -> Self {
        // Views hold strings, numbers and lists of them, which always can be written.
        Self(serde_json::to_vec(dates).unwrap_or_default().into())
    }

    /// Writes it as the last member of the object that ends here.
    pub(super) fn append_to(&self, object: &mut Vec<u8>) {
        if object.pop_if(|last| *last == b'}').is_some() {
            object.extend_from_slice(b",\"seats_left\":");
            object.extend_from_slice(&self.0);
            object.push(b'}');
        }
    }
}

/// In the document it is the list that its text is.
impl Type for SeatsLeft {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        Vec::<DateAwaitedView>::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        Vec::<DateAwaitedView>::schema_ref()
    }

    fn register(registry: &mut Registry) {
        Vec::<DateAwaitedView>::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ToJSON for SeatsLeft {
    fn to_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.0).ok()
    }
}

impl ParseFromJSON for SeatsLeft {
    fn parse_from_json(_: Option<Value>) -> ParseResult<Self> {
        Err(ParseError::custom("nobody sends it"))
    }
}

#[cfg(test)]
mod tests {
    use super::{DateAwaitedView, SeatsLeft};

    #[test]
    fn it_becomes_the_last_member() {
        let mut object = br#"{"a":1}"#.to_vec();
        SeatsLeft::of(&[] as &[DateAwaitedView]).append_to(&mut object);
        assert_eq!(object, br#"{"a":1,"seats_left":[]}"#);
    }
}
