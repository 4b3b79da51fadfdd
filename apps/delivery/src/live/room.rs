//! The followers of one market in this process.

use std::collections::HashMap;
use std::sync::Arc;

use dispatch::position::Seen;
use kernel::{Id, Person};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::inbox::{Ended, Inbox, Place};
use super::on_way::OnWay;
use super::step::{Step, Topic};
use crate::order::OrderId;

pub struct Room {
    inner: Mutex<Inner>,
    /// Something was committed.
    pub wake: Notify,
}

struct Inner {
    /// Everything up to here has been handed out.
    position: i64,
    followers: HashMap<Topic, Vec<Arc<Inbox>>>,
    on_way: OnWay,
}

impl Room {
    pub fn new(position: i64) -> Self {
        let inner = Inner { position, followers: HashMap::new(), on_way: OnWay::default() };
        Self { inner: Mutex::new(inner), wake: Notify::new() }
    }

    pub fn position(&self) -> i64 {
        self.inner.lock().position
    }

    /// From now on this one hears of the topic: of all that comes after the position in the answer.
    pub fn enter(&self, topic: Topic, inbox: Arc<Inbox>) -> i64 {
        let mut inner = self.inner.lock();
        inner.followers.entry(topic).or_default().push(inbox);
        inner.position
    }

    pub fn leave(&self, topic: Topic, inbox: &Arc<Inbox>) {
        let mut inner = self.inner.lock();
        let Some(its) = inner.followers.get_mut(&topic) else { return };
        its.retain(|other| !Arc::ptr_eq(other, inbox));
        if its.is_empty() {
            inner.followers.remove(&topic);
            if let Topic::Order(order) = topic {
                inner.on_way.forget(order);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        let inner = self.inner.lock();
        debug_assert!(!inner.followers.is_empty() || inner.on_way.is_empty());
        inner.followers.is_empty()
    }

    /// Who has a followed order on board, as its row says.
    pub fn suppose(&self, order: OrderId, rider: Option<Id<Person>>) {
        let mut inner = self.inner.lock();
        if inner.followers.contains_key(&Topic::Order(order)) {
            inner.on_way.suppose(order, rider);
        }
    }

    /// Everything up to `position`, of which these are the steps of orders.
    pub fn hand_out(&self, steps: &[Arc<Step>], position: i64) {
        let mut inner = self.inner.lock();
        let Inner { followers, on_way, .. } = &mut *inner;
        for step in steps {
            if followers.contains_key(&Topic::Order(step.order)) {
                on_way.set(step.order, step.bringing());
            }
            for topic in Topic::of(step) {
                let hearing = followers.get(&topic).filter(|_| topic.hears(step));
                hearing.into_iter().flatten().for_each(|inbox| inbox.push(step));
            }
        }
        inner.position = position;
    }

    /// Passes on where a rider is, to those who wait for them.
    pub fn moved(&self, seen: &Seen) {
        let mut inner = self.inner.lock();
        let Inner { followers, on_way, .. } = &mut *inner;
        for order in on_way.due(seen.worker, seen.heard) {
            let waiting = followers.get(&Topic::Order(*order));
            waiting.into_iter().flatten().for_each(|inbox| inbox.put(Place::from(seen)));
        }
    }

    /// All are told to come back: nobody reads the events for them any more.
    pub fn close(&self) {
        let inner = self.inner.lock();
        inner.followers.values().flatten().for_each(|inbox| inbox.end(Ended::Closed));
    }
}
