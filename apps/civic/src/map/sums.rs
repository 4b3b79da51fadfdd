//! Counts as they are kept: a sorted list of codes with a number each, a few bytes an entry.
//!
//! Whoever follows adds up what a batch of events changes, and each row that is touched is read,
//! merged and written once.

use std::collections::BTreeMap;

/// Codes in order, none twice, none with the number 0.
pub type Tally = Vec<(u64, i64)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a row of counters cannot be read")]
pub struct Broken;

/// What a batch adds to rows, by the row's number.
#[derive(Debug, Default)]
pub struct Sums {
    loose: Vec<(i64, u64, i64)>,
    settled: usize,
}

/// So many loose additions are put together before more are taken.
const LOOSE_MAX: usize = 1 << 20;

impl Sums {
    pub fn add(&mut self, row: i64, code: u64, number: i64) {
        self.loose.push((row, code, number));
        if self.loose.len() >= LOOSE_MAX.max(2 * self.settled) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.loose.sort_unstable_by_key(|(row, code, _)| (*row, *code));
        self.loose.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        self.loose.retain(|(_, _, number)| *number != 0);
        self.settled = self.loose.len();
    }

    /// In the order of rows; none is without a change.
    pub fn rows(mut self) -> Vec<(i64, Tally)> {
        self.settle();
        let rows = self.loose.chunk_by(|one, next| one.0 == next.0);
        rows.map(|row| (row[0].0, row.iter().map(|(_, code, number)| (*code, *number)).collect())).collect()
    }
}

/// Both together; what becomes 0 is left out.
pub fn merged(one: &[(u64, i64)], other: &[(u64, i64)]) -> Tally {
    let mut both = Vec::with_capacity(one.len() + other.len());
    let (mut a, mut b) = (0, 0);
    while a < one.len() || b < other.len() {
        let code = one.get(a).map_or(u64::MAX, |it| it.0).min(other.get(b).map_or(u64::MAX, |it| it.0));
        let mut number = 0;
        if let Some((_, its)) = one.get(a).filter(|it| it.0 == code) {
            number += its;
            a += 1;
        }
        if let Some((_, its)) = other.get(b).filter(|it| it.0 == code) {
            number += its;
            b += 1;
        }
        if number != 0 {
            both.push((code, number));
        }
    }
    both
}

pub fn pack(tally: &[(u64, i64)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(tally.len() * 3);
    let mut before = 0;
    for (code, number) in tally {
        put(&mut bytes, code - before);
        put(&mut bytes, zigzag(*number));
        before = *code;
    }
    bytes
}

pub fn unpack(bytes: &[u8]) -> Result<Tally, Broken> {
    let mut tally = Vec::with_capacity(bytes.len() / 2);
    each(bytes, |code, number| tally.push((code, number)))?;
    Ok(tally)
}

/// Reads a row without keeping it.
pub fn each(mut bytes: &[u8], mut take_in: impl FnMut(u64, i64)) -> Result<(), Broken> {
    let mut code = 0_u64;
    while !bytes.is_empty() {
        code = code.checked_add(take(&mut bytes)?).ok_or(Broken)?;
        let number = take(&mut bytes)?;
        take_in(code, (number >> 1) as i64 ^ -((number & 1) as i64));
    }
    Ok(())
}

/// Adds rows up in memory, whatever their order.
pub fn gather(into: &mut BTreeMap<u64, i64>, bytes: &[u8], sign: i64) -> Result<(), Broken> {
    each(bytes, |code, number| *into.entry(code).or_default() += sign * number)
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

/// Seven bits a byte, the lowest first.
pub fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Result<u64, Broken> {
    let mut number = 0_u64;
    for place in 0..10 {
        let (first, rest) = bytes.split_first().ok_or(Broken)?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << (7 * place);
        if first & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally() -> impl Strategy<Value = Tally> {
        prop::collection::btree_map(any::<u64>(), any::<i64>().prop_map(|it| it >> 2), 0..50)
            .prop_map(|map| map.into_iter().filter(|(_, number)| *number != 0).collect())
    }

    proptest! {
        #[test]
        fn packing_loses_nothing(tally in tally()) {
            prop_assert_eq!(unpack(&pack(&tally)).unwrap(), tally);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpack(&bytes);
        }

        #[test]
        fn merging_agrees_with_a_map(
            one in prop::collection::btree_map(0u64..20, -3i64..4, 0..20),
            other in prop::collection::btree_map(0u64..20, -3i64..4, 0..20),
        ) {
            let mut sums = Sums::default();
            let mut map = one.clone();
            for (code, number) in &other {
                *map.entry(*code).or_default() += number;
                sums.add(7, *code, *number);
            }
            for (code, number) in &one {
                sums.add(7, *code, *number);
            }
            let expected: Tally = map.into_iter().filter(|(_, number)| *number != 0).collect();
            let list = |map: BTreeMap<u64, i64>| map.into_iter().filter(|it| it.1 != 0).collect::<Tally>();
            prop_assert_eq!(&merged(&list(one), &list(other)), &expected);
            prop_assert_eq!(sums.rows().into_iter().map(|row| row.1).next().unwrap_or_default(), expected);
        }
    }
}
