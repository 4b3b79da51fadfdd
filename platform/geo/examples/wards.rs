//! How long it takes to find the ward of a point, in a made-up city with ragged borders.
//! `cargo run --release -p geo --example wards`

use std::hint::black_box;
use std::time::Instant;

use geo::{Point, Shape, ShapeIndex};

const SIDE: i32 = 20;
const STEP_E7: i32 = 200_000;
const CORNERS_PER_EDGE: i32 = 32;
const QUESTIONS: u64 = 2_000_000;

fn main() {
    let shapes: Vec<Shape> = (0..SIDE * SIDE).map(|place| ward(place % SIDE, place / SIDE)).collect();
    let vertices: usize = shapes.iter().map(Shape::vertices).sum();
    let started = Instant::now();
    let index = ShapeIndex::new(&shapes);
    let (made, bytes) = (started.elapsed(), index.bytes());
    let points: Vec<Point> = (0..QUESTIONS).map(point).collect();
    let started = Instant::now();
    let found: usize = points.iter().map(|point| black_box(index.at(*point).count())).sum();
    let each_ns = started.elapsed().as_nanos() as u64 / QUESTIONS;
    let report = format!(
        "{} wards, {vertices} vertices: prepared in {made:?}, {bytes} bytes; {each_ns} ns a look-up, {found} of {QUESTIONS} found\n",
        shapes.len()
    );
    std::io::Write::write_all(&mut std::io::stdout(), report.as_bytes()).expect("there is an output");
}

/// Its border wanders to and fro; the neighbour's border wanders along.
fn ward(column: i32, row: i32) -> Shape {
    let wander = |along: i32, line: i32| {
        if along % CORNERS_PER_EDGE == 0 {
            0
        } else {
            (dice((along * 1_000 + line) as u64) % 60_000) as i32 - 30_000
        }
    };
    let part = STEP_E7 / CORNERS_PER_EDGE;
    let (first_x, first_y) = (column * CORNERS_PER_EDGE, row * CORNERS_PER_EDGE);
    let level = |along: i32, line: i32| (line * STEP_E7 + wander(along, line), along * part);
    let upright = |along: i32, line: i32| (along * part, line * STEP_E7 + wander(along, line + 500));
    let mut ring: Vec<Point> = Vec::new();
    let mut add = |(lat, long): (i32, i32)| ring.push(Point::from_e7(lat, long).expect("near the equator"));
    (0..CORNERS_PER_EDGE).for_each(|step| add(level(first_x + step, row)));
    (0..CORNERS_PER_EDGE).for_each(|step| add(upright(first_y + step, column + 1)));
    (0..CORNERS_PER_EDGE).for_each(|step| add(level(first_x + CORNERS_PER_EDGE - step, row + 1)));
    (0..CORNERS_PER_EDGE).for_each(|step| add(upright(first_y + CORNERS_PER_EDGE - step, column)));
    ring.push(ring[0]);
    Shape::new(&[vec![ring]]).expect("a ward is a sound shape")
}

fn point(number: u64) -> Point {
    let place = |roll: u64| (roll % (SIDE * STEP_E7) as u64) as i32;
    Point::from_e7(place(dice(number)), place(dice(!number))).expect("near the equator")
}

fn dice(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
