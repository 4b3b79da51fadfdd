use kernel::jiff::civil::Date;
use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, NewEvent, Refusal};
use serde::{Deserialize, Serialize};

use super::http::{HolidayText, WeekText};
use super::model::{Holiday, Holidays, Spans, Week, day_number};
use super::repo;
use crate::{limits, rules};

pub const CHANGED: &str = "calendar.changed";

/// What followers of `calendar.changed` learn: deadlines may have moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// `week`, or a year.
    pub part: String,
    pub version: i64,
}

/// Sets the working week.
pub fn week(text: &WeekText, version: i64, ctx: &Ctx<'_>) -> Result<(Decision, Week), Refusal> {
    let mut faults = Vec::new();
    let days = text.days().map(|(name, spans)| {
        Spans::read(spans, &format!("/{name}")).unwrap_or_else(|found| {
            faults.extend(found);
            Spans::default()
        })
    });
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let changes = days.iter().enumerate().map(|(weekday, spans)| repo::put_day(weekday, spans));
    let decision = Decision::nothing().changes(changes).and(part(repo::WEEK_PART, version, ctx));
    Ok((decision, Week(days)))
}

/// The holidays of a year as they are written; or everything that is wrong with them.
pub fn read(year: i16, texts: &[HolidayText]) -> Result<Holidays, Vec<Fault>> {
    let (mut found, mut faults) = (Holidays::new(), Vec::new());
    for (place, text) in texts.iter().enumerate() {
        let at = format!("/items/{place}");
        let date = text.date.parse::<Date>().ok().filter(|date| date.year() == year);
        if date.is_none() {
            let message = format!("Must be a date of {year}, such as {year}-01-01.");
            faults.push(Fault::new(format!("{at}/date"), "bad_date", message));
        }
        let name = text.name.trim();
        if text::is_blank(name) {
            faults.push(Fault::new(format!("{at}/name"), "blank", "Say which holiday it is."));
        }
        faults.extend(text::fault(&format!("{at}/name"), name, Lines::One));
        match (Spans::read(&text.spans, &format!("{at}/spans")), date) {
            (Ok(spans), Some(date)) => {
                let holiday = Holiday { name: name.to_owned(), spans };
                if found.insert(day_number(date), holiday).is_some() {
                    faults.push(Fault::new(format!("{at}/date"), "repeated", "This date is there already."));
                }
            }
            (Err(more), _) => faults.extend(more),
            (Ok(_), None) => {}
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

/// All holidays of a year become these; those of other years are passed over.
pub fn holidays(
    year: i16,
    new: &Holidays,
    present: &Holidays,
    version: i64,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Holidays), Refusal> {
    let (first, last) = repo::year_days(year);
    let new: Holidays = new.range(first..=last).map(|(day, holiday)| (*day, holiday.clone())).collect();
    if new.len() > limits::HOLIDAYS_PER_YEAR_MAX {
        let message = format!("A year has at most {} holidays.", limits::HOLIDAYS_PER_YEAR_MAX);
        return Err(Refusal::invalid(vec![Fault::new("/items", "too_many", message)]));
    }
    let gone = present.keys().filter(|day| !new.contains_key(day)).map(|day| repo::remove_holiday(*day));
    let changed = new.iter().filter(|(day, holiday)| present.get(day) != Some(holiday));
    let decision = Decision::nothing()
        .changes(gone)
        .changes(changed.map(|(day, holiday)| repo::put_holiday(*day, holiday)))
        .and(part(&year.to_string(), version, ctx));
    Ok((decision, new))
}

fn part(part: &str, before: i64, ctx: &Ctx<'_>) -> Decision {
    let version = before + 1;
    let event = NewEvent::new(CHANGED, version, &Changed { part: part.to_owned(), version });
    let known = rules::repo::changed(ctx.now);
    Decision::nothing().change(repo::put_part(part, version, ctx.now)).change(known).event(event)
}
