//! The few addresses that belong to no market: is it alive, is it ready, what did it see, what does
//! it offer.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;
use telemetry::Metrics;

use super::seams::Readiness;
use super::turned::{Answered, Turned};

/// Not for everyone: the edge asks who it is before it comes here.
pub(crate) const METRICS: &str = "/metrics";

pub(crate) struct Globals {
    openapi: Bytes,
    docs: Bytes,
}

impl Globals {
    pub(crate) fn new(document: &Value) -> Self {
        Self { openapi: document.to_string().into(), docs: web::openapi::page(document).into() }
    }

    /// `None`: not one of them.
    pub(crate) fn answer(
        &self,
        method: &Method,
        path: &str,
        metrics: &Metrics,
        readiness: &Readiness,
        is_draining: bool,
    ) -> Option<Result<Answered, Turned>> {
        let make: &dyn Fn() -> Answered = match path {
            "/livez" => &|| plain(StatusCode::OK, "alive\n".into()),
            "/readyz" => &|| ready(readiness, is_draining),
            METRICS => &|| send(StatusCode::OK, telemetry::CONTENT_TYPE, metrics.text().into()),
            "/openapi.json" => &|| send(StatusCode::OK, "application/json", self.openapi.clone()),
            "/docs" => &|| page(self.docs.clone()),
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

fn page(html: Bytes) -> Answered {
    let mut response = send(StatusCode::OK, "text/html; charset=utf-8", html);
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
