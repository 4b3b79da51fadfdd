use kernel::{Ctx, Decision, NewEvent, Refusal, values};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{Standing, Webhook};
use super::repo;
use crate::channel::Channel;
use crate::limits::{WEBHOOK_FAILING_MAX, WEBHOOK_SECRET_OVERLAP, WEBHOOKS_MAX};
use crate::message::decide::queue;
use crate::message::model::NewMessage;
use crate::provider::Outcome;

pub const SWITCHED_OFF: &str = "webhook.switched_off";

/// What followers of `webhook.switched_off` learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchedOff {
    /// `failing` or `gone`.
    pub why: String,
}

pub fn add(webhook: &Webhook, existing: usize) -> Result<Decision, Refusal> {
    if existing as i64 >= WEBHOOKS_MAX {
        let message = format!("A market has at most {WEBHOOKS_MAX} webhooks: remove one first.");
        return Err(Refusal::conflict("too_many_webhooks", message));
    }
    let row =
        values![webhook.id, &webhook.url, webhook.topics.join(" "), webhook.contact.as_ref(), webhook.made];
    Ok(Decision::nothing().change(repo::ADD.with(row)))
}

/// Switched on again, it starts with a clean record.
pub fn stand(webhook: Webhook, standing: Standing) -> Webhook {
    let is_new_start = standing == Standing::On && webhook.standing != Standing::On;
    let failing_since = if is_new_start { None } else { webhook.failing_since };
    Webhook { standing, failing_since, ..webhook }
}

/// A new secret; for a while the one before is signed with too.
pub fn rotate(webhook: Webhook, ctx: &Ctx<'_>) -> Webhook {
    let previous_until = ctx.now.checked_add(WEBHOOK_SECRET_OVERLAP).unwrap_or(ctx.now);
    Webhook { generation: webhook.generation + 1, previous_until, ..webhook }
}

/// One event to everybody who wants it. `cause` names the event.
pub fn publish(webhooks: &[Webhook], topic: &str, data: &Value, cause: &str, ctx: &Ctx<'_>) -> Decision {
    let wanted = webhooks.iter().filter(|webhook| webhook.takes(topic));
    wanted.fold(Decision::nothing(), |decision, webhook| {
        let to = webhook.id.to_string();
        let its = format!("{cause}:{to}");
        let message = NewMessage::new(Channel::Webhook, &to, topic, topic, &its).arguments(data.clone());
        decision.and(queue(message, ctx))
    })
}

/// What an attempt says about the webhook itself. A recipient that is gone is switched off at once, one
/// that fails for days after those days; its contact is told.
pub fn judge(webhook: &Webhook, outcome: &Outcome, ctx: &Ctx<'_>) -> Decision {
    let failing_for = webhook.failing_since.map(|since| ctx.now.duration_since(since));
    let why = match outcome {
        Outcome::Sent { .. } => {
            let is_new = webhook.failing_since.is_some();
            let change = is_new.then(|| repo::ANSWERED.with(values![webhook.id]).any_rows());
            return Decision::nothing().changes(change);
        }
        Outcome::Recipient { .. } => "gone",
        _ if failing_for.is_some_and(|time| time >= WEBHOOK_FAILING_MAX) => "failing",
        _ if webhook.failing_since.is_none() => {
            return Decision::nothing().change(repo::FAILS.with(values![webhook.id, ctx.now]).any_rows());
        }
        _ => return Decision::nothing(),
    };
    if webhook.standing != Standing::On {
        return Decision::nothing();
    }
    let event = NewEvent::new(SWITCHED_OFF, webhook.id, &SwitchedOff { why: why.to_owned() });
    let decision = Decision::nothing().change(repo::DIES.with(values![webhook.id])).event(event);
    let Some(contact) = &webhook.contact else { return decision };
    let cause = format!("webhook_off:{}:{}", webhook.id, webhook.version);
    let message = NewMessage::new(Channel::Email, contact, "notify.webhook_off", "notify.webhooks", &cause)
        .arguments(json!({"host": host(&webhook.url)}))
        .urgent();
    decision.and(queue(message, ctx))
}

/// Nothing but the host of an address, which may hold a secret elsewhere.
pub fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::jiff::tz::TimeZone;
    use kernel::jiff::{SignedDuration, Timestamp};
    use kernel::{Actor, Id, SequentialIds};

    fn webhook() -> Webhook {
        Webhook {
            id: Id::from_raw(3),
            url: "https://a.example/hook?key=1".into(),
            topics: vec!["request.reported".into()],
            generation: 1,
            previous_until: Timestamp::UNIX_EPOCH,
            failing_since: None,
            standing: Standing::On,
            contact: Some("ops@a.example".into()),
            made: Timestamp::UNIX_EPOCH,
            version: 4,
        }
    }

    fn with_ctx<T>(work: impl FnOnce(&Ctx<'_>) -> T) -> T {
        let ids = SequentialIds::starting_at(100);
        let now = "2026-03-10T10:00:00Z".parse().unwrap();
        work(&Ctx { now, zone: &TimeZone::UTC, actor: Actor::System, ids: &ids })
    }

    fn sends(decision: &Decision) -> usize {
        decision.jobs.iter().filter(|job| job.kind == crate::SEND).count()
    }

    #[test]
    fn a_webhook_that_fails_for_days_is_switched_off_and_its_contact_told_once() {
        let failed = Outcome::Failed { error: String::new(), retry_after: None };
        let gone = Outcome::Recipient { error: String::new() };
        let sent = Outcome::Sent { reference: None };
        // failing for hours, outcome, changes, events, jobs
        for (hours, outcome, expect) in [
            (None, &sent, (0, 0, 0)),
            (Some(5), &sent, (1, 0, 0)),
            (None, &failed, (1, 0, 0)),
            (Some(119), &failed, (0, 0, 0)),
            (Some(120), &failed, (3, 1, 1)),
            (None, &gone, (3, 1, 1)),
        ] {
            with_ctx(|ctx| {
                let failing_since = hours.map(|hours| ctx.now - SignedDuration::from_hours(hours));
                let webhook = Webhook { failing_since, ..webhook() };
                let decision = judge(&webhook, outcome, ctx);
                let counts = (decision.changes.len(), decision.events.len(), sends(&decision));
                assert_eq!(counts, expect, "{hours:?} {outcome:?}");
                let dead = Webhook { standing: Standing::Dead, ..webhook };
                assert!(judge(&dead, outcome, ctx).events.is_empty());
            });
        }
    }

    #[test]
    fn secrets_overlap_and_events_go_where_they_are_wanted() {
        with_ctx(|ctx| {
            let rotated = rotate(webhook(), ctx);
            assert_eq!(rotated.generations(ctx.now), [2, 1]);
            assert_eq!(rotated.generations(ctx.now + WEBHOOK_SECRET_OVERLAP), [2]);
            assert_eq!(webhook().generations(Timestamp::MIN), [1]);
            let all = Webhook { id: Id::from_raw(4), topics: vec!["*".into()], ..webhook() };
            let off = Webhook { standing: Standing::Off, ..all.clone() };
            let webhooks = [webhook(), all, off];
            assert_eq!(sends(&publish(&webhooks, "request.reported", &json!({}), "e1", ctx)), 2);
            assert_eq!(sends(&publish(&webhooks, "request.closed", &json!({}), "e1", ctx)), 1);
        });
        assert_eq!(host("https://user:pw@a.example:8443/x?k=1"), "a.example:8443");
        let since = Some(Timestamp::UNIX_EPOCH);
        let dead = Webhook { standing: Standing::Dead, failing_since: since, ..webhook() };
        assert_eq!(stand(dead.clone(), Standing::On).failing_since, None);
        assert_eq!(stand(dead, Standing::Off).failing_since, since);
    }
}
