//! The edge of an area on a picture or a tile: without a jump at the antimeridian, cut off where nobody
//! sees it, and no finer than the dots.

use std::fmt::Write;

use geo::Spot;

use super::picture::View;

pub type Dot = (i64, i64);

/// Points nearer than this to the one before are left out, of a picture as wide as pages show it.
const STEP: i64 = 2;
const USUAL_WIDTH: i64 = 640;

/// How far beyond the view an edge is cut off: the cut itself is not to be seen.
fn margin(width: i64) -> i64 {
    (width / 64).max(8)
}

/// The corners of a ring, of which the last is followed by the first; none if nothing of it is in view.
pub fn dots(view: &View, ring: &[Spot]) -> Vec<Dot> {
    let (width, height) = view.size();
    let margin = margin(width);
    let kept = cut(&view.trace(ring), |(x, _)| x + margin);
    let kept = cut(&kept, |(x, _)| width + margin - x);
    let kept = cut(&kept, |(_, y)| y + margin);
    let mut kept = cut(&kept, |(_, y)| height + margin - y);
    let step = (STEP * width / USUAL_WIDTH).max(STEP);
    let mut before: Option<Dot> = None;
    kept.retain(|&(x, y)| {
        let is_far = before.is_none_or(|(its_x, its_y)| (x - its_x).abs() + (y - its_y).abs() >= step);
        before = if is_far { Some((x, y)) } else { before };
        is_far
    });
    kept
}

/// A closed path for SVG; empty if nothing of it is on the picture.
pub fn path(view: &View, ring: &[Spot]) -> String {
    let mut path = String::new();
    for (place, (x, y)) in dots(view, ring).into_iter().enumerate() {
        let letter = if place == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{x} {y}");
    }
    if !path.is_empty() {
        path.push('Z');
    }
    path
}

/// What of a ring lies on the side of a line where the depth is not below zero.
fn cut(ring: &[Dot], depth: impl Fn(Dot) -> i64) -> Vec<Dot> {
    let mut kept = Vec::with_capacity(ring.len());
    let Some(mut from) = ring.last().copied() else { return kept };
    for &to in ring {
        let (before, after) = (depth(from), depth(to));
        if (before < 0) != (after < 0) {
            let along = |from: i64, to: i64| from + (to - from) * before / (before - after);
            kept.push((along(from.0, to.0), along(from.1, to.1)));
        }
        if after >= 0 {
            kept.push(to);
        }
        from = to;
    }
    kept
}

#[cfg(test)]
mod tests {
    use geo::{BoundingBox, Point};
    use proptest::prelude::*;

    use super::*;

    fn at(lat: f64, long: f64) -> Spot {
        Spot::of(Point::from_degrees(lat, long).unwrap())
    }

    fn view(bbox: &str) -> View {
        View::new(&BoundingBox::parse("", bbox).unwrap(), 100)
    }

    #[test]
    fn an_edge_over_the_antimeridian_does_not_jump() {
        let fiji = [at(-5.0, 178.0), at(-5.0, -178.0), at(5.0, -178.0), at(5.0, 178.0)];
        let path = path(&view("170,-10,-170,10"), &fiji);
        assert_eq!(path, "M40 74L59 74L59 25L40 25Z");
        let from_west = super::path(&view("160,-10,-179,10"), &fiji);
        assert!(from_west.starts_with("M85 ") && from_west.contains("L104 "), "{from_west}");
    }

    #[test]
    fn what_is_far_away_costs_nothing() {
        let view = view("0,0,1,1");
        assert_eq!(path(&view, &[at(40.0, 40.0), at(40.0, 41.0), at(41.0, 40.0)]), "");
        let around = [at(-20.0, -20.0), at(-20.0, 20.0), at(20.0, 20.0), at(20.0, -20.0)];
        assert_eq!(path(&view, &around), "M-8 -8L-8 108L108 108L108 -8Z");
    }

    #[test]
    fn a_path_is_no_finer_than_its_dots() {
        let shore: Vec<Spot> = (0..10_000).map(|step| at(0.5, f64::from(step) / 10_000.0)).collect();
        assert!(path(&view("0,0,1,1"), &shore).len() < 1_000);
    }

    proptest! {
        #[test]
        fn nothing_is_drawn_far_outside(
            spots in prop::collection::vec((-80.0f64..80.0, -180.0f64..180.0), 0..12),
        ) {
            let ring: Vec<Spot> = spots.into_iter().map(|(lat, long)| at(lat, long)).collect();
            let view = view("3,3,5,4");
            let path = path(&view, &ring);
            let numbers = path.split(['M', 'L', 'Z', ' ']).filter(|it| !it.is_empty());
            let (beyond, limit) = (margin(100), 100 + margin(100));
            for number in numbers.map(|it| it.parse::<i64>().unwrap()) {
                prop_assert!((-beyond..=limit).contains(&number), "{path}");
            }
        }
    }
}
