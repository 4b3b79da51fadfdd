//! On whose behalf the present task runs, so that every line it logs says so.
//!
//! A task-local instead of tracing's spans: entering costs nanoseconds, and a request has one scope.

use std::sync::Arc;

use crate::trace::TraceContext;

#[derive(Debug, Clone)]
pub struct Scope {
    pub trace: TraceContext,
    /// Empty where no tenant is known yet.
    pub tenant: Arc<str>,
    pub market: Arc<str>,
}

tokio::task_local! {
    static CURRENT: Scope;
}

impl Scope {
    /// Runs the future within this scope.
    pub async fn around<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

/// What `read` makes of the present scope, if there is one.
pub fn current<T>(read: impl FnOnce(&Scope) -> T) -> Option<T> {
    CURRENT.try_with(read).ok()
}
