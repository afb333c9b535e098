//! Which file of the product takes what from which other: read off the sources' own paths, not off a compiler.
//!
//! `cargo test --test house -- --nocapture arrows` prints the arrows between folders and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, code};

/// An arrow from a file to one that it names.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The product's files by their module path: `queue::line` is `src/queue/line.rs`.
struct Modules<'a> {
    files: BTreeMap<String, &'a Source>,
}

impl<'a> Modules<'a> {
    fn of(sources: &'a [Source]) -> Self {
        let files = sources.iter().filter_map(|file| Some((module(&file.path)?, file))).collect();
        Self { files }
    }

    /// The file that defines what this path (after `crate::`) names: the deepest module of it, or where that module has it
    /// from.
    fn file_of(&self, path: &[String]) -> Option<&str> {
        let depth = (1..=path.len()).rev().find(|depth| self.files.contains_key(&path[..*depth].join("::")))?;
        let (module, file) = self.files.get_key_value(&path[..depth].join("::"))?;
        match path.get(depth) {
            Some(item) => Some(self.handed_on(module, file, item).unwrap_or(&file.path)),
            None => Some(&file.path),
        }
    }

    /// Where a module that only hands an item on (`pub use child::Item`) has it from.
    fn handed_on(&self, module: &str, file: &Source, item: &str) -> Option<&str> {
        let code = code(&file.text);
        for (_, tail) in code
            .split("pub")
            .skip(1)
            .filter_map(|rest| rest.split_once("use ").filter(|(v, _)| v.trim().is_empty() || v.starts_with('(')))
        {
            for path in paths(tail) {
                let child = format!("{module}::{}", path.first()?);
                if path.last().is_some_and(|last| last == item) && self.files.contains_key(&child) {
                    return Some(&self.files[&child].path);
                }
            }
        }
        None
    }
}

/// `src/queue/line.rs` is `queue::line`, `src/queue/mod.rs` is `queue`; what is not the library's has none.
fn module(path: &str) -> Option<String> {
    let inner = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    (inner != "lib").then(|| inner.replace('/', "::"))
}

/// Every path that this text begins with, braces unfolded: `a::{b, c::d};` is `a::b` and `a::c::d`. An `x as y` is `x`.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    unfold(text.trim_start(), &mut Vec::new(), &mut found);
    found
}

/// Gives what is left of the text after the path.
fn unfold<'t>(mut text: &'t str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'t str {
    let depth = before.len();
    loop {
        text = text.trim_start();
        if let Some(inner) = text.strip_prefix('{') {
            let mut inner = inner;
            loop {
                inner = unfold(inner, before, found).trim_start();
                // `as name`
                inner = inner.strip_prefix("as ").map_or(inner, |rest| rest.trim_start_matches(is_name).trim_start());
                match inner.strip_prefix(',') {
                    Some(rest) if rest.trim_start().starts_with('}') => break inner = rest.trim_start(),
                    Some(rest) => inner = rest,
                    None => break,
                }
            }
            before.truncate(depth);
            return inner.strip_prefix('}').unwrap_or(inner);
        }
        let name = &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())];
        if !name.is_empty() && name != "self" {
            before.push(name.to_owned());
        }
        text = &text[name.len()..];
        match text.trim_start().strip_prefix("::") {
            Some(rest) if !name.is_empty() => text = rest,
            _ => break,
        }
    }
    if !before.is_empty() {
        found.push(before.clone());
    }
    before.truncate(depth);
    text
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The arrows between the product's files.
pub fn between_files(sources: &[Source]) -> Arrows {
    let modules = Modules::of(sources);
    let mut arrows = Arrows::new();
    for (module, file) in &modules.files {
        // Tests inside a file may look wherever they like.
        let text = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code(text);
        let mut named: Vec<Vec<String>> = code.split("crate::").skip(1).flat_map(paths).collect();
        for path in named.clone() {
            // `use crate::queue::domain;` and then `domain::join(…)`, `use crate::queue;` and then `queue::domain::join(…)`
            let Some(last) = path.last().filter(|_| modules.files.contains_key(&path.join("::"))) else { continue };
            let used = format!("{last}::");
            let is_whole = |at: usize| !code[..at].ends_with(|c| is_name(c) || c == ':');
            for (at, _) in code.match_indices(&used).filter(|(at, _)| is_whole(*at)) {
                let inner = paths(&code[at + used.len()..]).into_iter().next().unwrap_or_default();
                named.push(path.iter().cloned().chain(inner).collect());
            }
        }
        let to = named.iter().filter_map(|path| modules.file_of(path)).filter(|to| *to != file.path);
        // A folder's own page declares its children and hands them on: that is no arrow.
        let is_own_page = |to: &&str| {
            file.path.ends_with("/mod.rs") && to.starts_with(file.path.trim_end_matches("mod.rs")) && is_only_page(file)
        };
        arrows.insert(file.path.clone(), to.filter(|to| !is_own_page(to)).map(str::to_owned).collect());
        debug_assert!(!module.is_empty());
    }
    arrows
}

/// A `mod.rs` that defines nothing of its own.
fn is_only_page(file: &Source) -> bool {
    let code = code(&file.text);
    !["fn ", "struct ", "enum ", "trait ", "impl "].iter().any(|word| code.contains(word))
}

/// The room of a file: its folder under `src/`, or its own name at the top.
pub fn room(path: &str) -> String {
    let inner = path.strip_prefix("src/").unwrap_or(path);
    inner.split_once('/').map_or(inner.trim_end_matches(".rs"), |(room, _)| room).to_owned()
}

/// The arrows between rooms, each with the files that draw it.
pub fn between_rooms(files: &Arrows) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut rooms: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in files.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to))) {
        if room(from) != room(to) {
            rooms.entry((room(from), room(to))).or_default().insert(format!("{from} -> {to}"));
        }
    }
    rooms
}

/// The floors that `src/lib.rs` states, from the top down: the rooms of each.
pub fn floors(lib: &str) -> Vec<Vec<String>> {
    let stated = lib.split("//! ```floors\n").nth(1).and_then(|rest| rest.split("//! ```").next()).unwrap_or_default();
    let rooms = |line: &str| line.trim_start_matches("//!").split_whitespace().map(str::to_owned).collect();
    stated.lines().map(rooms).collect()
}

/// What is wrong with these arrows: those that do not run down, and files that reach themselves.
pub fn faults(files: &Arrows, floors: &[Vec<String>]) -> Vec<String> {
    let floor = |room: &str| floors.iter().position(|rooms| rooms.iter().any(|of| of == room));
    let mut faults = Vec::new();
    for ((from, to), drawn_by) in between_rooms(files) {
        match (floor(&from), floor(&to)) {
            (Some(above), Some(below)) if above < below => {}
            (Some(_), Some(_)) => faults.push(format!("{from} must not name {to}: {drawn_by:?}")),
            (None, _) => faults.push(format!("{from} has no floor in src/lib.rs")),
            (_, None) => faults.push(format!("{to} has no floor in src/lib.rs")),
        }
    }
    for circle in circles(files) {
        faults.push(format!("a circle of files: {circle:?}"));
    }
    faults
}

/// The groups of files that reach each other, each once.
fn circles(files: &Arrows) -> BTreeSet<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = files.keys().map(|file| (file, reached(files, file))).collect();
    let on_a_circle = reach.iter().filter(|(file, reached)| reached.contains(**file));
    on_a_circle
        .map(|(file, reached)| {
            reached
                .iter()
                .filter(|to| reach.get(**to).is_some_and(|back| back.contains(file)))
                .map(|to| (*to).clone())
                .collect()
        })
        .collect()
}

fn reached<'a>(files: &'a Arrows, from: &String) -> BTreeSet<&'a String> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(file) = next.pop() {
        for to in files.get(file).into_iter().flatten() {
            if seen.insert(to) {
                next.push(to);
            }
        }
    }
    seen
}
