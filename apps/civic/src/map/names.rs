//! Short numbers for long names, made when a name is first seen. Each follower has its own, in the
//! order of its events, so that whoever counts anew from the first event finds the same ones.

use std::collections::HashMap;

use bus::{Directory, Trouble};
use kernel::jiff::tz::TimeZone;
use kernel::{Change, Decision, values};
use store::{Market, StoreError};

use super::limits;

kernel::statements! {
    short NAMES = "select kind, number, name from counted_name where follower = ?1 limit ?2";
    short ADD = "insert into counted_name (follower, kind, number, name) values (?1, ?2, ?3, ?4)";
    long CLEAR = "delete from counted_name where follower = ?1";
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Category,
    Area,
    Agency,
    Zone,
}

impl Kind {
    const NAMES: [(Kind, &'static str); 4] =
        [(Kind::Category, "category"), (Kind::Area, "area"), (Kind::Agency, "agency"), (Kind::Zone, "zone")];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("zone", |(_, name)| name)
    }
}

/// What one follower calls things.
#[derive(Debug, Clone, Default)]
pub struct Names {
    numbers: HashMap<(Kind, String), u64>,
    names: HashMap<(Kind, u64), String>,
    fresh: Vec<(Kind, u64, String)>,
}

/// There are more names than counters have room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more names than can be counted by")]
pub struct TooMany;

impl Names {
    pub async fn load(market: &Market, follower: &'static str) -> Result<Self, StoreError> {
        let mut names = Self::default();
        let limit = limits::NAMES_MAX as i64;
        let rows: Vec<(String, i64, String)> = market.list(NAMES, values![follower, limit]).await?;
        for (kind, number, name) in rows {
            let kind = Kind::NAMES.iter().find(|(_, its)| *its == kind).map(|(kind, _)| *kind);
            names.know(kind.unwrap_or(Kind::Zone), number as u64, &name);
        }
        Ok(names)
    }

    fn know(&mut self, kind: Kind, number: u64, name: &str) {
        self.numbers.insert((kind, name.to_owned()), number);
        self.names.insert((kind, number), name.to_owned());
    }

    /// Its number, a new one if it has none. The first is 1.
    pub fn number(&mut self, kind: Kind, name: &str) -> Result<u64, TooMany> {
        if let Some(number) = self.find(kind, name) {
            return Ok(number);
        }
        if self.names.len() >= limits::NAMES_MAX {
            return Err(TooMany);
        }
        let number = self.names.keys().filter(|(its, _)| *its == kind).count() as u64 + 1;
        self.know(kind, number, name);
        self.fresh.push((kind, number, name.to_owned()));
        Ok(number)
    }

    pub fn find(&self, kind: Kind, name: &str) -> Option<u64> {
        self.numbers.get(&(kind, name.to_owned())).copied()
    }

    pub fn name(&self, kind: Kind, number: u64) -> Option<&str> {
        self.names.get(&(kind, number)).map(String::as_str)
    }

    /// The zone in which days are counted here: the one that was the market's when counting began.
    pub fn zone(&mut self, market: &Market, directory: &dyn Directory) -> Result<TimeZone, Trouble> {
        if let Some(zone) = self.kept_zone() {
            return Ok(zone);
        }
        let zone = directory.zone(market);
        let zone = zone.ok_or_else(|| Trouble::OutOfReach("the market's time zone is not known".into()))?;
        let name = zone.iana_name().unwrap_or("UTC").to_owned();
        self.number(Kind::Zone, &name).map_err(|error| Trouble::Failed(error.to_string()))?;
        Ok(kernel::zone::zone(&name).unwrap_or(TimeZone::UTC))
    }

    /// Nothing was counted yet where there is none.
    pub fn kept_zone(&self) -> Option<TimeZone> {
        self.name(Kind::Zone, 1).map(|name| kernel::zone::zone(name).unwrap_or(TimeZone::UTC))
    }

    /// What was named since it was loaded.
    pub fn keep(&self, follower: &'static str) -> impl Iterator<Item = Change> {
        let row = move |(kind, number, name): &(Kind, u64, String)| {
            ADD.with(values![follower, kind.name(), *number as i64, name])
        };
        self.fresh.iter().map(row)
    }
}

pub fn clear(follower: &'static str) -> Decision {
    Decision::nothing().change(CLEAR.with(values![follower]).any_rows())
}
