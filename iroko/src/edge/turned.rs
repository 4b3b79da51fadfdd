//! A request that was turned away, as problem+json or in its endpoint's own form.

use std::panic::{AssertUnwindSafe, catch_unwind};

use http::{HeaderValue, Response, StatusCode, header};
use kernel::{Refusal, RefusalKind};
use web::{About, Endpoint, RefusalForm, problem};

use super::prepared::Prepared;
use super::sending::Sending;

pub(crate) type Answered = Response<Sending>;

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

    /// In the form of the endpoint, if it has one and that is willing.
    pub(crate) fn answer_as(self, form: RefusalForm, endpoint: &Endpoint, about: &About<'_>) -> Answered {
        let formed = catch_unwind(AssertUnwindSafe(|| form(&self.refusal, about)));
        // Nothing comes after this that could catch it, and the refusal is still there to be told.
        let Some(reply) = formed.unwrap_or_default().filter(|reply| reply.stream.is_none()) else {
            return self.answer(about.request);
        };
        let is_head = about.method == http::Method::HEAD;
        self.with_headers(Prepared::of_refusal(endpoint, reply).plain(is_head))
    }

    pub(crate) fn answer(self, request: &str) -> Answered {
        let body = problem::body_with(self.status, &self.refusal, Some(request));
        let mut response = Response::new(Sending::from(bytes::Bytes::from(body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.reserve(12);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(problem::MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.with_headers(response)
    }

    fn with_headers(self, mut response: Answered) -> Answered {
        let status = response.status();
        let headers = response.headers_mut();
        if let Some(seconds) = self.refusal.retry_after_s() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, allow);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
