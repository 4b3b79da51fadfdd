use dispatch::offer::JobId;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, Id, NewJob, Person, Refusal};

use super::event;
use super::jobs::{Errand, NEXT};
use super::model::{Order, Paid};
use super::repo;
use super::state::{self, Needs, Role, Status};
use crate::fee::quote::cancel_charge;
use crate::limits;
use crate::settings::Settings;

/// How an order is after a step, and what makes it so.
pub type Step = (Decision, Order);

/// What somebody at the door shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    Pin(String),
    /// A picture that was sent.
    Photo(String),
    /// An operator's word.
    Word,
}

/// A new order; `pin` comes from outside, as ids do.
pub fn place(order: &Order, ctx: &Ctx<'_>) -> Decision {
    let role = Role::Buyer;
    let decision = Decision::nothing()
        .change(repo::add(order))
        .change(repo::note(order, order.version, ctx.actor, role, None, ctx.now))
        .event(event::of(event::PLACED, None, order, role));
    if order.paid == Paid::Assured {
        decision.event(event::of(event::ASSURED, None, order, role))
    } else {
        decision
    }
}

/// Brings it where it may go.
pub fn step(
    before: &Order,
    to: Status,
    role: Role,
    reason: Option<&str>,
    settings: &Settings,
    ctx: &Ctx<'_>,
) -> Result<Step, Refusal> {
    let needs = state::may(before.status, to, role, before.is_fetched());
    let needs = needs.ok_or_else(|| state::refuse(before.status, to))?;
    let reason = given(reason, needs)?;
    if to == Status::Confirmed && before.paid == Paid::Waiting {
        return Err(Refusal::conflict("not_paid", "This order is not paid for yet."));
    }
    let mut after = Order { status: to, since: ctx.now, stuck: false, reason, ..before.clone() };
    if to == Status::Cancelled {
        after.kept = kept(before, role, settings, ctx.now)?;
    }
    Ok((moved(before, &after, role, ctx), after))
}

/// The rows, the history, the event, and whatever is to be done elsewhere.
fn moved(before: &Order, after: &Order, role: Role, ctx: &Ctx<'_>) -> Decision {
    let (version, reason) = (before.version + 1, after.reason.as_deref());
    let decision = Decision::nothing()
        .change(repo::put(after))
        .change(repo::note(after, version, ctx.actor, role, reason, ctx.now))
        .event(event::of(event::MOVED, Some(before), after, role));
    if after.status.is_over() { decision.job(next(after, ctx.now)) } else { decision }
}

/// What is to be done for it elsewhere is looked for again.
pub fn next(order: &Order, now: Timestamp) -> NewJob {
    NewJob::new(NEXT, now, &Errand { order: order.id })
}

/// For how many minutes an order may stand before somebody is told.
fn stands_min(status: Status, settings: &Settings) -> u32 {
    let stuck = &settings.stuck;
    match status {
        Status::Pending => stuck.pending_min,
        Status::Confirmed => stuck.confirmed_min,
        Status::Preparing => stuck.preparing_min,
        Status::Ready => stuck.ready_min,
        Status::PickedUp => stuck.picked_up_min,
        Status::InTransit | Status::Delivered | Status::Cancelled => stuck.in_transit_min,
    }
}

pub fn stands_least_min(settings: &Settings) -> u32 {
    Status::ALL.into_iter().map(|status| stands_min(status, settings)).min().unwrap_or(0)
}

fn given(reason: Option<&str>, needs: Needs) -> Result<Option<String>, Refusal> {
    let reason = reason.map(str::trim).filter(|it| !text::is_blank(it));
    let fault = match (reason, needs) {
        (None, Needs::Reason) => Some(Fault::new("/reason", "missing", "Say why.")),
        (Some(it), _) if it.chars().count() > limits::REASON_CHARS_MAX => {
            Some(Fault::new("/reason", "too_long", "A reason has at most 500 letters."))
        }
        (Some(it), _) => text::fault("/reason", it, Lines::Many),
        (None, Needs::Nothing) => None,
    };
    match fault {
        Some(fault) => Err(Refusal::invalid(vec![fault])),
        None => Ok(reason.map(str::to_owned)),
    }
}

/// A buyer who cancels what was accepted long enough ago pays a share of the goods; nobody else's
/// cancelling costs the buyer anything.
fn kept(before: &Order, role: Role, settings: &Settings, now: Timestamp) -> Result<i64, Refusal> {
    if role != Role::Buyer || before.status == Status::Pending || before.paid == Paid::Waiting {
        return Ok(0);
    }
    let minutes = now.duration_since(before.at).as_mins().clamp(0, i64::from(u32::MAX)) as u32;
    let charge = cancel_charge(settings, before.quote().goods, minutes)?;
    // Cash was never given, and no more is kept than was.
    let method = before.fixed.method;
    let is_there = method.is_some_and(|method| method != money::payment::model::Method::Cash);
    Ok(if is_there { charge.minor().min(before.quote().sources.buyer.minor()) } else { 0 })
}

/// The merchant takes it, and says how long it will take.
pub fn accept(
    before: &Order,
    (prepares_min, job): (u16, Option<JobId>),
    role: Role,
    reason: Option<&str>,
    settings: &Settings,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Order), Refusal> {
    if !(1..=limits::PREPARES_MIN_MAX).contains(&prepares_min) {
        let message = format!("Must be from 1 to {} minutes.", limits::PREPARES_MIN_MAX);
        return Err(Refusal::invalid(vec![Fault::new("/prepares_min", "out_of_range", message)]));
    }
    let (_, after) = step(before, Status::Confirmed, role, reason, settings, ctx)?;
    let (ready, due) = times(before, prepares_min, ctx.now);
    let after = Order { ready: Some(ready), due: Some(due), job, ..after };
    Ok((moved(before, &after, role, ctx), after))
}

/// When an order that is accepted now can be fetched, and when it is at the door.
pub fn times(order: &Order, prepares_min: u16, now: Timestamp) -> (Timestamp, Timestamp) {
    let ready = now + SignedDuration::from_mins(prepares_min.into());
    let way_s = i64::from(order.quote().distance_m) / limits::METRES_PER_SECOND + limits::HANDOVER_S;
    (ready, ready + SignedDuration::from_secs(way_s))
}

/// Somebody brings it now; nothing if they do already.
pub fn assign(before: &Order, job: JobId, rider: Option<Id<Person>>) -> Result<Step, Refusal> {
    if (before.job, before.rider) == (Some(job), rider) {
        return Ok((Decision::nothing(), before.clone()));
    }
    if before.status.is_over() || before.is_fetched() {
        return Err(Refusal::conflict("order_over", "There is nothing to bring any more."));
    }
    // Whoever has it on board hands it to somebody: it is not left to nobody.
    if rider.is_none() && before.status >= Status::PickedUp {
        let message = "Somebody has it on board already. Say who takes it over.";
        return Err(Refusal::conflict("on_board", message));
    }
    let after = Order { job: Some(job), rider, ..before.clone() };
    let event = event::of(event::RIDER, Some(before), &after, Role::System);
    Ok((Decision::nothing().change(repo::put(&after)).event(event), after))
}

/// Handed over at the door, or over the counter: with what the buyer says, or a picture of where it lies.
pub fn deliver(
    before: &Order,
    proof: &Proof,
    role: Role,
    reason: Option<&str>,
    settings: &Settings,
    ctx: &Ctx<'_>,
) -> Result<Step, Refusal> {
    let (_, after) = step(before, Status::Delivered, role, reason, settings, ctx)?;
    let photo = match proof {
        Proof::Pin(pin) if *pin == before.pin => None,
        Proof::Pin(_) => {
            let message = "This is not the number that the buyer was given.";
            return Err(Refusal::invalid(vec![Fault::new("/pin", "wrong_pin", message)]));
        }
        Proof::Photo(_) if before.is_fetched() => {
            let message = "Who fetches an order says its number.";
            return Err(Refusal::invalid(vec![Fault::new("/pin", "missing", message)]));
        }
        Proof::Photo(photo) => Some(photo.clone()),
        Proof::Word if role == Role::Operator => None,
        Proof::Word => {
            let message = "Show the buyer's number or a picture.";
            return Err(Refusal::invalid(vec![Fault::new("/pin", "missing", message)]));
        }
    };
    let after = Order { proof: photo, ..after };
    Ok((moved(before, &after, role, ctx), after))
}

/// Nobody was found who brings it: a person is to see to it.
pub fn unserved(order: &Order) -> Decision {
    Decision::nothing().event(event::of(event::UNSERVED, Some(order), order, Role::System))
}

/// The money is certain: the merchant is asked.
pub fn assure(before: &Order) -> Step {
    let after = Order { paid: Paid::Assured, ..before.clone() };
    let event = event::of(event::ASSURED, Some(before), &after, Role::System);
    (Decision::nothing().change(repo::put(&after)).event(event), after)
}

/// What came in is divided.
pub fn earn(before: &Order) -> Step {
    let after = Order { paid: Paid::Taken, earned: true, ..before.clone() };
    let event = event::of(event::EARNED, Some(before), &after, Role::System);
    (Decision::nothing().change(repo::put(&after)).event(event), after)
}

/// Nothing is to be done any more for what was cancelled; so much went back.
pub fn close(before: &Order, returned: i64) -> Step {
    let after = Order { paid: Paid::Over, returned, ..before.clone() };
    let event = event::of(event::REFUNDED, Some(before), &after, Role::System);
    let decision = Decision::nothing().change(repo::put(&after));
    (if returned > 0 { decision.event(event) } else { decision }, after)
}

/// Told once that it does not move on.
pub fn stuck(before: &Order, settings: &Settings, now: Timestamp) -> Option<Step> {
    let until = before.since + SignedDuration::from_mins(stands_min(before.status, settings).into());
    if before.stuck || before.status.is_over() || until > now {
        return None;
    }
    let after = Order { stuck: true, ..before.clone() };
    let event = event::of(event::STUCK, Some(before), &after, Role::System);
    Some((Decision::nothing().change(repo::put(&after)).event(event), after))
}
