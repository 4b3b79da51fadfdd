use std::sync::Arc;
use std::time::Duration;

use dispatch::Mode;
use dispatch::position::{self, Duty, Ping};
use kernel::jiff::SignedDuration;
use kernel::{Clock, Id};
use serde_json::{Value, json};

use super::rig::{Reader, happens, live, nudge, open, open_with, operator, person, told};
use crate::live::{Hub, Live, endpoints};
use crate::order::state::Status;
use crate::order::tests::rig::{BUYER, RIDER, Rig};
use crate::testing::{World, on_both_engines};

/// An order in cash, and its buyer who follows it.
async fn placed(world: World) -> (Rig, Arc<Live>, Value) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 1)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    let live = live(&rig.world);
    (rig, live, order)
}

async fn follow(rig: &Rig, live: &Arc<Live>, order: &Value, seen: Option<i64>) -> Reader {
    let path = [("id", order["id"].as_str().unwrap())];
    open(&rig.world, live, person(BUYER), ("order_live", &path), seen).await.unwrap()
}

async fn step(rig: &Rig, live: &Live, name: &str, order: &Value, body: Value) {
    let who = if name.starts_with("order_picked_up") || name.contains("on_the_way") {
        rig.caller(RIDER)
    } else {
        rig.merchant()
    };
    rig.step(who, name, order, body).await.unwrap();
    nudge(&rig.world, live, 1);
}

/// Where the rider is, as their device says so many seconds later.
async fn pings(rig: &Rig, live: &Live, seconds: i64) {
    rig.world.clock.advance(SignedDuration::from_secs(seconds));
    let now = rig.world.clock.now();
    let fleet = live.dispatch.fleet(&rig.world.market).await.unwrap();
    fleet.begin(Id::from_raw(RIDER), Duty { mode: Mode::Bicycle, capacity: 1, load: 1 }, now).unwrap();
    let ping = Ping::new(rig.point(), now, 0);
    live.dispatch.hear(&rig.world.market, Id::from_raw(RIDER), &[ping], now).await.unwrap();
}

async fn status(reader: &mut Reader) -> String {
    let (before, step) = reader.until("step").await;
    assert!(before.iter().all(|name| name == "order"), "{before:?}");
    step.data["status"].as_str().unwrap().to_owned()
}

async fn assign(rig: &Rig, live: &Live, order: &Value) {
    let rider = Id::from_raw(RIDER);
    let on_duty = position::decide::go_on(None, rider, Mode::Bicycle, 2, &rig.world.ctx());
    rig.world.commit(on_duty.unwrap().0).await.unwrap();
    step(rig, live, "order_reassign", order, json!({"rider": rider})).await;
}

async fn a_buyer_follows_an_order_to_the_door(world: World) {
    let (rig, live, order) = placed(world).await;
    let mut reader = follow(&rig, &live, &order, None).await;
    let first = reader.next().await.unwrap();
    assert_eq!((&*first.name, &first.data["status"]), ("order", &json!("pending")));
    assert_eq!(first.data["pin"], order["pin"], "it is the buyer's own");
    let began = reader.id;
    step(&rig, &live, "order_accept", &order, json!({})).await;
    assert_eq!(status(&mut reader).await, "confirmed");
    let (_, view) = reader.until("order").await;
    assert!(view.data["due_at"].is_string(), "how it stands comes after what happened");
    assign(&rig, &live, &order).await;
    for (name, expected) in [("order_prepare", "preparing"), ("order_ready", "ready")] {
        step(&rig, &live, name, &order, json!({})).await;
        while status(&mut reader).await != expected {}
    }
    pings(&rig, &live, 5).await;
    step(&rig, &live, "order_picked_up", &order, json!({})).await;
    assert_eq!(status(&mut reader).await, "picked_up", "nobody sees the rider before");
    reader.until("order").await;
    pings(&rig, &live, 5).await;
    let place = reader.next().await.unwrap();
    assert_eq!((&*place.name, place.id), ("rider", None));
    step(&rig, &live, "order_on_the_way", &order, json!({})).await;
    assert_eq!(status(&mut reader).await, "in_transit");
    let mut again = follow(&rig, &live, &order, None).await;
    assert_eq!(again.until("rider").await.0, ["order"], "where the rider is comes at once");
    let by_hand = json!({"to": "delivered", "reason": "by telephone"});
    step(&rig, &live, "order_move", &order, by_hand).await;
    for reader in [&mut reader, &mut again] {
        let (_, end) = reader.until("end").await;
        assert_eq!((end.data, reader.next().await), (json!("delivered"), None));
    }
    assert_eq!(live.hub.followers(), 0);
    let back: Vec<String> =
        follow(&rig, &live, &order, began).await.rest().await.into_iter().map(|it| it.name).collect();
    let steps = back.iter().filter(|name| *name == "step").count();
    assert_eq!((steps, back.last().map(String::as_str)), (7, Some("end")), "{back:?}");
}

async fn orders_of_others_look_like_none(world: World) {
    let (rig, live, order) = placed(world).await;
    let id = order["id"].as_str().unwrap();
    let other = rig.world.merchant("Papa's").await.to_string();
    let (mine, store) = (rig.merchant.to_string(), &*rig.store);
    let asked: [(_, _, &[(&str, &str)]); 4] = [
        (person(BUYER + 7), "order_live", &[("id", id)]),
        (web::Caller::anonymous(), "order_live", &[("id", id)]),
        (operator(1), "order_live", &[("id", id)]),
        (rig.merchant(), "store_live", &[("provider", &other), ("store", store)]),
    ];
    for (who, name, path) in asked {
        let refused = open(&rig.world, &live, who, (name, path), None).await.err().unwrap();
        assert_eq!(refused.code(), "not_found", "{name}");
    }
    assert_eq!(live.hub.followers(), 0);
    let path = [("provider", mine.as_str()), ("store", store)];
    assert!(open(&rig.world, &live, rig.merchant(), ("store_live", &path), None).await.is_ok());
}

async fn a_store_hears_of_its_own_orders(world: World) {
    let (rig, live, order) = placed(world).await;
    let provider = rig.merchant.to_string();
    let path = [("provider", provider.as_str()), ("store", rig.store.as_str())];
    let mut reader = open(&rig.world, &live, rig.merchant(), ("store_live", &path), None).await.unwrap();
    reader.until("begin").await;
    // Somebody else's comes first and is not told.
    happens(&rig.world, &live, vec![told(Id::from_raw(1))]).await;
    step(&rig, &live, "order_accept", &order, json!({})).await;
    let (before, event) = reader.until("step").await;
    assert_eq!((before.len(), &event.data["order"]), (0, &order["id"]));
    let view = reader.next().await.unwrap();
    assert_eq!((&*view.name, &view.data["lines"][0]["name"]), ("order", &json!("Bread")));
    assert_eq!((&view.data["pin"], &view.data["address"]), (&Value::Null, &Value::Null));
}

async fn a_stream_ends_when_its_time_is_over_and_goes_on_where_it_ended(world: World) {
    let clock: Arc<dyn Clock> = world.clock.clone();
    let hub = Hub::new();
    let dispatch = dispatch::Dispatch::builder(clock, world.ids.clone()).build();
    let live = Arc::new(Live { hub, dispatch, stream_time: Duration::from_millis(300) });
    let all: (&str, &[(&str, &str)]) = ("delivery_live", &[]);
    let mut reader = open(&world, &live, operator(1), all, None).await.unwrap();
    happens(&world, &live, vec![told(Id::from_raw(1))]).await;
    let names: Vec<(String, Value)> =
        reader.rest().await.into_iter().map(|event| (event.name, event.data["why"].clone())).collect();
    assert_eq!(names.last().unwrap(), &("again".to_owned(), json!("expired")));
    assert_eq!(names.iter().filter(|(name, _)| name == "step").count(), 1);
    assert_eq!(reader.id, Some(world.market.settle().await.unwrap()));
}

async fn an_operator_sees_the_riders_in_a_box(world: World) {
    let rig = Rig::open(world).await;
    let live = live(&rig.world);
    let all: (&str, &[(&str, &str)]) = ("delivery_live", &[]);
    pings(&rig, &live, 1).await;
    for (query, count) in [("bbox=27,-27,29,-25", 1), ("bbox=10,10,11,11", 0)] {
        let mut reader = open_with(&rig.world, &live, operator(1), all, (query, None)).await.unwrap();
        reader.until("begin").await;
        // Where nobody is, there is nothing to say but what happens.
        happens(&rig.world, &live, vec![told(Id::from_raw(1))]).await;
        let (before, _) = reader.until(if count == 1 { "riders" } else { "step" }).await;
        assert!(!before.contains(&"riders".to_owned()), "{query}");
    }
    let wrong = open_with(&rig.world, &live, operator(1), all, ("bbox=1,2", None)).await.err().unwrap();
    assert_eq!(wrong.code(), "invalid_input");
}

async fn before_the_process_stops_all_streams_end(world: World) {
    let live = live(&world);
    let all: (&str, &[(&str, &str)]) = ("delivery_live", &[]);
    let mut reader = open(&world, &live, operator(1), all, None).await.unwrap();
    reader.until("begin").await;
    live.hub.close();
    let rest = reader.rest().await;
    assert_eq!((rest.len(), &rest[0].data["why"]), (1, &json!("closed")));
    let refused = open(&world, &live, operator(1), all, None).await.err().unwrap();
    assert_eq!(refused.code(), "stopping");
}

async fn an_order_that_is_over_ends_at_once(world: World) {
    let (rig, live, order) = placed(world).await;
    rig.step(rig.caller(BUYER), "order_cancel", &order, json!({})).await.unwrap();
    assert_eq!(rig.order(&order).await.status, Status::Cancelled);
    let names: Vec<String> =
        follow(&rig, &live, &order, None).await.rest().await.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["order", "end"]);
}

#[test]
fn its_endpoints_are_sound() {
    let hub = Hub::new();
    let clock: Arc<dyn Clock> = Arc::new(testkit::clock());
    let ids = Arc::new(kernel::SequentialIds::starting_at(1));
    let dispatch = dispatch::Dispatch::builder(clock, ids).build();
    let faults = web::unsound(&endpoints(&Arc::new(Live::new(hub, dispatch))));
    assert!(faults.is_empty(), "{faults:#?}");
}

on_both_engines!(
    a_buyer_follows_an_order_to_the_door,
    orders_of_others_look_like_none,
    a_store_hears_of_its_own_orders,
    a_stream_ends_when_its_time_is_over_and_goes_on_where_it_ended,
    an_operator_sees_the_riders_in_a_box,
    before_the_process_stops_all_streams_end,
    an_order_that_is_over_ends_at_once,
);
