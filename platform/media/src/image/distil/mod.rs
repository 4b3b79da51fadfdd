//! The header read before anything is decoded, and the picture alone: a decoder never sees a profile,
//! a comment, a preview, a second frame, or what hides behind the end.

mod gif;
mod jpeg;
mod png;
mod webp;

use image::metadata::Orientation;

use super::{Bounds, Kind, Unfit};
use crate::limits;

/// A picture and nothing else, with what it will cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distilled {
    pub kind: Kind,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
    /// How it is to be turned to stand upright.
    pub turn: Orientation,
    /// Bytes of memory that decoding and rendering take at most.
    pub memory: u64,
}

/// What a reader of one kind finds.
struct Found {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
    turn: Orientation,
    /// Bytes that decoding takes for each pixel at most.
    bytes_per_pixel: u64,
}

pub fn distil(bytes: &[u8], bounds: &Bounds) -> Result<Distilled, Unfit> {
    if bytes.len() > bounds.bytes_max {
        return Err(Unfit::TooManyBytes);
    }
    let kind = Kind::of(bytes)?;
    let found = match kind {
        Kind::Jpeg => jpeg::read(bytes, bounds),
        Kind::Png => png::read(bytes, bounds),
        Kind::WebP => webp::read(bytes, bounds),
        Kind::Gif => gif::read(bytes, bounds),
    }?;
    let Found { width, height, bytes, turn, bytes_per_pixel } = found;
    let pixels = u64::from(width) * u64::from(height);
    // Some decoders take a copy of the bytes.
    let memory = pixels * bytes_per_pixel + 2 * bytes.len() as u64 + limits::MEMORY_BESIDE_PIXELS;
    if memory > bounds.memory_max {
        return Err(Unfit::TooComplex);
    }
    Ok(Distilled { kind, width, height, bytes, turn, memory })
}

/// Absurd sides are refused where they are read, before the rest is walked through.
fn sides(width: u32, height: u32, bounds: &Bounds) -> Result<(u32, u32), Unfit> {
    if width == 0 || height == 0 {
        return Err(Unfit::Broken);
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > bounds.side_max || height > bounds.side_max || pixels > bounds.pixels_max {
        return Err(Unfit::TooManyPixels);
    }
    Ok((width, height))
}

/// Of all that cameras write down, the one thing that is needed.
fn turn_of(exif: &[u8]) -> Orientation {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// Reads without ever reading past the end.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Unfit> {
        let end = self.at.checked_add(count).ok_or(Unfit::Broken)?;
        let taken = self.bytes.get(self.at..end).ok_or(Unfit::Broken)?;
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unfit> {
        self.take(N)?.try_into().map_err(|_| Unfit::Broken)
    }

    fn byte(&mut self) -> Result<u8, Unfit> {
        Ok(self.array::<1>()?[0])
    }
}
