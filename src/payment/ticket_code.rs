//! Ticket codes: what is shown at the door.
//!
//! A code is the ticket's key and a MAC over it, so it needs no index to be found, cannot be guessed (80 bits), and a
//! door with the key could check it without the data file. Written in Crockford's base 32, which has no letter that
//! looks like a digit, in groups of four.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::ids::TicketKey;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const KEY_BYTES: usize = 5;
const MAC_BYTES: usize = 10;
const CODE_BYTES: usize = KEY_BYTES + MAC_BYTES;

/// Makes and reads ticket codes.
#[derive(Clone)]
pub struct TicketCodes {
    mac: Hmac<Sha256>,
}

impl TicketCodes {
    /// With this 256-bit key.
    pub fn new(key: &[u8; 32]) -> Self {
        #[expect(clippy::expect_used, reason = "a key of any length is a key to HMAC (RFC 2104)")]
        let mac = Hmac::new_from_slice(key).expect("HMAC takes any key");
        Self { mac }
    }

    fn tag(&self, key: &[u8]) -> [u8; MAC_BYTES] {
        let mut mac = self.mac.clone();
        mac.update(b"ticket");
        mac.update(key);
        let mut tag = [0; MAC_BYTES];
        tag.copy_from_slice(&mac.finalize().into_bytes()[..MAC_BYTES]);
        tag
    }

    /// The ticket's code.
    pub fn code(&self, ticket: TicketKey) -> String {
        let mut bytes = [0; CODE_BYTES];
        bytes[..KEY_BYTES].copy_from_slice(&ticket.0.to_be_bytes()[8 - KEY_BYTES..]);
        let tag = self.tag(&bytes[..KEY_BYTES]);
        bytes[KEY_BYTES..].copy_from_slice(&tag);
        let mut code = String::with_capacity(29);
        // 15 bytes are 24 digits of five bits, without a rest.
        for at in 0..CODE_BYTES * 8 / 5 {
            if at > 0 && at % 4 == 0 {
                code.push('-');
            }
            let digit = (0..5).fold(0, |digit, bit| {
                let bit = at * 5 + bit;
                digit << 1 | usize::from(bytes[bit / 8] >> (7 - bit % 8) & 1)
            });
            code.push(char::from(ALPHABET[digit]));
        }
        code
    }

    /// The ticket of a code, if the code was made here. Case and dashes do not matter.
    pub fn read(&self, code: &str) -> Option<TicketKey> {
        let digits: Vec<usize> = code
            .bytes()
            .filter(|byte| *byte != b'-')
            .map(|byte| ALPHABET.iter().position(|digit| *digit == byte.to_ascii_uppercase()))
            .collect::<Option<_>>()?;
        if digits.len() != CODE_BYTES * 8 / 5 {
            return None;
        }
        let mut bytes = [0_u8; CODE_BYTES];
        for bit in 0..CODE_BYTES * 8 {
            let set = digits[bit / 5] >> (4 - bit % 5) & 1;
            bytes[bit / 8] = bytes[bit / 8] << 1 | set as u8;
        }
        let genuine: bool = self.tag(&bytes[..KEY_BYTES]).ct_eq(&bytes[KEY_BYTES..]).into();
        let mut key = [0; 8];
        key[8 - KEY_BYTES..].copy_from_slice(&bytes[..KEY_BYTES]);
        genuine.then_some(TicketKey(i64::from_be_bytes(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_finds_its_ticket_and_a_forged_one_finds_none() {
        let codes = TicketCodes::new(&[3; 32]);
        for key in [1, 64, 65, 9_999_999_999, (1 << 40) - 1] {
            let code = codes.code(TicketKey(key));
            assert_eq!(code.len(), 29, "{code}");
            assert_eq!(codes.read(&code), Some(TicketKey(key)));
            assert_eq!(codes.read(&code.to_lowercase().replace('-', "")), Some(TicketKey(key)));
            for at in (0..code.len()).filter(|at| code.as_bytes()[*at] != b'-') {
                let mut forged = code.clone().into_bytes();
                forged[at] = if forged[at] == b'7' { b'8' } else { b'7' };
                assert_eq!(codes.read(&String::from_utf8(forged).expect("ASCII")), None);
            }
        }
        for nonsense in ["", "-", "U", "é", "0000-0000-0000-0000-0000-0000"] {
            assert_eq!(codes.read(nonsense), None);
        }
    }
}
