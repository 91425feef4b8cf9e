//! Credentials verified a moment ago, so that a request does not ask the database who it is.
//!
//! What is remembered is believed for [`TRUST`] after the last look at the installation's epoch, which every
//! withdrawal of a credential raises. Whoever withdraws one waits that long before saying "done": from then on no
//! process believes it, without any process knowing of another (ADR 0005).

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rollcall_model::{AppId, CredentialKind, Limits};

/// How long a look at the epoch is good for.
pub const TRUST: Duration = Duration::from_millis(100);

/// A credential that was found genuine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The app that it opens.
    pub app: AppId,
    /// Its number.
    pub id: i64,
    /// What it opens.
    pub kind: CredentialKind,
    /// The rate limits of its app.
    pub limits: Limits,
}

pub(crate) struct Keyring {
    known: papaya::HashMap<[u8; 32], (u64, Verified), ahash::RandomState>,
    opened: Instant,
    /// Milliseconds after `opened` until which `known` is believed.
    trusted_until: AtomicU64,
    /// Rises whenever `known` is emptied, so that an answer read before is not believed after.
    generation: AtomicU64,
    epoch: Mutex<String>,
}

impl Default for Keyring {
    fn default() -> Self {
        Self {
            known: papaya::HashMap::default(),
            opened: Instant::now(),
            trusted_until: AtomicU64::new(0),
            generation: AtomicU64::new(0),
            epoch: Mutex::default(),
        }
    }
}

impl Keyring {
    /// Milliseconds since the keyring was made.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn is_trusted(&self, now: u64) -> bool {
        now < self.trusted_until.load(Ordering::Acquire)
    }

    /// Takes note of the epoch, as read by a look that began at `began`.
    pub(crate) fn saw_epoch(&self, epoch: String, began: u64) {
        let mut known = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != epoch {
            *known = epoch;
            self.forget();
        }
        let until = began + u64::try_from(TRUST.as_millis()).unwrap_or(0);
        self.trusted_until.fetch_max(until, Ordering::AcqRel);
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.known.pin().clear();
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn get(&self, lookup: &[u8; 32]) -> Option<Verified> {
        let generation = self.generation();
        let known = self.known.pin();
        known
            .get(lookup)
            .filter(|(then, _)| *then == generation)
            .map(|(_, verified)| verified.clone())
    }

    /// Remembers an answer that was read from the database in this generation. If the ring is emptied meanwhile, the
    /// answer is put in but never taken for one.
    pub(crate) fn remember(&self, lookup: [u8; 32], verified: Verified, generation: u64) {
        self.known.pin().insert(lookup, (generation, verified));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified() -> Verified {
        Verified {
            app: AppId::parse("a").unwrap(),
            id: 1,
            kind: CredentialKind::FullAccess,
            limits: Limits::default(),
        }
    }

    #[test]
    fn trust_ends_and_a_moved_epoch_empties_the_ring() {
        let ring = Keyring::default();
        assert!(!ring.is_trusted(0));
        ring.saw_epoch(String::new(), 0);
        assert!(ring.is_trusted(99));
        assert!(!ring.is_trusted(100));
        ring.remember([1; 32], verified(), ring.generation());
        ring.saw_epoch(String::new(), 50);
        assert_eq!(ring.get(&[1; 32]), Some(verified()));
        ring.saw_epoch("1".to_owned(), 60);
        assert_eq!(ring.get(&[1; 32]), None);
    }

    #[test]
    fn an_answer_read_before_the_ring_was_emptied_is_not_believed() {
        let ring = Keyring::default();
        let before = ring.generation();
        ring.forget();
        ring.remember([1; 32], verified(), before);
        assert_eq!(ring.get(&[1; 32]), None);
    }

    #[test]
    fn an_older_look_does_not_shorten_trust() {
        let ring = Keyring::default();
        ring.saw_epoch(String::new(), 500);
        ring.saw_epoch(String::new(), 400);
        assert!(ring.is_trusted(599));
    }
}
