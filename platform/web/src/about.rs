//! Refusals in another form than problem+json: a protocol's own errors, or a page for people.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode};
use kernel::Refusal;

use crate::answer::Reply;
use crate::site::Site;

/// Turns a refusal into the endpoint's own form; `None` leaves it as problem+json. `Retry-After`,
/// `Allow` and the like are added to whatever it answers.
pub type RefusalForm = fn(&Refusal, &About<'_>) -> Option<Reply>;

/// What is known of the request that is refused.
#[derive(Clone)]
pub struct About<'a> {
    /// The status that problem+json would have: 405 and 408 are known to the edge only.
    pub status: StatusCode,
    /// Under this name the log knows the request.
    pub request: &'a str,
    pub method: &'a Method,
    /// The site's own prefix, as in `Call::base`.
    pub base: &'a str,
    /// Within the market, as it was written.
    pub path: &'a str,
    pub query: &'a str,
    pub site: Option<Arc<Site>>,
    pub headers: &'a HeaderMap,
}
