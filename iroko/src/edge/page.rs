//! What protects the pages for people, besides the rules about their cookie.

use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue};

/// Everything from this host, nothing written into the page itself, and no frame of others around it.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; \
    frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

/// What a page says itself holds.
pub(super) fn protect(headers: &mut HeaderMap) {
    // A form that is sent from here must say so.
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
}
