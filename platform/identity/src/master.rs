//! The one secret of a deployment, and what is derived from it: one-time codes, signing keys, the
//! successors of refresh tokens. Nothing of these is ever stored, so that a stolen database opens nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use kernel::Random;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::limits;

/// Never shown, never logged.
pub struct Master(Zeroizing<Vec<u8>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the master secret has at least {} bytes", limits::MASTER_BYTES_MIN)]
pub struct TooShort;

impl std::fmt::Debug for Master {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Master(…)")
    }
}

impl Master {
    pub fn new(secret: &[u8]) -> Result<Self, TooShort> {
        if secret.len() < limits::MASTER_BYTES_MIN {
            return Err(TooShort);
        }
        Ok(Self(Zeroizing::new(secret.to_vec())))
    }

    /// A different secret for each purpose, tenant and thing.
    pub(crate) fn derive(&self, purpose: &str, tenant: i64, thing: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(&tenant.to_be_bytes());
        mac.update(thing);
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// Six digits that only this deployment can tell from a code's id.
    pub(crate) fn digits(&self, tenant: i64, code: i64) -> String {
        let bytes = self.derive("iroko one-time code", tenant, &code.to_be_bytes());
        let number = bytes[..8].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        format!("{:06}", number % 1_000_000)
    }
}

/// A fresh secret in text: `irk_` and 256 random bits.
pub(crate) fn fresh(prefix: &str, random: &dyn Random) -> String {
    let mut bytes = Zeroizing::new([0u8; 32]);
    random.fill(&mut *bytes);
    text(prefix, &bytes)
}

pub(crate) fn text(prefix: &str, bytes: &[u8; 32]) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of a secret that is random enough not to be guessed.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whether this could be a secret of ours at all; spares the database the rest.
pub(crate) fn has_form(text: &str, prefix: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == 43 && rest.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_stay_the_same() {
        let master = Master::new(&[7; 32]).unwrap();
        assert_eq!(master.digits(5, 1), master.digits(5, 1));
        let many: std::collections::HashSet<_> = (0..1_000).map(|code| master.digits(5, code)).collect();
        assert!(many.len() > 990 && many.iter().all(|digits| digits.len() == 6));
        assert_ne!(master.digits(5, 1), master.digits(6, 1));
        assert_eq!(Master::new(&[7; 31]).unwrap_err(), TooShort);
        assert_eq!(format!("{master:?}"), "Master(…)");
    }
}
