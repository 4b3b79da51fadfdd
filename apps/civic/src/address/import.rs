//! Address points from a file, in batches: as long as it may be, only a few lines are in memory.

use std::io::BufRead;

use geo::Point;
use kernel::text::{self, Lines};
use store::{CommitError, Market, Stamp};

pub use super::csv::CsvError;
use super::csv::Records;
use super::model::NewPoint;
use super::repo;
use crate::limits;

const WANTED: &str = "LON, LAT, NUMBER and STREET";

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    pub points: u64,
    /// Lines that could not be taken.
    pub skipped: u64,
    /// The first of them, and what each lacks.
    pub faults: Vec<(u64, Lack)>,
}

/// Why a line cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    #[error("it has no street that could be looked for")]
    Street,
    #[error("it has no house number")]
    Number,
    #[error("LAT and LON are no place on the earth")]
    Place,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    File(#[from] CsvError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// The points of a file with a line of column names, as OpenAddresses has them.
pub struct Points<R> {
    records: Records<R>,
    columns: Columns,
    pub tally: Tally,
}

struct Columns {
    long: usize,
    lat: usize,
    number: usize,
    street: usize,
    unit: Option<usize>,
    city: Option<usize>,
    district: Option<usize>,
    postcode: Option<usize>,
}

impl Columns {
    fn of(names: &[String]) -> Option<Self> {
        let at = |name: &str| names.iter().position(|its| its.trim().eq_ignore_ascii_case(name));
        Some(Self {
            long: at("LON")?,
            lat: at("LAT")?,
            number: at("NUMBER")?,
            street: at("STREET")?,
            unit: at("UNIT"),
            city: at("CITY"),
            district: at("DISTRICT"),
            postcode: at("POSTCODE"),
        })
    }
}

impl<R: BufRead> Points<R> {
    pub fn new(from: R) -> Result<Self, CsvError> {
        let mut records = Records::new(from);
        let names = records.next()?.map(|(_, names)| names).unwrap_or_default();
        let columns = Columns::of(&names).ok_or_else(|| CsvError::Columns(WANTED.into()))?;
        Ok(Self { records, columns, tally: Tally::default() })
    }

    /// Some points more; none at the end.
    pub fn batch(&mut self) -> Result<Vec<NewPoint>, CsvError> {
        let mut points = Vec::with_capacity(limits::ADDRESS_BATCH);
        while points.len() < limits::ADDRESS_BATCH {
            let Some((line, record)) = self.records.next()? else { break };
            match self.columns.point(&record) {
                Ok(point) => points.push(point),
                Err(lack) => {
                    self.tally.skipped += 1;
                    if self.tally.faults.len() < limits::IMPORT_FAULTS_MAX {
                        self.tally.faults.push((line, lack));
                    }
                }
            }
        }
        Ok(points)
    }
}

impl Columns {
    fn point(&self, record: &[String]) -> Result<NewPoint, Lack> {
        let text = |column: usize| {
            let text = record.get(column)?.trim();
            let sound =
                text.len() <= limits::CSV_FIELD_BYTES_MAX && text::fault("", text, Lines::One).is_none();
            sound.then(|| text.to_owned())
        };
        let said = |column: usize| text(column).filter(|text| !text.is_empty());
        let degrees = |column: usize| said(column)?.parse::<f64>().ok();
        let place = self.city.and_then(said).or_else(|| self.district.and_then(said));
        let point = || Point::from_degrees(degrees(self.lat)?, degrees(self.long)?).ok();
        let point = NewPoint {
            street: said(self.street).ok_or(Lack::Street)?,
            number: said(self.number).ok_or(Lack::Number)?,
            unit: self.unit.and_then(text).unwrap_or_default(),
            place: place.unwrap_or_default(),
            postcode: self.postcode.and_then(text).unwrap_or_default(),
            point: point().ok_or(Lack::Place)?,
        };
        if point.street_words().is_empty() { Err(Lack::Street) } else { Ok(point) }
    }
}

/// Imports a file batch by batch. One that was interrupted is imported again from its start: a point
/// that is there already stays one.
pub async fn import<R: BufRead>(
    market: &Market,
    stamp: Stamp,
    from: R,
    mut told: impl FnMut(&Tally),
) -> Result<Tally, ImportError> {
    let mut points = Points::new(from)?;
    loop {
        let batch = points.batch()?;
        if batch.is_empty() {
            return Ok(points.tally);
        }
        market.commit(stamp, repo::put(&batch)).await?;
        points.tally.points += batch.len() as u64;
        told(&points.tally);
    }
}
