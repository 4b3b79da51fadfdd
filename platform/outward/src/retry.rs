//! What may be tried again, and when. Pure.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use kernel::jiff::Timestamp;
use kernel::jiff::fmt::rfc2822;

use crate::error::Error;
use crate::limits::{RETRY_AFTER_MAX, WAIT_MAX, WAIT_MIN};

/// Statuses that say: not now.
pub fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 502 | 503 | 504)
}

/// Whether an outcome is one after which the same may be sent again. What may have arrived is sent
/// again only where that does no harm.
pub fn again(outcome: Result<StatusCode, &Error>, repeatable: bool) -> bool {
    match outcome {
        Ok(status) => repeatable && may_pass(status),
        Err(error @ (Error::OutOfReach { .. } | Error::TimedOut { .. })) => {
            repeatable || !error.may_have_arrived()
        }
        Err(_) => false,
    }
}

/// The pause before the next try: doubles, less up to half of it, and never less than asked for.
/// `dice` is any random number.
pub fn wait(tries_made: u32, retry_after: Option<Duration>, dice: u16) -> Duration {
    let full = WAIT_MIN.saturating_mul(1 << tries_made.clamp(1, 16).saturating_sub(1)).min(WAIT_MAX);
    let wait = full - full.mul_f64(f64::from(dice) / f64::from(u16::MAX) / 2.0);
    wait.max(retry_after.unwrap_or_default())
}

/// `Retry-After` in seconds or as a date, counted from `now`.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let then = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
            Duration::try_from(then.duration_since(now)).unwrap_or_default()
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("99999999999", Some(86_400)),
            ("Sun, 01 Mar 2026 08:00:30 GMT", Some(30)),
            ("Sun, 01 Mar 2026 07:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn what_may_have_arrived_is_not_sent_twice_without_leave() {
        let out = |may_have_arrived| Error::OutOfReach {
            destination: String::new(),
            detail: String::new(),
            may_have_arrived,
        };
        let late = Error::TimedOut { destination: String::new(), may_have_arrived: true };
        let large = Error::TooLarge { destination: String::new(), bytes_max: 1 };
        for (outcome, repeatable, plain) in [
            (Err(&out(false)), true, true),
            (Err(&out(true)), true, false),
            (Err(&late), true, false),
            (Err(&large), false, false),
            (Err(&Error::Address("")), false, false),
            (Ok(StatusCode::SERVICE_UNAVAILABLE), true, false),
            (Ok(StatusCode::TOO_MANY_REQUESTS), true, false),
            (Ok(StatusCode::INTERNAL_SERVER_ERROR), false, false),
            (Ok(StatusCode::BAD_REQUEST), false, false),
            (Ok(StatusCode::OK), false, false),
        ] {
            assert_eq!(again(outcome, true), repeatable, "{outcome:?}");
            assert_eq!(again(outcome, false), plain, "{outcome:?}");
        }
    }

    #[test]
    fn pauses_grow_and_are_never_shorter_than_asked_for() {
        for (tries, full_ms) in [(1, 250), (2, 500), (3, 1_000), (5, 4_000), (6, 5_000), (99, 5_000)] {
            assert_eq!(wait(tries, None, 0), Duration::from_millis(full_ms));
            assert_eq!(wait(tries, None, u16::MAX), Duration::from_millis(full_ms) / 2);
        }
        assert_eq!(wait(1, Some(Duration::from_secs(9)), 77), Duration::from_secs(9));
    }
}
