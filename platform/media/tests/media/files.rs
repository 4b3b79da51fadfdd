//! Files as programs write them, and as nobody should.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, Frame, ImageFormat, Rgb, RgbImage};

/// Something to see: four corners of different colours, and noise, so that it does not vanish.
pub fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let noise = (x.wrapping_mul(31) ^ y.wrapping_mul(17)) as u8 & 15;
        match (x * 2 < width, y * 2 < height) {
            (true, true) => Rgb([240 + noise / 2, noise, noise]),
            (false, true) => Rgb([noise, 240 + noise / 2, noise]),
            (true, false) => Rgb([noise, noise, 240 + noise / 2]),
            (false, false) => Rgb([240, 240, 240 + noise / 2]),
        }
    })
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let pixels = picture(width, height);
    JpegEncoder::new_with_quality(&mut out, 90)
        .encode(pixels.as_raw(), width, height, ExtendedColorType::Rgb8)
        .unwrap();
    out
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture(width, height)).write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

pub fn webp(width: u32, height: u32, lossless: bool) -> Vec<u8> {
    let pixels = picture(width, height);
    webp::Encoder::from_rgb(pixels.as_raw(), width, height).encode_simple(lossless, 80.0).unwrap().to_vec()
}

pub fn gif(width: u32, height: u32, frames: usize) -> Vec<u8> {
    let mut out = Vec::new();
    {
        let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
        for _ in 0..frames {
            let frame = DynamicImage::ImageRgb8(picture(width, height)).into_rgba8();
            encoder.encode_frame(Frame::new(frame)).unwrap();
        }
    }
    out
}

pub fn zlib(bytes: usize) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    for start in (0..bytes).step_by(zeros.len()) {
        out.write_all(&zeros[..zeros.len().min(bytes - start)]).unwrap();
    }
    out.finish().unwrap()
}

pub fn png_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(body);
    let mut out = (body.len() as u32).to_be_bytes().to_vec();
    out.extend_from_slice(name);
    out.extend_from_slice(body);
    out.extend_from_slice(&crc.sum().to_be_bytes());
    out
}

/// A PNG of these chunks after a header that says what it likes.
pub fn png_of(width: u32, height: u32, depth: u8, colour: u8, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut header = width.to_be_bytes().to_vec();
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[depth, colour, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    out.extend(png_chunk(b"IHDR", &header));
    for (name, body) in chunks {
        out.extend(png_chunk(name, body));
    }
    out.extend(png_chunk(b"IEND", b""));
    out
}

/// Rows of nothing, for a picture of these sides.
pub fn png_zeros(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let channels = [1, 0, 3, 1, 2, 0, 4][usize::from(colour)];
    let row = 1 + (width as usize * channels * usize::from(depth)).div_ceil(8);
    png_of(width, height, depth, colour, &[(b"IDAT", &zlib(row * height as usize))])
}

/// After the first two bytes, where cameras put it.
pub fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    out.extend_from_slice(&[0xFF, marker]);
    out.extend_from_slice(&(body.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(body);
    out.extend_from_slice(&jpeg[2..]);
    out
}

/// Exif with an orientation, the place where it was taken, and a word that must not come out again.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        let mut out = tag.to_be_bytes().to_vec();
        out.extend_from_slice(&kind.to_be_bytes());
        out.extend_from_slice(&count.to_be_bytes());
        out.extend_from_slice(&value);
        out
    };
    tiff.extend_from_slice(&2u16.to_be_bytes());
    let [high, low] = orientation.to_be_bytes();
    tiff.extend(entry(0x0112, 3, 1, [high, low, 0, 0]));
    // Where the GPS block begins.
    tiff.extend(entry(0x8825, 4, 1, 38u32.to_be_bytes()));
    tiff.extend_from_slice(&[0; 4]);
    tiff.extend_from_slice(&1u16.to_be_bytes());
    tiff.extend(entry(0x0001, 2, 2, *b"N\0\0\0"));
    tiff.extend_from_slice(&[0; 4]);
    tiff.extend_from_slice(SECRET);
    tiff
}

pub const SECRET: &[u8] = b"WHERE-IT-WAS-TAKEN-6.5244N-3.3792E";

pub fn with_exif(jpeg: &[u8], orientation: u16) -> Vec<u8> {
    with_segment(jpeg, 0xE1, &[b"Exif\0\0", &exif(orientation)[..]].concat())
}

pub fn webp_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = name.to_vec();
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
    out
}

pub fn webp_of(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let chunks: Vec<u8> = chunks.iter().flat_map(|(name, body)| webp_chunk(name, body)).collect();
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(chunks.len() as u32 + 4).to_le_bytes());
    out.extend_from_slice(b"WEBP");
    out.extend(chunks);
    out
}

/// The header of an extended WebP.
pub fn vp8x(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let mut out = vec![flags, 0, 0, 0];
    out.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
    out.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
    out
}

pub fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
