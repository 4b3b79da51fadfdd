//! Where payments, attempts and refunds stand, and which steps there are between.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Nobody outside has been asked yet; perhaps because the gateway is down.
    Intent,
    /// The payer, or the gateway, has something to do.
    Pending,
    /// Nobody knows whether it was paid. It is asked for again until somebody does.
    Parked,
    /// The gateway speaks of another amount, currency or reference. An operator looks.
    Disputed,
    /// Reserved, not yet taken.
    Authorised,
    Captured,
    /// Given back, all of it.
    Refunded,
    /// Taken back through the payer's bank.
    ChargedBack,
    Failed,
    Cancelled,
    Expired,
}

use PaymentState as P;

impl PaymentState {
    pub const ALL: [(PaymentState, &'static str); 11] = [
        (P::Intent, "intent"),
        (P::Pending, "pending"),
        (P::Parked, "parked"),
        (P::Disputed, "disputed"),
        (P::Authorised, "authorised"),
        (P::Captured, "captured"),
        (P::Refunded, "refunded"),
        (P::ChargedBack, "charged_back"),
        (P::Failed, "failed"),
        (P::Cancelled, "cancelled"),
        (P::Expired, "expired"),
    ];

    pub fn name(self) -> &'static str {
        name_of(&Self::ALL, self)
    }

    /// Still to be paid.
    pub fn is_open(self) -> bool {
        matches!(self, P::Intent | P::Pending | P::Parked | P::Disputed)
    }

    /// Nothing follows upon it, whatever a gateway says.
    pub fn is_final(self) -> bool {
        matches!(self, P::Refunded | P::ChargedBack | P::Failed | P::Cancelled | P::Expired)
    }

    /// The steps that there are. All others are bugs.
    pub fn may_become(self, next: PaymentState) -> bool {
        match self {
            _ if self == next => true,
            P::Intent | P::Pending | P::Parked | P::Disputed => !matches!(next, P::Refunded | P::ChargedBack),
            P::Authorised => matches!(next, P::Captured | P::Cancelled | P::Expired),
            P::Captured => matches!(next, P::Refunded | P::ChargedBack),
            P::Refunded | P::ChargedBack | P::Failed | P::Cancelled | P::Expired => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// To be sent.
    Queued,
    /// Written down before it left: after a crash it may have arrived.
    Sent,
    /// The gateway has it; somebody there has something to do.
    Waiting,
    /// It may have arrived.
    Unknown,
    /// The gateway holds the money.
    Authorised,
    Done,
    /// The gateway said no, or never heard of it.
    Failed,
}

use AttemptState as A;

impl AttemptState {
    pub const ALL: [(AttemptState, &'static str); 7] = [
        (A::Queued, "queued"),
        (A::Sent, "sent"),
        (A::Waiting, "waiting"),
        (A::Unknown, "unknown"),
        (A::Authorised, "authorised"),
        (A::Done, "done"),
        (A::Failed, "failed"),
    ];

    /// Something is to be done or asked.
    pub fn is_open(self) -> bool {
        matches!(self, A::Queued | A::Sent | A::Waiting | A::Unknown)
    }

    /// The gateway has the money.
    pub fn is_good(self) -> bool {
        matches!(self, A::Authorised | A::Done)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    Open,
    Done,
    Failed,
}

impl RefundState {
    pub const ALL: [(RefundState, &'static str); 3] =
        [(RefundState::Open, "open"), (RefundState::Done, "done"), (RefundState::Failed, "failed")];
}

/// The name of a case in its table; every case is in it.
pub fn name_of<T: PartialEq + Copy>(table: &[(T, &'static str)], it: T) -> &'static str {
    table.iter().find(|(other, _)| *other == it).map_or("", |(_, name)| name)
}

pub fn case_of<T: PartialEq + Copy>(table: &[(T, &'static str)], name: &str) -> Option<T> {
    table.iter().find(|(_, other)| *other == name).map(|(it, _)| *it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_in_the_table() {
        // A row for each state: what may follow.
        let rows = [
            (P::Intent, "intent pending parked disputed authorised captured failed cancelled expired"),
            (P::Pending, "intent pending parked disputed authorised captured failed cancelled expired"),
            (P::Parked, "intent pending parked disputed authorised captured failed cancelled expired"),
            (P::Disputed, "intent pending parked disputed authorised captured failed cancelled expired"),
            (P::Authorised, "authorised captured cancelled expired"),
            (P::Captured, "captured refunded charged_back"),
            (P::Refunded, "refunded"),
            (P::ChargedBack, "charged_back"),
            (P::Failed, "failed"),
            (P::Cancelled, "cancelled"),
            (P::Expired, "expired"),
        ];
        assert_eq!(rows.len(), PaymentState::ALL.len());
        for (from, expected) in rows {
            let found: Vec<&str> = PaymentState::ALL
                .iter()
                .filter(|(to, _)| from.may_become(*to))
                .map(|(_, name)| *name)
                .collect();
            let mut expected: Vec<&str> = expected.split(' ').collect();
            expected.sort_by_key(|name| PaymentState::ALL.iter().position(|(_, other)| other == name));
            assert_eq!(found, expected, "{from:?}");
            assert_eq!(from.is_final(), expected.len() == 1, "{from:?}");
            assert_eq!(case_of(&PaymentState::ALL, from.name()), Some(from));
        }
    }
}
