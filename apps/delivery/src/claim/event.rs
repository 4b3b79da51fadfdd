//! What is told of a claim.

use kernel::{Id, Money, NewEvent, Person, Provider};
use serde::{Deserialize, Serialize};

use super::model::{Claim, Dispute, State};
use crate::order::OrderId;
use crate::order::state::Role;

pub const REQUESTED: &str = "claim.requested";
/// The merchant has said something to it.
pub const ANSWERED: &str = "claim.answered";
/// Somebody is to decide.
pub const REVIEW: &str = "claim.review";
pub const DECIDED: &str = "claim.decided";
pub const PAID: &str = "claim.paid";
/// What was approved did not arrive: an operator sees to it.
pub const PAY_FAILED: &str = "claim.pay_failed";
pub const SENT_AGAIN: &str = "claim.sent_again";
pub const DISPUTED: &str = "claim.disputed";
pub const DISPUTE_DECIDED: &str = "claim.dispute_decided";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub order: OrderId,
    pub buyer: Id<Person>,
    pub provider: Id<Provider>,
    pub state: State,
    pub dispute: Dispute,
    pub by: Role,
    pub reason: Option<String>,
    pub asked: Money,
    /// What was decided last: back to where it came from, and in coins.
    pub money: Option<Money>,
    pub coins: Option<Money>,
}

pub fn of(name: &'static str, claim: &Claim, by: Role, reason: Option<&str>) -> NewEvent {
    let verdict = claim.verdict();
    let told = Told {
        order: claim.order,
        buyer: claim.buyer,
        provider: claim.provider,
        state: claim.state,
        dispute: claim.dispute,
        by,
        reason: reason.map(str::to_owned),
        asked: claim.said.asked,
        money: verdict.map(|it| it.money),
        coins: verdict.map(|it| it.coins),
    };
    NewEvent::new(name, claim.id, &told)
}
