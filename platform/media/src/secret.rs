//! The secret that tickets are signed and addresses are made with.

use blake3::Hasher;
use hmac::{Hmac, KeyInit, Mac};
use kernel::Id;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::limits;
use crate::picture::Address;

/// Part of every address. Raise it when the same bytes are to become other files, because whoever keeps
/// the old ones is told that an address never means anything else.
const RENDERING: u8 = 1;

/// Never shown, never logged.
pub struct Secret {
    tickets: Zeroizing<[u8; 32]>,
    addresses: Zeroizing<[u8; 32]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret of pictures has at least {} bytes", limits::SECRET_BYTES_MIN)]
pub struct TooShort;

impl Secret {
    /// May be the deployment's one secret: what is made of it here is of use nowhere else.
    pub fn new(secret: &[u8]) -> Result<Self, TooShort> {
        if secret.len() < limits::SECRET_BYTES_MIN {
            return Err(TooShort);
        }
        Ok(Self {
            tickets: Zeroizing::new(hmac(secret, &[b"iroko media ticket"])),
            addresses: Zeroizing::new(hmac(secret, &[b"iroko media address"])),
        })
    }

    pub(crate) fn sign(&self, market: Id<kernel::Market>, payload: &[u8]) -> [u8; 32] {
        hmac(&*self.tickets, &[&market.raw().to_be_bytes(), payload])
    }

    /// Compares in the same time whatever is wrong.
    pub(crate) fn is_signed(&self, market: Id<kernel::Market>, payload: &[u8], signature: &[u8]) -> bool {
        let mut mac = mac(&*self.tickets);
        mac.update(&market.raw().to_be_bytes());
        mac.update(payload);
        mac.verify_slice(signature).is_ok()
    }

    /// Where the picture made of these bytes stands. It is known before anything is decoded, so that
    /// the same bytes twice are one picture and no work; and it is made with the secret, so that nobody
    /// who has the bytes can find out whether somebody else has sent them.
    pub(crate) fn address(&self, market: Id<kernel::Market>, bytes: &[u8]) -> Address {
        let key = Zeroizing::new(hmac(&*self.addresses, &[&market.raw().to_be_bytes()]));
        let hash = Hasher::new_keyed(&key).update(&[RENDERING]).update(bytes).finalize();
        Address::of(*hash.as_bytes())
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn hmac(key: &[u8], pieces: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac(key);
    pieces.iter().for_each(|piece| mac.update(piece));
    mac.finalize().into_bytes().into()
}
