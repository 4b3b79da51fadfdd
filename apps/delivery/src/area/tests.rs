use geo::{Point, Shape};
use proptest::prelude::*;
use serde_json::json;

use super::{AreaText, NewArea, Reach, Reaches};
use crate::limits;

fn at(lat: f64, long: f64) -> Point {
    Point::from_degrees(lat, long).unwrap()
}

fn square(south: f64, west: f64, side: f64) -> Shape {
    let ring = [(0.0, 0.0), (0.0, side), (side, side), (side, 0.0), (0.0, 0.0)];
    Shape::new(&[vec![ring.map(|(up, right)| at(south + up, west + right)).to_vec()]]).unwrap()
}

fn reach() -> impl Strategy<Value = Reach> {
    let place = (-1_000_i32..1_000, prop_oneof![-1_000_i32..1_000, Just(179_990), Just(-179_995)]);
    (place, 1_u32..3_000, any::<bool>()).prop_map(|((lat, long), size, round)| {
        let (lat, long) = (f64::from(lat) / 1e3, f64::from(long) / 1e3);
        match round {
            true => Reach::Within { centre: at(lat, long), radius_m: size * 30 },
            // A shape that would cross the antimeridian is written with longitudes beyond it.
            false => Reach::Shape(square(lat, long.min(179.0), f64::from(size) / 4e3)),
        }
    })
}

proptest! {
    /// The index says what asking each area says.
    #[test]
    fn the_index_forgets_no_area(
        reaches in prop::collection::vec(reach(), 0..30),
        places in prop::collection::vec((-1_500_i32..1_500, prop_oneof![-1_500_i32..1_500, 179_500_i32..180_000, -180_000_i32..-179_500]), 1..60),
    ) {
        let index = Reaches::new(reaches.clone());
        for (lat, long) in places {
            let place = at(f64::from(lat) / 1e3, f64::from(long) / 1e3);
            let asked: Vec<usize> =
                reaches.iter().enumerate().filter(|(_, it)| it.contains(place)).map(|(number, _)| number).collect();
            prop_assert_eq!(index.at(place), asked);
        }
    }
}

#[test]
fn areas_as_merchants_write_them() {
    let ring = |corners: usize| {
        let corner = |place: usize| {
            let turn = (place % corners) as f64 / corners as f64 * std::f64::consts::TAU;
            json!([28.0 + turn.cos() / 10.0, -26.0 + turn.sin() / 10.0])
        };
        json!({"type": "Polygon", "coordinates": [(0..=corners).map(corner).collect::<Vec<_>>()]})
    };
    let text = |radius_m: Option<u32>, shape| AreaText { radius_m, shape };
    for (written, codes) in [
        (text(Some(3_000), None), &[][..]),
        (text(None, Some(ring(40))), &[]),
        (text(None, None), &[("", "one_of_two")]),
        (text(Some(3_000), Some(ring(4))), &[("", "one_of_two")]),
        (text(None, Some(ring(limits::AREA_VERTICES_MAX + 1))), &[("/shape/coordinates", "too_many")]),
        (text(None, Some(json!({"type": "Point", "coordinates": [1, 2]}))), &[("/shape", "unknown_type")]),
        (
            text(None, Some(json!({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}))),
            &[("/shape/coordinates/0", "not_closed")],
        ),
    ] {
        let faults = NewArea::of(&written).err().unwrap_or_default();
        let named: Vec<(&str, &str)> = faults.iter().map(|it| (it.field.as_str(), it.code)).collect();
        assert_eq!(named, codes, "{written:?}");
    }
}
