//! How many may follow at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use kernel::{Actor, Refusal, RefusalKind};
use parking_lot::Mutex;

use super::limits;

#[derive(Debug, Default)]
pub struct Seats(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_market: HashMap<i64, usize>,
    by_actor: HashMap<i64, usize>,
}

/// One place among the followers, free again when dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    market: i64,
    actor: i64,
}

impl Seats {
    pub fn take(self: &Arc<Self>, market: i64, actor: Actor) -> Result<Seat, Refusal> {
        let actor = actor.to_raw();
        let mut taken = self.0.lock();
        let of = |counts: &HashMap<i64, usize>, key| counts.get(&key).copied().unwrap_or(0);
        if of(&taken.by_actor, actor) >= limits::FOLLOWERS_PER_PERSON_MAX {
            let message = "You follow enough already. Close another page first.";
            let refusal = Refusal::new(RefusalKind::TooMany, "too_many_streams", message);
            return Err(refusal.retry_after(limits::FULL_RETRY_S));
        }
        let in_market = of(&taken.by_market, market);
        if taken.all >= limits::FOLLOWERS_MAX || in_market >= limits::FOLLOWERS_PER_MARKET_MAX {
            let message = "As many follow now as can; try again later.";
            return Err(Refusal::unavailable("too_many_followers", message, limits::FULL_RETRY_S));
        }
        taken.all += 1;
        *taken.by_market.entry(market).or_default() += 1;
        *taken.by_actor.entry(actor).or_default() += 1;
        Ok(Seat { seats: self.clone(), market, actor })
    }

    pub fn taken(&self) -> usize {
        self.0.lock().all
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock();
        taken.all -= 1;
        one_less(&mut taken.by_market, self.market);
        one_less(&mut taken.by_actor, self.actor);
    }
}

fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}
