use std::sync::Arc;

use serde_json::{Value, json};

use super::{Areas, http, repo};
use crate::testing::{World, codes};

/// Squares of one degree, side by side from west to east.
fn squares(named: &[&str]) -> Value {
    let square = |(place, code): (usize, &&str)| {
        let (west, east) = (place as f64, place as f64 + 1.0);
        json!({
            "type": "Feature",
            "properties": {"code": code, "name": format!("Ward {code}")},
            "geometry": {"type": "Polygon", "coordinates": [[[west, 0], [east, 0], [east, 1], [west, 1], [west, 0]]]},
        })
    };
    json!({"type": "FeatureCollection", "features": named.iter().enumerate().map(square).collect::<Value>()})
}

async fn put(world: &World, areas: &Arc<Areas>, kind: &str, body: Value) -> Result<Value, kernel::Refusal> {
    world.ask(&http::endpoints(areas), "area_replace", &[("kind", kind)], "", Some(body)).await
}

async fn at(world: &World, areas: &Arc<Areas>, point: &str) -> Vec<String> {
    let found = world.ask(&http::endpoints(areas), "area_at", &[], &format!("point={point}"), None).await;
    let name =
        |item: &Value| format!("{}:{}", item["kind"].as_str().unwrap(), item["code"].as_str().unwrap());
    found.unwrap()["items"].as_array().unwrap().iter().map(name).collect()
}

async fn areas_are_replaced_as_a_whole(world: World) {
    let areas = Arc::new(Areas::default());
    assert_eq!(at(&world, &areas, "0.5,0.5").await, [""; 0]);
    let set = put(&world, &areas, "ward", squares(&["a", "b", "c"])).await.unwrap();
    assert_eq!(set, json!({"kind": "ward", "version": 1, "areas": 3}));
    put(&world, &areas, "district", squares(&["1"])).await.unwrap();
    assert_eq!(at(&world, &areas, "0.5,0.5").await, ["district:1", "ward:a"]);
    assert_eq!(at(&world, &areas, "0.5,1").await, ["ward:b"]);
    assert_eq!(at(&world, &areas, "1,1").await, [""; 0]);
    put(&world, &areas, "ward", squares(&["b", "d"])).await.unwrap();
    assert_eq!(at(&world, &areas, "0.5,0.5").await, ["district:1", "ward:b"]);
    assert_eq!(at(&world, &areas, "0.5,2.5").await, [""; 0]);
    let endpoints = http::endpoints(&areas);
    let page = world.ask(&endpoints, "area_list", &[], "limit=2", None).await.unwrap();
    assert_eq!(page["next"], "ward/b");
    assert_eq!(page["items"][1]["bbox"], json!([0.0, 0.0, 1.0, 1.0]));
    let rest = world.ask(&endpoints, "area_list", &[], "limit=2&cursor=ward/b", None).await.unwrap();
    assert_eq!((rest["items"][0]["code"].as_str(), &rest["next"]), (Some("d"), &Value::Null));
    let wards = world.ask(&endpoints, "area_list", &[], "kind=ward", None).await.unwrap();
    assert_eq!(wards["items"].as_array().unwrap().len(), 2);
    let one = world.ask(&endpoints, "area_read", &[("kind", "ward"), ("code", "d")], "", None).await.unwrap();
    assert_eq!(one["geometry"]["coordinates"][0][0], json!([1.0, 0.0]));
    let gone = world.ask(&endpoints, "area_read", &[("kind", "ward"), ("code", "a")], "", None).await;
    assert_eq!(gone.unwrap_err().code(), "not_found");
}

async fn another_process_sees_a_new_version(world: World) {
    let (here, there) = (Arc::new(Areas::default()), Arc::new(Areas::default()));
    put(&world, &here, "ward", squares(&["a"])).await.unwrap();
    assert_eq!(at(&world, &there, "0.5,0.5").await, ["ward:a"]);
    put(&world, &here, "ward", squares(&["b"])).await.unwrap();
    assert_eq!(at(&world, &here, "0.5,0.5").await, ["ward:b"]);
    there.changed();
    assert_eq!(at(&world, &there, "0.5,0.5").await, ["ward:b"]);
}

async fn two_imports_at_once_are_one_after_the_other(world: World) {
    let areas = Arc::new(Areas::default());
    let (first, second) = tokio::join!(
        put(&world, &areas, "ward", squares(&["a", "b"])),
        put(&world, &areas, "ward", squares(&["b", "c", "d"])),
    );
    let mut versions = [first.unwrap(), second.unwrap()].map(|set| set["version"].as_i64().unwrap());
    versions.sort_unstable();
    assert_eq!(versions, [1, 2]);
    let [set] = &repo::sets(&world.market).await.unwrap()[..] else { panic!("one kind") };
    let codes = repo::codes(&world.market, "ward").await.unwrap();
    assert!(codes == ["a", "b"] || codes == ["b", "c", "d"], "{codes:?}");
    assert_eq!(set.areas, codes.len() as i64);
}

async fn every_fault_of_a_document_is_named(world: World) {
    let areas = Arc::new(Areas::default());
    let mut twice = squares(&["a", "a", "b/c", " "]);
    twice["features"][2]["properties"]["name"] = Value::Null;
    let refusal = put(&world, &areas, "ward", twice).await.unwrap_err();
    assert_eq!(codes(&refusal), ["repeated", "missing", "bad_character", "missing"]);
    let mut broken = squares(&["a", "b"]);
    broken["features"][1]["geometry"]["coordinates"][0][4] = json!([9, 9]);
    let refusal = put(&world, &areas, "ward", broken).await.unwrap_err();
    assert_eq!(refusal.faults()[0].field, "/features/1/geometry/coordinates/0");
    for kind in ["at", "Ward", "", "w/x", "1a"] {
        let refusal = put(&world, &areas, kind, squares(&["a"])).await.unwrap_err();
        assert_eq!(codes(&refusal), ["bad_kind"], "{kind}");
    }
    assert!(repo::sets(&world.market).await.unwrap().is_empty());
}

crate::testing::on_both_engines!(
    areas_are_replaced_as_a_whole,
    another_process_sees_a_new_version,
    two_imports_at_once_are_one_after_the_other,
    every_fault_of_a_document_is_named,
);
