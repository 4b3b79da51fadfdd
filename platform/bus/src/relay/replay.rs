//! Parked events that an operator has released: one by one, in order, before anything newer.

use kernel::{Decision, values};
use store::{Event, Market, StoreError};

use super::Relay;
use super::seat::Seat;
use super::work::{Worked, short};
use crate::consumer::Trouble;
use crate::counts::add;
use crate::{limits, tables};

impl Relay {
    /// `true` when all that was released has been dealt with.
    pub(super) async fn replay(&self, market: &Market, seat: &mut Seat) -> Result<bool, StoreError> {
        let limit = limits::REPLAYED_PER_VISIT_MAX;
        let released: Vec<Event> = market.list(tables::RELEASED, values![seat.name(), limit]).await?;
        let all = released.len() < limit as usize;
        let mut failed: Vec<i64> = Vec::new();
        for event in released {
            if failed.contains(&event.subject) {
                continue;
            }
            match self.replay_one(market, seat, &event).await? {
                Worked::Done => seat.parked -= 1,
                Worked::Failed => failed.push(event.subject),
                Worked::Overtaken => return Ok(false),
            }
            seat.cursor.turn += 1;
        }
        Ok(all)
    }

    async fn replay_one(&self, market: &Market, seat: &Seat, event: &Event) -> Result<Worked, StoreError> {
        let (name, turn, stamp) = (seat.name(), seat.cursor.turn, self.stamp());
        let take_turn = || tables::TAKE_TURN.with(values![name, turn]);
        let trouble = match self.ask(market, seat, std::slice::from_ref(event)).await {
            Ok(decision) => {
                let unpark = tables::UNPARK.with(values![name, event.pos]);
                match market.commit(stamp, decision.change(unpark).change(take_turn())).await {
                    Ok(()) => {
                        add(&self.counters.events, 1);
                        return Ok(Worked::Done);
                    }
                    Err(error) => match self.blame(market, seat, error).await? {
                        None => return Ok(Worked::Overtaken),
                        Some(trouble) => trouble,
                    },
                }
            }
            Err(trouble) => trouble,
        };
        add(&self.counters.failures, 1);
        let error = short(&trouble.to_string());
        if let Trouble::OutOfReach(_) = trouble {
            return Err(StoreError::Down(error));
        }
        let again = tables::PARK_AGAIN.with(values![name, event.subject, event.pos, error]).any_rows();
        match market.commit(stamp, Decision::nothing().change(again).change(take_turn())).await {
            Ok(()) => Ok(Worked::Failed),
            Err(store::CommitError::Failed(error)) => Err(error),
            Err(_) => Ok(Worked::Overtaken),
        }
    }
}
