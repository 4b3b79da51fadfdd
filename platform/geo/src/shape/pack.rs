//! Shapes as bytes: each vertex as the step from the one before, in as few bytes as it needs.

use super::ring::TURN_E7;
use super::{Polygon, Vertex};
use crate::limits::{POLYGONS_PER_SHAPE_MAX, RINGS_PER_POLYGON_MAX, VERTICES_MAX};
use crate::point::{LAT_MAX_E7, LONG_MAX_E7};

/// How the bytes are laid out; another layout gets another number.
const LAYOUT: u8 = 1;

/// These bytes are no shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not a shape")]
pub struct Broken;

pub fn pack(polygons: &[Polygon]) -> Vec<u8> {
    let mut bytes = vec![LAYOUT];
    put(&mut bytes, polygons.len() as i64);
    for polygon in polygons {
        put(&mut bytes, polygon.west_e7.into());
        put(&mut bytes, polygon.south_e7.into());
        put(&mut bytes, polygon.rings.len() as i64);
        for ring in &polygon.rings {
            put(&mut bytes, ring.len() as i64);
            let mut before = (0_u32, 0_u32);
            for &vertex in ring {
                put(&mut bytes, i64::from(vertex.0) - i64::from(before.0));
                put(&mut bytes, i64::from(vertex.1) - i64::from(before.1));
                before = vertex;
            }
        }
    }
    bytes
}

pub fn unpack(bytes: &[u8]) -> Result<Vec<Polygon>, Broken> {
    let (&LAYOUT, mut rest) = bytes.split_first().ok_or(Broken)? else { return Err(Broken) };
    let polygons = count(&mut rest, POLYGONS_PER_SHAPE_MAX)?;
    let mut budget = VERTICES_MAX;
    let polygons: Result<Vec<Polygon>, Broken> =
        (0..polygons).map(|_| polygon(&mut rest, &mut budget)).collect();
    if rest.is_empty() { polygons } else { Err(Broken) }
}

fn polygon(rest: &mut &[u8], budget: &mut usize) -> Result<Polygon, Broken> {
    let (west, south) = (take(rest)?, take(rest)?);
    let (half, top) = (i64::from(LONG_MAX_E7), i64::from(LAT_MAX_E7));
    if !(-half..half).contains(&west) || !(-top..=top).contains(&south) {
        return Err(Broken);
    }
    let rings = count(rest, RINGS_PER_POLYGON_MAX)?;
    let rings: Vec<Vec<Vertex>> =
        (0..rings).map(|_| ring(rest, top - south, budget)).collect::<Result<_, Broken>>()?;
    let extent = |of: fn(&Vertex) -> u32| rings.iter().flatten().map(of).max().unwrap_or_default();
    let (width, height) = (extent(|it| it.0), extent(|it| it.1));
    Ok(Polygon { west_e7: west as i32, south_e7: south as i32, width, height, rings })
}

fn ring(rest: &mut &[u8], height_max: i64, budget: &mut usize) -> Result<Vec<Vertex>, Broken> {
    let vertices = count(rest, *budget)?;
    *budget -= vertices;
    // Two bytes at least for each: nobody's count makes room for more than there is.
    if vertices * 2 > rest.len() {
        return Err(Broken);
    }
    let (mut x, mut y) = (0_i64, 0_i64);
    let mut ring = Vec::with_capacity(vertices);
    for _ in 0..vertices {
        x = x.checked_add(take(rest)?).ok_or(Broken)?;
        y = y.checked_add(take(rest)?).ok_or(Broken)?;
        if !(0..=TURN_E7).contains(&x) || !(0..=height_max).contains(&y) {
            return Err(Broken);
        }
        ring.push((x as u32, y as u32));
    }
    Ok(ring)
}

fn count(rest: &mut &[u8], max: usize) -> Result<usize, Broken> {
    let count = usize::try_from(take(rest)?).map_err(|_| Broken)?;
    if (1..=max).contains(&count) { Ok(count) } else { Err(Broken) }
}

/// Small numbers of either sign in few bytes: seven bits each, the lowest first.
fn put(bytes: &mut Vec<u8>, number: i64) {
    let mut left = (number << 1 ^ number >> 63) as u64;
    while left >= 0x80 {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
}

fn take(rest: &mut &[u8]) -> Result<i64, Broken> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or(Broken)?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok((number >> 1) as i64 ^ -((number & 1) as i64));
        }
    }
    Err(Broken)
}
