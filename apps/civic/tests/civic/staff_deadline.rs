use std::sync::Arc;

use civic::deadline::jobs;
use civic::desk::Desk;
use civic::request::state::RoundTheClock;
use serde_json::json;

use crate::staff_world::{ROADS, World, manager, staff};

crate::staff_world::on_both_engines! { each_level_is_told_once }

async fn each_level_is_told_once(world: World) {
    let desk = Desk::new(Arc::new(RoundTheClock));
    let look = async || jobs::look(&world.market(), &desk, world.now(), &*world.ids).await.unwrap();
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
