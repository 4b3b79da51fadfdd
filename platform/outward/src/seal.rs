//! Secrets that are sent to others cannot be hashed. They are kept sealed: a stolen database opens nobody
//! else's system and moves nobody's money.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kernel::Random;

const NONCE_BYTES: usize = 24;

/// `place` says where it is kept, so that a sealed secret is of no use anywhere else.
pub fn seal(key: &[u8; 32], place: &str, secret: &str, random: &dyn Random) -> Vec<u8> {
    let mut sealed = vec![0; NONCE_BYTES];
    random.fill(&mut sealed);
    let payload = Payload { msg: secret.as_bytes(), aad: place.as_bytes() };
    let nonce = XNonce::try_from(&sealed[..NONCE_BYTES]).expect("the nonce has its length");
    let text = XChaCha20Poly1305::new(key.into()).encrypt(&nonce, payload);
    sealed.extend(text.expect("a short text can be sealed"));
    sealed
}

/// `None`: sealed elsewhere, by another deployment, or damaged.
pub fn open(key: &[u8; 32], place: &str, sealed: &[u8]) -> Option<String> {
    let (nonce, text) = sealed.split_at_checked(NONCE_BYTES)?;
    let payload = Payload { msg: text, aad: place.as_bytes() };
    let nonce = XNonce::try_from(nonce).ok()?;
    let bytes = XChaCha20Poly1305::new(key.into()).decrypt(&nonce, payload).ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_in_its_place_only() {
        let sealed = seal(&[7; 32], "5/gateway/3", "xyz", &kernel::SystemRandom);
        assert_eq!(open(&[7; 32], "5/gateway/3", &sealed).as_deref(), Some("xyz"));
        assert_eq!(open(&[8; 32], "5/gateway/3", &sealed), None);
        assert_eq!(open(&[7; 32], "6/gateway/3", &sealed), None);
        for place in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[place] ^= 1;
            assert_eq!(open(&[7; 32], "5/gateway/3", &damaged), None);
            assert_eq!(open(&[7; 32], "5/gateway/3", &sealed[..place]), None);
        }
        assert_ne!(sealed, seal(&[7; 32], "5/gateway/3", "xyz", &kernel::SystemRandom));
    }
}
