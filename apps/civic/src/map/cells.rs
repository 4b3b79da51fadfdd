//! Cells of the map from the counters: what a tile or a heat map is drawn from.

use std::collections::{BTreeMap, HashMap};

use geo::{BoundingBox, Point, Spot, Tile};
use store::{Market, Query, Rows, StoreError};

use super::count::{self, BASES, CELLS_BELOW, Counted};
use super::limits;
use super::repo;
use super::sums;
use super::told::STATUSES;
use super::which::Which;

/// A square of the map with requests in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub tile: Tile,
    /// Where its requests lie on average.
    pub place: Spot,
    pub by_status: [i64; STATUSES.len()],
}

impl Cell {
    pub fn requests(&self) -> i64 {
        self.by_status.iter().sum()
    }
}

/// The cells of a tile: at most eight a side.
pub async fn of_tile(market: &Market, tile: Tile, which: &Which) -> Result<Vec<Cell>, StoreError> {
    let base = base_for(tile.zoom());
    let zoom = (base + CELLS_BELOW).min(tile.zoom() + 3);
    let ranges = [tile.codes_at(base)];
    read(market, base, zoom, &ranges, which, false).await
}

/// The cells of a box, as fine as that gives about `cells_max` of them. Those on its edge are whole.
pub async fn of_box(
    market: &Market,
    bbox: &BoundingBox,
    cells_max: u64,
    which: &Which,
) -> Result<Vec<Cell>, StoreError> {
    let parts: Vec<Rect> = bbox.parts().map(|part| Rect::of(&part)).collect();
    let deepest = BASES[BASES.len() - 1] + CELLS_BELOW;
    let many = |zoom: u8| parts.iter().map(|part| part.cells_at(zoom)).sum::<u64>();
    let zoom = (0..=deepest).rev().find(|zoom| many(*zoom) <= cells_max).unwrap_or(0);
    let base = base_for(zoom.saturating_sub(CELLS_BELOW));
    let mut ranges: Vec<(i64, i64)> = parts.iter().flat_map(|part| part.ranges_at(base)).collect();
    ranges.sort_unstable();
    ranges.dedup();
    let mut cells = read(market, base, zoom, &ranges, which, true).await?;
    cells.retain(|cell| parts.iter().any(|part| part.touches(cell.tile)));
    Ok(cells)
}

/// The blocks that hold the cells of this zoom.
fn base_for(zoom: u8) -> u8 {
    BASES.into_iter().find(|base| *base >= zoom).unwrap_or(BASES[BASES.len() - 1])
}

async fn read(
    market: &Market,
    base: u8,
    zoom: u8,
    ranges: &[(i64, i64)],
    which: &Which,
    is_wide: bool,
) -> Result<Vec<Cell>, StoreError> {
    let is_wide = is_wide || which.periods.len() > 1;
    let asked: Vec<(i64, Query)> = which
        .periods
        .iter()
        .flat_map(|(period, sign)| ranges.iter().map(move |range| (period, sign, range)))
        .map(|(period, sign, (first, last))| {
            let row = |block: i64| count::row(base, *period, block);
            (*sign, repo::blocks(is_wide, row(*first), row(*last)))
        })
        .collect();
    let (signs, queries): (Vec<i64>, Vec<Query>) = asked.into_iter().unzip();
    let mut fine = Fine::default();
    for (sign, rows) in signs.into_iter().zip(market.snapshot(queries).await?) {
        fine.take(sign, &rows, which)?;
    }
    Ok(fine.coarse(base + CELLS_BELOW, zoom))
}

/// What is known of the cells of blocks, by the block's code.
#[derive(Default)]
struct Fine(HashMap<i64, [Heap; CELLS]>);

/// Cells of one block.
const CELLS: usize = 1 << (2 * CELLS_BELOW);

#[derive(Debug, Clone, Copy, Default)]
struct Heap {
    sum_x: i64,
    sum_y: i64,
    /// All that the sums are of, whether asked for or not.
    all: i64,
    by_status: [i64; STATUSES.len()],
}

impl Fine {
    fn take(&mut self, sign: i64, rows: &Rows, which: &Which) -> Result<(), StoreError> {
        for (row, bytes) in rows.list::<(i64, Vec<u8>)>()? {
            let heaps = self.0.entry(count::block(row)).or_default();
            sums::each(&bytes, |code, number| {
                let (cell, counted) = count::read_code(code);
                let Some(heap) = heaps.get_mut(cell as usize) else { return };
                match counted {
                    Counted::SumX => heap.sum_x += sign * number,
                    Counted::SumY => heap.sum_y += sign * number,
                    Counted::Requests { category, status } => {
                        heap.all += sign * number;
                        if which.has(category, status) {
                            heap.by_status[status] += sign * number;
                        }
                    }
                }
            })
            .map_err(|error| StoreError::Bug(error.to_string()))?;
        }
        Ok(())
    }

    /// Put together at a coarser zoom, in the order of codes.
    fn coarse(self, zoom_of_cells: u8, zoom: u8) -> Vec<Cell> {
        let mut heaps: BTreeMap<i64, (i64, i64, [i64; STATUSES.len()])> = BTreeMap::new();
        let cells = self.0.into_iter().flat_map(|(block, heaps)| {
            (block << (2 * CELLS_BELOW)..).zip(heaps).filter(|(_, heap)| heap.all != 0)
        });
        for (code, heap) in cells {
            let requests: i64 = heap.by_status.iter().sum();
            let Some(tile) = Tile::from_code(zoom_of_cells, code).filter(|_| requests > 0) else { continue };
            let place = count::mean_spot(tile, heap.sum_x, heap.sum_y, heap.all);
            let into = heaps.entry(code >> (2 * (zoom_of_cells - zoom))).or_default();
            into.0 += requests * i64::from(place.x);
            into.1 += requests * i64::from(place.y);
            into.2.iter_mut().zip(heap.by_status).for_each(|(sum, more)| *sum += more);
        }
        let cell = |(code, (x, y, by_status)): (i64, (i64, i64, [i64; STATUSES.len()]))| {
            let requests: i64 = by_status.iter().sum();
            let place = Spot { x: (x / requests) as u32, y: (y / requests) as u32 };
            Tile::from_code(zoom, code).map(|tile| Cell { tile, place, by_status })
        };
        heaps.into_iter().filter_map(cell).collect()
    }
}

/// A part of the map at the deepest zoom, its edges included.
#[derive(Debug, Clone, Copy)]
struct Rect {
    north_west: Spot,
    south_east: Spot,
}

impl Rect {
    fn of(part: &BoundingBox) -> Self {
        let at = |lat, long| {
            Spot::of(Point::from_e7(lat, long).unwrap_or_else(|_| unreachable!("a box's corner")))
        };
        Self {
            north_west: at(part.north_e7(), part.west_e7()),
            south_east: at(part.south_e7(), part.east_e7()),
        }
    }

    fn corners_at(&self, zoom: u8) -> (Tile, Tile) {
        (Tile::of(self.north_west, zoom), Tile::of(self.south_east, zoom))
    }

    fn cells_at(&self, zoom: u8) -> u64 {
        let (first, last) = self.corners_at(zoom);
        (u64::from(last.x() - first.x()) + 1) * (u64::from(last.y() - first.y()) + 1)
    }

    fn touches(&self, tile: Tile) -> bool {
        let (first, last) = self.corners_at(tile.zoom());
        (first.x()..=last.x()).contains(&tile.x()) && (first.y()..=last.y()).contains(&tile.y())
    }

    /// Ranges of codes that hold its tiles of a zoom: few, so that they may hold others too.
    fn ranges_at(&self, zoom: u8) -> Vec<(i64, i64)> {
        let (first, last) = self.corners_at(zoom);
        let mut codes: Vec<i64> = (first.y()..=last.y())
            .flat_map(|y| (first.x()..=last.x()).filter_map(move |x| Tile::new(zoom, x, y)))
            .map(Tile::code)
            .collect();
        codes.sort_unstable();
        let mut gaps: Vec<i64> =
            codes.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1).collect();
        gaps.sort_unstable_by(|one, other| other.cmp(one));
        let closed = gaps.get(limits::RANGES_MAX).copied().unwrap_or(1);
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for code in codes {
            match ranges.last_mut() {
                Some(range) if code - range.1 <= closed => range.1 = code,
                _ => ranges.push((code, code)),
            }
        }
        ranges
    }
}
