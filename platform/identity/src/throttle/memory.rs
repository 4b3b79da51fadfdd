//! Counts that need not outlive the process, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use foldhash::fast::RandomState;
use kernel::Refusal;
use kernel::jiff::Timestamp;
use parking_lot::Mutex;

use super::decide::{Attempts, Policy, take};
use crate::limits;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Address(i64, u64),
    Tenant(i64),
}

/// Two generations: when the younger is full the older is dropped, so that the most recent are kept
/// at no cost.
#[derive(Default)]
pub struct Memory(Mutex<(Counts, Counts)>);
type Counts = HashMap<Key, Attempts, RandomState>;

impl Memory {
    /// Counts one attempt in a tenant from an address.
    pub fn charge(&self, tenant: i64, address: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        let mut counts = self.0.lock();
        let both = [(key(tenant, address), super::ADDRESS), (Key::Tenant(tenant), super::TENANT)];
        let mut after = Vec::with_capacity(both.len());
        for (key, policy) in &both {
            after.push((*key, counted(&counts, key, policy, now)?));
        }
        for (key, attempts) in after {
            if counts.0.len() >= limits::COUNTED_MAX / 2 && !counts.0.contains_key(&key) {
                counts.1 = std::mem::take(&mut counts.0);
            }
            counts.0.insert(key, attempts);
        }
        Ok(())
    }

    /// It succeeded: the address and the tenant have one attempt less.
    pub fn refund(&self, tenant: i64, address: IpAddr) {
        let mut counts = self.0.lock();
        for key in [key(tenant, address), Key::Tenant(tenant)] {
            if let Some(attempts) = counts.0.get_mut(&key) {
                attempts.count = attempts.count.saturating_sub(1);
            }
        }
    }
}

fn counted(
    counts: &(Counts, Counts),
    key: &Key,
    policy: &Policy,
    now: Timestamp,
) -> Result<Attempts, Refusal> {
    let before = counts.0.get(key).or_else(|| counts.1.get(key)).copied();
    take(before, policy, now).map_err(super::refusal)
}

/// One IPv6 subscriber has a whole /64.
fn key(tenant: i64, address: IpAddr) -> Key {
    let bits = match address.to_canonical() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    };
    Key::Address(tenant, bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_slowed_down_and_the_next_one_is_not() {
        let memory = Memory::default();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        for _ in 0..super::super::ADDRESS.free {
            memory.charge(5, address("2001:db8::1"), now).unwrap();
        }
        assert!(memory.charge(5, address("2001:db8::2"), now).is_err());
        assert!(memory.charge(5, address("2001:db8:0:1::1"), now).is_ok());
        assert!(memory.charge(6, address("2001:db8::1"), now).is_ok());
        memory.refund(5, address("2001:db8::1"));
        assert!(memory.charge(5, address("2001:db8::1"), now).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let memory = Memory::default();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        for number in 0..100_000u32 {
            let _ = memory.charge(i64::from(number), IpAddr::V4(number.into()), now);
        }
        let counts = memory.0.lock();
        assert!(counts.0.len() + counts.1.len() <= limits::COUNTED_MAX);
    }
}
