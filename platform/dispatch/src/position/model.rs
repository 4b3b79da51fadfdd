use geo::Point;
use kernel::jiff::Timestamp;
use store::{FromRow, Row, StoreError};

use super::ping::{Duty, Ping, WorkerId};
use crate::mode::Mode;

/// Where somebody was, worth a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    pub worker: WorkerId,
    pub ping: Ping,
    pub heard: Timestamp,
}

/// Somebody on duty and their last sample, as rows tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub worker: WorkerId,
    pub duty: Duty,
    pub ping: Ping,
    pub heard: Timestamp,
}

/// Somebody who works here, as kept: what counts when a job is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worker {
    pub id: WorkerId,
    pub duty: Duty,
    pub on_duty: bool,
    /// Since when they are, or were, on duty.
    pub since: Timestamp,
    /// Since when they have nothing to do; it counts only while they have not.
    pub idle_since: Timestamp,
    /// In minor units, on the day of that number.
    pub earned: i64,
    pub earned_day: i64,
}

impl Worker {
    pub fn earned_on(&self, day: i64) -> i64 {
        if self.earned_day == day { self.earned } else { 0 }
    }
}

fn mode(row: &Row<'_>, column: usize) -> Result<Mode, StoreError> {
    let number = row.get(column)?;
    Mode::numbered(number).ok_or_else(|| StoreError::Bug(format!("there is no mode {number}")))
}

pub(crate) fn point(row: &Row<'_>, column: usize) -> Result<Point, StoreError> {
    Point::from_e7(row.get(column)?, row.get(column + 1)?)
        .map_err(|error| StoreError::Bug(format!("a place that was kept: {error}")))
}

fn duty(row: &Row<'_>, column: usize) -> Result<Duty, StoreError> {
    Ok(Duty { mode: mode(row, column)?, capacity: row.get(column + 1)?, load: row.get(column + 2)? })
}

impl FromRow for Known {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let ping = Ping {
            heading_deg: row.get(8)?,
            speed_kmh: row.get(9)?,
            accuracy_m: row.get(10)?,
            ..Ping::new(point(row, 4)?, row.get(6)?, row.get(7)?)
        };
        Ok(Self { worker: row.get(0)?, duty: duty(row, 1)?, ping, heard: row.get(11)? })
    }
}

impl FromRow for Worker {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            duty: duty(row, 1)?,
            on_duty: row.get(4)?,
            since: row.get(5)?,
            idle_since: row.get(6)?,
            earned: row.get(7)?,
            earned_day: row.get(8)?,
        })
    }
}

impl FromRow for Sample {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let ping = Ping {
            heading_deg: row.get(5)?,
            speed_kmh: row.get(6)?,
            accuracy_m: row.get(7)?,
            ..Ping::new(point(row, 1)?, row.get(3)?, row.get(4)?)
        };
        Ok(Self { worker: row.get(0)?, ping, heard: row.get(8)? })
    }
}
