//! How a code is written: as it is shown, and as it is found however it is typed in. Pure: no store, no clock.

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};

use crate::code::error::CodeError;
use crate::text;

/// Characters of a code that the venue chooses, at least and at most.
const LEAST: usize = 3;
const MOST: usize = 40;
/// What was left out may have stood between a letter and its mark, which are another letter together: what was read is read
/// again, so often at most, until it stays as it is. Once or twice will do.
const MOST_READS: usize = 4;
/// A made code says so much that nobody guesses one of thousands: forty bits, eight digits.
pub(super) const CODE_BYTES: usize = 5;

/// Crockford's base 32 (<https://www.crockford.com/base32.html>): no letter looks like a digit.
#[expect(clippy::expect_used, reason = "a constant; the tests would show that it is none")]
static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.encoding().expect("an alphabet of 32 letters")
});

/// A code made of random bytes, in two groups: `7KQ2-M4PX`.
pub(super) fn write(bytes: [u8; CODE_BYTES]) -> String {
    let digits = CROCKFORD.encode(&bytes);
    let (first, second) = digits.split_at(digits.len() / 2);
    format!("{first}-{second}")
}

/// A code as the venue chose it: letters and digits, with blanks and dashes between.
///
/// # Errors
/// [`CodeError::Invalid`].
pub fn clean(code: &str) -> Result<String, CodeError> {
    let rule = || format!("code must have {LEAST} to {MOST} letters and digits; blanks and dashes may stand between.");
    let code = text::name(code).map_err(|_| CodeError::Invalid(rule()))?;
    let length = code.chars().count();
    let plain = code.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '-');
    // Some letters are several once case and width do not matter, some fewer.
    if !plain || !(LEAST..=MOST).contains(&length) || read(&code).chars().count() < LEAST {
        return Err(CodeError::Invalid(rule()));
    }
    Ok(code)
}

/// By what a code is found: case, width, blanks and dashes do not matter, nor O for 0, nor I and L for 1.
pub fn read(code: &str) -> String {
    let mut found_by = read_once(code);
    for _ in 0..MOST_READS {
        let again = read_once(&found_by);
        if again == found_by {
            break;
        }
        found_by = again;
    }
    found_by
}

fn read_once(code: &str) -> String {
    let like = |c: char| match c {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    text::folded(code).to_uppercase().chars().filter(|c| c.is_alphanumeric()).map(like).collect()
}

#[cfg(test)]
mod tests {
    use super::{clean, read, write};

    #[test]
    fn a_code_is_found_however_it_is_typed_in() {
        let code = write([7, 0, 255, 33, 1]);
        assert_eq!((code.len(), &code[4..5]), (9, "-"), "{code}");
        for typed in [code.to_lowercase(), code.replace('-', " "), code.replace('-', ""), format!(" {code}\n")] {
            assert_eq!(read(&typed), read(&code), "{typed}");
        }
        assert_eq!(read("Spring 2o26"), read("ＳＰＲＩＮＧ-2026"));
        assert_ne!(read("SPRING"), read("SPRING1"));
        for typed in ["P?\u{76f}  \u{36f}?\u{738}`", "\u{1100}-\u{1161}-\u{11a8}"] {
            assert_eq!(read(&read(typed)), read(typed), "{typed:?}");
        }
    }

    #[test]
    fn a_chosen_code_is_letters_and_digits() {
        for good in ["SPRING-26", "봄맞이", "a b c"] {
            assert_eq!(clean(good).unwrap(), good);
        }
        for bad in ["", "ab", "---", "=1+1", "a,b,c", "\"abc\"", "line\nend", "\u{fcfc}d", &"x".repeat(41)] {
            assert!(clean(bad).is_err(), "{bad}");
        }
    }
}
