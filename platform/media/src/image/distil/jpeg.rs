//! JPEG: a row of segments, with entropy-coded data after each start of a scan.

use image::metadata::Orientation;

use super::{Bounds, Found, Reader, sides, turn_of};
use crate::image::Unfit;
use crate::limits;

const EXIF: &[u8] = b"Exif\0\0";
const ADOBE: &[u8] = b"Adobe";

pub(super) fn read(bytes: &[u8], bounds: &Bounds) -> Result<Found, Unfit> {
    let mut reader = Reader::new(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(reader.take(2)?);
    let (mut frame, mut scans, mut turn) = (None, 0, None);
    let mut is_progressive = false;
    loop {
        let marker = next_marker(&mut reader)?;
        match marker {
            // The end; what comes after it is not ours to look at.
            0xD9 => break,
            // Marks without a length that stand where they mean nothing.
            0x01 | 0xD0..=0xD7 => continue,
            0xD8 | 0x00 | 0xDC => return Err(Unfit::Broken),
            _ => {}
        }
        let length = reader.array::<2>().map(u16::from_be_bytes)?;
        let body = reader.take(usize::from(length.checked_sub(2).ok_or(Unfit::Broken)?))?;
        match marker {
            0xC0..=0xC2 if frame.is_some() => return Err(Unfit::Broken),
            0xC0..=0xC2 => {
                is_progressive = marker == 0xC2;
                frame = Some(frame_of(body, bounds)?);
            }
            // Tables.
            0xC4 | 0xDB | 0xDD => {}
            0xDA if frame.is_none() => return Err(Unfit::Broken),
            0xDA => scans += 1,
            // Without loss, hierarchical, or coded by arithmetic: nobody's camera writes these.
            0xC3 | 0xC5..=0xCF => return Err(Unfit::Unsupported),
            // Says how colours are stored.
            0xEE if body.starts_with(ADOBE) => {}
            0xE1 if turn.is_none() && body.starts_with(EXIF) => {
                turn = Some(turn_of(body));
                continue;
            }
            _ => continue,
        }
        out.extend_from_slice(&[0xFF, marker]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(body);
        if marker == 0xDA {
            // Each scan walks through all pixels again, however few bytes it has.
            if scans > limits::JPEG_SCANS_MAX {
                return Err(Unfit::TooComplex);
            }
            out.extend_from_slice(entropy(&mut reader)?);
        }
    }
    let (width, height, components) = frame.filter(|_| scans > 0).ok_or(Unfit::Broken)?;
    out.extend_from_slice(&[0xFF, 0xD9]);
    // Samples and three bytes of colour; where the scans come one after the other, also the
    // coefficients of all components.
    let coefficients = if is_progressive || scans > 1 { 2 * components } else { 0 };
    let bytes_per_pixel = coefficients + components + 3;
    let turn = turn.unwrap_or(Orientation::NoTransforms);
    Ok(Found { width, height, bytes: out, turn, bytes_per_pixel })
}

/// Any number of 0xFF may stand before a marker.
fn next_marker(reader: &mut Reader<'_>) -> Result<u8, Unfit> {
    if reader.byte()? != 0xFF {
        return Err(Unfit::Broken);
    }
    loop {
        match reader.byte()? {
            0xFF => {}
            marker => return Ok(marker),
        }
    }
}

fn frame_of(body: &[u8], bounds: &Bounds) -> Result<(u32, u32, u64), Unfit> {
    let [precision, h1, h0, w1, w0, components, parts @ ..] = body else { return Err(Unfit::Broken) };
    if *precision != 8 {
        return Err(Unfit::Unsupported);
    }
    if !matches!(components, 1 | 3 | 4) || parts.len() != 3 * usize::from(*components) {
        return Err(Unfit::Broken);
    }
    let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
    let (width, height) = sides(width.into(), height.into(), bounds)?;
    Ok((width, height, u64::from(*components)))
}

/// Up to the next marker that is not part of the data.
fn entropy<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Unfit> {
    let rest = &reader.bytes[reader.at..];
    let mut at = 0;
    loop {
        at += rest[at..].iter().position(|byte| *byte == 0xFF).ok_or(Unfit::Broken)?;
        match rest.get(at + 1).ok_or(Unfit::Broken)? {
            0x00 | 0xD0..=0xD7 => at += 2,
            0xFF => at += 1,
            _ => return reader.take(at),
        }
    }
}
