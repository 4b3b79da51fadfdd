//! Pixels from a distilled picture, as three bytes of colour each; what is transparent becomes white.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, Limits, RgbImage};

use super::{Distilled, Kind, Unfit};

pub(super) fn decode(picture: &Distilled) -> Result<RgbImage, Unfit> {
    let reader = Cursor::new(&picture.bytes[..]);
    let limits = limits_of(picture);
    let decoded = match picture.kind {
        Kind::Jpeg => finish(picture, JpegDecoder::new(reader).map_err(broken)?),
        Kind::Png => finish(picture, PngDecoder::with_limits(reader, limits).map_err(broken)?),
        Kind::WebP => finish(picture, WebPDecoder::new(reader).map_err(broken)?),
        Kind::Gif => finish(picture, GifDecoder::new(reader).map_err(broken)?),
    }?;
    Ok(flat(decoded))
}

fn limits_of(picture: &Distilled) -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(picture.width);
    limits.max_image_height = Some(picture.height);
    limits.max_alloc = Some(picture.memory);
    limits
}

/// The decoder must have read the same sides as we did, or one of us was fooled.
fn finish(picture: &Distilled, mut decoder: impl ImageDecoder) -> Result<DynamicImage, Unfit> {
    if decoder.dimensions() != (picture.width, picture.height) {
        return Err(Unfit::Broken);
    }
    decoder.set_limits(limits_of(picture)).map_err(broken)?;
    DynamicImage::from_decoder(decoder).map_err(broken)
}

/// What the decoder says is for programmers; the sender can only send another one.
fn broken(error: image::ImageError) -> Unfit {
    match error {
        image::ImageError::Limits(_) => Unfit::TooComplex,
        image::ImageError::Unsupported(_) => Unfit::Unsupported,
        _ => Unfit::Broken,
    }
}

fn flat(decoded: DynamicImage) -> RgbImage {
    if !decoded.color().has_alpha() {
        return decoded.into_rgb8();
    }
    let seen = decoded.into_rgba8();
    let (width, height) = seen.dimensions();
    let mut flat = Vec::with_capacity(width as usize * height as usize * 3);
    for pixel in seen.as_raw().chunks_exact(4) {
        let alpha = u32::from(pixel[3]);
        let mix = |colour: u8| ((u32::from(colour) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        flat.extend_from_slice(&[mix(pixel[0]), mix(pixel[1]), mix(pixel[2])]);
    }
    RgbImage::from_raw(width, height, flat).unwrap_or_default()
}
