use std::collections::HashMap;

use geo::{Cell, Point};
use kernel::jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::around::around;
use super::factor::{Seen, step_bp, wanted_bp};
use super::model::{Count, cell_of, counts};
use super::{Board, jobs, repo};
use crate::settings::{DemandRule, WHOLE_BP};
use crate::testing::{World, on_both_engines};

on_both_engines!(a_board_is_written_down_and_made_anew);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn place() -> Point {
    Point::from_degrees(-26.2041, 28.0473).unwrap()
}

/// Nothing is smoothed, so that each rule is seen alone.
fn sharp() -> DemandRule {
    DemandRule { around_bp: 0, step_s: 0, half_life_s: 1, ..DemandRule::default() }
}

fn count(open_orders: u32, free_riders: u32) -> Count {
    Count { open_orders, free_riders }
}

#[test]
fn the_fee_follows_orders_for_each_rider() {
    let rule = DemandRule::default();
    for (orders, riders, factor_bp) in [
        (0.0, 0.0, 10_000),
        (4.9, 2.0, 10_000),   // too few orders
        (400.0, 1.9, 10_000), // too few riders
        (5.0, 4.0, 10_000),
        (6.0, 4.0, 10_000), // calm up to one and a half
        (10.0, 4.0, 13_000),
        (14.0, 4.0, 16_000),
        (100.0, 4.0, 20_000),
        (1e12, 2.0, 20_000),
    ] {
        let seen = Seen { orders, riders, at: at(0) };
        assert_eq!(wanted_bp(&seen, &rule), factor_bp, "{orders} for {riders}");
    }
    let none_needed = DemandRule { riders_min: 0, ..rule };
    assert_eq!(wanted_bp(&Seen { orders: 50.0, riders: 0.0, at: at(0) }, &none_needed), WHOLE_BP);
}

#[test]
fn it_goes_by_single_steps_and_holds_on_to_one() {
    let rule = DemandRule::default();
    for (present, wanted, next) in [
        (10_000, 10_999, 10_000),
        (10_000, 11_000, 11_000),
        (10_000, 20_000, 11_000),
        (11_000, 11_999, 11_000),
        (11_000, 10_700, 11_000), // not clearly below
        (11_000, 10_699, 10_000),
        (11_000, 10_000, 10_000),
        (20_000, 20_000, 20_000),
        (20_000, 10_000, 19_000),
    ] {
        assert_eq!(step_bp(present, wanted, &rule), next, "{present} towards {wanted}");
    }
}

#[test]
fn what_was_seen_fades() {
    let rule = DemandRule::default();
    let seen = Seen::first(count(8, 4), at(0));
    assert_eq!(seen.then(count(0, 0), at(180), &rule).orders, 4.0);
    assert_eq!(seen.then(count(0, 0), at(360), &rule).riders, 1.0);
    assert_eq!(seen.then(count(16, 0), at(0), &rule).orders, 8.0);
    assert_eq!(seen.then(count(16, 0), at(-50), &rule).at, at(0), "a clock that steps back");
    assert!(!seen.is_forgotten(at(900), &rule) && seen.is_forgotten(at(901), &rule));
}

#[test]
fn a_board_answers_for_its_cells() {
    let (board, rule) = (Board::default(), sharp());
    let elsewhere = Point::from_degrees(-26.0, 28.3).unwrap();
    for (second, expected) in [(0, 11_000), (10, 12_000), (20, 13_000), (30, 13_000)] {
        board.observe(cell_of(place()), count(10, 4), at(second), &rule);
        assert_eq!(board.factor_at(place(), at(second), &rule), expected, "after {second} s");
    }
    assert_eq!(board.factor_at(elsewhere, at(30), &rule), WHOLE_BP);
    assert_eq!(board.factor_at(place(), at(931), &rule), WHOLE_BP, "nobody has seen it for long");
    let lowered = DemandRule { cap_bp: 12_000, ..rule.clone() };
    assert_eq!(board.factor_at(place(), at(30), &lowered), 12_000);
    let slow = DemandRule { step_s: 60, ..rule };
    for (second, expected) in [(40, 13_000), (79, 13_000), (80, 12_000), (139, 12_000), (140, 11_000)] {
        board.observe(cell_of(place()), count(0, 4), at(second), &slow);
        assert_eq!(board.factor_at(place(), at(second), &slow), expected, "after {second} s");
    }
}

#[test]
fn the_cells_around_count_for_a_share() {
    let rule = DemandRule { around_bp: 10_000, step_s: 0, ..DemandRule::default() };
    let board = Board::default();
    let here = cell_of(place());
    let counts: HashMap<Cell, Count> =
        around(here).map(|it| (it, count(16, 2))).chain([(here, count(0, 1))]).collect();
    board.observe_all(&counts, at(0), &rule);
    // Sixteen orders for three riders.
    assert_eq!(board.factor_at(place(), at(0), &rule), 11_000);
    board.observe_all(&HashMap::new(), at(901), &rule);
    assert!(board.is_empty(), "what was forgotten is let go");
}

#[test]
fn places_are_counted_by_cell() {
    let elsewhere = Point::from_degrees(-26.0, 28.3).unwrap();
    let found = counts([place(), place(), elsewhere], [place()]);
    assert_eq!(found[&cell_of(place())], count(2, 1));
    assert_eq!(found[&cell_of(elsewhere)], count(1, 0));
    let bounds = cell_of(place()).bounds();
    let width_m = Point::from_e7(bounds.south_e7(), bounds.west_e7())
        .unwrap()
        .distance_m(Point::from_e7(bounds.south_e7(), bounds.east_e7()).unwrap());
    assert!((1_000.0..2_500.0).contains(&width_m), "{width_m}");
}

proptest! {
    /// Whatever is seen and whenever: never below one, never above the cap, never more than a step at
    /// once, nor two within the least time between steps; and nothing at all where there are few.
    #[test]
    fn the_factor_is_bounded_and_smooth(
        seen in prop::collection::vec((0..9_usize, 0..60_u32, 0..12_u32, 0..120_i64), 1..120),
        is_thin in any::<bool>(),
    ) {
        let rule = DemandRule { step_s: 30, ..DemandRule::default() };
        let rule = if is_thin { DemandRule { orders_min: 1_000, ..rule } } else { rule };
        let board = Board::default();
        let cells: Vec<Cell> = around(cell_of(place())).chain([cell_of(place())]).collect();
        let (mut now, mut before, mut moved) = (0, WHOLE_BP, None);
        for (cell, orders, riders, later) in seen {
            now += later;
            board.observe(cells[cell], count(orders, riders), at(now), &rule);
            let factor_bp = board.factor_at(place(), at(now), &rule);
            prop_assert!((WHOLE_BP..=rule.cap_bp).contains(&factor_bp));
            prop_assert!((factor_bp - WHOLE_BP).is_multiple_of(rule.step_bp));
            prop_assert!(!is_thin || factor_bp == WHOLE_BP);
            // A cell that nobody has seen for long begins anew.
            let heat = board.heat(at(now), &rule, 10);
            let is_fresh = heat.iter().any(|it| it.cell == cell_of(place()));
            if is_fresh && before != factor_bp {
                prop_assert!(factor_bp.abs_diff(before) == rule.step_bp || factor_bp <= WHOLE_BP + rule.step_bp);
                prop_assert!(moved.is_none_or(|moved| now - moved >= 30) || factor_bp <= WHOLE_BP + rule.step_bp);
                moved = Some(now);
            }
            before = factor_bp;
        }
    }

    /// What is asked for may tremble within a step without the fee following it.
    #[test]
    fn it_does_not_flicker(trembling in prop::collection::vec(12_750..13_900_u32, 2..50)) {
        let rule = DemandRule::default();
        let after = trembling.into_iter().fold(13_000, |present, wanted| step_bp(present, wanted, &rule));
        prop_assert_eq!(after, 13_000);
    }
}

async fn a_board_is_written_down_and_made_anew(world: World) {
    use kernel::{Clock, Decision};
    use std::sync::Arc;

    let clock: Arc<dyn Clock> = world.clock.clone();
    let rules = Arc::new(crate::settings::RuleBook::new(clock.clone()));
    let boards = Arc::new(super::Boards::default());
    let now = world.clock.now();
    boards.of(&world.market).observe(cell_of(place()), count(40, 4), now, &sharp());
    // The world's morning begins with one of the times at which boards are written.
    let minute = SignedDuration::from_mins(1);
    assert!(jobs::written(&boards.of(&world.market), &sharp(), (now + minute, now)).is_empty());
    for _ in 0..2 {
        let written = jobs::written(&boards.of(&world.market), &sharp(), (now, now));
        world.commit(Decision::nothing().changes(written)).await.unwrap();
    }
    let fresh = super::Boards::default();
    jobs::restore(&fresh, &rules, &world.market, &*clock).await.unwrap();
    let (old, new) = (boards.of(&world.market), fresh.of(&world.market));
    assert_eq!(old.factor_at(place(), now, &sharp()), 11_000);
    assert_eq!(new.factor_at(place(), now, &sharp()), 11_000);

    let hour = SignedDuration::from_hours(1);
    let cells = repo::by_cell(&world.market, now - hour, now + hour).await.unwrap();
    let [cell] = &cells[..] else { panic!("one cell: {cells:?}") };
    assert_eq!((cell.key, cell.orders_hundredths, cell.factor_bp), (cell_of(place()).code(), 4_000, 11_000));
    for (asked, found) in [(None, 1), (Some(cell_of(place()).code()), 1), (Some(0), 0)] {
        let hours = repo::by_hour(&world.market, asked, now - hour, now + hour).await.unwrap();
        assert_eq!(hours.len(), found, "{asked:?}");
    }
    let watch = Arc::new(super::http::Watch { boards, rules });
    let endpoints = super::http::endpoints(&watch);
    let live = world.ask(&endpoints, "delivery_demand", &[], "", None).await.unwrap();
    assert_eq!(live["cells"][0]["orders"], 40.0);
    let past = format!("from={}", now - hour);
    world.clock.advance(SignedDuration::from_mins(5));
    let past = world.ask(&endpoints, "delivery_demand", &[], &past, None).await.unwrap();
    assert_eq!(past["hours"][0]["orders"], 3.33, "forty in one of twelve");
    assert_eq!(past["cells"][0]["factor_bp"], 11_000);
    let refused = world.ask(&endpoints, "delivery_demand", &[], "from=2020-01-01T00:00:00Z", None).await;
    assert_eq!(crate::testing::codes(&refused.unwrap_err()), ["out_of_range"]);

    let forget = repo::forget(world.clock.now() + hour);
    world.commit(kernel::Decision::nothing().change(forget)).await.unwrap();
    assert!(repo::latest(&world.market, now).await.unwrap().is_empty());
}
