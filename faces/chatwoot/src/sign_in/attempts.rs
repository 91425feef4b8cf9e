//! Failed attempts to sign in: so many in some minutes from each address and for each e-mail address (reference §12).
//!
//! Counted in windows that begin at full multiples of their length, as the vendor does, and in each process for itself.
//! Written here because the library that limits requests elsewhere cannot take back what it has counted: an attempt counts
//! from its beginning, so that many at once find no gap, and is forgiven when it does not fail.

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

/// An attempt that counts, unless it is forgiven.
#[derive(Debug)]
pub(crate) struct Attempt {
    address: Box<str>,
    email: Box<str>,
    at: Millis,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { by_address: Window::new(5, 5), by_email: Window::new(15, 10) }
    }
}

impl Attempts {
    /// Counts an attempt; nothing when there were too many.
    pub(crate) fn begin(&self, address: &str, email: &str, at: Millis) -> Option<Attempt> {
        let email: String = email.trim().to_lowercase();
        let email = email.get(..LONGEST).unwrap_or(&email);
        if !self.by_address.take(address, at) {
            return None;
        }
        if !self.by_email.take(email, at) {
            self.by_address.give_back(address, at);
            return None;
        }
        Some(Attempt { address: address.into(), email: email.into(), at })
    }

    /// The attempt has not failed.
    pub(crate) fn forgive(&self, attempt: Attempt) {
        let Attempt { address, email, at } = attempt;
        self.by_address.give_back(&address, at);
        self.by_email.give_back(&email, at);
    }
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

    /// Takes one, if one is left.
    fn take(&self, key: &str, at: Millis) -> bool {
        let number = at.0.div_euclid(self.length);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.number != number || counts.of.len() >= MOST_KEYS {
            *counts = Counts { number, of: HashMap::new() };
        }
        match counts.of.get_mut(key) {
            Some(count) if *count >= self.most => return false,
            Some(count) => *count += 1,
            None => {
                counts.of.insert(key.into(), 1);
            }
        }
        true
    }

    fn give_back(&self, key: &str, at: Millis) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.number != at.0.div_euclid(self.length) {
            return;
        }
        if let Some(count) = counts.of.get_mut(key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.of.remove(key);
            }
        }
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
            assert!(attempts.begin("192.0.2.1", &format!("{number}@x.test"), START).is_some());
        }
        assert!(attempts.begin("192.0.2.1", "6@x.test", START).is_none());
        assert!(attempts.begin("192.0.2.2", "6@x.test", START).is_some());
        assert!(attempts.begin("192.0.2.1", "6@x.test", later(5)).is_some());
    }

    #[test]
    fn ten_failures_for_an_e_mail_address_are_enough() {
        let attempts = Attempts::default();
        for number in 0..10 {
            assert!(attempts.begin(&format!("192.0.2.{number}"), " A@x.test", START).is_some());
        }
        assert!(attempts.begin("192.0.2.99", "a@X.test ", START).is_none());
        assert!(attempts.begin("192.0.2.99", "b@x.test", START).is_some());
    }

    #[test]
    fn what_is_forgiven_does_not_count() {
        let attempts = Attempts::default();
        for _ in 0..20 {
            let attempt = attempts.begin("192.0.2.1", "a@x.test", START).unwrap();
            attempts.forgive(attempt);
        }
        assert!(attempts.by_address.counts.lock().unwrap().of.is_empty());
        // An attempt of an earlier window is none of this one.
        let early = attempts.begin("192.0.2.1", "a@x.test", START).unwrap();
        for _ in 0..5 {
            attempts.begin("192.0.2.1", "b@x.test", later(5)).unwrap();
        }
        attempts.forgive(early);
        assert!(attempts.begin("192.0.2.1", "c@x.test", later(5)).is_none());
    }

    #[test]
    fn what_is_remembered_has_a_limit() {
        let window = Window::new(5, 1);
        for number in 0..MOST_KEYS {
            assert!(window.take(&number.to_string(), START));
        }
        assert!(window.take("0", START));
        assert_eq!(window.counts.lock().unwrap().of.len(), 1);
    }
}
