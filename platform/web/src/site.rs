use std::sync::Arc;

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Id};
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

    /// Switched on for this person or key: the same answer each time, and for others too as the
    /// percentage grows, never for fewer. Whoever has not signed in waits until it is on for all.
    pub fn on_for(&self, feature: &str, who: Actor) -> bool {
        let who = match (self.percent(feature), who) {
            (100.., _) => return true,
            (0, _) | (_, Actor::Anonymous) => return false,
            (_, who) => who.to_raw(),
        };
        let hash = blake3::hash(format!("{feature}:{who}").as_bytes());
        let bucket = u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) % 100;
        bucket < u16::from(self.percent(feature))
    }

    fn percent(&self, feature: &str) -> u8 {
        self.0.iter().find(|(name, _)| name == feature).map_or(0, |(_, percent)| *percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_people_has_a_feature_and_keeps_it_as_the_share_grows() {
        let people: Vec<Actor> = (1..=1_000).map(|id| Actor::Person(Id::from_raw(id << 22))).collect();
        let mut before = 0;
        for percent in [0, 1, 25, 50, 75, 99, 100] {
            let features = Features::new([("chat".to_owned(), percent)]);
            let has = |who: &&Actor| features.on_for("chat", **who);
            let now: Vec<&Actor> = people.iter().filter(has).collect();
            let share = usize::from(percent) * 10;
            assert!(now.len().abs_diff(share) <= 40, "{percent} %: {} of 1000", now.len());
            assert!(now.len() >= before, "{percent} %");
            assert_eq!(features.on_for("chat", Actor::Anonymous), percent == 100, "{percent} %");
            before = now.len();
        }
        let features = |percent| Features::new([("chat".to_owned(), percent)]);
        for who in &people {
            let grown = !features(25).on_for("chat", *who) || features(50).on_for("chat", *who);
            assert!(grown, "nobody loses it");
        }
    }
}
