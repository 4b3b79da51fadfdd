//! The cells around a cell.

use geo::{Cell, Point};

const TURN_E7: i64 = 3_600_000_000;
const HALF_TURN_E7: i64 = TURN_E7 / 2;

/// Those that share an edge or a corner with it: eight, or fewer at the poles.
pub fn around(cell: Cell) -> impl Iterator<Item = Cell> {
    let (bounds, centre) = (cell.bounds(), cell.centre());
    let (width, height) = (bounds.width_e7(), bounds.height_e7());
    let steps = (-1..=1_i64).flat_map(|north| (-1..=1_i64).map(move |east| (north, east)));
    steps.filter(|step| *step != (0, 0)).filter_map(move |(north, east)| {
        let lat = i64::from(centre.lat_e7()) + north * height;
        let long = i64::from(centre.long_e7()) + east * width;
        let long = (long + HALF_TURN_E7).rem_euclid(TURN_E7) - HALF_TURN_E7;
        let point = Point::from_e7(i32::try_from(lat).ok()?, i32::try_from(long).ok()?).ok()?;
        Some(Cell::of(point).at_level(cell.level()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::limits::CELL_LEVEL;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_are_eight_and_each_has_it_around(lat_e7 in -890_000_000..890_000_000_i32, long_e7 in -1_800_000_000..1_800_000_000_i32) {
            let cell = Cell::of(Point::from_e7(lat_e7, long_e7).unwrap()).at_level(CELL_LEVEL);
            let mut found: Vec<Cell> = around(cell).collect();
            for other in &found {
                prop_assert!(around(*other).any(|it| it == cell));
            }
            found.sort();
            found.dedup();
            prop_assert_eq!(found.len(), 8);
            prop_assert!(!found.contains(&cell));
        }
    }
}
