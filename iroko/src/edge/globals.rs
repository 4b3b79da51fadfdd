//! The few addresses that belong to no market: is it alive, is it ready, what did it see, what does
//! it offer.

use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;
use telemetry::Metrics;

use super::pack::Packing;
use super::prepared::{etag, holds_still};
use super::seams::Readiness;
use super::turned::{Answered, Turned};

/// Not for everyone: the edge asks who it is before it comes here.
pub(crate) const METRICS: &str = "/metrics";

pub(crate) struct Globals {
    openapi: Document,
    docs: Document,
}

/// A large answer that stays the same as long as the process lives.
struct Document {
    kind: &'static str,
    plain: Bytes,
    etag: HeaderValue,
    gzip: OnceLock<Bytes>,
    brotli: OnceLock<Bytes>,
}

impl Document {
    fn new(kind: &'static str, plain: String) -> Self {
        let (gzip, brotli) = (OnceLock::new(), OnceLock::new());
        Self { kind, etag: etag(plain.as_bytes()), plain: plain.into(), gzip, brotli }
    }

    fn answer(&self, asked: &HeaderMap) -> Answered {
        if holds_still(&self.etag, asked) {
            let mut response = send(StatusCode::NOT_MODIFIED, self.kind, Bytes::new());
            response.headers_mut().remove(header::CONTENT_TYPE);
            response.headers_mut().insert(header::ETAG, self.etag.clone());
            return response;
        }
        let packing = Packing::wanted(asked);
        let body = match packing {
            Packing::Plain => &self.plain,
            Packing::Gzip => self.gzip.get_or_init(|| packing.pack(&self.plain)),
            Packing::Brotli => self.brotli.get_or_init(|| packing.pack(&self.plain)),
        };
        let mut response = send(StatusCode::OK, self.kind, body.clone());
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(name) = packing.name() {
            headers.insert(header::CONTENT_ENCODING, name);
        }
        response
    }
}

impl Globals {
    pub(crate) fn new(document: &Value) -> Self {
        Self {
            openapi: Document::new("application/json", document.to_string()),
            docs: Document::new("text/html; charset=utf-8", web::openapi::page(document)),
        }
    }

    /// `None`: not one of them.
    pub(crate) fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        metrics: &Metrics,
        readiness: &Readiness,
        is_draining: bool,
    ) -> Option<Result<Answered, Turned>> {
        let make: &dyn Fn() -> Answered = match path {
            "/livez" => &|| plain(StatusCode::OK, "alive\n".into()),
            "/readyz" => &|| ready(readiness, is_draining),
            METRICS => &|| send(StatusCode::OK, telemetry::CONTENT_TYPE, metrics.text().into()),
            "/openapi.json" => &|| self.openapi.answer(headers),
            "/docs" => &|| page(self.docs.answer(headers)),
            "/" => &|| elsewhere(HeaderValue::from_static("/docs")),
            _ => return None,
        };
        Some(match *method {
            Method::GET => Ok(make()),
            Method::HEAD => Ok(without_body(make())),
            _ => Err(Turned::method(HeaderValue::from_static("GET, HEAD"))),
        })
    }
}

fn ready(readiness: &Readiness, is_draining: bool) -> Answered {
    match readiness() {
        _ if is_draining => plain(StatusCode::SERVICE_UNAVAILABLE, "draining\n".into()),
        Ok(()) => plain(StatusCode::OK, "ready\n".into()),
        Err(missing) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("{missing}\n").into()),
    }
}

fn plain(status: StatusCode, text: Bytes) -> Answered {
    send(status, "text/plain; charset=utf-8", text)
}

/// Whoever comes to the front door is shown around.
fn elsewhere(location: HeaderValue) -> Answered {
    let mut response = send(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Bytes::new());
    response.headers_mut().insert(header::LOCATION, location);
    response
}

fn page(mut response: Answered) -> Answered {
    // The page brings its style with it and nothing else.
    let policy =
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn send(status: StatusCode, kind: &'static str, body: Bytes) -> Answered {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn without_body(mut response: Answered) -> Answered {
    let length = hyper::body::Body::size_hint(response.body()).lower();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    *response.body_mut() = Full::default();
    response
}
