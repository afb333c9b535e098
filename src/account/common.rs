//! Passwords that everybody tries first: the commonest of those that leaked elsewhere, and whatever says no more than the
//! account itself does. The list's own licence stands beside it.

/// In the order of bytes, one a line, in small letters.
const LIST: &str = include_str!("common-passwords.txt");

/// Is this one of those that are tried first?
pub(super) fn is_common(password: &str, email: &str, name: &str) -> bool {
    let password = password.to_lowercase();
    let first = password.chars().next();
    let is_one_letter = password.chars().all(|letter| Some(letter) == first);
    let of_email = email.split('@').next().unwrap_or_default();
    let says_nothing_new = [email, of_email, name].iter().any(|known| known.to_lowercase() == password);
    is_one_letter || says_nothing_new || is_listed(&password)
}

/// Halves the list until the line is found: it need not be unfolded in memory for that.
fn is_listed(password: &str) -> bool {
    let (mut rest, wanted) = (LIST.as_bytes(), password.as_bytes());
    while !rest.is_empty() {
        let middle = rest.len() / 2;
        let begin = rest[..middle].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = rest[middle..].iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| middle + at);
        match wanted.cmp(&rest[begin..end]) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => rest = &rest[..begin],
            std::cmp::Ordering::Greater => rest = rest.get(end + 1..).unwrap_or_default(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_found_and_nothing_between_them() {
        let lines: Vec<_> = LIST.lines().collect();
        assert!(lines.len() > 8000 && lines.is_sorted(), "{} lines", lines.len());
        for line in &lines {
            assert!(is_listed(line), "{line}");
            assert!(!is_listed(&format!("{line}\u{1}")) && !is_listed(&line[..7]), "{line}");
        }
        assert!(!is_listed("") && !is_listed("\n"));
    }

    #[test]
    fn what_is_tried_first_is_common() {
        let is_common = |password| is_common(password, "kim.buyer@example.org", "Kim Buyer");
        for password in
            ["password", "Password", "12345678", "kim.buyer@example.org", "Kim.Buyer", "kim buyer", "        "]
        {
            assert!(is_common(password), "{password}");
        }
        for password in ["correct horse", "비밀번호는열여덟", "kim.buyer1"] {
            assert!(!is_common(password), "{password}");
        }
    }
}
