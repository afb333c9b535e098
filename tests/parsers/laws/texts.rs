//! What people write: a text that was read once is kept as it is from then on.

use boxoffice::text::{LONGEST_NAME, LONGEST_PROSE, email, folded, name, nfc, password, prose};

pub fn law(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert_eq!(nfc(&nfc(text)), nfc(text), "{text:?}");
    let same = folded(text);
    assert_eq!(folded(&same), same, "{text:?}");
    assert!(!same.contains("  ") && same.trim() == same, "{same:?}");
    if let Ok(kept) = name(text) {
        assert_eq!(name(&kept).as_deref(), Ok(kept.as_str()), "{text:?}");
        assert!((1..=LONGEST_NAME).contains(&kept.chars().count()) && !kept.contains(char::is_control));
        assert!(!folded(&kept).is_empty(), "{text:?} has something to see");
        assert_eq!(folded(&kept), same, "{text:?} looks like what is kept of it");
    }
    if let Ok(kept) = prose(text) {
        assert_eq!(prose(&kept).as_deref(), Ok(kept.as_str()), "{text:?}");
        assert!((1..=LONGEST_PROSE).contains(&kept.chars().count()));
    }
    if let Ok(hashed) = password(text) {
        assert_eq!(password(&hashed).as_deref(), Ok(hashed.as_str()), "{text:?}");
    }
    if let Ok(address) = email(text) {
        assert_eq!(email(&address).as_deref(), Ok(address.as_str()), "{text:?}");
        assert!(address.len() <= 254 && address.matches('@').count() == 1, "{address:?}");
        assert_eq!(email(&format!(" {address} ")).as_deref(), Ok(address.as_str()));
    }
}
