//! Rate limits: so many requests in a minute for each app and class of operation.
//!
//! Each process counts for itself: behind a balancer, `n` processes let through up to `n` times the limit.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Operations that are counted together (CometChat, rate limits page).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Logging in, and making and removing users.
    Core,
    /// Everything else.
    Standard,
}

/// Requests in a minute for each class, where an app has no limit of its own. Zero means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// For [`Class::Core`].
    pub core: u32,
    /// For [`Class::Standard`].
    pub standard: u32,
}

/// Where time comes from.
pub trait Time: Send + Sync {
    /// Time since some moment in the past; never goes back.
    fn steady(&self) -> Duration;
    /// Seconds since 1970.
    fn unix(&self) -> i64;
}

#[derive(Clone)]
struct Ticks(Arc<dyn Time>);

impl Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.steady())
    }
}

struct Bucket {
    limit: NonZeroU32,
    gate: RateLimiter<NotKeyed, InMemoryState, Ticks, StateInformationMiddleware>,
}

type Buckets = papaya::HashMap<Box<str>, Arc<Bucket>, ahash::RandomState>;

/// The limits of all apps, and how much of them is used up.
pub struct RateLimits {
    quotas: Quotas,
    ticks: Ticks,
    core: Buckets,
    standard: Buckets,
}

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimits")
            .field("quotas", &self.quotas)
            .finish_non_exhaustive()
    }
}

/// How an app stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests in a minute.
    pub limit: u32,
    /// How many more would be let through at this moment.
    pub remaining: u32,
    /// Set when this request is one too many.
    pub refused: Option<Refused>,
}

/// When to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// In so many seconds, at least one.
    pub after: u64,
    /// The same in seconds since 1970.
    pub reset: i64,
}

impl RateLimits {
    /// Limits for all apps that have none of their own.
    #[must_use]
    pub fn new(quotas: Quotas, time: Arc<dyn Time>) -> Self {
        Self {
            quotas,
            ticks: Ticks(time),
            core: Buckets::default(),
            standard: Buckets::default(),
        }
    }

    /// Counts one request of an app, whose `own` limit wins over the general one. Nothing when there is no limit.
    pub fn count(&self, app: &str, class: Class, own: Option<u32>) -> Option<Standing> {
        let (buckets, general) = match class {
            Class::Core => (&self.core, self.quotas.core),
            Class::Standard => (&self.standard, self.quotas.standard),
        };
        let limit = NonZeroU32::new(own.unwrap_or(general))?;
        let bucket = self.bucket(buckets, app, limit);
        let refused = match bucket.gate.check() {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                return Some(Standing { limit: limit.get(), remaining, refused: None });
            }
            Err(until) => until.wait_time_from(self.ticks.now()),
        };
        let after = (refused.as_secs() + u64::from(refused.subsec_nanos() > 0)).max(1);
        let reset = self.ticks.0.unix().saturating_add_unsigned(after);
        Some(Standing {
            limit: limit.get(),
            remaining: 0,
            refused: Some(Refused { after, reset }),
        })
    }

    /// The app's bucket; a full one when its limit has been changed.
    fn bucket(&self, buckets: &Buckets, app: &str, limit: NonZeroU32) -> Arc<Bucket> {
        let buckets = buckets.pin();
        if let Some(bucket) = buckets.get(app).filter(|bucket| bucket.limit == limit) {
            return Arc::clone(bucket);
        }
        let fresh = || {
            let gate = RateLimiter::direct_with_clock(Quota::per_minute(limit), self.ticks.clone());
            Arc::new(Bucket { limit, gate: gate.with_middleware() })
        };
        let kept = buckets.update_or_insert_with(
            app.into(),
            |bucket| {
                if bucket.limit == limit {
                    Arc::clone(bucket)
                } else {
                    fresh()
                }
            },
            fresh,
        );
        Arc::clone(kept)
    }
}

/// Both spellings of the vendor's pages: clients look for either.
static LIMIT: [HeaderName; 2] =
    [HeaderName::from_static("x-rate-limit"), HeaderName::from_static("x-ratelimit-limit")];
static REMAINING: [HeaderName; 2] = [
    HeaderName::from_static("x-rate-limit-remaining"),
    HeaderName::from_static("x-ratelimit-remaining"),
];
static RESET: [HeaderName; 2] = [
    HeaderName::from_static("x-rate-limit-reset"),
    HeaderName::from_static("x-ratelimit-reset"),
];

impl Standing {
    /// Tells the client how it stands.
    pub fn write(self, headers: &mut HeaderMap) {
        let Self { limit, remaining, refused } = self;
        let mut put = |names: &'static [HeaderName; 2], value: HeaderValue| {
            for name in names {
                headers.insert(name, value.clone());
            }
        };
        put(&LIMIT, limit.into());
        put(&REMAINING, remaining.into());
        if let Some(Refused { after, reset }) = refused {
            put(&RESET, reset.into());
            headers.insert(header::RETRY_AFTER, after.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[derive(Default)]
    struct Still(AtomicU64);

    impl Time for Still {
        fn steady(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::SeqCst))
        }

        fn unix(&self) -> i64 {
            1_753_000_000
        }
    }

    fn limits(core: u32, standard: u32) -> (RateLimits, Arc<Still>) {
        let time = Arc::new(Still::default());
        (RateLimits::new(Quotas { core, standard }, Arc::clone(&time) as _), time)
    }

    fn remaining(limits: &RateLimits, app: &str, class: Class, own: Option<u32>) -> Option<u32> {
        let standing = limits.count(app, class, own)?;
        standing.refused.is_none().then_some(standing.remaining)
    }

    #[test]
    fn a_minute_holds_so_many_and_gives_them_back_evenly() {
        let (limits, time) = limits(0, 3);
        for left in [2, 1, 0] {
            assert_eq!(remaining(&limits, "a", Class::Standard, None), Some(left));
        }
        let refused = limits.count("a", Class::Standard, None).unwrap();
        let expected = Refused { after: 20, reset: 1_753_000_020 };
        assert_eq!(refused, Standing { limit: 3, remaining: 0, refused: Some(expected) });
        time.0.store(19_999, Ordering::SeqCst);
        assert_eq!(limits.count("a", Class::Standard, None).unwrap().refused.unwrap().after, 1);
        time.0.store(20_000, Ordering::SeqCst);
        assert_eq!(remaining(&limits, "a", Class::Standard, None), Some(0));
        assert_eq!(remaining(&limits, "a", Class::Standard, None), None);
    }

    #[test]
    fn apps_and_classes_are_counted_apart() {
        let (limits, _) = limits(1, 1);
        for (app, class) in
            [("a", Class::Core), ("a", Class::Standard), ("b", Class::Core), ("b", Class::Standard)]
        {
            assert_eq!(remaining(&limits, app, class, None), Some(0), "{app} {class:?}");
            assert_eq!(remaining(&limits, app, class, None), None, "{app} {class:?}");
        }
    }

    #[test]
    fn an_app_may_have_limits_of_its_own_or_none() {
        let (limits, _) = limits(0, 1);
        assert_eq!(limits.count("a", Class::Core, None), None);
        assert_eq!(remaining(&limits, "a", Class::Standard, Some(2)), Some(1));
        assert_eq!(remaining(&limits, "a", Class::Standard, Some(2)), Some(0));
        assert_eq!(limits.count("a", Class::Standard, Some(0)), None);
        // A changed limit begins anew.
        assert_eq!(remaining(&limits, "a", Class::Standard, Some(5)), Some(4));
    }

    #[test]
    fn both_spellings_are_written() {
        let mut headers = HeaderMap::new();
        let refused = Some(Refused { after: 7, reset: 1_753_000_007 });
        Standing { limit: 3, remaining: 0, refused }.write(&mut headers);
        let mut written: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
        written.sort_unstable();
        let expected = [
            ("retry-after", "7"),
            ("x-rate-limit", "3"),
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", "1753000007"),
            ("x-ratelimit-limit", "3"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1753000007"),
        ];
        assert_eq!(written, expected);
    }
}
