//! Which file of the product takes what from which other, the pages' modules included.
//!
//! `cargo test --test house list_of_arrows -- --ignored --nocapture` prints them all (see docs/house.md).

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::{Named, Path, named};
use crate::source::Source;

/// An arrow from a file to one that it names.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The product's Rust files by their module path: `queue::line` is `src/queue/line.rs`.
struct Modules<'a> {
    files: BTreeMap<Path, (&'a Source, Named)>,
}

/// Who hands on what another hands on stops somewhere.
const MOST_HANDS: usize = 8;

impl<'a> Modules<'a> {
    fn of(sources: &'a [Source]) -> Self {
        let files: BTreeMap<Path, &Source> =
            sources.iter().filter_map(|file| Some((module(&file.path)?, file))).collect();
        let is_module = |path: &[String]| files.contains_key(path);
        let read = |(module, file): (&Path, &&'a Source)| {
            let own: &[String] = if file.path == "src/lib.rs" { &[] } else { module };
            (module.clone(), (*file, named(&file.text, own, &is_module)))
        };
        Self { files: files.iter().map(read).collect() }
    }

    /// The file that defines what this path names: the deepest module of it, or where that module has it from.
    fn file_of(&self, path: &[String], hands: usize) -> Option<&str> {
        let depth = (1..=path.len()).rev().find(|depth| self.files.contains_key(&path[..*depth]))?;
        let (file, named) = &self.files[&path[..depth]];
        let handed_on = path.get(depth).filter(|_| hands > 0).and_then(|item| {
            let (_, from) = named.handed_on.iter().find(|(name, _)| name == item)?;
            self.file_of(&[from, &path[depth + 1..]].concat(), hands - 1)
        });
        Some(handed_on.unwrap_or(&file.path))
    }
}

/// `src/queue/line.rs` is `queue::line`, `src/queue/mod.rs` is `queue`.
fn module(path: &str) -> Option<Path> {
    let inner = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    Some(inner.split('/').map(str::to_owned).collect())
}

/// The arrows between the product's files.
pub fn between_files(sources: &[Source]) -> Arrows {
    let modules = Modules::of(sources);
    let mut arrows = Arrows::new();
    for (module, (file, named)) in &modules.files {
        // The crate's root declares everything and takes nothing.
        if file.path == "src/lib.rs" {
            continue;
        }
        // A page that defines nothing only declares its children and hands them on: that is no arrow.
        let is_page_of = |path: &Path| !named.defines && path.starts_with(module);
        let handed_on = named.handed_on.iter().map(|(_, path)| path).filter(|path| !is_page_of(path));
        let to = named.taken.iter().chain(handed_on).filter_map(|path| modules.file_of(path, MOST_HANDS));
        arrows.insert(file.path.clone(), to.filter(|to| *to != file.path).map(str::to_owned).collect());
    }
    let scripts: BTreeSet<&str> =
        sources.iter().map(|file| file.path.as_str()).filter(|path| is_script(path)).collect();
    for file in sources.iter().filter(|file| scripts.contains(file.path.as_str())) {
        let to = imports(file).into_iter().filter(|to| scripts.contains(to.as_str()));
        arrows.insert(file.path.clone(), to.collect());
    }
    arrows
}

/// A module of the pages.
fn is_script(path: &str) -> bool {
    path.starts_with("src/") && [".js", ".mjs"].iter().any(|end| path.ends_with(end))
}

/// The files that a browser loads for this one. What a comment imports is a type, and loads nothing.
fn imports(file: &Source) -> Vec<String> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_code = |line: &&str| !["//", "/*", "*"].iter().any(|mark| line.starts_with(mark));
    let lines = file.text.lines().map(str::trim).filter(is_code);
    let after = lines.flat_map(|line| {
        ["from '", "import '", "import('"].iter().filter_map(move |mark| Some(line.split_once(mark)?.1))
    });
    let paths = after.filter_map(|rest| Some(rest.split_once('\'')?.0)).filter(|path| path.starts_with('.'));
    paths.map(|path| joined(folder, path)).collect()
}

/// `src/pages/web/door` and `../common/api.js` are `src/pages/web/common/api.js`.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
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
    faults.extend(circles(files).into_iter().map(|circle| format!("a circle of files: {circle:?}")));
    for (folder, circle) in circles_of_folders(files) {
        let drawn_by = drawn_inside(files, &folder, &circle);
        faults.push(format!("a circle of what stands in {folder}: {circle:?} by {drawn_by:?}"));
    }
    faults
}

/// In every folder, the files and folders that stand in it and reach each other.
pub fn circles_of_folders(files: &Arrows) -> Vec<(String, BTreeSet<String>)> {
    let folders: BTreeSet<&str> =
        files.keys().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at])).collect();
    let inside = |folder: &&str| {
        let mut arrows = Arrows::new();
        for (from, to) in files {
            let Some(from) = standing_in(folder, from) else { continue };
            let to = to.iter().filter_map(|to| standing_in(folder, to)).filter(|to| *to != from);
            arrows.entry(from.to_owned()).or_default().extend(to.map(str::to_owned));
        }
        let only_files = |circle: &BTreeSet<String>| circle.iter().all(|name| name.contains('.'));
        circles(&arrows)
            .into_iter()
            .filter(|circle| !only_files(circle))
            .map(|circle| ((*folder).to_owned(), circle))
            .collect::<Vec<_>>()
    };
    folders.iter().flat_map(inside).collect()
}

/// What of this path stands in the folder itself: the file, or the folder that it is in.
fn standing_in<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(folder)?.strip_prefix('/')?.split('/').next()
}

/// The arrows from file to file that run between these of a folder.
fn drawn_inside(files: &Arrows, folder: &str, circle: &BTreeSet<String>) -> Vec<String> {
    let all = files.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    let inside = all.filter(|(from, to)| {
        let ends = [from, to].map(|path| standing_in(folder, path).filter(|name| circle.contains(*name)));
        ends.iter().all(Option::is_some) && ends[0] != ends[1]
    });
    inside.map(|(from, to)| format!("{from} -> {to}")).collect()
}

/// The groups of rooms that reach each other.
pub fn circles_of_rooms(files: &Arrows) -> BTreeSet<BTreeSet<String>> {
    let mut arrows = Arrows::new();
    for (from, to) in between_rooms(files).into_keys() {
        arrows.entry(from).or_default().insert(to);
    }
    circles(&arrows)
}

/// The groups of files that reach each other, each once.
pub fn circles(files: &Arrows) -> BTreeSet<BTreeSet<String>> {
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
