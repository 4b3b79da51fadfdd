//! Citizens and staff at the same requests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use civic::request::model::{RequestId, Status};
use kernel::{Id, Refusal};
use serde_json::{Value, json};
use web::Caller;

use crate::staff_world::{PARKS, ROADS, World, manager, staff};

crate::staff_world::on_both_engines! {
    me_toos_are_counted_exactly_whatever_staff_do,
    everyone_reads_what_was_said_and_where_it_led,
    areas_and_routes_follow_an_edit,
}

const TOO_BUSY: &str = "busy_row";

/// Again until it is not somebody else's turn.
async fn until_done(world: &World, act: &str, id: RequestId, input: Value) -> Result<Value, Refusal> {
    loop {
        match world.act(&manager(), None, act, id, input.clone()).await {
            Err(refusal) if refusal.code() == TOO_BUSY => tokio::task::yield_now().await,
            done => return done,
        }
    }
}

async fn me_toos_are_counted_exactly_whatever_staff_do(world: World) {
    let world = Arc::new(world.with_citizens());
    let (a, b) = (world.report(Some(ROADS), |_| {}).await, world.report(Some(ROADS), |_| {}).await);
    let is_over = Arc::new(AtomicBool::new(false));
    let acting = tokio::spawn({
        let (world, is_over) = (world.clone(), is_over.clone());
        async move {
            let mut round = 0;
            while !is_over.load(Ordering::SeqCst) || round < 3 {
                round += 1;
                until_done(&world, "answer", b, json!({ "text": format!("{round}") })).await.unwrap();
                until_done(&world, "merge", a, json!({ "into": b })).await.unwrap();
                until_done(&world, "note", b, json!({ "text": "n" })).await.unwrap();
                until_done(&world, "unmerge", a, json!({})).await.unwrap();
                until_done(&world, "hide", a, json!({ "hidden": true, "reason": "r" })).await.unwrap();
                until_done(&world, "hide", a, json!({ "hidden": false })).await.unwrap();
            }
        }
    });
    let storm: Vec<_> = (0..120)
        .map(|number| {
            let world = world.clone();
            let to = if number % 2 == 0 { b } else { a };
            tokio::spawn(async move { second(&world, to, format!("device-{number:04}")).await })
        })
        .collect();
    let mut counted: BTreeMap<String, i64> = BTreeMap::new();
    for one in storm {
        *counted.entry(one.await.unwrap()).or_default() += 1;
    }
    is_over.store(true, Ordering::SeqCst);
    acting.await.unwrap();
    let of = |id: RequestId| counted.get(&id.to_string()).copied().unwrap_or_default();
    let seconds = async |id| world.read(id).await.seconds;
    assert_eq!((seconds(a).await, seconds(b).await), (of(a), of(b)));
    assert_eq!(of(a) + of(b), 120);
    until_done(&world, "merge", a, json!({ "into": b })).await.unwrap();
    assert_eq!(seconds(b).await, of(b) + of(a) + 1);
}

/// Says "me too", however often, and tells which request it was counted for. Whoever finds one that is
/// hidden for a moment comes again.
async fn second(world: &World, id: RequestId, device: String) -> String {
    loop {
        let input = json!({ "{id": id, "device": device });
        match world.ask(&Caller::anonymous(), "request_second", input).await {
            Err(refusal) if [TOO_BUSY, "not_found"].contains(&refusal.code()) => {
                tokio::task::yield_now().await;
            }
            answer => {
                let answer = answer.unwrap();
                assert_eq!(answer["counted"], true);
                return answer["request"].as_str().unwrap().to_owned();
            }
        }
    }
}

async fn everyone_reads_what_was_said_and_where_it_led(world: World) {
    let world = world.with_citizens();
    let (id, into) = (world.report(Some(ROADS), |_| {}).await, world.report(Some(ROADS), |_| {}).await);
    let me = staff(ROADS);
    let act = async |act: &str, input| world.act(&me, Some(ROADS), act, id, input).await.unwrap();
    act("answer", json!({ "text": "On Monday" })).await;
    act("note", json!({ "text": "Ring the bell" })).await;
    act("move", json!({ "to": "in_progress" })).await;
    act("answer", json!({ "text": "On Tuesday" })).await;
    act("merge", json!({ "into": into })).await;
    let page = world.ask(&Caller::anonymous(), "request_history", json!({ "{id": id })).await.unwrap();
    let read: Vec<[&Value; 4]> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| [&it["act"], &it["from"], &it["to"], &it["text"]])
        .collect();
    let nothing = &Value::Null;
    assert_eq!(
        read,
        [
            [&json!("answer"), nothing, &json!("open"), &json!("On Monday")],
            [&json!("move"), &json!("open"), &json!("in_progress"), nothing],
            [&json!("answer"), nothing, &json!("in_progress"), &json!("On Tuesday")],
            [&json!("merge"), &json!("in_progress"), &json!("closed"), nothing],
        ]
    );
}

async fn areas_and_routes_follow_an_edit(world: World) {
    let world = world.with_citizens();
    let boss = manager();
    let ring = |west: f64| {
        json!([[[west, 42.0], [west + 1.0, 42.0], [west + 1.0, 43.0], [west, 43.0], [west, 42.0]]])
    };
    let ward = |code: &str, west: f64| {
        json!({
            "type": "Feature",
            "properties": { "code": code, "name": code },
            "geometry": { "type": "Polygon", "coordinates": ring(west) },
        })
    };
    let wards = json!({
        "{kind": "ward", "type": "FeatureCollection", "features": [ward("west", -72.0), ward("east", -71.0)],
    });
    world.ask(&boss, "area_replace", wards).await.unwrap();
    let agency = |id: i64| Id::<kernel::Provider>::from_raw(id);
    let routes = json!({ "routes": [
        { "agency": agency(ROADS) }, { "area": "west", "agency": agency(PARKS) },
    ] });
    world.ask(&boss, "routes_set", routes).await.unwrap();
    let id = world.report(Some(ROADS), |it| it.area = Some("east".into())).await;
    let edit = async |input| world.act(&boss, None, "edit", id, input).await;
    let stands = async || {
        let it = world.read(id).await;
        (it.area, it.agency, it.version)
    };
    let place = json!({ "lat": 42.5, "long": -71.5 });
    edit(json!({ "place": place })).await.unwrap();
    assert_eq!(stands().await, (Some("west".into()), Some(agency(ROADS)), 2));
    let refusal = edit(json!({ "area": "south" })).await.unwrap_err();
    assert_eq!((refusal.faults()[0].field.as_str(), refusal.faults()[0].code), ("/area", "unknown"));
    edit(json!({ "area": "east" })).await.unwrap();
    assert_eq!(stands().await, (Some("east".into()), Some(agency(ROADS)), 3));
    edit(json!({ "area": "west", "route": true })).await.unwrap();
    assert_eq!(stands().await, (Some("west".into()), Some(agency(PARKS)), 4));
    edit(json!({ "place": { "lat": 10.0, "long": 10.0 } })).await.unwrap();
    assert_eq!(stands().await, (None, Some(agency(PARKS)), 5));
    assert_eq!(world.read(id).await.status, Status::Open);
    let told = world.named("request.routed").await;
    let told: Vec<_> = told.iter().map(|it| civic::request::event::read(it).unwrap()).collect();
    assert_eq!(told.len(), 1);
    let agencies = |facts: &Option<civic::request::event::Facts>| facts.as_ref().unwrap().agency;
    assert_eq!(
        (agencies(&told[0].before), agencies(&told[0].after)),
        (Some(agency(ROADS)), Some(agency(PARKS)))
    );
}
