//! Who is let in: so many requests are worked on at once, and so many bodies may be on their way,
//! which is waited for and not worked on.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::Poll;

use bytes::Bytes;
use foldhash::fast::RandomState;
use guard::{Key, Pass, Priority};
use kernel::Refusal;
use parking_lot::Mutex;

use super::turned::Turned;
use super::{Edge, limits};

/// What the gate goes by.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    pub(super) priority: Priority,
    /// The market, whose fair part it is.
    pub(super) share: u64,
}

/// Bodies that are on their way, in all and by address.
pub(super) struct Arriving {
    counts: Mutex<Counts>,
    all_max: usize,
    per_address_max: usize,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<Key, usize, RandomState>,
}

/// One of them, until it is there or given up.
pub(super) struct Place<'a> {
    arriving: &'a Arriving,
    key: Key,
}

impl Arriving {
    pub(super) fn new(all_max: usize, per_address_max: usize) -> Self {
        Self { counts: Mutex::default(), all_max, per_address_max }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.counts.lock().all
    }

    fn enter(&self, address: IpAddr) -> Option<Place<'_>> {
        let key = Key::address(address);
        let mut counts = self.counts.lock();
        let own = counts.by_address.get(&key).copied().unwrap_or(0);
        if counts.all >= self.all_max || own >= self.per_address_max {
            return None;
        }
        counts.all += 1;
        counts.by_address.insert(key, own + 1);
        Some(Place { arriving: self, key })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut counts = self.arriving.counts.lock();
        counts.all -= 1;
        if let Some(own) = counts.by_address.get_mut(&self.key) {
            *own -= 1;
            if *own == 0 {
                counts.by_address.remove(&self.key);
            }
        }
    }
}

impl Edge {
    pub(super) fn admit(&self, standing: Standing) -> Result<Pass, Turned> {
        self.gate.enter(standing.priority, standing.share).map_err(|_| self.shed(standing))
    }

    /// Waits for the body. One that came with its head is there at once. Any other gives the pass
    /// back while it is on its way, and takes another one when it is there: a slow line costs nobody
    /// else their turn, nor does it look as if we were slow.
    pub(super) async fn arrive(
        &self,
        mut pass: Pass,
        standing: Standing,
        address: IpAddr,
        reading: impl Future<Output = Result<Bytes, Turned>>,
    ) -> Result<(Bytes, Pass), Turned> {
        let mut reading = pin!(reading);
        if let Some(read) = at_once(reading.as_mut()).await {
            return Ok((read?, pass));
        }
        pass.without_latency();
        drop(pass);
        let _place = self.arriving.enter(address).ok_or_else(|| self.shed(standing))?;
        let body = reading.await?;
        Ok((body, self.admit(standing)?))
    }

    /// A body that is larger than others may be, until it is worked on: it is all in memory.
    pub(super) fn admit_large(&self, standing: Standing, address: IpAddr) -> Result<Place<'_>, Turned> {
        self.large.enter(address).ok_or_else(|| self.shed(standing))
    }

    fn shed(&self, standing: Standing) -> Turned {
        let name = match standing.priority {
            Priority::Critical => "critical",
            Priority::Normal => "normal",
            Priority::Background => "background",
        };
        self.guarded.shed.get(name).inc();
        let message = "There is too much to do. Try again in a moment.";
        Refusal::unavailable("overloaded", message, limits::SHED_RETRY_S).into()
    }
}

/// What is there after a few looks. Between two of them the connection has its turn, which hands on
/// what it has read already.
async fn at_once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    let mut looks = 0;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if looks == limits::BODY_LOOKS => Poll::Ready(None),
        Poll::Pending => {
            looks += 1;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_few_for_one_address_and_bounded_for_all() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let arriving = Arriving::new(3, 2);
        let first = arriving.enter(address("2001:db8::1"));
        let second = arriving.enter(address("2001:db8::2"));
        assert!(first.is_some() && second.is_some());
        assert!(arriving.enter(address("2001:db8::3")).is_none(), "one household");
        let third = arriving.enter(address("192.0.2.1"));
        assert!(third.is_some());
        assert!(arriving.enter(address("192.0.2.2")).is_none(), "no more for anyone");
        drop(first);
        let fourth = arriving.enter(address("192.0.2.2"));
        assert!(fourth.is_some());
        drop((second, third, fourth));
        let counts = arriving.counts.lock();
        assert_eq!((counts.all, counts.by_address.len()), (0, 0));
    }
}
