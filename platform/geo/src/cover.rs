//! A box as a few ranges of cell codes.
//!
//! Finding which ranges is a descent through quads: one that lies in the box whole is done, one on
//! its edge is divided further, until there are enough to choose from. Then the narrowest gaps
//! between the ranges are closed until no more are left than were asked for; for the quads looked
//! at, no other choice of so many ranges covers less.

use crate::bbox::BoundingBox;
use crate::cell::{LEVEL_MAX, grid, interleave};
use crate::limits::{COVER_QUADS_PER_RANGE, COVER_RANGES_MAX};

/// First and last code, both included.
type Range = (i64, i64);

/// At most `ranges_max` ranges of codes, in order and apart, that hold every point of the box. What
/// they hold besides must be filtered by its coordinates.
pub fn cover(bbox: &BoundingBox, ranges_max: usize) -> Vec<Range> {
    let parts = bbox.parts().map(|part| {
        let (west, south) = grid(part.south_e7(), part.west_e7());
        let (east, north) = grid(part.north_e7(), part.east_e7());
        Piece { west, south, east, north, level_below: LEVEL_MAX }
    });
    cover_pieces(parts.collect(), ranges_max.clamp(1, COVER_RANGES_MAX))
}

/// The part of a box that lies in one quad, whose sides have 2^`level_below` columns.
#[derive(Debug, Clone, Copy)]
struct Piece {
    west: u32,
    south: u32,
    east: u32,
    north: u32,
    level_below: u8,
}

impl Piece {
    fn fills_its_quad(&self) -> bool {
        let side = 1_u64 << self.level_below;
        u64::from(self.east - self.west) + 1 == side && u64::from(self.north - self.south) + 1 == side
    }

    /// No code in a rectangle is below that of its south-west corner or above its north-east one.
    fn range(&self) -> Range {
        (interleave(self.west, self.south), interleave(self.east, self.north))
    }

    /// Cuts at the middle of the quad, both ways where it reaches over.
    fn divide_into(&self, pieces: &mut Vec<Piece>) {
        let level_below = self.level_below - 1;
        let half = 1_u32 << level_below;
        let halves = |from: u32, to: u32| {
            let middle = (to >> level_below) << level_below;
            let both = from >> level_below != to >> level_below;
            debug_assert!(!both || middle - from <= half);
            [Some((from, if both { middle - 1 } else { to })), both.then_some((middle, to))]
        };
        for (south, north) in halves(self.south, self.north).into_iter().flatten() {
            for (west, east) in halves(self.west, self.east).into_iter().flatten() {
                pieces.push(Piece { west, south, east, north, level_below });
            }
        }
    }
}

fn cover_pieces(mut edge: Vec<Piece>, ranges_max: usize) -> Vec<Range> {
    let quads_max = ranges_max * COVER_QUADS_PER_RANGE;
    let mut ranges: Vec<Range> = Vec::new();
    let mut deeper = Vec::new();
    loop {
        edge.retain(|piece| {
            let whole = piece.fills_its_quad();
            if whole {
                ranges.push(piece.range());
            }
            !whole
        });
        if edge.is_empty() || edge.len() > quads_max {
            break;
        }
        for piece in &edge {
            piece.divide_into(&mut deeper);
        }
        std::mem::swap(&mut edge, &mut deeper);
        deeper.clear();
    }
    ranges.extend(edge.iter().map(Piece::range));
    close_gaps(joined(ranges), ranges_max)
}

/// In order, with those that touch made one.
fn joined(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    ranges.dedup_by(|next, kept| {
        let touches = next.0 <= kept.1 + 1;
        if touches {
            kept.1 = kept.1.max(next.1);
        }
        touches
    });
    ranges
}

/// Keeps the widest gaps, among equals the first, and closes all others.
fn close_gaps(ranges: Vec<Range>, ranges_max: usize) -> Vec<Range> {
    if ranges.len() <= ranges_max {
        return ranges;
    }
    let mut by_width: Vec<usize> = (1..ranges.len()).collect();
    by_width.sort_unstable_by_key(|&place| (ranges[place - 1].1 - ranges[place].0, place));
    let mut starts = by_width;
    starts.truncate(ranges_max - 1);
    starts.push(0);
    starts.sort_unstable();
    let ends = starts.iter().skip(1).map(|&place| place - 1).chain([ranges.len() - 1]);
    starts.iter().zip(ends).map(|(&start, end)| (ranges[start].0, ranges[end].1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bbox::tests::bbox;
    use crate::cell::Cell;
    use crate::point::{Point, tests::point};
    use proptest::prelude::*;

    const SMALL: u8 = 5;

    fn small_piece() -> impl Strategy<Value = Piece> {
        let side = 0..1_u32 << SMALL;
        (side.clone(), side.clone(), side.clone(), side).prop_map(|(a, b, c, d)| Piece {
            west: a.min(b),
            east: a.max(b),
            south: c.min(d),
            north: c.max(d),
            level_below: SMALL,
        })
    }

    fn held(ranges: &[Range]) -> i128 {
        ranges.iter().map(|(first, last)| i128::from(last - first) + 1).sum()
    }

    fn in_order_and_apart(ranges: &[Range]) -> bool {
        ranges.iter().all(|(first, last)| first <= last)
            && ranges.windows(2).all(|two| two[0].1 + 1 < two[1].0)
    }

    /// Every code of every piece, and then the widest gaps kept: the best there is.
    fn brute_force(pieces: &[Piece], ranges_max: usize) -> i128 {
        let mut codes: Vec<i64> = pieces
            .iter()
            .flat_map(|piece| {
                let (south, north) = (piece.south, piece.north);
                (piece.west..=piece.east).flat_map(move |x| (south..=north).map(move |y| interleave(x, y)))
            })
            .collect();
        codes.sort_unstable();
        codes.dedup();
        let mut gaps: Vec<i64> = codes.windows(2).map(|two| two[1] - two[0] - 1).collect();
        gaps.sort_unstable_by(|a, b| b.cmp(a));
        let kept: i64 = gaps.iter().take(ranges_max - 1).sum();
        i128::from(codes[codes.len() - 1] - codes[0] + 1 - kept)
    }

    proptest! {
        #[test]
        fn on_a_small_grid_no_cover_is_tighter(
            pieces in prop::collection::vec(small_piece(), 1..3),
            ranges_max in 16usize..100,
        ) {
            let ranges = cover_pieces(pieces.clone(), ranges_max);
            prop_assert!(ranges.len() <= ranges_max);
            prop_assert!(in_order_and_apart(&ranges));
            prop_assert_eq!(held(&ranges), brute_force(&pieces, ranges_max));
            for piece in &pieces {
                for (x, y) in (piece.west..=piece.east).flat_map(|x| (piece.south..=piece.north).map(move |y| (x, y))) {
                    let code = interleave(x, y);
                    prop_assert!(ranges.iter().any(|&(first, last)| (first..=last).contains(&code)));
                }
            }
        }

        #[test]
        fn every_point_of_the_box_is_in_some_range(
            bbox in bbox(),
            ranges_max in 0usize..40,
            shares in prop::collection::vec((0.0f64..=1.0, 0.0f64..=1.0), 1..20),
        ) {
            let ranges = cover(&bbox, ranges_max);
            prop_assert!(ranges.len() <= ranges_max.max(1));
            prop_assert!(in_order_and_apart(&ranges));
            for part in bbox.parts() {
                for &(across, up) in &shares {
                    let between = |from: i32, to: i32, share: f64| {
                        (i64::from(from) + ((i64::from(to) - i64::from(from)) as f64 * share) as i64) as i32
                    };
                    let point = Point::from_e7(
                        between(part.south_e7(), part.north_e7(), up),
                        between(part.west_e7(), part.east_e7(), across),
                    ).unwrap();
                    let code = Cell::of(point).code();
                    prop_assert!(ranges.iter().any(|&(first, last)| (first..=last).contains(&code)));
                }
            }
        }

        #[test]
        fn more_ranges_never_cover_more(bbox in bbox()) {
            let held: Vec<i128> = [1, 2, 4, 8, 16, 32, 64].map(|ranges_max| held(&cover(&bbox, ranges_max))).into();
            prop_assert!(held.is_sorted_by(|fewer, more| fewer >= more), "{held:?}");
        }

        #[test]
        fn a_single_point_is_a_single_code(point in point()) {
            let code = Cell::of(point).code();
            prop_assert_eq!(cover(&BoundingBox::new(point, point).unwrap(), 8), [(code, code)]);
        }
    }

    #[test]
    fn the_world_is_one_range() {
        assert_eq!(cover(&BoundingBox::WORLD, 16), [(0, (1 << 62) - 1)]);
    }

    #[test]
    fn a_city_is_covered_tightly() {
        // Lagos; how much more than the box the ranges hold.
        let lagos = BoundingBox::parse("?bbox", "3.1,6.3,3.7,6.8").unwrap();
        let area = |bbox: &BoundingBox| {
            let (west, south) = grid(bbox.south_e7(), bbox.west_e7());
            let (east, north) = grid(bbox.north_e7(), bbox.east_e7());
            f64::from(east - west + 1) * f64::from(north - south + 1)
        };
        let excess = |ranges_max| held(&cover(&lagos, ranges_max)) as f64 / area(&lagos);
        let rows = [1, 4, 8, 16, 32, 64].map(|ranges_max| (ranges_max, (excess(ranges_max) * 100.0) as u32));
        assert!(excess(16) < 1.5 && excess(64) < 1.1, "{rows:?}");
    }
}
