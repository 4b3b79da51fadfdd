//! What a request adds to the counters of the map.
//!
//! A row is a block: 16 cells of the map two zooms below it, over one period, and in each cell how
//! many requests there are of each category in each status, and where in the cell they lie on
//! average. Blocks stand at four zooms. A tile reads those at its own zoom or at most three below:
//! that is one row, or 4, 16 or 64 neighbours, for each period.

use geo::{Point, Spot, Tile, ZOOM_MAX};
use kernel::jiff::tz::TimeZone;

use super::names::{Kind, Names, TooMany};
use super::period::{self, Period};
use super::sums::Sums;
use super::told::{self, Shift};
use crate::request::event::Facts;

/// The zooms of blocks; the cells of a block are two deeper.
pub const BASES: [u8; 4] = [4, 8, 11, 14];
pub const CELLS_BELOW: u8 = 2;
/// How finely it is known where in its cell a request lies: 256 columns and rows.
const PLACE_BITS: u8 = 8;

const SUM_X: u64 = 0;
const SUM_Y: u64 = 1;
const CELL_SHIFT: u32 = 16;
const BLOCK_BITS: u32 = 28;

/// What a number in a block counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    SumX,
    SumY,
    Requests { category: u64, status: usize },
}

/// The number of the row of a block over a period. Blocks that are near have near numbers.
pub fn row(base: u8, period: Period, block: i64) -> i64 {
    i64::from(base) << (BLOCK_BITS + period::BITS) | period.code() << BLOCK_BITS | block
}

/// The block that a row is about.
pub fn block(row: i64) -> i64 {
    row & ((1 << BLOCK_BITS) - 1)
}

/// The cell within its block and what is counted there.
pub fn read_code(code: u64) -> (u64, Counted) {
    let counted = match code & ((1 << CELL_SHIFT) - 1) {
        SUM_X => Counted::SumX,
        SUM_Y => Counted::SumY,
        key => Counted::Requests { category: key >> 3, status: (key & 7) as usize },
    };
    (code >> CELL_SHIFT, counted)
}

pub fn shift(sums: &mut Sums, names: &mut Names, zone: &TimeZone, shift: &Shift) -> Result<(), TooMany> {
    for (facts, sign) in [(&shift.before, -1), (&shift.after, 1)] {
        let Some(facts) = facts else { continue };
        // Numbered even when it does not count, so that numbers do not depend on how events are batched.
        let category = names.number(Kind::Category, &facts.category)?;
        if told::is_seen(facts) {
            add(sums, category, zone, facts, sign);
        }
    }
    Ok(())
}

fn add(sums: &mut Sums, category: u64, zone: &TimeZone, facts: &Facts, sign: i64) {
    // Facts come from requests, whose places were checked; whatever else it is lies in the sea.
    let sea = || Point::from_e7(0, 0).unwrap_or_else(|_| unreachable!("the middle of the map"));
    let spot = Spot::of(Point::from_e7(facts.lat, facts.long).unwrap_or_else(|_| sea()));
    let key = category << 3 | told::status_number(facts.status) as u64;
    let periods = Period::of(facts.at, zone);
    for base in BASES {
        let cell_zoom = base + CELLS_BELOW;
        let cell = Tile::of(spot, cell_zoom).code();
        let within = (cell as u64 & ((1 << (2 * CELLS_BELOW)) - 1)) << CELL_SHIFT;
        let place = |at: u32| i64::from(at >> (ZOOM_MAX - cell_zoom - PLACE_BITS) & ((1 << PLACE_BITS) - 1));
        for period in periods {
            let row = row(base, period, cell >> (2 * CELLS_BELOW));
            sums.add(row, within | SUM_X, sign * place(spot.x));
            sums.add(row, within | SUM_Y, sign * place(spot.y));
            sums.add(row, within | key, sign);
        }
    }
}

/// Where the requests of a cell lie on average, from the sums of their places.
pub fn mean_spot(cell: Tile, sum_x: i64, sum_y: i64, requests: i64) -> Spot {
    let shift = ZOOM_MAX - cell.zoom() - PLACE_BITS;
    let mean = |sum: i64| (((2 * sum + requests) << shift) / (2 * requests).max(1)) as u32;
    let corner = cell.corner();
    let last = (1_u32 << (ZOOM_MAX - cell.zoom())) - 1;
    Spot { x: corner.x + mean(sum_x).min(last), y: corner.y + mean(sum_y).min(last) }
}
