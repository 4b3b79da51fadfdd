//! The number that a buyer says at the door stands in one message to the buyer. What is kept of that message
//! bears it under a mask; the number itself is reckoned when the message goes out, so that no copy of the
//! rows opens a door.

use kernel::Id;
use serde_json::{Map, Value};
use store::Market;

use crate::order::OrderId;

/// The arguments that a masked number stands in, and that says whose it is.
pub const VEILED: &str = "veiled";
pub const ORDER: &str = "order";
const CONTEXT: &str = "iroko delivery: numbers at the door";
/// Numbers have four digits.
const NUMBERS: u64 = 10_000;

/// Never shown, never logged.
#[derive(Clone)]
pub struct Veil([u8; 32]);

impl std::fmt::Debug for Veil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Veil(…)")
    }
}

impl Veil {
    /// `secret` is the deployment's.
    pub fn new(secret: &[u8]) -> Self {
        Self(blake3::derive_key(CONTEXT, secret))
    }

    fn mask(&self, market: Id<kernel::Market>, order: OrderId) -> u64 {
        let about = [market.raw().to_be_bytes(), order.raw().to_be_bytes()].concat();
        let hash = blake3::keyed_hash(&self.0, &about);
        let bytes = hash.as_bytes().first_chunk::<8>().copied().unwrap_or_default();
        u64::from_be_bytes(bytes) % NUMBERS
    }

    /// Nothing for what is no such number.
    pub fn cover(&self, market: Id<kernel::Market>, order: OrderId, pin: &str) -> Option<String> {
        let pin = number(pin)?;
        Some(format!("{:04}", (pin + self.mask(market, order)) % NUMBERS))
    }

    fn lift(&self, market: Id<kernel::Market>, order: OrderId, veiled: &str) -> Option<String> {
        let veiled = number(veiled)?;
        Some(format!("{:04}", (veiled + NUMBERS - self.mask(market, order)) % NUMBERS))
    }
}

fn number(text: &str) -> Option<u64> {
    let is_one = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| text.parse().ok()).flatten()
}

impl notify::Late for Veil {
    fn add(&self, market: &Market, _: &str, _: Option<&str>, arguments: &mut Map<String, Value>) {
        let Some(Value::String(veiled)) = arguments.remove(VEILED) else { return };
        let order = arguments.get(ORDER).and_then(Value::as_str).and_then(|id| id.parse().ok());
        let pin = order.and_then(|order| self.lift(market.place().id, order, &veiled));
        arguments.insert("pin".into(), pin.unwrap_or_default().into());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_covered_is_read_by_its_own_deployment_for_its_own_order(pin in 0..10_000_u32, order in 1..i64::MAX) {
            let (ours, theirs) = (Veil::new(b"one"), Veil::new(b"two"));
            let (market, order, pin) = (Id::from_raw(3), Id::from_raw(order), format!("{pin:04}"));
            let veiled = ours.cover(market, order, &pin).unwrap();
            prop_assert_eq!(ours.lift(market, order, &veiled), Some(pin.clone()));
            // The same number has another face under another key, for another order, in another market.
            let masks = [
                theirs.mask(market, order),
                ours.mask(market, Id::from_raw(order.raw() - 1)),
                ours.mask(Id::from_raw(4), order),
            ];
            prop_assert!(masks.iter().any(|mask| *mask != ours.mask(market, order)));
        }
    }

    #[test]
    fn only_numbers_are_covered_and_nothing_is_shown() {
        let veil = Veil::new(b"one");
        for text in ["", "123", "12345", "12a4", "+123", "１２３４"] {
            assert_eq!(veil.cover(Id::from_raw(3), Id::from_raw(4), text), None, "{text}");
        }
        assert_eq!(format!("{veil:?}"), "Veil(…)");
    }
}
