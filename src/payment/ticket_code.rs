//! Ticket codes: what is shown at the door.
//!
//! A code is the ticket's key and a MAC over it, the id of its payment (random in part: `payment_id`) and, once it was handed on, a
//! random salt, so it needs no index to be found and cannot be guessed (80 bits); and a code from before a restore is not that of the ticket that got
//! the same key, or was handed on as often, after it. Written in Crockford's base 32, which has no letter that looks like a digit,
//! in groups of four.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::ids::TicketKey;
use crate::payment::ticket::{Payment, Ticket};

const KEY_BYTES: usize = 5;
const MAC_BYTES: usize = 10;
/// 15 bytes are 24 digits of five bits, without a rest.
const CODE_BYTES: usize = KEY_BYTES + MAC_BYTES;

/// Crockford's base 32 (<https://www.crockford.com/base32.html>): O is read as 0, I and L as 1, small letters as capitals.
#[expect(clippy::expect_used, reason = "a constant; the tests would show that it is none")]
static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    specification.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    specification.encoding().expect("an alphabet of 32 letters")
});

/// Makes and checks ticket codes.
#[derive(Clone)]
pub struct TicketCodes {
    mac: Hmac<Sha256>,
    /// Those that were in force before the keys were turned, each with the last ticket it makes the code of.
    former: BTreeMap<TicketKey, Hmac<Sha256>>,
}

fn mac_with(key: &[u8; 32]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "a key of any length is a key to HMAC (RFC 2104)")]
    Hmac::new_from_slice(key).expect("HMAC takes any key")
}

/// A code that somebody shows. Whether it is genuine is known once the payment of its ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownCode {
    /// The ticket it names.
    pub ticket: TicketKey,
    tag: [u8; MAC_BYTES],
}

impl ShownCode {
    /// Reads a code; case, blanks and dashes of any kind do not matter. `None` when no code looks like this.
    pub fn read(code: &str) -> Option<Self> {
        let is_dash =
            |c: char| matches!(c, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}');
        let digits: String = code.chars().filter(|c| !c.is_whitespace() && !is_dash(*c)).take(CODE_BYTES * 2).collect();
        let bytes: [u8; CODE_BYTES] = CROCKFORD.decode(digits.as_bytes()).ok()?.try_into().ok()?;
        let (mut key, mut tag) = ([0; 8], [0; MAC_BYTES]);
        key[8 - KEY_BYTES..].copy_from_slice(&bytes[..KEY_BYTES]);
        tag.copy_from_slice(&bytes[KEY_BYTES..]);
        Some(Self { ticket: TicketKey(i64::from_be_bytes(key)), tag })
    }
}

impl TicketCodes {
    /// With this 256-bit key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { mac: mac_with(key), former: BTreeMap::new() }
    }

    /// The same, where these former keys made the codes of tickets up to those: a ticket keeps its code.
    #[must_use]
    pub fn after(self, former: &[(TicketKey, [u8; 32])]) -> Self {
        Self { former: former.iter().map(|(last, key)| (*last, mac_with(key))).collect(), ..self }
    }

    fn tag(&self, ticket: TicketKey, salt: i64, payment: Uuid) -> [u8; MAC_BYTES] {
        let mut mac = self.former.range(ticket..).next().map_or(&self.mac, |(_, former)| former).clone();
        mac.update(b"ticket");
        mac.update(&ticket.0.to_be_bytes());
        mac.update(payment.as_bytes());
        mac.update(&salt.to_be_bytes());
        let mut tag = [0; MAC_BYTES];
        tag.copy_from_slice(&mac.finalize().into_bytes()[..MAC_BYTES]);
        tag
    }

    /// The code of a ticket of this payment.
    pub fn code(&self, ticket: &Ticket, payment: Uuid) -> String {
        self.written(ticket.key, ticket.code_salt, payment)
    }

    fn written(&self, ticket: TicketKey, salt: i64, payment: Uuid) -> String {
        let mut bytes = [0; CODE_BYTES];
        bytes[..KEY_BYTES].copy_from_slice(&ticket.0.to_be_bytes()[8 - KEY_BYTES..]);
        bytes[KEY_BYTES..].copy_from_slice(&self.tag(ticket, salt, payment));
        let mut code = String::with_capacity(29);
        for (at, digit) in CROCKFORD.encode(&bytes).chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                code.push('-');
            }
            code.push(digit);
        }
        code
    }

    /// Was this code made here for a ticket of this payment, as whoever has it now got it? In constant time.
    pub fn is_genuine(&self, shown: &ShownCode, payment: &Payment) -> bool {
        let ticket = payment.tickets.iter().find(|ticket| ticket.key == shown.ticket);
        ticket.is_some_and(|ticket| self.fits(shown, ticket.code_salt, payment.id))
    }

    fn fits(&self, shown: &ShownCode, salt: i64, payment: Uuid) -> bool {
        self.tag(shown.ticket, salt, payment).ct_eq(&shown.tag).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genuine(codes: &TicketCodes, code: &str, payment: Uuid) -> Option<TicketKey> {
        ShownCode::read(code).filter(|shown| codes.fits(shown, 3, payment)).map(|shown| shown.ticket)
    }

    #[test]
    fn a_code_finds_its_ticket_and_a_forged_one_finds_none() {
        let (codes, payment) = (TicketCodes::new(&[3; 32]), Uuid::from_u128(7));
        for key in [1, 64, 65, 9_999_999_999, (1 << 40) - 1] {
            let code = codes.written(TicketKey(key), 3, payment);
            assert_eq!(code.len(), 29, "{code}");
            assert_eq!(genuine(&codes, &code, payment), Some(TicketKey(key)));
            let handed_on = codes.written(TicketKey(key), 4, payment);
            assert_eq!(genuine(&codes, &handed_on, payment), None, "the code of another holder");
            assert_eq!(genuine(&codes, &code, Uuid::from_u128(8)), None, "another payment's ticket of the same key");
            for at in (0..code.len()).filter(|at| code.as_bytes()[*at] != b'-') {
                let mut forged = code.clone().into_bytes();
                forged[at] = if forged[at] == b'7' { b'8' } else { b'7' };
                assert_eq!(genuine(&codes, &String::from_utf8(forged).expect("ASCII"), payment), None);
            }
        }
        for nonsense in ["", "-", "U", "é", "0000-0000-0000-0000-0000-000U", "000000000000000000000000-0"] {
            assert_eq!(ShownCode::read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_ticket_keeps_its_code_when_the_keys_are_turned() {
        let (keys, payment) = ([[3; 32], [4; 32], [5; 32]], Uuid::from_u128(7));
        let turned = TicketCodes::new(&keys[2]).after(&[(TicketKey(10), keys[0]), (TicketKey(20), keys[1])]);
        for (ticket, key) in [(1, 0), (10, 0), (11, 1), (20, 1), (21, 2)] {
            let made_with = |nth: usize| TicketCodes::new(&keys[nth]).written(TicketKey(ticket), 3, payment);
            assert_eq!(turned.written(TicketKey(ticket), 3, payment), made_with(key), "ticket {ticket}");
            let others = (0..3).filter(|nth| *nth != key);
            others.for_each(|nth| assert_eq!(genuine(&turned, &made_with(nth), payment), None, "{ticket} by {nth}"));
        }
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let (codes, payment) = (TicketCodes::new(&[3; 32]), Uuid::from_u128(7));
        let code = codes.written(TicketKey(65), 3, payment);
        let people = [
            code.to_lowercase(),
            code.replace('-', ""),
            code.replace('-', " "),
            code.replace('-', "\u{2013}"),
            code.replace('0', "O").replace('1', "l"),
            code.replace('0', "o").replace('1', "I"),
            format!("  {code}\n"),
        ];
        for written in people {
            assert_eq!(genuine(&codes, &written, payment), Some(TicketKey(65)), "{written}");
        }
    }
}
