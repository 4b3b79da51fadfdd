use std::sync::Arc;

use kernel::jiff::SignedDuration;
use kernel::{Clock, Decision};
use serde_json::json;
use store::CommitError;

use super::{RuleBook, Settings, http, repo};
use crate::testing::{World, codes, on_both_engines};

on_both_engines!(settings_hold_from_their_day_on, of_two_at_once_one_decides_again);

async fn settings_hold_from_their_day_on(world: World) {
    let rules = Arc::new(RuleBook::new(world.clock.clone()));
    let endpoints = http::endpoints(&rules);
    let public = world.ask(&endpoints, "delivery_settings", &[], "", None).await.unwrap();
    assert_eq!(public["currency"], "ZAR", "the template holds before anything was set");
    assert!(public.get("commission").is_none(), "not everybody's business");

    let start = world.clock.now();
    let later = start + SignedDuration::from_hours(24);
    let next_week = start + SignedDuration::from_hours(7 * 24);
    for (from, base_minor) in [(None, 2_500), (Some(later), 3_000), (Some(next_week), 3_500)] {
        let from = from.map(|from| from.to_string());
        let wish = json!({ "from": from, "settings": { "fee": { "base_minor": base_minor } } });
        world.ask(&endpoints, "delivery_settings_set", &[], "", Some(wish)).await.unwrap();
    }
    for (hours, base_minor, waiting) in [(0, 2_500, 2), (25, 3_000, 1), (8 * 24, 3_500, 0)] {
        world.clock.set(start + SignedDuration::from_hours(hours));
        let all = world.ask(&endpoints, "delivery_settings_all", &[], "", None).await.unwrap();
        assert_eq!(all["settings"]["fee"]["base_minor"], base_minor, "after {hours} h");
        assert_eq!(all["later"].as_array().map(Vec::len), Some(waiting), "after {hours} h");
    }
    let held = repo::held(&world.market, later - SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(held.fee.base_minor, 2_500);
    let held = repo::held(&world.market, start - SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(held, Settings::default());

    for (wish, expected) in [
        (json!({ "settings": { "currency": "KES" } }), "contradictory"),
        (json!({ "settings": {}, "from": start.to_string() }), "in_the_past"),
        (json!({ "settings": { "vat_bp": 99_999 } }), "out_of_range"),
        (json!({ "settings": { "vat_bq": 1 } }), "unknown_field"),
    ] {
        let refused = world.ask(&endpoints, "delivery_settings_set", &[], "", Some(wish.clone())).await;
        assert_eq!(codes(&refused.unwrap_err()), [expected], "{wish}");
    }
}

async fn of_two_at_once_one_decides_again(world: World) {
    let now = world.clock.now();
    let set = |version| {
        let put = repo::put(now, &Settings::default(), now, kernel::Actor::System);
        let decision = Decision::nothing().change(repo::changed_from(version, now)).change(put);
        world.commit(decision)
    };
    set(0).await.unwrap();
    let version = repo::version(&world.market).await.unwrap();
    assert!(matches!(set(0).await, Err(CommitError::Conflict)));
    set(version).await.unwrap();
    assert_eq!(repo::version(&world.market).await.unwrap(), version + 1, "within one instant");
}
