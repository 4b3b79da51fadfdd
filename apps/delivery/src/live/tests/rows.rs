use kernel::jiff::SignedDuration;
use kernel::{Clock, Decision};
use serde_json::{Value, json};

use super::rig::{live, operator};
use crate::forecast::feed;
use crate::live::endpoints;
use crate::order::decide;
use crate::order::tests::rig::{BUYER, Rig};
use crate::testing::{World, on_both_engines};

async fn ask(world: &World, name: &str, query: &str) -> Result<Value, kernel::Refusal> {
    world.ask_by(operator(1), &endpoints(&live(world)), name, &[], query, None).await
}

async fn orders_that_somebody_has_to_look_at_are_listed(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 1)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    assert_eq!(ask(&rig.world, "delivery_stuck", "").await.unwrap()["items"], json!([]));
    let placed = rig.order(&order).await;
    let (decision, _) = decide::stuck(
        &placed,
        &crate::settings::Settings::default(),
        placed.since + SignedDuration::from_hours(1),
    )
    .unwrap();
    rig.world.commit(decision).await.unwrap();
    let found = ask(&rig.world, "delivery_stuck", "").await.unwrap();
    let item = &found["items"][0];
    assert_eq!((&item["order"], &item["stuck"]), (&order["id"], &json!(true)));
    assert_eq!((&item["unserved"], &found["more"]), (&json!(false), &json!(false)));
}

async fn orders_are_counted_by_hour_and_by_area(world: World) {
    let rig = Rig::open(world).await;
    let (here, now) = (rig.point(), rig.world.clock.now());
    let there = geo::Point::from_degrees(-26.0, 28.3).unwrap();
    let hour = SignedDuration::from_hours(1);
    let orders = [(here, now - hour), (here, now - hour), (there, now - hour), (here, now - hour * 5)];
    let decision = Decision::nothing().changes(feed::counted(orders));
    rig.world.commit(decision).await.unwrap();
    let counts = |found: &Value, kind: &str| -> Vec<i64> {
        found[kind].as_array().unwrap().iter().map(|it| it["orders"].as_i64().unwrap()).collect()
    };
    let found = ask(&rig.world, "delivery_figures", "").await.unwrap();
    assert_eq!((counts(&found, "hours"), counts(&found, "areas")), (vec![1, 3], vec![]));
    let found = ask(&rig.world, "delivery_figures", "by=area").await.unwrap();
    assert_eq!((counts(&found, "hours"), counts(&found, "areas")), (vec![], vec![3, 1]));
    let from = format!("by=hour&from={}", now - hour * 2);
    assert_eq!(counts(&ask(&rig.world, "delivery_figures", &from).await.unwrap(), "hours"), [3]);
    for wrong in [format!("from={}", now + hour), format!("from={}", now - hour * 24 * 100)] {
        assert_eq!(ask(&rig.world, "delivery_figures", &wrong).await.unwrap_err().code(), "invalid_input");
    }
}

on_both_engines!(orders_that_somebody_has_to_look_at_are_listed, orders_are_counted_by_hour_and_by_area);
