//! Ids: 64 bits, ordered by time, typed, shown as `req_01hq3v8k2m4xz`.
//!
//! 41 bits of milliseconds since 2024, 10 bits of node, 12 bits of sequence. An id is unique within
//! its market; a collision between two careless nodes is a unique violation that the caller retries.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering as Atomic};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Clock;

/// What an id identifies; gives the prefix of its text form.
pub trait IdKind: 'static {
    const PREFIX: &'static str;
}

/// Declares a kind of id: `id_kind!(Request = "req")`.
#[macro_export]
macro_rules! id_kind {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name;
        impl $crate::IdKind for $name {
            const PREFIX: &'static str = $prefix;
        }
    )+};
}

id_kind!(
    /// A brand on the platform.
    Tenant = "ten",
    /// A tenant in one place: the unit of isolation.
    Market = "mkt",
    /// An organisation that serves in a market.
    Provider = "prv",
    /// Someone who signs in with a tenant.
    Person = "per",
);

pub struct Id<K>(i64, PhantomData<fn() -> K>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("an id of this kind starts with \"{0}_\"")]
    Prefix(&'static str),
    #[error("an id ends in {DIGITS} letters and digits")]
    Digits,
}

const DIGITS: usize = 13;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl<K> Id<K> {
    pub const fn from_raw(raw: i64) -> Self {
        Self(raw, PhantomData)
    }

    pub const fn raw(self) -> i64 {
        self.0
    }
}

impl<K: IdKind> Id<K> {
    /// The text form's digits, without the prefix.
    fn digits(self) -> [u8; DIGITS] {
        let mut rest = self.0 as u64;
        let mut out = [b'0'; DIGITS];
        for digit in out.iter_mut().rev() {
            *digit = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        out
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        f.write_str(K::PREFIX)?;
        f.write_str("_")?;
        f.write_str(std::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(IdError::Prefix(K::PREFIX))?;
        if digits.len() != DIGITS {
            return Err(IdError::Digits);
        }
        let mut raw: u64 = 0;
        for (place, byte) in digits.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|&letter| letter == byte).ok_or(IdError::Digits)? as u64;
            // 13 digits hold 65 bits: the first may only use four, and ids are never negative.
            if place == 0 && digit > 7 {
                return Err(IdError::Digits);
            }
            raw = raw << 5 | digit;
        }
        Ok(Self::from_raw(raw as i64))
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<K: IdKind> schemars::JsonSchema for Id<K> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Id_{}", K::PREFIX).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{12}}$", K::PREFIX),
        })
    }
}

/// Where fresh ids come from.
pub trait IdSource: Send + Sync {
    fn next(&self) -> i64;
}

/// So many ids of one process are possible for each millisecond, those of all nodes together.
pub const IDS_PER_MS: i64 = 1 << (SEQUENCE_BITS + NODE_BITS);

/// The least id that could have been given at a moment, for what is brought from elsewhere with a time
/// of its own. Negative for what was before there were ids.
pub fn first_id_at(at: jiff::Timestamp) -> i64 {
    (at.as_millisecond() - EPOCH_MS).saturating_mul(IDS_PER_MS)
}

const EPOCH_MS: i64 = 1_704_067_200_000; // 2024-01-01T00:00:00Z
const SEQUENCE_BITS: u32 = 12;
const NODE_BITS: u32 = 10;
const NODE_MASK: i64 = ((1 << NODE_BITS) - 1) << SEQUENCE_BITS;

/// Ids of one process. When the clock jumps back, or more than 4,096 ids are wanted in a
/// millisecond, it goes on from its own last id, so that ids never repeat and never step back.
pub struct SnowIds {
    clock: Arc<dyn Clock>,
    node: i64,
    /// The last id given, without its node bits: milliseconds, then sequence.
    last: AtomicI64,
}

impl SnowIds {
    /// `node` is taken modulo 1,024; processes that write the same database should differ in it.
    pub fn new(clock: Arc<dyn Clock>, node: u16) -> Self {
        Self { clock, node: (i64::from(node) << SEQUENCE_BITS) & NODE_MASK, last: AtomicI64::new(0) }
    }
}

impl IdSource for SnowIds {
    fn next(&self) -> i64 {
        let now = (self.clock.now().as_millisecond() - EPOCH_MS).max(0) << SEQUENCE_BITS;
        let mut last = self.last.load(Atomic::Relaxed);
        loop {
            let next = now.max(last + 1);
            match self.last.compare_exchange_weak(last, next, Atomic::Relaxed, Atomic::Relaxed) {
                Ok(_) => {
                    let ms = next >> SEQUENCE_BITS;
                    let sequence = next & ((1 << SEQUENCE_BITS) - 1);
                    return ms << (SEQUENCE_BITS + NODE_BITS) | self.node | sequence;
                }
                Err(seen) => last = seen,
            }
        }
    }
}

/// Ids 1, 2, 3, … for tests of pure code and for synthetic data.
#[derive(Debug)]
pub struct SequentialIds(AtomicI64);

impl SequentialIds {
    pub fn starting_at(first: i64) -> Self {
        Self(AtomicI64::new(first))
    }
}

impl IdSource for SequentialIds {
    fn next(&self) -> i64 {
        self.0.fetch_add(1, Atomic::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_form_keeps_the_id_and_its_order(a in 0..=i64::MAX, b in 0..=i64::MAX) {
            let (a, b) = (Id::<Person>::from_raw(a), Id::<Person>::from_raw(b));
            prop_assert_eq!(a.to_string().parse::<Id<Person>>().unwrap(), a);
            prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
        }

        #[test]
        fn parsing_never_panics_and_accepts_only_what_it_prints(text in "\\PC{0,24}|per_[0-9a-z]{13}") {
            if let Ok(id) = text.parse::<Id<Person>>() {
                prop_assert_eq!(id.to_string(), text);
                prop_assert!(id.raw() >= 0);
            }
        }

        #[test]
        fn a_clock_that_jumps_never_repeats_an_id(jumps in prop::collection::vec(-5_000i64..5_000, 1..200)) {
            let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
            let ids = SnowIds::new(clock.clone(), 7);
            let mut last = 0;
            for jump in jumps {
                clock.advance(jiff::SignedDuration::from_millis(jump));
                let id = ids.next();
                prop_assert!(id > last);
                last = id;
            }
        }
    }

    #[test]
    fn what_is_from_a_moment_stands_between_the_ids_of_its_neighbours() {
        let at: jiff::Timestamp = "2026-01-01T00:00:00.005Z".parse().unwrap();
        let clock = Arc::new(ManualClock::at(at));
        let given = SnowIds::new(clock, 9).next();
        assert!((first_id_at(at)..first_id_at(at) + IDS_PER_MS).contains(&given));
        assert!(first_id_at("2020-01-01T00:00:00Z".parse().unwrap()) < 0);
    }

    #[test]
    fn a_burst_within_one_millisecond_stays_ordered() {
        let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
        let ids = SnowIds::new(clock, 1);
        let burst: Vec<i64> = (0..20_000).map(|_| ids.next()).collect();
        assert!(burst.is_sorted_by(|a, b| a < b));
    }
}
