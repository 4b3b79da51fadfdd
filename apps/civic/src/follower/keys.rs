//! Who somebody is, as a keyed hash, and the secrets that stand for it. Nothing of a secret is kept:
//! it is reckoned anew from the deployment's own secret whenever it is shown.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Id, Person};
use subtle::ConstantTimeEq;

use crate::request::model::RequestId;

/// Tells one who follows a request from another; says nothing about them.
pub type Who = [u8; 16];

/// How a secret begins, so that logs know it.
pub const PREFIX: &str = "irf_";
const CONTEXT: &str = "iroko civic 2026-11 who follows a request, and their secrets";

/// Never shown, never logged.
pub struct Keys([u8; 32]);

/// One request of one market: everything is reckoned for it alone, so that nobody can be followed
/// from request to request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    pub market: Id<kernel::Market>,
    pub request: RequestId,
}

impl Keys {
    pub fn new(secret: &[u8]) -> Self {
        Self(blake3::derive_key(CONTEXT, secret))
    }

    pub fn person(&self, about: About, person: Id<Person>) -> Who {
        self.mac("person", about, &person.raw().to_be_bytes())
    }

    /// Whoever reported without an account.
    pub fn reporter(&self, about: About) -> Who {
        self.mac("reporter", about, &[])
    }

    /// A device by what it calls itself.
    pub fn device(&self, about: About, device: &str) -> Who {
        self.mac("device", about, device.as_bytes())
    }

    /// Of an IPv6 address only the network counts, because one household has all the rest.
    pub fn address(&self, about: About, address: IpAddr) -> Who {
        match address.to_canonical() {
            IpAddr::V4(v4) => self.mac("address", about, &v4.octets()),
            IpAddr::V6(v6) => self.mac("network", about, &v6.octets()[..8]),
        }
    }

    /// Somebody without an account by how they are reached.
    pub fn contact(&self, about: About, contact: &str) -> Who {
        self.mac("contact", about, contact.as_bytes())
    }

    /// The secret of somebody who reported or follows this request.
    pub fn secret(&self, about: About, who: Who) -> String {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&who);
        bytes[16..].copy_from_slice(&self.mac("secret", about, &who));
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Whose secret this is; `None` for one of another request, and for any that was not made here.
    pub fn read(&self, about: About, secret: &str) -> Option<Who> {
        let digits = secret.trim().strip_prefix(PREFIX).filter(|digits| digits.len() == 43)?;
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(digits).ok()?.try_into().ok()?;
        let who: Who = bytes[..16].try_into().ok()?;
        bool::from(self.mac("secret", about, &who).ct_eq(&bytes[16..])).then_some(who)
    }

    fn mac(&self, purpose: &str, about: About, thing: &[u8]) -> Who {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&(purpose.len() as u64).to_be_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(&about.market.raw().to_be_bytes());
        hasher.update(&about.request.raw().to_be_bytes());
        hasher.update(thing);
        let mut half = Who::default();
        hasher.finalize_xof().fill(&mut half);
        half
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn about(market: i64, request: i64) -> About {
        About { market: Id::from_raw(market), request: Id::from_raw(request) }
    }

    #[test]
    fn one_is_told_from_another_and_here_from_there() {
        let keys = Keys::new(b"a secret");
        let here = about(1, 2);
        let person = Id::from_raw(5);
        let all = [
            keys.person(here, person),
            keys.person(about(2, 2), person),
            keys.person(about(1, 3), person),
            Keys::new(b"another").person(here, person),
            keys.reporter(here),
            keys.device(here, "5"),
            keys.contact(here, "5"),
            keys.address(here, "192.0.2.7".parse().unwrap()),
        ];
        let distinct: std::collections::BTreeSet<Who> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
        let of = |text: &str| keys.address(here, text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
    }

    proptest! {
        #[test]
        fn a_secret_opens_its_own_request_only(who in any::<Who>(), place in 0usize..43, letter in "[A-Za-z0-9_-]") {
            let keys = Keys::new(b"a secret");
            let secret = keys.secret(about(1, 2), who);
            prop_assert_eq!(keys.read(about(1, 2), &secret), Some(who));
            prop_assert_eq!(keys.read(about(1, 3), &secret), None);
            prop_assert_eq!(keys.read(about(2, 2), &secret), None);
            prop_assert_eq!(Keys::new(b"another").read(about(1, 2), &secret), None);
            let mut forged = secret.clone();
            forged.replace_range(PREFIX.len() + place..PREFIX.len() + place + 1, &letter);
            prop_assert_eq!(keys.read(about(1, 2), &forged).is_some(), forged == secret);
        }

        #[test]
        fn nothing_else_opens_anything(text in "\\PC{0,60}|irf_[A-Za-z0-9_-]{43}") {
            prop_assert_eq!(Keys::new(b"a secret").read(about(1, 2), &text), None);
        }
    }
}
