//! Access tokens: JWTs signed with Ed25519.
//!
//! Written here and not taken from a library, because a general one reads the algorithm from the token
//! and has been fooled by it many times. Ours knows one algorithm, and accepts only the very headers
//! that it writes itself: there is nothing in a header for an attacker to choose.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use kernel::Id;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::limits;
use crate::session::Session;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub sub: Id<kernel::Person>,
    pub sid: Id<Session>,
    pub ten: Id<kernel::Tenant>,
    pub iat: i64,
    pub exp: i64,
}

/// One generation of a tenant's signing key.
pub struct TokenKey {
    /// The whole first part of every token it signs.
    header: String,
    kid: String,
    signing: SigningKey,
}

impl TokenKey {
    pub fn new(seed: &[u8; 32], generation: i64) -> Self {
        let kid = format!("g{generation}");
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#));
        Self { header, kid, signing: SigningKey::from_bytes(seed) }
    }

    pub fn sign(&self, claims: &Claims) -> String {
        let claims = serde_json::to_vec(claims).expect("claims are plain data");
        let mut token = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims));
        let signature = self.signing.sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.to_bytes(), &mut token);
        token
    }

    /// The public half, as RFC 8037 writes it.
    pub fn public(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.verifying().as_bytes());
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid, "x": x})
    }

    fn verifying(&self) -> VerifyingKey {
        self.signing.verifying_key()
    }
}

/// Whether a token names one of these keys, good or not.
pub fn names_one_of<'k>(token: &str, keys: impl IntoIterator<Item = &'k TokenKey>) -> bool {
    find(token, keys).is_some()
}

/// The claims of a token that one of these keys signed for this tenant and that is good now. Why it
/// is not good is nobody's business.
pub fn verify<'k>(
    token: &str,
    keys: impl IntoIterator<Item = &'k TokenKey>,
    (iss, ten): (&str, Id<kernel::Tenant>),
    now_s: i64,
) -> Option<Claims> {
    let (key, signed, signature) = find(token, keys)?;
    let signature: [u8; 64] = URL_SAFE_NO_PAD.decode(signature).ok()?.try_into().ok()?;
    key.verifying().verify_strict(signed.as_bytes(), &Signature::from_bytes(&signature)).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(&signed[key.header.len() + 1..]).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let good = claims.iss == iss
        && claims.ten == ten
        && claims.iat <= now_s + limits::CLOCK_LEEWAY_S
        && claims.exp > now_s
        && claims.exp - claims.iat <= limits::TOKEN_LIFE_MAX.as_secs();
    good.then_some(claims)
}

/// The key whose own header the token begins with, what was signed, and the signature.
fn find<'t, 'k>(
    token: &'t str,
    keys: impl IntoIterator<Item = &'k TokenKey>,
) -> Option<(&'k TokenKey, &'t str, &'t str)> {
    if token.len() > limits::TOKEN_LENGTH_MAX {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let key = keys.into_iter().find(|key| key.header == header)?;
    (!claims.contains('.')).then_some((key, signed, signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_800_000_000;

    fn claims() -> Claims {
        Claims {
            iss: "iroko/geo".into(),
            sub: Id::from_raw(7),
            sid: Id::from_raw(8),
            ten: Id::from_raw(5),
            iat: NOW,
            exp: NOW + 900,
        }
    }

    fn is_good(token: &str, keys: &[TokenKey]) -> bool {
        verify(token, keys, ("iroko/geo", Id::from_raw(5)), NOW + 10).is_some()
    }

    #[test]
    fn only_what_was_signed_and_is_in_time_is_good() {
        let keys = [TokenKey::new(&[1; 32], 1), TokenKey::new(&[2; 32], 2)];
        let token = keys[1].sign(&claims());
        assert!(is_good(&token, &keys));
        assert!(!is_good(&token, &keys[..1]), "a retired key");
        assert!(!is_good(&token, &[TokenKey::new(&[3; 32], 2)]), "another deployment's key of that name");
        let wrong = [
            Claims { iss: "iroko/other".into(), ..claims() },
            Claims { ten: Id::from_raw(6), ..claims() },
            Claims { exp: NOW + 10, ..claims() },
            Claims { iat: NOW + 16, exp: NOW + 900, ..claims() },
            Claims { exp: NOW + 86_401, ..claims() },
        ];
        for claims in wrong {
            assert!(!is_good(&keys[1].sign(&claims), &keys), "{claims:?}");
        }
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (_, body) = signed.split_once('.').unwrap();
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"HS256","typ":"JWT","kid":"g2"}"#,
            r#"{"alg":"EdDSA","kid":"g2"}"#,
        ] {
            let header = URL_SAFE_NO_PAD.encode(header);
            for forged in [format!("{header}.{body}.{signature}"), format!("{header}.{body}.")] {
                assert!(!is_good(&forged, &keys), "{forged}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_tampered_token_is_good(place in 0usize..1_000, letter in "[ -~]") {
            let keys = [TokenKey::new(&[1; 32], 1)];
            let token = keys[0].sign(&claims());
            let place = place % token.len();
            let mut other = token.clone();
            other.replace_range(place..=place, &letter);
            prop_assert_eq!(is_good(&other, &keys), other == token);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}|([A-Za-z0-9_-]{0,30}\\.){0,4}") {
            let keys = [TokenKey::new(&[1; 32], 1)];
            prop_assert!(!is_good(&text, &keys));
            let after_header = format!("{}.{text}", keys[0].header);
            prop_assert!(!is_good(&after_header, &keys));
        }
    }
}
