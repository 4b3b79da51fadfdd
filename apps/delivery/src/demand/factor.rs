//! What demand makes of the delivery fee, as pure arithmetic.
//!
//! Open orders for each free rider raise the fee above a calm ratio, in a straight line up to a cap.
//! Where there are too few of either, one order more would say too much: there it stays as it is. What
//! is seen is smoothed over time and over the cells around. The fee moves by one step at a time, and
//! comes down only when it is clearly below the step it is on, so that it does not flicker.

use kernel::jiff::{SignedDuration, Timestamp};

use super::model::Count;
use crate::settings::{DemandRule, WHOLE_BP};

/// What was seen of one cell, smoothed over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    pub orders: f64,
    pub riders: f64,
    pub at: Timestamp,
}

impl Seen {
    pub fn first(count: Count, at: Timestamp) -> Self {
        Self { orders: count.open_orders.into(), riders: count.free_riders.into(), at }
    }

    /// Once a half-life has passed, the new count weighs as much as all before it.
    pub fn then(self, count: Count, at: Timestamp, rule: &DemandRule) -> Self {
        let old = half_lives_left(at.duration_since(self.at), rule.half_life_s);
        let mix = |before: f64, now: u32| before * old + f64::from(now) * (1.0 - old);
        Self {
            orders: mix(self.orders, count.open_orders),
            riders: mix(self.riders, count.free_riders),
            at: at.max(self.at),
        }
    }

    pub fn is_forgotten(&self, now: Timestamp, rule: &DemandRule) -> bool {
        now.duration_since(self.at) > SignedDuration::from_secs(rule.forget_s.into())
    }
}

fn half_lives_left(passed: SignedDuration, half_life_s: u32) -> f64 {
    let passed = passed.as_secs_f64().max(0.0);
    0.5_f64.powf(passed / f64::from(half_life_s.max(1)))
}

/// A cell together with the cells around it, which count for a share between them.
pub fn with_around(own: Seen, around: &[Seen], rule: &DemandRule) -> Seen {
    let weight = f64::from(rule.around_bp) / f64::from(WHOLE_BP) / around.len().max(1) as f64;
    let more = |of: fn(&Seen) -> f64| around.iter().map(of).sum::<f64>() * weight;
    Seen { orders: own.orders + more(|it| it.orders), riders: own.riders + more(|it| it.riders), ..own }
}

/// What the fee would be multiplied by if it followed at once; never less than one, nor more than the cap.
pub fn wanted_bp(seen: &Seen, rule: &DemandRule) -> u32 {
    let is_thin = seen.orders < f64::from(rule.orders_min) || seen.riders < f64::from(rule.riders_min);
    if is_thin || seen.riders <= 0.0 {
        return WHOLE_BP;
    }
    let above = seen.orders / seen.riders - f64::from(rule.calm_ratio_bp) / f64::from(WHOLE_BP);
    let more = (above.max(0.0) * f64::from(rule.slope_bp)).min(f64::from(rule.cap_bp));
    WHOLE_BP.saturating_add(more as u32).min(rule.cap_bp)
}

/// The next factor after this one: the same, or one step up or down.
pub fn step_bp(present_bp: u32, wanted_bp: u32, rule: &DemandRule) -> u32 {
    if wanted_bp >= present_bp + rule.step_bp {
        (present_bp + rule.step_bp).min(rule.cap_bp)
    } else if wanted_bp + rule.hold_bp < present_bp || wanted_bp <= WHOLE_BP {
        present_bp.saturating_sub(rule.step_bp).max(WHOLE_BP)
    } else {
        present_bp
    }
}
