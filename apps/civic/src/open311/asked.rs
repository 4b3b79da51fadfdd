//! What a client asks of the list of requests, read from its parameters: every fault named at once,
//! parameters that nobody knows passed over, as GeoReport's clients send their own.

use geo::BoundingBox;
use kernel::Fault;
use kernel::jiff::Timestamp;
use kernel::jiff::civil::Date;
use kernel::jiff::tz::TimeZone;
use web::Pairs;

use crate::limits;
use crate::request::model::{RequestId, Status};
use crate::request::number;

/// Which requests.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// These and no others, whatever else is said.
    Ids(Vec<RequestId>),
    Some(Filter),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// None: all.
    pub services: Vec<String>,
    pub statuses: Vec<Status>,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Sorted by and from when it was changed, if asked so.
    pub updated_after: Option<Timestamp>,
    pub updated_before: Option<Timestamp>,
    pub bbox: Option<BoundingBox>,
    pub page: u32,
    pub page_size: u32,
}

pub fn asked(pairs: &Pairs, now: Timestamp, zone: &TimeZone) -> Result<Asked, Vec<Fault>> {
    let mut faults = Vec::new();
    if let Some(ids) = ids(pairs, &mut faults) {
        return if faults.is_empty() { Ok(Asked::Ids(ids)) } else { Err(faults) };
    }
    let times = times(pairs, now, zone, &mut faults);
    let filter = Filter {
        services: list(pairs, "service_code").map(str::to_owned).collect(),
        statuses: statuses(pairs, &mut faults),
        from: times.0,
        to: times.1,
        updated_after: time(pairs, "updated_after", zone, &mut faults),
        updated_before: time(pairs, "updated_before", zone, &mut faults),
        bbox: bbox(pairs, &mut faults),
        page: number(pairs, "page", 1, limits::OPEN311_PAGES_MAX, &mut faults).unwrap_or(1),
        page_size: number(pairs, "page_size", 1, limits::OPEN311_REQUESTS_MAX, &mut faults)
            .unwrap_or(limits::OPEN311_REQUESTS_MAX),
    };
    if filter.services.len() > limits::CATEGORIES_MAX {
        faults.push(Fault::new("?service_code", "too_many", "There are too many of them."));
    }
    if faults.is_empty() { Ok(Asked::Some(filter)) } else { Err(faults) }
}

/// Only the span, as lists of updates have it.
pub fn span(pairs: &Pairs, now: Timestamp, zone: &TimeZone) -> Result<(Timestamp, Timestamp), Vec<Fault>> {
    let mut faults = Vec::new();
    let span = times(pairs, now, zone, &mut faults);
    if faults.is_empty() { Ok(span) } else { Err(faults) }
}

/// A list may be written with commas, or by giving the parameter again.
fn list<'a>(pairs: &'a Pairs, name: &str) -> impl Iterator<Item = &'a str> {
    pairs.all(name).flat_map(|value| value.split(',')).map(str::trim).filter(|it| !it.is_empty())
}

fn ids(pairs: &Pairs, faults: &mut Vec<Fault>) -> Option<Vec<RequestId>> {
    let written: Vec<&str> = list(pairs, "service_request_id").take(limits::OPEN311_IDS_MAX + 1).collect();
    if written.is_empty() {
        return None;
    }
    if written.len() > limits::OPEN311_IDS_MAX {
        let message = format!("At most {} at once.", limits::OPEN311_IDS_MAX);
        faults.push(Fault::new("?service_request_id", "too_many", message));
    }
    // One that cannot be an id is one that nobody has.
    Some(written.iter().filter_map(|text| number::or_id(text)).collect())
}

fn statuses(pairs: &Pairs, faults: &mut Vec<Fault>) -> Vec<Status> {
    let mut found = Vec::new();
    for name in list(pairs, "status") {
        match name.to_ascii_lowercase().as_str() {
            "open" => found.extend(Status::UNDER_WAY),
            "closed" => found.extend(Status::OVER),
            _ => {
                let message = "Must be `open` or `closed`, or both with a comma between them.";
                faults.push(Fault::new("?status", "unknown", message));
                break;
            }
        }
    }
    found.sort_by_key(|status| status.name());
    found.dedup();
    found
}

/// The span within which requests were reported: at most ninety days, the last ones if nothing is said.
fn times(pairs: &Pairs, now: Timestamp, zone: &TimeZone, faults: &mut Vec<Fault>) -> (Timestamp, Timestamp) {
    let span = limits::OPEN311_SPAN;
    let (from, to) = (time(pairs, "start_date", zone, faults), time(pairs, "end_date", zone, faults));
    let (from, to) = match (from, to) {
        (None, None) => (now.checked_sub(span).unwrap_or(Timestamp::MIN), Timestamp::MAX),
        (Some(from), None) => (from, from.checked_add(span).unwrap_or(Timestamp::MAX)),
        (None, Some(to)) => (to.checked_sub(span).unwrap_or(Timestamp::MIN), to),
        (Some(from), Some(to)) => (from, to),
    };
    if from > to {
        faults.push(Fault::new("?start_date", "backwards", "Lies after end_date."));
    } else if pairs.get("start_date").is_some()
        && pairs.get("end_date").is_some()
        && to.duration_since(from) > span
    {
        faults.push(Fault::new("?end_date", "too_long", "The span may be at most 90 days."));
    }
    (from, to)
}

/// A moment with its zone, as W3C writes it. A date alone is the beginning of that day in the city.
fn time(pairs: &Pairs, name: &str, zone: &TimeZone, faults: &mut Vec<Fault>) -> Option<Timestamp> {
    let text = pairs.get(name).map(str::trim).filter(|text| !text.is_empty())?;
    // A plus that was not encoded has become a blank.
    let moment = text.replace(' ', "+").parse::<Timestamp>();
    let day = || text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let found = moment.ok().or_else(|| Some(day()?.to_zoned(zone.clone()).ok()?.timestamp()));
    if found.is_none() {
        let message = "Must be a time with its zone, as in 2026-01-31T12:00:00Z.";
        faults.push(Fault::new(format!("?{name}"), "not_a_time", message));
    }
    found
}

fn bbox(pairs: &Pairs, faults: &mut Vec<Fault>) -> Option<BoundingBox> {
    match BoundingBox::parse("?bbox", pairs.get("bbox").filter(|text| !text.is_empty())?) {
        Ok(bbox) => Some(bbox),
        Err(more) => {
            faults.extend(more);
            None
        }
    }
}

fn number(pairs: &Pairs, name: &str, min: u32, max: u32, faults: &mut Vec<Fault>) -> Option<u32> {
    let text = pairs.get(name).filter(|text| !text.is_empty())?;
    let found = text.parse().ok().filter(|number| (min..=max).contains(number));
    if found.is_none() {
        let message = format!("Must be a whole number from {min} to {max}.");
        faults.push(Fault::new(format!("?{name}"), "out_of_range", message));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T12:00:00Z";

    fn ask(query: &str) -> Result<Asked, Vec<String>> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap()).map(|(n, v)| (n.into(), v.into()));
        let zone = TimeZone::get("America/New_York").unwrap();
        asked(&Pairs(pairs.collect()), NOW.parse().unwrap(), &zone)
            .map_err(|faults| faults.into_iter().map(|fault| fault.field).collect())
    }

    fn filter(query: &str) -> Filter {
        match ask(query).unwrap() {
            Asked::Some(filter) => filter,
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn faults_are_all_named() {
        let faulty: [(&str, &[&str]); 9] = [
            ("status=opened", &["?status"]),
            ("start_date=yesterday&page=0", &["?start_date", "?page"]),
            ("start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:01Z", &["?end_date"]),
            ("start_date=2026-01-02T00:00:00Z&end_date=2026-01-01T00:00:00Z", &["?start_date"]),
            ("page_size=1001", &["?page_size"]),
            ("page=1.5&page_size=x", &["?page", "?page_size"]),
            ("bbox=1,2,3", &["?bbox"]),
            ("updated_after=2026-13-01T00:00:00Z", &["?updated_after"]),
            ("end_date=2026-01-01T00:00:00", &["?end_date"]),
        ];
        for (query, fields) in faulty {
            assert_eq!(ask(query).unwrap_err(), fields, "{query}");
        }
    }

    #[test]
    fn what_is_not_said_is_the_last_ninety_days() {
        let all = filter("");
        assert_eq!(all.from, "2026-08-23T12:00:00Z".parse().unwrap());
        assert_eq!((all.page, all.page_size, all.statuses.len()), (1, 1000, 0));
        let early = filter("end_date=2020-04-01T00:00:00Z");
        assert_eq!(early.from, "2020-01-02T00:00:00Z".parse().unwrap());
        let late = filter("start_date=2020-01-01T00:00:00-05:00");
        assert_eq!(late.from, "2020-01-01T05:00:00Z".parse().unwrap());
        assert_eq!(late.to, "2020-03-31T05:00:00Z".parse().unwrap());
        let day = filter("start_date=2020-01-01");
        assert_eq!(day.from, "2020-01-01T05:00:00Z".parse().unwrap(), "midnight in the city");
        // Ninety days to the second are not too many.
        filter("start_date=2026-01-01T00:00:00Z&end_date=2026-04-01T00:00:00Z");
    }

    #[test]
    fn ids_override_all_else_and_lists_come_in_two_ways() {
        let id = RequestId::from_raw(77);
        let by_id = ask(&format!("service_request_id={id},nonsense,&status=nonsense")).unwrap();
        assert_eq!(by_id, Asked::Ids(vec![id]));
        let listed = filter("service_code=a,b&service_code=c&status=open&status=closed,open");
        assert_eq!(listed.services, ["a", "b", "c"]);
        assert_eq!(listed.statuses.len(), 7);
        assert_eq!(ask(&format!("service_request_id={}", "req,".repeat(300))).unwrap_err().len(), 1);
    }
}
