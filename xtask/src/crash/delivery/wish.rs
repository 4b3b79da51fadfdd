//! What somebody wants done, under a key of its own: sent once, and again with the same key when no answer
//! came, until it is known what became of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::door::{Door, Who};
use crate::step::Outcome;

/// What has to be remembered of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Place,
    /// An offer of this job.
    Accept(String),
    /// Something of what was paid for this order.
    Refund(String),
    Other,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    pub who: Who,
    pub method: &'static str,
    pub path: String,
    pub key: String,
    pub body: Value,
    pub what: What,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    Done(Value),
    Refused,
    /// No answer: it may have been done.
    Unknown,
    /// To come again; of a store that was lost midway it may have been done too.
    Later,
}

impl Wish {
    pub fn send(&self, door: &Door) -> Outcome<Fate> {
        match door.ask(self.who, self.method, &self.path, Some(&self.key), &self.body) {
            Some((200..=204, value)) => Ok(Fate::Done(value)),
            None => Ok(Fate::Unknown),
            Some((429 | 503, _)) => Ok(Fate::Later),
            Some((400 | 403 | 404 | 409 | 410 | 412 | 422, _)) => Ok(Fate::Refused),
            Some((status, value)) => Err(format!("{self:?} is answered {status}: {value}")),
        }
    }
}

/// What writers were told.
#[derive(Debug, Default)]
pub struct Told {
    /// Buyers, by their orders.
    pub placed: BTreeMap<String, usize>,
    /// Riders who were told that a job is theirs.
    pub accepted: BTreeMap<String, BTreeSet<usize>>,
    /// Orders that are not what they were when they were over.
    pub touched: BTreeSet<String>,
    /// Some of what was placed, with the order: sent again it must be the same one.
    again: Vec<(Wish, String)>,
    unsure: Vec<Wish>,
    /// How often there was no answer.
    alone: usize,
    pub done: u64,
    pub refused: u64,
    pub faults: Vec<String>,
}

/// Whoever got no answer so often, or was told so often to come again, goes home.
const ALONE_MAX: usize = 2;
const UNSURE_MAX: usize = 12;
/// One in so many orders is sent again later.
const AGAIN_ONE_IN: usize = 5;

impl Told {
    /// Sends it, and remembers what was said.
    pub fn wish(&mut self, door: &Door, wish: Wish) -> Outcome<Option<Value>> {
        match wish.send(door)? {
            Fate::Done(value) => {
                self.note(wish, &value);
                return Ok(Some(value));
            }
            Fate::Refused => self.refused += 1,
            fate => {
                self.alone += usize::from(fate == Fate::Unknown);
                self.unsure.push(wish);
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
        }
        Ok(None)
    }

    pub fn is_hopeless(&self) -> bool {
        self.alone >= ALONE_MAX || self.unsure.len() >= UNSURE_MAX
    }

    fn note(&mut self, wish: Wish, value: &Value) {
        self.done += 1;
        match (&wish.what, wish.who) {
            (What::Place, Who::Buyer(buyer)) => {
                let id = value["id"].as_str().unwrap_or_default().to_owned();
                if self.placed.len().is_multiple_of(AGAIN_ONE_IN) {
                    self.again.push((wish, id.clone()));
                }
                self.placed.insert(id, buyer);
            }
            (What::Accept(job), Who::Rider(rider)) => {
                self.accepted.entry(job.clone()).or_default().insert(rider);
            }
            (What::Refund(order), _) => drop(self.touched.insert(order.clone())),
            _ => {}
        }
    }

    pub fn add(&mut self, other: Told) {
        self.placed.extend(other.placed);
        for (job, riders) in other.accepted {
            self.accepted.entry(job).or_default().extend(riders);
        }
        self.touched.extend(other.touched);
        self.again.extend(other.again);
        self.unsure.extend(other.unsure);
        self.done += other.done;
        self.refused += other.refused;
        self.faults.extend(other.faults);
    }

    /// What got no answer is sent again with its key, until it gets one; what got one gets it once more.
    pub fn settle(&mut self, door: &Door, mut patient: impl FnMut() -> bool) -> Outcome {
        if let Some(fault) = self.faults.first() {
            return Err(fault.clone());
        }
        for wish in std::mem::take(&mut self.unsure) {
            loop {
                match wish.send(door)? {
                    Fate::Done(value) => self.note(wish.clone(), &value),
                    Fate::Refused => self.refused += 1,
                    Fate::Unknown | Fate::Later if patient() => continue,
                    Fate::Unknown | Fate::Later => return Err(format!("{wish:?} gets no answer any more")),
                }
                break;
            }
        }
        for (wish, id) in std::mem::take(&mut self.again) {
            loop {
                match wish.send(door)? {
                    Fate::Done(value) if value["id"] == id.as_str() => break,
                    Fate::Unknown | Fate::Later if patient() => {}
                    other => return Err(format!("{wish:?} was {id} and is {other:?} when it is sent again")),
                }
            }
        }
        Ok(())
    }
}
