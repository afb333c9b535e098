//! What is wrong with a JSON value, found by walking it beside its schema: the first field that does not fit, by its
//! path, with what was expected there. Only for values that were refused; nothing is decided here.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::ParseFromJSON;
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Instant;

/// The first thing in `value` that a `T` does not take, if the schema tells.
pub(super) fn explain<T: ParseFromJSON>(value: &Value) -> Option<String> {
    let mut registry = Registry::new();
    T::register(&mut registry);
    walk(&registry, &T::schema_ref(), value, "")
}

/// A sentence about a value without what the client sent in it at length.
fn must_be(path: &str, expected: &str, value: &Value) -> Option<String> {
    const LONGEST: usize = 60;
    let sent: String = value.to_string().chars().filter(|c| !c.is_control()).take(LONGEST + 1).collect();
    let sent = if sent.chars().count() > LONGEST {
        format!("{}…", sent.chars().take(LONGEST).collect::<String>())
    } else {
        sent
    };
    let path = if path.is_empty() { "The body" } else { path };
    Some(format!("{path} must be {expected}, not {sent}."))
}

fn walk(registry: &Registry, schema: &MetaSchemaRef, value: &Value, path: &str) -> Option<String> {
    let schema = match schema {
        MetaSchemaRef::Inline(schema) => schema,
        MetaSchemaRef::Reference(name) => registry.schemas.get(name)?,
    };
    if let Some(wrong) = schema.all_of.iter().find_map(|part| walk(registry, part, value, path)) {
        return Some(wrong);
    }
    if !schema.enum_items.is_empty() {
        if schema.enum_items.contains(value) {
            return None;
        }
        let known: Vec<_> = schema.enum_items.iter().map(|item| item.as_str().unwrap_or_default()).collect();
        return must_be(path, &format!("one of {}", known.join(", ")), value);
    }
    match (schema.ty, value) {
        ("object", Value::Object(members)) => object(registry, schema, members, path),
        ("array", Value::Array(items)) => {
            let of = schema.items.as_deref()?;
            let places = items.iter().enumerate();
            places.into_iter().find_map(|(place, item)| walk(registry, of, item, &format!("{path}[{place}]")))
        }
        ("object", _) => must_be(path, "an object", value),
        ("array", _) => must_be(path, "a list", value),
        _ => plain(schema, value, path),
    }
}

fn object(
    registry: &Registry,
    schema: &MetaSchema,
    members: &serde_json::Map<String, Value>,
    path: &str,
) -> Option<String> {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    if let Some(of) = schema.additional_properties.as_deref() {
        return members.iter().find_map(|(name, member)| walk(registry, of, member, &at(name)));
    }
    if let Some(unknown) = members.keys().find(|name| !schema.properties.iter().any(|(known, _)| known == name)) {
        let known: Vec<_> = schema.properties.iter().map(|(name, _)| *name).collect();
        let unknown: String = unknown.chars().filter(|c| !c.is_control()).take(60).collect();
        return Some(format!("{} is no field here; those are {}.", at(&unknown), known.join(", ")));
    }
    schema.properties.iter().find_map(|(name, of)| match members.get(*name) {
        None | Some(Value::Null) if !schema.required.contains(name) => None,
        None => Some(format!("{} is missing.", at(name))),
        Some(member) => walk(registry, of, member, &at(name)),
    })
}

fn plain(schema: &MetaSchema, value: &Value, path: &str) -> Option<String> {
    let text = value.as_str();
    let (fits, expected) = match (schema.ty, schema.format) {
        ("string", Some("uuid")) => (text.is_some_and(|text| text.parse::<Uuid>().is_ok()), "an id (a UUID)"),
        ("string", Some("date-time")) => (
            text.is_some_and(|text| Instant::parse_rfc3339(text).is_some()),
            "an instant with its offset from UTC, such as 2027-12-24T19:30:00+09:00",
        ),
        ("string", _) => (text.is_some(), "a text"),
        ("integer", Some("uint32")) => {
            (value.as_u64().is_some_and(|number| u32::try_from(number).is_ok()), "a whole number from 0 to 4294967295")
        }
        ("integer", Some("uint64")) => (value.is_u64(), "a whole number from 0"),
        ("integer", _) => (value.is_i64(), "a whole number written without a fraction"),
        ("boolean", _) => (value.is_boolean(), "true or false"),
        _ => (true, ""),
    };
    if fits { None } else { must_be(path, expected, value) }
}
