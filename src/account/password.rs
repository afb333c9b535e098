//! Password hashing: argon2id (RFC 9106), off the async threads and a few at a time, because each takes a core and
//! its memory on purpose. Whose turn it is, `hashers` knows.

use std::net::IpAddr;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::account::hashers::{Busy, Hashers};
use crate::config::Limits;
use crate::entropy::Entropy;
use crate::store::StoreError;

/// Hashes and checks passwords with a bound on how many at once and how many in wait.
pub struct Passwords {
    argon2: Argon2<'static>,
    entropy: Arc<dyn Entropy>,
    hashers: Arc<Hashers>,
    /// Checked in place of a missing user's hash, so that an unknown e-mail takes as long as a wrong password.
    nobody: String,
}

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many wait already.
    #[error("too many passwords wait to be hashed")]
    Busy {
        /// In about so many seconds there is a place.
        seconds: u32,
    },
    /// The hash failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Passwords {
    /// A hasher with the cost that `limits` set.
    ///
    /// # Errors
    /// When argon2 does not accept that cost.
    pub fn new(limits: &Limits, entropy: Arc<dyn Entropy>) -> anyhow::Result<Self> {
        let params = Params::new(limits.password_memory_kib, limits.password_passes, 1, None)
            .map_err(|error| anyhow::anyhow!("argon2 parameters: {error}"))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash_of_nobody(limits, entropy.as_ref());
        Ok(Self { argon2, entropy, hashers: Hashers::new(limits), nobody })
    }

    /// The hash to keep for a client's password, in PHC format with its salt and cost.
    ///
    /// # Errors
    /// [`HashError::Busy`] when too many wait already.
    pub async fn hash(self: &Arc<Self>, client: IpAddr, password: String) -> Result<String, HashError> {
        let hashed = self.off_thread(client, move |passwords| {
            hash(&passwords.argon2, passwords.entropy.as_ref(), &password).map_err(|_| StoreError::Panicked)
        });
        Ok(hashed.await??)
    }

    /// Whether a client's password fits the hash. Without a hash it never does, and takes as long to say so.
    ///
    /// # Errors
    /// [`HashError::Busy`] when too many wait already.
    pub async fn fits(
        self: &Arc<Self>,
        client: IpAddr,
        password: String,
        kept: Option<String>,
    ) -> Result<bool, HashError> {
        self.off_thread(client, move |passwords| {
            let known = kept.is_some();
            let kept = kept.unwrap_or_else(|| passwords.nobody.clone());
            let fits = PasswordHash::new(&kept)
                .is_ok_and(|kept| passwords.argon2.verify_password(password.as_bytes(), &kept).is_ok());
            fits && known
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        self: &Arc<Self>,
        client: IpAddr,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let hasher = self.hashers.take(client).await.map_err(|Busy { seconds }| HashError::Busy { seconds })?;
        let passwords = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _hasher = hasher;
            work(&passwords)
        });
        done.await
            .map_err(|error| if error.is_panic() { StoreError::Panicked } else { StoreError::Stopped })
            .map_err(HashError::from)
    }

    /// How many more may wait, and how many more may be hashed now.
    pub fn free_places(&self) -> (usize, usize) {
        self.hashers.free_places()
    }
}

/// A hash of the same cost that no password is known to have: random bytes need not be computed from one at every start.
fn hash_of_nobody(limits: &Limits, entropy: &dyn Entropy) -> String {
    let (mut salt, mut hash) = ([0; 16], [0; 32]);
    entropy.fill(&mut salt);
    entropy.fill(&mut hash);
    let (memory, passes) = (limits.password_memory_kib, limits.password_passes);
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={memory},t={passes},p=1${salt}${hash}")
}

fn hash(argon2: &Argon2<'_>, entropy: &dyn Entropy, password: &str) -> anyhow::Result<String> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let hash = argon2
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn the_hash_of_nobody_costs_what_a_users_does() {
        let limits = Limits { password_memory_kib: 64, password_passes: 3, ..Limits::default() };
        let nobody = hash_of_nobody(&limits, &SystemEntropy);
        let nobody = PasswordHash::new(&nobody).expect("a hash in PHC format");
        let params = Params::new(64, 3, 1, None).expect("parameters");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let user = hash(&argon2, &SystemEntropy, "correct horse").expect("a hash");
        let user = PasswordHash::new(&user).expect("a hash in PHC format");
        assert_eq!((nobody.algorithm, nobody.version, &nobody.params), (user.algorithm, user.version, &user.params));
        assert!(argon2.verify_password(b"correct horse", &user).is_ok());
        assert!(argon2.verify_password(b"correct horse", &nobody).is_err(), "it is checked, and never fits");
    }
}
