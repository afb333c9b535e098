//! Crockford's base 32 (<https://www.crockford.com/base32.html>), in groups of four: codes that people read out and type in. It
//! has no letter that looks like a digit. Must not know what a code is for.

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};

/// O is read as 0, I and L as 1, small letters as capitals.
#[expect(clippy::expect_used, reason = "a constant; the tests would show that it is none")]
static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    specification.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    specification.encoding().expect("an alphabet of 32 letters")
});

/// Reads a code of so many bytes, a multiple of five; case, blanks and dashes of any kind do not matter. `None` when no code
/// of this length looks like this.
pub fn read<const BYTES: usize>(code: &str) -> Option<[u8; BYTES]> {
    let is_dash =
        |c: char| matches!(c, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}');
    let digits: String = code.chars().filter(|c| !c.is_whitespace() && !is_dash(*c)).take(BYTES * 2).collect();
    CROCKFORD.decode(digits.as_bytes()).ok()?.try_into().ok()
}

/// Writes bytes, a multiple of five, as a code.
pub fn write(bytes: &[u8]) -> String {
    let digits = CROCKFORD.encode(bytes);
    let mut code = String::with_capacity(digits.len() * 5 / 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        code.push(digit);
    }
    code
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let bytes = [7, 0, 255, 33, 1, 2, 3, 4, 5, 0];
        let code = write(&bytes);
        assert_eq!(code.len(), 19, "{code}");
        for written in [code.to_lowercase(), code.replace('-', " "), code.replace('0', "o"), format!(" {code}\n")] {
            assert_eq!(read(&written), Some(bytes), "{written}");
        }
        for nonsense in ["", "-", "U", "é", &code[1..], &format!("{code}0"), "0000-0000-0000-000U"] {
            assert_eq!(read::<10>(nonsense), None, "{nonsense}");
        }
    }
}
