//! Secrets at rest: sealed with an AEAD where they must be shown again, found by a keyed hash.
//!
//! One 32-byte key is the root of both; the two working keys are derived from it, so that neither tells anything
//! about the other.

use std::fmt;
use std::str::FromStr;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rollcall_model::{AppId, Entropy, Error, Result, SealedSecret};
use sha2::Sha256;
use zeroize::Zeroizing;

/// First byte of every sealed secret: which construction made it.
const FORMAT: u8 = 1;
const NONCE: usize = 24;

/// The installation's secret key: 32 bytes, written as 64 hexadecimal digits. Wiped from memory when dropped.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 32]>);

/// A text is no secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSecretKey;

impl fmt::Display for BadSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret key is 64 hexadecimal digits (make one with: openssl rand -hex 32)")
    }
}

impl std::error::Error for BadSecretKey {}

impl SecretKey {
    /// A new key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        entropy.fill(&mut *bytes);
        Self(bytes)
    }

    /// The key as text, for the file that keeps it.
    #[must_use]
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(&*self.0))
    }
}

impl FromStr for SecretKey {
    type Err = BadSecretKey;

    fn from_str(text: &str) -> std::result::Result<Self, BadSecretKey> {
        let bytes = Zeroizing::new(unhex(text.trim()).ok_or(BadSecretKey)?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| BadSecretKey)?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}

/// What [`hex`] has written.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |d: u8| char::from(d).to_digit(16);
    let pair = |digits: &[u8]| match digits {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// The working keys.
pub(crate) struct Secrets {
    hasher: Hmac<Sha256>,
    cipher: XChaCha20Poly1305,
    proof: String,
}

impl Secrets {
    pub(crate) fn new(key: &SecretKey) -> Self {
        let root = keyed(&*key.0);
        let derive = |purpose: &str| root.clone().chain_update(purpose).finalize().into_bytes();
        Self {
            hasher: keyed(&derive("rollcall look-up")),
            cipher: XChaCha20Poly1305::new(&Key::from(<[u8; 32]>::from(derive("rollcall seal")))),
            proof: hex(&derive("rollcall proof")),
        }
    }

    /// A text that only this key yields and that tells nothing about it.
    pub(crate) fn proof(&self) -> String {
        self.proof.clone()
    }

    /// The keyed hash by which a secret is found.
    pub(crate) fn lookup(&self, secret: &str) -> [u8; 32] {
        self.hasher.clone().chain_update(secret).finalize().into_bytes().into()
    }

    /// Seals a secret for its place: it opens only for the same app and purpose.
    pub(crate) fn seal(
        &self,
        entropy: &dyn Entropy,
        app: &AppId,
        purpose: &str,
        secret: &str,
    ) -> Result<SealedSecret> {
        let mut nonce = [0_u8; NONCE];
        entropy.fill(&mut nonce);
        let place = place(app, purpose);
        let payload = Payload { msg: secret.as_bytes(), aad: place.as_bytes() };
        let closed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::Internal("a secret could not be sealed".to_owned()))?;
        let sealed = [&[FORMAT], nonce.as_slice(), &closed].concat();
        Ok(SealedSecret { lookup: self.lookup(secret).to_vec(), sealed })
    }

    /// Opens what [`Secrets::seal`] made for the same app and purpose.
    pub(crate) fn open(&self, app: &AppId, purpose: &str, sealed: &[u8]) -> Result<String> {
        let broken = || Error::Internal(format!("a sealed secret of {app} ({purpose}) does not open"));
        let (nonce, closed) = match sealed.split_first() {
            Some((&FORMAT, rest)) if rest.len() > NONCE => rest.split_at(NONCE),
            _ => return Err(broken()),
        };
        let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| broken())?;
        let place = place(app, purpose);
        let payload = Payload { msg: closed, aad: place.as_bytes() };
        let secret = self.cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| broken())?;
        String::from_utf8(secret).map_err(|_| broken())
    }
}

fn place(app: &AppId, purpose: &str) -> String {
    format!("{app}/{purpose}")
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes keys of any length; the error type is a formality of its trait"
)]
pub(crate) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    #[test]
    fn a_secret_opens_only_with_its_key_and_in_its_place() {
        let secrets = Secrets::new(&SecretKey::generate(&Fixed(1)));
        let sealed = secrets.seal(&Fixed(2), &app("a"), "credential", "s3cret").unwrap();
        assert_eq!(secrets.open(&app("a"), "credential", &sealed.sealed).unwrap(), "s3cret");
        assert!(secrets.open(&app("b"), "credential", &sealed.sealed).is_err());
        assert!(secrets.open(&app("a"), "auth token", &sealed.sealed).is_err());
        let other = Secrets::new(&SecretKey::generate(&Fixed(3)));
        assert!(other.open(&app("a"), "credential", &sealed.sealed).is_err());
        assert_ne!(other.lookup("s3cret"), secrets.lookup("s3cret"));
        assert_ne!(other.proof(), secrets.proof());
    }

    #[test]
    fn damage_is_noticed() {
        let secrets = Secrets::new(&SecretKey::generate(&Fixed(1)));
        let sealed = secrets.seal(&Fixed(2), &app("a"), "credential", "s3cret").unwrap().sealed;
        for position in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[position] ^= 1;
            assert!(secrets.open(&app("a"), "credential", &damaged).is_err(), "byte {position}");
        }
        for length in 0..sealed.len() {
            assert!(secrets.open(&app("a"), "credential", &sealed[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn a_key_survives_its_text_form() {
        let key = SecretKey::generate(&Fixed(0xa7));
        let text = format!("{}\n", *key.to_hex());
        assert_eq!(*text.parse::<SecretKey>().unwrap().0, *key.0);
        for bad in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"a".repeat(66)] {
            assert_eq!(bad.parse::<SecretKey>().unwrap_err(), BadSecretKey, "{bad:?}");
        }
        assert_eq!(format!("{key:?}"), "SecretKey(…)");
    }
}
