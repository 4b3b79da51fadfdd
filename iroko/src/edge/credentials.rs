//! Who is asking: the `Authorization` header, or on a page for people the cookie that stands for it.

use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, header};
use kernel::{Refusal, RefusalKind};
use web::{Caller, Endpoint, May, Site};

use super::Edge;
use super::seams::Asked;
use super::target::authority;

/// A browser sends it wherever it is asked to by whomever, so it counts on pages only, and where
/// something is changed only if this very host asks.
const COOKIE: &str = "iroko_token";

impl Edge {
    pub(super) async fn caller(
        &self,
        site: &Arc<Site>,
        endpoint: &Endpoint,
        head: &Parts,
        address: IpAddr,
    ) -> Result<Caller, Refusal> {
        match head.headers.get(header::AUTHORIZATION) {
            Some(value) => {
                let value = value.to_str().map_err(|_| Refusal::unauthenticated())?;
                self.known(site, Some(value), address).await
            }
            None if endpoint.is_page() => Box::pin(self.visitor(site, endpoint, head, address)).await,
            None => self.known(site, None, address).await,
        }
    }

    /// Whoever looks at a page.
    async fn visitor(
        &self,
        site: &Arc<Site>,
        endpoint: &Endpoint,
        head: &Parts,
        address: IpAddr,
    ) -> Result<Caller, Refusal> {
        let token = cookie(&head.headers);
        if !endpoint.is_safe() && !is_of_this_host(&head.headers, authority(head), token.is_some()) {
            let message = "This was sent from another site. Open the page here and send it again.";
            return Err(Refusal::new(RefusalKind::Forbidden, "cross_site", message));
        }
        let Some(token) = token else { return self.known(site, None, address).await };
        match self.known(site, Some(&format!("Bearer {token}")), address).await {
            // What anyone may see is not withheld for an old cookie.
            Err(refusal)
                if refusal.kind() == RefusalKind::Unauthenticated
                    && endpoint.may == May::Anyone
                    && endpoint.is_safe() =>
            {
                Ok(Caller::anonymous())
            }
            known => known,
        }
    }

    async fn known(
        &self,
        site: &Arc<Site>,
        authorization: Option<&str>,
        address: IpAddr,
    ) -> Result<Caller, Refusal> {
        match self.callers.caller(site, authorization) {
            Asked::Ready(caller) => caller,
            Asked::Later(caller) => {
                self.rates.may_guess(self.now_ns(), site, address)?;
                let caller = caller.await;
                if caller.as_ref().is_err_and(|it| it.kind() == RefusalKind::Unauthenticated) {
                    self.rates.guessed(self.now_ns(), site, address);
                }
                caller
            }
        }
    }
}

/// The first of its name: the one with the longest path, as browsers send them.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let (_, token) = pairs.find(|(name, _)| name.trim() == COOKIE)?;
    let token = token.trim().trim_matches('"');
    let is_token = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'+' | b'/' | b'=')
    };
    (!token.is_empty() && token.bytes().all(is_token)).then_some(token)
}

/// Whether the page that sends this is one of ours. A program that says nothing of where it comes
/// from is no browser, and brings no cookie that is not its own; but with one it must say.
fn is_of_this_host(headers: &HeaderMap, authority: Option<&str>, has_token: bool) -> bool {
    match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
        Some(site) => matches!(site, b"same-origin" | b"none"),
        None => match headers.get(header::ORIGIN) {
            Some(origin) => {
                let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
                origin.zip(authority).is_some_and(|((_, its), ours)| its.eq_ignore_ascii_case(ours))
            }
            None => !has_token,
        },
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(rows: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in rows {
            headers.append(*name, HeaderValue::try_from(*value).unwrap());
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_among_others_and_must_look_like_a_token() {
        for (lines, expected) in [
            (&["iroko_token=a.b-c_d"][..], Some("a.b-c_d")),
            (&["x=1; iroko_token=t; y=2"], Some("t")),
            (&["x=1", "iroko_token=t"], Some("t")),
            (&["iroko_token=first; iroko_token=second"], Some("first")),
            (&["iroko_token=\"t\""], Some("t")),
            (&["iroko_tokens=t; my_iroko_token=u"], None),
            (&["iroko_token="], None),
            (&["iroko_token=a b"], None),
            (&["iroko_token=a,b"], None),
            (&["iroko_token"], None),
            (&[";;=;"], None),
            (&[], None),
        ] {
            let rows: Vec<_> = lines.iter().map(|line| ("cookie", *line)).collect();
            assert_eq!(cookie(&headers(&rows)), expected, "{lines:?}");
        }
    }

    #[test]
    fn only_pages_of_this_host_change_anything() {
        let (site, origin) = ("sec-fetch-site", "origin");
        let ours = Some("city.example:8080");
        for (rows, has_token, expected) in [
            (&[(site, "same-origin")][..], true, true),
            (&[(site, "none")], true, true),
            (&[(site, "same-site")], true, false),
            (&[(site, "cross-site")], true, false),
            (&[(site, "cross-site")], false, false),
            (&[(site, "nonsense")], true, false),
            (&[(site, "cross-site"), (origin, "http://city.example:8080")], true, false),
            (&[(origin, "http://city.example:8080")], true, true),
            (&[(origin, "https://CITY.example:8080")], true, true),
            (&[(origin, "http://city.example")], true, false),
            (&[(origin, "http://city.example:8080.evil.example")], true, false),
            (&[(origin, "null")], true, false),
            (&[(origin, "null")], false, false),
            (&[], true, false),
            (&[], false, true),
        ] {
            assert_eq!(is_of_this_host(&headers(rows), ours, has_token), expected, "{rows:?} {has_token}");
        }
        assert!(!is_of_this_host(&headers(&[(origin, "http://")]), None, true));
    }
}
