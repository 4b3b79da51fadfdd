use std::fmt::Write;

use geo::{Cell, Point};
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Change, Clock, Decision, values};
use proptest::prelude::*;

use super::labelled::{Made, Scene, scenes};
use super::score::{DISTANCE_MAX_M, WEIGHTS};
use super::*;
use crate::request::model::{RequestId, Status};
use crate::testing::World;

const LEARNT_FROM: u64 = 1;
const TRIED_ON: u64 = 2;
const SCENES: usize = 1_500;

fn report(made: &Made) -> Report<'_> {
    Report {
        category: made.category,
        group: made.group,
        point: made.point,
        at: made.at,
        text: Trigrams::of(&made.text),
    }
}

fn known(made: &Made) -> Known<'_> {
    Known {
        category: made.category,
        group: made.group,
        point: made.point,
        at: made.at,
        status: made.status,
        text: Some(Trigrams::of(&made.text)),
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    right: u32,
    wrong: u32,
    missed: u32,
}

impl Count {
    fn add(&mut self, told: bool, same: bool) {
        match (told, same) {
            (true, true) => self.right += 1,
            (true, false) => self.wrong += 1,
            (false, true) => self.missed += 1,
            (false, false) => {}
        }
    }

    fn share(part: u32, rest: u32) -> f64 {
        f64::from(part) / f64::from((part + rest).max(1))
    }

    fn precision(self) -> f64 {
        Self::share(self.right, self.wrong)
    }

    fn recall(self) -> f64 {
        Self::share(self.right, self.missed)
    }

    fn f1(self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        2.0 * precision * recall / (precision + recall).max(1e-9)
    }
}

/// The scores of a scene, each with whether it is the same.
fn scored(scenes: &[Scene], weights: &Weights) -> Vec<(i64, bool)> {
    let of_scene = |scene: &Scene| {
        let new = report(&scene.new);
        scene
            .known
            .iter()
            .map(|(made, same)| (score(&new, &known(made), weights).score, *same))
            .collect::<Vec<_>>()
    };
    scenes.iter().flat_map(of_scene).collect()
}

fn by_threshold(scores: &[(i64, bool)], threshold: i64) -> Count {
    let mut count = Count::default();
    scores.iter().for_each(|(score, same)| count.add(*score >= threshold, *same));
    count
}

/// The same category within 250 metres, the nearest five.
fn plain_rule(scenes: &[Scene]) -> Count {
    let mut count = Count::default();
    for scene in scenes {
        let far = |made: &Made| scene.new.point.distance_m(made.point).round() as i64;
        let mut near: Vec<(i64, usize)> = scene
            .known
            .iter()
            .enumerate()
            .filter(|(_, (made, _))| made.category == scene.new.category && far(made) <= DISTANCE_MAX_M)
            .map(|(place, (made, _))| (far(made), place))
            .collect();
        near.sort_unstable();
        near.truncate(5);
        for (place, (_, same)) in scene.known.iter().enumerate() {
            count.add(near.iter().any(|(_, its)| *its == place), *same);
        }
    }
    count
}

fn row(name: &str, count: Count) -> String {
    let Count { right, wrong, missed } = count;
    format!(
        "| {name} | {right} | {wrong} | {missed} | {:.3} | {:.3} | {:.3} |\n",
        count.precision(),
        count.recall(),
        count.f1()
    )
}

fn table() -> String {
    let tried = scenes(TRIED_ON, SCENES);
    let scores = scored(&tried, &WEIGHTS);
    let mut table = String::from(
        "| Rule | Right | Wrong | Missed | Precision | Recall | F1 |\n|---|---|---|---|---|---|---|\n",
    );
    table += &row("same category, 250 m, nearest 5", plain_rule(&tried));
    for threshold in (400..=850).step_by(50) {
        table += &row(&format!("score from {threshold}"), by_threshold(&scores, threshold));
    }
    let named = |name, threshold| row(&format!("`{name}`, {threshold}"), by_threshold(&scores, threshold));
    table += &named("SUGGEST_MIN", SUGGEST_MIN);
    table += &named("LIKELY_MIN", LIKELY_MIN);
    let pairs = scores.len();
    let same = scores.iter().filter(|(_, same)| *same).count();
    let _ = write!(table, "\n{pairs} pairs in {SCENES} scenes, {same} of them the same.\n");
    table
}

/// Run it with `--nocapture` to see the figures; when they change, `docs/duplicates.md` changes too.
#[test]
fn the_figures_are_those_that_are_written_down() {
    let table = table();
    println!("{table}");
    let written = include_str!("../../../../docs/duplicates.md");
    assert!(written.contains(&table), "docs/duplicates.md should hold\n{table}");
}

#[test]
fn the_thresholds_are_where_they_were_learnt() {
    let learnt = scored(&scenes(LEARNT_FROM, SCENES), &WEIGHTS);
    let thresholds = || (300..900).step_by(5);
    let thorough = thresholds().filter(|from| by_threshold(&learnt, *from).recall() >= 0.95).max();
    let precise = thresholds().find(|from| by_threshold(&learnt, *from).precision() >= 0.95);
    assert!(thorough.is_some_and(|its| (its - SUGGEST_MIN).abs() <= 5), "{thorough:?}");
    assert!(precise.is_some_and(|its| (its - LIKELY_MIN).abs() <= 5), "{precise:?}");
    let tried = scored(&scenes(TRIED_ON, SCENES), &WEIGHTS);
    let plain = plain_rule(&scenes(TRIED_ON, SCENES));
    let (suggest, likely) = (by_threshold(&tried, SUGGEST_MIN), by_threshold(&tried, LIKELY_MIN));
    assert!(suggest.recall() >= 0.94 && suggest.f1() > plain.f1() + 0.3, "{suggest:?} {plain:?}");
    assert!(likely.precision() >= 0.94, "{likely:?}");
}

#[test]
fn the_weights_make_a_thousand() {
    let Weights { category, distance, age, text, status } = WEIGHTS;
    assert_eq!(category + distance + age + text + status, 1_000);
}

#[test]
fn likeness_needs_no_language() {
    let like = |one: &str, other: &str| Trigrams::of(one).likeness(&Trigrams::of(other));
    assert_eq!(like("Bache en la calle", "BACHE, en la cállè!"), 1_000);
    assert!(like("መንገድ ላይ ጉድጓድ", "መንገድ ላይ ጉድጓድ አለ") > 700);
    assert_eq!(like("", ""), 0);
    assert_eq!(like("abc", "xyz"), 0);
    assert!(
        like("street light out", "streetlight is out") > like("street light out", "pothole on the right")
    );
}

proptest! {
    #[test]
    fn likeness_is_fair(one in "\\PC{0,40}", other in "\\PC{0,40}") {
        let (one, other) = (Trigrams::of(&one), Trigrams::of(&other));
        prop_assert_eq!(one.likeness(&other), other.likeness(&one));
        prop_assert!((0..=1_000).contains(&one.likeness(&other)));
        prop_assert!(one.is_empty() || one.likeness(&one) == 1_000);
    }

    /// Nearer, newer and liker is never less.
    #[test]
    fn a_score_is_between_nothing_and_all(seed in any::<u64>()) {
        for scene in scenes(seed, 2) {
            for (made, _) in &scene.known {
                let found = score(&report(&scene.new), &known(made), &WEIGHTS);
                prop_assert!((0..=1_000).contains(&found.score));
                let Parts { category, distance, age, text, status } = found.parts;
                prop_assert!([category, distance, age, text, status].iter().all(|part| (0..=1_000).contains(part)));
                let nearer = Made { point: scene.new.point, ..made.clone() };
                let newer = Made { at: scene.new.at, ..made.clone() };
                let liker = Made { text: scene.new.text.clone(), ..made.clone() };
                for better in [nearer, newer, liker] {
                    prop_assert!(score(&report(&scene.new), &known(&better), &WEIGHTS).score >= found.score);
                }
            }
        }
    }
}

kernel::statements! {
    short ADD = "insert into request (id, category, status, description, lat, long, cell, at, updated, version) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1)";
    short HIDE = "update request set hidden = 1 where id = ?1";
}

fn request(id: i64, category: &str, status: Status, east_m: i64, text: &str, at: Timestamp) -> Change {
    let place = Point::from_e7(0, (east_m * 90) as i32).unwrap();
    let (lat, long, cell) = (place.lat_e7(), place.long_e7(), Cell::of(place).code());
    ADD.with(values![id, category, status.name(), text, lat, long, cell, at])
}

async fn what_is_near_and_alike_is_offered(world: World) {
    let now = world.clock.now();
    let old = now - SignedDuration::from_hours(400 * 24);
    let hole = "Deep pothole near the school";
    let requests = [
        request(1, "pothole", Status::Open, 10, "deep pot hole by the school", now),
        request(2, "pothole", Status::Closed, 5, hole, now),
        request(3, "pothole", Status::Open, 200, "something else", now),
        request(4, "litter", Status::Open, 3, hole, now),
        request(5, "pothole", Status::Open, 400, hole, now),
        request(6, "pothole", Status::PendingExternal, 20, hole, now),
        request(7, "pothole", Status::Open, 15, "a tree is down", old),
        request(8, "pothole", Status::Open, 1, hole, now),
    ];
    let added = Decision::nothing().changes(requests);
    world.market.commit(world.stamp(), added).await.unwrap();
    let hidden = Decision::nothing().change(HIDE.with(values![8]));
    world.market.commit(world.stamp(), hidden).await.unwrap();
    let query = "point=0,0&category=pothole&text=Deep%20pothole%20near%20the%20school";
    let found = world.ask(&http::endpoints(), "request_nearby", &[], query, None).await.unwrap();
    let items = found["items"].as_array().unwrap();
    let id = |item: &serde_json::Value| item["id"].as_str().unwrap().parse::<RequestId>().unwrap().raw();
    let ids: Vec<i64> = items.iter().map(id).collect();
    assert_eq!(ids, [1, 6], "{found}");
    assert_eq!(items[0]["link"], format!("/city/here/v1/requests/{}", items[0]["id"].as_str().unwrap()));
    assert_eq!((items[0]["likely"].as_bool(), items[0]["distance_m"].as_i64()), (Some(true), Some(10)));
    assert_eq!(items[1]["parts"]["text"], 1_000);
    let one = world
        .ask(&http::endpoints(), "request_nearby", &[], &format!("{query}&limit=1"), None)
        .await
        .unwrap();
    assert_eq!(one["items"].as_array().unwrap().len(), 1);
    let other = world
        .ask(&http::endpoints(), "request_nearby", &[], "point=9,9&category=pothole", None)
        .await
        .unwrap();
    assert_eq!(other["items"], serde_json::json!([]));
    let bad = world.ask(&http::endpoints(), "request_nearby", &[], "point=95,9&category=pothole", None).await;
    assert_eq!(crate::testing::codes(&bad.unwrap_err()), ["out_of_range"]);
}

/// Where thousands lie on one spot, only some are read, and the nearest are among them.
async fn a_crowd_is_read_within_bounds(world: World) {
    let now = world.clock.now();
    for batch in 0..10 {
        let place = |number: i64| {
            request(1 + batch * 500 + number, "pothole", Status::Open, (batch * 500 + number) / 20, "", now)
        };
        let added = Decision::nothing().changes((0..500).map(place));
        world.market.commit(world.stamp(), added).await.unwrap();
    }
    let point = Point::from_e7(0, 0).unwrap();
    let near = repo::near(&world.market, point).await.unwrap();
    let read_max = crate::limits::NEARBY_RADII_M.len()
        * repo::OPEN.len()
        * crate::limits::NEARBY_RANGES
        * crate::limits::NEARBY_ROWS_PER_RANGE as usize;
    assert!(near.len() <= read_max && near.len() >= 24, "{}", near.len());
    assert!(near.is_sorted_by(|a, b| a.place.distance_m(point) <= b.place.distance_m(point)));
    assert_eq!(Cell::of(near[0].place), Cell::of(point));
    // As exactly as the index knows it.
    assert!(near[0].place.distance_m(point) < 0.05, "{}", near[0].place.distance_m(point));
}

crate::testing::on_both_engines!(what_is_near_and_alike_is_offered, a_crowd_is_read_within_bounds);
