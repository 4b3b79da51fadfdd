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
/// How what confirms an address begins.
pub const CONFIRMING: &str = "irc_";
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
        written(PREFIX, who, self.mac("secret", about, &who))
    }

    /// What only the owner of an address gets to see: with it they say that they want to be told there.
    pub fn confirming(&self, about: About, who: Who, address: &str) -> String {
        written(CONFIRMING, who, self.confirming_mark(about, who, address))
    }

    /// Changes with the address that is to be confirmed.
    pub fn confirming_mark(&self, about: About, who: Who, address: &str) -> [u8; 16] {
        self.mac("confirm", about, &[&who, address.as_bytes()].concat())
    }

    /// Who is asked, and the mark that belongs to their address.
    pub fn read_confirming(text: &str) -> Option<(Who, [u8; 16])> {
        read(CONFIRMING, text)
    }

    /// Under which an address is counted within one market.
    pub fn asked(&self, market: Id<kernel::Market>, address: &str) -> [u8; 16] {
        self.mac("asked", About { market, request: Id::from_raw(0) }, address.as_bytes())
    }

    /// Under which the messages to somebody about a request are known and erased.
    pub fn trace(who: Who) -> String {
        who.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The other way round.
    pub fn read_trace(text: &str) -> Option<Who> {
        let digits = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(digits).collect();
        bytes?.try_into().ok()
    }

    /// Whose secret this is; `None` for one of another request, and for any that was not made here.
    pub fn read(&self, about: About, secret: &str) -> Option<Who> {
        let (who, mark) = read(PREFIX, secret)?;
        bool::from(self.mac("secret", about, &who).ct_eq(&mark)).then_some(who)
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

fn written(prefix: &str, who: Who, mark: [u8; 16]) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode([who, mark].concat()))
}

fn read(prefix: &str, text: &str) -> Option<(Who, [u8; 16])> {
    let digits = text.trim().strip_prefix(prefix).filter(|digits| digits.len() == 43)?;
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(digits).ok()?.try_into().ok()?;
    Some((bytes[..16].try_into().ok()?, bytes[16..].try_into().ok()?))
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
        fn a_trace_is_read_as_it_was_written(who in any::<Who>(), other in "[0-9a-f]{0,40}") {
            prop_assert_eq!(Keys::read_trace(&Keys::trace(who)), Some(who));
            prop_assert_eq!(Keys::read_trace(&other).is_some(), other.len() == 32);
        }

        #[test]
        fn nothing_else_opens_anything(text in "\\PC{0,60}|irf_[A-Za-z0-9_-]{43}") {
            prop_assert_eq!(Keys::new(b"a secret").read(about(1, 2), &text), None);
        }
    }
}
