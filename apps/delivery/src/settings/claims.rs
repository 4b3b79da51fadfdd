//! What buyers may ask to have back, and who bears it.

use kernel::jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claim::model::{Bearer, Reason};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimRule {
    /// For so long after an order is over something may be asked back.
    #[schemars(range(min = 1, max = 8_760))]
    pub within_hours: u32,
    /// The merchant has so long to say something to it before an operator decides.
    #[schemars(range(min = 0, max = 720))]
    pub answer_hours: u32,
    /// For so long after an answer the buyer may dispute it.
    #[schemars(range(min = 0, max = 8_760))]
    pub dispute_hours: u32,
    /// What costs no more than this is approved by itself, once for an order; nothing is, without.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub automatic_max_minor: Option<i64>,
    pub bearers: BearerRule,
}

impl Default for ClaimRule {
    fn default() -> Self {
        Self {
            within_hours: 48,
            answer_hours: 24,
            dispute_hours: 168,
            automatic_max_minor: None,
            bearers: BearerRule::default(),
        }
    }
}

impl ClaimRule {
    pub fn within(&self) -> SignedDuration {
        SignedDuration::from_hours(self.within_hours.into())
    }

    pub fn answer(&self) -> SignedDuration {
        SignedDuration::from_hours(self.answer_hours.into())
    }

    pub fn dispute(&self) -> SignedDuration {
        SignedDuration::from_hours(self.dispute_hours.into())
    }
}

/// Who bears it, for each reason, unless an operator decides otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BearerRule {
    pub missing: Bearer,
    pub wrong_item: Bearer,
    pub quality: Bearer,
    pub damaged: Bearer,
    pub never_came: Bearer,
    pub late: Bearer,
    pub other: Bearer,
}

impl Default for BearerRule {
    fn default() -> Self {
        Self {
            missing: Bearer::Merchant,
            wrong_item: Bearer::Merchant,
            quality: Bearer::Merchant,
            damaged: Bearer::Platform,
            never_came: Bearer::Platform,
            late: Bearer::Platform,
            other: Bearer::Platform,
        }
    }
}

impl BearerRule {
    pub fn of(&self, reason: Reason) -> Bearer {
        match reason {
            Reason::Missing => self.missing,
            Reason::WrongItem => self.wrong_item,
            Reason::Quality => self.quality,
            Reason::Damaged => self.damaged,
            Reason::NeverCame => self.never_came,
            Reason::Late => self.late,
            Reason::Other => self.other,
        }
    }
}
