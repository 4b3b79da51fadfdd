//! Which addresses are public. An address that somebody outside wrote down must not lead to the
//! machine itself, to its neighbours, or to the service that hands out a cloud machine's credentials.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::LazyLock;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Special-purpose blocks of the IANA registries, and one address of a cloud that looks public.
const INNER_V4: &[([u8; 4], u8)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 16], 32),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 3),
];

/// Of the sixth version only the block of global addresses is public, without these parts of it.
const OUTER_V6: ([u16; 8], u8) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
const INNER_V6: &[([u16; 8], u8)] = &[
    // Teredo and others for special purposes.
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    // 6to4 leads to an address of the fourth version.
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

static V4: LazyLock<Vec<Ipv4Net>> = LazyLock::new(|| {
    INNER_V4.iter().map(|(net, length)| Ipv4Net::new_assert(Ipv4Addr::from(*net), *length)).collect()
});
static V6: LazyLock<Vec<Ipv6Net>> = LazyLock::new(|| {
    INNER_V6.iter().map(|(net, length)| Ipv6Net::new_assert(Ipv6Addr::from(*net), *length)).collect()
});

/// Whether an address belongs to the open internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_public(IpAddr::V4(inner)),
            None => {
                let outer = Ipv6Net::new_assert(Ipv6Addr::from(OUTER_V6.0), OUTER_V6.1);
                outer.contains(&address) && !V6.iter().any(|net| net.contains(&address))
            }
        },
    }
}

/// The address of the fourth version that one of the sixth stands for: mapped, or behind NAT64.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = address.segments();
    let is_nat64 = parts[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    let low = Ipv4Addr::from((u32::from(parts[6]) << 16) | u32::from(parts[7]));
    address.to_ipv4_mapped().or(is_nat64.then_some(low))
}

/// Somewhere inside that the operator allows: a host name, an address, or a block of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Name(String),
    Net(IpNet),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a host name nor an address such as 10.0.0.5 or a block such as 10.0.0.0/8")]
pub struct BadDestination(String);

impl FromStr for Destination {
    type Err = BadDestination;

    fn from_str(text: &str) -> Result<Self, BadDestination> {
        let text = text.trim();
        if let Ok(net) = text.parse::<IpNet>() {
            return Ok(Destination::Net(net.trunc()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Destination::Net(address.into()));
        }
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        let is_name = !name.is_empty()
            && name.len() <= 253
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
            && !name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if is_name { Ok(Destination::Name(name)) } else { Err(BadDestination(text.to_owned())) }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Destination::Name(name) => f.write_str(name),
            Destination::Net(net) => net.fmt(f),
        }
    }
}

/// What the operator allows besides the open internet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed(pub(crate) Vec<Destination>);

impl Allowed {
    /// Every address behind this name is as the operator wants it.
    pub(crate) fn name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.');
        self.0.iter().any(|it| matches!(it, Destination::Name(its) if its.eq_ignore_ascii_case(name)))
    }

    pub(crate) fn inner(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|it| matches!(it, Destination::Net(net) if net.contains(&address)))
    }

    pub(crate) fn address(&self, address: IpAddr) -> bool {
        is_public(address) || self.inner(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn inner_addresses_are_known_in_every_disguise() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("1.1.1.1", true),
            ("172.15.255.255", true),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("172.32.0.1", true),
            ("0.0.0.0", false),
            ("127.0.0.1", false),
            ("127.255.0.1", false),
            ("10.1.2.3", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.100.100.200", false),
            ("168.63.129.16", false),
            ("168.63.129.17", true),
            ("192.0.0.192", false),
            ("198.19.255.255", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::ffff:8.8.8.8", true),
            ("::127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", true),
            ("64:ff9b:1::808:808", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("2001::1", false),
            ("2002:7f00:1::", false),
            ("3fff::1", false),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001:80b::200e", true),
            ("100::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn destinations_are_read_as_people_write_them() {
        for (text, shown) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("127.0.0.1", "127.0.0.1/32"),
            ("::1", "::1/128"),
            (" Relay.Internal. ", "relay.internal"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(text.parse::<Destination>().unwrap().to_string(), shown);
        }
        for bad in ["", ".", "10.0.0", "10.0.0.0/33", "http://x", "a b", "x:80", "*"] {
            assert!(bad.parse::<Destination>().is_err(), "{bad}");
        }
    }

    proptest! {
        /// Against the standard library's own words, where it has them.
        #[test]
        fn no_private_address_passes(raw in any::<u32>()) {
            let address = Ipv4Addr::from(raw);
            let inner = address.is_private() || address.is_loopback() || address.is_link_local()
                || address.is_multicast() || address.is_broadcast() || address.is_unspecified()
                || address.is_documentation();
            prop_assert!(!inner || !is_public(address.into()));
            prop_assert_eq!(is_public(address.into()), is_public(address.to_ipv6_mapped().into()));
        }
    }
}
