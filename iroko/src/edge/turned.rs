//! A request that was turned away, as problem+json.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use kernel::{Refusal, RefusalKind};
use web::problem;

pub(crate) type Answered = Response<Full<Bytes>>;

#[derive(Debug, Clone)]
pub(crate) struct Turned {
    pub(crate) status: StatusCode,
    pub(crate) refusal: Refusal,
    allow: Option<HeaderValue>,
}

impl From<Refusal> for Turned {
    fn from(refusal: Refusal) -> Self {
        Self { status: problem::status(refusal.kind()), refusal, allow: None }
    }
}

impl Turned {
    pub(crate) fn method(allow: HeaderValue) -> Self {
        let message = "This address does not take this method; see Allow.";
        let refusal = Refusal::new(RefusalKind::Invalid, "method_not_allowed", message);
        Self { status: StatusCode::METHOD_NOT_ALLOWED, refusal, allow: Some(allow) }
    }

    pub(crate) fn too_slow() -> Self {
        let refusal = Refusal::new(RefusalKind::Invalid, "body_too_slow", "The body did not come in time.");
        Self { status: StatusCode::REQUEST_TIMEOUT, refusal, allow: None }
    }

    /// A fault of ours; the log knows more.
    pub(crate) fn broken() -> Self {
        let message = "Something went wrong here. It has been noted.";
        let refusal = Refusal::new(RefusalKind::Unavailable, "broken", message);
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, refusal, allow: None }
    }

    pub(crate) fn answer(self, request: &str) -> Answered {
        let body = problem::body_with(self.status, &self.refusal, Some(request));
        let mut response = Response::new(Full::new(body.into()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.reserve(12);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(problem::MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.refusal.retry_after_s() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, allow);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
