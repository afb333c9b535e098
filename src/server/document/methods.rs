//! Which methods an address takes, for `Allow` on a 405, and what its parameters are, for whoever sends others.

use poem::http::Method;
use serde_json::Value;

use crate::server::document::walk::resolved;

/// What each address takes.
pub(in crate::server) struct Methods(Vec<Address>);

struct Address {
    segments: Vec<String>,
    methods: Vec<Method>,
    /// Names of parameters, with what each must be.
    expected: Vec<(String, String)>,
}

impl Methods {
    pub(in crate::server) fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        Self(
            paths
                .map(|(path, operations)| {
                    let operations = || operations.as_object().into_iter().flatten();
                    let parameters = operations().filter_map(|(_, of)| of["parameters"].as_array()).flatten();
                    let expected = parameters.filter_map(|parameter| {
                        let schema = resolved(document, &parameter["schema"]);
                        Some((parameter["name"].as_str()?.to_owned(), expected(schema)?))
                    });
                    Address {
                        segments: path.split('/').map(str::to_owned).collect(),
                        methods: operations().filter_map(|(name, _)| name.to_uppercase().parse().ok()).collect(),
                        expected: expected.collect(),
                    }
                })
                .collect(),
        )
    }

    pub(in crate::server) fn allowed(&self, path: &str) -> String {
        self.at(path).map_or_else(|| "GET".to_owned(), |address| allow(&address.methods))
    }

    /// What the document calls the parameter at this place of the address, from 0.
    pub(in crate::server) fn parameter(&self, path: &str, place: usize) -> Option<&str> {
        let mut names =
            self.at(path)?.segments.iter().filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        names.nth(place)
    }

    /// What a parameter of this address must be.
    pub(in crate::server) fn expected(&self, path: &str, parameter: &str) -> Option<&str> {
        let known = self.at(path)?.expected.iter().find(|(name, _)| name == parameter)?;
        Some(&known.1)
    }

    fn at(&self, path: &str) -> Option<&Address> {
        let asked: Vec<_> = path.split('/').collect();
        let fits = |segments: &[String]| {
            segments.len() == asked.len()
                && segments.iter().zip(&asked).all(|(segment, asked)| segment.starts_with('{') || segment == asked)
        };
        // A fixed segment beats a parameter: /tokens/current before /tokens/{id}.
        let parameters = |segments: &[String]| segments.iter().filter(|segment| segment.starts_with('{')).count();
        self.0.iter().filter(|at| fits(&at.segments)).min_by_key(|at| parameters(&at.segments))
    }
}

/// The header's value. HEAD is answered wherever GET is.
fn allow(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}

/// What a value of this schema must be, if more can be said than that it is a text.
fn expected(schema: &Value) -> Option<String> {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
        return Some(format!("one of {}", words.join(", ")));
    }
    let expected = match (schema["type"].as_str()?, schema["format"].as_str()) {
        ("string", Some("uuid")) => "an id (a UUID)",
        ("string", Some("date-time")) => "an instant with its offset from UTC, such as 2026-12-24T10:30:00Z",
        ("integer", _) => "a whole number",
        ("boolean", _) => "true or false",
        _ => return None,
    };
    Some(expected.to_owned())
}
