//! The repository's files, and what of a Rust text is code, comment and text.

use std::path::{Path, PathBuf};

/// A file of the repository.
pub struct Source {
    /// From the repository's root, with `/`.
    pub path: String,
    pub text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file of the repository but the licences and the lock.
pub fn sources() -> Vec<Source> {
    sources_in(&root())
}

/// Those of a checkout that stands elsewhere.
pub fn sources_in(root: &Path) -> Vec<Source> {
    const KINDS: &[&str] =
        &["rs", "md", "toml", "sql", "yaml", "yml", "json", "sh", "js", "mjs", "css", "html", "run", "browser"];
    let (mut folders, mut sources) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            if path.is_dir() {
                if !["target", ".git", "node_modules"].contains(&name) {
                    folders.push(path);
                }
            } else if KINDS.contains(&name.rsplit('.').next().unwrap_or_default()) {
                let text = std::fs::read_to_string(&path).expect("text");
                sources.push(Source { path: relative(root, &path), text });
            }
        }
    }
    sources
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).expect("inside the repository");
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// What a scan of Rust text tells apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Text,
}

/// The code alone: no comments, and nothing inside quotation marks.
pub fn code(text: &str) -> String {
    scan(text).into_iter().filter(|(part, _)| *part == Part::Code).map(|(_, piece)| piece).collect()
}

/// What stands between quotation marks.
pub fn strings(text: &str) -> Vec<String> {
    scan(text).into_iter().filter(|(part, _)| *part == Part::Text).map(|(_, piece)| piece).collect()
}

/// Splits Rust text into code, comments and texts. Block comments do not nest here; rustfmt writes none.
fn scan(text: &str) -> Vec<(Part, String)> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    let mut code = String::new();
    while let Some(next) = rest.chars().next() {
        let raw_hashes = rest.strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len());
        let is_raw = raw_hashes.is_some_and(|hashes| rest[1 + hashes..].starts_with('"'))
            && !code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (part, length) = if rest.starts_with("//") {
            (Part::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (Part::Comment, rest.find("*/").map_or(rest.len(), |at| at + 2))
        } else if is_raw {
            let hashes = raw_hashes.unwrap_or(0);
            let end = format!("\"{}", "#".repeat(hashes));
            let opened = 2 + hashes;
            (Part::Text, rest[opened..].find(&end).map_or(rest.len(), |at| opened + at + end.len()))
        } else if next == '"' {
            (Part::Text, quoted(rest))
        } else if let Some(length) = letter(rest) {
            (Part::Text, length)
        } else {
            code.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        };
        // A blank keeps the words around a comment apart.
        pieces.push((Part::Code, std::mem::take(&mut code) + " "));
        let piece = &rest[..length];
        let inner =
            if part == Part::Text { piece.trim_start_matches(['r', '#']).trim_matches(['"', '#']) } else { piece };
        pieces.push((part, inner.to_owned()));
        rest = &rest[length..];
    }
    pieces.push((Part::Code, code));
    pieces
}

/// How long the single letter in its marks at the start is (`'{'`, `'\n'`), marks included; nothing for a lifetime.
fn letter(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let letter = inner.chars().next()?.len_utf8();
    if inner.starts_with('\\') {
        // The letter after the stroke may be a mark itself.
        return Some(3 + inner.get(2..)?.find('\'')? + 1);
    }
    inner[letter..].starts_with('\'').then_some(letter + 2)
}

/// How long the text in quotation marks at the start is, marks included.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
