//! The counters against a count by hand: any events, cut into batches anyhow, some handed over twice.

mod story;
mod world;

use std::collections::HashMap;

use geo::{BoundingBox, Point, Spot, Tile};
use kernel::jiff::civil::Date;
use kernel::jiff::tz::TimeZone;
use kernel::values;
use proptest::prelude::*;
use store::Market;

use self::story::{Story, steps};
use self::world::World;
use super::follow::LEDGER;
use super::names::Names;
use super::sums::{self, Sums};
use super::told;
use super::which::{Asked, Which};
use super::{cells, count, tile};
use crate::map::tile::Content;
use crate::request::event::Facts;
use crate::trend;
use crate::trend::read::{By, Question};

fn zone() -> TimeZone {
    kernel::zone::zone("America/New_York").unwrap()
}

fn count_events(story: &Story, cuts: &[usize]) -> (HashMap<i64, Vec<u8>>, Names) {
    let (mut rows, mut names) = (HashMap::new(), Names::default());
    for batch in story.batches(cuts) {
        // Handed over twice, committed once.
        for is_committed in [false, true] {
            let (mut sums, mut known) = (Sums::default(), names.clone());
            for event in batch {
                for shift in told::shifts(event).unwrap() {
                    count::shift(&mut sums, &mut known, &zone(), &shift).unwrap();
                }
            }
            if is_committed {
                LEDGER.enter_in_memory(&mut rows, sums).unwrap();
                names = known;
            }
        }
    }
    (rows, names)
}

fn count_state<'a>(facts: impl Iterator<Item = &'a Facts>, names: &mut Names) -> HashMap<i64, Vec<u8>> {
    let mut sums = Sums::default();
    for facts in facts {
        let shift = told::Shift { before: None, after: Some(facts.clone()) };
        count::shift(&mut sums, names, &zone(), &shift).unwrap();
    }
    sums.rows().into_iter().map(|(row, tally)| (row, sums::pack(&tally))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_events_count_to_what_stands_at_the_end(
        steps in steps(60),
        cuts in prop::collection::vec(0usize..60, 0..8),
        other_cuts in prop::collection::vec(0usize..60, 0..8),
    ) {
        let story = Story::of(&steps);
        let (rows, mut names) = count_events(&story, &cuts);
        let by_hand = count_state(story.standing(), &mut names);
        prop_assert_eq!(&rows, &by_hand);
        let (again, _) = count_events(&story, &other_cuts);
        prop_assert_eq!(&rows, &again);
    }
}

/// Each on both engines; on PostgreSQL only where there is one.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::world::world(testkit::Engine::Sqlite).await.unwrap()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(world) = super::world::world(testkit::Engine::Postgres).await else { return };
                super::$name(world).await;
            })+
        }
    };
}
on_both_engines!(
    the_sums_hold_on_every_tile_and_box,
    counting_anew_gives_the_same_rows,
    trends_agree_with_a_count_by_hand,
);

fn requests(content: &Content) -> i64 {
    match content {
        Content::Clusters(cells) => cells.iter().map(cells::Cell::requests).sum(),
        Content::Points(points) => {
            assert!(!points.truncated);
            points.pins.len() as i64
        }
    }
}

async fn filter(market: &Market, asked: &Asked) -> Which {
    asked.in_market(market, &zone()).await.unwrap()
}

fn is_meant(asked: &Asked, facts: &Facts) -> bool {
    let day = kernel::zone::local_date(facts.at, &zone());
    told::is_seen(facts)
        && asked.categories.as_ref().is_none_or(|it| it.contains(&facts.category))
        && asked.statuses.as_ref().is_none_or(|it| it.contains(&told::status_number(facts.status)))
        && asked.days.is_none_or(|(from, to)| from <= day && day <= to)
}

async fn the_sums_hold_on_every_tile_and_box(world: World) {
    let story = Story::long(400, 11);
    world.keep(&story).await;
    world.count(&story, &[3, 50, 51, 200]).await;
    let date = |text: &str| text.parse::<Date>().unwrap();
    let questions = [
        Asked::default(),
        Asked::new(Some("waste,tree"), None, None).unwrap(),
        Asked::new(None, Some("open,reopened"), None).unwrap(),
        Asked::new(Some("pothole"), Some("closed"), Some((date("2025-02-03"), date("2025-12-30")))).unwrap(),
        Asked::new(None, None, Some((date("2025-06-10"), date("2025-06-24")))).unwrap(),
    ];
    for asked in &questions {
        let which = filter(&world.market, asked).await;
        let meant: Vec<&Facts> = story.standing().filter(|facts| is_meant(asked, facts)).collect();
        let read = async |tile: Tile| tile::read(&world.market, tile, &which).await.unwrap();
        assert_eq!(requests(&read(Tile::WORLD).await), meant.len() as i64, "the world, {asked:?}");
        let mut level = vec![Tile::WORLD];
        for _ in 0..17 {
            let mut next = Vec::new();
            for parent in level {
                let mut sum = 0;
                for child in parent.children().unwrap() {
                    let content = read(child).await;
                    let spot = |facts: &&&Facts| {
                        child.contains(Spot::of(Point::from_e7(facts.lat, facts.long).unwrap()))
                    };
                    assert_eq!(
                        requests(&content),
                        meant.iter().filter(spot).count() as i64,
                        "{child:?} {asked:?}"
                    );
                    assert_inside(&content, child);
                    sum += requests(&content);
                    if requests(&content) > 0 {
                        next.push(child);
                    }
                }
                assert_eq!(sum, requests(&read(parent).await), "{parent:?}");
            }
            // A few branches are enough.
            next.truncate(3);
            level = next;
        }
        let world_cells = cells::of_box(&world.market, &BoundingBox::WORLD, 1_024, &which).await.unwrap();
        assert_eq!(world_cells.iter().map(cells::Cell::requests).sum::<i64>(), meant.len() as i64);
        let city = BoundingBox::parse("", "-71.2,42.2,-70.9,42.5").unwrap();
        for cells_max in [1, 20, 150, 1_024] {
            let cells = cells::of_box(&world.market, &city, cells_max, &which).await.unwrap();
            let inside = meant.iter().filter(|facts| {
                cells
                    .iter()
                    .any(|cell| cell.tile.contains(Spot::of(Point::from_e7(facts.lat, facts.long).unwrap())))
            });
            assert_eq!(cells.iter().map(cells::Cell::requests).sum::<i64>(), inside.count() as i64);
            assert!(cells.len() as u64 <= cells_max);
        }
    }
}

/// Clusters and points lie within their tile; nothing is drawn twice at an edge.
fn assert_inside(content: &Content, tile: Tile) {
    if let Content::Clusters(cells) = content {
        for cell in cells {
            assert!(cell.tile.contains(cell.place) && tile.contains(cell.place), "{cell:?}");
        }
    }
    let (mvt, geojson) = (content.mvt(tile), content.geojson());
    let features = geojson["features"].as_array().unwrap().len();
    assert_eq!(mvt.is_empty(), features == 0);
}

async fn counting_anew_gives_the_same_rows(world: World) {
    let story = Story::long(150, 5);
    world.count(&story, &[1, 2, 70]).await;
    let rows = world.rows().await;
    assert!(rows.0.len() > 100 && rows.1.len() > 20);
    world.clear().await;
    let empty: Option<(i64,)> = world.market.one(trend::repo::FIRST, values![]).await.unwrap();
    assert_eq!(empty, None);
    world.count(&story, &[40, 41, 42, 90]).await;
    assert_eq!(rows, world.rows().await);
}

async fn trends_agree_with_a_count_by_hand(world: World) {
    let story = Story::long(300, 23);
    world.count(&story, &[10, 100]).await;
    let names = Names::load(&world.market, trend::follow::FOLLOWER).await.unwrap();
    let (from, to): (Date, Date) = ("2025-03-10".parse().unwrap(), "2025-08-20".parse().unwrap());
    for by in [By::Day, By::Category, By::Area, By::Agency] {
        let question = Question { from, to, by, category: None, area: None, agency: None };
        let trends = trend::read::read(&world.market, &names, &question).await.unwrap();
        let sum = |it: fn(&trend::read::Figures) -> i64| {
            trends.items.iter().map(|(_, figures)| it(figures)).sum::<i64>()
        };
        let by_hand = story.figures(from, to, &zone());
        assert_eq!(
            (trends.all.reported, sum(|it| it.reported)),
            (by_hand.reported, by_hand.reported),
            "{by:?}"
        );
        assert_eq!((trends.all.closed, sum(|it| it.closed)), (by_hand.closed, by_hand.closed), "{by:?}");
        assert_eq!(
            (trends.all.reopened, sum(|it| it.reopened)),
            (by_hand.reopened, by_hand.reopened),
            "{by:?}"
        );
        assert_eq!((trends.all.in_time, trends.all.late), (by_hand.in_time, by_hand.late), "{by:?}");
        assert_eq!(trends.all.backlog, by_hand.backlog, "{by:?}");
        let last = if by == By::Day { trends.items.last().unwrap().1.backlog } else { sum(|it| it.backlog) };
        assert_eq!(last, by_hand.backlog, "{by:?}");
        let median = trends.all.closed_within_min(50).unwrap() as f64;
        let exact = by_hand.median_min() as f64;
        assert!((median - exact).abs() <= exact / 16.0 + 1.0, "{median} for {exact}");
    }
    // Each day by itself.
    let question = Question { from, to, by: By::Day, category: None, area: None, agency: None };
    let trends = trend::read::read(&world.market, &names, &question).await.unwrap();
    for (day, figures) in trends.items.iter().step_by(17) {
        let day: Date = day.parse().unwrap();
        let by_hand = story.figures(day, day, &zone());
        assert_eq!((figures.reported, figures.closed), (by_hand.reported, by_hand.closed), "{day}");
        assert_eq!(figures.backlog, by_hand.backlog, "{day}");
    }
    assert_eq!(trends.items.len(), 164);
}
