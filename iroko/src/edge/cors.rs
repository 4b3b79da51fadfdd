//! What pages of other origins may ask: what anyone may read. Nothing that needs credentials.

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use web::{Endpoint, Features, May};

use super::limits::CORS_MAX_AGE;
use super::routes::Row;
use super::sending::Sending;
use super::turned::Answered;

pub(crate) fn is_open(endpoint: &Endpoint) -> bool {
    endpoint.may == May::Anyone && endpoint.is_safe() && !endpoint.is_page()
}

pub(crate) fn allow(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let shown = "etag, location, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, \
                 upload-length, upload-offset, x-request-id";
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(shown));
}

/// OPTIONS on a path: its methods, and to a browser that asks first, whether it may.
pub(crate) fn options(row: &Row, features: &Features) -> Answered {
    let mut response = Response::new(Sending::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, row.allow.clone());
    if row.route(&Method::GET, features).is_some_and(|route| is_open(&route.endpoint)) {
        allow(headers);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
        let asked = HeaderValue::from_static("if-none-match, traceparent, upload-offset, upload-ticket");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(CORS_MAX_AGE));
    }
    response
}
