//! What happened while somebody was away.

use store::{Market, StoreError};

use super::step::{Step, Topic};
use super::{limits, tail};

/// What there is to tell after one position and up to another; nothing where that is too much, and it is
/// easier to read anew how things stand.
pub async fn between(
    market: &Market,
    topic: Topic,
    mut after: i64,
    to: i64,
) -> Result<Option<Vec<Step>>, StoreError> {
    if to.saturating_sub(after) > limits::MISSED_EVENTS_MAX {
        return Ok(None);
    }
    let mut missed = Vec::new();
    while after < to {
        let events = tail::page(market, after).await?;
        let Some(last) = events.last().map(|event| event.pos) else { break };
        let steps = events.iter().filter(|event| event.pos <= to).filter_map(Step::of);
        missed.extend(steps.filter(|step| topic.hears(step)));
        if missed.len() > limits::MISSED_STEPS_MAX {
            return Ok(None);
        }
        after = last;
    }
    Ok(Some(missed))
}
