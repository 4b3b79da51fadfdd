//! A reply made ready to be sent: its headers written, its body packed once for each way of packing.

use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use web::{CachePolicy, Endpoint, JSON, May, Reply};

use super::limits::{IMMUTABLE_S, PACK_BYTES_MIN, PACK_INLINE_BYTES_MAX};
use super::pack::{Packing, is_worth_packing};
use super::sending::Sending;
use super::turned::Answered;

pub(crate) struct Prepared {
    reply: Reply,
    media: HeaderValue,
    etag: Option<HeaderValue>,
    cache_control: HeaderValue,
    vary: HeaderValue,
    packed: [OnceLock<Bytes>; 2],
}

impl Prepared {
    pub(crate) fn new(endpoint: &Endpoint, reply: Reply) -> Arc<Self> {
        let may_tag = endpoint.is_safe() && reply.status == StatusCode::OK && reply.stream.is_none();
        let etag = match &reply.etag {
            Some(own) => HeaderValue::try_from(own.as_str()).ok(),
            None if may_tag => Some(etag(&reply.body)),
            None => None,
        };
        let vary = match (endpoint.may, reply.cache) {
            (May::Anyone, CachePolicy::Public { .. } | CachePolicy::Immutable) => "accept-encoding",
            _ if endpoint.is_page() => "authorization, cookie, accept-encoding",
            _ => "authorization, accept-encoding",
        };
        let cache_control = cache_control(endpoint, reply.cache);
        Arc::new(Self::with(reply, etag, cache_control, HeaderValue::from_static(vary)))
    }

    /// What stays the same for everyone as long as the process lives.
    pub(crate) fn standing(reply: Reply) -> Arc<Self> {
        let etag = Some(etag(&reply.body));
        let (control, vary) = ("no-cache", "accept-encoding");
        let (control, vary) = (HeaderValue::from_static(control), HeaderValue::from_static(vary));
        Arc::new(Self::with(reply, etag, control, vary))
    }

    /// A refusal in its endpoint's own form, which nobody keeps.
    pub(crate) fn of_refusal(endpoint: &Endpoint, reply: Reply) -> Self {
        let vary = if endpoint.is_page() { "authorization, cookie" } else { "authorization" };
        let control = HeaderValue::from_static("no-store");
        Self::with(reply, None, control, HeaderValue::from_static(vary))
    }

    fn with(reply: Reply, etag: Option<HeaderValue>, cache_control: HeaderValue, vary: HeaderValue) -> Self {
        let media = match &*reply.media {
            JSON => HeaderValue::from_static(JSON),
            other => {
                HeaderValue::try_from(other).unwrap_or(HeaderValue::from_static("application/octet-stream"))
            }
        };
        Self { reply, media, etag, cache_control, vary, packed: [OnceLock::new(), OnceLock::new()] }
    }

    pub(crate) fn reply(&self) -> &Reply {
        &self.reply
    }

    /// What it takes in memory, with its packed bodies.
    pub(crate) fn bytes(&self) -> usize {
        2 * self.reply.body.len() + size_of::<Self>()
    }

    pub(crate) async fn answer(
        self: &Arc<Self>,
        method: &Method,
        asked: &HeaderMap,
        age_s: Option<u32>,
    ) -> Answered {
        let (mut response, holds) = self.head(Some(asked), age_s);
        if holds {
            return response;
        }
        if let Some(stream) = &self.reply.stream {
            // Of HEAD, nothing is made. What somebody else has taken breaks off at once.
            if method != Method::HEAD {
                let broken = || futures_util::stream::iter([Err(std::io::ErrorKind::BrokenPipe.into())]);
                let stream = stream.take().unwrap_or_else(|| Box::pin(broken()));
                *response.body_mut() = Sending::Stream(stream);
            }
            return response;
        }
        let mut body = self.reply.body.clone();
        if body.len() >= PACK_BYTES_MIN && is_worth_packing(&self.reply.media) {
            let packing = Packing::wanted(asked);
            if let Some(name) = packing.name() {
                body = self.packed(packing).await;
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_ENCODING, name);
                if let Some(weak) = self.etag.as_ref().and_then(weakened) {
                    headers.insert(header::ETAG, weak);
                }
            }
        }
        with_body(response, body, method == Method::HEAD)
    }

    /// As it is, whatever was asked.
    pub(crate) fn plain(&self, is_head: bool) -> Answered {
        let (response, _) = self.head(None, None);
        with_body(response, self.reply.body.clone(), is_head)
    }

    /// All but the body, and whether the one that the caller has still holds.
    fn head(&self, asked: Option<&HeaderMap>, age_s: Option<u32>) -> (Answered, bool) {
        let mut response = Response::new(Sending::default());
        let headers = response.headers_mut();
        headers.reserve(16);
        headers.insert(header::CACHE_CONTROL, self.cache_control.clone());
        headers.insert(header::VARY, self.vary.clone());
        if let Some(age_s) = age_s.filter(|age_s| *age_s > 0) {
            headers.insert(header::AGE, HeaderValue::from(age_s));
        }
        if let Some(etag) = &self.etag {
            headers.insert(header::ETAG, etag.clone());
            // An answer that sets a cookie is sent whole: the page in a language that one had before is the
            // same, but the wish for it is new.
            let is_new = self.reply.headers.iter().any(|(name, _)| *name == header::SET_COOKIE);
            if !is_new && asked.is_some_and(|asked| holds_still(etag, asked)) {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                return (response, true);
            }
        }
        if let Some(location) = &self.reply.location
            && let Ok(location) = HeaderValue::try_from(location.as_str())
        {
            headers.insert(header::LOCATION, location);
        }
        // An empty tile is a tile; an empty answer in JSON would be none.
        let is_whole = self.reply.status == StatusCode::OK && self.reply.media != JSON;
        if is_whole || !self.reply.body.is_empty() || self.reply.stream.is_some() {
            headers.insert(header::CONTENT_TYPE, self.media.clone());
        }
        for (name, value) in &self.reply.headers {
            add(headers, name, value);
        }
        *response.status_mut() = self.reply.status;
        (response, false)
    }

    async fn packed(self: &Arc<Self>, packing: Packing) -> Bytes {
        let slot = usize::from(packing == Packing::Brotli);
        if let Some(packed) = self.packed[slot].get() {
            return packed.clone();
        }
        let this = self.clone();
        let pack = move || this.packed[slot].get_or_init(|| packing.pack(&this.reply.body)).clone();
        if self.reply.body.len() <= PACK_INLINE_BYTES_MAX {
            return pack();
        }
        match tokio::task::spawn_blocking(pack).await {
            Ok(packed) => packed,
            Err(_) => packing.pack(&self.reply.body),
        }
    }
}

fn with_body(mut response: Answered, body: Bytes, is_head: bool) -> Answered {
    if is_head {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    } else {
        *response.body_mut() = Sending::from(body);
    }
    response
}

/// Of most headers there is one, which the handler's takes the place of; some add up.
fn add(headers: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
    if matches!(*name, header::SET_COOKIE | header::LINK | header::VARY) {
        headers.append(name, value.clone());
    } else {
        headers.insert(name, value.clone());
    }
}

/// A strong tag speaks of the very bytes, and packed ones are others.
fn weakened(etag: &HeaderValue) -> Option<HeaderValue> {
    let strong = etag.to_str().ok().filter(|text| !text.starts_with("W/"))?;
    HeaderValue::try_from(format!("W/{strong}")).ok()
}

fn cache_control(endpoint: &Endpoint, policy: CachePolicy) -> HeaderValue {
    let own = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("no-store"));
    // Everyone who may see it sees the same, but not everyone may.
    let whose = if endpoint.may == May::Anyone { "public" } else { "private" };
    match policy {
        _ if !endpoint.is_safe() || endpoint.secret => HeaderValue::from_static("no-store"),
        CachePolicy::Private => HeaderValue::from_static("private, no-cache"),
        CachePolicy::Immutable => own(format!("{whose}, max-age={IMMUTABLE_S}, immutable")),
        CachePolicy::Public { max_age_s, stale_s } if endpoint.may == May::Anyone => {
            own(format!("{whose}, max-age={max_age_s}, stale-while-revalidate={stale_s}"))
        }
        CachePolicy::Public { max_age_s, .. } => own(format!("{whose}, max-age={max_age_s}")),
    }
}

/// Weak, because it is the same however the body is packed. The same in every process.
fn etag(body: &[u8]) -> HeaderValue {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hash = foldhash::quality::FixedState::with_seed(0x1_50CE).hash_one(body);
    let mut text = *b"W/\"0000000000000000\"";
    for place in text[3..19].iter_mut().rev() {
        *place = DIGITS[(hash & 15) as usize];
        hash >>= 4;
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static(""))
}

fn holds_still(etag: &HeaderValue, asked: &HeaderMap) -> bool {
    let tag = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let Some(ours) = asked.get(header::IF_NONE_MATCH).and(etag.to_str().ok()).map(tag) else { return false };
    asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .any(|value| value.split(',').any(|theirs| theirs.trim() == "*" || tag(theirs) == ours))
}
