//! The sizes that are kept of every picture, in two formats: WebP for those who read it, JPEG for all.

use bytes::Bytes;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, RgbImage};

use super::Unfit;
use crate::limits;

/// How large a picture is wanted; the longer side has at most so many pixels. A smaller picture is
/// never made larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Size {
    Thumb,
    Small,
    Large,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    WebP,
    Jpeg,
}

/// One picture in all sizes and formats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Of the large one, upright.
    pub width: u32,
    pub height: u32,
    pub files: Vec<Rendered>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub size: Size,
    pub format: Format,
    pub bytes: Bytes,
}

impl Size {
    pub const ALL: [Size; 3] = [Size::Thumb, Size::Small, Size::Large];

    pub fn name(self) -> &'static str {
        match self {
            Size::Thumb => "thumb",
            Size::Small => "small",
            Size::Large => "large",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    pub fn side_max(self) -> u32 {
        match self {
            Size::Thumb => limits::THUMB_SIDE,
            Size::Small => limits::SMALL_SIDE,
            Size::Large => limits::LARGE_SIDE,
        }
    }

    /// What a picture of these sides measures in this size.
    pub fn fit(self, width: u32, height: u32) -> (u32, u32) {
        let (longer, max) = (width.max(height), self.side_max());
        if longer <= max {
            return (width, height);
        }
        let scaled = |side: u32| {
            let side = (u64::from(side) * u64::from(max) + u64::from(longer) / 2) / u64::from(longer.max(1));
            (side as u32).max(1)
        };
        (scaled(width), scaled(height))
    }
}

impl Format {
    pub const ALL: [Format; 2] = [Format::WebP, Format::Jpeg];

    /// The ending of its name.
    pub fn name(self) -> &'static str {
        match self {
            Format::WebP => "webp",
            Format::Jpeg => "jpg",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Format::WebP => "image/webp",
            Format::Jpeg => "image/jpeg",
        }
    }
}

/// Each size is made from the one above it. Turning comes after the first scaling: it is the same,
/// and there are fewer pixels to turn.
pub(super) fn render(source: RgbImage, turn: Orientation) -> Result<Made, Unfit> {
    let mut resizer = Resizer::new();
    let (width, height) = Size::Large.fit(source.width(), source.height());
    let mut upright = DynamicImage::ImageRgb8(scale(&mut resizer, source, width, height)?);
    upright.apply_orientation(turn);
    let large = upright.into_rgb8();
    let (width, height) = large.dimensions();
    let (small_width, small_height) = Size::Small.fit(width, height);
    let (thumb_width, thumb_height) = Size::Thumb.fit(width, height);
    let mut files = encode(Size::Large, &large)?.to_vec();
    let small = scale(&mut resizer, large, small_width, small_height)?;
    files.extend(encode(Size::Small, &small)?);
    let thumb = scale(&mut resizer, small, thumb_width, thumb_height)?;
    files.extend(encode(Size::Thumb, &thumb)?);
    Ok(Made { width, height, files })
}

fn scale(resizer: &mut Resizer, source: RgbImage, width: u32, height: u32) -> Result<RgbImage, Unfit> {
    if source.dimensions() == (width, height) {
        return Ok(source);
    }
    let from = TypedImageRef::<U8x3>::from_buffer(source.width(), source.height(), source.as_raw());
    let from = from.map_err(|_| Unfit::Broken)?;
    let mut scaled = RgbImage::new(width, height);
    let mut to = TypedImage::<U8x3>::from_buffer(width, height, &mut scaled).map_err(|_| Unfit::Broken)?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    // Typed: the other way brings the code for a dozen kinds of pixels that no picture here has.
    resizer.resize_typed(&from, &mut to, &options).map_err(|_| Unfit::Broken)?;
    drop(to);
    Ok(scaled)
}

fn encode(size: Size, picture: &RgbImage) -> Result<[Rendered; 2], Unfit> {
    let (width, height) = picture.dimensions();
    let mut config = webp::WebPConfig::new().map_err(|()| Unfit::Broken)?;
    config.quality = limits::WEBP_QUALITY;
    config.method = limits::WEBP_METHOD;
    let encoder = webp::Encoder::from_rgb(picture.as_raw(), width, height);
    let small = encoder.encode_advanced(&config).map_err(|_| Unfit::Broken)?;
    let mut plain = Vec::new();
    JpegEncoder::new_with_quality(&mut plain, limits::JPEG_QUALITY)
        .encode(picture.as_raw(), width, height, ExtendedColorType::Rgb8)
        .map_err(|_| Unfit::Broken)?;
    Ok([
        Rendered { size, format: Format::WebP, bytes: Bytes::copy_from_slice(&small) },
        Rendered { size, format: Format::Jpeg, bytes: plain.into() },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_the_shape_and_never_grow() {
        // sides, and those of the small one
        for (from, to) in [
            ((480, 480), (480, 480)),
            ((481, 481), (480, 480)),
            ((2000, 1333), (480, 320)),
            ((1333, 2000), (320, 480)),
            ((1, 1), (1, 1)),
            ((16_384, 1), (480, 1)),
            ((10, 16_384), (1, 480)),
            ((100, 50), (100, 50)),
        ] {
            assert_eq!(Size::Small.fit(from.0, from.1), to, "{from:?}");
        }
    }
}
