use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::road::Speeds;

fn anywhere() -> impl Strategy<Value = Point> {
    prop_oneof![
        (-900_000_000..=900_000_000, -1_800_000_000..=1_800_000_000),
        // A town, and one that the antimeridian runs through.
        (60_000_000..62_000_000, 30_000_000..33_000_000),
        (
            -180_000_000..-178_000_000,
            prop_oneof![1_799_000_000..=1_800_000_000, -1_800_000_000..-1_799_000_000]
        ),
    ]
    .prop_map(|(lat, long)| Point::from_e7(lat, long).unwrap())
}

fn mode() -> impl Strategy<Value = Mode> {
    prop::sample::select(Mode::ALL.to_vec())
}

proptest! {
    #[test]
    fn nearest_are_those_that_a_look_at_all_finds(
        moves in prop::collection::vec((0_u32..40, prop::option::weighted(0.8, (anywhere(), mode()))), 1..150),
        from in anywhere(),
        within_m in prop_oneof![Just(f64::INFINITY), 0.0..50_000.0_f64],
        factor in 1.0..3.0_f64,
    ) {
        let (mut grid, mut all) = (Grid::default(), BTreeMap::new());
        for (slot, there) in moves {
            match there {
                Some((point, mode)) => {
                    grid.put(slot, point, mode);
                    all.insert(slot, (point, mode));
                }
                None => {
                    grid.take(slot);
                    all.remove(&slot);
                }
            }
        }
        let paces = Paces::of(&Speeds::default(), factor);
        let mut expected: Vec<(f64, u32)> = all
            .iter()
            .map(|(slot, (point, mode))| (from.distance_m(*point), *slot, *mode))
            .filter(|(metres, _, _)| *metres <= within_m)
            .map(|(metres, slot, mode)| (metres * paces.of_mode(mode), slot))
            .collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let found: Vec<(f64, u32)> =
            grid.nearest(from, &paces, within_m).map(|it| (it.seconds, it.slot)).collect();
        prop_assert_eq!(found, expected);
        let bbox = BoundingBox::around(from, 20_000.0);
        let mut inside: Vec<u32> = grid.within(&bbox).collect();
        inside.sort_unstable();
        let expected: Vec<u32> =
            all.iter().filter(|(_, (point, _))| bbox.contains(*point)).map(|(slot, _)| *slot).collect();
        prop_assert_eq!(inside, expected);
        for slot in all.keys() {
            grid.take(*slot);
        }
        prop_assert!(grid.leaves.is_empty() && grid.inner.iter().all(Map::is_empty));
    }

    #[test]
    fn no_bound_is_above_a_distance(from in anywhere(), to in anywhere(), level in 0_u8..=LEAF) {
        let bounds = Cell::of(to).at_level(level).bounds();
        prop_assert!(at_least_m(from, &bounds) <= from.distance_m(to) + 1e-6);
    }
}
