//! PNG: a row of chunks. Those that a picture cannot be drawn without are kept.

use image::metadata::Orientation;

use super::{Bounds, Found, Reader, sides, turn_of};
use crate::image::Unfit;

pub(super) fn read(bytes: &[u8], bounds: &Bounds) -> Result<Found, Unfit> {
    let mut reader = Reader::new(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(reader.take(8)?);
    let (mut header, mut has_data, mut turn) = (None, false, None);
    loop {
        let start = reader.at;
        let length = reader.array::<4>().map(u32::from_be_bytes)?;
        let name = reader.array::<4>()?;
        let body = reader.take(usize::try_from(length).map_err(|_| Unfit::Broken)?)?;
        reader.take(4)?;
        match &name {
            b"IHDR" if header.is_none() && start == 8 => header = Some(header_of(body, bounds)?),
            _ if header.is_none() => return Err(Unfit::Broken),
            b"IHDR" => return Err(Unfit::Broken),
            b"IDAT" => has_data = true,
            b"PLTE" | b"tRNS" | b"IEND" => {}
            b"acTL" if body.get(..4).is_some_and(|frames| frames != [0, 0, 0, 1]) => {
                return Err(Unfit::Animated);
            }
            b"eXIf" => {
                turn.get_or_insert_with(|| turn_of(body));
                continue;
            }
            // A capital letter: it cannot be drawn without, and nobody knows how to draw it.
            [first, ..] if first.is_ascii_uppercase() => return Err(Unfit::Broken),
            _ => continue,
        }
        out.extend_from_slice(&bytes[start..reader.at]);
        if &name == b"IEND" {
            break;
        }
    }
    let (width, height, bytes_per_pixel) = header.filter(|_| has_data).ok_or(Unfit::Broken)?;
    let turn = turn.unwrap_or(Orientation::NoTransforms);
    Ok(Found { width, height, bytes: out, turn, bytes_per_pixel })
}

fn header_of(body: &[u8], bounds: &Bounds) -> Result<(u32, u32, u64), Unfit> {
    let &[w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, 0, 0, 0 | 1] = body else {
        return Err(Unfit::Broken);
    };
    let (width, height) = (u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]));
    let (width, height) = sides(width, height, bounds)?;
    // Transparency may be added to what has none.
    let channels = match (colour, depth) {
        (0, 1 | 2 | 4 | 8 | 16) => 2,
        (2, 8 | 16) => 4,
        (3, 1 | 2 | 4 | 8) => 4,
        (4, 8 | 16) => 2,
        (6, 8 | 16) => 4,
        _ => return Err(Unfit::Broken),
    };
    let wide = if depth == 16 { 2 } else { 1 };
    // As decoded, as four bytes of colour with transparency, and as three without.
    Ok((width, height, channels * wide + 4 + 3))
}
