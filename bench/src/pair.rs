//! Two halves measured one right after the other, and which of them count.

use crate::half::Half;
use crate::noise;

/// A baseline half and a Rollcall half.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    /// What Rollcall is compared with.
    pub(crate) baseline: Half,
    /// Rollcall.
    pub(crate) rollcall: Half,
    /// Which came first; it alternates.
    pub(crate) baseline_first: bool,
}

impl Pair {
    /// Rollcall's requests per second over the baseline's.
    pub(crate) fn ratio(&self) -> f64 {
        self.rollcall.rps / self.baseline.rps
    }

    /// Rollcall's CPU per request over the baseline's.
    pub(crate) fn cpu_ratio(&self) -> f64 {
        self.rollcall.cpu_us / self.baseline.cpu_us
    }

    /// Whether it counts.
    pub(crate) fn is_quiet(&self) -> bool {
        noise::is_quiet_pair(self)
    }
}

/// The pairs of one scenario that count.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    /// The quiet pairs; all of them when too few were quiet.
    pub(crate) pairs: Vec<&'a Pair>,
    /// Too few were quiet.
    pub(crate) noisy: bool,
}

impl<'a> Selection<'a> {
    /// Picks from what was measured when `wanted` quiet pairs are enough.
    pub(crate) fn of(pairs: &'a [Pair], wanted: usize) -> Self {
        let quiet: Vec<&Pair> = pairs.iter().filter(|pair| pair.is_quiet()).collect();
        if quiet.len() >= wanted {
            Self { pairs: quiet, noisy: false }
        } else {
            Self { pairs: pairs.iter().collect(), noisy: true }
        }
    }

    /// Median over the pairs of some figure.
    pub(crate) fn median(&self, figure: impl Fn(&Pair) -> f64) -> f64 {
        median(self.pairs.iter().map(|pair| figure(pair)).collect())
    }
}

/// How many quiet pairs there are.
pub(crate) fn quiet(pairs: &[Pair]) -> usize {
    pairs.iter().filter(|pair| pair.is_quiet()).count()
}

/// The middle value; not a number when there is none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::load::Latency;

    /// A pair with these rates and other work.
    pub(crate) fn pair(rates: (f64, f64), other: (f64, f64)) -> Pair {
        let half = |rps, other_cores| Half {
            rps,
            latency: Latency { p50: 0.4, p99: 1.2, p999: 3.0, max: 9.0 },
            cpu_us: 5.0,
            other_cores,
            rss_anon_kb: Some(20_480),
        };
        Pair {
            baseline: half(rates.0, other.0),
            rollcall: half(rates.1, other.1),
            baseline_first: true,
        }
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn noisy_pairs_are_left_out() {
        let pairs = [
            pair((100.0, 60.0), (0.0, 0.1)),
            pair((100.0, 10.0), (0.0, 0.9)),
            pair((100.0, 50.0), (0.1, 0.1)),
            pair((100.0, 70.0), (0.2, 0.1)),
        ];
        let selection = Selection::of(&pairs, 3);
        assert!(!selection.noisy);
        assert_eq!(selection.pairs.len(), 3);
        assert_eq!(selection.median(Pair::ratio), 0.6);
    }

    #[test]
    fn without_enough_quiet_pairs_all_count_and_it_is_said() {
        let pairs = [
            pair((100.0, 60.0), (0.0, 0.9)),
            pair((100.0, 40.0), (0.0, 0.9)),
            pair((100.0, 50.0), (0.1, 0.1)),
        ];
        let selection = Selection::of(&pairs, 3);
        assert!(selection.noisy);
        assert_eq!(selection.median(Pair::ratio), 0.5);
        assert_eq!(quiet(&pairs), 1);
    }
}
