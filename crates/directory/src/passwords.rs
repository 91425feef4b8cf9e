//! Passwords: hashed with argon2id, a few at a time.
//!
//! Each hash takes a core for some 30 ms and 19 MiB, which is its purpose. So that a flood of them cannot take the machine,
//! few are made at once, some may wait, and whoever comes after those is sent away.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use rollcall_model::{Error, Result};
use tokio::sync::Semaphore;

use crate::Directory;

/// Hashes made at once.
const AT_ONCE: usize = 2;
/// Hashes made at once or waited for.
const ADMITTED: usize = 64;

/// What OWASP recommends at least: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Room for hashing.
#[derive(Debug)]
pub(crate) struct Room {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(ADMITTED)),
            running: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

/// The hash of a password as a PHC string, with a salt of its own.
///
/// # Errors
/// [`Error::Busy`] when too many are waited for, [`Error::Internal`].
pub async fn hash(directory: &Directory, password: String) -> Result<String> {
    let Room { admitted, running } = &directory.password_room;
    let admitted = Arc::clone(admitted).try_acquire_owned().map_err(|_| Error::Busy)?;
    let running = Arc::clone(running).acquire_owned().await.map_err(|_| Error::Busy)?;
    let mut salt = [0; 16];
    directory.entropy.fill(&mut salt);
    let hashing = tokio::task::spawn_blocking(move || {
        let hash = hash_now(&password, &salt);
        // Here and not outside: the hash goes on when nobody waits for it any more.
        drop((admitted, running));
        hash
    });
    hashing
        .await
        .map_err(|error| Error::Internal(format!("a password was not hashed: {error}")))?
}

fn hash_now(password: &str, salt: &[u8]) -> Result<String> {
    let internal =
        |error: &dyn std::fmt::Display| Error::Internal(format!("a password was not hashed: {error}"));
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| internal(&error))?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = hasher.hash_password_with_salt(password.as_bytes(), salt);
    Ok(hash.map_err(|error| internal(&error))?.to_string())
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;
    use argon2::password_hash::phc::PasswordHash;

    use super::*;

    #[test]
    fn a_hash_says_how_it_was_made_and_knows_its_password() {
        let hash = hash_now("Correct 1 horse", &[7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let parsed = PasswordHash::new(&hash).unwrap();
        assert!(Argon2::default().verify_password(b"Correct 1 horse", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"correct 1 horse", &parsed).is_err());
        assert_ne!(hash_now("Correct 1 horse", &[8; 16]).unwrap(), hash);
    }
}
