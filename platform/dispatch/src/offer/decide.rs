use kernel::jiff::{SignedDuration, Timestamp};
use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, NewEvent, NewJob as Later, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};

use super::model::{Job, JobId, JobState, NewJob, Offer, OfferId, OfferState, Proposal, Timing};
use super::repo;
use crate::limits;
use crate::position::WorkerId;
use crate::position::decide::day_number;
use crate::position::model::Worker;

pub const REQUESTED: &str = "job.requested";
pub const OFFERED: &str = "job.offered";
pub const ASSIGNED: &str = "job.assigned";
pub const PICKED_UP: &str = "job.picked_up";
pub const DONE: &str = "job.done";
pub const CANCELLED: &str = "job.cancelled";
/// Nobody was found in all tries: a person is to see to it.
pub const UNSERVED: &str = "job.unserved";

/// The kind of job in the background that looks for workers.
pub const WINDOW: &str = "dispatch.window";
/// The kind that ends offers nobody answered.
pub const EXPIRE: &str = "dispatch.expire";

/// Windows begin at full multiples of that, so that whoever asks for the next asks for the same.
const WINDOW_EVERY: SignedDuration = SignedDuration::from_secs(3);
/// After its expiry an offer is ended at a full second, together with its neighbours.
const EXPIRE_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// What followers of all events of a job learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobTold {
    pub job: JobId,
    pub kind: String,
    /// What it is about, in the app that asked for it.
    pub subject: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

impl JobTold {
    fn of(id: JobId, what: &NewJob) -> Self {
        let (kind, subject) = (what.kind.clone(), what.subject);
        Self { job: id, kind, subject, worker: None, offer: None, expires: None }
    }

    fn event(self, name: &'static str) -> NewEvent {
        NewEvent::new(name, self.job, &self)
    }
}

fn event(name: &'static str, job: &Job) -> NewEvent {
    JobTold { worker: job.worker, ..JobTold::of(job.id, &job.what) }.event(name)
}

/// The next window that begins after a moment.
pub fn look_soon(from: Timestamp) -> Later {
    in_slot(WINDOW, from, WINDOW_EVERY)
}

/// The next look for offers that have expired.
pub fn expire_soon(from: Timestamp) -> Later {
    in_slot(EXPIRE, from, EXPIRE_EVERY)
}

fn in_slot(kind: &'static str, from: Timestamp, slot: SignedDuration) -> Later {
    let slot = slot.as_secs();
    let number = from.as_second().div_euclid(slot) + 1;
    let due = Timestamp::from_second(number * slot).unwrap_or(from);
    Later::new(kind, due, &()).once(format!("{kind}:{number}"))
}

/// A job from now on. Asked for again while it is there nothing happens; one that was cancelled is wanted
/// once more.
pub fn request(known: Option<&Job>, new: &NewJob, ctx: &Ctx<'_>) -> Result<(Decision, JobId), Refusal> {
    let faults = faults(new);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let (id, change) = match known {
        None => {
            let id = ctx.fresh();
            (id, repo::add_job(id, new, ctx.now))
        }
        Some(job) if job.state == JobState::Cancelled => (job.id, repo::revive_job(job, new, ctx.now)),
        Some(job) => return Ok((Decision::nothing(), job.id)),
    };
    let told = JobTold::of(id, new).event(REQUESTED);
    Ok((Decision::nothing().change(change).event(told).job(look_soon(ctx.now)), id))
}

fn faults(new: &NewJob) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, code, message: &'static str| faults.push(Fault::new(field, code, message));
    if new.kind.is_empty() || new.kind.len() > limits::KIND_LENGTH_MAX {
        fault("/kind", "bad_length", "Name the kind in few letters.");
    }
    if !(1..=limits::CAPACITY_MAX).contains(&new.load) {
        fault("/load", "out_of_range", "It takes something of a worker's capacity, and not more than all.");
    }
    if new.modes.list().is_empty() {
        fault("/modes", "missing", "Say by what it may be brought.");
    }
    if new.due < new.ready {
        fault("/due", "too_early", "It cannot be due before it is ready.");
    }
    if new.pay < 0 {
        fault("/pay", "out_of_range", "Nobody pays for working.");
    }
    faults.extend(text::fault("/kind", &new.kind, Lines::One));
    faults
}

/// Those who may not be offered it: they have it to answer, said no, or gave it back; and for a while those
/// who gave no answer.
pub fn is_passed_over(offers: &[Offer], worker: WorkerId, timing: &Timing, now: Timestamp) -> bool {
    offers.iter().filter(|offer| offer.worker == worker).any(|offer| match offer.state {
        OfferState::Open | OfferState::Refused | OfferState::Accepted => true,
        OfferState::Expired => now.duration_since(offer.expires) < timing.again,
        OfferState::Withdrawn => false,
    })
}

/// Offered to these, as far as they may be asked and not too many have it to answer. `offers` are all that
/// were made of it.
pub fn offer(
    job: &Job,
    offers: &[Offer],
    proposals: &[Proposal],
    timing: &Timing,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Vec<Offer>), Refusal> {
    if !job.state.is_looking() {
        return Err(not_looking());
    }
    let after = |wait: SignedDuration| ctx.now.saturating_add(wait).unwrap_or(ctx.now);
    let open: Vec<&Offer> = offers.iter().filter(|offer| offer.state == OfferState::Open).collect();
    let room = timing.open_max.saturating_sub(open.len());
    let mut made: Vec<Offer> = Vec::new();
    for proposal in proposals {
        let is_passed_over =
            [offers, &made].iter().any(|its| is_passed_over(its, proposal.worker, timing, ctx.now));
        if made.len() < room && !is_passed_over {
            made.push(Offer {
                id: ctx.fresh(),
                job: job.id,
                worker: proposal.worker,
                state: OfferState::Open,
                metres: proposal.metres,
                seconds: proposal.seconds,
                made: ctx.now,
                expires: after(timing.answer),
            });
        }
    }
    let Some(last) = made.last() else { return Ok((Decision::nothing(), made)) };
    let is_full = open.len() + made.len() >= timing.open_max;
    let first_end = open.iter().map(|offer| offer.expires).chain([last.expires]).min();
    let look = if is_full { first_end.unwrap_or(last.expires) } else { after(timing.stagger) };
    let told = made.iter().map(|offer| {
        let (worker, id, expires) = (Some(offer.worker), Some(offer.id), Some(offer.expires));
        JobTold { worker, offer: id, expires, ..JobTold::of(job.id, &job.what) }.event(OFFERED)
    });
    let after = Job { state: JobState::Offered, look, ..job.clone() };
    let mut decision = Decision::nothing()
        .change(repo::put_job(&after, ctx.now))
        .changes(made.iter().map(repo::add_offer))
        .job(expire_soon(last.expires))
        .job(look_soon(look));
    decision.events.extend(told);
    Ok((decision, made))
}

fn offer_gone() -> Refusal {
    Refusal::new(RefusalKind::Gone, "offer_gone", "Somebody else has it, or it is not offered any more.")
}

fn worker_full() -> Refusal {
    Refusal::conflict("worker_full", "There is as much at hand as can be carried.")
}

fn not_looking() -> Refusal {
    Refusal::conflict("job_not_open", "Nobody is looked for any more.")
}

/// The worker's own from now on. Said twice, it is theirs already and nothing happens.
pub fn accept(job: &Job, offer: &Offer, worker: Option<&Worker>, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let is_theirs = job.worker == Some(offer.worker) && offer.state == OfferState::Accepted;
    if is_theirs && matches!(job.state, JobState::Assigned | JobState::Done) {
        return Ok(Decision::nothing());
    }
    if job.state != JobState::Offered || offer.state != OfferState::Open || offer.expires <= ctx.now {
        return Err(offer_gone());
    }
    give(job, Some(offer.id), may_take(worker, job)?, None, ctx)
}

fn may_take<'a>(worker: Option<&'a Worker>, job: &Job) -> Result<&'a Worker, Refusal> {
    let worker = worker.filter(|worker| worker.on_duty);
    let worker = worker.ok_or_else(|| Refusal::conflict("off_duty", "Go on duty first."))?;
    if worker.duty.has_room_for(job.what.load) { Ok(worker) } else { Err(worker_full()) }
}

/// The job's row first: whoever comes second waits there, and has locked nothing.
fn give(
    job: &Job,
    offer: Option<OfferId>,
    worker: &Worker,
    before: Option<WorkerId>,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    let day = day_number(ctx);
    let after = Job {
        state: JobState::Assigned,
        worker: Some(worker.id),
        picked_up: false,
        look: ctx.now,
        ..job.clone()
    };
    let load = i64::from(job.what.load);
    let mut loads = vec![(worker.id, load)];
    loads.extend(before.map(|before| (before, -load)));
    // In the order of their ids, so that two who change the same two do not wait for each other.
    loads.sort_unstable();
    let loads = loads.into_iter().map(|(who, more)| {
        let change = repo::load(who, more, (day, 0), ctx.now);
        if more > 0 { change.or_refuse(worker_full()) } else { change }
    });
    Ok(Decision::nothing()
        .change(repo::put_job(&after, ctx.now))
        .changes(loads)
        .change(repo::close_offers(job.id, offer, ctx.now))
        .event(JobTold { offer, worker: after.worker, ..JobTold::of(job.id, &job.what) }.event(ASSIGNED)))
}

/// Not for them, ever. `offers` are all of the job.
pub fn refuse(job: &Job, offer: &Offer, offers: &[Offer], ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    if offer.state == OfferState::Refused {
        return Ok(Decision::nothing());
    }
    if offer.state != OfferState::Open || job.state != JobState::Offered {
        return Err(offer_gone());
    }
    let others = offers.iter().any(|its| its.id != offer.id && its.state == OfferState::Open);
    Ok(Decision::nothing()
        .change(repo::put_job(&looking(job, others, ctx.now), ctx.now))
        .change(repo::end_offer(offer.id, OfferState::Refused, ctx.now))
        .job(look_soon(ctx.now)))
}

fn looking(job: &Job, is_offered: bool, look: Timestamp) -> Job {
    let state = if is_offered { JobState::Offered } else { JobState::Waiting };
    Job { state, look, ..job.clone() }
}

/// What nobody answered in time is over. `offers` are all of the job.
pub fn expire(job: &Job, offers: &[Offer], ctx: &Ctx<'_>) -> Decision {
    let (over, open): (Vec<&Offer>, Vec<&Offer>) = offers
        .iter()
        .filter(|offer| offer.state == OfferState::Open)
        .partition(|offer| offer.expires <= ctx.now);
    if over.is_empty() || job.state != JobState::Offered {
        return Decision::nothing();
    }
    Decision::nothing()
        .change(repo::put_job(&looking(job, !open.is_empty(), ctx.now), ctx.now))
        .change(repo::expire_offers(job.id, ctx.now))
        .job(look_soon(ctx.now))
}

/// A look that found nobody more: after a while the search goes farther, and after all tries a person is
/// told, unless somebody still has it to answer.
pub fn nobody(job: &Job, is_offered: bool, timing: &Timing, ctx: &Ctx<'_>) -> Decision {
    let waited = ctx.now.duration_since(job.since).as_millis();
    let each = timing.retry.as_millis().max(1);
    let tries = u16::try_from(waited / each).unwrap_or(u16::MAX);
    let tries = if is_offered { tries.min(timing.rings.tries() - 1) } else { tries };
    // Farther than the last ring, and to the person again, it does not go.
    if !job.state.is_looking() || job.alerted || tries <= job.tries {
        return Decision::nothing();
    }
    let ring = tries.min(timing.rings.tries() - 1);
    let tell = tries >= timing.rings.tries();
    let after = Job { tries, ring, alerted: tell, ..job.clone() };
    let decision = Decision::nothing().change(repo::put_job(&after, ctx.now));
    if tell { decision.event(event(UNSERVED, job)) } else { decision }
}

/// A person gives it to somebody, or takes it back so that somebody else is found.
pub fn reassign(job: &Job, to: Option<&Worker>, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    if job.state.is_over() {
        return Err(not_looking());
    }
    let before = job.worker;
    match to {
        Some(worker) if before == Some(worker.id) => Ok(Decision::nothing()),
        Some(worker) => give(job, None, may_take(Some(worker), job)?, before, ctx),
        None if before.is_none() => Ok(Decision::nothing()),
        None => {
            let after = Job {
                state: JobState::Waiting,
                worker: None,
                picked_up: false,
                tries: 0,
                ring: 0,
                look: ctx.now,
                alerted: false,
                since: ctx.now,
                ..job.clone()
            };
            Ok(Decision::nothing()
                .change(repo::put_job(&after, ctx.now))
                .changes(unload(job, 0, ctx))
                .job(look_soon(ctx.now)))
        }
    }
}

fn unload(job: &Job, earned: i64, ctx: &Ctx<'_>) -> Option<kernel::Change> {
    let load = i64::from(job.what.load);
    job.worker.map(|worker| repo::load(worker, -load, (day_number(ctx), earned), ctx.now))
}

fn must_be_theirs(job: &Job, worker: WorkerId) -> Result<(), Refusal> {
    match job.state {
        JobState::Assigned if job.worker == Some(worker) => Ok(()),
        _ => Err(Refusal::conflict("job_not_yours", "It is not yours to do, or not any more.")),
    }
}

/// The worker has it on board.
pub fn picked_up(job: &Job, worker: WorkerId, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    must_be_theirs(job, worker)?;
    if job.picked_up {
        return Ok(Decision::nothing());
    }
    let after = Job { picked_up: true, ..job.clone() };
    Ok(Decision::nothing().change(repo::put_job(&after, ctx.now)).event(event(PICKED_UP, job)))
}

/// Brought, and earned.
pub fn done(job: &Job, worker: WorkerId, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    if job.state == JobState::Done && job.worker == Some(worker) {
        return Ok(Decision::nothing());
    }
    must_be_theirs(job, worker)?;
    let after = Job { state: JobState::Done, ..job.clone() };
    Ok(Decision::nothing()
        .change(repo::put_job(&after, ctx.now))
        .changes(unload(job, job.what.pay, ctx))
        .event(event(DONE, job)))
}

/// Not wanted any more, whoever has it.
pub fn cancel(job: &Job, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    match job.state {
        JobState::Cancelled => return Ok(Decision::nothing()),
        JobState::Done => return Err(Refusal::conflict("job_done", "It is done already.")),
        _ => {}
    }
    let after = Job { state: JobState::Cancelled, ..job.clone() };
    Ok(Decision::nothing()
        .change(repo::put_job(&after, ctx.now))
        .changes(unload(job, 0, ctx))
        .change(repo::close_offers(job.id, None, ctx.now))
        .event(event(CANCELLED, job)))
}

/// Ready or due at another time than was thought.
pub fn retime(job: &Job, ready: Timestamp, due: Timestamp, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    if job.state.is_over() || (job.what.ready, job.what.due) == (ready, due) {
        return Ok(Decision::nothing());
    }
    let what = NewJob { ready, due, ..job.what.clone() };
    let faults = faults(&what);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    Ok(Decision::nothing().change(repo::put_job(&Job { what, ..job.clone() }, ctx.now)))
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
