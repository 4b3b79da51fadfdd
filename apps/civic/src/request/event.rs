//! What is told when something happens to a request. Whoever counts needs nothing but these: each says
//! how the request stood before and how it stands after, so that counters can be made anew from the
//! first event on. Nobody's name or contact is in any of them.

use kernel::jiff::Timestamp;
use kernel::{Id, NewEvent, Person, Provider};
use serde::{Deserialize, Serialize};
use store::Event;

use super::model::{Request, RequestId, Source, Status};

pub const REPORTED: &str = "request.reported";
/// Its state, its category, its place or whether the public sees it is another one.
pub const CHANGED: &str = "request.changed";
/// It was given to an agency, a team or a person.
pub const ROUTED: &str = "request.routed";
/// The city answered in public.
pub const ANSWERED: &str = "request.answered";
/// Staff wrote something down for themselves.
pub const NOTED: &str = "request.noted";
/// It is a duplicate of another one, or is no longer.
pub const MERGED: &str = "request.merged";
pub const UNMERGED: &str = "request.unmerged";
/// Staff looked at how to reach whoever reported it.
pub const CONTACT_SEEN: &str = "request.contact_seen";
/// Its deadline is near, or over, and those who should know are to be told.
pub const ESCALATED: &str = "request.escalated";
/// Somebody else said "me too".
pub const SECONDED: &str = "request.seconded";
/// What was personal about it is gone.
pub const ERASED: &str = "request.erased";
/// It was taken out of the database and kept elsewhere.
pub const ARCHIVED: &str = "request.archived";
/// It was brought back from there, as it was.
pub const RESTORED: &str = "request.restored";
/// Many at once, from a file; `Imported` instead of `Told`.
pub const IMPORTED: &str = "requests.imported";

/// What can be counted about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub category: String,
    pub status: Status,
    /// In ten-millionths of a degree.
    pub lat: i32,
    pub long: i32,
    /// When it was reported, in microseconds.
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id<Provider>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Id<Person>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<RequestId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    pub source: Source,
}

/// One event of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Facts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Facts>,
    /// Why, or what was answered, where that is for everyone to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The other request of a merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<RequestId>,
}

/// Requests from a file, as they were when they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    pub requests: Vec<Facts>,
}

impl Facts {
    pub fn of(request: &Request) -> Self {
        Self {
            category: request.category.clone(),
            status: request.status,
            lat: request.place.lat_e7(),
            long: request.place.long_e7(),
            at: request.at,
            area: request.area.clone(),
            agency: request.agency,
            team: request.team.clone(),
            assignee: request.assignee,
            due: request.due,
            closed: request.closed,
            merged: request.merged,
            hidden: request.hidden,
            source: request.source,
        }
    }
}

pub fn reported(request: &Request) -> NewEvent {
    let told = Told { before: None, after: Some(Facts::of(request)), text: None, other: None };
    NewEvent::new(REPORTED, request.id, &told)
}

/// `name` happened to a request that stood as `before` and stands as `after`.
pub fn told(name: &'static str, before: &Request, after: &Request, text: Option<&str>) -> NewEvent {
    let told = Told {
        before: Some(Facts::of(before)),
        after: Some(Facts::of(after)),
        text: text.map(str::to_owned),
        other: None,
    };
    NewEvent::new(name, after.id, &told)
}

/// The requests of an event that tells of many.
pub fn read_imported(event: &Event) -> Result<Imported, bus::Trouble> {
    serde_json::from_str(&event.body).map_err(|error| bus::Trouble::Failed(error.to_string()))
}

/// What an event of a request says.
pub fn read(event: &Event) -> Result<Told, bus::Trouble> {
    serde_json::from_str(&event.body).map_err(|error| bus::Trouble::Failed(error.to_string()))
}
