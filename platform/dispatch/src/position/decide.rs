use std::collections::BTreeMap;

use kernel::jiff::civil::Time;
use kernel::jiff::{SignedDuration, Timestamp, ToSpan};
use kernel::{Ctx, Decision, Fault, NewEvent, NewJob, Refusal, values};
use serde::{Deserialize, Serialize};

use super::model::{Sample, Worker};
use super::ping::{Duty, WorkerId};
use super::repo;
use crate::limits;
use crate::mode::Mode;

pub const ON_DUTY: &str = "worker.on_duty";
pub const OFF_DUTY: &str = "worker.off_duty";
pub const ASKED: &str = "worker.asked";
pub const ADMITTED: &str = "worker.admitted";
pub const EXPELLED: &str = "worker.expelled";
/// The kind of job that removes samples that are too old.
pub const PRUNE: &str = "dispatch.prune";

/// What followers of both learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyTold {
    pub worker: WorkerId,
    pub mode: Mode,
    pub capacity: u16,
}

/// Somebody would like to work here.
pub fn ask(worker: WorkerId, standing: Option<bool>, ctx: &Ctx<'_>) -> Decision {
    match standing {
        Some(_) => Decision::nothing(),
        None => Decision::nothing()
            .change(repo::ASK.with(values![worker, ctx.now]).any_rows())
            .event(NewEvent::new(ASKED, worker, &())),
    }
}

/// A manager lets somebody work who asked to.
pub fn admit(worker: WorkerId, standing: Option<bool>, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    match standing {
        None => Err(Refusal::not_found()),
        Some(true) => Ok(Decision::nothing()),
        Some(false) => Ok(Decision::nothing()
            .change(repo::ADMIT.with(values![worker, ctx.now]))
            .event(NewEvent::new(ADMITTED, worker, &()))),
    }
}

/// Works here no more, or is not to; what they have at hand is given to others by a person.
pub fn expel(known: Option<&Worker>, worker: WorkerId, ctx: &Ctx<'_>) -> Decision {
    go_off(known, ctx).change(repo::EXPEL.with(values![worker]).any_rows()).event(NewEvent::new(
        EXPELLED,
        worker,
        &(),
    ))
}

/// On duty with this from now on; what they have at hand stays theirs.
pub fn go_on(
    known: Option<&Worker>,
    worker: WorkerId,
    mode: Mode,
    capacity: u16,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Duty), Refusal> {
    let load = known.map_or(0, |known| known.duty.load);
    if !(1..=limits::CAPACITY_MAX).contains(&capacity) {
        let message = format!("Between 1 and {}.", limits::CAPACITY_MAX);
        return Err(Refusal::invalid(vec![Fault::new("/capacity", "out_of_range", message)]));
    }
    if capacity < load {
        let message = format!("There is {load} at hand already, which is more.");
        return Err(Refusal::invalid(vec![Fault::new("/capacity", "too_little", message)]));
    }
    let duty = Duty { mode, capacity, load };
    if known.is_some_and(|known| known.on_duty && known.duty == duty) {
        return Ok((Decision::nothing(), duty));
    }
    let change = repo::GO_ON.with(values![worker, mode.number(), capacity, ctx.now]);
    let event = NewEvent::new(ON_DUTY, worker, &DutyTold { worker, mode, capacity });
    Ok((Decision::nothing().change(change).event(event), duty))
}

/// Off duty: no more offers. What they have at hand stays theirs to finish.
pub fn go_off(known: Option<&Worker>, ctx: &Ctx<'_>) -> Decision {
    let Some(Worker { id, duty, on_duty: true, .. }) = known else { return Decision::nothing() };
    let told = DutyTold { worker: *id, mode: duty.mode, capacity: duty.capacity };
    Decision::nothing()
        .change(repo::GO_OFF.with(values![*id, ctx.now]))
        .event(NewEvent::new(OFF_DUTY, *id, &told))
}

/// Samples as rows, and the last of each worker as where they are.
pub fn keep(samples: &[Sample], ctx: &Ctx<'_>) -> Decision {
    if samples.is_empty() {
        return Decision::nothing();
    }
    let mut last: BTreeMap<WorkerId, &Sample> = BTreeMap::new();
    for sample in samples {
        let known = last.entry(sample.worker).or_insert(sample);
        if sample.ping.is_newer_than(&known.ping) {
            *known = sample;
        }
    }
    let rows = samples.iter().map(|sample| repo::sampled(ctx.ids.next(), sample));
    Decision::nothing().changes(rows).changes(last.into_values().map(repo::moved)).job(prune_next(ctx))
}

/// The coming night; whoever asks on the same day asks for the same one.
fn prune_next(ctx: &Ctx<'_>) -> NewJob {
    let day = ctx.now.to_zoned(ctx.zone.clone()).date();
    let night = day.saturating_add(1.day()).to_datetime(Time::constant(3, 37, 0, 0));
    let due = night.to_zoned(ctx.zone.clone()).map_or(ctx.now, |night| night.timestamp());
    NewJob::new(PRUNE, due, &()).once(format!("{PRUNE}:{day}"))
}

/// Some of what is older than that is gone.
pub fn prune(now: Timestamp, kept: SignedDuration) -> Decision {
    let before = kernel::first_id_at(now.saturating_sub(kept).unwrap_or(Timestamp::MIN));
    let change = repo::PRUNE.with(values![before, limits::PRUNED_AT_ONCE]);
    Decision::nothing().change(change.any_rows())
}

/// The number of a day in the market's calendar, for what is counted by days.
pub fn day_number(ctx: &Ctx<'_>) -> i64 {
    let date = ctx.now.to_zoned(ctx.zone.clone()).date();
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}
