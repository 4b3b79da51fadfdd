//! When a message that could not be delivered is tried again.

use kernel::jiff::SignedDuration;

use crate::limits::{RETRY_JITTER_PERCENT, RETRY_SECONDS};

/// The pause after so many rounds, `None` after the last. `dice` is any random number.
pub fn wait(rounds: i64, asked: Option<SignedDuration>, dice: u16) -> Option<SignedDuration> {
    let place = usize::try_from(rounds.checked_sub(1)?).ok()?;
    let full_ms = RETRY_SECONDS.get(place)? * 1_000;
    let swing_ms = full_ms * RETRY_JITTER_PERCENT / 100;
    let part_ms = 2 * swing_ms * i64::from(dice) / i64::from(u16::MAX);
    let wait = SignedDuration::from_millis(full_ms - swing_ms + part_ms);
    Some(asked.map_or(wait, |asked| wait.max(asked)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_schedule_is_as_written() {
        for (rounds, seconds) in
            [(1, 5), (2, 300), (3, 1_800), (4, 7_200), (5, 18_000), (6, 36_000), (7, 36_000)]
        {
            let wait = |dice| wait(rounds, None, dice).unwrap();
            assert_eq!(wait(0), SignedDuration::from_millis(seconds * 800));
            assert_eq!(wait(u16::MAX), SignedDuration::from_millis(seconds * 1_200));
        }
        for rounds in [i64::MIN, -1, 0, 8, i64::MAX] {
            assert_eq!(wait(rounds, None, 0), None, "{rounds}");
        }
        let asked = Some(SignedDuration::from_secs(60));
        assert_eq!(wait(1, asked, 0), asked);
        assert_eq!(wait(2, asked, 0), Some(SignedDuration::from_secs(240)));
    }

    proptest! {
        #[test]
        fn pauses_stay_within_a_fifth(rounds in 1i64..8, dice in any::<u16>()) {
            let full = SignedDuration::from_secs(RETRY_SECONDS[rounds as usize - 1]);
            let wait = wait(rounds, None, dice).unwrap();
            prop_assert!(wait >= full / 10 * 8 && wait <= full / 10 * 12);
        }
    }
}
