//! How many pictures a second become all sizes in both formats, and what that takes.
//!
//! `cargo run --release -p media --example picture_pace -- [picture.jpg]`; without a file, one of 2000 × 1333 is
//! made up.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, Rgb, RgbImage};
use media::image::{Bounds, make};
use media::limits;

const FOR: Duration = Duration::from_secs(10);

/// Softly changing colours with some grain and edges, about as hard to pack as a photo.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut seed = 1u32;
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (seed >> 28) as i32 - 8;
        let edge = if (x / 97 + y / 61) % 5 == 0 { 60 } else { 0 };
        let soft = |a: u32, b: u32| (((x * a + y * b) / 7 % 512) as i32 - 256).abs();
        Rgb([soft(1, 2), soft(2, 1), soft(1, 1)].map(|it| (it - edge + grain).clamp(0, 255) as u8))
    });
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 90)
        .encode(pixels.as_raw(), width, height, ExtendedColorType::Rgb8)
        .expect("these sides can be encoded");
    out
}

fn main() -> std::io::Result<()> {
    let source = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => photo(2_000, 1_333),
    };
    let bounds = Bounds {
        bytes_max: limits::PICTURE_BYTES,
        pixels_max: limits::PIXELS_MAX,
        side_max: limits::SIDE_MAX,
        memory_max: limits::MEMORY,
    };
    let mut out = std::io::stdout().lock();
    let made = make(&source, &bounds).map_err(|unfit| std::io::Error::other(unfit.message()))?;
    writeln!(out, "source: {} bytes", source.len())?;
    for file in &made.files {
        writeln!(out, "{} {}: {} bytes", file.size.name(), file.format.name(), file.bytes.len())?;
    }
    for threads in [1, 2] {
        let done = Arc::new(AtomicUsize::new(0));
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (done, source) = (done.clone(), &source);
                scope.spawn(move || {
                    while began.elapsed() < FOR {
                        let made = make(source, &bounds);
                        done.fetch_add(usize::from(made.is_ok()), Ordering::Relaxed);
                    }
                });
            }
        });
        let (done, took) = (done.load(Ordering::Relaxed), began.elapsed());
        let rate = done as f64 / took.as_secs_f64();
        writeln!(out, "{threads} threads: {rate:.1} pictures a second, {done} in {} ms", took.as_millis())?;
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmHWM")) {
        writeln!(out, "most memory: {}", line.trim_start_matches("VmHWM:").trim())?;
    }
    Ok(())
}
