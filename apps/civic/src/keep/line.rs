//! One request as a line of JSON, with every column named: whoever finds only the object can read it.

use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, Person, Provider};
use serde::{Deserialize, Serialize};

use super::model::{Happened, Kept, Tied};
use super::objects::Trouble;
use crate::request::model::{Request, RequestId, Source, Status};

#[derive(Serialize, Deserialize)]
struct Line {
    request: Columns,
    history: Vec<Happened>,
    tie: Option<Tied>,
}

#[derive(Serialize, Deserialize)]
struct Columns {
    id: RequestId,
    category: String,
    status: Status,
    description: String,
    /// In ten-millionths of a degree.
    lat: i32,
    long: i32,
    at: Timestamp,
    updated: Timestamp,
    version: i64,
    answers: Option<String>,
    address: Option<String>,
    zipcode: Option<String>,
    area: Option<String>,
    photos: Vec<String>,
    source: Source,
    agency: Option<Id<Provider>>,
    team: Option<String>,
    assignee: Option<Id<Person>>,
    due: Option<Timestamp>,
    left_min: Option<i64>,
    closed: Option<Timestamp>,
    note: Option<String>,
    merged: Option<RequestId>,
    seconds: i64,
    hidden: bool,
}

pub fn write(kept: &Kept) -> Vec<u8> {
    let it = kept.request.clone();
    let request = Columns {
        id: it.id,
        category: it.category,
        status: it.status,
        description: it.description,
        lat: it.place.lat_e7(),
        long: it.place.long_e7(),
        at: it.at,
        updated: it.updated,
        version: it.version,
        answers: it.answers,
        address: it.address,
        zipcode: it.zipcode,
        area: it.area,
        photos: it.photos,
        source: it.source,
        agency: it.agency,
        team: it.team,
        assignee: it.assignee,
        due: it.due,
        left_min: it.left_min,
        closed: it.closed,
        note: it.note,
        merged: it.merged,
        seconds: it.seconds,
        hidden: it.hidden,
    };
    let line = Line { request, history: kept.history.clone(), tie: kept.tie.clone() };
    // Plain data of ours: writing it as JSON cannot fail, and reading it back is a step of its own.
    let mut bytes = serde_json::to_vec(&line).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

pub fn read(bytes: &[u8]) -> Result<Kept, Trouble> {
    let Line { request: it, history, tie } = serde_json::from_slice(bytes).map_err(|_| Trouble::Damaged)?;
    let place = Point::from_e7(it.lat, it.long).map_err(|_| Trouble::Damaged)?;
    let request = Request {
        id: it.id,
        category: it.category,
        status: it.status,
        description: it.description,
        place,
        reporter: None,
        at: it.at,
        updated: it.updated,
        version: it.version,
        answers: it.answers,
        address: it.address,
        zipcode: it.zipcode,
        area: it.area,
        photos: it.photos,
        source: it.source,
        agency: it.agency,
        team: it.team,
        assignee: it.assignee,
        due: it.due,
        left_min: it.left_min,
        closed: it.closed,
        note: it.note,
        merged: it.merged,
        seconds: it.seconds,
        hidden: it.hidden,
    };
    Ok(Kept { request, history, tie })
}
