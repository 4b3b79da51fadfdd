//! Who is held to a limit.

use std::net::IpAddr;

use kernel::{Id, Market, Person, Tenant};

/// A caller, small enough to be kept by the hundred thousand. Nothing personal: an address is
/// forgotten with its entry, a person is an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    kind: u32,
    scope: u32,
    id: u64,
}

const TENANT: u32 = 1;
const MARKET: u32 = 2;
const PERSON: u32 = 3;
const ADDRESS_V4: u32 = 4;
const ADDRESS_V6: u32 = 5;
const FIRST_FREE: u32 = 16;

impl Key {
    pub fn tenant(tenant: Id<Tenant>) -> Self {
        Self { kind: TENANT, scope: 0, id: tenant.raw() as u64 }
    }

    /// Ids of markets are unique across tenants.
    pub fn market(market: Id<Market>) -> Self {
        Self { kind: MARKET, scope: 0, id: market.raw() as u64 }
    }

    /// Ids of people are unique within a tenant.
    pub fn person(tenant: Id<Tenant>, person: Id<Person>) -> Self {
        Self { kind: PERSON, scope: folded(tenant.raw() as u64), id: person.raw() as u64 }
    }

    /// Of an IPv6 address only the network counts, because one household has all the rest.
    pub fn address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self { kind: ADDRESS_V4, scope: 0, id: u64::from(v4.to_bits()) },
            IpAddr::V6(v6) => Self { kind: ADDRESS_V6, scope: 0, id: (v6.to_bits() >> 64) as u64 },
        }
    }

    /// Anything else, such as an API key or the hash of a phone number; `kind` keeps apart what
    /// shares numbers.
    pub fn other(kind: u32, scope: u32, id: u64) -> Self {
        Self { kind: kind.saturating_add(FIRST_FREE), scope, id }
    }
}

fn folded(wide: u64) -> u32 {
    (wide ^ wide >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_household_are_one_key() {
        let key = |text: &str| Key::address(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.7"), key("192.0.2.7"));
        assert_ne!(key("192.0.2.7"), key("192.0.2.8"));
        assert_ne!(Key::tenant(Id::from_raw(7)), Key::market(Id::from_raw(7)));
        assert_ne!(Key::other(0, 0, 7), Key::tenant(Id::from_raw(7)));
    }
}
