//! What is derived from the deployment's secret: blinded addresses, the marks in unsubscribe links,
//! the secrets of webhooks. None of them is stored where it could be read back.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::Market;
use subtle::ConstantTimeEq;

use crate::channel::Channel;

/// How a webhook's secret begins, as Standard Webhooks has it.
pub const SECRET_PREFIX: &str = "whsec_";
const MARK_BYTES: usize = 16;

/// Whose choice a link speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    pub hash: [u8; 32],
    pub channel: Channel,
    pub topic: String,
}

/// Never shown, never logged.
#[derive(Clone)]
pub struct Keys([u8; 32]);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

impl Keys {
    /// From the secret that all processes of a deployment share.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac(secret, &[b"iroko notify"]))
    }

    fn derive(&self, purpose: &str, market: &Market, thing: &[u8]) -> [u8; 32] {
        let (length, id) = ((purpose.len() as u64).to_be_bytes(), market.place().id.raw().to_be_bytes());
        hmac(&self.0, &[&length, purpose.as_bytes(), &id, thing])
    }

    /// Under which an address is counted, suppressed and left in peace, without being readable.
    pub fn blind(&self, market: &Market, channel: Channel, address: &str) -> [u8; 32] {
        let thing = format!("{} {}", channel.name(), address.trim().to_lowercase());
        self.derive("address", market, thing.as_bytes())
    }

    /// What stands in an unsubscribe link.
    pub fn leave_token(&self, market: &Market, leave: &Leave) -> String {
        let mut bytes = leave.hash.to_vec();
        bytes.extend_from_slice(leave.channel.name().as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(leave.topic.as_bytes());
        let mark = self.derive("leave", market, &bytes);
        bytes.extend_from_slice(&mark[..MARK_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub fn read_leave(&self, market: &Market, token: &str) -> Option<Leave> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, mark) = bytes.split_at_checked(bytes.len().checked_sub(MARK_BYTES)?)?;
        let its = self.derive("leave", market, said);
        if !bool::from(its[..MARK_BYTES].ct_eq(mark)) {
            return None;
        }
        let (hash, rest) = said.split_at_checked(32)?;
        let (channel, topic) = std::str::from_utf8(rest).ok()?.split_once(' ')?;
        let channel = Channel::named(channel)?;
        Some(Leave { hash: hash.try_into().ok()?, channel, topic: topic.to_owned() })
    }

    /// The secret of one webhook; each rotation is a generation.
    pub fn webhook_secret(&self, market: &Market, webhook: i64, generation: i64) -> [u8; 32] {
        let thing = [webhook.to_be_bytes(), generation.to_be_bytes()].concat();
        self.derive("webhook", market, &thing)
    }
}

/// As its owner enters it on the other side.
pub fn secret_text(secret: &[u8; 32]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(secret))
}

/// `v1,…` over id, time and body, as Standard Webhooks has it.
pub fn sign(secret: &[u8], id: &str, second: i64, body: &[u8]) -> String {
    let second = second.to_string();
    let mark = hmac(secret, &[id.as_bytes(), b".", second.as_bytes(), b".", body]);
    format!("v1,{}", STANDARD.encode(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        // The vector that the scheme's own libraries are tested with.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, second, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b"{\"test\": 2432232314}");
        let expect = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign(&secret, id, second, body), expect);
        assert_ne!(sign(&secret, id, second + 1, body), expect);
        assert_ne!(sign(&secret[1..], id, second, body), expect);
    }

    #[test]
    fn nothing_of_the_secret_is_shown() {
        assert_eq!(format!("{:?}", Keys::new(b"secret")), "Keys(…)");
        assert_ne!(Keys::new(b"a").0, Keys::new(b"b").0);
    }
}
