use proptest::prelude::*;

use super::*;
use crate::point::tests::point;

/// Where a tiling lies: its corner and how far its columns and rows are apart.
#[derive(Debug, Clone, Copy)]
struct Ground {
    west: i64,
    south: i32,
    step: i64,
}

const SIDE: usize = 5;

fn at(long: i64, lat: i64) -> Point {
    let long = (long + TURN_E7 / 2).rem_euclid(TURN_E7) - TURN_E7 / 2;
    Point::from_e7(lat as i32, long as i32).unwrap()
}

/// A lattice whose inner corners are pushed about, by less than would dent a square: each is kept, or cut
/// along a diagonal.
/// Every other shape is turned the other way and repeats a point.
fn tiling(ground: Ground, pushes: &[(i64, i64)], cuts: &[u8]) -> Vec<Shape> {
    let corner = |column: usize, row: usize| -> Position {
        let inner = (1..SIDE).contains(&column) && (1..SIDE).contains(&row);
        let (east, north) = if inner { pushes[row * SIDE + column] } else { (0, 0) };
        let push = |share: i64| share * ground.step / 1_000;
        let long = ground.west + column as i64 * ground.step + push(east);
        (long, (i64::from(ground.south) + row as i64 * ground.step + push(north)) as i32)
    };
    let mut shapes = Vec::new();
    for (row, column) in (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column))) {
        let [a, b] = [corner(column, row), corner(column + 1, row)];
        let [c, d] = [corner(column + 1, row + 1), corner(column, row + 1)];
        let pieces = match cuts[row * SIDE + column] % 3 {
            0 => vec![vec![a, b, c, d]],
            1 => vec![vec![a, b, c], vec![a, c, d]],
            _ => vec![vec![a, b, d], vec![b, c, d]],
        };
        for mut piece in pieces {
            if shapes.len() % 2 == 1 {
                piece.reverse();
                piece.insert(1, piece[1]);
            }
            piece.push(piece[0]);
            shapes.push(Shape::of(vec![vec![piece]]).unwrap());
        }
    }
    shapes
}

fn ground() -> impl Strategy<Value = Ground> {
    let step = prop_oneof![Just(4_i64), 4_i64..40, 1_000_i64..20_000_000];
    (-1_800_000_000_i64..1_800_000_000, -800_000_000_i32..700_000_000, step).prop_map(
        |(west, south, step)| {
            // A third of them over the antimeridian.
            let west = if west % 3 == 0 { 1_800_000_000 - step * 2 } else { west };
            Ground { west, south, step }
        },
    )
}

proptest! {
    /// On the ground of a tiling each point is in exactly one shape, beside it in none; corners, and
    /// what lies between two corners, included.
    #[test]
    fn adjoining_shapes_neither_share_nor_lose_a_point(
        ground in ground(),
        pushes in prop::collection::vec((-200_i64..200, -200_i64..200), SIDE * SIDE),
        cuts in prop::collection::vec(any::<u8>(), SIDE * SIDE),
        shares in prop::collection::vec((-0.1_f64..1.1, -0.1_f64..1.1), 30),
    ) {
        let shapes = tiling(ground, &pushes, &cuts);
        let index = ShapeIndex::new(&shapes);
        let whole = ground.step * SIDE as i64;
        let south = i64::from(ground.south);
        let mut asked: Vec<(i64, i64)> = shares
            .iter()
            .map(|(east, north)| ((whole as f64 * east) as i64, (whole as f64 * north) as i64))
            .collect();
        for polygon in shapes.iter().flat_map(|shape| &shape.polygons) {
            for (from, to) in ring::edges(&polygon.rings[0]) {
                let lift = |x: u64, y: u64| {
                    let east = (i64::from(polygon.west_e7) - ground.west).rem_euclid(TURN_E7);
                    (east + x as i64, i64::from(polygon.south_e7) - south + y as i64)
                };
                asked.push(lift(from.0.into(), from.1.into()));
                asked.push(lift((u64::from(from.0) + u64::from(to.0)) / 2, (u64::from(from.1) + u64::from(to.1)) / 2));
            }
        }
        for (east, north) in asked {
            let here = (0..whole).contains(&east) && (0..whole).contains(&north);
            let point = at(ground.west + east, south + north);
            let found: Vec<usize> = index.at(point).collect();
            prop_assert_eq!(found.len(), usize::from(here), "{:?} {:?}", point, found);
            let plain: Vec<usize> = (0..shapes.len()).filter(|place| shapes[*place].contains(point)).collect();
            prop_assert_eq!(found, plain);
        }
    }

    #[test]
    fn one_shape_agrees_with_brute_force(
        corners in prop::collection::vec((0_i64..24, 0_i64..24), 3..9),
        hole in prop::collection::vec((2_i64..22, 2_i64..22), 3..4),
    ) {
        let with_hole = vec![corners.clone(), hole];
        for rings in [vec![corners], with_hole] {
            let closed = |ring: &Vec<(i64, i64)>| {
                ring.iter().chain(ring.first()).map(|(x, y)| (*x, *y as i32)).collect::<Vec<Position>>()
            };
            let Ok(shape) = Shape::of(vec![rings.iter().map(closed).collect()]) else { continue };
            let index = ShapeIndex::new(std::slice::from_ref(&shape));
            for (x, y) in (-1..25).flat_map(|x| (-1..25).map(move |y| (x, y))) {
                // Each ring by itself: what is in an odd number of them is inside. A ring that crosses
                // itself has no brute force by winding, so its parts are asked for by their parity.
                let parity = rings.iter().fold(false, |inside, ring| inside ^ by_parity(ring, x, y));
                prop_assert_eq!(shape.contains(at(x, y)), parity, "{} {}", x, y);
                prop_assert_eq!(index.at(at(x, y)).count() == 1, parity);
            }
        }
    }

    #[test]
    fn bytes_and_boxes_hold_all(
        ground in ground(),
        pushes in prop::collection::vec((-200_i64..200, -200_i64..200), SIDE * SIDE),
        cuts in prop::collection::vec(any::<u8>(), SIDE * SIDE),
        point in point(),
        noise in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let polygons: Vec<Polygon> = tiling(ground, &pushes, &cuts).into_iter().flat_map(|shape| shape.polygons).collect();
        let shape = Shape { polygons };
        prop_assert_eq!(Shape::from_bytes(&shape.to_bytes()), Ok(shape.clone()));
        let corner = at(ground.west, ground.south.into());
        for point in [point, corner] {
            prop_assert!(!shape.contains(point) || shape.bounds().contains(point), "{}", shape.bounds());
        }
        prop_assert!(shape.bounds().width_e7() <= ground.step * SIDE as i64 + 1);
        let _ = Shape::from_bytes(&noise);
        let mut cut = shape.to_bytes();
        cut.truncate(noise.len());
        prop_assert!(Shape::from_bytes(&cut).is_err());
    }
}

/// How many edges lie to the east of a point that is moved off every one of them.
fn by_parity(ring: &[(i64, i64)], x: i64, y: i64) -> bool {
    const GRAIN: i128 = 1 << 60;
    let (px, py) = (i128::from(x) * GRAIN + (1 << 26), i128::from(y) * GRAIN + 1);
    let edges = ring.iter().zip(ring.iter().cycle().skip(1));
    let crossed = edges.filter(|(from, to)| {
        let [(ax, ay), (bx, by)] = [from, to].map(|it| (i128::from(it.0), i128::from(it.1)));
        let reaches = (ay * GRAIN < py) != (by * GRAIN < py);
        let turn = (bx - ax) * (py - ay * GRAIN) - (px - ax * GRAIN) * (by - ay);
        reaches && (turn > 0) == (by > ay)
    });
    crossed.count() % 2 == 1
}

#[test]
fn a_square_has_its_lower_and_left_edge() {
    let ring = [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)].map(|(x, y)| at(x, y)).to_vec();
    let square = Shape::new(&[vec![ring]]).unwrap();
    let corners = [(0, 0), (10, 0), (10, 10), (0, 10)];
    for (x, y) in (-1..12).flat_map(|x| (-1..12).map(move |y| (x, y))) {
        let inside = (0..10).contains(&x) && (0..10).contains(&y);
        assert_eq!(square.contains(at(x, y)), inside, "{x} {y}");
        assert_eq!(by_parity(&corners, x, y), inside, "{x} {y}");
    }
}

#[test]
fn the_ends_of_the_earth_belong_to_somebody() {
    let rectangle = |west: i64, south: i32, east: i64, north: i32| {
        // An edge of more than half a turn would be taken for the shorter way.
        let middle = (west + east) / 2;
        let ring = vec![
            (west, south),
            (middle, south),
            (east, south),
            (east, north),
            (middle, north),
            (west, north),
            (west, south),
        ];
        Shape::of(vec![vec![ring]]).unwrap()
    };
    let (half, top) = (TURN_E7 / 2, LAT_MAX_E7);
    let world = rectangle(-half, -top, half, top);
    let halves = [rectangle(-half, -top, 0, top), rectangle(0, -top, half, top)];
    let across =
        [rectangle(half - 50, -top, half + 50, top), rectangle(half + 50, -top, TURN_E7 + half - 50, top)];
    for shapes in [&[world.clone()][..], &halves, &across] {
        let index = ShapeIndex::new(shapes);
        for lat in [-top, -1, 0, top - 1, top] {
            for long in [-half, -half + 49, -half + 50, -1, 0, 1, half - 51, half - 50, half - 1, half] {
                let point = Point::from_e7(lat, long as i32).unwrap();
                assert_eq!(index.at(point).count(), 1, "{point:?}");
                assert_eq!(shapes.iter().filter(|shape| shape.contains(point)).count(), 1, "{point:?}");
            }
        }
    }
    assert_eq!(world.bounds(), BoundingBox::WORLD);
    let written_apart = [(179, 0), (-179, 0), (-179, 10), (179, 10), (179, 0)];
    let written_on = [(179, 0), (181, 0), (181, 10), (179, 10), (179, 0)];
    let of = |ring: [(i64, i32); 5]| {
        Shape::of(vec![vec![ring.iter().map(|(x, y)| (x * 10_000_000, y * 10_000_000)).collect()]]).unwrap()
    };
    assert_eq!(of(written_apart), of(written_on));
    assert_eq!(of(written_apart).bounds().to_string(), "179,0,-179,10");
}

#[test]
fn nothing_is_in_an_empty_index() {
    assert_eq!(ShapeIndex::new(&[]).at(at(0, 0)).count(), 0);
}
