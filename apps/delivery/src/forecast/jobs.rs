//! Every night, by the market's clocks, each cell's model is fitted anew.

use std::sync::Arc;

use bus::{BadSchedule, Directory, Job, JobHandler, JobTrouble, Schedule};
use geo::Cell;
use kernel::{Clock, Decision};
use store::Market;

use super::calendar::{Calendar, HOUR_S};
use super::model::Fitted;
use super::{limits, repo, score};
use crate::demand::limits::CELL_LEVEL;
use crate::settings::RuleBook;

pub const FIT: &str = "delivery.fit_forecast";

pub fn schedule() -> Result<Schedule, BadSchedule> {
    Schedule::new(FIT, "40 3 * * *", FIT)
}

pub struct FitForecast {
    pub clock: Arc<dyn Clock>,
    pub rules: Arc<RuleBook>,
    pub directory: Arc<dyn Directory>,
}

impl JobHandler for FitForecast {
    fn kind(&self) -> &'static str {
        FIT
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let zone = self.directory.zone(market);
        let zone = zone.ok_or_else(|| JobTrouble::Retry("where it lies is not known here".into()))?;
        let now = self.clock.now();
        let rules = self.rules.of(market).await?;
        let calendar = Calendar::new(&rules.at(now).forecast, zone);
        let to = now.as_second().div_euclid(HOUR_S);
        let from = to - 24 * limits::HISTORY_DAYS;
        let mut fitted = Vec::new();
        for code in repo::busiest(market, from, to).await? {
            let series = repo::series(market, code, from, to).await?;
            let tried = score::tried(&series, &calendar);
            if let (Some(cell), Some((model, score))) = (Cell::new(CELL_LEVEL, code), tried) {
                fitted.push(Fitted { cell, at: now, model, score });
            }
        }
        let present = repo::all(market).await?;
        Ok(repo::replace(&fitted, &present, to - 24 * limits::COUNTS_KEPT_DAYS))
    }
}
