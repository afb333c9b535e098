//! The one page of HTML: it names the modules, the styles and what they cannot ask for. Everything seen is theirs.

use std::sync::Arc;

use askama::Template;
use poem::{Request, Response};

use crate::office::Office;
use crate::pages::asset::{Bodies, Keep, ours};
use crate::pages::tree::Tree;

#[derive(Template)]
#[template(path = "shell.html")]
struct Shell<'a> {
    venue: &'a str,
    language: &'a str,
    tree: &'a str,
    guide: Option<String>,
}

/// The page for whoever asks.
pub(super) fn page(request: &Request) -> Response {
    let tree = Tree::looked_at();
    let office = request.data::<Arc<Office>>();
    let terms = office.map(|office| office.store.terms()).unwrap_or_default();
    let guide = office.and_then(|office| serde_json::to_string(office.guide.get()?).ok());
    let language = terms.languages.tags().first().map_or("en", String::as_str);
    let shell = Shell { venue: &terms.name, language, tree: &tree.tag, guide };
    let bodies = Bodies::of(shell.render().unwrap_or_default().into_bytes());
    bodies.answer(request.headers(), ours("text/html; charset=utf-8", Keep::Ask))
}
