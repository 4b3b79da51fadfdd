//! How long to wait after a failure.

use kernel::Random;
use kernel::jiff::SignedDuration;

/// Doubles with every try up to `max`, less up to half of it, so that what failed together does not
/// come back together.
pub(crate) fn wait(
    tries: i64,
    min: SignedDuration,
    max: SignedDuration,
    random: &dyn Random,
) -> SignedDuration {
    let doublings = tries.clamp(1, 20) - 1;
    let full = min.checked_mul(1 << doublings).unwrap_or(max).min(max);
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    let part = i32::from(u16::from_le_bytes(bytes) % 513);
    full - full / 1_024 * part
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);
    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn it_doubles_up_to_the_longest_and_never_falls_under_half() {
        let (min, max) = (SignedDuration::from_secs(1), SignedDuration::from_secs(60));
        for (tries, full) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (50, 60), (i64::MAX, 60)] {
            let full = SignedDuration::from_secs(full);
            assert_eq!(wait(tries, min, max, &Always(0)), full);
            for byte in 0..=255 {
                let waited = wait(tries, min, max, &Always(byte));
                assert!(waited <= full && waited >= full / 2 - SignedDuration::from_micros(1), "{waited}");
            }
        }
    }
}
