//! Lines in one object. Each is a gzip member of its own, so that one request is read with one short
//! read, and the whole is a gzip file all the same: any `zcat` shows the lines.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::objects::Trouble;
use crate::limits;

/// Where a line begins in the object, how long it is there, and its checksum there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: u64,
    pub length: u64,
    pub hash: [u8; 32],
}

#[derive(Debug, Default)]
pub struct Packed {
    pub bytes: Vec<u8>,
    pub spans: Vec<Span>,
}

impl Packed {
    pub fn add(&mut self, line: &[u8]) -> std::io::Result<()> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(line)?;
        let member = encoder.finish()?;
        let start = self.bytes.len() as u64;
        self.spans.push(Span { start, length: member.len() as u64, hash: hash(&member) });
        self.bytes.extend_from_slice(&member);
        Ok(())
    }
}

pub fn hash(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

/// One line, if it is the one that was written. A small member cannot grow beyond what memory bears.
pub fn unpack(member: &[u8], expected: &[u8]) -> Result<Vec<u8>, Trouble> {
    if hash(member) != expected {
        return Err(Trouble::Damaged);
    }
    let mut line = Vec::new();
    let most = limits::ARCHIVED_LINE_BYTES_MAX as u64;
    GzDecoder::new(member).take(most + 1).read_to_end(&mut line).map_err(|_| Trouble::Damaged)?;
    if line.len() as u64 > most { Err(Trouble::Damaged) } else { Ok(line) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_line_comes_back_by_itself(lines in proptest::collection::vec("[ -~é]{0,300}", 1..20)) {
            let mut packed = Packed::default();
            for line in &lines {
                packed.add(line.as_bytes()).unwrap();
            }
            for (line, span) in lines.iter().zip(&packed.spans) {
                let member = &packed.bytes[span.start as usize..][..span.length as usize];
                prop_assert_eq!(unpack(member, &span.hash).unwrap(), line.as_bytes());
            }
            let mut whole = String::new();
            flate2::read::MultiGzDecoder::new(&packed.bytes[..]).read_to_string(&mut whole).unwrap();
            prop_assert_eq!(whole, lines.concat());
        }

        #[test]
        fn one_changed_bit_is_noticed(line in "[a-z]{1,100}", place in 0usize..10_000, bit in 0u8..8) {
            let mut packed = Packed::default();
            packed.add(line.as_bytes()).unwrap();
            let place = place % packed.bytes.len();
            packed.bytes[place] ^= 1 << bit;
            prop_assert_eq!(unpack(&packed.bytes, &packed.spans[0].hash), Err(Trouble::Damaged));
        }
    }
}
