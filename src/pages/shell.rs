//! The pages of HTML: they name the modules, the styles and what these cannot ask for. Everything seen is theirs.

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
    shown: Shown,
    guide: Option<String>,
}

/// Whose page it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The buyers'.
    Buyer,
    /// The venue's staff's.
    Desk,
    /// Whoever scans tickets.
    Door,
}

impl Shown {
    /// The module that draws it.
    const fn module(self) -> &'static str {
        match self {
            Self::Buyer => "buyer/main.js",
            Self::Desk => "desk/main.js",
            Self::Door => "door/main.js",
        }
    }

    /// The styles that it has beside those of all.
    const fn style(self) -> Option<&'static str> {
        match self {
            Self::Buyer => None,
            Self::Desk => Some("desk.css"),
            Self::Door => Some("door.css"),
        }
    }
}

/// The page for whoever asks.
pub(super) fn page(request: &Request, shown: Shown) -> Response {
    let tree = Tree::looked_at();
    let office = request.data::<Arc<Office>>();
    let terms = office.map(|office| office.store.terms()).unwrap_or_default();
    let guide = office.and_then(|office| serde_json::to_string(office.guide.get()?).ok());
    let language = terms.languages.tags().first().map_or("en", String::as_str);
    let shell = Shell { venue: &terms.name, language, tree: &tree.tag, shown, guide };
    let bodies = Bodies::of(shell.render().unwrap_or_default().into_bytes());
    bodies.answer(request.headers(), ours("text/html; charset=utf-8", Keep::Ask))
}
