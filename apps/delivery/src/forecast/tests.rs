use std::sync::Arc;

use bus::{Directory, JobHandler};
use geo::Point;
use kernel::jiff::civil::Date;
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Decision};
use proptest::prelude::*;
use store::Market;

use super::calendar::{Calendar, HOUR_S, Kind};
use super::fit::{Past, fit};
use super::model::riders_for;
use super::score::{Series, tried};
use super::{feed, http, jobs, limits, repo};
use crate::demand::model::cell_of;
use crate::settings::{ForecastRule, RuleBook};
use crate::testing::{World, job, on_both_engines};

on_both_engines!(counts_become_a_forecast);

fn johannesburg() -> TimeZone {
    TimeZone::get("Africa/Johannesburg").unwrap()
}

fn rule() -> ForecastRule {
    let holidays = ["2025-12-16", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-30"];
    ForecastRule { holidays: holidays.map(|day| day.parse().unwrap()).into(), ..ForecastRule::default() }
}

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A count that scatters about a mean as arrivals do.
    fn arrivals(&mut self, mean: f64) -> u32 {
        let (limit, mut product, mut count) = ((-mean.min(500.0)).exp(), self.roll(), 0);
        while product > limit {
            product *= self.roll();
            count += 1;
        }
        count
    }
}

const WEEKDAYS: [f64; 7] = [0.8, 0.85, 0.9, 1.0, 1.3, 1.25, 0.9];
const PAY_DAY: f64 = 1.6;
const HOLIDAY: f64 = 0.5;

fn hour_of_day(kind: &Kind) -> f64 {
    match (kind.is_weekend(), kind.hour) {
        (_, 0..=6) => 0.05,
        (false, 12 | 13) | (true, 13 | 14) => 2.4,
        (_, 18..=20) => 3.0,
        _ => 0.8,
    }
}

fn world_has(kind: &Kind, base: f64) -> f64 {
    let pay_day = if kind.is_pay_day { PAY_DAY } else { 1.0 };
    let holiday = if kind.is_holiday { HOLIDAY } else { 1.0 };
    base * WEEKDAYS[kind.weekday] * hour_of_day(kind) * pay_day * holiday
}

/// Orders up to the first of April 2026 that follow the effects above.
fn history(days: i64, base: f64, seed: u64) -> Series {
    let calendar = Calendar::new(&rule(), johannesburg());
    let to = "2026-04-01T00:00:00+02:00".parse::<Timestamp>().unwrap().as_second() / HOUR_S;
    let (first, mut dice) = (to - 24 * days, Dice(seed));
    let orders = (first..to).map(|hour| dice.arrivals(world_has(&calendar.kind(hour), base))).collect();
    Series { first, orders }
}

#[test]
fn pay_days_are_found_in_every_month() {
    let calendar = Calendar::new(&ForecastRule { pay_days: vec![1, 31], ..rule() }, johannesburg());
    for (date, expected) in [
        ("2026-01-01", true),
        ("2026-01-15", false),
        ("2026-01-30", true), // a Friday, and the last working day
        ("2026-01-31", true), // a Saturday
        ("2026-02-27", true), // the last working day
        ("2026-02-28", true), // stands for the 31st
        ("2026-04-29", true), // because the 30th is a holiday
        ("2026-04-30", true), // stands for the 31st
        ("2026-05-28", false),
        ("2026-05-29", true),
    ] {
        assert_eq!(calendar.is_pay_day(date.parse::<Date>().unwrap()), expected, "{date}");
    }
    let midnight = "2026-01-31T22:00:00Z".parse::<Timestamp>().unwrap().as_second() / HOUR_S;
    let kind = calendar.kind(midnight);
    assert_eq!((kind.weekday, kind.hour, kind.is_pay_day), (6, 0, true), "the first of February there");
}

#[test]
fn the_model_finds_what_the_world_is_made_of() {
    let calendar = Calendar::new(&rule(), johannesburg());
    let series = history(120, 20.0, 7);
    let (model, score) = tried(&series, &calendar).unwrap();
    let near = |found: u32, true_factor: f64, within: f64, what: &str| {
        let found = f64::from(found) / 10_000.0;
        assert!((found / true_factor - 1.0).abs() < within, "{what}: {found}, not {true_factor}");
    };
    for (weekday, factor) in WEEKDAYS.iter().enumerate() {
        // What days of a kind have in common may as well be their hours'.
        let kind = if weekday < 5 { 0..5 } else { 5..7 };
        let share = |of: &dyn Fn(usize) -> f64| of(weekday) / kind.clone().map(of).sum::<f64>();
        let found = share(&|it| f64::from(model.weekday_bp[it]));
        let expected = share(&|it| WEEKDAYS[it]);
        assert!(
            (found / expected - 1.0).abs() < 0.05,
            "weekday {weekday}: {found}, not {expected} of {factor}"
        );
    }
    near(model.pay_day_bp, PAY_DAY, 0.05, "pay-day");
    near(model.holiday_bp, HOLIDAY, 0.10, "holiday");
    for hour in [3_usize, 9, 12, 19] {
        let ratio = f64::from(model.hour_bp[0][hour]) / f64::from(model.hour_bp[0][18]);
        let kind = |hour| Kind { weekday: 0, hour, is_pay_day: false, is_holiday: false };
        let expected = hour_of_day(&kind(hour)) / hour_of_day(&kind(18));
        assert!((ratio - expected).abs() < 0.05, "hour {hour}: {ratio}, not {expected}");
    }
    let ((off, naive_off), (weighted, naive_weighted)) = (score.mean_hundredths(), score.weighted_permille());
    assert!(off < naive_off && weighted < naive_weighted, "{score:?}");
    assert!(weighted < 200 && 4 * weighted < 3 * naive_weighted, "{weighted} against {naive_weighted}");
    assert_eq!(score.hours, 168);
}

#[test]
fn what_was_lately_counts_for_more() {
    let kind = Kind { weekday: 2, hour: 12, is_pay_day: false, is_holiday: false };
    let past = |orders: [u32; 2]| -> Vec<Past> {
        let days = (0..120).map(|day| (day, orders[usize::from(day < 28)]));
        days.map(|(day, orders)| Past { kind, orders, days_ago: f64::from(day) }).collect()
    };
    let orders = |past: &[Past]| fit(past).parts(&kind).orders();
    assert!((orders(&past([10, 10])) - 10.0).abs() < 0.1);
    let grown = orders(&past([10, 20]));
    assert!((14.5..17.0).contains(&grown), "half of what counts is from the last month: {grown}");
    assert_eq!(orders(&[]), 0.0);
}

#[test]
fn little_is_no_ground_for_a_forecast() {
    let calendar = Calendar::new(&rule(), johannesburg());
    assert_eq!(tried(&history(20, 5.0, 1), &calendar), None);
    assert!(tried(&history(21, 5.0, 1), &calendar).is_some());
    let silent = Series { first: 0, orders: vec![0; 24 * 30] };
    let (model, score) = tried(&silent, &calendar).unwrap();
    assert_eq!((model.base_milli, score.off_hundredths), (0, 0));
}

#[test]
fn riders_are_wanted_for_what_is_expected() {
    // Two and a half an hour, busy three quarters of it.
    let rule = ForecastRule::default();
    for (orders, riders) in [(0.0, 0), (0.1, 1), (1.875, 1), (1.9, 2), (18.75, 10), (-1.0, 0)] {
        assert_eq!(riders_for(orders, &rule), riders, "{orders}");
    }
}

proptest! {
    /// Whatever was counted, a forecast is a number of orders, and its parts make it up.
    #[test]
    fn a_forecast_is_its_parts(orders in prop::collection::vec(0..400_u32, 0..600), hour in 0..8_760_i64) {
        let calendar = Calendar::new(&rule(), johannesburg());
        let past: Vec<Past> = orders.iter().enumerate().map(|(place, orders)| Past {
            kind: calendar.kind(490_000 + place as i64), orders: *orders, days_ago: place as f64 / 24.0,
        }).collect();
        let parts = fit(&past).parts(&calendar.kind(490_000 + hour));
        let product = parts.base_milli as f64 / 1_000.0 * f64::from(parts.weekday_bp) / 1e4
            * f64::from(parts.hour_bp) / 1e4 * f64::from(parts.pay_day_bp) / 1e4 * f64::from(parts.holiday_bp) / 1e4;
        prop_assert!(product.is_finite() && product >= 0.0);
        prop_assert!((parts.orders() - product).abs() <= 1e-6 * product.max(1.0));
    }
}

struct Here;

impl Directory for Here {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        Vec::new()
    }

    fn zone(&self, _: &Market) -> Option<TimeZone> {
        Some(johannesburg())
    }
}

async fn counts_become_a_forecast(world: World) {
    let place = Point::from_degrees(-26.2041, 28.0473).unwrap();
    let series = history(60, 6.0, 3);
    let now = Timestamp::from_second((series.first + series.orders.len() as i64) * HOUR_S).unwrap();
    world.clock.set(now);
    for (day, hours) in series.orders.chunks(24).enumerate() {
        let orders = hours.iter().enumerate().flat_map(|(hour, orders)| {
            let at = (series.first + 24 * day as i64 + hour as i64) * HOUR_S;
            std::iter::repeat_n((place, Timestamp::from_second(at + 1_800).unwrap()), *orders as usize)
        });
        let counted = Decision::nothing().changes(feed::counted(orders));
        world.commit(counted).await.unwrap();
    }
    // One order more, of an hour that was counted already.
    let late = now - SignedDuration::from_hours(6);
    let more = Decision::nothing().changes(feed::counted([(place, late)]));
    world.commit(more).await.unwrap();
    let (cell, to) = (cell_of(place).code(), now.as_second() / HOUR_S);
    let read = repo::series(&world.market, cell, to - 24 * limits::HISTORY_DAYS, to).await.unwrap();
    let sum = |orders: &[u32]| orders.iter().map(|it| u64::from(*it)).sum::<u64>();
    assert_eq!(sum(&read.orders), sum(&series.orders) + 1);

    let rules = Arc::new(RuleBook::new(world.clock.clone()));
    let handler =
        jobs::FitForecast { clock: world.clock.clone(), rules: rules.clone(), directory: Arc::new(Here) };
    for _ in 0..2 {
        let decision = handler.run(&world.market, &job(jobs::FIT, world.clock.now())).await.unwrap();
        world.commit(decision).await.unwrap();
    }
    let fitted = repo::all(&world.market).await.unwrap();
    assert_eq!(fitted.iter().map(|its| its.cell).collect::<Vec<_>>(), [cell_of(place)]);

    let endpoints = http::endpoints(&rules);
    let all = world.ask(&endpoints, "delivery_forecast", &[], "hours=2", None).await.unwrap();
    assert_eq!(all["hours"].as_array().map(Vec::len), Some(2));
    assert!(all["score"]["weighted_error"].as_f64() < all["score"]["naive_weighted_error"].as_f64());
    let one = format!("cell={cell}&from=2026-04-01T17:00:00Z&hours=1");
    let one = world.ask(&endpoints, "delivery_forecast", &[], &one, None).await.unwrap();
    let (hour, parts) = (&one["hours"][0], &one["hours"][0]["parts"]);
    assert!(parts["hour"].as_f64() > Some(2.0), "supper time: {hour}");
    assert!(hour["riders"].as_u64() > Some(4), "{hour}");
    let lost = world.ask(&endpoints, "delivery_forecast", &[], "cell=1", None).await;
    assert_eq!(lost.unwrap_err().code(), "not_found");

    let gone = Decision::nothing().and(repo::replace(&[], &fitted, i64::MAX));
    world.commit(gone).await.unwrap();
    assert!(repo::all(&world.market).await.unwrap().is_empty());
}
