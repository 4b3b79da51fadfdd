//! Throws that are the same each time.

/// SplitMix64: a few lines, and good enough for believable street names.
#[derive(Debug, Clone)]
pub struct Dice(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Dice {
    /// Other throws for every other list of numbers.
    pub fn of<const N: usize>(numbers: [u64; N]) -> Self {
        Self(numbers.into_iter().fold(STEP, |state, number| mixed(state ^ number).wrapping_add(STEP)))
    }

    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// From 0 up to but without `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.throw()) * u128::from(end.max(1))) >> 64) as u64
    }

    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len() as u64) as usize]
    }

    /// Around zero, mostly near it, and never further than `most`.
    pub fn around(&mut self, most: i64) -> i64 {
        let most = most.unsigned_abs();
        let sum = (0..3).map(|_| self.below(2 * most + 1)).sum::<u64>();
        (sum / 3) as i64 - most as i64
    }

    pub fn fork(&mut self) -> Self {
        Self(self.throw())
    }
}

fn mixed(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
