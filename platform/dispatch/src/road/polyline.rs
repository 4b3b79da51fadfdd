//! A way as a short text, in the encoded polyline format with five decimals that maps on the web read:
//! differences from point to point, zigzag, in groups of five bits.

use geo::Point;

use crate::limits;

/// A hundred ten-millionths of a degree: the fifth decimal.
const STEP_E7: i64 = 100;

pub fn encode(line: &[Point]) -> String {
    let mut text = String::with_capacity(line.len() * 6);
    let mut before = (0, 0);
    for point in line {
        let here = (rounded(point.lat_e7()), rounded(point.long_e7()));
        push(&mut text, here.0 - before.0);
        push(&mut text, here.1 - before.1);
        before = here;
    }
    text
}

/// Nothing where the text is no such line, leaves the globe, or is too long.
pub fn decode(text: &str) -> Option<Vec<Point>> {
    let mut bytes = text.bytes();
    let (mut line, mut lat, mut long) = (Vec::new(), 0_i64, 0_i64);
    while bytes.len() > 0 {
        lat += pull(&mut bytes)?;
        long += pull(&mut bytes)?;
        let e7 = |steps: i64| i32::try_from(steps * STEP_E7).ok();
        line.push(Point::from_e7(e7(lat)?, e7(long)?).ok()?);
        if line.len() > limits::LINE_POINTS_MAX {
            return None;
        }
    }
    Some(line)
}

fn rounded(e7: i32) -> i64 {
    let half = if e7 < 0 { -STEP_E7 / 2 } else { STEP_E7 / 2 };
    (i64::from(e7) + half) / STEP_E7
}

fn push(text: &mut String, step: i64) {
    let mut rest = (step << 1 ^ step >> 63) as u64;
    loop {
        let more = rest > 31;
        let group = (rest & 31) as u8 | u8::from(more) << 5;
        text.push(char::from(group + 63));
        rest >>= 5;
        if !more {
            return;
        }
    }
}

fn pull(bytes: &mut std::str::Bytes<'_>) -> Option<i64> {
    let mut value = 0_u64;
    // Seven groups hold every difference of two places on the globe.
    for group in 0..7 {
        let bits = bytes.next()?.checked_sub(63).filter(|bits| *bits < 64)?;
        value |= u64::from(bits & 31) << (5 * group);
        if bits < 32 {
            return Some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_lines() {
        let at = |lat, long| Point::from_degrees(lat, long).unwrap();
        let line = [at(38.5, -120.2), at(40.7, -120.95), at(43.252, -126.453)];
        assert_eq!(encode(&line), "_p~iF~ps|U_ulLnnqC_mqNvxq`@");
        assert_eq!(decode("_p~iF~ps|U_ulLnnqC_mqNvxq`@").unwrap(), line);
        assert_eq!((encode(&[]), decode("")), (String::new(), Some(Vec::new())));
        for bad in ["_", "_p~iF", "\u{7f}?", " ?", "~~~~~~~~?", "_cidP??"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn lines_come_back(points in prop::collection::vec((-900_000_000..=900_000_000, -1_800_000_000..=1_800_000_000), 0..20)) {
            let line: Vec<Point> = points.iter().map(|(lat, long)| Point::from_e7(*lat, *long).unwrap()).collect();
            let back = decode(&encode(&line)).unwrap();
            prop_assert_eq!(back.len(), line.len());
            for (a, b) in line.iter().zip(&back) {
                prop_assert!((a.lat_e7() - b.lat_e7()).abs() <= 50 && (a.long_e7() - b.long_e7()).abs() <= 50);
            }
        }

        #[test]
        fn any_text_is_a_line_or_nothing(text in "\\PC{0,40}") {
            let _ = decode(&text);
        }
    }
}
