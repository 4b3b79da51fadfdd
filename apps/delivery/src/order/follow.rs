//! What payments make of orders: after each piece of news it is looked what is to be done.

use bus::{Consumer, Trouble};
use geo::Point;
use kernel::{Decision, Id, NewJob};
use money::payment::pen;
use store::{Event, Market};

use super::jobs::{Errand, NEXT};
use super::{around, event};
use crate::claim::{self, trouble};
use crate::forecast;

pub struct FollowPayments;

const WANTED: [&str; 9] = [
    pen::AUTHORISED,
    pen::CAPTURED,
    pen::CAPTURE_FAILED,
    pen::FAILED,
    pen::CANCELLED,
    pen::EXPIRED,
    pen::REFUNDED,
    pen::REFUND_FAILED,
    pen::CHARGED_BACK,
];

impl Consumer for FollowPayments {
    fn name(&self) -> &'static str {
        "delivery.payments"
    }

    fn wants(&self, event: &str) -> bool {
        WANTED.contains(&event)
    }

    async fn handle(&self, _: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let mut decision = Decision::nothing();
        for event in events {
            let told: pen::Told =
                serde_json::from_str(&event.body).map_err(|error| Trouble::Failed(error.to_string()))?;
            // An order paid inside the house was certain when it was placed.
            if event.name == pen::AUTHORISED && !told.method.is_outside() {
                continue;
            }
            let errand = Errand { order: Id::from_raw(told.about) };
            // What cannot be taken, asking again at once would not change.
            if event.name != pen::CAPTURE_FAILED {
                decision = decision.job(NewJob::new(NEXT, event.at, &errand));
            }
            if let Some(what) = trouble::jobs::named(&event.name) {
                let found = trouble::jobs::Errand { order: errand.order, what, refund: told.refund };
                decision = decision.job(trouble::jobs::later(found, event.at));
            }
            if let Some(refund) = told.refund {
                decision = decision.job(claim::jobs::of_refund(refund, event.at));
            }
        }
        Ok(decision)
    }
}

/// What is asked for: counted by hour for the forecast, and looked at for the fee.
pub struct CountOrders;

impl Consumer for CountOrders {
    fn name(&self) -> &'static str {
        "delivery.counts"
    }

    fn wants(&self, event: &str) -> bool {
        matches!(event, event::PLACED | event::ASSURED)
    }

    async fn handle(&self, _: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let assured = events.iter().filter(|it| it.name == event::ASSURED);
        let told = assured.filter_map(|it| Some((event::about(it)?.1, it.at)));
        let placed = told.filter_map(|(told, at)| Some((Point::from_e7(told.from.0, told.from.1).ok()?, at)));
        let decision = Decision::nothing().changes(forecast::feed::counted(placed));
        Ok(match events.last() {
            Some(last) => decision.job(around::soon(last.at)),
            None => decision,
        })
    }
}
