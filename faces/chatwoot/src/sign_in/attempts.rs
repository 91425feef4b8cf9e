//! Failed attempts to sign in: so many in some minutes from each address and for each e-mail address (reference §12).
//!
//! Counted in windows that begin at full multiples of their length, as the vendor does, and in each process for itself. Only
//! failures count, once they have failed: many attempts at once may be a few more than the limit, which matters nothing
//! against secrets of 256 bits, where counting attempts under way would turn good ones away.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rollcall_model::Millis;

/// Most addresses that are remembered; when there are more, all begin anew.
const MOST_KEYS: usize = 100_000;

/// Longest e-mail address that is remembered whole, in bytes.
const LONGEST: usize = 255;

/// The failures of this moment.
#[derive(Debug)]
pub(crate) struct Attempts {
    by_address: Window,
    by_email: Window,
}

/// Whether one more may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It may.
    Open,
    /// Too many have failed for the e-mail address: it may only succeed. Whoever holds a good link gets in all the same, or
    /// anybody could lock out everybody.
    Crowded,
    /// Too many have failed from the client's address.
    Closed,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { by_address: Window::new(5, 5), by_email: Window::new(15, 10) }
    }
}

impl Attempts {
    /// Whether one more may be tried from this address for this e-mail address.
    pub(crate) fn standing(&self, address: &str, email: &str, at: Millis) -> Standing {
        if self.by_address.is_full(address, at) {
            Standing::Closed
        } else if self.by_email.is_full(&key(email), at) {
            Standing::Crowded
        } else {
            Standing::Open
        }
    }

    /// Counts one that has failed.
    pub(crate) fn failed(&self, address: &str, email: &str, at: Millis) {
        self.by_address.count(address, at);
        self.by_email.count(&key(email), at);
    }
}

/// What stands for an e-mail address.
fn key(email: &str) -> String {
    let mut email = email.trim().to_lowercase();
    email.truncate(email.floor_char_boundary(LONGEST));
    email
}

/// A limit in some minutes.
#[derive(Debug)]
struct Window {
    length: i64,
    most: u32,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Which window this is.
    number: i64,
    of: HashMap<Box<str>, u32>,
}

impl Window {
    fn new(minutes: i64, most: u32) -> Self {
        Self { length: minutes * 60_000, most, counts: Mutex::default() }
    }

    fn is_full(&self, key: &str, at: Millis) -> bool {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.number == at.0.div_euclid(self.length)
            && counts.of.get(key).is_some_and(|count| *count >= self.most)
    }

    fn count(&self, key: &str, at: Millis) {
        let number = at.0.div_euclid(self.length);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.number != number || counts.of.len() >= MOST_KEYS {
            *counts = Counts { number, of: HashMap::new() };
        }
        *counts.of.entry(key.into()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Millis = Millis(1_753_000_200_000);

    fn later(minutes: i64) -> Millis {
        Millis(START.0 + minutes * 60_000)
    }

    #[test]
    fn five_failures_from_an_address_are_enough() {
        let attempts = Attempts::default();
        for number in 0..5 {
            assert_eq!(attempts.standing("192.0.2.1", "6@x.test", START), Standing::Open, "{number}");
            attempts.failed("192.0.2.1", &format!("{number}@x.test"), START);
        }
        assert_eq!(attempts.standing("192.0.2.1", "6@x.test", START), Standing::Closed);
        assert_eq!(attempts.standing("192.0.2.2", "6@x.test", START), Standing::Open);
        assert_eq!(attempts.standing("192.0.2.1", "6@x.test", later(5)), Standing::Open);
    }

    #[test]
    fn ten_failures_for_an_e_mail_address_are_enough() {
        let attempts = Attempts::default();
        for number in 0..10 {
            assert_eq!(attempts.standing("192.0.2.99", "a@x.test", START), Standing::Open, "{number}");
            attempts.failed(&format!("192.0.2.{number}"), " A@x.test", START);
        }
        assert_eq!(attempts.standing("192.0.2.99", "a@X.test ", START), Standing::Crowded);
        assert_eq!(attempts.standing("192.0.2.99", "b@x.test", START), Standing::Open);
        assert_eq!(attempts.standing("192.0.2.99", "a@x.test", later(15)), Standing::Open);
    }

    #[test]
    fn what_is_remembered_has_a_limit() {
        assert_eq!(key(&"é".repeat(5_000)).len(), LONGEST - 1);
        let window = Window::new(5, 1);
        for number in 0..MOST_KEYS {
            window.count(&number.to_string(), START);
        }
        assert!(window.is_full("0", START));
        window.count("one more", START);
        assert!(!window.is_full("0", START));
        assert_eq!(window.counts.lock().unwrap().of.len(), 1);
    }
}
