use std::collections::BTreeSet;

use futures_util::future::BoxFuture;
use geo::Point;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Market, Row, StoreError};

use super::words;

kernel::id_kind!(
    /// A place with an address of its own.
    AddressKind = "adr",
    /// A street.
    StreetKind = "str",
);

/// Where a text, or a point, may mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// Stays the same as long as the address is known.
    pub id: String,
    /// For people.
    pub label: String,
    pub place: Point,
    pub precision: Precision,
    pub postcode: Option<String>,
    /// How well it fits the question: at most 1000.
    pub score: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// A house.
    Address,
    /// Somewhere on the street.
    Street,
    /// A district, a town.
    Locality,
}

/// A question for places: its words, and how many answers there may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub text: String,
    pub limit: usize,
}

/// Why an adapter has no answer. That it found nothing is an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It has nothing to look in; that is no failure.
    #[error("there are no addresses here")]
    Empty,
    #[error("{0}")]
    Failed(String),
}

/// Something that knows addresses.
pub trait Resolver: Send + Sync {
    fn name(&self) -> &str;
    /// The best first.
    fn find<'a>(
        &'a self,
        market: &'a Market,
        asked: &'a Asked,
    ) -> BoxFuture<'a, Result<Vec<Candidate>, Trouble>>;
    fn nearest<'a>(
        &'a self,
        market: &'a Market,
        point: Point,
    ) -> BoxFuture<'a, Result<Option<Candidate>, Trouble>>;
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Trouble::Failed(error.to_string())
    }
}

/// An address point as a file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoint {
    pub street: String,
    pub number: String,
    pub unit: String,
    pub place: String,
    pub postcode: String,
    pub point: Point,
}

impl NewPoint {
    /// The words of the street, which together with the town's name are what it is known by.
    pub fn street_words(&self) -> Vec<String> {
        words::words(&self.street)
    }

    pub fn street_id(&self) -> i64 {
        hashed(&[&self.street_words().join(" "), &words::words(&self.place).join(" ")])
    }

    pub fn id(&self) -> i64 {
        let street = self.street_id().to_string();
        hashed(&[&street, &plain(&self.number), &plain(&self.unit), &plain(&self.postcode)])
    }

    /// First and last house number.
    pub fn numbers(&self) -> (i64, i64) {
        let word = words::words(&self.number).join("");
        words::house_numbers(&word).or_else(|| words::house_numbers(self.number.trim())).unwrap_or((0, 0))
    }
}

fn plain(text: &str) -> String {
    words::words(text).join(" ")
}

/// The same for the same words, in every process and version; never negative.
fn hashed(parts: &[&str]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    i64::from_le_bytes(bytes) & (i64::MAX >> 1)
}

/// A street as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Street {
    pub id: i64,
    pub name: String,
    pub place: String,
    pub words: String,
    pub point: Point,
}

/// An address point as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressPoint {
    pub id: i64,
    pub street: i64,
    pub number: String,
    pub low: i64,
    pub high: i64,
    pub unit: String,
    pub postcode: String,
    pub point: Point,
}

impl Street {
    pub fn word_set(&self) -> BTreeSet<&str> {
        self.words.split(' ').collect()
    }
}

impl AddressPoint {
    pub fn label(&self, street: &Street) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        let town = [self.postcode.as_str(), &street.place].join(" ");
        let house = format!("{} {}{unit}", self.number, street.name);
        let label = if town.trim().is_empty() { house } else { format!("{house}, {}", town.trim()) };
        label.trim().to_owned()
    }

    pub fn postcode(&self) -> Option<String> {
        (!self.postcode.is_empty()).then(|| self.postcode.clone())
    }
}

fn point_at(row: &Row<'_>, lat: usize) -> Result<Point, StoreError> {
    Point::from_e7(row.get(lat)?, row.get(lat + 1)?)
        .map_err(|_| StoreError::Bug("an address lies outside the world".into()))
}

impl FromRow for Street {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let (id, name, place) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Self { id, name, place, words: row.get(3)?, point: point_at(row, 4)? })
    }
}

impl FromRow for AddressPoint {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            street: row.get(1)?,
            number: row.get(2)?,
            low: row.get(3)?,
            high: row.get(4)?,
            unit: row.get(5)?,
            postcode: row.get(6)?,
            point: point_at(row, 7)?,
        })
    }
}
