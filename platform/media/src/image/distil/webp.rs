//! WebP: chunks in a RIFF container, either one picture or an extended one.

use image::metadata::Orientation;

use super::{Bounds, Found, Reader, sides, turn_of};
use crate::image::Unfit;

const ALPHA: u8 = 0x10;
const ANIMATION: u8 = 0x02;
/// Of colour with transparency, the planes it is made of or the tables of a lossless picture, and colour.
const BYTES_PER_PIXEL: u64 = 4 + 8 + 3;

pub(super) fn read(bytes: &[u8], bounds: &Bounds) -> Result<Found, Unfit> {
    let mut reader = Reader::new(bytes);
    reader.take(4)?;
    let size = usize::try_from(reader.array::<4>().map(u32::from_le_bytes)?).map_err(|_| Unfit::Broken)?;
    let end = size.checked_add(8).ok_or(Unfit::Broken)?;
    let mut reader = Reader::new(bytes.get(..end).ok_or(Unfit::Broken)?);
    let mut out = reader.take(12)?.to_vec();
    out.reserve(bytes.len());
    let (mut canvas, mut picture, mut turn) = (None, None, None);
    while reader.at < end {
        let first = reader.at == 12;
        let name = reader.array::<4>()?;
        let length = reader.array::<4>().map(u32::from_le_bytes)?;
        let body = reader.take(usize::try_from(length).map_err(|_| Unfit::Broken)?)?;
        if length % 2 == 1 && reader.at < end {
            reader.take(1)?;
        }
        match &name {
            b"VP8X" if first => {
                let (flags, sides) = extended(body, bounds)?;
                canvas = Some(sides);
                let mut kept = body.to_vec();
                kept[0] = flags & ALPHA;
                chunk(&mut out, &name, &kept);
            }
            b"VP8X" => return Err(Unfit::Broken),
            b"ANIM" | b"ANMF" => return Err(Unfit::Animated),
            b"VP8 " | b"VP8L" if picture.is_some() => return Err(Unfit::Broken),
            b"VP8 " | b"VP8L" => {
                picture = Some(if &name == b"VP8 " { lossy(body) } else { lossless(body) }?);
                chunk(&mut out, &name, body);
            }
            // Transparency stands before the picture, and only in an extended one.
            b"ALPH" if picture.is_none() && canvas.is_some() => chunk(&mut out, &name, body),
            b"EXIF" => {
                turn.get_or_insert_with(|| turn_of(body));
            }
            _ => {}
        }
    }
    let (width, height) = picture.ok_or(Unfit::Broken)?;
    if canvas.is_some_and(|canvas| canvas != (width, height)) {
        return Err(Unfit::Broken);
    }
    let (width, height) = sides(width, height, bounds)?;
    let size = u32::try_from(out.len() - 8).map_err(|_| Unfit::Broken)?;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    let turn = turn.unwrap_or(Orientation::NoTransforms);
    Ok(Found { width, height, bytes: out, turn, bytes_per_pixel: BYTES_PER_PIXEL })
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

fn extended(body: &[u8], bounds: &Bounds) -> Result<(u8, (u32, u32)), Unfit> {
    let &[flags, _, _, _, w0, w1, w2, h0, h1, h2] = body else { return Err(Unfit::Broken) };
    if flags & ANIMATION != 0 {
        return Err(Unfit::Animated);
    }
    let (width, height) = (u32::from_le_bytes([w0, w1, w2, 0]), u32::from_le_bytes([h0, h1, h2, 0]));
    Ok((flags, sides(width + 1, height + 1, bounds)?))
}

fn lossy(body: &[u8]) -> Result<(u32, u32), Unfit> {
    let [tag, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1, ..] = body else { return Err(Unfit::Broken) };
    // A picture that refers to one before it.
    if tag & 1 != 0 {
        return Err(Unfit::Broken);
    }
    let side = |low: &u8, high: &u8| u32::from(u16::from_le_bytes([*low, *high]) & 0x3FFF);
    Ok((side(w0, w1), side(h0, h1)))
}

fn lossless(body: &[u8]) -> Result<(u32, u32), Unfit> {
    let &[0x2F, b0, b1, b2, b3, ..] = body else { return Err(Unfit::Broken) };
    let bits = u32::from_le_bytes([b0, b1, b2, b3]);
    Ok(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
}
