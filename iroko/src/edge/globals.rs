//! The few addresses that belong to no market: is it alive, is it ready, what did it see, what does
//! it offer.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde_json::Value;
use telemetry::Metrics;
use web::Reply;

use super::prepared::Prepared;
use super::seams::Readiness;
use super::sending::Sending;
use super::turned::{Answered, Turned};

/// Not for everyone: the edge asks who it is before it comes here.
pub(crate) const METRICS: &str = "/metrics";

pub(crate) struct Globals {
    openapi: Arc<Prepared>,
    docs: Arc<Prepared>,
}

/// What belongs to no market.
#[derive(Clone, Copy)]
pub(crate) enum Global {
    Live,
    Ready,
    Metrics,
    OpenApi,
    Docs,
    Door,
}

impl Global {
    pub(crate) fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/livez" => Self::Live,
            "/readyz" => Self::Ready,
            METRICS => Self::Metrics,
            "/openapi.json" => Self::OpenApi,
            "/docs" => Self::Docs,
            "/" => Self::Door,
            _ => return None,
        })
    }
}

impl Globals {
    pub(crate) fn new(document: &Value) -> Self {
        let ok = StatusCode::OK;
        let page = Reply::bytes(ok, "text/html; charset=utf-8", web::openapi::page(document));
        // The page brings its style with it and nothing else.
        let policy =
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
        let headers = vec![(header::CONTENT_SECURITY_POLICY, policy)];
        Self {
            openapi: Prepared::standing(Reply::json(ok, document.to_string().into())),
            docs: Prepared::standing(Reply { headers, ..page }),
        }
    }

    pub(crate) async fn answer(
        &self,
        which: Global,
        method: &Method,
        headers: &HeaderMap,
        metrics: &Metrics,
        readiness: &Readiness,
        is_draining: bool,
    ) -> Result<Answered, Turned> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Err(Turned::method(HeaderValue::from_static("GET, HEAD")));
        }
        let made = match which {
            Global::OpenApi => return Ok(self.openapi.answer(method, headers, None).await),
            Global::Docs => return Ok(self.docs.answer(method, headers, None).await),
            Global::Live => plain(StatusCode::OK, "alive\n".into()),
            Global::Ready => ready(readiness, is_draining),
            Global::Metrics => send(StatusCode::OK, telemetry::CONTENT_TYPE, metrics.text().into()),
            Global::Door => elsewhere(HeaderValue::from_static("/docs")),
        };
        Ok(if *method == Method::HEAD { without_body(made) } else { made })
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

fn send(status: StatusCode, kind: &'static str, body: Bytes) -> Answered {
    let mut response = Response::new(Sending::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn without_body(mut response: Answered) -> Answered {
    let length = hyper::body::Body::size_hint(response.body()).lower();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    *response.body_mut() = Sending::default();
    response
}
