//! Who may bring an order from where to where.

use kernel::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where an order is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits to be paid for and accepted.
    Pending,
    Confirmed,
    Preparing,
    Ready,
    PickedUp,
    InTransit,
    Delivered,
    Cancelled,
}

use Status::{Cancelled, Confirmed, Delivered, InTransit, Pending, PickedUp, Preparing, Ready};

impl Status {
    pub const ALL: [Status; 8] =
        [Pending, Confirmed, Preparing, Ready, PickedUp, InTransit, Delivered, Cancelled];

    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    pub fn is_over(self) -> bool {
        matches!(self, Delivered | Cancelled)
    }

    pub fn name(self) -> &'static str {
        match self {
            Pending => "pending",
            Confirmed => "confirmed",
            Preparing => "preparing",
            Ready => "ready",
            PickedUp => "picked_up",
            InTransit => "in_transit",
            Delivered => "delivered",
            Cancelled => "cancelled",
        }
    }
}

/// In whose name somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Buyer,
    Merchant,
    Rider,
    Operator,
    /// Nobody: a payment that failed, a time that is over.
    System,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Buyer, Role::Merchant, Role::Rider, Role::Operator, Role::System];

    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// Whether a reason has to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    Reason,
}

/// The one table of it; `fetched` says that the buyer fetches the order.
pub fn may(from: Status, to: Status, who: Role, fetched: bool) -> Option<Needs> {
    use Needs::{Nothing, Reason};
    use Role::{Buyer, Merchant, Operator, Rider, System};
    let by_merchant = match who {
        Merchant => Some(Nothing),
        Operator => Some(Reason),
        _ => None,
    };
    let by_rider = match who {
        Rider => Some(Nothing),
        Operator => Some(Reason),
        _ => None,
    };
    match (from, to) {
        (Pending, Confirmed) | (Confirmed, Preparing) | (Preparing, Ready) => by_merchant,
        (Ready, Delivered) if fetched => by_merchant,
        (Ready, PickedUp) | (PickedUp, InTransit) | (InTransit, Delivered) if !fetched => by_rider,
        // Before anything is prepared the buyer may think again; what is on its way, only an operator ends.
        (Pending | Confirmed, Cancelled) if who == Buyer => Some(Nothing),
        (Pending | Confirmed | Preparing | Ready, Cancelled) if who == Merchant => Some(Reason),
        (Pending, Cancelled) if who == System => Some(Reason),
        (from, Cancelled) if who == Operator && !from.is_over() => Some(Reason),
        _ => None,
    }
}

pub fn refuse(from: Status, to: Status) -> Refusal {
    let (from, to) = (from.name().replace('_', " "), to.name().replace('_', " "));
    Refusal::conflict("wrong_status", format!("An order that is {from} cannot be {to} by you now."))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows are where it is, columns who; each cell lists where it may go, with ! where a reason is needed.
    const TABLE: &[(Status, &str, &str, &str, &str, &str)] = &[
        (Pending, "cancelled", "confirmed cancelled!", "", "confirmed! cancelled!", "cancelled!"),
        (Confirmed, "cancelled", "preparing cancelled!", "", "preparing! cancelled!", ""),
        (Preparing, "", "ready cancelled!", "", "ready! cancelled!", ""),
        (Ready, "", "cancelled!", "picked_up", "picked_up! cancelled!", ""),
        (PickedUp, "", "", "in_transit", "in_transit! cancelled!", ""),
        (InTransit, "", "", "delivered", "delivered! cancelled!", ""),
        (Delivered, "", "", "", "", ""),
        (Cancelled, "", "", "", "", ""),
    ];

    fn cell(from: Status, who: Role, fetched: bool) -> String {
        let to = Status::ALL.into_iter().filter_map(|to| {
            let needs = may(from, to, who, fetched)?;
            Some(format!("{}{}", to.name(), if needs == Needs::Reason { "!" } else { "" }))
        });
        to.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn who_may_bring_it_where() {
        for (from, buyer, merchant, rider, operator, system) in TABLE {
            for (who, expect) in Role::ALL.into_iter().zip([buyer, merchant, rider, operator, system]) {
                assert_eq!(cell(*from, who, false), *expect, "{from:?} by {who:?}");
            }
        }
        assert_eq!(cell(Ready, Role::Merchant, true), "delivered cancelled!");
        assert_eq!(cell(Ready, Role::Rider, true), "");
    }

    #[test]
    fn numbers_are_kept_in_rows() {
        for (number, status) in Status::ALL.into_iter().enumerate() {
            assert_eq!(status as usize, number);
            assert_eq!(Status::from_number(number as i64), Some(status));
        }
    }
}
