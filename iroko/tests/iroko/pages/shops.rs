//! A market with stores and nothing else: its front page, who is turned away, what is typed and stays text, and
//! forms that are sent twice.

use super::*;
use crate::people::id;

const SHOPS: &str = "/alpha/shops";
const OPEN: &str = "00:00";

struct Street {
    owner: Client,
    provider: String,
    store: String,
}

/// A store that is always open, with a hostile name and something to sell.
fn street(world: &World) -> Street {
    world.done("tenant add alpha --name alpha --tier premium --currency ZAR --country ZA");
    world.done("market add alpha shops --time-zone Africa/Johannesburg");
    world.done("market feature alpha/shops delivery 100");
    for email in ["owner@x.example", "citizen@x.example", "other@x.example"] {
        world.add_person("alpha", email);
    }
    world.done("person grant alpha --email owner@x.example --role owner");
    let owner = client_of(world, SHOPS, "owner@x.example");
    let put = |path: &str, body: &Value| {
        owner.send("PUT", &format!("{SHOPS}{path}"), &[], Some(body.to_string().as_bytes())).expect(200)
    };
    let provider = id(&owner.post(&format!("{SHOPS}/v1/providers"), &json!({ "name": "Shop" })).expect(201));
    let stores = format!("/v1/providers/{provider}/stores");
    let new = json!({ "name": HOSTILE, "kind": "food", "point": { "lat": -26.2, "long": 28.0 }, "address": HOSTILE,
        "prepares_min": 10, "takes_cash": true, "about": HOSTILE });
    let store = id(&owner.post(&format!("{SHOPS}{stores}"), &new).expect(201));
    let day = json!([{ "from": OPEN, "to": "24:00" }]);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let week: serde_json::Map<String, Value> =
        days.map(|name| (name.to_owned(), day.clone())).into_iter().collect();
    put(&format!("{stores}/{store}/hours"), &json!({ "week": week, "special_days": [] }));
    let choices = json!([{ "code": "a", "name": HOSTILE, "adds": { "amount": 100, "currency": "ZAR" } }]);
    let options = json!([{ "code": "size", "name": HOSTILE, "min": 1, "max": 1, "choices": choices }]);
    let product = json!({ "name": HOSTILE, "section": HOSTILE, "about": HOSTILE, "vat_bp": 1500, "options": options,
        "price": { "amount": 1000, "currency": "ZAR" } });
    owner.post(&format!("{SHOPS}{stores}/{store}/products"), &product).expect(201);
    Street { owner, provider, store }
}

fn signed_in(world: &World, email: &str) -> Browser {
    let mut browser = Browser::new(world.client(), SHOPS);
    let page = browser.get("/sign-in");
    let typed = [("contact", email), ("password", crate::people::PASSWORD)];
    assert_eq!(browser.send(&page, &typed, "password").status, 303);
    browser
}

#[test]
fn a_market_with_stores_has_their_pages_and_no_others() {
    let world = World::embedded();
    let Street { provider, store, .. } = street(&world);
    let mut nobody = Browser::new(world.client(), SHOPS);
    let front = nobody.get("/");
    assert!(front.status == 200 && front.text.contains("Find stores"), "{}", front.text);
    for path in ["/report", "/track", "/desk"] {
        assert_eq!(nobody.get(path).status, 404, "{path}");
    }
    let mut citizen = signed_in(&world, "citizen@x.example");
    let screen = format!("/providers/{provider}/stores/{store}");
    for (path, to_citizen) in [
        ("/orders", 200),
        ("/rider", 200),
        ("/delivery", 403),
        ("/delivery/figures", 403),
        (&format!("/providers/{provider}/stores"), 404),
        (&screen, 404),
        (&format!("{screen}/products"), 404),
        ("/orders/ord_0000000000456", 404),
        ("/orders/nonsense", 400),
    ] {
        let away = nobody.get(path);
        assert!(away.status == 303 && away.location.starts_with("/sign-in?back="), "{path}: {}", away.status);
        assert_eq!(citizen.get(path).status, to_citizen, "{path}");
    }
    let field = |name: &str, value: &str| {
        vec![("go".to_owned(), name.to_owned()), ("id".to_owned(), value.to_owned())]
    };
    for (path, status) in [(&*screen, 404), ("/delivery", 403), ("/orders/ord_0000000000456", 404)] {
        assert_eq!(citizen.post(path, &field("accept", "x")).status, status, "{path}");
    }
    citizen.headers = vec![("sec-fetch-site", "cross-site")];
    for path in ["/basket", "/checkout", "/rider", "/rider/here", "/orders/ord_0000000000456", "/sign-out"] {
        let refused = citizen.post(path, &field("accept", "x"));
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.text.contains("sent from another site"), "{path}: {}", refused.text);
    }
}

/// From the basket to an order; the page of it.
fn ordered(browser: &mut Browser, store: &str) -> Page {
    let page = browser.get(&format!("/stores/{store}"));
    assert_clean(&page);
    let added = browser.send(&page, &[("o.size", "a"), ("count", "2")], "add");
    assert_eq!(added.location, format!("/stores/{store}?done=added"));
    let basket = browser.get("/basket");
    assert!(basket.text.contains("22.00 ZAR"), "{}", basket.text);
    assert_clean(&basket);
    let wrong = browser.send(&basket, &[("mode", "delivery"), ("lat", HOSTILE), ("tip", HOSTILE)], "quote");
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert_clean(&wrong);
    let quote = browser.send(&wrong, &[("mode", "pickup"), ("tip", ""), ("lat", "")], "quote");
    assert!(quote.status == 200 && quote.text.contains("It costs this until"), "{}", quote.text);
    assert_clean(&quote);
    let typed = [("note", HOSTILE), ("method", "cash"), ("mode", "pickup")];
    let (first, again) = (browser.send(&quote, &typed, "order"), browser.send(&quote, &typed, "order"));
    assert_eq!(first.status, 303, "{}", first.text);
    assert_eq!(first.location, again.location, "sent twice, it is one order");
    browser.get(&first.location)
}

#[test]
fn what_is_typed_stays_text_and_what_is_sent_twice_is_done_once() {
    let world = World::embedded();
    let Street { owner, provider, store } = street(&world);
    let mut buyer = signed_in(&world, "citizen@x.example");
    let order = ordered(&mut buyer, &store);
    assert!(order.text.contains("alert(1)"), "it is there, as text: {}", order.text);
    assert_clean(&order);
    let listed = buyer.get("/orders");
    assert_eq!(listed.text.matches("class=\"row\"").count(), 1, "{}", listed.text);
    let mut other = signed_in(&world, "other@x.example");
    let path = listed.text.split("/orders/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert_eq!(other.get(&format!("/orders/{path}")).status, 404, "it is nobody else's");

    let mut merchant = Browser::new(owner, SHOPS);
    let here = format!("/providers/{provider}/stores/{store}");
    for (button, typed) in [("accept", &[("minutes", "5")][..]), ("prepare", &[]), ("ready", &[])] {
        let page = merchant.get(&here);
        assert_clean(&page);
        assert_eq!(merchant.send(&page, typed, button).status, 303, "{button}");
        assert_eq!(merchant.send(&page, typed, button).status, 303, "{button}, sent again");
    }
    let page = merchant.get(&here);
    let wrong = merchant.send(&page, &[("pin", "x")], "hand_over");
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    let pin = order.text.split("pin-number\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    assert_eq!(merchant.send(&page, &[("pin", pin)], "hand_over").status, 303);
    assert!(buyer.get(&format!("/orders/{path}")).text.contains("status delivered"));
    for path in ["/delivery", "/delivery/figures", &format!("{here}/products")] {
        let page = merchant.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert_clean(&page);
    }
}
