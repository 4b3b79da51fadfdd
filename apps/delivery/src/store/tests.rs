use std::sync::Arc;

use geo::Point;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Id, Provider, Refusal};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::model::{State, StoreId};
use super::preparation::{self, Learnt, learn};
use super::{decide, repo};
use crate::testing::{World, faults, rand};
use crate::{Catalogue, limits};

/// The middle of Johannesburg.
const HERE: (f64, f64) = (-26.2, 28.0);

struct Shops {
    world: World,
    catalogue: Arc<Catalogue>,
    merchant: Id<Provider>,
}

fn written(name: &str, north_m: f64) -> Value {
    json!({
        "name": name,
        "kind": "food",
        "point": {"lat": HERE.0 + north_m / 111_195.0, "long": HERE.1},
        "address": "1 Long Street",
        "prepares_min": 20,
        "basket_min": rand(5_000),
    })
}

fn daily(from: &str, to: &str) -> Value {
    let spans = json!([{"from": from, "to": to}]);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    json!({"week": days.map(|day| (day.to_owned(), spans.clone())).into_iter().collect::<serde_json::Map<_, _>>()})
}

impl Shops {
    async fn open(world: World) -> Self {
        let merchant = world.merchant("Mama's").await;
        Self { world, catalogue: Catalogue::new(None), merchant }
    }

    async fn ask(&self, name: &str, store: &str, query: &str, body: Option<Value>) -> Result<Value, Refusal> {
        let provider = self.merchant.to_string();
        let path = [("provider", provider.as_str()), ("store", store)];
        self.world.ask(&crate::endpoints(&self.catalogue), name, &path, query, body).await
    }

    /// The id of a new store that is open from nine to five.
    async fn add(&self, name: &str, north_m: f64) -> String {
        let store = self.ask("store_add", "", "", Some(written(name, north_m))).await.unwrap();
        let id = store["id"].as_str().unwrap().to_owned();
        self.ask("store_hours_set", &id, "", Some(daily("09:00", "17:00"))).await.unwrap();
        id
    }

    /// The names of a list.
    async fn list(&self, query: &str) -> (Vec<String>, Value) {
        let page = self.ask("store_list", "", query, None).await.unwrap();
        let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
        (page["items"].as_array().unwrap().iter().map(name).collect(), page["next"].clone())
    }

    fn at(&self, time: &str) {
        self.world.clock.set(time.parse().unwrap());
    }
}

fn near() -> String {
    format!("near={},{}", HERE.0, HERE.1)
}

async fn a_store_is_added_and_changed(world: World) {
    let shops = Shops::open(world).await;
    let id = shops.add("Mama's Kitchen", 0.0).await;
    let detail = shops.ask("store_read", &id, "", None).await.unwrap();
    // It is ten in the morning there.
    assert_eq!((&detail["is_open"], &detail["closes_at"]), (&json!(true), &json!("2026-01-15T15:00:00Z")));
    assert_eq!((&detail["prepares_min"], &detail["basket_min"]), (&json!(20), &rand(5_000)));
    assert_eq!(detail["hours"]["week"]["monday"], json!([{"from": "09:00", "to": "17:00"}]));
    let mut new = written("Mama's Place", 10.0);
    new["has_power"] = json!(true);
    new["phone"] = json!("+27 11 555 0100");
    let set = shops.ask("store_set", &id, "", Some(new.clone())).await.unwrap();
    assert_eq!((&set["name"], &set["version"]), (&json!("Mama's Place"), &json!(3)));
    let again = shops.ask("store_set", &id, "", Some(new)).await.unwrap();
    assert_eq!(again["version"], 3, "nothing has changed");
    let own = shops.ask("own_store_read", &id, "", None).await.unwrap();
    assert_eq!(own["area"], json!({"radius_m": limits::RADIUS_M, "shape": null}));
    let listed = shops.ask("own_store_list", "", "", None).await.unwrap();
    assert_eq!(listed["items"][0]["now"], json!({"state": "open"}));
    shops.ask("store_commission_set", &id, "", Some(json!({"commission_bp": 1_200}))).await.unwrap();
    assert_eq!(shops.ask("own_store_read", &id, "", None).await.unwrap()["commission_bp"], 1_200);
}

async fn another_merchants_store_is_not_there(world: World) {
    let mut shops = Shops::open(world).await;
    let id = shops.add("Mama's", 0.0).await;
    shops.merchant = shops.world.merchant("Papa's").await;
    for (name, body) in [
        ("own_store_read", None),
        ("store_set", Some(written("Mine", 0.0))),
        ("store_state_set", Some(json!({"state": "closed"}))),
        ("store_hours_set", Some(daily("00:00", "24:00"))),
        ("store_area_set", Some(json!({"radius_m": 100}))),
        ("product_list", None),
    ] {
        assert_eq!(shops.ask(name, &id, "", body).await.unwrap_err().code(), "not_found", "{name}");
    }
    shops.merchant = Id::from_raw(1);
    let refusal = shops.ask("store_add", "", "", Some(written("Nobody's", 0.0))).await.unwrap_err();
    assert_eq!(refusal.code(), "not_found");
}

async fn every_fault_is_named(world: World) {
    let shops = Shops::open(world).await;
    let with = |field: &str, value: Value| {
        let mut body = written("A store", 0.0);
        body[field] = value;
        body
    };
    for (body, expect) in [
        (with("name", json!(" ")), ("/name", "blank")),
        (with("name", json!("A\u{7}")), ("/name", "bad_character")),
        (with("phone", json!("call me")), ("/phone", "bad_phone")),
        (with("basket_min", json!({"amount": 1, "currency": "USD"})), ("/basket_min", "wrong_currency")),
        (with("basket_min", rand(-1)), ("/basket_min", "out_of_range")),
        (with("prepares_min", json!(0)), ("/prepares_min", "out_of_range")),
        (with("owner", json!(true)), ("/owner", "unknown_field")),
    ] {
        let refusal = shops.ask("store_add", "", "", Some(body)).await.unwrap_err();
        assert_eq!(faults(&refusal), [expect]);
    }
    let id = shops.add("A store", 0.0).await;
    for (body, expect) in [
        (json!({"state": "paused", "until": "2026-01-15T08:00:00Z"}), ("/until", "out_of_range")),
        (json!({"state": "paused", "until": "2026-03-15T08:00:00Z"}), ("/until", "out_of_range")),
    ] {
        let refusal = shops.ask("store_state_set", &id, "", Some(body)).await.unwrap_err();
        assert_eq!(faults(&refusal), [expect]);
    }
}

async fn orders_can_be_placed_when_it_is_open(world: World) {
    let shops = Shops::open(world).await;
    let id = shops.add("Mama's", 0.0).await;
    let day = |time: &str| format!("2026-01-15T{time}:00Z");
    // the state, now, until when it is open, when it opens; in Johannesburg it is two hours later
    for (state, now, closes, opens) in [
        (json!({"state": "open"}), "08:00", Some(day("15:00")), None),
        (json!({"state": "open"}), "06:59", None, Some(day("07:00"))),
        (json!({"state": "open"}), "15:00", None, Some("2026-01-16T07:00:00Z".into())),
        (json!({"state": "busy", "more_min": 15}), "08:00", Some(day("15:00")), None),
        (json!({"state": "paused", "until": day("09:30")}), "09:00", None, Some(day("09:30"))),
        (
            json!({"state": "paused", "until": day("16:00")}),
            "09:00",
            None,
            Some("2026-01-16T07:00:00Z".into()),
        ),
        (json!({"state": "closed"}), "08:00", None, None),
    ] {
        shops.at(&day(now));
        shops.ask("store_state_set", &id, "", Some(state.clone())).await.unwrap();
        let detail = shops.ask("store_read", &id, "", None).await.unwrap();
        assert_eq!(detail["is_open"], closes.is_some(), "{state} {now}");
        assert_eq!(
            (detail["closes_at"].as_str(), detail["opens_at"].as_str()),
            (closes.as_deref(), opens.as_deref())
        );
        let busy = state["state"] == "busy";
        assert_eq!(
            (&detail["is_busy"], &detail["prepares_min"]),
            (&json!(busy), &json!(if busy { 35 } else { 20 }))
        );
    }
    shops.at(&day("09:00"));
    shops
        .ask("store_state_set", &id, "", Some(json!({"state": "paused", "until": day("09:10")})))
        .await
        .unwrap();
    shops.at(&day("09:10"));
    assert_eq!(shops.ask("store_read", &id, "", None).await.unwrap()["is_open"], true, "the pause is over");
}

async fn those_that_deliver_here_and_are_open_come_first(world: World) {
    let shops = Shops::open(world).await;
    let nearest = shops.add("Nearest, closed", 100.0).await;
    shops.add("Second", 2_000.0).await;
    shops.add("First", 1_000.0).await;
    let wide = shops.add("Far, delivers", 8_000.0).await;
    let narrow = shops.add("Near, does not", 500.0).await;
    shops.add("Too far for anybody", 90_000.0).await;
    shops.ask("store_area_set", &wide, "", Some(json!({"radius_m": 9_000}))).await.unwrap();
    // A square to the north of it.
    let square = json!({"type": "Polygon", "coordinates": [[[27.9, -26.19], [28.1, -26.19], [28.1, -26.1], [27.9, -26.1], [27.9, -26.19]]]});
    shops.ask("store_area_set", &narrow, "", Some(json!({"shape": square}))).await.unwrap();
    let pause = json!({"state": "paused", "until": "2026-01-15T09:00:00Z"});
    shops.ask("store_state_set", &nearest, "", Some(pause)).await.unwrap();
    let expect = ["First", "Second", "Far, delivers", "Nearest, closed", "Near, does not"];
    assert_eq!(shops.list(&near()).await, (expect.map(str::to_owned).to_vec(), Value::Null));
    // The same page by page.
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let (names, next) = shops.list(&format!("{}&limit=2{cursor}", near())).await;
        paged.extend(names);
        match next.as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, expect);
    let (names, _) = shops.list("near=-26.15,28.0").await;
    assert_eq!(names[0], "Far, delivers", "{names:?}");
    assert!(
        names.iter().position(|name| name == "Near, does not")
            < names.iter().position(|name| name == "Nearest, closed")
    );
    assert_eq!(shops.list(&format!("{}&kind=pharmacy", near())).await.0, [""; 0]);
    assert_eq!(shops.list("").await.0.len(), 6);
    let own = shops.ask("own_store_read", &narrow, "", None).await.unwrap();
    assert_eq!(own["area"], json!({"radius_m": null, "shape": square_as_kept()}));
    let all = shops.catalogue.stores.of(&shops.world.market).await.unwrap();
    let (narrow, here) = (narrow.parse::<StoreId>().unwrap(), Point::from_degrees(HERE.0, HERE.1).unwrap());
    assert!(all.one(narrow).is_some() && !all.delivers(narrow, here));
}

/// Written as it was, with whole degrees as decimals.
fn square_as_kept() -> Value {
    json!({"type": "Polygon", "coordinates": [[[27.9, -26.19], [28.1, -26.19], [28.1, -26.1], [27.9, -26.1], [27.9, -26.19]]]})
}

async fn a_store_that_is_closed_is_in_no_list(world: World) {
    let shops = Shops::open(world).await;
    let id = shops.add("Mama's", 0.0).await;
    assert_eq!(shops.list(&near()).await.0, ["Mama's"]);
    let elsewhere = Catalogue::new(None);
    assert_eq!(elsewhere.stores.of(&shops.world.market).await.unwrap().stores().len(), 1);
    shops.ask("store_state_set", &id, "", Some(json!({"state": "closed"}))).await.unwrap();
    assert_eq!(shops.list(&near()).await.0, [""; 0]);
    // Another process sees it when it looks again.
    elsewhere.stores.changed();
    assert!(elsewhere.stores.of(&shops.world.market).await.unwrap().stores().is_empty());
    shops.ask("store_state_set", &id, "", Some(json!({"state": "open"}))).await.unwrap();
    assert_eq!(shops.list(&near()).await.0, ["Mama's"]);
}

async fn preparation_is_learnt_hour_by_hour(world: World) {
    let shops = Shops::open(world).await;
    let id: StoreId = shops.add("Mama's", 0.0).await.parse().unwrap();
    let placed = shops.world.clock.now();
    let market = &shops.world.market;
    for _ in 0..6 {
        let before = repo::preparation(market, id, 10).await.unwrap();
        let decision = decide::prepared(id, placed, 30 * 60, before, &shops.world.ctx());
        shops.world.commit(decision.clone()).await.unwrap();
        assert!(shops.world.commit(decision).await.is_err(), "one order counts once");
    }
    let detail = shops.ask("store_read", &id.to_string(), "", None).await.unwrap();
    assert_eq!(detail["prepares_min"], 30);
    shops.world.clock.advance(SignedDuration::from_hours(1));
    let detail = shops.ask("store_read", &id.to_string(), "", None).await.unwrap();
    assert_eq!(detail["prepares_min"], 20, "nothing was seen at eleven");
}

crate::testing::on_both_engines!(
    a_store_is_added_and_changed,
    another_merchants_store_is_not_there,
    every_fault_is_named,
    orders_can_be_placed_when_it_is_open,
    those_that_deliver_here_and_are_open_come_first,
    a_store_that_is_closed_is_in_no_list,
    preparation_is_learnt_hour_by_hour,
);

#[test]
fn the_list_of_endpoints_is_sound() {
    assert_eq!(web::unsound(&crate::endpoints(&Catalogue::new(None))), [""; 0]);
}

#[test]
fn what_was_seen_is_averaged() {
    let seen =
        |times: &[i64]| times.iter().fold(Learnt::default(), |before, seconds| learn(before, *seconds));
    for (times, seconds) in [
        (&[][..], 0),
        (&[600], 600),
        (&[600, 1_200], 900),
        (&[600, 1_200, 900], 900),
        (&[-5, 100_000], limits::PREPARATION_S_MAX / 2),
        // From the ninth on one order counts for an eighth.
        (&[800, 800, 800, 800, 800, 800, 800, 800, 1_600], 900),
    ] {
        assert_eq!(seen(times), Learnt { seconds, seen: times.len() as i64 }, "{times:?}");
    }
    let london = kernel::jiff::tz::TimeZone::get("Europe/London").unwrap();
    assert_eq!(preparation::hour("2026-07-01T22:30:00Z".parse().unwrap(), &london), 23);
}

proptest! {
    #[test]
    fn an_average_lies_among_what_was_seen(times in prop::collection::vec(0_i64..10_000, 1..60)) {
        let learnt = times.iter().fold(Learnt::default(), |before, seconds| learn(before, *seconds));
        let (least, most) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        prop_assert!((*least..=*most).contains(&learnt.seconds), "{learnt:?}");
    }

    #[test]
    fn a_state_is_kept_as_it_is(more_min in 1_u16..180, micros in 0_i64..4_000_000_000_000_000) {
        let until = Timestamp::from_microsecond(micros).unwrap();
        for state in [State::Open, State::Busy { more_min }, State::Paused { until }, State::Closed] {
            let (name, value) = state.stored();
            prop_assert_eq!(State::from_stored(name, value).unwrap(), state);
        }
    }
}
