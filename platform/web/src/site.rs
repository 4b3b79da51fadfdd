use std::sync::Arc;

use kernel::Id;
use kernel::jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The tenant and market that an address means, ready for use.
#[derive(Clone)]
pub struct Site {
    pub tenant: Id<kernel::Tenant>,
    pub tenant_slug: Arc<str>,
    pub tenant_name: Arc<str>,
    pub tier: Tier,
    pub market_id: Id<kernel::Market>,
    pub market_slug: Arc<str>,
    pub market_name: Arc<str>,
    pub zone: TimeZone,
    /// ISO 4217.
    pub currency: Arc<str>,
    /// BCP 47, the first is the default.
    pub languages: Arc<[String]>,
    pub features: Features,
    /// Where the tenant's people are kept.
    pub home: store::Market,
    /// Where this market's rows are kept.
    pub market: store::Market,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    #[default]
    Free,
    Basic,
    Premium,
}

/// Which apps and features a market has switched on, and for how many of its people.
#[derive(Debug, Clone, Default)]
pub struct Features(Arc<[(String, u8)]>);

impl Features {
    pub fn new(switches: impl IntoIterator<Item = (String, u8)>) -> Self {
        Self(switches.into_iter().collect())
    }

    /// Switched on for anyone at all.
    pub fn on(&self, feature: &str) -> bool {
        self.percent(feature) > 0
    }

    /// Switched on for this person: the same answer each time, and for other people as the
    /// percentage grows, never for fewer.
    pub fn on_for(&self, feature: &str, who: i64) -> bool {
        let hash = blake3::hash(format!("{feature}:{who}").as_bytes());
        let bucket = u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) % 100;
        bucket < u16::from(self.percent(feature))
    }

    fn percent(&self, feature: &str) -> u8 {
        self.0.iter().find(|(name, _)| name == feature).map_or(0, |(_, percent)| *percent)
    }
}
