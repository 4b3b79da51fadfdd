//! Takes every staff action into the log.

use bus::{Consumer, Trouble};
use kernel::{Actor, Decision};
use serde::Deserialize;
use store::{Event, Market};

use super::chain::{self, Head};
use super::repo;

/// Keeps the log.
pub struct Audit;

/// Settings are changed by staff only; of requests, what was done at a desk.
const SETTINGS: [&str; 7] = ["rules.", "agency.", "team.", "category.", "area.", "hours.", "audit."];

impl Consumer for Audit {
    fn name(&self) -> &'static str {
        "civic.audit"
    }

    fn wants(&self, event: &str) -> bool {
        event.starts_with("request.") || SETTINGS.iter().any(|its| event.starts_with(its))
    }

    async fn handle(&self, market: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let staff: Vec<&Event> = events.iter().filter(|event| is_staff(event)).collect();
        let Some(first) = staff.first() else { return Ok(Decision::nothing()) };
        let head = repo::head(market).await?;
        // Positions grow, unless an operator lets events come again.
        let known = if first.pos > head.pos {
            vec![false; staff.len()]
        } else {
            let positions: Vec<i64> = staff.iter().map(|event| event.pos).collect();
            repo::known(market, &positions).await?
        };
        let fresh = staff.into_iter().zip(known).filter(|(_, known)| !known).map(|(event, _)| event);
        Ok(append(head, fresh))
    }
}

/// The log with these events added to it.
pub fn append<'e>(head: Head, events: impl IntoIterator<Item = &'e Event>) -> Decision {
    let (mut at, mut decision) = (head, Decision::nothing());
    for event in events {
        let (entry, after) = chain::append(&at, event);
        decision = decision.change(repo::add(&entry));
        at = after;
    }
    if decision.is_nothing() { decision } else { decision.change(repo::set_head(&head, &at)) }
}

/// Whether somebody of the city did this, as a person or by a program with their key.
pub fn is_staff(event: &Event) -> bool {
    #[derive(Deserialize)]
    struct AtDesk {
        desk: Option<serde::de::IgnoredAny>,
    }
    let is_somebody = matches!(event.actor, Actor::Person(_) | Actor::Key(_));
    // What cannot be read is kept rather than lost.
    let is_desk = || serde_json::from_str::<AtDesk>(&event.body).map_or(true, |it| it.desk.is_some());
    is_somebody && (!event.name.starts_with("request.") || is_desk())
}
