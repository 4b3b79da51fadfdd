//! What follows events, and the chores: who listens to what, in one page.

use std::sync::Arc;

use bus::{Consumer, Job, JobHandler, JobTrouble, Registry, Schedule, Trouble};
use civic::request::decide::{REPORTED, Reported};
use kernel::{Clock, Decision};
use store::{Event, Kind, Market};

/// Everything that this program does after the fact.
pub fn registry(clock: Arc<dyn Clock>) -> Result<Registry, bus::BadSchedule> {
    let mut registry = Registry::default()
        .consumer(Kind::Market, CountByCategory)
        .handler(ForgetAnswers { clock });
    for kind in [Kind::Home, Kind::Market] {
        registry = registry.schedule(kind, Schedule::new("web.forget_answers", "17 * * * *", FORGET_ANSWERS)?);
    }
    Ok(registry)
}

/// Keeps `category_count`.
struct CountByCategory;

impl Consumer for CountByCategory {
    fn name(&self) -> &'static str {
        "civic.count_by_category"
    }

    fn wants(&self, event: &str) -> bool {
        event == REPORTED
    }

    async fn handle(&self, _: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let mut categories = Vec::with_capacity(events.len());
        for event in events {
            let reported: Reported =
                serde_json::from_str(&event.body).map_err(|error| Trouble::Failed(error.to_string()))?;
            categories.push(reported.category);
        }
        Ok(civic::category::decide::count(categories.iter().map(String::as_str)))
    }
}

const FORGET_ANSWERS: &str = "web.forget_answers";

/// Answers kept for repeated keys, once their day is over.
struct ForgetAnswers {
    clock: Arc<dyn Clock>,
}

impl JobHandler for ForgetAnswers {
    fn kind(&self) -> &'static str {
        FORGET_ANSWERS
    }

    async fn run(&self, _: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        Ok(Decision::nothing().change(web::forget_before(self.clock.now())))
    }
}
