//! W3C trace context: who asked, across processes.

use std::fmt;

use kernel::Random;
use parking_lot::Mutex;

use crate::limits::RANDOM_BATCH_BYTES;

/// A place in a trace. Its text form is the `traceparent` header that this process sends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    pub trace_id: u128,
    pub span_id: u64,
    /// The span that asked, if the caller named one.
    pub parent_id: Option<u64>,
    pub flags: u8,
}

const SAMPLED: u8 = 1;

impl TraceContext {
    /// A span of ours below the caller's, or the first of a new trace when the header is missing or
    /// not valid. Of new traces one in `sample` is marked for the collector (0: none).
    pub fn of_request(header: Option<&str>, sample: u32, random: &dyn Random) -> Self {
        let mut bytes = [0; 24];
        random.fill(&mut bytes);
        let (trace, span) = bytes.split_at(16);
        let trace_id = trace.iter().fold(0, |id, &byte| id << 8 | u128::from(byte)).max(1);
        let span_id = span.iter().fold(0, |id, &byte| id << 8 | u64::from(byte)).max(1);
        match header.and_then(parse) {
            Some((trace_id, parent, flags)) => Self { trace_id, span_id, parent_id: Some(parent), flags },
            None => {
                let chosen = sample > 0 && span_id.is_multiple_of(sample.into());
                Self { trace_id, span_id, parent_id: None, flags: if chosen { SAMPLED } else { 0 } }
            }
        }
    }

    pub fn sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

/// Random bytes fetched many at a time: asking the system for those of one request costs most of a
/// microsecond. For ids that need not be secret, such as those of traces.
pub struct BatchedRandom<R> {
    source: R,
    left: Mutex<Vec<u8>>,
}

impl<R: Random> BatchedRandom<R> {
    pub fn new(source: R) -> Self {
        Self { source, left: Mutex::default() }
    }
}

impl<R: Random> Random for BatchedRandom<R> {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > RANDOM_BATCH_BYTES {
            return self.source.fill(bytes);
        }
        let mut left = self.left.lock();
        if left.len() < bytes.len() {
            left.resize(RANDOM_BATCH_BYTES, 0);
            self.source.fill(&mut left);
        }
        let kept = left.len() - bytes.len();
        bytes.copy_from_slice(&left[kept..]);
        left.truncate(kept);
    }
}

/// Trace, span and flags of a header, or nothing if it breaks a rule of the standard.
fn parse(header: &str) -> Option<(u128, u64, u8)> {
    let bytes = header.as_bytes();
    let well_formed = bytes.len() >= 55
        && bytes[..55].iter().enumerate().all(|(at, byte)| match at {
            2 | 35 | 52 => *byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    if !well_formed {
        return None;
    }
    // A later version may carry more, after a hyphen.
    let length_fits = match &header[..2] {
        "ff" => false,
        "00" => bytes.len() == 55,
        _ => bytes.len() == 55 || bytes[55] == b'-',
    };
    let trace = u128::from_str_radix(&header[3..35], 16).ok()?;
    let span = u64::from_str_radix(&header[36..52], 16).ok()?;
    let flags = u8::from_str_radix(&header[53..55], 16).ok()?;
    (length_fits && trace != 0 && span != 0).then_some((trace, span, flags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed(u8);
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_header_is_gone_on_with() {
        let ours = TraceContext::of_request(Some(VALID), 0, &Fixed(7));
        assert_eq!(ours.trace_id, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(ours.parent_id, Some(0x00f0_67aa_0ba9_02b7));
        assert_eq!(ours.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-0707070707070707-01");
        assert!(ours.sampled());
        let later = format!("cc{}-what-comes-later", &VALID[2..]);
        assert_eq!(TraceContext::of_request(Some(&later), 0, &Fixed(7)).trace_id, ours.trace_id);
    }

    #[test]
    fn anything_else_starts_a_new_trace() {
        for header in [
            "",
            "00",
            &VALID.to_uppercase(),
            &VALID[..54],
            &format!("{VALID}-more"),
            &VALID.replacen("00", "ff", 1),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            let ours = TraceContext::of_request(Some(header), 0, &Fixed(7));
            assert_eq!((ours.parent_id, ours.flags), (None, 0), "for {header}");
        }
        assert!(TraceContext::of_request(None, 1, &Fixed(7)).sampled());
        assert_ne!(TraceContext::of_request(None, 1, &Fixed(0)).trace_id, 0);
    }

    #[test]
    fn batched_random_bytes_are_used_once() {
        let random = BatchedRandom::new(kernel::SystemRandom);
        let ids: std::collections::BTreeSet<u128> =
            (0..1_000).map(|_| TraceContext::of_request(None, 0, &random).trace_id).collect();
        assert_eq!(ids.len(), 1_000);
        let mut large = vec![0; RANDOM_BATCH_BYTES + 1];
        random.fill(&mut large);
        assert!(large.iter().any(|byte| *byte != 0));
    }

    proptest! {
        #[test]
        fn any_text_is_taken(header in "\\PC{0,70}|[0-9a-f-]{55,60}") {
            let _ = TraceContext::of_request(Some(&header), 3, &Fixed(1));
        }

        #[test]
        fn what_is_sent_on_is_understood(trace in 1u128.., span in 1u64.., flags: u8) {
            let context = TraceContext { trace_id: trace, span_id: span, parent_id: None, flags };
            prop_assert_eq!(parse(&context.to_string()), Some((trace, span, flags)));
        }
    }
}
