//! What the edge asks of the rest of the house.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use kernel::Refusal;
use web::{Caller, Site};

/// Which market an address means.
pub(crate) trait Sites: Send + Sync + 'static {
    /// Asked for every request: a look-up in memory. `host` is without its port.
    fn resolve<'a>(&self, host: Option<&str>, path: &'a str) -> Option<Resolved<'a>>;
}

pub(crate) struct Resolved<'a> {
    pub(crate) site: Arc<Site>,
    /// The prefix that was taken off the path: `/cityhelper/boston`, or empty on a host of its own.
    pub(crate) base: Arc<str>,
    /// The path within the market.
    pub(crate) rest: &'a str,
}

/// Who is behind an `Authorization` header.
pub(crate) trait Callers: Send + Sync + 'static {
    fn caller(&self, site: &Arc<Site>, authorization: Option<&str>) -> Asked;
}

/// Known at once in most cases, so that those need not wait nor allocate.
pub(crate) enum Asked {
    Ready(Result<Caller, Refusal>),
    Later(BoxFuture<'static, Result<Caller, Refusal>>),
}

/// Whether this process can serve; the error says what is missing.
pub(crate) type Readiness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;
