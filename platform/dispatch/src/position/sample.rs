use kernel::jiff::SignedDuration;

use super::ping::Ping;

/// When a position is worth a row: after so long, or so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRule {
    pub every: SignedDuration,
    pub metres: f64,
    /// Never sooner than that, however fast they go.
    pub at_least: SignedDuration,
}

impl Default for SampleRule {
    fn default() -> Self {
        Self { every: SignedDuration::from_secs(60), metres: 200.0, at_least: SignedDuration::from_secs(10) }
    }
}

impl SampleRule {
    /// `last` is what was sampled before; the first ping always is.
    pub fn is_due(&self, last: Option<&Ping>, ping: &Ping) -> bool {
        let Some(last) = last else { return true };
        let since = ping.at.duration_since(last.at);
        since >= self.every || (since >= self.at_least && last.point.distance_m(ping.point) >= self.metres)
    }
}

#[cfg(test)]
mod tests {
    use geo::Point;
    use kernel::jiff::Timestamp;

    use super::*;

    #[test]
    fn a_sample_is_due_after_a_while_or_a_way() {
        let ping = |second: i64, long_e7: i32| {
            Ping::new(Point::from_e7(0, long_e7).unwrap(), Timestamp::from_second(second).unwrap(), 0)
        };
        let rule = SampleRule::default();
        // seconds later, ten-millionths of a degree eastwards (a hundredth of a metre each), due
        for (second, long_e7, due) in [
            (0, 0, false),
            (9, 0, false),
            (9, 90_000, false),
            (10, 17_000, false),
            (10, 18_000, true),
            (59, 17_000, false),
            (60, 0, true),
            (-60, 0, false),
        ] {
            assert_eq!(rule.is_due(Some(&ping(0, 0)), &ping(second, long_e7)), due, "{second} {long_e7}");
        }
        assert!(rule.is_due(None, &ping(0, 0)));
    }
}
