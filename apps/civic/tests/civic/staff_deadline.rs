use std::sync::Arc;

use civic::deadline::jobs;
use civic::desk::Desk;
use civic::request::state::RoundTheClock;
use kernel::jiff::Timestamp;
use serde_json::json;

use crate::staff_world::{ROADS, World, manager, staff};

crate::staff_world::on_both_engines! {
    each_level_is_told_once,
    a_market_looks_out_only_while_there_is_something_to_look_out_for,
}

kernel::statements! {
    long JOBS = "select id, due from job where kind = 'civic.escalate' order by due";
}

async fn each_level_is_told_once(world: World) {
    let desk = Desk::new(Arc::new(RoundTheClock));
    let look = async || jobs::look(&world.market(), &desk, world.now(), &*world.ids).await.unwrap().told;
    let id = world.report(Some(ROADS), |_| {}).await;
    let done = world.report(Some(ROADS), |_| {}).await;
    let never = world.report(Some(ROADS), |it| it.due = None).await;
    assert_eq!(look().await, 0, "there are no rules");
    let rules = json!({ "rules": [
        { "after_min": -60, "tell": ["assignee"] },
        { "after_min": 0, "tell": ["team"] },
        { "after_min": 120, "tell": ["manager"], "email": "roads@x.example" },
    ] });
    world.ask(&manager(), "escalations_set", rules).await.unwrap();
    world.advance(179);
    assert_eq!(look().await, 0);
    world.advance(1);
    // Two look at the same time: each is told of once.
    let (one, other) = tokio::join!(look(), look());
    assert_eq!(one + other, 2);
    assert_eq!(look().await, 0);
    let me = staff(ROADS);
    world.act(&me, Some(ROADS), "move", done, json!({ "to": "resolved" })).await.unwrap();
    world.advance(60);
    assert_eq!((look().await, look().await), (1, 0));
    // It waits for somebody outside: nobody is told, and later the new deadline counts anew.
    world
        .act(&me, Some(ROADS), "move", id, json!({ "to": "pending_external", "reason": "r" }))
        .await
        .unwrap();
    world.advance(10_000);
    assert_eq!(look().await, 0);
    world.act(&me, Some(ROADS), "move", id, json!({ "to": "in_progress" })).await.unwrap();
    assert_eq!((look().await, look().await), (1, 0));
    world.advance(120);
    assert_eq!((look().await, look().await), (1, 0));
    let events = world.named("request.escalated").await;
    assert_eq!(events.len(), 5);
    assert!(!events.iter().any(|it| it.subject == never.raw() || it.body.contains("roads@")));
    assert!(!civic::audit::follow::is_staff(&events[0]), "the platform is no staff");
}

async fn a_market_looks_out_only_while_there_is_something_to_look_out_for(world: World) {
    let desk = Desk::new(Arc::new(RoundTheClock));
    let look = async || jobs::look(&world.market(), &desk, world.now(), &*world.ids).await.unwrap().again;
    let every = Some(civic::limits::ESCALATION_EVERY);
    let id = world.report(Some(ROADS), |_| {}).await;
    let jobs_there =
        async || -> Vec<(i64, Timestamp)> { world.market().list(JOBS, kernel::values![]).await.unwrap() };
    assert_eq!((look().await, jobs_there().await.len()), (None, 0), "nobody is to be told of anything");
    let rules =
        json!({ "rules": [{ "after_min": 0, "tell": ["team"] }, { "after_min": 120, "tell": ["manager"] }] });
    world.ask(&manager(), "escalations_set", rules).await.unwrap();
    assert_eq!(jobs_there().await.len(), 1, "a rule begins it");
    assert_eq!(look().await, Some(civic::limits::ESCALATION_AHEAD), "the deadline is hours ahead");
    world.advance(200);
    assert_eq!(look().await, every, "it is near");
    world.advance(60);
    assert_eq!(look().await, every, "there is another level to come");
    world.advance(120);
    assert_eq!(look().await, None, "all has been told");
    let other = world.report(Some(ROADS), |_| {}).await;
    assert!(look().await.is_some());
    for done in [id, other] {
        world.act(&staff(ROADS), Some(ROADS), "move", done, json!({ "to": "resolved" })).await.unwrap();
    }
    assert_eq!(look().await, None, "nothing is open");
    let (soon, later) = (civic::limits::ESCALATION_EVERY, civic::limits::ESCALATION_AHEAD);
    for wait in [soon, later] {
        let next = jobs::look_after(world.now(), wait);
        let again = jobs::look_after(next.due, wait);
        assert!(next.due > world.now() && next.due.duration_since(world.now()) <= wait);
        assert_eq!(again.due.duration_since(next.due), wait, "each asks for the one after it");
        assert_ne!(next.key, again.key);
    }
}
