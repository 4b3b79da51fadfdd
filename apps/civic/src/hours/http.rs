use kernel::{Fault, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Path, Role, get, put};

use super::model::{Holidays, SpanText, Week, date_of};
use super::{decide, icalendar, repo};
use crate::limits;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/working-hours", working_hours_read)
            .says("When this market works, weekday by weekday, by its own clock.")
            .may(May::Anyone),
        put("/v1/working-hours", working_hours_set)
            .says("Sets when this market works.")
            .may(May::Role(Role::Manager))
            .refuses([RefusalKind::Conflict]),
        get("/v1/holidays/{year}", holidays_read)
            .says("The holidays of a year, and the days on which people work at other times.")
            .may(May::Anyone),
        put("/v1/holidays/{year}", holidays_set)
            .says(
                "Sets the holidays of a year: as a list, or as an iCalendar file whose events are days off.",
            )
            .may(May::Role(Role::Manager))
            .refuses([RefusalKind::Conflict]),
    ]
}

/// The times of work of each weekday; a day without any is free.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeekText {
    #[schemars(length(max = 8))]
    pub monday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub tuesday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub wednesday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub thursday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub friday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub saturday: Vec<SpanText>,
    #[schemars(length(max = 8))]
    pub sunday: Vec<SpanText>,
}

impl WeekText {
    /// Monday first.
    pub fn days(&self) -> [(&'static str, &[SpanText]); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }

    fn of(week: &Week) -> Self {
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] =
            std::array::from_fn(|day| week.0[day].write());
        Self { monday, tuesday, wednesday, thursday, friday, saturday, sunday }
    }
}

/// A day that is unlike others of its weekday.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayText {
    #[schemars(extend("format" = "date"))]
    pub date: String,
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// When people work all the same: half a day, or one that was moved here.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub spans: Vec<SpanText>,
}

/// Either a list or a file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewHolidays {
    #[schemars(length(max = 100))]
    items: Option<Vec<HolidayText>>,
    /// An iCalendar file; its events of other years are passed over.
    #[schemars(length(max = 524288))]
    icalendar: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct HolidayList {
    items: Vec<HolidayText>,
}

impl HolidayList {
    fn of(holidays: &Holidays) -> Self {
        let text = |(day, holiday): (&i32, &super::model::Holiday)| {
            let date = date_of(*day)?.to_string();
            Some(HolidayText { date, name: holiday.name.clone(), spans: holiday.spans.write() })
        };
        Self { items: holidays.iter().filter_map(text).collect() }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Year {
    #[schemars(range(min = 1970, max = 2200))]
    year: i16,
}

async fn working_hours_read(call: Call) -> Result<Answer<WeekText>, Refusal> {
    let week = repo::week(call.market()).await?;
    Ok(Answer::ok(&WeekText::of(&week))?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}

async fn working_hours_set(call: Call, Body(text): Body<WeekText>) -> Result<Answer<WeekText>, Refusal> {
    call.change(|| async {
        let version = repo::version(call.market(), repo::WEEK_PART).await?;
        let (decision, week) = decide::week(&text, version, &call.ctx())?;
        Ok((decision, Answer::ok(&WeekText::of(&week))?))
    })
    .await
}

async fn holidays_read(call: Call, Path(Year { year }): Path<Year>) -> Result<Answer<HolidayList>, Refusal> {
    let holidays = repo::holidays(call.market(), year).await?;
    Ok(Answer::ok(&HolidayList::of(&holidays))?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}

async fn holidays_set(
    call: Call,
    Path(Year { year }): Path<Year>,
    Body(body): Body<NewHolidays>,
) -> Result<Answer<HolidayList>, Refusal> {
    let new = match (&body.items, &body.icalendar) {
        (Some(items), None) => decide::read(year, items),
        (None, Some(file)) => icalendar::holidays(file),
        _ => Err(vec![Fault::new("", "one_of_two", "Give either items or icalendar.")]),
    };
    let new = new.map_err(Refusal::invalid)?;
    call.change(|| async {
        let part = year.to_string();
        let version = repo::version(call.market(), &part).await?;
        let present = repo::holidays(call.market(), year).await?;
        let (decision, kept) = decide::holidays(year, &new, &present, version, &call.ctx())?;
        Ok((decision, Answer::ok(&HolidayList::of(&kept))?))
    })
    .await
}
