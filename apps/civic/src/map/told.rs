//! What the counters hear: how each request stood before and how it stands after.

use bus::Trouble;
use store::Event;

use crate::request::event::{self, Facts, Imported};
use crate::request::model::Status;

/// The order in which statuses are numbered in counters, and shown where there is room for few.
pub const STATUSES: [Status; 7] = [
    Status::Open,
    Status::InProgress,
    Status::UnderReview,
    Status::PendingExternal,
    Status::Resolved,
    Status::Closed,
    Status::Reopened,
];

pub fn status_number(status: Status) -> usize {
    STATUSES.iter().position(|its| *its == status).unwrap_or_default()
}

/// One request's step. Nothing before: it is new. Nothing after: it was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    pub before: Option<Facts>,
    pub after: Option<Facts>,
}

/// Whether an event says how a request stood and stands. Each such step is told by one event only.
pub fn is_heard(name: &str) -> bool {
    matches!(
        name,
        event::REPORTED
            | event::CHANGED
            | event::ROUTED
            | event::MERGED
            | event::UNMERGED
            | event::ERASED
            | event::ARCHIVED
            | event::RESTORED
            | event::IMPORTED
    )
}

pub fn shifts(event: &Event) -> Result<Vec<Shift>, Trouble> {
    if event.name == event::IMPORTED {
        let imported: Imported =
            serde_json::from_str(&event.body).map_err(|error| Trouble::Failed(error.to_string()))?;
        let new = |facts| Shift { before: None, after: Some(facts) };
        return Ok(imported.requests.into_iter().map(new).collect());
    }
    let told = event::read(event)?;
    Ok(vec![Shift { before: told.before, after: told.after }])
}

/// Whether the public sees a request by itself: a hidden one not at all, a merged one is one with the
/// request it was merged into.
pub fn is_seen(facts: &Facts) -> bool {
    !facts.hidden && facts.merged.is_none()
}
