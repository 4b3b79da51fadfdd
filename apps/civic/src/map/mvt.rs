//! Mapbox vector tiles, version 2.1: layers of points and lines, written byte by byte.
//!
//! The crates for it bring a whole protobuf runtime along; these and a few tags need a hundred lines.
//! Points lie inside their tile, never in a margin around it: maps draw circles over the edge of a
//! tile by themselves, and a request that stood on two tiles would be counted twice.

use std::collections::HashMap;

use super::outline::Dot;
use super::sums::put;

/// Columns and rows of a tile.
pub const EXTENT: u32 = 4_096;
/// Kinds of feature, and what a pen does.
const POINT: u64 = 1;
const LINES: u64 = 2;
const MOVE: u64 = 1;
const LINE: u64 = 2;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Tag {
    Text(String),
    Number(u64),
}

pub struct Layer {
    name: &'static str,
    features: Vec<u8>,
    keys: Vec<&'static str>,
    values: Vec<u8>,
    numbers: HashMap<Tag, u64>,
}

impl Layer {
    pub fn new(name: &'static str) -> Self {
        Self { name, features: Vec::new(), keys: Vec::new(), values: Vec::new(), numbers: HashMap::new() }
    }

    pub fn point(&mut self, (x, y): (i32, i32), tags: impl IntoIterator<Item = (&'static str, Tag)>) {
        let mut geometry = Vec::with_capacity(8);
        // One "move to", then how far, from the tile's corner.
        put(&mut geometry, MOVE | 1 << 3);
        put(&mut geometry, zigzag(x));
        put(&mut geometry, zigzag(y));
        self.feature(POINT, &geometry, tags);
    }

    /// Lines that each end where they began.
    pub fn rings(&mut self, rings: &[Vec<Dot>], tags: impl IntoIterator<Item = (&'static str, Tag)>) {
        let (mut geometry, mut before) = (Vec::new(), (0, 0));
        for ring in rings {
            let [first, rest @ ..] = &ring[..] else { continue };
            let mut go = |geometry: &mut Vec<u8>, (x, y): Dot| {
                put(geometry, zigzag((x - before.0) as i32));
                put(geometry, zigzag((y - before.1) as i32));
                before = (x, y);
            };
            put(&mut geometry, MOVE | 1 << 3);
            go(&mut geometry, *first);
            put(&mut geometry, LINE | ((rest.len() as u64 + 1) << 3));
            rest.iter().chain([first]).for_each(|dot| go(&mut geometry, *dot));
        }
        if !geometry.is_empty() {
            self.feature(LINES, &geometry, tags);
        }
    }

    fn feature(&mut self, kind: u64, geometry: &[u8], tags: impl IntoIterator<Item = (&'static str, Tag)>) {
        let mut packed = Vec::new();
        for (key, value) in tags {
            let key = self.key(key);
            put(&mut packed, key);
            let value = self.value(value);
            put(&mut packed, value);
        }
        let mut feature = Vec::with_capacity(packed.len() + geometry.len() + 8);
        bytes(&mut feature, 2, &packed);
        number(&mut feature, 3, kind);
        bytes(&mut feature, 4, geometry);
        bytes(&mut self.features, 2, &feature);
    }

    fn key(&mut self, name: &'static str) -> u64 {
        let place = self.keys.iter().position(|its| *its == name).unwrap_or_else(|| {
            self.keys.push(name);
            self.keys.len() - 1
        });
        place as u64
    }

    fn value(&mut self, tag: Tag) -> u64 {
        let next = self.numbers.len() as u64;
        let values = &mut self.values;
        *self.numbers.entry(tag).or_insert_with_key(|tag| {
            let mut value = Vec::new();
            match tag {
                Tag::Text(text) => bytes(&mut value, 1, text.as_bytes()),
                Tag::Number(it) => number(&mut value, 5, *it),
            }
            bytes(values, 4, &value);
            next
        })
    }

    fn write(&self, tile: &mut Vec<u8>) {
        let mut layer = Vec::with_capacity(self.features.len() + self.values.len() + 64);
        number(&mut layer, 15, 2);
        bytes(&mut layer, 1, self.name.as_bytes());
        layer.extend_from_slice(&self.features);
        for key in &self.keys {
            bytes(&mut layer, 3, key.as_bytes());
        }
        layer.extend_from_slice(&self.values);
        number(&mut layer, 5, EXTENT.into());
        bytes(tile, 3, &layer);
    }
}

/// A whole tile. Layers without features are left out: a tile without anything has no bytes, which
/// every reader takes for an empty one.
pub fn tile(layers: &[Layer]) -> Vec<u8> {
    let mut tile = Vec::new();
    layers.iter().filter(|layer| !layer.features.is_empty()).for_each(|layer| layer.write(&mut tile));
    tile
}

fn number(into: &mut Vec<u8>, field: u64, value: u64) {
    put(into, field << 3);
    put(into, value);
}

fn bytes(into: &mut Vec<u8>, field: u64, value: &[u8]) {
    put(into, field << 3 | 2);
    put(into, value.len() as u64);
    into.extend_from_slice(value);
}

fn zigzag(number: i32) -> u64 {
    u64::from((number << 1 ^ number >> 31) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, but for the order of its fields.
    #[test]
    fn bytes_are_those_of_the_specification() {
        let mut layer = Layer::new("points");
        layer.point((25, 17), [("n", Tag::Number(300)), ("s", Tag::Text("é".into()))]);
        layer.point((-1, 4096), [("n", Tag::Number(300))]);
        let written = tile(&[layer, Layer::new("nothing")]);
        let expected: Vec<u8> = [
            &[0x1a, 59][..],
            &[0x78, 2],
            &[0x0a, 6],
            b"points",
            &[0x12, 13, 0x12, 4, 0, 0, 1, 1, 0x18, 1, 0x22, 3, 9, 50, 34],
            &[0x12, 12, 0x12, 2, 0, 0, 0x18, 1, 0x22, 4, 9, 1, 0x80, 0x40],
            &[0x1a, 1, b'n', 0x1a, 1, b's'],
            &[0x22, 3, 0x28, 0xac, 2],
            &[0x22, 4, 0x0a, 2, 0xc3, 0xa9],
            &[0x28, 0x80, 0x20],
        ]
        .concat();
        assert_eq!(written[1] as usize, written.len() - 2);
        assert_eq!(written[2..], expected[2..]);
        assert!(tile(&[Layer::new("nothing")]).is_empty());
    }
}
