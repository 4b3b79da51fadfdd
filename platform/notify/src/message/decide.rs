use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Ctx, Decision, NewEvent, NewJob, values};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::model::{Message, NewMessage, State};
use super::repo;
use crate::channel::Channel;
use crate::limits;
use crate::preference::decide::wants;
use crate::preference::model::Choice;
use crate::provider::Outcome;
use crate::rules::pace::{self, Pace};
use crate::rules::quiet::Quiet;
use crate::rules::retry;

/// The kind of job that delivers one message.
pub const SEND: &str = "notify.send";
/// The kind of job that takes up messages whose own job is gone.
pub const SWEEP: &str = "notify.sweep";
pub const FAILED: &str = "message.failed";
const URGENT_PRIORITY: i16 = 10;

/// The body of a job of the kind [`SEND`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    pub cause: String,
}

/// What followers of `message.failed` learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    pub template: String,
    pub channel: String,
}

/// Adds a message to a decision: it is there if the decision is, and it is there once. Whether it may
/// be sent is asked when it is sent.
pub fn queue(new: NewMessage, ctx: &Ctx<'_>) -> Decision {
    let cause = whole_cause(new.channel, &new.cause);
    let due = new.due.unwrap_or(ctx.now).max(ctx.now);
    let expires = due.checked_add(new.good_for).unwrap_or(due);
    let to: String = new.to.trim().chars().take(limits::ADDRESS_LENGTH_MAX).collect();
    let row = values![
        ctx.ids.next(),
        &cause,
        new.template,
        new.topic,
        new.channel.name(),
        new.language,
        new.urgent,
        new.person,
        new.arguments.to_string(),
        ctx.now,
        due,
        expires,
        new.about
    ];
    Decision::nothing()
        .change(repo::ADD.with(row).any_rows())
        .change(repo::ADD_ADDRESS.with(values![&cause, to]).any_rows())
        .job(job(&cause, due, new.urgent).once(format!("{SEND}:{cause}")))
        .job(sweep_after(due))
}

/// The next sweep, a while after something should have been sent. Whoever asks for one at about the same
/// time asks for the same one; a market in which nothing waits has none.
pub fn sweep_after(due: Timestamp) -> NewJob {
    let slot = limits::SWEEP_AFTER.as_secs();
    // One slot later than the one that it falls in: then it is surely late.
    let number = due.as_second().div_euclid(slot) + 2;
    let then = Timestamp::from_second(number * slot).unwrap_or(due);
    NewJob::new(SWEEP, then, &()).once(format!("{SWEEP}:{number}"))
}

/// What was said to one recipient about one thing is gone, and to whom; what still waits is cancelled when
/// its time comes. `about` is what [`NewMessage::about`] named.
pub fn forget(about: &str) -> Decision {
    let all = [repo::FORGET_WORDS_ABOUT, repo::FORGET_ADDRESSES_ABOUT, repo::FORGET_OUTBOX_ABOUT];
    Decision::nothing().changes(all.map(|sql| sql.with(values![about]).any_rows()))
}

/// The cause with its channel, and short enough to be a key.
fn whole_cause(channel: Channel, cause: &str) -> String {
    match cause.len() <= limits::CAUSE_LENGTH_MAX {
        true => format!("{}:{cause}", channel.name()),
        false => {
            let hash: String = Sha256::digest(cause).iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{}:#{hash}", channel.name())
        }
    }
}

fn job(cause: &str, due: Timestamp, urgent: bool) -> NewJob {
    let priority = if urgent { URGENT_PRIORITY } else { 0 };
    NewJob::new(SEND, due, &Send { cause: cause.to_owned() }).priority(priority)
}

/// The same message again, then. Its key differs from that of the job that asks for it, which still
/// runs.
pub fn again(message: &Message, due: Timestamp) -> NewJob {
    let key = format!("{SEND}:{}:{}", message.cause, due.as_microsecond());
    job(&message.cause, due, message.urgent).once(key)
}

/// What a message's next step depends on, besides itself.
pub struct Facts<'a> {
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    pub quiet: Option<Quiet>,
    /// The address is known not to take messages.
    pub suppressed: bool,
    /// Of the person, then of the address.
    pub choices: [&'a [Choice]; 2],
    /// When the same address last got something, newest first.
    pub recent: &'a [Timestamp],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Somebody else sees to it, or it is over.
    Nothing,
    Go,
    /// Not before then.
    Later(Timestamp, &'static str),
    End(State, &'static str),
}

/// Whether it may go now.
pub fn next_step(message: &Message, facts: &Facts<'_>) -> Step {
    let now = facts.now;
    match message.state {
        State::Queued if message.due > now => return Step::Nothing,
        State::Queued => {}
        // Its worker may be alive; afterwards it cannot be.
        State::Sending => {
            let over = message.started.checked_add(limits::SENDING_MAX).unwrap_or(now);
            if over > now {
                return Step::Later(over, "on the wire");
            }
        }
        _ => return Step::Nothing,
    }
    if message.expires <= now {
        return Step::End(State::Failed, "its time is over");
    }
    if message.address.is_none() {
        return Step::End(State::Cancelled, "the recipient was erased");
    }
    if facts.suppressed {
        return Step::End(State::Suppressed, "the address does not take messages");
    }
    if message.channel == Channel::Webhook {
        return Step::Go;
    }
    let is_wanted = |choices: &[Choice]| wants(choices, &message.topic, message.channel);
    if !message.urgent && !facts.choices.iter().all(|choices| is_wanted(choices)) {
        return Step::End(State::Suppressed, "the recipient chose not to get it");
    }
    // What may have been sent already is not put off: it was allowed when it began.
    if message.state == State::Sending || message.provider.is_some() {
        return Step::Go;
    }
    may_wait(message, facts)
}

fn may_wait(message: &Message, facts: &Facts<'_>) -> Step {
    let factor = if message.urgent { limits::URGENT_FACTOR } else { 1 };
    let paces = [
        Pace { count: limits::PER_HOUR * factor, per: SignedDuration::from_hours(1) },
        Pace { count: limits::PER_DAY * factor, per: SignedDuration::from_hours(24) },
    ];
    let paced = pace::next_allowed(&paces, facts.recent, facts.now);
    let quiet = facts.quiet.filter(|_| !message.urgent);
    let calm = quiet.map_or(paced, |quiet| quiet.next_allowed(paced, facts.zone));
    match (paced > facts.now, calm > facts.now) {
        (true, _) => Step::Later(calm, "the recipient got enough for now"),
        (false, true) => Step::Later(calm, "quiet hours"),
        (false, false) => Step::Go,
    }
}

/// Without having been on the wire.
pub fn put_off(message: &Message, until: Timestamp, why: &str) -> Decision {
    // What is on the wire keeps its state, so that it is known that it may have been sent.
    let row = values![message.id, message.attempts, message.state.name(), until, short(why)];
    Decision::nothing().change(repo::PUT_OFF.with(row)).job(again(message, until))
}

pub fn end_unsent(message: &Message, state: State, why: &str) -> Decision {
    let row = values![message.id, message.attempts, state.name(), message.due, short(why)];
    let decision = Decision::nothing().change(repo::PUT_OFF.with(row));
    if state == State::Failed { decision.event(failed(message)) } else { decision }
}

/// On the wire from now on; the first provider of a round opens it.
pub fn begin(
    message: &Message,
    provider: &str,
    hash: [u8; 32],
    opens_round: bool,
    now: Timestamp,
) -> Decision {
    let rounds = message.rounds + i64::from(opens_round);
    let row = values![message.id, message.attempts, provider, rounds, now, hash];
    Decision::nothing().change(repo::BEGIN.with(row))
}

/// What follows from the last outcome of a round. `message` is as it was begun.
pub fn end(message: &Message, provider: &str, outcome: &Outcome, now: Timestamp, dice: u16) -> Decision {
    let row = |state: State, provider: Option<&str>, reference: Option<&str>, due: Timestamp, error| {
        let (id, attempts) = (message.id, message.attempts);
        repo::END.with(values![id, attempts, state.name(), provider, reference, due, error])
    };
    let error = outcome.error().map(short);
    // Only somebody who may have sent it is named.
    let named = matches!(outcome, Outcome::Unknown { .. }).then_some(provider);
    let change = match outcome {
        Outcome::Sent { reference } => row(State::Sent, Some(provider), reference.as_deref(), now, None),
        Outcome::Recipient { .. } => row(State::Failed, Some(provider), None, now, error),
        Outcome::Failed { .. } | Outcome::Unknown { .. } | Outcome::Refused { .. } => {
            let due = retry::wait(message.rounds, outcome.retry_after(), dice)
                .and_then(|wait| now.checked_add(wait).ok())
                .filter(|due| *due < message.expires);
            match due {
                Some(due) => {
                    let change = row(State::Queued, named, None, due, error);
                    return Decision::nothing().change(change).job(again(message, due));
                }
                None => row(State::Failed, named, None, now, error),
            }
        }
    };
    let decision = Decision::nothing().change(change);
    if matches!(outcome, Outcome::Sent { .. }) { decision } else { decision.event(failed(message)) }
}

fn failed(message: &Message) -> NewEvent {
    let body = Failed { template: message.template.clone(), channel: message.channel.name().to_owned() };
    NewEvent::new(FAILED, message.id, &body)
}

pub fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(limits::ERROR_LETTERS_MAX).collect()
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
