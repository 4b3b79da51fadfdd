//! What follows a report: the count of its category.

use bus::{Consumer, Trouble};
use kernel::Decision;
use store::{Event, Market};

use super::{decide, repo};
use crate::request::event::{self, IMPORTED, REPORTED};

/// Keeps `category_count`.
pub struct CountByCategory;

impl Consumer for CountByCategory {
    fn name(&self) -> &'static str {
        "civic.count_by_category"
    }

    fn wants(&self, event: &str) -> bool {
        event == REPORTED || event == IMPORTED
    }

    async fn handle(&self, _: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let mut categories = Vec::with_capacity(events.len());
        for event in events {
            if event.name == IMPORTED {
                let imported = event::read_imported(event)?.requests;
                categories.extend(imported.into_iter().map(|facts| facts.category));
            } else {
                categories.extend(event::read(event)?.after.map(|facts| facts.category));
            }
        }
        Ok(decide::count(categories.iter().map(String::as_str)))
    }

    fn clear(&self) -> Option<Decision> {
        Some(Decision::nothing().change(repo::clear_counts()))
    }
}
