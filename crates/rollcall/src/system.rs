//! The machine's clock and entropy: the one place where the core's traits meet the real world.

use std::time::{Duration, Instant, UNIX_EPOCH};

use rollcall_http::limits::Time;
use rollcall_model::{Clock, Entropy, Millis};

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The machine's time for rate limits: what they count with is not set back when the clock is.
#[derive(Clone, Copy, Debug)]
pub struct SystemTime(Instant);

impl SystemTime {
    /// Counts from now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Time for SystemTime {
    fn steady(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix(&self) -> i64 {
        SystemClock.now().seconds()
    }
}

/// The operating system's random numbers.
#[derive(Clone, Copy, Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the entropy that everything else is given")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Going on would mean guessable secrets.
            eprintln!("rollcall: the operating system gives no random numbers ({error}); stopping");
            std::process::abort();
        }
    }
}
