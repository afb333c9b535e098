//! What an operation notes of itself for the audit log: which thing it changed, and what that was before and is now.
//! Where the notes are written is `staff`'s; nothing here reaches the data file.
//!
//! No secret and nobody's personal data stands in a note: the log is kept for ever.

use serde::Serialize;
use serde_json::{Map, Value};

/// A change of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// What it is: `hall`, `concert`, `user`, …
    pub kind: &'static str,
    /// Which one, by its public id.
    pub id: String,
    /// What it was, as far as it changed; none for what was made.
    pub before: Option<Value>,
    /// What it is, as far as it changed; none for what is gone.
    pub after: Option<Value>,
}

impl Note {
    /// A note on this thing.
    pub fn on(kind: &'static str, id: impl ToString) -> Self {
        Self { kind, id: id.to_string(), before: None, after: None }
    }

    /// A note on a thing that was changed: of what it was and is, the members that differ.
    pub fn change<T: Serialize>(kind: &'static str, id: impl ToString, before: &T, after: &T) -> Self {
        let object = |of: &T| match serde_json::to_value(of) {
            Ok(Value::Object(members)) => members,
            Ok(_) | Err(_) => Map::new(),
        };
        let (mut was, mut is) = (object(before), object(after));
        let same: Vec<_> = was.keys().filter(|name| was.get(*name) == is.get(*name)).cloned().collect();
        for name in same {
            was.remove(&name);
            is.remove(&name);
        }
        Self::on(kind, id).before(was.into()).after(is.into())
    }

    /// What the thing was.
    #[must_use]
    pub fn before(mut self, before: Value) -> Self {
        self.before = Some(before);
        self
    }

    /// What the thing is.
    #[must_use]
    pub fn after(mut self, after: Value) -> Self {
        self.after = Some(after);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_tells_of_what_differs_alone() {
        let note = Note::change("hall", 7, &json!({"a": 1, "b": 2, "c": 3}), &json!({"a": 1, "b": 4, "d": 5}));
        assert_eq!(note, Note::on("hall", "7").before(json!({"b": 2, "c": 3})).after(json!({"b": 4, "d": 5})));
    }
}
