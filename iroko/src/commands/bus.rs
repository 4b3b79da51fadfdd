//! `iroko events …` and `iroko jobs …`: what follows in a market, and what got stuck.

use kernel::{Refusal, RefusalKind};
use serde_json::json;
use store::{Market, Stamp};

use super::operation::{EventsOperation, JobsOperation, Which};
use super::report::{Failure, FailureKind, Report};
use crate::followers;
use crate::platform::Platform;

pub async fn events(operation: EventsOperation, platform: &Platform) -> Result<Report, Failure> {
    match operation {
        EventsOperation::Lag(which) => lag(&market(platform, &which).await?).await,
        EventsOperation::Verify(which) => verify(&market(platform, &which).await?).await,
        EventsOperation::Parked(which) => parked(&market(platform, &which).await?).await,
        EventsOperation::Replay { which, consumer, position } => {
            let market = market(platform, &which).await?;
            let replayed = match position {
                Some(position) => bus::replay(&market, stamp(platform), &consumer, position).await,
                None => bus::replay_all(&market, stamp(platform), &consumer).await,
            };
            known(replayed, &market, &consumer, position).await?;
            platform.nudge(&market);
            Ok(Report::new("released; the relay takes them up again", json!({ "released": true })))
        }
        EventsOperation::Rebuild { which, consumer } => {
            rebuild(platform, &market(platform, &which).await?, consumer.as_deref()).await
        }
        EventsOperation::Discard { which, consumer, position } => {
            let market = market(platform, &which).await?;
            let discarded = bus::discard(&market, stamp(platform), &consumer, position).await;
            known(discarded, &market, &consumer, Some(position)).await?;
            platform.nudge(&market);
            Ok(Report::new("given up", json!({ "discarded": position })))
        }
    }
}

pub async fn jobs(operation: JobsOperation, platform: &Platform) -> Result<Report, Failure> {
    match operation {
        JobsOperation::Dead(which) => dead(&market(platform, &which).await?).await,
        JobsOperation::Revive { which, job } => {
            let market = market(platform, &which).await?;
            bus::revive(&market, stamp(platform), job).await.map_err(|refusal| match refusal.kind() {
                RefusalKind::NotFound => {
                    let name = &market.place().name;
                    Failure::new(FailureKind::NotFound, format!("there is no dead job {job} in {name}"))
                }
                _ => refusal.into(),
            })?;
            platform.nudge(&market);
            Ok(Report::new("waiting again", json!({ "revived": job })))
        }
    }
}

async fn market(platform: &Platform, which: &Which) -> Result<Market, Failure> {
    let (tenant, slug) = which.slugs()?;
    Ok(platform.market(tenant, slug).await?)
}

/// Each begins anew in a commit of its own: it is taken away and counted from the first event on.
async fn rebuild(platform: &Platform, market: &Market, only: Option<&str>) -> Result<Report, Failure> {
    let registry = followers::registry(platform, &platform.served());
    let registry = registry.map_err(|error| Failure::failed(error.to_string()))?;
    let (mut begun, mut others) = (Vec::new(), Vec::new());
    for (consumer, clearing) in registry.rebuildable(market.place().kind) {
        if only.is_some_and(|only| only != consumer) {
            others.push(consumer);
            continue;
        }
        match bus::rewind(market, stamp(platform), consumer, 0, clearing).await {
            // Nobody follows here yet, so that there is nothing to count anew.
            Err(refusal) if refusal.kind() == RefusalKind::NotFound => {}
            outcome => outcome?,
        }
        begun.push(consumer);
    }
    if begun.is_empty() {
        let message = match only {
            Some(only) => format!("{only} cannot be counted anew; these can be: {}", others.join(", ")),
            None => format!("nothing in {} can be counted anew", market.place().name),
        };
        return Err(Failure::new(FailureKind::NotFound, message));
    }
    platform.nudge(market);
    let text = format!("begun anew: {}; `iroko events lag` tells how far they are", begun.join(", "));
    Ok(Report::new(text, json!({ "rebuilding": begun })))
}

/// Says what it is that is not there.
async fn known(
    outcome: Result<(), Refusal>,
    market: &Market,
    consumer: &str,
    position: Option<i64>,
) -> Result<(), Failure> {
    match outcome {
        Err(refusal) if refusal.kind() == RefusalKind::NotFound => {}
        other => return Ok(other?),
    }
    let name = &market.place().name;
    let names: Vec<String> = bus::cursors(market).await?.into_iter().map(|it| it.consumer).collect();
    let message = match position {
        Some(position) if names.iter().any(|its| its == consumer) => {
            format!("no event of {consumer} is parked at position {position} in {name}")
        }
        _ if names.is_empty() => format!("there is no consumer {consumer} in {name}; nobody follows it yet"),
        _ => format!("there is no consumer {consumer} in {name}; there are {}", names.join(", ")),
    };
    Err(Failure::new(FailureKind::NotFound, message))
}

fn stamp(platform: &Platform) -> Stamp {
    Stamp { at: platform.world.clock.now(), actor: kernel::Actor::System }
}

async fn lag(market: &Market) -> Result<Report, Failure> {
    let last = market.settle().await?;
    let mut text = String::new();
    let mut data = Vec::new();
    for cursor in bus::cursors(market).await? {
        let behind = last - cursor.pos;
        text += &format!("{:<32} at {:>10}, {behind} behind\n", cursor.consumer, cursor.pos);
        data.push(json!({ "consumer": cursor.consumer, "position": cursor.pos, "behind": behind }));
    }
    text += &format!("{:<32} at {last:>10}\n", "last event");
    Ok(Report::new(text, json!({ "last": last, "consumers": data })))
}

async fn verify(market: &Market) -> Result<Report, Failure> {
    let bus::Extent { events, first, last } = bus::verify(market).await?;
    let text = format!("{events} events at positions {first} to {last}, none missing");
    Ok(Report::new(text, json!({ "events": events, "first": first, "last": last })))
}

async fn parked(market: &Market) -> Result<Report, Failure> {
    let mut text = String::new();
    let mut data = Vec::new();
    for event in bus::parked(market).await? {
        let error = event.error.as_deref().unwrap_or("waits behind another one of its subject");
        let (consumer, pos) = (&event.consumer, event.event.pos);
        text += &format!("{consumer} at {pos}, {}: {error}\n", event.event.name);
        data.push(json!({ "consumer": consumer, "position": pos, "tries": event.tries, "error": error }));
    }
    if data.is_empty() {
        text = "nothing is parked".into();
    }
    Ok(Report::new(text, json!({ "parked": data })))
}

async fn dead(market: &Market) -> Result<Report, Failure> {
    let mut text = String::new();
    let mut data = Vec::new();
    for job in bus::dead(market).await? {
        text +=
            &format!("{} {}: {}\n", job.id, job.kind, job.error.as_deref().unwrap_or("no error was kept"));
        data.push(json!({ "job": job.id, "kind": job.kind, "attempts": job.attempts, "error": job.error }));
    }
    if data.is_empty() {
        text = "no job is dead".into();
    }
    Ok(Report::new(text, json!({ "dead": data })))
}
