//! Parts of addresses, and cookies: what stands in them is encoded here and nowhere else.

use std::fmt::Write;

use http::{HeaderMap, HeaderValue, header};

use crate::limits;

/// As part of a path or a query.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

/// `name=value&…` of those that have a value.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

/// Where a form may send somebody afterwards: a page of this very market, or its front page.
pub fn within(back: &str) -> &str {
    let is_ours = back.starts_with('/')
        && !back.starts_with("//")
        && back.len() <= limits::BACK_BYTES_MAX
        && back.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours { back } else { "/" }
}

/// The first cookie of this name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(its, _)| its.trim() == name)?;
    Some(value.trim()).filter(|value| !value.is_empty())
}

/// A cookie that no script reads and that goes along when somebody follows a link to us, but not with
/// what other sites send.
pub fn set_cookie(
    headers: &HeaderMap,
    name: &str,
    value: &str,
    path: &str,
    seconds: i64,
) -> Option<HeaderValue> {
    // Whoever speaks TLS in front of us says so. A forged word only makes the cookie stricter.
    let is_secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes() == b"https");
    let secure = if is_secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for (back, to) in [
            ("/desk?status=open", "/desk?status=open"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a b", "/"),
            ("/a\r\nx: y", "/"),
        ] {
            assert_eq!(within(back), to, "{back:?}");
        }
    }

    #[test]
    fn what_stands_in_an_address_is_encoded() {
        assert_eq!(encoded("a b&c=d/é"), "a%20b%26c%3Dd%2F%C3%A9");
        assert_eq!(query([("a", "1"), ("b", ""), ("c", "x y")]), "a=1&c=x%20y");
    }

    #[test]
    fn a_cookie_is_found_and_made() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; b=2; c="));
        assert_eq!(
            (cookie(&headers, "b"), cookie(&headers, "c"), cookie(&headers, "d")),
            (Some("2"), None, None)
        );
        let made = set_cookie(&headers, "n", "v", "/x", 5).unwrap();
        assert_eq!(made, "n=v; Path=/x; Max-Age=5; HttpOnly; SameSite=Lax");
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        assert!(set_cookie(&headers, "n", "v", "/x", 5).unwrap().to_str().unwrap().ends_with("; Secure"));
    }
}
