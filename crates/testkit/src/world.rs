//! A world in which time stands still and chance repeats itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use rollcall_directory::{Directory, SecretKey};
use rollcall_http::limits::{Quotas, RateLimits, Time};
use rollcall_model::{Clock, Entropy, Millis};
use rollcall_store::Store;

/// A clock that moves only when told.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Where the clock stands at first: a whole second in 2025.
    pub const START: Millis = Millis(1_753_000_000_000);

    /// Moves it forward.
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self(AtomicI64::new(Self::START.0))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}

impl Time for FixedClock {
    fn steady(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst).unsigned_abs())
    }

    fn unix(&self) -> i64 {
        self.now().seconds()
    }
}

/// The same random numbers in every run.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// A sequence of its own for each seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64.
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Clock and chance of one test.
#[derive(Clone, Debug)]
pub struct World {
    /// The clock.
    pub clock: Arc<FixedClock>,
    /// The chance.
    pub entropy: Arc<SeededEntropy>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            clock: Arc::default(),
            entropy: Arc::new(SeededEntropy::new(7)),
        }
    }
}

impl World {
    /// The secret key of this world, the same in every run.
    #[must_use]
    pub fn secret_key() -> SecretKey {
        SecretKey::generate(&SeededEntropy::new(1))
    }

    /// Rate limits that go by this world's clock; none with the default quotas.
    #[must_use]
    pub fn limits(&self, quotas: Quotas) -> Arc<RateLimits> {
        Arc::new(RateLimits::new(quotas, Arc::clone(&self.clock) as _))
    }

    /// A directory on a store, in this world.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn directory(&self, store: Store) -> Directory {
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        Directory::open(store, &Self::secret_key(), clock, entropy)
            .await
            .expect("the directory opens")
    }
}
