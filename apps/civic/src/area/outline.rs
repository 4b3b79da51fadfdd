//! The edges of areas, as pictures of the map show them.

use geo::{BoundingBox, Shape, Spot};

/// The edges of one area and of its holes.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    pub name: String,
    pub rings: Vec<Vec<Spot>>,
    bounds: BoundingBox,
}

impl Outline {
    pub fn of(name: &str, shape: &Shape) -> Self {
        let rings = shape.rings().map(|ring| ring.into_iter().map(Spot::of).collect()).collect();
        Self { name: name.to_owned(), rings, bounds: shape.bounds() }
    }

    pub fn reaches(&self, bbox: &BoundingBox) -> bool {
        self.bounds.touches(bbox)
    }

    pub fn bytes(&self) -> usize {
        let rings: usize = self.rings.iter().map(|ring| size_of_val(ring.as_slice())).sum();
        size_of::<Self>() + self.name.len() + rings
    }
}

/// Of several kinds of area those of the one that has most of them here, but no more than so many.
pub fn finest<'a>(
    kinds: impl Iterator<Item = &'a [Outline]>,
    bbox: &BoundingBox,
    at_most: usize,
) -> Vec<&'a Outline> {
    let here = |all: &'a [Outline]| -> Vec<&'a Outline> {
        all.iter().filter(|it| it.reaches(bbox)).take(at_most + 1).collect()
    };
    let fitting = kinds.map(here).filter(|them| them.len() <= at_most);
    fitting.max_by_key(Vec::len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Point;

    fn square(west: f64, side: f64) -> Outline {
        let at = |x: f64, y: f64| Point::from_degrees(y, x).unwrap();
        let ring =
            vec![at(west, 0.0), at(west + side, 0.0), at(west + side, side), at(west, side), at(west, 0.0)];
        Outline::of("A square", &Shape::new(&[vec![ring]]).unwrap())
    }

    #[test]
    fn the_finest_kind_that_fits_is_drawn() {
        let wards: Vec<Outline> = (0..8).map(|it| square(f64::from(it), 0.9)).collect();
        let districts: Vec<Outline> = (0..2).map(|it| square(f64::from(4 * it), 3.9)).collect();
        let drawn = |bbox: &str, at_most: usize| {
            let bbox = BoundingBox::parse("", bbox).unwrap();
            finest([wards.as_slice(), &districts].into_iter(), &bbox, at_most).len()
        };
        assert_eq!(drawn("-1,-1,9,9", 8), 8);
        assert_eq!(drawn("-1,-1,9,9", 7), 2, "too many wards");
        assert_eq!(drawn("-1,-1,9,9", 1), 0, "too many of each");
        assert_eq!(drawn("0.1,0.1,2.5,0.2", 7), 3);
        assert_eq!(drawn("50,50,51,51", 7), 0);
    }
}
