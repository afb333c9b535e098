//! The pages beside the API: Swagger UI with a small shell of ours, the list of problems, the document itself. They work
//! without any other server: nothing is loaded from elsewhere, and the browser is told to refuse what would be.

use std::collections::BTreeMap;

use askama::Template;
use poem::endpoint::make_sync;
use poem::{Route, get};

use crate::http::Code;
use crate::http::language::Language;
use crate::pages::asset::{Bodies, Keep, Kind, asset};
use crate::server::document::{document_json, document_yaml, operations_by_problem, sample_detail};

/// The version of the files in `vendor` (see its README).
const SWAGGER_UI: &str = "5.35.0";

/// Scripts, styles and pictures are the office's own; nothing may frame it; a form cannot send elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    swagger_ui: &'static str,
}

/// A code as the page of problems shows it.
struct ProblemRow {
    code: &'static str,
    status: u16,
    /// In English and in Korean.
    titles: [&'static str; 2],
    helps: String,
    /// Tag and id of the operations that can give it; none for those that any can.
    operations: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "problems.html")]
struct ProblemsPage {
    rows: Vec<ProblemRow>,
}

fn docs_page() -> String {
    DocsPage { swagger_ui: SWAGGER_UI }.render().unwrap_or_default()
}

fn problems_page() -> String {
    let mut by_code: BTreeMap<Code, Vec<_>> = operations_by_problem();
    let row = |code: &Code| ProblemRow {
        code: code.as_str(),
        status: code.status(),
        titles: Language::ALL.map(|language| code.title(language)),
        helps: sample_detail(*code),
        operations: by_code.remove(code).unwrap_or_default(),
    };
    ProblemsPage { rows: Code::ALL.iter().map(row).collect() }.render().unwrap_or_default()
}

/// `routes` with those of these pages.
pub(super) fn add_to(routes: Route) -> Route {
    const HTML: &str = "text/html; charset=utf-8";
    const CSS: &str = "text/css; charset=utf-8";
    const JS: &str = "text/javascript; charset=utf-8";
    const SVG: &str = "image/svg+xml";
    let kind = |content_type, keep| Kind { content_type, keep, policy: POLICY };
    let ours = |content_type, make: fn() -> Bodies| asset(make, kind(content_type, Keep::Ask));
    let vendored = |content_type, make: fn() -> Bodies| asset(make, kind(content_type, Keep::Forever));
    let version = format!("/docs/swagger-ui-{SWAGGER_UI}");
    routes
        .at("/docs", ours(HTML, || Bodies::of(docs_page().into_bytes())))
        .at("/docs/", get(make_sync(|_| poem::web::Redirect::permanent("/docs"))))
        .at("/docs/problems", ours(HTML, || Bodies::of(problems_page().into_bytes())))
        .at("/docs/shell.js", ours(JS, || Bodies::of(include_bytes!("shell.js").to_vec())))
        .at("/docs/shell.css", ours(CSS, || Bodies::of(include_bytes!("shell.css").to_vec())))
        .at("/favicon.ico", ours(SVG, || Bodies::of(include_bytes!("favicon.svg").to_vec())))
        .at(
            format!("{version}/swagger-ui-bundle.js"),
            vendored(JS, || Bodies::of_zipped(include_bytes!("vendor/swagger-ui-bundle.js.gz"))),
        )
        .at(
            format!("{version}/swagger-ui.css"),
            vendored(CSS, || Bodies::of_zipped(include_bytes!("vendor/swagger-ui.css.gz"))),
        )
        .at("/openapi.json", ours("application/json", || Bodies::of(document_json().into_bytes())))
        .at("/openapi.yaml", ours("application/yaml", || Bodies::of(document_yaml().into_bytes())))
}
