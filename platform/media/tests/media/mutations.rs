//! Good files with faults in them, all the way through. `IROKO_TEST_PICTURES=200000` looks for longer.

use media::image::{distil, make};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::allocations::peak_of;
use crate::hostile::{BOUNDS, assert_clean, good};

const CASES: u32 = 3_000;

/// What happens to a file: some bytes are others, some are missing, some are there twice.
#[derive(Debug, Clone)]
enum Fault {
    Byte(usize, u8),
    Cut(usize, usize),
    Twice(usize, usize),
    Splice(usize, Vec<u8>),
}

fn fault() -> impl Strategy<Value = Fault> {
    // Headers are where the harm is done.
    let place = || prop_oneof![0usize..64, 0usize..1_000, any::<usize>()];
    prop_oneof![
        6 => (place(), any::<u8>()).prop_map(|(at, byte)| Fault::Byte(at, byte)),
        2 => (place(), prop_oneof![Just(0u8), Just(0xFF), Just(0x7F), Just(0x80)]).prop_map(|(at, byte)| Fault::Byte(at, byte)),
        1 => (place(), 1usize..200).prop_map(|(at, count)| Fault::Cut(at, count)),
        1 => (place(), 1usize..200).prop_map(|(at, count)| Fault::Twice(at, count)),
        1 => (place(), prop::collection::vec(any::<u8>(), 1..16)).prop_map(|(at, bytes)| Fault::Splice(at, bytes)),
    ]
}

fn apply(bytes: &mut Vec<u8>, fault: Fault) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    let range = |at: usize, count: usize| {
        let at = at % length;
        at..(at + count).min(length)
    };
    match fault {
        Fault::Byte(at, byte) => bytes[at % length] = byte,
        Fault::Cut(at, count) => drop(bytes.drain(range(at, count))),
        Fault::Twice(at, count) => {
            let range = range(at, count);
            let piece = bytes[range.clone()].to_vec();
            bytes.splice(range.end..range.end, piece);
        }
        Fault::Splice(at, piece) => drop(bytes.splice(at % length..at % length, piece)),
    }
}

#[test]
fn no_fault_crashes_or_takes_more_than_announced() {
    let cases = testkit::environment::read("IROKO_TEST_PICTURES").map_or(CASES, |it| it.parse().unwrap());
    let good = good();
    let mut runner =
        TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..Default::default() });
    let strategy = (0..good.len(), prop::collection::vec(fault(), 1..6));
    runner
        .run(&strategy, |(which, faults)| {
            let (name, mut bytes) = good[which].clone();
            faults.into_iter().for_each(|fault| apply(&mut bytes, fault));
            let announced = distil(&bytes, &BOUNDS).map(|it| it.memory);
            let (made, peak) = peak_of(|| make(&bytes, &BOUNDS));
            if let Ok(memory) = announced {
                prop_assert!(peak <= memory, "{} of {}", peak, memory);
            }
            if let Ok(made) = made {
                assert_clean(name, &made);
            }
            Ok(())
        })
        .unwrap();
}
