use std::collections::BTreeMap;

use kernel::Id;
use store::{FromRow, Place, Row, StoreError};

/// One market as the system keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketRow {
    pub id: Id<kernel::Market>,
    pub tenant: Id<kernel::Tenant>,
    pub slug: String,
    pub name: String,
    pub zone: String,
    pub currency: String,
    /// Apps and features with the percentage of people who have them.
    pub features: BTreeMap<String, u8>,
    /// The name of a configured database; empty is the default one.
    pub database: String,
    pub state: State,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The row is written, its store may not be there yet: repeat the command.
    Making,
    Active,
    /// Being copied to another database; still served from where its row says.
    Moving,
    /// Kept, not served.
    Archived,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMarket {
    /// The tenant's slug.
    pub tenant: String,
    pub slug: String,
    pub name: String,
    /// IANA.
    pub zone: String,
    /// ISO 4217; the tenant's own when it is not given.
    pub currency: Option<String>,
    /// Apps and features with the percentage of people who have them.
    pub features: Vec<(String, u8)>,
}

impl MarketRow {
    pub fn place(&self, tenant: &str) -> Place {
        let place = Place::market(self.id, tenant, &self.slug);
        if self.database.is_empty() { place } else { place.on(&self.database) }
    }

    pub(crate) fn is_served(&self) -> bool {
        matches!(self.state, State::Active | State::Moving)
    }
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Making => "making",
            State::Active => "active",
            State::Moving => "moving",
            State::Archived => "archived",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let all = [State::Making, State::Active, State::Moving, State::Archived];
        all.into_iter().find(|state| state.name() == name)
    }
}

impl FromRow for MarketRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let unknown = |what: &str| StoreError::Bug(format!("a market's {what} is unknown to this version"));
        Ok(Self {
            id: row.get(0)?,
            tenant: row.get(1)?,
            slug: row.get(2)?,
            name: row.get(3)?,
            zone: row.get(4)?,
            currency: row.get(5)?,
            features: serde_json::from_str(&row.get::<String>(6)?).map_err(|_| unknown("features"))?,
            database: row.get(7)?,
            state: State::named(&row.get::<String>(8)?).ok_or_else(|| unknown("state"))?,
            version: row.get(9)?,
        })
    }
}
