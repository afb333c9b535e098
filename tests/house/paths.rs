//! The paths that a Rust file writes down, each from the crate's root: read off its text, not off a compiler.

use crate::source::code;

/// Names one after the other: `queue::line` is `["queue", "line"]`.
pub type Path = Vec<String>;

/// What a file says of others.
pub struct Named {
    /// Every path that it takes something by.
    pub taken: Vec<Path>,
    /// What it gives to others under a name of its own (`pub use child::Item;`), by that name.
    pub handed_on: Vec<(String, Path)>,
    /// Whether it defines anything itself. One that does not only declares its children and hands them on.
    pub defines: bool,
}

/// Reads a file. `module` is its own path, empty for the crate's root; `is_module` says whether a path leads to a file.
pub fn named(text: &str, module: &[String], is_module: &dyn Fn(&[String]) -> bool) -> Named {
    let code = plain_visibility(&without_tests(&code(text)));
    let absolute = |path: &Path| absolute(path, module, is_module);
    let (mut taken, mut handed_on, mut known) = (Vec::new(), Vec::new(), Vec::new());
    let (uses, rest) = uses(&code);
    for (is_public, path, alias) in uses {
        let Some(path) = absolute(&path) else { continue };
        // `use crate::queue::domain;` and then `domain::join(…)`, also by another name
        if let Some(alias) = alias.clone().filter(|_| is_module(&path)) {
            known.push((alias, path.clone()));
        }
        match alias {
            Some(alias) if is_public && alias != "*" => handed_on.push((alias, path)),
            _ => taken.push(path),
        }
    }
    for (head, path) in heads(&rest) {
        match known.iter().find(|(alias, _)| *alias == head) {
            Some((_, of)) => taken.push(of.iter().cloned().chain(path).collect()),
            None => taken.extend(absolute(&std::iter::once(head).chain(path).collect())),
        }
    }
    const WORDS: &[&str] = &["fn", "struct", "enum", "trait", "impl", "const", "static", "type", "macro_rules"];
    let defines = rest.split(|c| !is_name(c)).any(|word| WORDS.contains(&word));
    Named { taken, handed_on, defines }
}

/// From the crate's root; nothing for what another crate has.
fn absolute(path: &[String], module: &[String], is_module: &dyn Fn(&[String]) -> bool) -> Option<Path> {
    let (head, tail) = path.split_first()?;
    match head.as_str() {
        "crate" => Some(tail.to_vec()),
        // The program names the library by its name.
        "boxoffice" if module == ["main"] => Some(tail.to_vec()),
        "self" => Some([module, tail].concat()),
        "super" => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            Some([&module[..module.len().checked_sub(ups)?], &path[ups..]].concat())
        }
        _ => {
            let child = [module, std::slice::from_ref(head)].concat();
            is_module(&child).then(|| [module, path].concat())
        }
    }
}

/// Every path of the `use` statements, with whether it is public and under which name; and the code without them.
fn uses(code: &str) -> (Vec<(bool, Path, Option<String>)>, String) {
    let (mut found, mut rest, mut left) = (Vec::new(), String::new(), code);
    while let Some(at) = word(left, "use") {
        let (before, (after, end)) = (&left[..at], left[at + 3..].split_once(';').unwrap_or_default());
        let is_public = before.trim_end().ends_with("pub");
        let mut paths = Vec::new();
        unfold(after, &mut Vec::new(), &mut paths);
        found.extend(paths.into_iter().map(|(path, alias)| (is_public, path, alias)));
        rest += before.strip_suffix("pub ").unwrap_or(before);
        left = end;
    }
    (found, rest + left)
}

/// Where this word stands first, whole.
fn word(text: &str, word: &str) -> Option<usize> {
    let is_whole = |at: &usize| {
        !text[..*at].ends_with(|c| is_name(c) || c == ':') && text[at + word.len()..].starts_with(char::is_whitespace)
    };
    text.match_indices(word).map(|(at, _)| at).find(is_whole)
}

/// Every name that something follows after `::`, where a path begins, and what follows.
fn heads(code: &str) -> Vec<(String, Path)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(begins) = code[at..].find(is_name).map(|begins| at + begins) {
        let ends = code[begins..].find(|c| !is_name(c)).map_or(code.len(), |ends| begins + ends);
        at = ends;
        let Some(tail) = code[ends..].trim_start().strip_prefix("::") else { continue };
        if !code[..begins].trim_end().ends_with("::") {
            let mut paths = Vec::new();
            unfold(tail, &mut Vec::new(), &mut paths);
            found.extend(paths.into_iter().next().map(|(path, _)| (code[begins..ends].to_owned(), path)));
        }
    }
    found
}

/// Braces unfolded: `a::{self, b, c::d as e}` is `a`, `a::b` and `a::c::d`, each with the name it goes by. Gives what is left of
/// the text after the path.
fn unfold<'t>(mut text: &'t str, before: &mut Path, found: &mut Vec<(Path, Option<String>)>) -> &'t str {
    let depth = before.len();
    loop {
        text = text.trim_start();
        if let Some(mut inner) = text.strip_prefix('{') {
            loop {
                inner = unfold(inner, before, found).trim_start();
                match inner.strip_prefix(',') {
                    Some(rest) if rest.trim_start().starts_with('}') => break inner = rest.trim_start(),
                    Some(rest) => inner = rest,
                    None => break,
                }
            }
            before.truncate(depth);
            return inner.strip_prefix('}').unwrap_or(inner);
        }
        let is_glob = text.starts_with('*');
        let name = if is_glob { "*" } else { &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())] };
        // Of `a::{self}` the `self` is `a`; at the beginning it is the file itself.
        if !name.is_empty() && (name != "self" || before.is_empty()) {
            before.push(name.to_owned());
        }
        text = &text[name.len()..];
        match text.trim_start().strip_prefix("::") {
            Some(rest) if !name.is_empty() && !is_glob => text = rest,
            _ => break,
        }
    }
    let mut alias = before.last().cloned();
    if let Some(rest) = text.trim_start().strip_prefix("as ") {
        let rest = rest.trim_start();
        let (name, after) = rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
        (alias, text) = (Some(name.to_owned()), after);
    }
    if !before.is_empty() {
        found.push((before.clone(), alias));
    }
    before.truncate(depth);
    text
}

/// Tests inside a file may look wherever they like.
fn without_tests(code: &str) -> String {
    let (mut kept, mut left) = (String::new(), code);
    while let Some((before, after)) = left.split_once("#[cfg(test)]") {
        kept += before;
        let mut depth = 0;
        let end = after.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0 && matches!(c, '}' | ';')
        });
        left = end.map_or("", |(at, _)| &after[at + 1..]);
    }
    kept + left
}

/// `pub(super)` and `pub(in crate::queue)` say who may look, and take nothing from there.
fn plain_visibility(code: &str) -> String {
    let (mut kept, mut left) = (String::new(), code);
    while let Some((before, after)) = left.split_once("pub(") {
        kept += before;
        let is_place = ["in ", "super", "crate", "self"].iter().any(|word| after.starts_with(word));
        left = match after.split_once(')') {
            Some((_, rest)) if is_place => {
                kept += "pub";
                rest
            }
            _ => {
                kept += "pub(";
                after
            }
        };
    }
    kept + left
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
