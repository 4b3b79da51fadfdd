//! The `.osm.pbf` file, as far as roads need it: blocks of packed numbers, each compressed by itself. A crate
//! for it would bring a whole toolkit for Protocol Buffers; these are the few shapes that are read.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::MapError;
use crate::limits;

/// What a block holds, in the order of the file.
pub trait Visit {
    fn node(&mut self, id: i64, lat_e7: i64, long_e7: i64) -> Result<(), MapError>;
    fn way(&mut self, tags: &[(&str, &str)], nodes: &[i64]) -> Result<(), MapError>;
}

/// Goes through a whole file.
pub fn read(file: &mut impl Read, visit: &mut impl Visit) -> Result<(), MapError> {
    let mut first = true;
    while let Some((kind, block)) = next_block(file)? {
        match (first, kind.as_str()) {
            (true, "OSMHeader") => check_header(&block)?,
            (true, _) => return Err(MapError::Malformed("it does not begin with a header")),
            (false, "OSMData") => data(&block, visit)?,
            // What is not known may be skipped, as the format says.
            (false, _) => {}
        }
        first = false;
    }
    if first { Err(MapError::Malformed("it is empty")) } else { Ok(()) }
}

fn next_block(file: &mut impl Read) -> Result<Option<(String, Vec<u8>)>, MapError> {
    let mut length = [0; 4];
    // A clean end lies between two blocks.
    match file.read(&mut length[..1])? {
        0 => return Ok(None),
        _ => file.read_exact(&mut length[1..])?,
    }
    let head = take(file, u32::from_be_bytes(length) as usize, limits::MAP_HEAD_BYTES_MAX)?;
    let (mut kind, mut size) = (String::new(), 0);
    for field in Fields(&head) {
        match field? {
            (1, Field::Bytes(bytes)) => kind = String::from_utf8_lossy(bytes).into_owned(),
            (3, Field::Number(number)) => size = number as usize,
            _ => {}
        }
    }
    let blob = take(file, size, limits::MAP_BLOCK_BYTES_MAX)?;
    for field in Fields(&blob) {
        match field? {
            (1, Field::Bytes(raw)) => return Ok(Some((kind, raw.to_vec()))),
            (3, Field::Bytes(packed)) => {
                let mut block = Vec::new();
                let most = limits::MAP_BLOCK_BYTES_MAX as u64 + 1;
                ZlibDecoder::new(packed).take(most).read_to_end(&mut block)?;
                if block.len() > limits::MAP_BLOCK_BYTES_MAX {
                    return Err(MapError::Malformed("a block is too large"));
                }
                return Ok(Some((kind, block)));
            }
            (4..=7, Field::Bytes(_)) => {
                return Err(MapError::Unknown("another compression than zlib".into()));
            }
            _ => {}
        }
    }
    Err(MapError::Malformed("a block without content"))
}

fn take(file: &mut impl Read, size: usize, most: usize) -> Result<Vec<u8>, MapError> {
    if size > most {
        return Err(MapError::Malformed("a block is too large"));
    }
    let mut bytes = vec![0; size];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn check_header(block: &[u8]) -> Result<(), MapError> {
    for field in Fields(block) {
        if let (4, Field::Bytes(needed)) = field?
            && !matches!(needed, b"OsmSchema-V0.6" | b"DenseNodes")
        {
            return Err(MapError::Unknown(String::from_utf8_lossy(needed).into_owned()));
        }
    }
    Ok(())
}

fn data(block: &[u8], visit: &mut impl Visit) -> Result<(), MapError> {
    let (mut strings, mut groups) = (Vec::new(), Vec::new());
    let mut scale = Scale { granularity: 100, lat: 0, long: 0 };
    for field in Fields(block) {
        match field? {
            (1, Field::Bytes(table)) => {
                for entry in Fields(table) {
                    if let (1, Field::Bytes(bytes)) = entry? {
                        strings.push(std::str::from_utf8(bytes).unwrap_or_default());
                    }
                }
            }
            (2, Field::Bytes(group)) => groups.push(group),
            (17, Field::Number(number)) => scale.granularity = number as i64,
            (19, Field::Number(number)) => scale.lat = number as i64,
            (20, Field::Number(number)) => scale.long = number as i64,
            _ => {}
        }
    }
    for group in groups {
        for field in Fields(group) {
            match field? {
                (1, Field::Bytes(bytes)) => node(bytes, &scale, visit)?,
                (2, Field::Bytes(bytes)) => dense(bytes, &scale, visit)?,
                (3, Field::Bytes(bytes)) => way(bytes, &strings, visit)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// Places are in steps of so many billionths of a degree, from an offset.
struct Scale {
    granularity: i64,
    lat: i64,
    long: i64,
}

impl Scale {
    fn e7(&self, offset: i64, steps: i64) -> i64 {
        offset.saturating_add(self.granularity.saturating_mul(steps)) / 100
    }
}

fn node(bytes: &[u8], scale: &Scale, visit: &mut impl Visit) -> Result<(), MapError> {
    let (mut id, mut lat, mut long) = (0, 0, 0);
    for field in Fields(bytes) {
        match field? {
            (1, Field::Number(number)) => id = zigzag(number),
            (8, Field::Number(number)) => lat = zigzag(number),
            (9, Field::Number(number)) => long = zigzag(number),
            _ => {}
        }
    }
    visit.node(id, scale.e7(scale.lat, lat), scale.e7(scale.long, long))
}

fn dense(bytes: &[u8], scale: &Scale, visit: &mut impl Visit) -> Result<(), MapError> {
    let (mut ids, mut lats, mut longs) = (Vec::new(), Vec::new(), Vec::new());
    for field in Fields(bytes) {
        match field? {
            (1, Field::Bytes(packed)) => ids = summed(packed)?,
            (8, Field::Bytes(packed)) => lats = summed(packed)?,
            (9, Field::Bytes(packed)) => longs = summed(packed)?,
            _ => {}
        }
    }
    if ids.len() != lats.len() || ids.len() != longs.len() {
        return Err(MapError::Malformed("nodes without a place"));
    }
    for ((id, lat), long) in ids.into_iter().zip(lats).zip(longs) {
        visit.node(id, scale.e7(scale.lat, lat), scale.e7(scale.long, long))?;
    }
    Ok(())
}

fn way(bytes: &[u8], strings: &[&str], visit: &mut impl Visit) -> Result<(), MapError> {
    let (mut keys, mut values, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
    for field in Fields(bytes) {
        match field? {
            (2, Field::Bytes(packed)) => keys = numbers(packed)?,
            (3, Field::Bytes(packed)) => values = numbers(packed)?,
            (8, Field::Bytes(packed)) => nodes = summed(packed)?,
            _ => {}
        }
    }
    let text = |place: u64| strings.get(place as usize).copied().unwrap_or_default();
    let tags: Vec<(&str, &str)> = keys.into_iter().map(text).zip(values.into_iter().map(text)).collect();
    visit.way(&tags, &nodes)
}

/// Differences with signs, added up.
fn summed(packed: &[u8]) -> Result<Vec<i64>, MapError> {
    let mut sum = 0_i64;
    let add = |number: u64| {
        sum = sum.wrapping_add(zigzag(number));
        sum
    };
    Ok(numbers(packed)?.into_iter().map(add).collect())
}

fn numbers(mut packed: &[u8]) -> Result<Vec<u64>, MapError> {
    let mut numbers = Vec::new();
    while !packed.is_empty() {
        numbers.push(varint(&mut packed)?);
    }
    Ok(numbers)
}

fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn varint(bytes: &mut &[u8]) -> Result<u64, MapError> {
    let mut number = 0;
    for place in 0..10 {
        let (first, rest) = bytes.split_first().ok_or(MapError::Malformed("a number is cut off"))?;
        *bytes = rest;
        number |= u64::from(first & 127).checked_shl(7 * place).unwrap_or(0);
        if first & 128 == 0 {
            return Ok(number);
        }
    }
    Err(MapError::Malformed("a number is too long"))
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message with their numbers.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Field<'a>), MapError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u64, Field<'a>), MapError> {
        let key = varint(&mut self.0)?;
        let field = match key & 7 {
            0 => Field::Number(varint(&mut self.0)?),
            1 => Field::Bytes(self.bytes(8)?),
            2 => {
                let length = varint(&mut self.0)?;
                Field::Bytes(self.bytes(length)?)
            }
            5 => Field::Bytes(self.bytes(4)?),
            _ => return Err(MapError::Malformed("a field of no known kind")),
        };
        Ok((key >> 3, field))
    }

    fn bytes(&mut self, length: u64) -> Result<&'a [u8], MapError> {
        let cut = usize::try_from(length).ok().and_then(|length| self.0.split_at_checked(length));
        let (bytes, rest) = cut.ok_or(MapError::Malformed("a field is cut off"))?;
        self.0 = rest;
        Ok(bytes)
    }
}
