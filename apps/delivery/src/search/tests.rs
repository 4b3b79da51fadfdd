use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::words::{Wanted, words};
use crate::testing::{World, faults, rand};
use crate::{Catalogue, limits};

#[test]
fn texts_become_words() {
    for (text, expect) in [
        ("Crème Brûlée", &["creme", "brulee"][..]),
        ("Nando's  PERi-PERi!", &["nandos", "peri", "peri"]),
        ("Ｆｕｌｌ ½ Straße", &["full", "1", "2", "strasse"]),
        ("አይስ ክሬም", &["አይስ", "ክሬም"]),
        ("Smørrebrød, łosoś", &["smorrebrod", "losos"]),
        (" - ", &[]),
    ] {
        assert_eq!(words(text), expect, "{text}");
    }
}

#[test]
fn what_begins_like_it_fits() {
    // what is looked for, a name, and how well it fits
    for (text, name, fit) in [
        ("bread", "Bread", Some(0)),
        ("bre", "Brown bread", Some(3)),
        ("bread", "Brown bread", Some(2)),
        ("bro bre", "Brown bread", Some(1)),
        ("read", "Bread", None),
        ("bread rolls", "Bread", None),
        ("CREME", "crème fraîche", Some(0)),
        ("rye", "Brown bread", None),
    ] {
        assert_eq!(Wanted::of(text).unwrap().fit(&words(name)), fit, "{text} in {name}");
    }
    assert_eq!(Wanted::of("!?"), None);
}

proptest! {
    #[test]
    fn any_beginning_of_any_word_finds_a_name(name in "[\\pL\\pN ,.'-]{0,30}", place in any::<prop::sample::Index>(), length in 1_usize..6) {
        let all = words(&name);
        prop_assume!(!all.is_empty());
        let word = &all[place.index(all.len())];
        let beginning: String = word.chars().take(length).collect();
        // Typed with other accents and in other letters it is still the same.
        if let Some(wanted) = Wanted::of(&beginning.to_uppercase()).filter(|_| words(&beginning.to_uppercase()) == [beginning]) {
            prop_assert!(wanted.fit(&all).is_some());
        }
    }
}

struct Town {
    world: World,
    catalogue: Arc<Catalogue>,
    merchant: String,
}

impl Town {
    async fn of(world: World) -> Self {
        let merchant = world.merchant("Everyone").await.to_string();
        Self { world, catalogue: Catalogue::new(None), merchant }
    }

    async fn ask(
        &self,
        name: &str,
        store: &str,
        query: &str,
        body: Option<Value>,
    ) -> Result<Value, kernel::Refusal> {
        let path = [("provider", self.merchant.as_str()), ("store", store)];
        self.world.ask(&crate::endpoints(&self.catalogue), name, &path, query, body).await
    }

    /// A store so many kilometres to the north, open around the clock if it is open.
    async fn store(&self, name: &str, north_km: f64, is_open: bool, products: &[&str]) -> String {
        let store = json!({
            "name": name, "kind": "groceries", "point": {"lat": -26.2 + north_km / 111.195, "long": 28.0},
            "address": "1 Long Street", "prepares_min": 20,
        });
        let store = self.ask("store_add", "", "", Some(store)).await.unwrap();
        let id = store["id"].as_str().unwrap().to_owned();
        if is_open {
            let day = json!({"from": "00:00", "to": "24:00"});
            let hours = json!({"week": {"thursday": [day]}});
            self.ask("store_hours_set", &id, "", Some(hours)).await.unwrap();
        }
        for product in products {
            self.product(&id, product).await;
        }
        id
    }

    async fn product(&self, store: &str, name: &str) {
        let body = json!({"name": name, "section": "All", "price": rand(900), "vat_bp": 1_500});
        self.ask("product_add", store, "", Some(body)).await.unwrap();
    }

    /// The stores, and the products with theirs.
    async fn find(&self, words: &str) -> (Vec<String>, Vec<String>) {
        let query = format!("q={words}&near=-26.2,28.0");
        let found = self.ask("search_read", "", &query, None).await.unwrap();
        let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
        let stores = found["stores"].as_array().unwrap().iter().map(|it| text(it, "name")).collect();
        let products = found["products"].as_array().unwrap().iter();
        (stores, products.map(|it| format!("{} at {}", text(it, "name"), text(it, "store_name"))).collect())
    }
}

async fn names_are_found_near_somebody(world: World) {
    let town = Town::of(world).await;
    town.store("Bread & More", 1.0, false, &["Crème brûlée"]).await;
    let corner = town.store("The Corner", 2.0, true, &["Brown bread", "Bread", "Milk"]).await;
    town.store("Far Bakery", 20.0, true, &["Bread"]).await;
    let (stores, products) = town.find("bread").await;
    assert_eq!(stores, ["Bread & More"]);
    assert_eq!(products, ["Bread at The Corner", "Brown bread at The Corner", "Bread at Far Bakery"]);
    assert_eq!(town.find("creme+bru").await.1, ["Crème brûlée at Bread & More"]);
    assert_eq!(town.find("bak").await.0, ["Far Bakery"]);
    // What is new is found at once here.
    town.product(&corner, "Brazil nuts").await;
    assert_eq!(town.find("braz").await.1, ["Brazil nuts at The Corner"]);
    let refusal = town.ask("search_read", "", "q=!&near=x,y", None).await.unwrap_err();
    assert_eq!(faults(&refusal), [("?near", "malformed"), ("?q", "no_words")]);
}

async fn one_store_does_not_crowd_out_the_others(world: World) {
    let town = Town::of(world).await;
    let many: Vec<String> = (0..20).map(|number| format!("Bread {number}")).collect();
    town.store("Many", 1.0, true, &many.iter().map(String::as_str).collect::<Vec<_>>()).await;
    town.store("Few", 2.0, true, &["Bread"]).await;
    let (_, products) = town.find("bread").await;
    assert_eq!(products.len(), limits::FOUND_PER_STORE_MAX + 1);
    assert_eq!(products.last().unwrap(), "Bread at Few");
}

crate::testing::on_both_engines!(names_are_found_near_somebody, one_store_does_not_crowd_out_the_others);
