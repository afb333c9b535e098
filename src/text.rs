//! Text that people wrote: what is kept of it, and when two texts are the same to a reader.
//!
//! Devices write the same letters in different bytes (composed or not, full width or not), and copied text carries
//! characters that nobody sees. Everything a client sends as text passes [`nfc`] where it is read; names, e-mail
//! addresses and passwords pass the function of their kind here. Plain ASCII passes without being copied or looked up.
//! Knows no HTTP, no store, and no subject's rules beyond what makes a text readable.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed as Normalizer;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// A name's length at most, in characters.
pub const LONGEST_NAME: usize = 100;

/// A longer text's length at most, in characters.
pub const LONGEST_PROSE: usize = 10_000;

/// The text in Unicode Normalization Form C (UAX #15): how it is kept.
pub fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Normalizer::new_nfc().normalize(text) }
}

/// The text by which two names are the same: what differs in width or composition only (NFKC), in blanks, or in what
/// nobody sees is folded away. Case is not: "a" does not look like "A".
pub fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains("  ") && text.trim() == text && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let compatible = Normalizer::new_nfkc().normalize(text);
    let seen: String = compatible.chars().filter(|&c| !is_ignorable(c)).collect();
    Cow::Owned(seen.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A name as it is kept: in NFC, without blanks at its ends and without what nobody sees. What joins letters or emoji
/// to one sign (U+200D, U+200C, the tags of a flag) stays where it does.
///
/// # Errors
/// The rule it breaks: 1 to [`LONGEST_NAME`] characters, something to see among them, no control characters or line ends.
pub fn name(text: &str) -> Result<String, &'static str> {
    let kept = if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(nfc(&without_unseen(text)).into_owned()) };
    let kept = kept.trim();
    if kept.is_empty() || kept.chars().count() > LONGEST_NAME {
        return Err("must have 1 to 100 characters");
    }
    if kept.chars().any(is_line_end_or_control) {
        return Err("must have no control characters and no line ends");
    }
    if !kept.chars().any(is_visible) {
        return Err("must have something to see in it");
    }
    Ok(kept.to_owned())
}

/// A text of some length as it is kept: as a [`name`], but with line ends and tabs, and up to [`LONGEST_PROSE`] characters.
///
/// # Errors
/// The rule it breaks.
pub fn prose(text: &str) -> Result<String, &'static str> {
    let kept = nfc(&without_unseen(text)).into_owned();
    let kept = kept.trim();
    if kept.is_empty() || kept.chars().count() > LONGEST_PROSE {
        return Err("must have 1 to 10000 characters");
    }
    if kept.chars().any(|c| c.is_control() && !['\n', '\r', '\t'].contains(&c)) {
        return Err("must have no control characters but line ends and tabs");
    }
    Ok(kept.to_owned())
}

/// Format characters (Cf) that show nothing and join nothing: they came along when the text was copied.
fn without_unseen(text: &str) -> String {
    const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];
    let chars: Vec<char> = text.chars().collect();
    let mut kept = String::with_capacity(text.len());
    for (at, &c) in chars.iter().enumerate() {
        let joins = JOINERS.contains(&c)
            && kept.chars().next_back().is_some_and(|before| is_visible(before) || is_mark(before))
            && chars.get(at + 1).copied().is_some_and(is_visible);
        // The flags of England, Scotland and Wales are a black flag followed by tags.
        let in_flag = ('\u{e0020}'..='\u{e007f}').contains(&c)
            && kept.chars().rev().find(|c| !('\u{e0020}'..='\u{e007f}').contains(c)) == Some('\u{1f3f4}');
        if joins || in_flag || !is_unseen_format(c) {
            kept.push(c);
        }
    }
    kept
}

/// A password as it is hashed: RFC 8265 §4.2.2 (OpaqueString), its mapping and normalization. Blanks of any kind are
/// U+0020, the rest is NFC; case and width stay.
///
/// The RFC's list of allowed characters is left out but for control characters: it follows one version of Unicode and
/// forbids joined emoji, so that whoever has a younger phone would be locked out of a good password.
///
/// # Errors
/// The rule it breaks.
pub fn password(text: &str) -> Result<String, &'static str> {
    if text.chars().any(char::is_control) {
        return Err("must have no control characters");
    }
    if text.is_ascii() {
        return Ok(text.to_owned());
    }
    let blanks_mapped: String = text.chars().map(|c| if is_space_separator(c) { ' ' } else { c }).collect();
    Ok(nfc(&blanks_mapped).into_owned())
}

/// An e-mail address as it is kept and compared: in lower case and NFC, its domain as people read it (`xn--bcher-kva` is
/// `bücher`; UTS #46).
///
/// # Errors
/// The rule it breaks. Nothing is taken out of the middle of an address: without it, it would be another.
pub fn email(text: &str) -> Result<String, &'static str> {
    const RULE: &str = "must be an address such as name@example.org";
    let (local, domain) = text.trim().rsplit_once('@').ok_or(RULE)?;
    let is_bad = |c: char| {
        c.is_whitespace() || c.is_control() || is_ignorable(c) || is_unseen_format(c) || "<>()[],;:\\\"@".contains(c)
    };
    if local.contains(is_bad) || domain.contains(is_bad) {
        return Err(RULE);
    }
    let local = nfc(&local.to_lowercase()).into_owned();
    if local.is_empty() || local.len() > 64 || local.split('.').any(str::is_empty) {
        return Err(RULE);
    }
    let domain = read_domain(domain).ok_or(RULE)?;
    let email = format!("{local}@{domain}");
    if email.len() > 254 { Err(RULE) } else { Ok(email) }
}

fn read_domain(domain: &str) -> Option<String> {
    if domain.len() > 254 {
        return None;
    }
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    if ascii.is_empty() || ascii.split('.').any(str::is_empty) {
        return None;
    }
    if domain.is_ascii() && !ascii.contains("xn--") {
        return Some(ascii);
    }
    let (shown, result) = idna::domain_to_unicode(&ascii);
    result.ok().map(|()| shown)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn is_ignorable(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

fn is_unseen_format(c: char) -> bool {
    is_ignorable(c) && category(c) == GeneralCategory::Format
}

fn is_space_separator(c: char) -> bool {
    category(c) == GeneralCategory::SpaceSeparator
}

fn is_mark(c: char) -> bool {
    matches!(
        category(c),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
    )
}

fn is_line_end_or_control(c: char) -> bool {
    c.is_control() || ['\u{2028}', '\u{2029}'].contains(&c)
}

/// True for what leaves ink on paper. U+2800 is a Braille cell without dots.
fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !is_ignorable(c) && !is_mark(c) && c != '\u{2800}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_what_is_seen_and_lose_what_is_not() {
        let kept = [
            ("  Great Hall ", "Great Hall"),
            ("Zo\u{308}e", "Zöe"),
            ("김 하나", "김 하나"),
            ("\u{1100}\u{1161}", "가"),
            ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
            (
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            ),
            ("❤\u{fe0f}", "❤\u{fe0f}"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("क्\u{200d}ष", "क्\u{200d}ष"),
            ("\u{feff}A\u{200b}", "A"),
            ("\u{202e}evil\u{202c}", "evil"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("a\u{e0041}", "a"),
            ("a\u{200d}", "a"),
        ];
        for (given, expected) in kept {
            assert_eq!(name(given).as_deref(), Ok(expected), "{given:?}");
        }
        let longest = "가".repeat(LONGEST_NAME);
        assert_eq!(name(&longest).as_deref(), Ok(longest.as_str()));
        let over = "a".repeat(LONGEST_NAME + 1);
        for bad in
            ["", " \u{a0} ", "\u{200b}", "\u{3164}", "\u{2800}", "\u{301}", "a\u{2028}b", "a\nb", "a\u{85}b", &over]
        {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_that_look_equal_are_equal() {
        for (one, other) in
            [("é", "e\u{301}"), ("Ｒ석", "R석"), ("Row  1", "Row\u{a0}1"), (" A", "A\u{3000}"), ("A\u{200b}", "A")]
        {
            assert_eq!(folded(one), folded(other), "{one:?} {other:?}");
        }
        for (one, other) in [("a", "A"), ("R", "S"), ("Row 1", "Row1"), ("1", "l")] {
            assert_ne!(folded(one), folded(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn addresses_are_kept_in_one_spelling() {
        let kept = [
            (" KIM@Example.ORG ", "kim@example.org"),
            ("ju\u{308}rgen@example.com", "jürgen@example.com"),
            ("anna@xn--bcher-kva.example", "anna@bücher.example"),
            ("anna@BÜCHER.example", "anna@bücher.example"),
            ("用户@例子.公司", "用户@例子.公司"),
            ("a+tag@localhost", "a+tag@localhost"),
            ("o'brien@example.org", "o'brien@example.org"),
        ];
        for (given, expected) in kept {
            assert_eq!(email(given).as_deref(), Ok(expected), "{given:?}");
            assert_eq!(email(expected).as_deref(), Ok(expected), "it stays what it is");
        }
        let long = format!("{}@example.org", "x".repeat(65));
        for bad in [
            "a",
            "@",
            "a@",
            "@b",
            "a@..",
            "a@b.",
            "a@.b",
            "a@b..c",
            "a..b@c",
            ".a@c",
            "a.@c",
            "a b@c",
            "a@b c",
            "a@@b",
            "a\u{200b}@c",
            "a@c\u{202e}",
            "\u{feff}a@c",
            "a\u{ad}@c",
            "a@ex\u{ad}ample",
            "a@[127.0.0.1]",
            "a@c,d@e",
            "<a@b>",
            "a\0@c",
            "\u{3164}@c",
            "a@-b-",
            &long,
        ] {
            assert!(email(bad).is_err(), "{bad:?}: {:?}", email(bad));
        }
    }

    #[test]
    fn passwords_are_the_same_from_every_keyboard() {
        for (one, other) in
            [("pässwörter", "pa\u{308}sswo\u{308}rter"), ("비밀번호는길다", "비밀번호는길다"), ("a\u{3000}b", "a b")]
        {
            assert_eq!(password(one), password(other), "{one:?}");
        }
        assert_eq!(password(" 👨‍👩‍👧‍👦 Aa "), Ok(" 👨‍👩‍👧‍👦 Aa ".to_owned()), "case, blanks and joined emoji stay");
        assert!(password("eight\0\0\0").is_err());
    }
}
