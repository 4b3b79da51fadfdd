//! A report of a category that is another system's becomes a forward, with the report's own cursor: it
//! is sent once, whatever is delivered twice.

use std::collections::BTreeMap;

use bus::{Consumer, Trouble};
use kernel::{Decision, NewJob};
use store::{Event, Market};

use super::jobs::{SEND, Which};
use super::repo;
use crate::request::event::{self, REPORTED};
use crate::request::model::RequestId;

pub struct Forwarder;

impl Consumer for Forwarder {
    fn name(&self) -> &'static str {
        "civic.forward"
    }

    fn wants(&self, event: &str) -> bool {
        event == REPORTED
    }

    async fn handle(&self, market: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let forwardings = repo::forwardings(market).await?;
        if forwardings.is_empty() {
            return Ok(Decision::nothing());
        }
        let by_category: BTreeMap<&str, _> =
            forwardings.iter().map(|it| (it.category.as_str(), it)).collect();
        let mut decision = Decision::nothing();
        for happened in events {
            let Some(facts) = event::read(happened)?.after else { continue };
            if let Some(forwarding) = by_category.get(facts.category.as_str()) {
                let which = Which { request: RequestId::from_raw(happened.subject) };
                decision = decision
                    .change(repo::add(happened.subject, forwarding, happened.at))
                    .job(NewJob::new(SEND, happened.at, &which));
            }
        }
        Ok(decision)
    }
}
