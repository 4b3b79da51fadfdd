//! Signatures as gateways make them.

use hmac::{Hmac, KeyInit, Mac};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair, UnparsedPublicKey};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

pub fn hmac_sha256(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    hex(&mac.finalize().into_bytes())
}

pub fn hmac_sha512(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    hex(&mac.finalize().into_bytes())
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compared in a time that tells nothing. An empty secret is no secret.
pub fn same(expected: &str, given: &str) -> bool {
    !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(given.as_bytes()))
}

/// What stands before the key proper in a public key of RSA as files have it: the algorithm's name.
const RSA_NAME: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// The key proper of a public key in either of its two forms.
fn bare(der: &[u8]) -> Option<&[u8]> {
    let Some(at) = der.windows(RSA_NAME.len()).position(|window| window == RSA_NAME) else {
        return Some(der);
    };
    // A string of bits: its kind, its length in one to three bytes, no unused bits, then the key.
    let rest = der.get(at + RSA_NAME.len()..)?.strip_prefix(&[0x03])?;
    let length_bytes = match rest.first()? {
        0x82 => 3,
        0x81 => 2,
        _ => 1,
    };
    rest.get(length_bytes..)?.strip_prefix(&[0x00])
}

pub fn rsa_verifies(public_der: &[u8], text: &[u8], signature: &[u8]) -> bool {
    let Some(key) = bare(public_der) else { return false };
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key).verify(text, signature).is_ok()
}

/// With a private key in the form of PKCS 8; `None` where it is none.
pub fn rsa_sign(private_der: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let pair = RsaKeyPair::from_pkcs8(private_der).ok()?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text, &mut signature).ok()?;
    Some(signature)
}
