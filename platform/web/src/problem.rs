//! Refusals as RFC 9457, and their statuses, in one place.

use http::StatusCode;
use kernel::{Fault, Refusal, RefusalKind};
use serde::Serialize;

pub const MEDIA_TYPE: &str = "application/problem+json";

pub fn status(kind: RefusalKind) -> StatusCode {
    match kind {
        RefusalKind::Invalid => StatusCode::BAD_REQUEST,
        RefusalKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        RefusalKind::NotFound => StatusCode::NOT_FOUND,
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::Gone => StatusCode::GONE,
        RefusalKind::Precondition => StatusCode::PRECONDITION_FAILED,
        RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalKind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
}

/// The body; `request` is the id under which the log knows this request.
pub fn body(refusal: &Refusal, request: Option<&str>) -> Vec<u8> {
    body_with(status(refusal.kind()), refusal, request)
}

/// The same under a status that only the edge knows, such as 405.
pub fn body_with(status: StatusCode, refusal: &Refusal, request: Option<&str>) -> Vec<u8> {
    let problem = Problem {
        r#type: format!("urn:iroko:problem:{}", refusal.code()),
        title: refusal.message(),
        status: status.as_u16(),
        code: refusal.code(),
        errors: refusal.faults(),
        request,
    };
    serde_json::to_vec(&problem).unwrap_or_default()
}
