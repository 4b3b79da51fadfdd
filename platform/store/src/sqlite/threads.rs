//! The fixed reader threads: reads that are not short wait here for their turn.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Sender, bounded};

use crate::error::StoreError;
use crate::limits;

type Task = Box<dyn FnOnce() + Send>;

/// A panic is the task's alone: its caller hears of it, and the thread goes on.
fn carry_out(task: Task) {
    if catch_unwind(AssertUnwindSafe(task)).is_err() {
        tracing::error!("a read panicked");
    }
}

pub(super) struct Threads(Sender<Task>);

impl Threads {
    pub(super) fn start(count: usize) -> Result<Self, StoreError> {
        let (sender, receiver) = bounded::<Task>(limits::WAITING_READS_MAX);
        for number in 0..count.max(1) {
            let receiver = receiver.clone();
            std::thread::Builder::new()
                .name(format!("reader-{number}"))
                .spawn(move || receiver.iter().for_each(carry_out))
                .map_err(|error| StoreError::Down(format!("a reader thread does not start: {error}")))?;
        }
        Ok(Self(sender))
    }

    /// Waits for the answer without holding up the caller's thread; too long a queue is refused.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let task = Box::new(move || {
            // A caller that has gone away needs no work done.
            if !reply.is_closed() {
                let _ = reply.send(task());
            }
        });
        self.0.try_send(task).map_err(|_| StoreError::Busy)?;
        answer.await.unwrap_or(Err(StoreError::Bug("a reader thread gave up".into())))
    }
}
