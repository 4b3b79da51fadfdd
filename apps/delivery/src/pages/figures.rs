//! Where and when much is asked for: of the last week by hour of the day and by area, and what is to come.

use std::sync::Arc;

use ::pages::Visit;
use ::pages::doors::Ask;
use askama::Template;
use geo::Point;
use kernel::Refusal;
use kernel::jiff::Timestamp;
use serde::Deserialize;
use web::{Answer, Bare, Call, Head, Pairs};

use super::limits::{AREAS_SHOWN, FORECAST_HOURS};
use super::{Pages, seen};

/// Height of the drawing, and the width of one hour in it.
const HEIGHT: i64 = 100;
const STEP: i64 = 26;
const BAR: i64 = 18;

#[derive(Deserialize)]
struct Past {
    hours: Vec<Hour>,
    areas: Vec<Area>,
}

#[derive(Deserialize)]
struct Hour {
    from: Timestamp,
    orders: i64,
}

#[derive(Deserialize)]
struct Area {
    centre: Point,
    orders: i64,
}

#[derive(Deserialize)]
struct Demand {
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    centre: Point,
    orders: f64,
    riders: f64,
    factor_bp: i64,
}

#[derive(Deserialize)]
struct Forecast {
    hours: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    from: Timestamp,
    orders: f64,
    riders: i64,
}

#[derive(Template)]
#[template(path = "figures.html")]
struct Page<'a> {
    v: &'a Visit,
    board: String,
    bars: Vec<Bar>,
    width: i64,
    height: i64,
    bar: i64,
    /// The hour of the day, and how many in a week.
    hours: Vec<(String, String)>,
    areas: Vec<(String, String)>,
    now: Vec<[String; 4]>,
    ahead: Vec<[String; 3]>,
}

struct Bar {
    x: i64,
    y: i64,
    height: i64,
}

pub async fn figures(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = seen(&call, &head, &pairs, "/delivery/figures");
    let by =
        |by: &str| pages.doors.read::<Past>("delivery.delivery_figures", &call, Ask::new().query("by", by));
    let (hours, areas) = (by("hour").await?.hours, by("area").await?.areas);
    let now: Demand = pages.doors.read("delivery.delivery_demand", &call, Ask::new()).await?;
    let asked = Ask::new().query("hours", FORECAST_HOURS);
    let ahead: Forecast = pages.doors.read("delivery.delivery_forecast", &call, asked).await?;
    let day = of_day(&visit, &hours);
    let most = day.iter().copied().max().unwrap_or_default().max(1);
    let bar = |(hour, orders): (usize, &i64)| {
        let height = orders * (HEIGHT - 4) / most;
        Bar { x: hour as i64 * STEP, y: HEIGHT - height, height }
    };
    let cell = |it: &Cell| {
        [place(it.centre), tenths(it.orders), tenths(it.riders), format!("{} %", it.factor_bp / 100)]
    };
    let page = Page {
        bars: day.iter().enumerate().map(bar).collect(),
        width: STEP * 24,
        height: HEIGHT,
        bar: BAR,
        hours: day
            .iter()
            .enumerate()
            .map(|(hour, count)| (format!("{hour:02}:00"), visit.number(count)))
            .collect(),
        areas: areas
            .iter()
            .take(AREAS_SHOWN)
            .map(|it| (place(it.centre), visit.number(&it.orders)))
            .collect(),
        now: now.cells.iter().take(AREAS_SHOWN).map(cell).collect(),
        ahead: ahead
            .hours
            .iter()
            .map(|it| [visit.time(&it.from), tenths(it.orders), it.riders.to_string()])
            .collect(),
        board: visit.to("/delivery"),
        v: &visit,
    };
    visit.page(&page)
}

/// Orders in each hour of the market's day, of all days together.
fn of_day(visit: &Visit, hours: &[Hour]) -> [i64; 24] {
    let mut day = [0; 24];
    for hour in hours {
        let at = hour.from.to_zoned(visit.zone.clone()).hour();
        if let Some(sum) = usize::try_from(at).ok().and_then(|at| day.get_mut(at)) {
            *sum += hour.orders;
        }
    }
    day
}

fn place(point: Point) -> String {
    format!("{:.3}, {:.3}", f64::from(point.lat_e7()) / 1e7, f64::from(point.long_e7()) / 1e7)
}

fn tenths(number: f64) -> String {
    format!("{number:.1}")
}
