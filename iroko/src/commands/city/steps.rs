//! One step after another, each with its time.

use std::time::Instant;

use serde_json::{Value, json};
use tenancy::Outcome;

use super::super::operation::Tell;
use super::super::report::{Failure, Report};

/// What a step did.
pub struct Did {
    pub changed: bool,
    pub detail: String,
}

impl Did {
    pub fn of(changed: bool, detail: impl Into<String>) -> Self {
        Self { changed, detail: detail.into() }
    }

    /// So many of all were not there yet.
    pub fn some(outcomes: &[Outcome], what: &str) -> Self {
        let new = outcomes.iter().filter(|outcome| **outcome == Outcome::Done).count();
        Self::of(new > 0, format!("{} {what}, {new} of them new", outcomes.len()))
    }
}

pub struct Steps {
    tell: Tell,
    started: Instant,
    done: Vec<Value>,
    text: String,
}

impl Steps {
    pub fn new(tell: &Tell) -> Self {
        Self { tell: tell.clone(), started: Instant::now(), done: Vec::new(), text: String::new() }
    }

    /// A failure names the step; what was done before it stays done.
    pub async fn step(
        &mut self,
        name: &str,
        work: impl Future<Output = Result<Did, Failure>>,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        let did = work.await.map_err(|failure| {
            let message = format!(
                "{name}: {}; what was done before stays, and the same command goes on from here",
                failure.message
            );
            Failure::new(failure.kind, message).with(json!({ "step": name, "done": self.done }))
        })?;
        let took_ms = started.elapsed().as_millis() as u64;
        let outcome = if did.changed { "done" } else { "done already" };
        let line = format!("{name:<12} {outcome:<12} {took_ms:>5} ms  {}", did.detail);
        (self.tell)(line.trim_end());
        self.text += &format!("{}\n", line.trim_end());
        self.done
            .push(json!({ "step": name, "changed": did.changed, "took_ms": took_ms, "detail": did.detail }));
        Ok(())
    }

    /// The lines were told on the way, so that the end is short.
    pub fn conclude(self, what: &str) -> Report {
        let took_ms = self.started.elapsed().as_millis() as u64;
        let changed = self.done.iter().any(|step| step["changed"] == true);
        let text = format!("{what} after {took_ms} ms");
        Report::new(text, json!({ "changed": changed, "took_ms": took_ms, "steps": self.done }))
    }
}
