//! Codes that people type in: what is shown at the door, and what lowers a price.

use boxoffice::code::writing;
use boxoffice::ids::TicketKey;
use boxoffice::payment::ShownCode;

const DIGITS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code is 24 digits of five bits, whatever stands between them; the first forty bits are the ticket.
pub fn tickets(bytes: &[u8]) {
    let Ok(typed) = std::str::from_utf8(bytes) else { return };
    let dashes = "-\u{ad}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{fe63}\u{ff0d}";
    let plain: String = typed.chars().filter(|c| !c.is_whitespace() && !dashes.contains(*c)).collect();
    let digit = |c: char| {
        let meant = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        DIGITS.find(meant)
    };
    let digits: Option<Vec<usize>> = plain.chars().map(digit).collect();
    let digits = digits.filter(|digits| digits.len() == 24);
    let read = ShownCode::read(typed);
    let Some(digits) = digits else {
        assert_eq!(read, None, "{typed:?} is no code");
        return;
    };
    let ticket = digits[..8].iter().fold(0, |key, digit| key << 5 | *digit as i64);
    assert_eq!(read.map(|read| read.ticket), Some(TicketKey(ticket)), "{typed:?}");
    let written: String = digits.iter().map(|digit| DIGITS.as_bytes()[*digit] as char).collect();
    assert_eq!(ShownCode::read(&written), read, "{typed:?} as it is printed");
    assert_eq!(ShownCode::read(&written.to_lowercase()), read);
    let other = if written.ends_with('0') { '1' } else { '0' };
    assert_ne!(ShownCode::read(&format!("{}{other}", &written[..23])), read, "another last digit");
}

/// What a code is found by stays so; a chosen code stays as it was chosen.
pub fn discounts(bytes: &[u8]) {
    let Ok(typed) = std::str::from_utf8(bytes) else { return };
    let found_by = writing::read(typed);
    assert!(found_by.chars().all(char::is_alphanumeric), "{found_by:?}");
    assert_eq!(writing::read(&found_by), found_by, "{typed:?}");
    assert_eq!(writing::read(&format!(" {}\t", typed.replace('-', " "))), found_by, "{typed:?} with blanks");
    if let Ok(chosen) = writing::clean(typed) {
        assert_eq!(writing::clean(&chosen).ok(), Some(chosen.clone()), "{typed:?}");
        assert!((3..=40).contains(&chosen.chars().count()) && writing::read(&chosen).chars().count() >= 3);
        assert_eq!(writing::read(&chosen), found_by, "{typed:?} is found by what was typed");
    }
}
