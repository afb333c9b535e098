//! Which methods an address takes, for `Allow` on a 405.

use poem::http::Method;
use serde_json::Value;

/// Which methods each address takes.
pub(in crate::server) struct Methods(Vec<(Vec<String>, Vec<Method>)>);

impl Methods {
    pub(in crate::server) fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        Self(
            paths
                .map(|(path, operations)| {
                    let segments = path.split('/').map(str::to_owned).collect();
                    let names = operations.as_object().into_iter().flat_map(|o| o.keys());
                    (segments, names.filter_map(|name| name.to_uppercase().parse().ok()).collect())
                })
                .collect(),
        )
    }

    pub(in crate::server) fn allowed(&self, path: &str) -> String {
        self.at(path).map_or_else(|| "GET".to_owned(), |(_, methods)| allow(methods))
    }

    /// What the document calls the parameter at this place of the address, from 0.
    pub(in crate::server) fn parameter(&self, path: &str, place: usize) -> Option<&str> {
        let (segments, _) = self.at(path)?;
        let mut names = segments.iter().filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        names.nth(place)
    }

    fn at(&self, path: &str) -> Option<&(Vec<String>, Vec<Method>)> {
        let asked: Vec<_> = path.split('/').collect();
        let fits = |segments: &[String]| {
            segments.len() == asked.len()
                && segments.iter().zip(&asked).all(|(segment, asked)| segment.starts_with('{') || segment == asked)
        };
        // A fixed segment beats a parameter: /tokens/current before /tokens/{id}.
        let parameters = |segments: &[String]| segments.iter().filter(|segment| segment.starts_with('{')).count();
        self.0.iter().filter(|(segments, _)| fits(segments)).min_by_key(|(segments, _)| parameters(segments))
    }
}

/// The header's value. HEAD is answered wherever GET is.
fn allow(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}
