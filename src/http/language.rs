//! Which language a refusal is told in: the one that its asker prefers (`Accept-Language`, RFC 9110 §12.5.4) of those
//! there are. Buyers' pages choose their words by themselves; mails go by the buyer's own setting.

use std::iter::once;

use poem::http::{HeaderMap, HeaderValue, header};

/// A language in which refusals are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// What whoever names no language gets: most of those are programs, whose authors read the log.
    English,
    /// 한국어.
    Korean,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// Its tag, of BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }
}

/// What a request says of its languages, kept aside until there is something to say. Reading it is for refusals alone.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    first: Option<HeaderValue>,
    /// Lists may come in several lines; this one seldom does.
    others: Vec<HeaderValue>,
}

impl Asked {
    /// What these headers say.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(header::ACCEPT_LANGUAGE).iter().cloned();
        Self { first: lines.next(), others: lines.collect() }
    }

    /// The language that is preferred of those there are.
    ///
    /// Every range of a language counts for it, such as `ko-KR` for Korean; `*` counts for whichever is not named. Of two
    /// that are wanted alike the one named first is meant. What is no list of languages wants nothing.
    pub fn language(&self) -> Language {
        let lines = self.first.iter().chain(&self.others).filter_map(|line| line.to_str().ok());
        let mut wanted = [None; 2];
        let mut any = 0;
        for (place, (range, weight)) in lines.flat_map(|line| line.split(',')).filter_map(range).enumerate() {
            let primary = range.split('-').next().unwrap_or_default();
            let named = Language::ALL.into_iter().position(|language| primary.eq_ignore_ascii_case(language.tag()));
            match named {
                Some(at) if wanted[at].is_none_or(|(known, _)| known < weight) => wanted[at] = Some((weight, place)),
                Some(_) => {}
                None if range == "*" => any = any.max(weight),
                None => {}
            }
        }
        let [english, korean] = wanted.map(|wanted| wanted.unwrap_or((any, usize::MAX)));
        // At the same weight the smaller place was named earlier; English where neither was.
        if korean.0 > english.0 || korean.0 == english.0 && korean.0 > 0 && korean.1 < english.1 {
            Language::Korean
        } else {
            Language::English
        }
    }
}

/// A range with its weight in thousandths; nothing of what is neither.
fn range(item: &str) -> Option<(&str, u16)> {
    let mut parts = item.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let weight = match parts.next() {
        None => 1000,
        Some(parameter) => thousandths(parameter.strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?.trim())?,
    };
    if parts.next().is_none() { Some((range, weight)) } else { None }
}

/// `0.8` in thousandths; nothing of what is no weight (RFC 9110 §12.4.2).
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, rest) = weight.split_once('.').unwrap_or((weight, ""));
    if !["0", "1"].contains(&whole) || rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = rest.bytes().chain(once(b'0').cycle()).take(3);
    let parts = digits.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    Some(if whole == "1" { 1000 } else { parts }).filter(|_| whole == "0" || parts == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(lines: &[&str]) -> Language {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers
                .append(header::ACCEPT_LANGUAGE, HeaderValue::from_bytes(line.as_bytes()).expect("a header's value"));
        }
        Asked::of(&headers).language()
    }

    #[test]
    fn the_preferred_language_is_chosen_of_those_there_are() {
        for korean in [
            "ko",
            "KO-kr",
            "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7",
            "ko, en",
            "fr, ko;q=0.001",
            "en;q=0.5, ko-KR;q=0.501",
            "en;q=0, ko;q=0.1",
            "en;q=0.5, *",
            "de;q=0.9 , ko ; q = 0.4",
        ] {
            assert_eq!(chosen(&[korean]), Language::Korean, "{korean}");
        }
        for english in [
            "",
            "en",
            "en, ko",
            "*",
            "ko;q=0",
            "ko;q=0.5, *;q=0.8",
            "fr",
            "kok",
            "korean",
            "en-GB, ko;q=0.9",
            "ko;q=0, *;q=0.1",
            "fr-FR, de;q=0.5",
        ] {
            assert_eq!(chosen(&[english]), Language::English, "{english}");
        }
        assert_eq!(chosen(&[]), Language::English);
        assert_eq!(chosen(&["en;q=0.2", "ko"]), Language::Korean, "lists may come in several lines");
    }

    #[test]
    fn what_is_no_list_of_languages_wants_nothing() {
        let long = "ko-".repeat(5000);
        let many = "x, ".repeat(5000) + "ko;q=2";
        for hostile in [
            "ko;q=1.001",
            "ko;q=-1",
            "ko;q=NaN",
            "ko;q=inf",
            "ko;q=1e9",
            "ko;q=0.5555",
            "ko;q=",
            "ko;q",
            "ko;",
            "ko;v=1",
            "ko;q=1;q=1",
            ";q=1",
            ",,,;;;===",
            "\u{d55c}\u{ad6d}\u{c5b4}",
            "ko;q=0,ko;q=0",
            &many,
        ] {
            assert_eq!(chosen(&[hostile]), Language::English, "{hostile}");
        }
        assert_eq!(chosen(&[&long]), Language::Korean, "a range is as long as it likes");
    }
}
