//! What waits for one follower: few steps, one position.

use std::collections::VecDeque;
use std::sync::Arc;

use dispatch::position::Seen;
use geo::Point;
use kernel::jiff::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Notify;

use super::limits;
use super::step::Step;

/// Where a rider was last. Only the newest counts, so that one is all that ever waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Place {
    pub point: Point,
    pub at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<u16>,
}

impl From<&Seen> for Place {
    fn from(seen: &Seen) -> Self {
        Self { point: seen.ping.point, at: seen.ping.at, heading_deg: seen.ping.heading_deg }
    }
}

/// Why nothing more comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// They read more slowly than things happen.
    TooSlow,
    /// Nobody reads the events here any more.
    Closed,
}

#[derive(Debug, Default)]
pub struct Inbox {
    waiting: Mutex<Taken>,
    news: Notify,
}

/// All that waited.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub steps: VecDeque<Arc<Step>>,
    pub place: Option<Place>,
    pub ended: Option<Ended>,
}

impl Taken {
    fn is_nothing(&self) -> bool {
        self.steps.is_empty() && self.place.is_none() && self.ended.is_none()
    }

    fn end(&mut self, why: Ended) {
        *self = Self { ended: Some(why), ..Self::default() };
    }
}

impl Inbox {
    pub fn push(&self, step: &Arc<Step>) {
        let mut waiting = self.waiting.lock();
        if waiting.ended.is_some() {
            return;
        }
        if waiting.steps.len() >= limits::WAITING_MAX {
            waiting.end(Ended::TooSlow);
        } else {
            waiting.steps.push_back(step.clone());
            // Nobody is to see a rider after the order has been handed over.
            waiting.place = waiting.place.filter(|_| step.bringing().is_some());
        }
        drop(waiting);
        self.news.notify_one();
    }

    pub fn put(&self, place: Place) {
        let mut waiting = self.waiting.lock();
        if waiting.ended.is_none() {
            waiting.place = Some(place);
            drop(waiting);
            self.news.notify_one();
        }
    }

    pub fn end(&self, why: Ended) {
        let mut waiting = self.waiting.lock();
        if waiting.ended.is_none() {
            waiting.end(why);
            drop(waiting);
            self.news.notify_one();
        }
    }

    /// Waits until there is something, and takes all of it. There is one who takes.
    pub async fn take(&self) -> Taken {
        loop {
            if let Some(taken) = self.take_now() {
                return taken;
            }
            self.news.notified().await;
        }
    }

    /// What waits now, if anything does. That it ended is said again and again.
    pub fn take_now(&self) -> Option<Taken> {
        let mut waiting = self.waiting.lock();
        if waiting.is_nothing() {
            return None;
        }
        let ended = waiting.ended;
        Some(std::mem::replace(&mut *waiting, Taken { ended, ..Taken::default() }))
    }
}
