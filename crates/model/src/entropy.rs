//! Randomness comes in as an argument, so that tests can fix it.

/// The characters of `[a-zA-Z0-9]`.
pub const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The lower-case hexadecimal digits.
pub const HEX: &[u8] = b"0123456789abcdef";

/// Where random bytes come from: the operating system in the server, a seeded sequence in tests.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// A random text of `length` characters, each drawn evenly from `alphabet` (at most 256 ASCII characters).
pub fn token(entropy: &dyn Entropy, alphabet: &[u8], length: usize) -> String {
    // Bytes past the last whole multiple are thrown away: a plain remainder would favour the first characters.
    let limit = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    let mut pool = [0_u8; 64];
    while text.len() < length {
        entropy.fill(&mut pool);
        for byte in pool {
            if usize::from(byte) < limit && text.len() < length {
                text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn a_token_has_the_length_and_alphabet_asked_for() {
        let source = Counting(AtomicU8::new(0));
        let text = token(&source, HEX, 40);
        assert_eq!(text.len(), 40);
        assert!(text.bytes().all(|b| HEX.contains(&b)));
    }

    #[test]
    fn every_character_is_equally_likely() {
        let source = Counting(AtomicU8::new(0));
        // 62 characters: 248 of the 256 byte values are used, four for each character.
        let text = token(&source, ALPHANUMERIC, 248);
        for character in ALPHANUMERIC {
            assert_eq!(text.bytes().filter(|b| b == character).count(), 4);
        }
    }
}
