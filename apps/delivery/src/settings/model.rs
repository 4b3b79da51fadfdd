use kernel::jiff::Timestamp;
use kernel::{Currency, Money, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::claims::ClaimRule;
use super::limits;
use super::parts::{
    CancelRule, CoinRule, CommissionRule, DemandRule, FeeRule, ForecastRule, OfferRule, OrderRule,
    OutageRule, PayoutRule, ReferralTier, RiderRule, ServiceRule, StuckRule, TipRule, referral_tiers,
};

/// What managers choose for their market. The default is a market in South Africa.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Of every amount here, and of every price.
    pub currency: Currency,
    /// BCP 47.
    #[schemars(length(min = 1, max = 20), inner(length(min = 2, max = 35)))]
    pub languages: Vec<String>,
    /// Included in every price and fee.
    #[schemars(range(min = 0, max = 5_000))]
    pub vat_bp: u32,
    pub fee: FeeRule,
    pub service: ServiceRule,
    pub commission: CommissionRule,
    pub rider: RiderRule,
    pub payout: PayoutRule,
    pub coins: CoinRule,
    #[schemars(length(max = 16))]
    pub referral_tiers: Vec<ReferralTier>,
    pub order: OrderRule,
    pub stuck: StuckRule,
    pub dispatch: OfferRule,
    pub cancel: CancelRule,
    pub claim: ClaimRule,
    pub tip: TipRule,
    pub demand: DemandRule,
    pub forecast: ForecastRule,
    pub outage: OutageRule,
}

const SOUTH_AFRICAN_LANGUAGES: [&str; 11] =
    ["en", "zu", "xh", "af", "nso", "tn", "st", "ts", "ss", "ve", "nr"];
const SOUTH_AFRICAN_VAT_BP: u32 = 1_500;

impl Default for Settings {
    fn default() -> Self {
        Self {
            currency: Currency::ZAR,
            languages: SOUTH_AFRICAN_LANGUAGES.map(str::to_owned).into(),
            vat_bp: SOUTH_AFRICAN_VAT_BP,
            fee: FeeRule::default(),
            service: ServiceRule::default(),
            commission: CommissionRule::default(),
            rider: RiderRule::default(),
            payout: PayoutRule::default(),
            coins: CoinRule::default(),
            referral_tiers: referral_tiers(),
            order: OrderRule::default(),
            stuck: StuckRule::default(),
            dispatch: OfferRule::default(),
            cancel: CancelRule::default(),
            claim: ClaimRule::default(),
            tip: TipRule::default(),
            demand: DemandRule::default(),
            forecast: ForecastRule::default(),
            outage: OutageRule::default(),
        }
    }
}

impl Settings {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// Whether the prices of a place that trades in this currency can be reckoned by them: a place that
    /// has set nothing has the template's.
    pub fn fit(&self, currency: Currency) -> Result<(), Refusal> {
        if self.currency == currency {
            return Ok(());
        }
        let message = "Nobody has said yet what deliveries cost here.";
        Err(Refusal::unavailable("delivery_not_set_up", message, limits::NOT_SET_UP_RETRY_S))
    }
}

/// Settings, and from when on they hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dated {
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub from: Timestamp,
    pub settings: Settings,
}

/// The rules of one market at one version: those that hold, and those that will.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    pub version: i64,
    /// What holds before anything was set.
    template: Settings,
    /// By the time from which each holds.
    dated: Vec<Dated>,
}

impl Rules {
    pub fn new(version: i64, mut dated: Vec<Dated>) -> Self {
        dated.sort_by_key(|its| its.from);
        Self { version, template: Settings::default(), dated }
    }

    /// What holds at a moment, which is now or later.
    pub fn at(&self, now: Timestamp) -> &Settings {
        let later = self.dated.partition_point(|its| its.from <= now);
        self.dated[..later].last().map_or(&self.template, |its| &its.settings)
    }

    /// Those that hold from a later moment on, the next first.
    pub fn after(&self, now: Timestamp) -> &[Dated] {
        &self.dated[self.dated.partition_point(|its| its.from <= now)..]
    }
}

/// What everybody may know.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PublicSettings {
    pub currency: Currency,
    pub languages: Vec<String>,
    pub vat_bp: u32,
    pub fee: FeeRule,
    pub service: ServiceRule,
    /// The delivery fee is never multiplied by more than this.
    pub factor_max_bp: u32,
    pub coin_value_minor: i64,
    pub coins_spent_max_bp: u32,
    pub referral_tiers: Vec<ReferralTier>,
    pub order: OrderRule,
    pub cancel: CancelRule,
    pub tip: TipRule,
}

impl From<&Settings> for PublicSettings {
    fn from(settings: &Settings) -> Self {
        Self {
            currency: settings.currency,
            languages: settings.languages.clone(),
            vat_bp: settings.vat_bp,
            fee: settings.fee.clone(),
            service: settings.service.clone(),
            factor_max_bp: settings.demand.cap_bp,
            coin_value_minor: settings.coins.value_minor,
            coins_spent_max_bp: settings.coins.spent_max_bp,
            referral_tiers: settings.referral_tiers.clone(),
            order: settings.order.clone(),
            cancel: settings.cancel.clone(),
            tip: settings.tip.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dated_holds_from_its_moment_on() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let dated =
            |second, vat_bp| Dated { from: at(second), settings: Settings { vat_bp, ..Settings::default() } };
        let rules = Rules::new(7, vec![dated(300, 3), dated(100, 1), dated(200, 2)]);
        for (second, vat_bp, later) in
            [(99, 1_500, 3), (100, 1, 2), (199, 1, 2), (200, 2, 1), (300, 3, 0), (9_999, 3, 0)]
        {
            assert_eq!(rules.at(at(second)).vat_bp, vat_bp, "at {second}");
            assert_eq!(rules.after(at(second)).len(), later, "after {second}");
        }
        assert_eq!(Rules::default().at(at(0)), &Settings::default());
    }

    #[test]
    fn a_place_with_another_currency_sets_its_own() {
        let code = |currency| Settings::default().fit(currency).err().map(|refusal| refusal.code());
        assert_eq!((code(Currency::ZAR), code(Currency::KES)), (None, Some("delivery_not_set_up")));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = serde_json::to_string(&Settings::default()).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), Settings::default());
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
    }
}
