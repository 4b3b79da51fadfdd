use std::sync::Arc;

use geo::Point;
use kernel::jiff::SignedDuration;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, Id, SequentialIds};
use serde_json::json;
use store::CommitError;

use super::inputs;
use crate::demand::model::cell_of;
use crate::demand::{Boards, Count};
use crate::fee::http::{self, Fees, ThroughTheAir};
use crate::fee::model::{Inputs, StoredQuote};
use crate::fee::{decide, quote, repo};
use crate::settings::{DemandRule, RuleBook, Settings};
use crate::testing::{World, codes, on_both_engines};

on_both_engines!(
    a_quote_is_taken_by_one_order,
    what_nobody_took_is_forgotten,
    the_fee_is_shown_before_ordering
);

async fn kept(world: &World, id: i64) -> StoredQuote {
    let settings = Settings::default();
    let inputs = Inputs { at: world.clock.now(), ..inputs(&[10_000, 250], 3_210) };
    let quote = quote::quote(&settings, &inputs, &[]).unwrap();
    let ids = SequentialIds::starting_at(id);
    let ctx = Ctx { now: world.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &ids };
    let (decision, stored) = decide::keep(quote, inputs, Id::from_raw(11), &settings, &ctx);
    world.commit(decision).await.unwrap();
    stored
}

async fn a_quote_is_taken_by_one_order(world: World) {
    let made = kept(&world, 1).await;
    let stored = repo::one(&world.market, made.id).await.unwrap().unwrap();
    assert_eq!(stored, made);
    let now = world.clock.now();
    let take = |order| {
        let (_, change) = decide::charge(&stored, &made.inputs.cart, made.buyer, order, now).unwrap();
        world.commit(Decision::nothing().change(change))
    };
    let (one, other) = tokio::join!(take(7), take(8));
    let refused = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    let [CommitError::Refused(refusal)] = &refused[..] else { panic!("one is refused: {refused:?}") };
    assert_eq!(refusal.code(), "quote_taken");
    let stored = repo::one(&world.market, made.id).await.unwrap().unwrap();
    assert!(matches!(stored.used_by, Some(7 | 8)));
    let again = decide::charge(&stored, &made.inputs.cart, made.buyer, 9, now);
    assert_eq!(again.unwrap_err().code(), "quote_taken");
}

async fn what_nobody_took_is_forgotten(world: World) {
    let (taken, left) = (kept(&world, 1).await, kept(&world, 2).await);
    let take = Decision::nothing().change(repo::take(taken.id, 7, world.clock.now()));
    world.commit(take).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(10));
    let late = Decision::nothing().change(repo::take(left.id, 7, world.clock.now()));
    let late = world.commit(late).await;
    assert!(matches!(late, Err(CommitError::Conflict)), "it holds no longer");
    for (before, is_left) in [(SignedDuration::ZERO, true), (SignedDuration::from_secs(1), false)] {
        let forget = Decision::nothing().change(repo::forget(world.clock.now() + before));
        world.commit(forget).await.unwrap();
        let found = repo::one(&world.market, left.id).await.unwrap();
        assert_eq!(found.is_some(), is_left);
    }
    assert!(repo::one(&world.market, taken.id).await.unwrap().is_some());
}

async fn the_fee_is_shown_before_ordering(world: World) {
    let rules = Arc::new(RuleBook::new(world.clock.clone()));
    let (boards, roads) = (Arc::new(Boards::default()), Arc::new(ThroughTheAir));
    let fees = Arc::new(Fees { rules, boards: boards.clone(), roads });
    let endpoints = http::endpoints(&fees);
    let ask = |query: &'static str| world.ask(&endpoints, "delivery_fee", &[], query, None);
    let way = "from=-26.2041,28.0473&to=-26.2041,28.0673";
    let calm = ask(way).await.unwrap();
    assert_eq!((&calm["distance_m"], &calm["fee"]["amount"]), (&json!(1_995), &json!(2_998)));
    assert_eq!((&calm["factor_bp"], &calm["is_busy"]), (&json!(10_000), &json!(false)));
    let store = Point::from_degrees(-26.2041, 28.0473).unwrap();
    let rush = Count { open_orders: 90, free_riders: 5 };
    boards.of(&world.market).observe(cell_of(store), rush, world.clock.now(), &DemandRule::default());
    let busy = ask(way).await.unwrap();
    assert_eq!((&busy["fee"]["amount"], &busy["is_busy"]), (&json!(3_298), &json!(true)));
    for (query, expected) in [
        ("from=here&to=-26,200", &["malformed", "out_of_range"][..]),
        ("from=-26,28&to=-34,18", &["too_far"]),
    ] {
        assert_eq!(codes(&ask(query).await.unwrap_err()), expected, "{query}");
    }
}
