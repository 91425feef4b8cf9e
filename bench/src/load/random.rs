//! A small fast generator: the loader must not compete with the server for CPU.

/// xorshift64*; good enough to spread users evenly, and the same sequence in every run.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A generator for one connection.
    pub(crate) fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`, each as likely as the next.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        ((high * u64::from(limit)) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_evenly() {
        for seed in 0..4 {
            let mut random = Random::new(seed);
            let mut seen = [0_u32; 100];
            for _ in 0..100_000 {
                seen[random.below(100) as usize] += 1;
            }
            assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
        }
    }
}
