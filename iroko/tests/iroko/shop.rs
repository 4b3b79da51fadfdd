//! A store: filled from a file by the command line, and what its buyers are told.

use serde_json::{Value, json};
use testkit::until;

use crate::client::Client;
use crate::commands::{DONE, FAILED, NOT_FOUND, USAGE, ends};
use crate::people::{client_of, id};
use crate::world::{SOON, World};

const HERE: &str = "/alpha/joburg";
const FILE: &str = "sku,name,section,price,vat,stock\nB1,Bread,Bakery,20.00,15,10\nT1,Tea,Drinks,15.00,15,\n";

/// A market with a store that is always open, and its owner.
fn market(world: &World) -> (Client, String) {
    world.done("tenant add alpha --name alpha --tier premium --currency ZAR --country ZA");
    world.done("market add alpha joburg --time-zone Africa/Johannesburg --currency ZAR --apps delivery");
    world.add_person("alpha", "owner@x.example");
    world.done("person grant alpha --email owner@x.example --role owner");
    let owner = client_of(world, HERE, "owner@x.example");
    let provider = owner.post(&format!("{HERE}/v1/providers"), &json!({ "name": "Mama's" })).expect(201);
    let stores = format!("{HERE}/v1/providers/{}/stores", id(&provider));
    let store = json!({
        "name": "Mama's Kitchen", "kind": "food", "point": { "lat": -26.2, "long": 28.0 },
        "address": "1 Long Street", "prepares_min": 20, "takes_cash": true,
    });
    let store = id(&owner.post(&stores, &store).expect(201));
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let spans = json!([{ "from": "00:00", "to": "24:00" }]);
    let week: serde_json::Map<_, _> = days.map(|day| (day.to_owned(), spans.clone())).into_iter().collect();
    let hours = json!({ "week": week }).to_string();
    owner.send("PUT", &format!("{stores}/{store}/hours"), &[], Some(hours.as_bytes())).expect(200);
    (owner, store)
}

fn menu(client: &Client, store: &str) -> Vec<Value> {
    let menu = client.get(&format!("{HERE}/v1/stores/{store}/menu")).expect(200);
    let sections = menu["sections"].as_array().cloned().unwrap_or_default();
    sections.iter().flat_map(|it| it["products"].as_array().cloned().unwrap_or_default()).collect()
}

#[test]
fn a_store_is_filled_from_a_file_and_its_buyers_are_told() {
    World::each(|world| {
        let (owner, store) = market(world);
        let file = world.beside("products.csv");
        let path = file.display().to_string();
        std::fs::write(&file, FILE).expect("the folder is writable");
        let import = |more: &[&str]| {
            let line = ["delivery", "import", "alpha/joburg", &store, &path];
            world.run(line.into_iter().chain(more.iter().copied()))
        };
        ends(&import(&["--dry-run"]), DONE, &["nothing is written", "2 products added", "0 lines not taken"]);
        assert!(menu(&owner, &store).is_empty(), "nothing was written");
        ends(&import(&[]), DONE, &["2 products added"]);
        ends(&import(&[]), DONE, &["0 products added", "0 lines not taken"]);
        // What everybody reads may be a moment old.
        let shown = |count: usize| until(SOON, || menu(&owner, &store).len() == count);
        assert!(shown(2), "{:?}", menu(&owner, &store));

        // What can be taken is; each line that cannot is named, and the command has not done all it was asked.
        let wrong =
            format!("{FILE}C1,Cake,Bakery,a lot,15,3\nC2,,Bakery,30.00,15,3\nC3,Pie,Bakery,25.00,15,3\n");
        std::fs::write(&file, wrong).expect("the folder is writable");
        ends(&import(&[]), FAILED, &["1 products added", "2 lines not taken", "line 4, price", "line 5"]);
        let told = crate::commands::json(&import(&["--json"]));
        assert_eq!((&told["data"]["refused"], &told["data"]["faults"][0]["line"]), (&json!(2), &json!(4)));
        assert!(shown(3), "{:?}", menu(&owner, &store));
        let other = |store: &str, file: &str| world.run(["delivery", "import", "alpha/joburg", store, file]);
        ends(&other("sto_0000000000123", &path), NOT_FOUND, &["there is no store"]);
        ends(&other(&store, "nowhere.csv"), USAGE, &["nowhere.csv"]);
        ends(&import(&["--column", "nonsense=Code"]), USAGE, &["sku"]);

        told_of_an_order(world, &owner, &store, &menu(&owner, &store));
    });
}

fn told_of_an_order(world: &World, owner: &Client, store: &str, products: &[Value]) {
    world.add_person("alpha", "buyer@x.example");
    let buyer = client_of(world, HERE, "buyer@x.example");
    let cart = json!({
        "store": store, "mode": "delivery", "to": { "lat": -26.19, "long": 28.0 },
        "lines": [{ "product": products[0]["id"], "count": 1 }],
    });
    let quote = buyer.post(&format!("{HERE}/v1/delivery/quotes"), &cart).expect(201);
    let order = json!({
        "quote": quote["id"], "payment": { "method": "cash" }, "address": "2 Short Street", "contact": "+27820000000",
    });
    let order = buyer.post(&format!("{HERE}/v1/orders"), &order).expect(201);
    let written = || -> Vec<Value> {
        let page = owner.get(&format!("{HERE}/v1/notify/outbox")).expect(200);
        page["items"].as_array().cloned().unwrap_or_default()
    };
    let to_buyer =
        || -> Vec<Value> { written().into_iter().filter(|it| it["to"] == "buyer@x.example").collect() };
    assert!(until(SOON, || to_buyer().len() == 1), "{:?}", written());
    assert_eq!(to_buyer()[0]["subject"], "Your order at Mama's Kitchen");
    buyer.post(&format!("{HERE}/v1/orders/{}/cancel", id(&order)), &json!({})).expect(200);
    assert!(until(SOON, || to_buyer().len() == 2), "{:?}", written());
    let body = to_buyer()[0]["body"].as_str().unwrap_or_default().to_owned();
    assert!(body.contains("You cancelled it."), "{body}");
}
