use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Id, Provider, Refusal};
use serde_json::{Value, json};

use super::model::{Product, ProductId, State};
use super::offer::offer_faults;
use super::options::{self, Choice, Chosen, OptionGroup};
use super::stock::{Want, decide as stock};
use super::{decide, repo};
use crate::testing::{World, faults, rand};
use crate::{Catalogue, limits};

struct Shop {
    world: World,
    catalogue: Arc<Catalogue>,
    merchant: Id<Provider>,
    store: String,
}

fn written(name: &str, section: &str, place: u32, cents: i64) -> Value {
    json!({"name": name, "section": section, "place": place, "price": rand(cents), "vat_bp": 1_500})
}

impl Shop {
    async fn open(world: World) -> Self {
        let merchant = world.merchant("Mama's").await;
        let mut shop = Self { world, catalogue: Catalogue::new(None), merchant, store: String::new() };
        let store = json!({
            "name": "Mama's", "kind": "food", "point": {"lat": -26.2, "long": 28.0},
            "address": "1 Long Street", "prepares_min": 20,
        });
        let store = shop.ask("store_add", "", Some(store)).await.unwrap();
        shop.store = store["id"].as_str().unwrap().to_owned();
        shop
    }

    async fn ask(&self, name: &str, product: &str, body: Option<Value>) -> Result<Value, Refusal> {
        self.ask_with(name, product, "", body).await
    }

    async fn ask_with(
        &self,
        name: &str,
        product: &str,
        query: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let provider = self.merchant.to_string();
        let path = [("provider", provider.as_str()), ("store", &self.store), ("product", product)];
        self.world.ask(&crate::endpoints(&self.catalogue), name, &path, query, body).await
    }

    async fn add(&self, body: Value) -> String {
        self.ask("product_add", "", Some(body)).await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    async fn kept(&self, id: &str) -> Product {
        repo::one(&self.world.market, id.parse().unwrap()).await.unwrap().unwrap()
    }

    /// Sections with their products; those that cannot be had in brackets.
    async fn menu(&self) -> Vec<String> {
        let menu = self.ask("menu_read", "", None).await.unwrap();
        let product = |its: &Value| match its["is_available"].as_bool() {
            Some(true) => its["name"].as_str().unwrap().to_owned(),
            _ => format!("({})", its["name"].as_str().unwrap()),
        };
        let section = |its: &Value| {
            let products: Vec<String> = its["products"].as_array().unwrap().iter().map(product).collect();
            format!("{}: {}", its["name"].as_str().unwrap(), products.join(", "))
        };
        menu["sections"].as_array().unwrap().iter().map(section).collect()
    }
}

async fn the_menu_shows_what_can_be_had(world: World) {
    let shop = Shop::open(world).await;
    let with = |mut body: Value, field: &str, value: Value| {
        body[field] = value;
        body
    };
    let tea = shop.add(written("Tea", "Drinks", 30, 1_500)).await;
    shop.add(written("Bread", "Starters", 10, 900)).await;
    let cake = shop.add(with(written("Cake", "Sweets", 20, 4_000), "available", json!(2))).await;
    shop.add(with(written("Water", "Drinks", 31, 1_000), "state", json!("sold_out"))).await;
    shop.add(with(written("Secret", "Drinks", 1, 1_000), "state", json!("hidden"))).await;
    let supper = json!({"thursday": [{"from": "18:00", "to": "22:00"}]});
    shop.add(with(written("Supper", "Starters", 40, 9_000), "hours", supper)).await;
    let expect = ["Starters: Bread, (Supper)", "Sweets: Cake", "Drinks: Tea, (Water)"];
    assert_eq!(shop.menu().await, expect);
    let before = shop.ask("menu_read", "", None).await.unwrap();
    assert_eq!((&before["sections"][1]["products"][0]["left"], &before["version"]), (&json!(2), &json!(6)));
    // Whoever takes the last ones changes what everyone sees, and not the menu itself.
    let product = shop.kept(&cake).await;
    let wants = [Want { product: &product, count: 2 }];
    let ctx = shop.world.ctx();
    let (held, _) = stock::hold(1, &wants, ctx.now, &ctx).unwrap();
    shop.world.commit(held).await.unwrap();
    assert_eq!(shop.menu().await[1], "Sweets: (Cake)");
    assert_eq!(shop.ask("menu_read", "", None).await.unwrap()["version"], 6);
    shop.ask("product_patch", &cake, Some(json!({"add": 1}))).await.unwrap();
    assert_eq!(shop.menu().await[1], "Sweets: Cake");
    shop.ask("product_remove", &tea, None).await.unwrap();
    assert_eq!(shop.menu().await[2], "Drinks: (Water)");
    shop.world.clock.set("2026-01-15T17:00:00Z".parse().unwrap());
    assert_eq!(shop.menu().await[0], "Starters: Bread, Supper");
    shop.ask("store_state_set", "", Some(json!({"state": "closed"}))).await.unwrap();
    assert_eq!(shop.ask("menu_read", "", None).await.unwrap_err().code(), "not_found");
}

async fn a_product_is_set_and_patched(world: World) {
    let shop = Shop::open(world).await;
    let mut body = written("Bread", "Bakery", 1, 900);
    body["sku"] = json!("B-1");
    let id = shop.add(body.clone()).await;
    assert_eq!(shop.ask("product_add", "", Some(body.clone())).await.unwrap_err().code(), "sku_taken");
    let refusal = shop.ask("product_patch", &id, Some(json!({"available": 3}))).await.unwrap_err();
    assert_eq!(refusal.code(), "not_counted");
    body["available"] = json!(5);
    let set = shop.ask("product_set", &id, Some(body.clone())).await.unwrap();
    assert_eq!((&set["available"], &set["version"]), (&json!(5), &json!(2)));
    // Another product that is counted with it.
    let mut toast = written("Toast", "Bakery", 2, 1_200);
    toast["counted_with"] = json!(id);
    let toast_id = shop.add(toast.clone()).await;
    for (patch, seen) in [
        (json!({"add": -2}), 3),
        (json!({"available": 10}), 10),
        (json!({"price": rand(950), "state": "sold_out"}), 10),
    ] {
        shop.ask("product_patch", &id, Some(patch)).await.unwrap();
        let read = shop.ask("product_read", &toast_id, None).await.unwrap();
        assert_eq!(read["available"], seen);
    }
    let read = shop.ask("product_read", &id, None).await.unwrap();
    assert_eq!(
        (&read["price"], &read["state"], &read["version"]),
        (&rand(950), &json!("sold_out"), &json!(3))
    );
    let refusal = shop.ask("product_patch", &id, Some(json!({"add": -11}))).await.unwrap_err();
    assert_eq!(refusal.code(), "not_enough");
    // Nothing is counted any more, and then the other one has nobody to be counted with.
    body["available"] = Value::Null;
    shop.ask("product_set", &id, Some(body)).await.unwrap();
    let refusal = shop.ask("product_set", &toast_id, Some(toast)).await.unwrap_err();
    assert_eq!(faults(&refusal), [("/counted_with", "unknown")]);
    let page = shop.ask_with("product_list", "", "limit=1", None).await.unwrap();
    assert_eq!(page["items"][0]["name"], "Bread");
    let cursor = format!("cursor={}", page["next"].as_str().unwrap());
    let rest = shop.ask_with("product_list", "", &cursor, None).await.unwrap();
    assert_eq!((&rest["items"][0]["name"], &rest["next"]), (&json!("Toast"), &Value::Null));
}

async fn every_fault_of_a_product_is_named(world: World) {
    let shop = Shop::open(world).await;
    let with = |field: &str, value: Value| {
        let mut body = written("Bread", "Bakery", 1, 900);
        body[field] = value;
        body
    };
    let group = |min: u16, max: u16, codes: &[&str]| {
        let choice = |code: &&str| json!({"code": code, "name": "A choice", "adds": rand(0)});
        json!({"code": "size", "name": "Size", "min": min, "max": max, "choices": codes.iter().map(choice).collect::<Vec<_>>()})
    };
    for (body, expect) in [
        (with("name", json!(" ")), ("/name", "blank")),
        (with("section", json!("A\nB")), ("/section", "bad_character")),
        (with("price", json!({"amount": 1, "currency": "USD"})), ("/price", "wrong_currency")),
        (with("price", rand(-1)), ("/price", "out_of_range")),
        (with("price", rand(limits::PRICE_MAX + 1)), ("/price", "out_of_range")),
        (with("each_max", json!(100)), ("/each_max", "out_of_range")),
        (with("options", json!([group(2, 1, &["a", "b"])])), ("/options/0/max", "out_of_range")),
        (with("options", json!([group(0, 3, &["a", "b"])])), ("/options/0/max", "out_of_range")),
        (with("options", json!([group(0, 2, &["a", "a"])])), ("/options/0/choices/1/code", "repeated")),
        (with("options", json!([group(0, 1, &["a"]), group(0, 1, &["a"])])), ("/options/1/code", "repeated")),
        (with("hours", json!({"monday": [{"from": "x", "to": "y"}]})), ("/hours/monday/0/from", "too_short")),
        (with("counted_with", json!(ProductId::from_raw(1).to_string())), ("/counted_with", "unknown")),
    ] {
        let refusal = shop.ask("product_add", "", Some(body.clone())).await.unwrap_err();
        assert_eq!(faults(&refusal)[0], expect, "{body}");
    }
    let id = shop.add(written("Bread", "Bakery", 1, 900)).await;
    let both = json!({"add": 1, "available": 1});
    let refusal = shop.ask("product_patch", &id, Some(both)).await.unwrap_err();
    assert_eq!(faults(&refusal), [("/add", "one_of_two")]);
}

async fn two_who_change_one_product_are_one_after_the_other(world: World) {
    let shop = Shop::open(world).await;
    let id = shop.add(written("Bread", "Bakery", 1, 900)).await;
    let product = shop.kept(&id).await;
    let ctx = shop.world.ctx();
    let price = |cents| decide::Patch {
        price: Some(kernel::Money::new(cents, crate::testing::CURRENCY)),
        ..decide::Patch::default()
    };
    let decide = |cents| decide::patch(&product, &price(cents), crate::testing::CURRENCY, &ctx).unwrap().0;
    shop.world.commit(decide(950)).await.unwrap();
    assert!(matches!(shop.world.commit(decide(990)).await, Err(store::CommitError::Conflict)));
    let (first, second) = tokio::join!(
        shop.ask("product_patch", &id, Some(json!({"price": rand(1_000)}))),
        shop.ask("product_patch", &id, Some(json!({"state": "hidden"}))),
    );
    first.and(second).unwrap();
    let kept = shop.kept(&id).await;
    assert_eq!((kept.price, kept.state, kept.version), (1_000, State::Hidden, 4));
}

crate::testing::on_both_engines!(
    the_menu_shows_what_can_be_had,
    a_product_is_set_and_patched,
    every_fault_of_a_product_is_named,
    two_who_change_one_product_are_one_after_the_other,
);

fn choice(code: &str, adds: i64, sold_out: bool) -> Choice<i64> {
    Choice { code: code.into(), name: code.into(), adds, sold_out }
}

/// A pizza in sizes, one of which is taken, with up to two things on top.
fn pizza() -> Product {
    let group = |code: &str, min, max, choices| OptionGroup {
        code: code.into(),
        name: code.into(),
        min,
        max,
        choices,
    };
    let sizes = vec![choice("small", -200, false), choice("large", 500, false), choice("huge", 900, true)];
    let tops = vec![choice("cheese", 300, false), choice("olives", 100, false), choice("ham", 400, false)];
    let now = Timestamp::UNIX_EPOCH;
    Product {
        id: Id::from_raw(1),
        store: Id::from_raw(1),
        sku: None,
        name: "Pizza".into(),
        about: None,
        section: "All".into(),
        place: 0,
        price: 100,
        vat_bp: 0,
        options: vec![group("size", 1, 1, sizes), group("top", 0, 2, tops)],
        photo: None,
        state: State::Active,
        hours: None,
        each_max: 5,
        stock: None,
        at: now,
        updated: now,
        version: 1,
    }
}

fn chosen(text: &str) -> Vec<Chosen> {
    let one = |text: &str| {
        let (group, choice) = text.split_once(':').unwrap();
        Chosen { group: group.into(), choice: choice.into() }
    };
    text.split_whitespace().map(one).collect()
}

#[test]
fn options_have_a_price() {
    for (text, expect) in [
        ("size:small", Ok(-200)),
        ("size:large top:ham top:olives", Ok(1_000)),
        ("", Err(vec![("/options", "too_few")])),
        ("size:large size:small", Err(vec![("/options", "too_many")])),
        ("size:large top:ham top:olives top:cheese", Err(vec![("/options", "too_many")])),
        ("size:large top:ham top:ham", Err(vec![("/options/2", "repeated")])),
        ("size:huge", Err(vec![("/options/0", "sold_out")])),
        ("size:ham wine:red", Err(vec![("/options/0", "unknown_option"), ("/options/1", "unknown_option")])),
    ] {
        let found = options::added(&pizza().options, &chosen(text), "/options");
        let found = found.as_ref().map(|sum| *sum).map_err(|faults| {
            faults.iter().map(|fault| (fault.field.as_str(), fault.code)).collect::<Vec<_>>()
        });
        assert_eq!(found, expect, "{text}");
    }
    assert_eq!(pizza().price_with(&chosen("size:large"), "").unwrap(), 600);
    assert_eq!(pizza().price_with(&chosen("size:small"), "").unwrap_err()[0].code, "out_of_range");
}

#[test]
fn what_is_wanted_must_be_offered() {
    let store = Id::from_raw(1);
    let (pizza, water) = (pizza(), Product { id: Id::from_raw(2), name: "Water".into(), ..pizza() });
    let spans = crate::hours::Spans::of(&[], "").unwrap();
    let never =
        Product { hours: Some(crate::hours::Week(std::array::from_fn(|_| spans.clone()))), ..pizza.clone() };
    let hidden = Product { state: State::Hidden, ..pizza.clone() };
    let elsewhere = Product { store: Id::from_raw(9), ..pizza.clone() };
    let want = |product, count| Want { product, count };
    for (wants, expect) in [
        (vec![want(&pizza, 3), want(&water, 5), want(&pizza, 2)], vec![]),
        (vec![want(&pizza, 3), want(&pizza, 3)], vec![("/lines/1", "too_many")]),
        (
            vec![want(&hidden, 1), want(&never, 1)],
            vec![("/lines/0", "not_offered"), ("/lines/1", "not_offered")],
        ),
        (vec![want(&elsewhere, 1)], vec![("/lines/0", "other_store")]),
    ] {
        let zone = kernel::jiff::tz::TimeZone::UTC;
        let found = offer_faults(store, &wants, Timestamp::UNIX_EPOCH, &zone);
        let named: Vec<(&str, &str)> = found.iter().map(|it| (it.field.as_str(), it.code)).collect();
        assert_eq!(named, expect);
    }
}
