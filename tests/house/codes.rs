//! Codes of problems: one table says all that is said of them to programs, one file what is said to buyers, and nothing else
//! lists them: so that adding one touches its subject's error, the line at the bottom of its `api.rs`, and these two.

use std::collections::BTreeSet;

use boxoffice::http::Code;
use boxoffice::http::language::Language;

use crate::source::{Source, sources};

/// What may list every code.
const LISTS: [&str; 2] = ["src/http/codes.rs", "src/pages/web/words/problems.js"];

/// `NotFound` of `not_found`.
fn variant(code: Code) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    code.as_str().split('_').map(capital).collect()
}

/// Which codes a file names, by their word or by their variant.
fn named(file: &Source) -> Vec<Code> {
    let words: BTreeSet<_> = file.text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let names = |code: &Code| words.contains(code.as_str()) || words.contains(variant(*code).as_str());
    Code::ALL.iter().copied().filter(names).collect()
}

/// A file that names so many is one that whoever adds a code has to think of.
fn is_list(file: &Source) -> bool {
    named(file).len() * 3 > Code::ALL.len()
}

#[test]
fn no_other_file_becomes_a_list_of_all_codes() {
    let sources = sources();
    let ours: Vec<_> = sources.iter().filter(|file| file.path.starts_with("src/")).collect();
    let lists: BTreeSet<_> = ours.iter().filter(|file| is_list(file)).map(|file| file.path.as_str()).collect();
    assert_eq!(lists, BTreeSet::from(LISTS), "only these list more than a third of all codes");
    for list in LISTS {
        let file = ours.iter().find(|file| file.path == list).expect("the list");
        assert_eq!(named(file).len(), Code::ALL.len(), "{list} has every code");
    }

    let share = |codes: &[Code], write: fn(Code) -> String| {
        is_list(&Source { path: "src/a.rs".to_owned(), text: codes.iter().map(|code| write(*code)).collect() })
    };
    let third = Code::ALL.len() / 3;
    // As Rust's arms and as lines of words.
    let writes: [fn(Code) -> String; 2] =
        [|code| format!("Code::{} => 1,\n", variant(code)), |code| format!("  {}: 'It is so.',\n", code.as_str())];
    for write in writes {
        assert!(share(&Code::ALL[..=third], write), "a list of a third is seen");
        assert!(!share(&Code::ALL[..third / 2], write), "a subject's codes are none");
    }
}

/// Whoever is refused reads why in their own language; a code without words would show them words for programs.
#[test]
fn every_refusal_has_words_for_buyers_in_both_languages() {
    let sources = sources();
    let file = sources.iter().find(|file| file.path == LISTS[1]).expect("the words");
    let (mut said, mut lines) = (Vec::new(), file.text.lines());
    while let Some(line) = lines.next() {
        let Some((code, english)) = line.split_once(": ['") else { continue };
        let korean = lines.next().expect("a line in Korean").trim();
        assert!(english.ends_with("',") && english.is_ascii_but_marks(), "{line}");
        assert!(korean.starts_with('\'') && korean.ends_with("'],") && is_korean(korean), "{korean}");
        said.push(code.trim());
    }
    // What no office says: that there is none to be heard.
    let all: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).chain(["offline", "ticket_offline"]).collect();
    let missing: Vec<_> = all.iter().filter(|code| !said.contains(code)).collect();
    assert!(missing.is_empty(), "words are missing for {missing:?}");
    let unknown: Vec<_> = said.iter().filter(|said| !all.contains(said)).collect();
    assert!(unknown.is_empty(), "there are words for {unknown:?}, which no office says");
}

/// Each language's words are its own; nobody forgets to translate a copy.
#[test]
fn every_code_has_titles_and_details_in_both_languages() {
    for code in Code::ALL {
        for (what, of) in [
            ("title", Code::title as fn(Code, Language) -> &'static str),
            ("detail", Code::detail as fn(Code, Language) -> &'static str),
        ] {
            let (english, korean) = (of(*code, Language::English), of(*code, Language::Korean));
            assert_ne!(english, korean, "{what} of {code:?}");
            assert!(english.is_ascii_but_marks() && !english.trim().is_empty(), "{what} of {code:?}: {english}");
            assert!(is_korean(korean), "{what} of {code:?}: {korean}");
        }
        assert!(!code.title(Language::English).ends_with('.') && !code.title(Language::Korean).ends_with('.'));
    }
    let titles = |language| Code::ALL.iter().map(|code| code.title(language)).collect::<BTreeSet<_>>().len();
    for language in Language::ALL {
        // Two codes may mean the same to a reader of one language, but hardly more.
        assert!(titles(language) + 3 >= Code::ALL.len(), "{language:?}: titles tell codes apart");
    }
}

/// A name in braces that no member has would be shown with its braces.
#[test]
fn details_name_members_that_always_come() {
    for code in Code::ALL {
        for language in Language::ALL {
            let detail = code.detail(language);
            let places = detail.match_indices('{').map(|(at, _)| (&detail[..at], &detail[at + 1..]));
            for (before, after) in places {
                let name = after.split_once('}').expect("a closing brace").0;
                let is_member = code.members().iter().any(|member| member.is_always && member.name == name);
                // A part of an address stays as it is.
                assert!(is_member || before.ends_with('/'), "{code:?}: {{{name}}} in {detail}");
            }
        }
    }
}

fn is_korean(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

trait English {
    fn is_ascii_but_marks(&self) -> bool;
}

impl English for str {
    fn is_ascii_but_marks(&self) -> bool {
        self.chars().all(|c| c.is_ascii() || "…–“”‘’".contains(c))
    }
}
