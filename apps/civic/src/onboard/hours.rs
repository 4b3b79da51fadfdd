//! When a city's offices work, where a market was told nothing of it yet.

use kernel::{Ctx, Decision, Refusal};
use serde_json::{Map, Value, json};
use store::Market;

use super::city::{City, WEEKDAYS};
use super::holidays;
use crate::hours::decide;
use crate::hours::http::{HolidayText, WeekText};
use crate::hours::repo;

/// In the order of `WEEKDAYS`.
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The working hours of a week.
pub async fn week(market: &Market, city: &City, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let version = repo::version(market, repo::WEEK_PART).await?;
    if version > 0 || city.hours.is_empty() {
        return Ok(Decision::nothing());
    }
    Ok(decide::week(&week_text(city)?, version, ctx)?.0)
}

fn week_text(city: &City) -> Result<WeekText, Refusal> {
    let day = |(name, short): (&&str, &&str)| {
        let spans = city.hours.get(*short).map_or_else(|| json!([]), |spans| json!(spans));
        ((*name).to_owned(), spans)
    };
    let days: Map<String, Value> = DAYS.iter().zip(&WEEKDAYS).map(day).collect();
    serde_json::from_value(Value::Object(days)).map_err(|error| {
        Refusal::conflict("bad_hours", format!("The working hours cannot be read: {error}."))
    })
}

/// The holidays of one year, and how many there are; nothing where the year has some.
pub async fn holidays_of(
    market: &Market,
    city: &City,
    year: i16,
    ctx: &Ctx<'_>,
) -> Result<(Decision, usize), Refusal> {
    let present = repo::holidays(market, year).await?;
    if !present.is_empty() || city.holidays.is_empty() {
        return Ok((Decision::nothing(), present.len()));
    }
    let text = |(date, name): (kernel::jiff::civil::Date, String)| HolidayText {
        date: date.to_string(),
        name,
        spans: Vec::new(),
    };
    let texts: Vec<HolidayText> = holidays::of_year(&city.holidays, year).into_iter().map(text).collect();
    let new = decide::read(year, &texts).map_err(Refusal::invalid)?;
    let version = repo::version(market, &year.to_string()).await?;
    let (decision, kept) = decide::holidays(year, &new, &present, version, ctx)?;
    Ok((decision, kept.len()))
}

#[cfg(test)]
mod tests {
    use super::super::templates;
    use super::*;

    #[test]
    fn hours_and_holidays_of_every_template_can_be_set() {
        for name in templates::names() {
            let city = templates::named(name).unwrap();
            let week = week_text(&city).unwrap();
            assert_eq!((week.monday.len(), week.sunday.len()), (1, 0), "{name}");
        }
    }
}
