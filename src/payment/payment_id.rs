//! Payments' public ids: a payment is found by its id without an index, which every payment would write to.
//!
//! An id is a UUID version 7 (RFC 9562, whose section 6.2 lets a part of its random bits count) that ends in the payment's key.
//! 34 random bits are left beside the millisecond: after a restore the payment that gets the same key has another id.

use uuid::Uuid;

use crate::ids::PaymentKey;

/// Of the key, at the id's end: more than a ticket's code has for it.
const KEY_BYTES: usize = 5;

/// The id of the payment of this key, made of a new one.
pub(super) fn with_key(new: Uuid, key: PaymentKey) -> Uuid {
    let mut bytes = new.into_bytes();
    let key = key.0.to_be_bytes();
    bytes[16 - KEY_BYTES..].copy_from_slice(&key[8 - KEY_BYTES..]);
    Uuid::from_bytes(bytes)
}

/// The key of the payment that has this id, if any has.
pub(super) fn key_in(id: Uuid) -> PaymentKey {
    let mut key = [0; 8];
    key[8 - KEY_BYTES..].copy_from_slice(&id.as_bytes()[16 - KEY_BYTES..]);
    PaymentKey(i64::from_be_bytes(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::entropy::{SeededEntropy, new_id};

    #[test]
    fn an_id_names_its_payment_and_stays_a_random_uuid_of_its_moment() {
        let entropy = SeededEntropy::new(1);
        for key in [1, 255, 256, 1_234_567_890, (1 << 40) - 1].map(PaymentKey) {
            let new = new_id(&entropy, Instant(1_800_000_000_000));
            let (id, again) = (with_key(new, key), with_key(new_id(&entropy, Instant(1_800_000_000_000)), key));
            assert_eq!(key_in(id), key);
            assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
            assert_eq!(id.get_timestamp().map(|at| at.to_unix()), Some((1_800_000_000, 0)));
            assert_ne!(id, again, "two payments of one key, before and after a restore");
        }
    }
}
