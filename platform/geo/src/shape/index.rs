//! Which of many shapes a point lies in, in well under a microsecond.
//!
//! A grid lies over all shapes. A cell knows which polygons have it whole, and which have one of their
//! edges in it; only of the latter a few edges are looked at. A packed tree of boxes would find the same
//! candidates, but could not tell that a cell lies inside.

use super::bands::Bands;
use super::ring::{self, TURN_E7, Vertex};
use super::{Polygon, Shape, around};
use crate::limits::{INDEX_CELLS_MAX, INDEX_SIDE_MAX};
use crate::point::{LAT_MAX_E7, Point};

pub struct ShapeIndex {
    frame: Frame,
    /// Where each cell's entries begin, and where the last one's end.
    starts: Vec<u32>,
    /// Twice a part's number, and one more where the cell lies in it whole.
    entries: Vec<u32>,
    parts: Vec<Part>,
}

/// One polygon of a shape.
struct Part {
    shape: u32,
    /// From the index's corner.
    west: u32,
    south: u32,
    width: u32,
    height: u32,
    bands: Bands,
}

/// Where the grid lies.
#[derive(Clone, Copy)]
struct Frame {
    west_e7: i32,
    south_e7: i32,
    width: u32,
    height: u32,
    columns: u32,
    rows: u32,
    cell_width: u32,
    cell_height: u32,
}

impl ShapeIndex {
    /// `at` gives the places in this list.
    pub fn new(shapes: &[Shape]) -> Self {
        let polygons: Vec<(u32, &Polygon)> = (0..)
            .zip(shapes)
            .flat_map(|(number, shape)| shape.polygons.iter().map(move |polygon| (number, polygon)))
            .collect();
        let frame = Frame::over(&polygons);
        let mut cells: Vec<Vec<u32>> = vec![Vec::new(); frame.columns as usize * frame.rows as usize];
        let mut parts = Vec::with_capacity(polygons.len());
        for (number, (shape, polygon)) in (0_u32..).zip(polygons) {
            let (west, south) = frame.corner_of(polygon);
            let (width, height) = (polygon.width, polygon.height);
            let part = Part { shape, west, south, width, height, bands: Bands::of(polygon) };
            frame.enter(number, &part, polygon, &mut cells);
            parts.push(part);
        }
        let mut starts = Vec::with_capacity(cells.len() + 1);
        let mut entries = Vec::with_capacity(cells.iter().map(Vec::len).sum());
        for cell in cells {
            starts.push(entries.len() as u32);
            entries.extend(cell);
        }
        starts.push(entries.len() as u32);
        Self { frame, starts, entries, parts }
    }

    /// The places of all shapes that have this point, in order.
    pub fn at(&self, point: Point) -> impl Iterator<Item = usize> {
        let local = self.frame.local(point);
        let cell = local.map_or(0..0, |at| {
            let cell = self.frame.cell(at);
            self.starts[cell] as usize..self.starts[cell + 1] as usize
        });
        let (x, y) = local.unwrap_or_default();
        let mut before = u32::MAX;
        self.entries[cell].iter().filter_map(move |entry| {
            let part = &self.parts[(entry >> 1) as usize];
            let inside = part.shape != before && (entry & 1 == 1 || part.contains(x, y));
            if inside {
                before = part.shape;
            }
            inside.then_some(part.shape as usize)
        })
    }

    /// What it takes in memory.
    pub fn bytes(&self) -> usize {
        let parts: usize = self.parts.iter().map(|part| size_of::<Part>() + part.bands.bytes()).sum();
        size_of_val(&*self.starts) + size_of_val(&*self.entries) + parts
    }
}

impl Part {
    fn contains(&self, x: u32, y: u32) -> bool {
        // One that goes over the frame's edge goes on at its other side.
        let east = (i64::from(x) - i64::from(self.west)).rem_euclid(TURN_E7) as u32;
        let Some(north) = y.checked_sub(self.south) else { return false };
        east <= self.width && north <= self.height && self.bands.contain((east, north))
    }
}

impl Frame {
    fn over(polygons: &[(u32, &Polygon)]) -> Self {
        let (west_e7, width) = around(polygons.iter().map(|(_, polygon)| (polygon.west_e7, polygon.width)));
        let south_e7 = polygons.iter().map(|(_, polygon)| polygon.south_e7).min().unwrap_or(-LAT_MAX_E7);
        let north =
            polygons.iter().map(|(_, polygon)| i64::from(polygon.south_e7) + i64::from(polygon.height));
        let height = (north.max().unwrap_or_default() - i64::from(south_e7)).max(0) as u32;
        let mut side = INDEX_SIDE_MAX;
        loop {
            let size = |extent: u32| (u64::from(extent) / side + 1) as u32;
            let (cell_width, cell_height) = (size(width), size(height));
            let frame = Self {
                west_e7,
                south_e7,
                width,
                height,
                columns: width / cell_width + 1,
                rows: height / cell_height + 1,
                cell_width,
                cell_height,
            };
            let cells = |polygon: &Polygon| {
                (u64::from(polygon.width / cell_width) + 2) * (u64::from(polygon.height / cell_height) + 2)
            };
            let all: u64 = polygons.iter().map(|(_, polygon)| cells(polygon)).sum();
            if all <= INDEX_CELLS_MAX || side == 1 {
                return frame;
            }
            side /= 2;
        }
    }

    fn corner_of(&self, polygon: &Polygon) -> Vertex {
        let west = (i64::from(polygon.west_e7) - i64::from(self.west_e7)).rem_euclid(TURN_E7);
        (west as u32, (i64::from(polygon.south_e7) - i64::from(self.south_e7)) as u32)
    }

    fn local(&self, point: Point) -> Option<Vertex> {
        let x = (i64::from(point.long_e7()) - i64::from(self.west_e7)).rem_euclid(TURN_E7);
        let y = i64::from(point.lat_e7().min(LAT_MAX_E7 - 1)) - i64::from(self.south_e7);
        let inside = x <= i64::from(self.width) && (0..=i64::from(self.height)).contains(&y);
        inside.then_some((x as u32, y as u32))
    }

    fn cell(&self, (x, y): Vertex) -> usize {
        (y / self.cell_height) as usize * self.columns as usize + (x / self.cell_width) as usize
    }

    /// Enters a part into the cells that it reaches.
    fn enter(&self, number: u32, part: &Part, polygon: &Polygon, cells: &mut [Vec<u32>]) {
        let first_row = part.south / self.cell_height;
        let last_row = (part.south + part.height) / self.cell_height;
        let goes_round = u64::from(part.west) + u64::from(part.width) > u64::from(self.width);
        let (first, last) = if goes_round {
            (0, self.columns - 1)
        } else {
            (part.west / self.cell_width, (part.west + part.width) / self.cell_width)
        };
        let columns = (last - first + 1) as usize;
        let mut edged = vec![goes_round; columns * (last_row - first_row + 1) as usize];
        if !goes_round {
            for (from, to) in polygon.rings.iter().flat_map(|ring| ring::edges(ring)) {
                let lift = |(x, y): Vertex| (x + part.west, y + part.south);
                self.reach(lift(from), lift(to), |row, from_column, to_column| {
                    let start = (row - first_row) as usize * columns;
                    let from = from_column.clamp(first, last) - first;
                    let to = to_column.clamp(first, last) - first;
                    edged[start + from as usize..=start + to as usize].fill(true);
                });
            }
        }
        for (place, edged) in edged.into_iter().enumerate() {
            let row = first_row + (place / columns) as u32;
            let column = first + (place % columns) as u32;
            let corner = (column * self.cell_width, row * self.cell_height);
            // No edge comes near: what holds for the corner holds for the whole cell.
            if edged || part.contains(corner.0, corner.1) {
                let cell = row as usize * self.columns as usize + column as usize;
                cells[cell].push(number << 1 | u32::from(!edged));
            }
        }
    }

    /// Tells, for each row that an edge reaches, from which to which column it may; rather one too many.
    fn reach(&self, from: Vertex, to: Vertex, mut tell: impl FnMut(u32, u32, u32)) {
        let (low, high) = if from.1 <= to.1 { (from, to) } else { (to, from) };
        let (rise, run) = (i128::from(high.1 - low.1), i128::from(high.0) - i128::from(low.0));
        let x_at =
            |y: u32| i128::from(low.0) + if rise == 0 { 0 } else { run * i128::from(y - low.1) / rise };
        for row in low.1 / self.cell_height..=high.1 / self.cell_height {
            let bottom = u64::from(row) * u64::from(self.cell_height);
            let top = bottom + u64::from(self.cell_height);
            let at_bottom = x_at(bottom.max(low.1.into()) as u32);
            let at_top = if rise == 0 { high.0.into() } else { x_at(top.min(high.1.into()) as u32) };
            let (west, east) = (at_bottom.min(at_top) - 1, at_bottom.max(at_top) + 1);
            let column = |x: i128| (x.max(0) as u64 / u64::from(self.cell_width)) as u32;
            tell(row, column(west), column(east));
        }
    }
}
