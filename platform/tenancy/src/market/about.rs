//! What a market's file carries besides its rows: all that is needed to add the market elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::{MarketRow, NewMarket};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub name: String,
    /// IANA.
    pub zone: String,
    /// ISO 4217.
    pub currency: String,
    /// Apps and features with the percentage of people who have them.
    pub features: BTreeMap<String, u8>,
}

impl About {
    pub fn of(market: &MarketRow) -> Self {
        Self {
            name: market.name.clone(),
            zone: market.zone.clone(),
            currency: market.currency.clone(),
            features: market.features.clone(),
        }
    }

    pub fn text(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// `None` for what another program may have written.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The market that it describes, at an address of its own.
    pub fn at(self, tenant: &str, slug: &str) -> NewMarket {
        NewMarket {
            tenant: tenant.to_owned(),
            slug: slug.to_owned(),
            name: self.name,
            zone: self.zone,
            currency: Some(self.currency),
            features: self.features.into_iter().collect(),
        }
    }
}
