//! One follower's stream, from the first word to the last.

use std::collections::BTreeSet;
use std::sync::Arc;

use dispatch::Mode;
use dispatch::position::Seen;
use futures_util::stream::{self, Stream};
use geo::{BoundingBox, Point};
use http::HeaderMap;
use kernel::jiff::Timestamp;
use kernel::{Id, Person};
use serde::Serialize;
use store::{Market, StoreError};
use tokio::time::{self, Instant};
use web::EventText;

use super::http::Live;
use super::hub::Following;
use super::inbox::{Ended, Taken};
use super::step::{Step, StepView, Topic};
use super::{limits, missed};
use crate::order::http::view::OrderView;
use crate::order::repo;

pub struct Talk {
    live: Arc<Live>,
    market: Market,
    following: Following,
    /// Where an operator looks at riders.
    within: Option<BoundingBox>,
    /// What comes up to here has been told.
    last: i64,
    until: Instant,
    spoke: Instant,
    looked: Option<Instant>,
    shown: Vec<Seen>,
}

/// How a stream begins for somebody who was here before, or was not.
pub struct Start {
    pub text: EventText,
    pub last: i64,
    /// Nothing is missing between this stream and the one before.
    pub is_resumed: bool,
}

/// Why a stream ends although there is more to come: the client comes back.
#[derive(Serialize)]
struct Again {
    why: Why,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Why {
    /// It has gone on for as long as it may.
    Expired,
    Unreadable,
    #[serde(untagged)]
    Ended(Ended),
}

#[derive(Serialize)]
struct Riders {
    items: Vec<RiderView>,
    /// There are more in the box than are shown.
    more: bool,
}

#[derive(Serialize)]
struct RiderView {
    rider: Id<Person>,
    mode: Mode,
    load: u16,
    point: Point,
    at: Timestamp,
}

type Said = (EventText, bool);

impl Start {
    pub async fn of(market: &Market, following: &Following, headers: &HeaderMap) -> Result<Self, StoreError> {
        let (topic, from) = (following.topic(), following.from);
        let text = EventText::default().retry(limits::RETRY_MS);
        let anew = Self { text: text.clone(), last: from, is_resumed: false };
        // Another process may be a little ahead of this one.
        let is_near = |seen: &i64| (0..=from.saturating_add(limits::MISSED_EVENTS_MAX)).contains(seen);
        let Some(seen) = web::last_event(headers).filter(is_near) else { return Ok(anew) };
        let Some(steps) = missed::between(market, topic, seen, from).await? else { return Ok(anew) };
        let text = written(market, topic, steps.iter(), text).await?;
        Ok(Self { text, last: seen.max(from), is_resumed: true })
    }
}

impl Talk {
    pub fn new(live: &Arc<Live>, market: &Market, following: Following, last: i64) -> Self {
        let now = Instant::now();
        Self {
            live: live.clone(),
            market: market.clone(),
            following,
            within: None,
            last,
            until: now + live.stream_time,
            spoke: now,
            looked: None,
            shown: Vec::new(),
        }
    }

    pub fn within(self, within: Option<BoundingBox>) -> Self {
        Self { within, ..self }
    }

    /// All that is said, one after the other, until there is no more.
    pub fn events(self) -> impl Stream<Item = EventText> + Send + 'static {
        stream::unfold(Some(Box::new(self)), async |talk| {
            let mut talk = talk?;
            let (text, goes_on) = talk.next().await;
            Some((text, goes_on.then_some(talk)))
        })
    }

    async fn next(&mut self) -> Said {
        loop {
            let looks = self.looked.map_or(self.spoke, |looked| looked + limits::RIDERS_EVERY);
            tokio::select! {
                biased;
                () = time::sleep_until(self.until) => return self.over().await,
                taken = self.following.next() => return self.told(taken).await,
                () = time::sleep_until(looks), if self.within.is_some() => {
                    self.looked = Some(Instant::now());
                    if let Some(riders) = self.riders().await {
                        self.spoke = Instant::now();
                        return (EventText::default().event("riders", None, &riders), true);
                    }
                }
                () = time::sleep_until(self.spoke + limits::QUIET_TIME) => return self.quiet().await,
            }
        }
    }

    /// Nothing was said for a while.
    async fn quiet(&mut self) -> Said {
        match self.following.now() {
            (Some(taken), _) => self.told(taken).await,
            (None, position) => {
                self.spoke = Instant::now();
                self.last = self.last.max(position);
                (EventText::default().seen(self.last), true)
            }
        }
    }

    /// The time of this stream is over: what is left is told, so that the next one begins after it.
    async fn over(&mut self) -> Said {
        let (taken, position) = self.following.now();
        let (text, goes_on) = match taken {
            Some(taken) => self.told(taken).await,
            None => (EventText::default(), true),
        };
        if !goes_on {
            return (text, false);
        }
        (again(text, Some(self.last.max(position)), Why::Expired), false)
    }

    async fn told(&mut self, taken: Taken) -> Said {
        let Taken { mut steps, place, ended } = taken;
        // Another process has told some of them already.
        steps.retain(|step| step.pos > self.last);
        let (topic, all) = (self.following.topic(), steps.iter().map(AsRef::as_ref));
        let mut text = match written(&self.market, topic, all, EventText::default()).await {
            Ok(text) => text,
            Err(error) => {
                tracing::warn!(%error, "an order cannot be read for somebody who follows it");
                return (again(EventText::default(), None, Why::Unreadable), false);
            }
        };
        self.spoke = Instant::now();
        self.last = steps.back().map_or(self.last, |step| step.pos);
        if let Some(place) = place {
            text = text.event("rider", None, &place);
        }
        if let Some(why) = ended {
            return (again(text, None, Why::Ended(why)), false);
        }
        match steps.iter().find(|step| is_end(topic, step)) {
            Some(step) => (text.event("end", None, &step.told.status), false),
            None => (text, true),
        }
    }

    /// Where riders are, unless all are where they were.
    async fn riders(&mut self) -> Option<Riders> {
        let now = self.live.dispatch.clock.now();
        let fleet = self.live.dispatch.fleet(&self.market).await.ok()?;
        let seen = fleet.within(self.within.as_ref()?, limits::RIDERS_SHOWN_MAX + 1, now);
        if seen == self.shown {
            return None;
        }
        let items = seen.iter().take(limits::RIDERS_SHOWN_MAX).map(RiderView::from).collect();
        let more = seen.len() > limits::RIDERS_SHOWN_MAX;
        self.shown = seen;
        Some(Riders { items, more })
    }
}

impl From<&Seen> for RiderView {
    fn from(seen: &Seen) -> Self {
        let Seen { worker, duty, ping, .. } = *seen;
        Self { rider: worker, mode: duty.mode, load: duty.load, point: ping.point, at: ping.at }
    }
}

fn again(text: EventText, id: Option<i64>, why: Why) -> EventText {
    text.event("again", id, &Again { why })
}

/// A buyer has nothing to wait for any more.
fn is_end(topic: Topic, step: &Step) -> bool {
    matches!(topic, Topic::Order(_)) && step.told.status.is_over()
}

/// Each step, and then how its order stands now: operators have too many of them.
async fn written(
    market: &Market,
    topic: Topic,
    steps: impl Iterator<Item = &Step> + Clone,
    mut text: EventText,
) -> Result<EventText, StoreError> {
    for step in steps.clone() {
        text = text.event("step", Some(step.pos), &StepView::of(step, topic));
    }
    let view = match topic {
        Topic::Order(_) => OrderView::for_buyer,
        Topic::Store(_) => OrderView::for_merchant,
        Topic::All => return Ok(text),
    };
    let orders: BTreeSet<_> = steps.map(|step| step.order).collect();
    for order in orders {
        if let Some(order) = repo::one(market, order).await? {
            text = text.event("order", None, &view(&order));
        }
    }
    Ok(text)
}
