//! GIF: blocks of blocks. One frame is a picture, two are a film.

use image::metadata::Orientation;

use super::{Bounds, Found, Reader, sides};
use crate::image::Unfit;

/// Numbers of colours, colour with transparency twice (frame and screen), and colour.
const BYTES_PER_PIXEL: u64 = 1 + 4 + 4 + 3;

pub(super) fn read(bytes: &[u8], bounds: &Bounds) -> Result<Found, Unfit> {
    let mut reader = Reader::new(bytes);
    reader.take(6)?;
    let [w0, w1, h0, h1, flags, _, _] = reader.array::<7>()?;
    let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
    let (width, height) = sides(width.into(), height.into(), bounds)?;
    palette(&mut reader, flags)?;
    let mut out = bytes[..reader.at].to_vec();
    let (mut control, mut has_frame) = (None, false);
    // Some programs forget the end: after a whole frame, that is no fault.
    while !(has_frame && reader.at == bytes.len()) {
        let start = reader.at;
        match reader.byte()? {
            0x3B => break,
            0x21 => {
                let label = reader.byte()?;
                blocks(&mut reader)?;
                if label == 0xF9 {
                    control = Some(&bytes[start..reader.at]);
                }
            }
            0x2C if has_frame => return Err(Unfit::Animated),
            0x2C => {
                frame(&mut reader, (width, height))?;
                out.extend_from_slice(control.take().unwrap_or_default());
                out.extend_from_slice(&bytes[start..reader.at]);
                has_frame = true;
            }
            // What follows a whole frame is not picture.
            _ if has_frame => break,
            _ => return Err(Unfit::Broken),
        }
    }
    if !has_frame {
        return Err(Unfit::Broken);
    }
    out.push(0x3B);
    let turn = Orientation::NoTransforms;
    Ok(Found { width, height, bytes: out, turn, bytes_per_pixel: BYTES_PER_PIXEL })
}

fn palette(reader: &mut Reader<'_>, flags: u8) -> Result<(), Unfit> {
    if flags & 0x80 != 0 {
        reader.take(3 << ((flags & 7) + 1))?;
    }
    Ok(())
}

/// Each says how long it is; the one of nothing ends them.
fn blocks(reader: &mut Reader<'_>) -> Result<(), Unfit> {
    loop {
        match reader.byte()? {
            0 => return Ok(()),
            length => reader.take(length.into())?,
        };
    }
}

fn frame(reader: &mut Reader<'_>, (width, height): (u32, u32)) -> Result<(), Unfit> {
    let [l0, l1, t0, t1, w0, w1, h0, h1, flags] = reader.array::<9>()?;
    let number = |low, high| u32::from(u16::from_le_bytes([low, high]));
    let (right, bottom) = (number(l0, l1) + number(w0, w1), number(t0, t1) + number(h0, h1));
    if right > width || bottom > height || number(w0, w1) == 0 || number(h0, h1) == 0 {
        return Err(Unfit::Broken);
    }
    palette(reader, flags)?;
    // The size of the first codes.
    reader.byte()?;
    blocks(reader)
}
