//! How it goes as a whole, for managers: what waits, and trends in numbers and bars.

use std::sync::Arc;

use askama::Template;
use kernel::Refusal;
use web::{Answer, Bare, Call, Head, Pairs};

use super::Seat;
use super::views::Counts;
use crate::pages::Pages;
use crate::pages::doors::Ask;
use crate::pages::limits::TREND_DAYS;
use crate::pages::views::{Names, Trend, Trends};
use crate::pages::visit::Visit;

/// Height and width of the drawing, and of one day in it.
const HEIGHT: i64 = 120;
const STEP: i64 = 20;
const BAR: i64 = 8;

#[derive(Template)]
#[template(path = "desk_figures.html")]
struct Page<'a> {
    v: &'a Visit,
    desk: String,
    counts: Vec<(String, String)>,
    totals: Vec<(String, String)>,
    width: i64,
    height: i64,
    bars: Vec<Bars>,
    tables: [Table; 2],
}

struct Table {
    title: String,
    /// What the first column is called.
    first: String,
    lines: Vec<Line>,
}

/// Two bars of one day.
struct Bars {
    title: String,
    x: [i64; 2],
    y: [i64; 2],
    height: [i64; 2],
}

/// Figures of one day or category, in words.
struct Line {
    name: String,
    reported: String,
    closed: String,
    backlog: String,
    in_time: String,
    median: String,
}

pub async fn figures(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = Visit::of(&call, &head, &pairs, "/desk/figures");
    let names = Names::load(&pages.doors, &call).await?;
    let by = |by: &str| pages.doors.read::<Trends>("civic.trend_list", &call, Ask::new().query("by", by));
    let (days, categories) = (by("day").await?, by("category").await?);
    let counts: Counts = pages.doors.read("civic.desk_counts", &call, Ask::new()).await?;
    let count = |count: &super::views::Count| visit.number(&count.count);
    let line = |name: String, trend: &Trend| line(&visit, name, trend);
    let latest = days.items.iter().rev().take(TREND_DAYS as usize);
    let of_days = latest.map(|it| line(day(&visit, &it.key), it)).collect();
    let page = Page {
        desk: visit.to(&Seat(None).path()),
        counts: vec![
            (visit.t("desk-waiting"), count(&counts.waiting)),
            (visit.t("desk-overdue"), count(&counts.overdue)),
            (visit.t("desk-due-soon"), count(&counts.due_soon)),
            (visit.t("desk-unassigned"), count(&counts.unassigned)),
        ],
        totals: totals(&visit, &days.all),
        width: STEP * days.items.len().max(1) as i64,
        height: HEIGHT,
        bars: bars(&visit, &days.items),
        tables: [
            Table {
                title: visit.t("figures-by-category"),
                first: visit.t("fact-category"),
                lines: categories.items.iter().map(|it| line(names.of(&it.key), it)).collect(),
            },
            Table { title: visit.t("figures-by-day"), first: visit.t("fact-day"), lines: of_days },
        ],
        v: &visit,
    };
    visit.page(&page)
}

/// A day of the market, as its reader writes it.
fn day(visit: &Visit, key: &str) -> String {
    let date: Option<kernel::jiff::civil::Date> = key.parse().ok();
    let noon = date.and_then(|date| date.at(12, 0, 0, 0).to_zoned(visit.zone.clone()).ok());
    noon.map_or_else(|| key.to_owned(), |noon| visit.day(&noon.timestamp()))
}

fn totals(visit: &Visit, all: &Trend) -> Vec<(String, String)> {
    let mut totals = vec![
        (visit.t("front-reported"), visit.number(&all.reported)),
        (visit.t("front-closed"), visit.number(&all.closed)),
        (visit.t("figures-reopened"), visit.number(&all.reopened)),
        (visit.t("front-open"), visit.number(&all.backlog)),
    ];
    if let Some(permille) = all.in_time_permille {
        totals.push((visit.t("figures-in-time"), percent(visit, permille)));
    }
    if let Some(minutes) = all.median_close_min {
        totals.push((visit.t("front-median"), visit.span(&minutes)));
    }
    totals
}

fn percent(visit: &Visit, permille: i64) -> String {
    visit.w("percent", "number", visit.number(&((permille + 5) / 10)))
}

fn line(visit: &Visit, name: String, trend: &Trend) -> Line {
    let none = || "–".to_owned();
    Line {
        name,
        reported: visit.number(&trend.reported),
        closed: visit.number(&trend.closed),
        backlog: visit.number(&trend.backlog),
        in_time: trend.in_time_permille.map_or_else(none, |it| percent(visit, it)),
        median: trend.median_close_min.map_or_else(none, |it| visit.span(&it)),
    }
}

fn bars(visit: &Visit, days: &[Trend]) -> Vec<Bars> {
    let most = days.iter().map(|day| day.reported.max(day.closed)).max().unwrap_or(0).max(1);
    let height = |number: i64| number.max(0) * HEIGHT / most;
    let bar = |(place, trend): (usize, &Trend)| {
        let x = place as i64 * STEP + 1;
        let heights = [height(trend.reported), height(trend.closed)];
        let (reported, closed) = (visit.number(&trend.reported), visit.number(&trend.closed));
        let values = [("day", &*day(visit, &trend.key)), ("reported", &*reported), ("closed", &*closed)];
        Bars {
            title: visit.lang.say("figures-bar", &values),
            x: [x, x + BAR + 1],
            y: heights.map(|height| HEIGHT - height),
            height: heights,
        }
    };
    days.iter().enumerate().map(bar).collect()
}
