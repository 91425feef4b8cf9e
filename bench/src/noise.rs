//! What else the machine did: which measurements count, and how many did not.

use crate::half::Half;
use crate::pair::Pair;

/// Halves during which the rest of the machine differed by more cores are not comparable.
const MOST_DIFFERENCE: f64 = 0.3;
/// Nor are halves during which it used more cores than this.
const MOST_OTHER: f64 = 1.2;
/// What is measured alone has nothing to be equal to: the rest must use next to nothing.
const MOST_ALONE: f64 = 0.3;

/// Whether the machine's other work was small and equal enough to compare the halves.
pub(crate) fn is_quiet_pair(pair: &Pair) -> bool {
    let (one, two) = (pair.baseline.other_cores, pair.rollcall.other_cores);
    (one - two).abs() <= MOST_DIFFERENCE && one.max(two) <= MOST_OTHER
}

/// Whether the machine's other work was small enough for a measurement that stands alone.
pub(crate) fn is_quiet_half(half: &Half) -> bool {
    half.other_cores <= MOST_ALONE
}

/// How noisy a run was.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Noise {
    /// Measurements that count.
    pub(crate) counted: usize,
    /// Measurements thrown away.
    pub(crate) thrown_away: usize,
    /// Comparisons and works with too few quiet measurements, all of which count.
    pub(crate) noisy: usize,
    /// Cores used by others during each half that counts.
    pub(crate) others: Vec<f64>,
}

impl Noise {
    /// Adds what was measured for one comparison or work: which measurements were kept, and how many were made.
    pub(crate) fn add<'a>(
        &mut self,
        kept: impl Iterator<Item = &'a Half>,
        (counted, made): (usize, usize),
        noisy: bool,
    ) {
        self.counted += counted;
        self.thrown_away += made - counted;
        self.noisy += usize::from(noisy);
        self.others.extend(kept.map(|half| half.other_cores));
    }

    /// One line of the report.
    pub(crate) fn sentence(&self) -> String {
        let made = self.counted + self.thrown_away;
        let share = 100.0 * self.thrown_away as f64 / made.max(1) as f64;
        let most = self.others.iter().copied().fold(0.0, f64::max);
        let middle = crate::pair::median(self.others.clone());
        let mut text = format!(
            "{} of {made} measurements thrown away ({share:.0} %); others used {:.2} cores in the middle of those that \
             count, {most:.2} at most",
            self.thrown_away,
            if middle.is_nan() { 0.0 } else { middle }
        );
        if self.noisy > 0 {
            text.push_str(&format!("; **{} rows had too few quiet ones and are marked noisy**", self.noisy));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pair::tests::pair;

    #[test]
    fn noise_is_a_difference_or_an_excess() {
        assert!(is_quiet_pair(&pair((1.0, 1.0), (0.1, 0.39))));
        assert!(!is_quiet_pair(&pair((1.0, 1.0), (0.1, 0.45))));
        assert!(is_quiet_pair(&pair((1.0, 1.0), (1.1, 1.2))));
        assert!(!is_quiet_pair(&pair((1.0, 1.0), (1.1, 1.25))));
    }

    #[test]
    fn alone_others_must_be_idle() {
        let pair = pair((1.0, 1.0), (0.3, 0.31));
        assert!(is_quiet_half(&pair.baseline) && !is_quiet_half(&pair.rollcall));
    }

    #[test]
    fn the_sentence_counts() {
        let quiet = pair((1.0, 1.0), (0.1, 0.3));
        let mut noise = Noise::default();
        noise.add([&quiet.baseline, &quiet.rollcall].into_iter(), (3, 4), false);
        noise.add(std::iter::empty(), (3, 3), true);
        let text = noise.sentence();
        assert!(
            text.starts_with("1 of 7 measurements thrown away (14 %); others used 0.20 cores"),
            "{text}"
        );
        assert!(text.contains("0.30 at most") && text.contains("1 rows had too few"), "{text}");
        assert!(Noise::default().sentence().starts_with("0 of 0 measurements"));
    }
}
