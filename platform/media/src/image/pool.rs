//! Few pictures at a time, few waiting, and all of them within one budget of memory: a hundred people
//! who send the largest picture at once wait, and the machine does not notice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use kernel::Refusal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Bounds, Made, Unfit, distil, make_distilled};
use crate::limits;

/// Permits for memory are counted in pieces of this size.
const PIECE: u64 = 64 << 10;

/// Shared by all who have pictures to make.
pub struct Pool {
    bounds: Bounds,
    places: Arc<Semaphore>,
    threads: Arc<Semaphore>,
    memory: Arc<Semaphore>,
}

/// A place in the queue.
pub struct Place(#[expect(dead_code, reason = "held, and given back by being dropped")] OwnedSemaphorePermit);

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("{}", .0.message())]
    Unfit(Unfit),
    /// Try again in a moment.
    #[error("too many pictures are waiting")]
    Busy,
}

impl From<Unfit> for Trouble {
    fn from(unfit: Unfit) -> Self {
        Trouble::Unfit(unfit)
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Unfit(unfit) => unfit.into(),
            Trouble::Busy => {
                let message = "Too many pictures are waiting. Try again in a moment.";
                Refusal::unavailable("pictures_busy", message, limits::BUSY_RETRY_AFTER_S)
            }
        }
    }
}

impl Pool {
    /// At most so many at once, and so many that wait; `bounds.memory_max` is for all together.
    pub fn new(bounds: Bounds, threads: usize, waiting_max: usize) -> Self {
        let threads = threads.max(1);
        Self {
            bounds,
            places: Arc::new(Semaphore::new(threads + waiting_max)),
            threads: Arc::new(Semaphore::new(threads)),
            memory: Arc::new(Semaphore::new(pieces(bounds.memory_max) as usize)),
        }
    }

    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// A place in the queue, or none: taken before the bytes of a picture are fetched, because those
    /// who wait with theirs in hand take memory too.
    pub fn place(&self) -> Result<Place, Trouble> {
        self.places.clone().try_acquire_owned().map(Place).map_err(|_| Trouble::Busy)
    }

    pub async fn make(&self, bytes: Bytes) -> Result<Made, Trouble> {
        let place = self.place()?;
        self.make_in(place, bytes).await
    }

    /// All sizes of one picture. Whoever stops waiting leaves its work to end by itself, and its place
    /// is taken until then.
    pub async fn make_in(&self, place: Place, bytes: Bytes) -> Result<Made, Trouble> {
        // Only walks through the bytes, which are few.
        let distilled = distil(&bytes, &self.bounds)?;
        drop(bytes);
        let memory = self.memory.clone().acquire_many_owned(pieces(distilled.memory));
        let memory = memory.await.map_err(|_| Trouble::Busy)?;
        let thread = self.threads.clone().acquire_owned().await.map_err(|_| Trouble::Busy)?;
        let work = move || {
            let made = catch_unwind(AssertUnwindSafe(|| make_distilled(distilled)));
            drop((thread, memory, place));
            made
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(made)) => Ok(made?),
            // A decoder that gave up in the middle: the picture is at fault.
            Ok(Err(_)) => Err(Unfit::Broken.into()),
            Err(_) => Err(Trouble::Busy),
        }
    }
}

fn pieces(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX)
}
