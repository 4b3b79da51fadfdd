//! What comes of good pictures: upright, small, and nothing but the picture.

use image::{GenericImageView, Rgba};
use media::image::{Format, Size, make};

use crate::files::*;
use crate::hostile::{BOUNDS, assert_clean};

/// The colour of a corner, by its strongest parts.
fn corner(pixel: Rgba<u8>) -> char {
    match pixel.0.map(|part| part > 128) {
        [true, true, true, _] => 'w',
        [true, false, false, _] => 'r',
        [false, true, false, _] => 'g',
        [false, false, true, _] => 'b',
        _ => '?',
    }
}

fn corners(bytes: &[u8]) -> (u32, u32, String) {
    let seen = image::load_from_memory(bytes).unwrap();
    let (width, height) = seen.dimensions();
    let (right, bottom) = (width * 3 / 4, height * 3 / 4);
    let places = [(width / 4, height / 4), (right, height / 4), (width / 4, bottom), (right, bottom)];
    (width, height, places.map(|(x, y)| corner(seen.get_pixel(x, y))).iter().collect())
}

#[test]
fn every_orientation_stands_upright() {
    for (orientation, expected) in [
        (1, "rgbw"),
        (2, "grwb"),
        (3, "wbgr"),
        (4, "bwrg"),
        (5, "rbgw"),
        (6, "brwg"),
        (7, "wgbr"),
        (8, "gwrb"),
    ] {
        let body = webp(80, 40, false);
        let extended =
            webp_of(&[(b"VP8X", &vp8x(8, 80, 40)), (b"VP8 ", &body[20..]), (b"EXIF", &exif(orientation))]);
        let plain = png(80, 40);
        let described = [&plain[..33], &png_chunk(b"eXIf", &exif(orientation)), &plain[33..]].concat();
        for (name, bytes) in
            [("jpeg", with_exif(&jpeg(80, 40), orientation)), ("webp", extended), ("png", described)]
        {
            let made = make(&bytes, &BOUNDS).unwrap();
            let sides = if orientation > 4 { (40, 80) } else { (80, 40) };
            assert_eq!((made.width, made.height), sides, "{name} {orientation}");
            for file in &made.files {
                let (width, height, seen) = corners(&file.bytes);
                assert_eq!((width, height), sides, "{name} {orientation}");
                assert_eq!(seen, expected, "{name} {orientation} {:?}", file.format);
            }
            assert_clean(name, &made);
        }
    }
}

#[test]
fn an_orientation_that_is_none_turns_nothing() {
    for orientation in [0, 9, 65_535] {
        let made = make(&with_exif(&jpeg(80, 40), orientation), &BOUNDS).unwrap();
        assert_eq!(corners(&made.files[0].bytes).2, "rgbw");
    }
}

#[test]
fn the_place_where_it_was_taken_is_gone() {
    let bytes = with_exif(&jpeg(200, 100), 1);
    assert!(has(&bytes, SECRET));
    let made = make(&bytes, &BOUNDS).unwrap();
    for file in &made.files {
        assert!(!has(&file.bytes, SECRET) && !has(&file.bytes, b"Exif"));
    }
}

#[test]
fn sizes_are_scaled_down_and_never_up() {
    for (sides, expected) in [
        ((2_000, 1_333), [(160, 107), (480, 320), (1_600, 1_066)]),
        ((1_000, 2_000), [(80, 160), (240, 480), (800, 1_600)]),
        ((300, 200), [(160, 107), (300, 200), (300, 200)]),
        ((1, 1), [(1, 1); 3]),
        ((3_000, 1), [(160, 1), (480, 1), (1_600, 1)]),
    ] {
        let made = make(&jpeg(sides.0, sides.1), &BOUNDS).unwrap();
        for (size, expected) in Size::ALL.into_iter().zip(expected) {
            for format in Format::ALL {
                let file = made.files.iter().find(|it| (it.size, it.format) == (size, format)).unwrap();
                let seen = image::load_from_memory(&file.bytes).unwrap();
                assert_eq!(seen.dimensions(), expected, "{sides:?} {size:?} {format:?}");
            }
        }
    }
}

#[test]
fn the_same_bytes_make_the_same_files() {
    for (_, bytes) in crate::hostile::good() {
        assert_eq!(make(&bytes, &BOUNDS), make(&bytes, &BOUNDS));
    }
}

#[test]
fn what_is_transparent_becomes_white() {
    // Black, and not to be seen.
    let made = make(&png_zeros(40, 40, 8, 6), &BOUNDS).unwrap();
    for file in &made.files {
        assert_eq!(corners(&file.bytes).2, "wwww");
    }
}
