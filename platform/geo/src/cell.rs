//! Cells: the earth halved again and again in both directions, numbered so that near things have
//! near numbers.

use crate::bbox::BoundingBox;
use crate::point::{LAT_MAX_E7, LONG_MAX_E7, Point};

/// The deepest level: 2³¹ columns and rows, a cell of under two centimetres.
pub const LEVEL_MAX: u8 = 31;

/// A square of degrees at a level. Level 0 is the whole earth, and each cell has four children that
/// lie in it and nowhere else, so that counts of children sum to the count of the parent.
///
/// At the deepest level the code has 62 bits and is never negative, so it sorts the same wherever
/// it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    level: u8,
    code: i64,
}

const COLUMNS: u64 = 1 << LEVEL_MAX;
const LONG_SPAN_E7: u64 = 2 * LONG_MAX_E7 as u64;
const LAT_SPAN_E7: u64 = 2 * LAT_MAX_E7 as u64;

impl Cell {
    /// The cell of the deepest level that a point lies in.
    pub fn of(point: Point) -> Self {
        let (x, y) = grid(point.lat_e7(), point.long_e7());
        Self { level: LEVEL_MAX, code: interleave(x, y) }
    }

    /// The cell of the deepest level with this code, as it was stored.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::new(LEVEL_MAX, code)
    }

    pub fn new(level: u8, code: i64) -> Option<Self> {
        let inside = level <= LEVEL_MAX && (0..1_i64 << (2 * level)).contains(&code);
        inside.then_some(Self { level, code })
    }

    pub fn level(self) -> u8 {
        self.level
    }

    /// Its number among the cells of its level.
    pub fn code(self) -> i64 {
        self.code
    }

    /// Column from the west and row from the south, at its level.
    pub fn column_and_row(self) -> (u32, u32) {
        (compact(self.code as u64), compact(self.code as u64 >> 1))
    }

    /// The cell of a coarser level that it lies in; itself, if the level is not coarser.
    pub fn at_level(self, level: u8) -> Self {
        let level = level.min(self.level);
        Self { level, code: self.code >> (2 * (self.level - level)) }
    }

    pub fn parent(self) -> Option<Self> {
        (self.level > 0).then(|| self.at_level(self.level - 1))
    }

    /// South-west, south-east, north-west, north-east; none at the deepest level.
    pub fn children(self) -> Option<[Self; 4]> {
        let child = |place: i64| Self { level: self.level + 1, code: self.code << 2 | place };
        (self.level < LEVEL_MAX).then(|| [child(0), child(1), child(2), child(3)])
    }

    pub fn contains(self, other: Self) -> bool {
        other.level >= self.level && other.at_level(self.level) == self
    }

    /// First and last code of the deepest level that lie in it.
    pub fn range(self) -> (i64, i64) {
        let shift = 2 * (LEVEL_MAX - self.level);
        (self.code << shift, ((self.code + 1) << shift) - 1)
    }

    /// Its edges, which neighbours share.
    pub fn bounds(self) -> BoundingBox {
        let (column, row) = self.column_and_row();
        let degrees = |place: u64, span: u64| {
            let cells = 1_u128 << self.level;
            ((u128::from(place) * u128::from(span) / cells) as i64 - (span / 2) as i64) as i32
        };
        let corner =
            |column: u64, row: u64| Point::from_e7(degrees(row, LAT_SPAN_E7), degrees(column, LONG_SPAN_E7));
        corner(column.into(), row.into())
            .and_then(|south_west| {
                BoundingBox::new(south_west, corner(u64::from(column) + 1, u64::from(row) + 1)?)
            })
            .unwrap_or(BoundingBox::WORLD)
    }

    pub fn centre(self) -> Point {
        let bounds = self.bounds();
        let middle = |a: i32, b: i32| ((i64::from(a) + i64::from(b)) / 2) as i32;
        let lat = middle(bounds.south_e7(), bounds.north_e7());
        Point::from_e7(lat, middle(bounds.west_e7(), bounds.east_e7()))
            .unwrap_or_else(|_| unreachable!("the middle of two points on the globe is on the globe"))
    }
}

/// Column and row at the deepest level. Both grow with the degrees; the last holds its own far edge.
pub(crate) fn grid(lat_e7: i32, long_e7: i32) -> (u32, u32) {
    let place = |e7: i32, max_e7: i32| {
        let offset = (i64::from(e7) + i64::from(max_e7)) as u64;
        ((offset << LEVEL_MAX) / (2 * max_e7 as u64)).min(COLUMNS - 1) as u32
    };
    (place(long_e7, LONG_MAX_E7), place(lat_e7, LAT_MAX_E7))
}

/// Bits of x on the even places, of y on the odd ones.
pub(crate) fn interleave(x: u32, y: u32) -> i64 {
    (spread(x) | spread(y) << 1) as i64
}

fn spread(value: u32) -> u64 {
    let mut bits = u64::from(value);
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333;
    (bits | bits << 1) & 0x5555_5555_5555_5555
}

fn compact(code: u64) -> u32 {
    let mut bits = code & 0x5555_5555_5555_5555;
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333;
    bits = (bits | bits >> 2) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits >> 4) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits >> 8) & 0x0000_ffff_0000_ffff;
    (bits | bits >> 16) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::tests::point;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn interleaving_agrees_with_bit_by_bit(x in 0u32..1 << 31, y in 0u32..1 << 31) {
            let slow = (0..31).fold(0_i64, |code, bit| {
                code | i64::from(x >> bit & 1) << (2 * bit) | i64::from(y >> bit & 1) << (2 * bit + 1)
            });
            prop_assert_eq!(interleave(x, y), slow);
            prop_assert_eq!(Cell::from_code(slow).unwrap().column_and_row(), (x, y));
        }

        #[test]
        fn a_point_lies_in_its_cells_and_they_in_each_other(point in point(), level in 0u8..=LEVEL_MAX) {
            let leaf = Cell::of(point);
            prop_assert!((0..1_i64 << 62).contains(&leaf.code()));
            let cell = leaf.at_level(level);
            prop_assert!(cell.bounds().contains(point));
            prop_assert!(cell.bounds().contains(cell.centre()));
            let (first, last) = cell.range();
            prop_assert!((first..=last).contains(&leaf.code()));
            prop_assert_eq!(Cell::new(level, cell.code()), Some(cell));
            match cell.children() {
                None => prop_assert_eq!(level, LEVEL_MAX),
                Some(children) => {
                    prop_assert_eq!(children.iter().filter(|child| child.contains(leaf)).count(), 1);
                    prop_assert!(children.iter().all(|child| child.parent() == Some(cell)));
                    prop_assert_eq!((children[0].range().0, children[3].range().1), (first, last));
                }
            }
        }

        #[test]
        fn columns_and_rows_grow_with_the_degrees(a in point(), b in point()) {
            let ((ax, ay), (bx, by)) = (grid(a.lat_e7(), a.long_e7()), grid(b.lat_e7(), b.long_e7()));
            prop_assert!(a.long_e7() > b.long_e7() || ax <= bx);
            prop_assert!(a.lat_e7() > b.lat_e7() || ay <= by);
        }
    }

    #[test]
    fn the_corners_of_the_earth() {
        let at = |lat, long| Cell::of(Point::from_degrees(lat, long).unwrap());
        assert_eq!(at(-90.0, -180.0).code(), 0);
        assert_eq!(at(90.0, 180.0).code(), (1 << 62) - 1);
        assert_eq!(at(0.0, 0.0).at_level(1).code(), 3);
        assert_eq!(at(-0.1, 0.1).at_level(1).code(), 1);
        assert_eq!(at(0.1, -0.1).at_level(1).code(), 2);
        assert_eq!(at(1.0, 1.0).at_level(0).bounds(), BoundingBox::WORLD);
        assert_eq!(at(1.0, 1.0).at_level(0).parent(), None);
        assert_eq!(Cell::new(LEVEL_MAX + 1, 0), None);
        assert_eq!(Cell::new(1, 4), None);
        assert_eq!(Cell::from_code(-1), None);
    }
}
