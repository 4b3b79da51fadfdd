use std::collections::HashMap;

use geo::{Cell, Point};
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::limits;

/// The cell by which demand is counted.
pub fn cell_of(point: Point) -> Cell {
    Cell::of(point).at_level(limits::CELL_LEVEL)
}

/// What is to be seen in one cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub open_orders: u32,
    pub free_riders: u32,
}

/// Where open orders and free riders are, counted by cell.
pub fn counts(
    orders: impl IntoIterator<Item = Point>,
    riders: impl IntoIterator<Item = Point>,
) -> HashMap<Cell, Count> {
    let mut counts: HashMap<Cell, Count> = HashMap::new();
    for order in orders {
        counts.entry(cell_of(order)).or_default().open_orders += 1;
    }
    for rider in riders {
        counts.entry(cell_of(rider)).or_default().free_riders += 1;
    }
    counts
}

/// How a cell stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heat {
    pub cell: Cell,
    /// Smoothed, in hundredths.
    pub orders_hundredths: i64,
    pub riders_hundredths: i64,
    pub factor_bp: u32,
    pub at: Timestamp,
}

/// One cell of the map, as operators see it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HeatView {
    /// The number of the cell among those of its size.
    pub cell: i64,
    pub centre: Point,
    /// West, south, east, north in degrees.
    pub bbox: [f64; 4],
    /// Open orders, smoothed; over a time in the past, their mean.
    pub orders: f64,
    pub riders: f64,
    /// What it makes of the delivery fee; over a time in the past, the most it made.
    pub factor_bp: u32,
}

/// One hour, as operators see it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HourView {
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub from: Timestamp,
    pub orders: f64,
    pub riders: f64,
    pub factor_bp: u32,
}

/// Sums over what was written down, of one cell or of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// The cell's code, or the hour's number.
    pub key: i64,
    pub orders_hundredths: i64,
    pub riders_hundredths: i64,
    pub factor_bp: u32,
}

/// How much a number of hundredths is, shared by so many.
pub fn mean(hundredths: i64, among: i64) -> f64 {
    let hundredths = (hundredths as f64 / among.max(1) as f64).round();
    hundredths / 100.0
}

impl HeatView {
    pub fn new(cell: Cell, orders: f64, riders: f64, factor_bp: u32) -> Self {
        let bounds = cell.bounds();
        let degrees = |e7: i32| f64::from(e7) / 1e7;
        let edges = [bounds.west_e7(), bounds.south_e7(), bounds.east_e7(), bounds.north_e7()];
        Self { cell: cell.code(), centre: cell.centre(), bbox: edges.map(degrees), orders, riders, factor_bp }
    }
}

impl From<&Heat> for HeatView {
    fn from(heat: &Heat) -> Self {
        let (orders, riders) = (mean(heat.orders_hundredths, 1), mean(heat.riders_hundredths, 1));
        Self::new(heat.cell, orders, riders, heat.factor_bp)
    }
}
