//! Nothing hostile crashes the program, takes more memory than it may, or comes out again.

use media::image::{Bounds, Made, Unfit, distil, make};
use media::limits;

use crate::allocations::peak_of;
use crate::files::*;
use crate::{corpus, files};

pub const BOUNDS: Bounds = Bounds {
    bytes_max: limits::PICTURE_BYTES,
    pixels_max: limits::PIXELS_MAX,
    side_max: limits::SIDE_MAX,
    memory_max: limits::MEMORY,
};

/// What comes out is ours alone: written by our encoders, of sides that fit, without anything else.
pub fn assert_clean(name: &str, made: &Made) {
    assert_eq!(made.files.len(), 6, "{name}");
    assert!(made.width.max(made.height) <= limits::LARGE_SIDE, "{name}");
    let words: [&[u8]; 9] =
        [b"<script", b"alert(", b"PAYLOAD", b"Exif", b"EXIF", b"ICC", b"XMP ", b"http", files::SECRET];
    for file in &made.files {
        for word in words {
            assert!(!has(&file.bytes, word), "{name}: {:?}", String::from_utf8_lossy(word));
        }
        let again = distil(&file.bytes, &BOUNDS).unwrap();
        assert!(again.width.max(again.height) <= file.size.side_max(), "{name}");
    }
}

#[test]
fn the_corpus_is_refused_or_cleaned_within_its_memory() {
    for case in corpus::all() {
        let announced = distil(&case.bytes, &BOUNDS).map(|it| it.memory);
        let (made, peak) = peak_of(|| make(&case.bytes, &BOUNDS));
        assert_eq!(made.as_ref().map(|_| ()).map_err(|unfit| *unfit), case.fate, "{}", case.name);
        match announced {
            Ok(memory) => assert!(peak <= memory, "{}: {peak} bytes, announced {memory}", case.name),
            // Refused by its header: no more than a copy of what was sent.
            Err(_) => assert!(peak <= 2 * case.bytes.len() as u64 + 65_536, "{}: {peak} bytes", case.name),
        }
        if let Ok(made) = made {
            assert_clean(case.name, &made);
        }
    }
}

/// Some of each kind, whole and good.
pub fn good() -> Vec<(&'static str, Vec<u8>)> {
    let extended = webp_of(&[
        (b"VP8X", &vp8x(0x0C, 40, 30)),
        (b"VP8 ", &webp(40, 30, false)[20..]),
        (b"EXIF", &files::exif(6)),
    ]);
    vec![
        ("jpeg", jpeg(40, 30)),
        ("jpeg with exif", with_exif(&jpeg(40, 30), 6)),
        ("png", png(40, 30)),
        ("png of grey and transparency", png_zeros(40, 30, 8, 4)),
        ("webp", webp(40, 30, false)),
        ("webp without loss", webp(40, 30, true)),
        ("webp extended", extended),
        ("gif", gif(40, 30, 1)),
    ]
}

#[test]
fn what_is_cut_off_is_refused_wherever_it_is_cut() {
    for (name, bytes) in good() {
        assert_clean(name, &make(&bytes, &BOUNDS).unwrap());
        for end in 0..bytes.len() {
            let cut = make(&bytes[..end], &BOUNDS);
            // A GIF without the mark of its end is whole.
            let whole = name == "gif" && end + 1 == bytes.len();
            assert_eq!(cut.is_ok(), whole, "{name} cut at {end} of {}", bytes.len());
        }
    }
}

#[test]
fn large_pictures_stay_within_what_they_announce() {
    for (name, bytes) in [
        ("jpeg", jpeg(4_000, 3_000)),
        ("png", png(4_000, 3_000)),
        ("webp", webp(3_000, 2_000, false)),
        ("webp without loss", webp(3_000, 2_000, true)),
        ("gif", gif(2_000, 1_500, 1)),
    ] {
        let announced = distil(&bytes, &BOUNDS).unwrap().memory;
        let (made, peak) = peak_of(|| make(&bytes, &BOUNDS));
        assert!(made.is_ok(), "{name}");
        assert!(peak <= announced, "{name}: {peak} of {announced}");
    }
}

#[test]
fn a_small_budget_refuses_what_a_large_one_takes() {
    let bytes = jpeg(3_000, 2_000);
    let small = Bounds { memory_max: 80 << 20, ..BOUNDS };
    assert_eq!(make(&bytes, &small), Err(Unfit::TooComplex));
    assert!(make(&bytes, &BOUNDS).is_ok());
}
