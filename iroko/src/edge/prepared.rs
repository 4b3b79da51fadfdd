//! A reply made ready to be sent: its headers written, its body packed once for each way of packing.

use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use web::{CachePolicy, Endpoint, May, Reply};

use super::limits::{PACK_BYTES_MIN, PACK_INLINE_BYTES_MAX};
use super::pack::Packing;
use super::turned::Answered;

pub(crate) struct Prepared {
    reply: Reply,
    etag: Option<HeaderValue>,
    cache_control: HeaderValue,
    vary: HeaderValue,
    packed: [OnceLock<Bytes>; 2],
}

impl Prepared {
    pub(crate) fn new(endpoint: &Endpoint, reply: Reply) -> Arc<Self> {
        let etag = match &reply.etag {
            Some(own) => HeaderValue::try_from(own.as_str()).ok(),
            None if endpoint.is_safe() && reply.status == StatusCode::OK => Some(etag(&reply.body)),
            None => None,
        };
        let cache_control = cache_control(endpoint, reply.cache);
        let vary = match (endpoint.may, reply.cache) {
            (May::Anyone, CachePolicy::Public { .. }) => "accept-encoding",
            _ => "authorization, accept-encoding",
        };
        let vary = HeaderValue::from_static(vary);
        Arc::new(Self { reply, etag, cache_control, vary, packed: [OnceLock::new(), OnceLock::new()] })
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
        let mut response = Response::new(Full::default());
        let headers = response.headers_mut();
        headers.reserve(16);
        headers.insert(header::CACHE_CONTROL, self.cache_control.clone());
        headers.insert(header::VARY, self.vary.clone());
        if let Some(age_s) = age_s.filter(|age_s| *age_s > 0) {
            headers.insert(header::AGE, HeaderValue::from(age_s));
        }
        if let Some(etag) = &self.etag {
            headers.insert(header::ETAG, etag.clone());
            if holds_still(etag, asked) {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                return response;
            }
        }
        if let Some(location) = &self.reply.location
            && let Ok(location) = HeaderValue::try_from(location.as_str())
        {
            headers.insert(header::LOCATION, location);
        }
        let mut body = self.reply.body.clone();
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if body.len() >= PACK_BYTES_MIN {
            let packing = Packing::wanted(asked);
            if let Some(name) = packing.name() {
                body = self.packed(packing).await;
                headers.insert(header::CONTENT_ENCODING, name);
            }
        }
        *response.status_mut() = self.reply.status;
        if method == Method::HEAD {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        } else {
            *response.body_mut() = Full::new(body);
        }
        response
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

fn cache_control(endpoint: &Endpoint, policy: CachePolicy) -> HeaderValue {
    let own = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("no-store"));
    match policy {
        _ if !endpoint.is_safe() || endpoint.secret => HeaderValue::from_static("no-store"),
        CachePolicy::Private => HeaderValue::from_static("private, no-cache"),
        CachePolicy::Public { max_age_s, stale_s } if endpoint.may == May::Anyone => {
            own(format!("public, max-age={max_age_s}, stale-while-revalidate={stale_s}"))
        }
        // Everyone who may see it sees the same, but not everyone may.
        CachePolicy::Public { max_age_s, .. } => own(format!("private, max-age={max_age_s}")),
    }
}

/// Weak, because it is the same however the body is packed. The same in every process.
pub(super) fn etag(body: &[u8]) -> HeaderValue {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hash = foldhash::quality::FixedState::with_seed(0x1_50CE).hash_one(body);
    let mut text = *b"W/\"0000000000000000\"";
    for place in text[3..19].iter_mut().rev() {
        *place = DIGITS[(hash & 15) as usize];
        hash >>= 4;
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static(""))
}

pub(super) fn holds_still(etag: &HeaderValue, asked: &HeaderMap) -> bool {
    let tag = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let Some(ours) = asked.get(header::IF_NONE_MATCH).and(etag.to_str().ok()).map(tag) else { return false };
    asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .any(|value| value.split(',').any(|theirs| theirs.trim() == "*" || tag(theirs) == ours))
}
