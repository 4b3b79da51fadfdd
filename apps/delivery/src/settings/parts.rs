//! The parts of a market's settings. Amounts are minor units of the market's currency, shares are
//! hundredths of a percent (basis points), so that nothing is ever rounded by being written down.
//! The defaults are those of a market in South Africa.

use kernel::jiff::civil::Date;
use kernel::jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole of something, in basis points.
pub const WHOLE_BP: u32 = 10_000;

const DAY_S: i64 = 24 * 3_600;

/// What it costs to have something brought: `min(cap, (base + per km) × factor)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeeRule {
    #[schemars(range(min = 0, max = 100_000_000))]
    pub base_minor: i64,
    #[schemars(range(min = 0, max = 100_000_000))]
    pub per_km_minor: i64,
    /// No more than this, however far and however much is asked for.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub cap_minor: i64,
    /// Nothing from this value of the basket on.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub free_above_minor: Option<i64>,
}

impl Default for FeeRule {
    fn default() -> Self {
        Self { base_minor: 2_000, per_km_minor: 500, cap_minor: 9_000, free_above_minor: Some(60_000) }
    }
}

/// What the platform asks of the buyer for its service: a share of the basket within bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceRule {
    #[schemars(range(min = 0, max = 10_000))]
    pub share_bp: u32,
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub min_minor: i64,
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub max_minor: i64,
}

/// What a merchant pays of each sale, and for how long a new one pays nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CommissionRule {
    #[schemars(range(min = 0, max = 10_000))]
    pub share_bp: u32,
    #[schemars(range(min = 0, max = 3_650))]
    pub free_days: u32,
    /// More days for each merchant that came by this one's word.
    #[schemars(range(min = 0, max = 3_650))]
    pub free_days_per_referral: u32,
    #[schemars(range(min = 0, max = 3_650))]
    pub free_days_max: u32,
}

impl Default for CommissionRule {
    fn default() -> Self {
        Self { share_bp: 1_500, free_days: 45, free_days_per_referral: 2, free_days_max: 90 }
    }
}

impl CommissionRule {
    /// The share that a merchant pays who has been here since `opened`.
    pub fn share_bp_of(&self, opened: Timestamp, referrals: u32, now: Timestamp) -> u32 {
        let earned = referrals.saturating_mul(self.free_days_per_referral);
        let free_days = self.free_days.saturating_add(earned).min(self.free_days_max);
        let is_free = now.as_second() - opened.as_second() < i64::from(free_days) * DAY_S;
        if is_free { 0 } else { self.share_bp }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RiderRule {
    /// Of the delivery fee as it would be without any gift to the buyer.
    #[schemars(range(min = 0, max = 10_000))]
    pub share_bp: u32,
    /// Whoever has so much cash is offered nothing more that is paid in cash.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub cash_max_minor: Option<i64>,
}

impl Default for RiderRule {
    fn default() -> Self {
        Self { share_bp: 8_000, cash_max_minor: Some(200_000) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PayoutRule {
    /// Less than this waits for the next time.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    pub minimum_minor: i64,
    /// Monday is 1.
    #[schemars(range(min = 1, max = 7))]
    pub weekday: u8,
}

impl Default for PayoutRule {
    fn default() -> Self {
        Self { minimum_minor: 10_000, weekday: 1 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CoinRule {
    /// What one coin is worth.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub value_minor: i64,
    /// The share of what was paid for goods that comes back as coins.
    #[schemars(range(min = 0, max = 10_000))]
    pub earned_bp: u32,
    /// The share of an order that coins may pay.
    #[schemars(range(min = 0, max = 10_000))]
    pub spent_max_bp: u32,
    /// Days after which coins that were not spent are gone.
    #[schemars(range(min = 1, max = 3_650))]
    pub expire_days: u32,
}

impl Default for CoinRule {
    fn default() -> Self {
        Self { value_minor: 10, earned_bp: 100, spent_max_bp: 5_000, expire_days: 365 }
    }
}

/// From so many people on who came by somebody's word, that one gets this share of their first orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferralTier {
    #[schemars(range(min = 1, max = 1_000_000))]
    pub from: u32,
    #[schemars(range(min = 0, max = 10_000))]
    pub share_bp: u32,
}

pub(super) fn referral_tiers() -> Vec<ReferralTier> {
    [(1, 500), (6, 1_000), (16, 1_500), (51, 2_000)]
        .map(|(from, share_bp)| ReferralTier { from, share_bp })
        .into()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrderRule {
    #[schemars(range(min = 1, max = 200))]
    pub lines_max: u32,
    #[schemars(range(min = 1, max = 999))]
    pub per_line_max: u32,
    #[schemars(range(min = 0, max = 2_000))]
    pub note_chars_max: u32,
    /// How long what was quoted is charged.
    #[schemars(range(min = 1, max = 120))]
    pub quote_min: u32,
    /// How long stock is kept for an order that is not paid.
    #[schemars(range(min = 1, max = 240))]
    pub reservation_min: u32,
}

impl Default for OrderRule {
    fn default() -> Self {
        Self { lines_max: 50, per_line_max: 99, note_chars_max: 500, quote_min: 10, reservation_min: 15 }
    }
}

/// Minutes after which somebody is told that an order has not moved on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StuckRule {
    #[schemars(range(min = 1, max = 1_440))]
    pub pending_min: u32,
    #[schemars(range(min = 1, max = 1_440))]
    pub confirmed_min: u32,
    #[schemars(range(min = 1, max = 1_440))]
    pub preparing_min: u32,
    #[schemars(range(min = 1, max = 1_440))]
    pub ready_min: u32,
    #[schemars(range(min = 1, max = 1_440))]
    pub picked_up_min: u32,
    #[schemars(range(min = 1, max = 1_440))]
    pub in_transit_min: u32,
}

impl Default for StuckRule {
    fn default() -> Self {
        Self {
            pending_min: 15,
            confirmed_min: 30,
            preparing_min: 45,
            ready_min: 10,
            picked_up_min: 60,
            in_transit_min: 45,
        }
    }
}

/// How a rider is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OfferRule {
    /// Within so many metres first, then wider.
    #[schemars(length(min = 1, max = 8), inner(range(min = 100, max = 100_000)))]
    pub rings_m: Vec<u32>,
    /// How long a rider may think about an offer.
    #[schemars(range(min = 5, max = 300))]
    pub offer_s: u32,
}

impl Default for OfferRule {
    fn default() -> Self {
        Self { rings_m: vec![5_000, 7_000, 9_000], offer_s: 30 }
    }
}

/// What a buyer who cancels before the meal is prepared does not get back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CancelRule {
    /// Within so many minutes after ordering, nothing.
    #[schemars(range(min = 0, max = 1_440))]
    pub free_min: u32,
    /// Later, this share of the goods.
    #[schemars(range(min = 0, max = 10_000))]
    pub charge_bp: u32,
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub charge_max_minor: i64,
}

impl Default for CancelRule {
    fn default() -> Self {
        Self { free_min: 5, charge_bp: 1_000, charge_max_minor: 2_000 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TipRule {
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub max_minor: i64,
    /// Shares of the goods that are proposed.
    #[schemars(length(max = 6), inner(range(min = 1, max = 10_000)))]
    pub proposed_bp: Vec<u32>,
}

impl Default for TipRule {
    fn default() -> Self {
        Self { max_minor: 50_000, proposed_bp: vec![500, 1_000, 1_500] }
    }
}

/// How the delivery fee answers to what is asked for, cell by cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DemandRule {
    /// The fee is never multiplied by more.
    #[schemars(range(min = 10_000, max = 50_000))]
    pub cap_bp: u32,
    /// It moves by such steps, and one at a time.
    #[schemars(range(min = 100, max = 5_000))]
    pub step_bp: u32,
    /// The least time between two steps.
    #[schemars(range(min = 0, max = 3_600))]
    pub step_s: u32,
    /// Open orders for each free rider up to which the fee stays as it is.
    #[schemars(range(min = 1_000, max = 200_000))]
    pub calm_ratio_bp: u32,
    /// How much more the fee is for one order more for each free rider.
    #[schemars(range(min = 0, max = 50_000))]
    pub slope_bp: u32,
    /// With fewer open orders or riders about than this there is nothing to go by.
    #[schemars(range(min = 1, max = 1_000))]
    pub orders_min: u32,
    #[schemars(range(min = 0, max = 1_000))]
    pub riders_min: u32,
    /// After so many seconds what was seen counts for half.
    #[schemars(range(min = 10, max = 3_600))]
    pub half_life_s: u32,
    /// How much the cells around count, together, beside the cell itself.
    #[schemars(range(min = 0, max = 20_000))]
    pub around_bp: u32,
    /// So far beyond a step it must be before the fee takes it.
    #[schemars(range(min = 0, max = 5_000))]
    pub hold_bp: u32,
    /// What was not seen for so long is as if there were nothing.
    #[schemars(range(min = 30, max = 7_200))]
    pub forget_s: u32,
}

impl Default for DemandRule {
    fn default() -> Self {
        Self {
            cap_bp: 20_000,
            step_bp: 1_000,
            step_s: 60,
            calm_ratio_bp: 15_000,
            slope_bp: 3_000,
            orders_min: 5,
            riders_min: 2,
            half_life_s: 180,
            around_bp: 5_000,
            hold_bp: 300,
            forget_s: 900,
        }
    }
}

/// What the forecast knows of the calendar and of how much a rider can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ForecastRule {
    /// Days of the month on which people are paid; in a shorter month the last day stands for those it lacks.
    #[schemars(length(max = 8), inner(range(min = 1, max = 31)))]
    pub pay_days: Vec<u8>,
    /// The last working day of the month is one of them too.
    pub last_working_day: bool,
    #[schemars(with = "Vec<String>", length(max = 400))]
    pub holidays: Vec<Date>,
    /// Orders that a rider brings in an hour without a pause, in hundredths.
    #[schemars(range(min = 10, max = 2_000))]
    pub per_rider_hour_hundredths: u32,
    /// The share of their time that riders should be busy.
    #[schemars(range(min = 1_000, max = 10_000))]
    pub utilisation_bp: u32,
}

impl Default for ForecastRule {
    fn default() -> Self {
        Self {
            pay_days: vec![1, 15, 25],
            last_working_day: true,
            holidays: Vec::new(),
            per_rider_hour_hundredths: 250,
            utilisation_bp: 7_500,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutageRule {
    /// A store without power of its own takes no orders from so many minutes before a cut.
    #[schemars(range(min = 0, max = 240))]
    pub lead_min: u32,
    /// Riders in the area, and buyers whose orders are still at such a store, are told so many minutes before
    /// it; with 0 nobody is.
    #[schemars(range(min = 0, max = 1_440))]
    pub warn_min: u32,
    /// Told anew, once the beginning or the end has moved by more than that.
    #[schemars(range(min = 1, max = 240))]
    pub moved_min: u32,
}

impl Default for OutageRule {
    fn default() -> Self {
        Self { lead_min: 20, warn_min: 45, moved_min: 15 }
    }
}

impl OutageRule {
    pub fn lead(&self) -> SignedDuration {
        SignedDuration::from_mins(self.lead_min.into())
    }

    pub fn warn(&self) -> SignedDuration {
        SignedDuration::from_mins(self.warn_min.into())
    }

    pub fn moved(&self) -> SignedDuration {
        SignedDuration::from_mins(self.moved_min.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_merchant_pays_no_commission() {
        let rule = CommissionRule::default();
        let opened = Timestamp::from_second(1_000_000).unwrap();
        for (referrals, days, share_bp) in [
            (0, 0, 0),
            (0, 44, 0),
            (0, 45, 1_500),
            (1, 46, 0),
            (1, 47, 1_500),
            (22, 88, 0),
            (22, 89, 1_500),
            (23, 89, 0),
            (23, 90, 1_500),
            (u32::MAX, 89, 0),
            (u32::MAX, 90, 1_500),
        ] {
            let now = Timestamp::from_second(1_000_000 + days * DAY_S).unwrap();
            assert_eq!(rule.share_bp_of(opened, referrals, now), share_bp, "{referrals} in {days} days");
        }
    }
}
