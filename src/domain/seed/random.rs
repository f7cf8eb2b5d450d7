//! Chance that comes out the same for the same number (SplitMix64). For the demo alone: whoever knows one value knows the
//! next.

/// A run of numbers.
pub struct Random(u64);

impl Random {
    /// The run that begins here.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// Another run, of which as much may be used as one likes: this one goes on the same.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Any number below this one, which is not 0.
    pub fn below(&mut self, end: i64) -> i64 {
        let end = end.unsigned_abs().max(1);
        i64::try_from(self.next() % end).unwrap_or_default()
    }

    /// One of the places below this one.
    pub fn place(&mut self, end: usize) -> usize {
        usize::try_from(self.below(i64::try_from(end).unwrap_or(i64::MAX))).unwrap_or_default()
    }

    /// Whether something happens that happens this often in a hundred times.
    pub fn chance(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    /// One of these, of which there is one at least.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.place(from.len())]
    }

    /// These, in any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.place(end + 1));
        }
    }

    /// Bytes, for an identifier.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_be_bytes()[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_brings_the_same_and_another_does_not() {
        let run = |number| {
            let mut random = Random::new(number);
            let mut items: Vec<_> = (0..20).collect();
            random.shuffle(&mut items);
            (items, random.bytes::<16>(), random.below(1000))
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let mut items = run(3).0;
        items.sort_unstable();
        assert_eq!(items, (0..20).collect::<Vec<_>>());
    }
}
