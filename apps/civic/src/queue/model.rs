use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Fault, Id, Person, Provider, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::request::model::{Request, Status};

/// In which order, and with that which requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// What is due first; what has no deadline comes last.
    #[default]
    Due,
    /// The oldest first.
    Age,
    /// What is over, the latest first.
    Closed,
}

/// What staff want to see, as they say it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wanted {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub area: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub team: Option<String>,
    /// `me`, `nobody`, or somebody's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub assignee: Option<String>,
    /// For the market's own staff: an agency's id, or `none` for what is routed to no agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub agency: Option<String>,
    /// Reported then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub reported_from: Option<Timestamp>,
    /// Reported before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub reported_to: Option<Timestamp>,
    /// Only what is past its deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue: Option<bool>,
    /// Only what is past its deadline or will be within so many hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8760))]
    pub due_within_h: Option<i64>,
    /// `closed` where the status is one of those that are over, otherwise `due`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Everyones,
    Of(Id<Provider>),
    /// Routed to no agency.
    Nobodys,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    Any,
    Nobody,
    Is(Id<Person>),
}

/// The same, ready to be looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    pub whose: Whose,
    pub status: Option<Status>,
    pub category: String,
    pub area: String,
    pub team: String,
    pub assignee: Assignee,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Due before this.
    pub due_before: Option<Timestamp>,
    pub order: Order,
}

impl Pick {
    /// `agency` is whose desk it is, `me` who asks.
    pub fn of(
        wanted: &Wanted,
        agency: Option<Id<Provider>>,
        me: Option<Id<Person>>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let mut faults = Vec::new();
        let whose = match (agency, wanted.agency.as_deref()) {
            (Some(own), None) => Whose::Of(own),
            (None, None) => Whose::Everyones,
            (None, Some("none")) => Whose::Nobodys,
            (None, Some(text)) => match text.parse() {
                Ok(id) => Whose::Of(id),
                Err(_) => {
                    faults.push(Fault::new("?agency", "invalid", "Give an agency's id, or none."));
                    Whose::Nobodys
                }
            },
            (Some(own), Some(_)) => {
                faults.push(Fault::new("?agency", "unexpected", "This is the list of one agency."));
                Whose::Of(own)
            }
        };
        let assignee = assignee_of(wanted, me, &mut faults);
        let is_over = wanted.status.map(Status::is_over);
        let order = match (wanted.order, is_over) {
            (None, Some(true)) => Order::Closed,
            (None, _) => Order::Due,
            (Some(order), _) => order,
        };
        if is_over.is_some_and(|over| over != (order == Order::Closed)) {
            let message = "What is over is listed in the order closed, and nothing else is.";
            faults.push(Fault::new("?order", "unfit", message));
        }
        let overdue = wanted.overdue.unwrap_or_default();
        let hours = wanted.due_within_h.filter(|_| !overdue).unwrap_or_default();
        let is_bounded = overdue || wanted.due_within_h.is_some();
        if is_bounded && order != Order::Due {
            faults.push(Fault::new("?order", "unfit", "Deadlines are listed in the order due."));
        }
        if !faults.is_empty() {
            return Err(Refusal::invalid(faults));
        }
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        Ok(Self {
            whose,
            status: wanted.status,
            category: text(&wanted.category),
            area: text(&wanted.area),
            team: text(&wanted.team),
            assignee,
            from: wanted.reported_from.unwrap_or(Timestamp::MIN),
            to: wanted.reported_to.unwrap_or(Timestamp::MAX),
            due_before: is_bounded.then(|| later(now, hours)),
            order,
        })
    }

    /// Before the first of a list.
    pub fn start(&self) -> [i64; 2] {
        match self.order {
            Order::Closed => [i64::MAX; 2],
            Order::Due | Order::Age => [i64::MIN, 0],
        }
    }

    /// Where a request stands in the list.
    pub fn place(&self, request: &Request) -> [i64; 2] {
        let id = request.id.raw();
        match self.order {
            Order::Age => [0, id],
            // What has no deadline comes after all that have one.
            Order::Due => [request.due.map_or(i64::MAX, Timestamp::as_microsecond), id],
            Order::Closed => [request.closed.map_or(0, Timestamp::as_microsecond), id],
        }
    }
}

fn assignee_of(wanted: &Wanted, me: Option<Id<Person>>, faults: &mut Vec<Fault>) -> Assignee {
    let is = match (wanted.assignee.as_deref(), me) {
        (None, _) => return Assignee::Any,
        (Some("nobody"), _) => return Assignee::Nobody,
        (Some("me"), Some(me)) => Some(me),
        (Some(text), _) => text.parse().ok(),
    };
    is.map_or_else(
        || {
            let message = "Give me (as a person), nobody, or a person's id.";
            faults.push(Fault::new("?assignee", "invalid", message));
            Assignee::Nobody
        },
        Assignee::Is,
    )
}

pub fn later(now: Timestamp, hours: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX)
}

/// How many of a kind, and whether there are more than were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Count {
    pub count: i64,
    pub more: bool,
}

impl From<i64> for Count {
    fn from(count: i64) -> Self {
        Self { count: count.min(limits::COUNTED_MAX), more: count > limits::COUNTED_MAX }
    }
}

/// What waits, by kind. Each is counted up to 10,000.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    pub waiting: Count,
    pub open: Count,
    pub in_progress: Count,
    pub under_review: Count,
    pub pending_external: Count,
    pub reopened: Count,
    pub overdue: Count,
    /// Due within a day.
    pub due_soon: Count,
    pub unassigned: Count,
    pub mine: Count,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_together_is_named() {
        let now = Timestamp::UNIX_EPOCH;
        let (own, me) = (Some(Id::from_raw(7)), Some(Id::from_raw(9)));
        let text = |it: &str| Some(it.to_owned());
        let none = Wanted::default;
        for (wanted, agency, me, expect) in [
            (none(), None, None, &[][..]),
            (Wanted { agency: text("none"), ..none() }, None, None, &[]),
            (Wanted { agency: text("prv_0000000000007"), ..none() }, None, None, &[]),
            (Wanted { agency: text("prv_7"), ..none() }, None, None, &["?agency"]),
            (Wanted { agency: text("none"), ..none() }, own, None, &["?agency"]),
            (Wanted { assignee: text("me"), ..none() }, own, me, &[]),
            (Wanted { assignee: text("me"), ..none() }, own, None, &["?assignee"]),
            (Wanted { assignee: text("nobody"), ..none() }, own, None, &[]),
            (Wanted { status: Some(Status::Closed), ..none() }, own, None, &[]),
            (
                Wanted { status: Some(Status::Closed), order: Some(Order::Due), ..none() },
                own,
                None,
                &["?order"],
            ),
            (
                Wanted { status: Some(Status::Open), order: Some(Order::Closed), ..none() },
                own,
                None,
                &["?order"],
            ),
            (Wanted { overdue: Some(true), order: Some(Order::Age), ..none() }, own, None, &["?order"]),
        ] {
            let found = Pick::of(&wanted, agency, me, now);
            let named: Vec<String> = match &found {
                Ok(_) => Vec::new(),
                Err(refusal) => refusal.faults().iter().map(|it| it.field.clone()).collect(),
            };
            assert_eq!(named, expect, "{wanted:?}");
        }
    }

    #[test]
    fn overdue_is_nearer_than_soon() {
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        for (overdue, within, expect) in [
            (None, None, None),
            (Some(true), None, Some("2026-03-02T10:00:00Z")),
            (None, Some(4), Some("2026-03-02T14:00:00Z")),
            (Some(true), Some(4), Some("2026-03-02T10:00:00Z")),
            (Some(false), None, None),
        ] {
            let wanted = Wanted { overdue, due_within_h: within, ..Wanted::default() };
            let pick = Pick::of(&wanted, None, None, now).unwrap();
            assert_eq!(pick.due_before.map(|it| it.to_string()).as_deref(), expect);
        }
    }
}
