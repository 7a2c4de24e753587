//! Numbers that look random and are the same for the same seed (SplitMix64), so that a failing
//! practice run can be repeated.

/// A sequence of numbers that a seed decides.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of this seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Seconds between `low` and `high`, in whole hundredths.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        let share = (self.next() % 10_001) as f64 / 10_000.0;
        ((low + (high - low) * share) * 100.0).round() / 100.0
    }

    /// `length` characters out of `alphabet`.
    pub(crate) fn word(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| char::from(alphabet[(self.next() % alphabet.len() as u64) as usize]))
            .collect()
    }

    /// A task's or event's id: 32 hexadecimal digits.
    pub(crate) fn hex(&mut self) -> String {
        self.word(b"0123456789abcdef", 32)
    }

    /// A deployment's id: 19 digits, the first not 0.
    pub(crate) fn digits(&mut self) -> String {
        self.word(b"123456789", 1) + &self.word(b"0123456789", 18)
    }

    /// A UUID's shape.
    pub(crate) fn uuid(&mut self) -> String {
        let h = self.hex();
        format!(
            "{}-{}-{}-{}-{}",
            &h[..8],
            &h[8..12],
            &h[12..16],
            &h[16..20],
            &h[20..]
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_decides_the_sequence_and_ids_have_their_shape() {
        let (mut a, mut b) = (Random::new(7), Random::new(7));
        assert_eq!(
            (a.hex(), a.digits(), a.uuid()),
            (b.hex(), b.digits(), b.uuid())
        );
        assert_ne!(Random::new(8).hex(), Random::new(7).hex());
        assert_eq!(
            (a.hex().len(), a.digits().len(), a.uuid().len()),
            (32, 19, 36)
        );
    }

    #[test]
    fn durations_stay_in_their_bounds() {
        let mut random = Random::new(1);
        assert!(
            (0..1000)
                .map(|_| random.between(4.0, 9.0))
                .all(|s| (4.0..=9.0).contains(&s))
        );
    }
}
