//! Every endpoint of the document, asked by everyone who has no business there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::people::{client_of, id, report, sign_in, token};
use crate::world::World;

/// Open to all. A new public endpoint is added here by hand, by somebody who thought about it.
const PUBLIC: &[&str] = &[
    "civic.address_find",
    "civic.address_nearest",
    "civic.agency_list",
    "civic.area_at",
    "civic.area_list",
    "civic.area_read",
    "civic.category_list",
    "civic.category_read",
    "civic.discovery_json",
    "civic.discovery_xml",
    "civic.following_change",
    "civic.holidays_read",
    "civic.list_json",
    "civic.list_xml",
    "civic.map_areas_mvt",
    "civic.map_heat",
    "civic.map_picture",
    "civic.map_tile_geojson",
    "civic.map_tile_mvt",
    "civic.one_json",
    "civic.one_xml",
    "civic.report_json",
    "civic.report_xml",
    "civic.request_confirm",
    "civic.request_erase",
    "civic.request_follow",
    "civic.request_history",
    "civic.request_list",
    "civic.request_mine",
    "civic.request_nearby",
    "civic.request_read",
    "civic.request_reopen",
    "civic.request_report",
    "civic.request_second",
    "civic.request_track",
    "civic.request_unfollow",
    "civic.service_json",
    "civic.service_xml",
    "civic.services_json",
    "civic.services_xml",
    "civic.token_json",
    "civic.token_xml",
    "civic.trend_list",
    "civic.update_json",
    "civic.update_xml",
    "civic.updates_json",
    "civic.updates_xml",
    "civic.working_hours_read",
    "delivery.delivery_fee",
    "delivery.delivery_settings",
    "delivery.menu_read",
    "delivery.outage_list",
    "delivery.search_read",
    "delivery.store_list",
    "delivery.store_read",
    "platform.ask_for_code",
    "platform.get_market",
    "platform.get_provider",
    "platform.leave",
    "platform.list_providers",
    "platform.look_at_leave",
    "platform.picture_show",
    "platform.public_keys",
    "platform.refresh_tokens",
    "platform.sign_in",
    "platform.sign_up",
    "platform.take_callback",
    "platform.upload_ask",
    "platform.upload_go_on",
    "platform.upload_read",
    "platform.upload_take_back",
];
/// For whoever is signed in, about themselves.
const OWN: &[&str] = &[
    "civic.civic_erase",
    "civic.civic_export",
    "civic.my_requests",
    "delivery.claim_dispute",
    "delivery.claim_list",
    "delivery.claim_read",
    "delivery.claim_request",
    "delivery.offer_accept",
    "delivery.offer_refuse",
    "delivery.order_cancel",
    "delivery.order_delivered",
    "delivery.order_history",
    "delivery.order_list",
    "delivery.order_live",
    "delivery.order_live_page",
    "delivery.order_on_the_way",
    "delivery.order_picked_up",
    "delivery.order_place",
    "delivery.order_read",
    "delivery.own_cash",
    "delivery.own_coins",
    "delivery.quote_make",
    "delivery.referral_come",
    "delivery.referral_word",
    "delivery.rider_orders",
    "delivery.worker_ask",
    "delivery.worker_duty",
    "delivery.worker_duty_read",
    "delivery.worker_jobs",
    "delivery.worker_offers",
    "delivery.worker_positions",
    "platform.edit_me",
    "platform.end_other_sessions",
    "platform.end_session",
    "platform.get_me",
    "platform.get_payment",
    "platform.get_preferences",
    "platform.list_devices",
    "platform.list_sessions",
    "platform.own_payout_account",
    "platform.own_purse",
    "platform.own_statement",
    "platform.own_statement_csv",
    "platform.own_statement_lines",
    "platform.own_statement_print",
    "platform.own_statements",
    "platform.own_wallet",
    "platform.register_device",
    "platform.remove_device",
    "platform.set_own_payout_account",
    "platform.set_password",
    "platform.set_preferences",
];
/// What names no thing of a market: a year, a part of the map, a kind of area that is to be. And uploads,
/// of which nobody learns anything without a ticket.
const NO_THINGS: &[&str] =
    &["{year}", "{z}", "/areas/{kind}", "/uploads/", "{endpoint}", "/gateways/", "{payee}", "{purse}"];
/// What `{id}` is, where the path says it.
const THINGS: &[(&str, &str)] = &[
    ("/uploads/", "upload"),
    ("/orders/", "order"),
    ("/claims/", "claim"),
    ("/offers/", "offer"),
    ("/payments/", "payment"),
    ("/reconciliations/", "reconciliation"),
];
const HERE: &str = "/alpha/one";

struct Operation {
    name: String,
    method: String,
    /// Within the market.
    path: String,
    /// Refuses as its protocol says, not as a problem.
    has_own_words: bool,
}

impl Operation {
    fn is_public(&self) -> bool {
        PUBLIC.contains(&&*self.name)
    }

    fn is_own(&self) -> bool {
        OWN.contains(&&*self.name)
    }

    fn ask(&self, client: &Client, base: &str, ids: &BTreeMap<&str, String>) -> Answer {
        let mut path = format!("{base}{}", self.path);
        while let Some((before, rest)) = path.split_once('{') {
            let (name, after) = rest.split_once('}').expect("a parameter ends");
            let name =
                THINGS.iter().find(|(place, _)| before.ends_with(place)).map_or(name, |(_, name)| name);
            let id = ids.get(name).unwrap_or_else(|| panic!("say in this test what an id of {{{name}}} is"));
            path = format!("{before}{id}{after}");
        }
        let body = (!matches!(&*self.method, "GET" | "DELETE")).then(|| self.body(ids).to_string());
        client.send(&self.method, &path, &[], body.as_deref().map(str::as_bytes))
    }

    /// A body that can be read: an empty one is at fault before anybody looks for what the path names.
    fn body(&self, ids: &BTreeMap<&str, String>) -> Value {
        let id = |name: &str| ids.get(name).cloned().unwrap_or_default();
        let name = self.name.trim_start_matches("civic.");
        match name.trim_start_matches("agency_").trim_start_matches("desk_") {
            "move" => json!({ "to": "in_progress" }),
            "route" => json!({ "agency": id("provider") }),
            "note" | "answer" => json!({ "text": "n" }),
            "hide" => json!({ "hidden": false }),
            "merge" => json!({ "into": id("id") }),
            "bulk" => json!({ "ids": [id("id")], "note": { "text": "n" } }),
            "request_confirm" => json!({ "token": format!("irc_{}", "A".repeat(43)) }),
            "platform.give_provider_invitation" => {
                json!({ "contact": "c@x.example", "name": "C", "role": "staff" })
            }
            "team_set" => json!({ "name": "Crew" }),
            "delivery.claim_request" => json!({ "lines": [{ "line": 0, "count": 1, "reason": "late" }] }),
            "delivery.order_trouble_settle" => json!({ "what": "charged_back", "way": "note", "note": "n" }),
            "delivery.provider_claim_answer" => json!({ "accepts": true }),
            "delivery.order_move" => json!({ "to": "ready", "reason": "r" }),
            "delivery.order_hand_over" | "delivery.order_delivered" => json!({ "pin": "1234" }),
            "delivery.promotion_change" => json!({
                "name": "P", "from": "2026-01-01T00:00:00Z", "payer": "platform",
                "benefit": { "kind": "free_delivery" },
            }),
            "delivery.store_add" | "delivery.store_set" => json!({
                "name": "S", "kind": "food", "address": "1 Street", "prepares_min": 5,
                "point": { "lat": 42.0, "long": -71.0 },
            }),
            "delivery.store_area_set" => json!({ "radius_m": 900 }),
            "delivery.store_state_set" => json!({ "state": "open" }),
            "delivery.product_add" | "delivery.product_set" => json!({
                "name": "P", "section": "S", "vat_bp": 0, "price": { "amount": 100, "currency": "USD" },
            }),
            "platform.set_provider_payout_account" => {
                json!({ "holder": "H", "bank": "123", "number": "12345678" })
            }
            "platform.transfer_return" => json!({ "reason": "r" }),
            "delivery.claim_dispute" => json!({ "note": "n" }),
            "platform.refund_payment" => json!({ "amount": 100, "reason": "r" }),
            "delivery.rider_cash_in" => json!({ "amount": 100 }),
            "filter_set" | "filter_add" => json!({ "name": "Mine", "wanted": {} }),
            _ => json!({}),
        }
    }
}

fn operations(client: &Client) -> Vec<Operation> {
    let document = client.get("/openapi.json").expect(200);
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("the document has paths") {
        let within = path.strip_prefix("/{tenant}/{market}").expect("every path is a market's");
        for (method, operation) in item.as_object().expect("a path has methods") {
            if let Some(name) = operation["operationId"].as_str() {
                let (name, method) = (name.to_owned(), method.to_uppercase());
                let has_own_words = operation.pointer("/responses/404/content/*~1*").is_some();
                found.push(Operation { name, method, path: within.to_owned(), has_own_words });
            }
        }
    }
    found
}

/// Two tenants, three cities, and somebody for every way of being a stranger.
struct Town {
    operations: Vec<Operation>,
    nobody: Client,
    owner: Client,
    citizen: Client,
    other_manager: Client,
    other_tenant: Client,
    /// Whose word is not taken at all.
    refused: Vec<(String, Client)>,
    key_without_scopes: Client,
    foreign: BTreeMap<&'static str, String>,
    unknown: BTreeMap<&'static str, String>,
}

fn town(world: &World) -> Town {
    for (tenant, markets) in [("alpha", &["one", "two"][..]), ("beta", &["one"])] {
        world.add_tenant(tenant);
        for market in markets {
            world.add_city(tenant, market);
            world.done(&format!("market feature {tenant}/{market} delivery 100"));
        }
        world.add_person(tenant, "owner@x.example");
        world.done(&format!("person grant {tenant} --email owner@x.example --role owner"));
    }
    world.done("market add alpha bare --time-zone Africa/Lagos");
    for email in ["bystander@x.example", "citizen@x.example", "leaver@x.example", "manager@x.example"] {
        world.add_person("alpha", email);
    }
    world.done("person grant alpha --email manager@x.example --role manager --market two");

    let nobody = world.client();
    let owner = client_of(world, HERE, "owner@x.example");
    let citizen = sign_in(&nobody, HERE, "citizen@x.example");
    let bystander = sign_in(&nobody, HERE, "bystander@x.example");
    let leaver = sign_in(&nobody, HERE, "leaver@x.example");
    let ended = nobody.with(token(&leaver));
    ended.get("/alpha/one/v1/me").expect(200);
    ended
        .delete(&format!("{HERE}/v1/me/sessions/{}", leaver["session"].as_str().expect("its id")))
        .expect(204);

    let key = |scopes: Value, base: &str| {
        let made =
            owner.post(&format!("{base}/v1/keys"), &json!({ "name": "k", "scopes": scopes, "days": 1 }));
        made.expect(201)
    };
    let (bare, gone) = (key(json!([]), HERE), key(json!(["keys"]), HERE));
    let secret = |made: &Value| made["secret"].as_str().expect("a key has a secret").to_owned();
    owner.delete(&format!("{HERE}/v1/keys/{}", id(&gone["key"]))).expect(204);

    let mut refused: Vec<(String, Client)> =
        forged(token(&citizen)).into_iter().map(|(why, token)| (why, nobody.with(&token))).collect();
    refused.push(("a session that ended".into(), ended));
    refused.push(("a revoked key".into(), nobody.with(&secret(&gone))));

    let other_tenant = client_of(world, "/beta/one", "owner@x.example");
    let foreign = foreign(&owner, &other_tenant, &id(&key(json!([]), "/alpha/two")["key"]), &bystander);
    let unknown = foreign.iter().map(|(name, id)| (*name, unknown(name, id))).collect();
    Town {
        operations: operations(&nobody),
        owner,
        citizen: nobody.with(token(&citizen)),
        other_manager: client_of(world, HERE, "manager@x.example"),
        other_tenant,
        refused,
        key_without_scopes: nobody.with(&secret(&bare)),
        foreign,
        unknown,
        nobody,
    }
}

/// Of the form of this one, and never given to anything.
fn unknown(name: &str, id: &str) -> String {
    match name {
        "file" | "year" | "z" | "x" | "y" | "gateway" | "payee" | "purse" => id.to_owned(),
        "address" => "b".repeat(64),
        "number" => civic::request::number::of(kernel::Id::from_raw(1_123)),
        _ => format!("{}_0000000000123", &id[..3]),
    }
}

/// Things that are there, but not in this market.
fn foreign(owner: &Client, beta: &Client, key: &str, bystander: &Value) -> BTreeMap<&'static str, String> {
    let request = beta.post("/beta/one/v1/requests", &report("A hole", 42.0, -71.0)).expect(201);
    let category = json!({ "items": [{ "code": "elsewhere", "name": "Elsewhere" }] });
    beta.send("PUT", "/beta/one/v1/categories", &[], Some(category.to_string().as_bytes())).expect(200);
    let provider = owner.post("/alpha/two/v1/providers", &json!({ "name": "Theirs" })).expect(201);
    let filter = json!({ "name": "Theirs", "shared": true, "wanted": {} });
    let filter = owner.post("/alpha/two/v1/desk/filters", &filter).expect(201);
    let hook = json!({ "url": "https://hooks.x.example/in", "topics": ["*"] });
    let webhook = owner.post("/alpha/two/v1/webhooks", &hook).expect(201);
    let device = json!({ "token": "of a telephone", "platform": "android" });
    let device =
        owner.send("PUT", "/alpha/two/v1/me/devices", &[], Some(device.to_string().as_bytes())).expect(200);
    let grants = owner.get("/alpha/two/v1/grants").expect(200);
    let mut grants = grants["items"].as_array().expect("a list").iter();
    let grant = grants.find(|grant| grant["place"] == "market").expect("the manager's");
    BTreeMap::from([
        ("id", id(&request)),
        ("number", request["number"].as_str().expect("a tracking number").to_owned()),
        ("code", "elsewhere".to_owned()),
        ("endpoint", "elsewhere".to_owned()),
        ("provider", id(&provider)),
        ("filter", id(&filter)),
        ("team", "crew".to_owned()),
        ("grant", id(grant)),
        ("webhook", id(&webhook["webhook"])),
        ("device", id(&device)),
        ("message", "msg_0000000000456".to_owned()),
        ("token", "A".repeat(80)),
        ("address", "a".repeat(64)),
        ("upload", "img_0000000000456".to_owned()),
        ("file", "large.jpg".to_owned()),
        ("kind", "ward".to_owned()),
        ("year", "2026".to_owned()),
        ("z", "3".to_owned()),
        ("x", "1".to_owned()),
        ("y", "1".to_owned()),
        ("order", "ord_0000000000456".to_owned()),
        ("claim", "clm_0000000000456".to_owned()),
        ("offer", "ofr_0000000000456".to_owned()),
        ("payment", "pay_0000000000456".to_owned()),
        ("reconciliation", "rec_0000000000456".to_owned()),
        ("run", "set_0000000000456".to_owned()),
        ("statement", "stm_0000000000456".to_owned()),
        ("payout", "pyo_0000000000456".to_owned()),
        ("payee", "merchant".to_owned()),
        ("purse", "money".to_owned()),
        ("store", "sto_0000000000456".to_owned()),
        ("product", "prd_0000000000456".to_owned()),
        ("promotion", "prm_0000000000456".to_owned()),
        ("worker", "per_0000000000456".to_owned()),
        ("owner", "per_0000000000456".to_owned()),
        ("gateway", "9".to_owned()),
        ("key", key.to_owned()),
        ("session", bystander["session"].as_str().expect("its id").to_owned()),
    ])
}

/// Tokens that look like a good one.
fn forged(good: &str) -> Vec<(String, String)> {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("a token has three parts: {good}") };
    let text = |part: &str| String::from_utf8(BASE64.decode(part).expect("base64")).expect("text");
    let other = |part: &str, from: &str, to: &str| {
        let changed = text(part).replace(from, to);
        assert_ne!(changed, text(part), "{from} is in {changed}");
        BASE64.encode(changed)
    };
    let mut claims_json: Value = serde_json::from_str(&text(claims)).expect("claims are JSON");
    claims_json["exp"] = json!(claims_json["exp"].as_i64().expect("a time") + 600);
    let later = BASE64.encode(claims_json.to_string());
    let none = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let turned = if signature.starts_with('A') { "B" } else { "A" };
    [
        ("nonsense", "nonsense".to_owned()),
        ("a longer life", format!("{header}.{later}.{signature}")),
        ("another tenant", format!("{header}.{}.{signature}", other(claims, "alpha", "betaa"))),
        ("no algorithm", format!("{none}.{claims}.")),
        ("no algorithm, signed", format!("{none}.{claims}.{signature}")),
        ("no signature", format!("{header}.{claims}.")),
        ("another signature", format!("{header}.{claims}.{turned}{}", &signature[1..])),
        ("another key's name", format!("{}.{claims}.{signature}", other(header, "\"g", "\"g9"))),
        ("a key that never was", format!("irk_{}", "0".repeat(43))),
        ("a refresh token's form", format!("irr_{}", "0".repeat(43))),
        ("too long", "x".repeat(5_000)),
    ]
    .map(|(why, token)| (why.to_owned(), token))
    .into()
}

#[test]
fn strangers_are_turned_away_everywhere() {
    World::each(|world| {
        let town = town(world);
        assert!(town.operations.len() >= PUBLIC.len() + OWN.len() + 6, "the walk finds the endpoints");
        for operation in &town.operations {
            walk(&town, operation);
        }
        foreign_and_unknown_look_alike(&town);
        what_is_off_is_not_there(&town);
    });
}

fn walk(town: &Town, operation: &Operation) {
    let Operation { name, .. } = operation;
    // A protocol with words of its own may know one refusal for whoever is not known and may not.
    let unknown = if operation.has_own_words { 403 } else { 401 };
    for ids in [&town.foreign, &town.unknown] {
        for (why, stranger) in &town.refused {
            let answer = operation.ask(stranger, HERE, ids);
            assert_eq!(answer.status, unknown, "{name} by {why}: {}", answer.text());
            if !operation.has_own_words {
                answer.problem();
            }
        }
        // Another tenant's token is not one of ours.
        assert_eq!(operation.ask(&town.other_tenant, HERE, ids).status, unknown, "{name} by another tenant");

        let expected: [(&str, &Client, u16); 4] = match () {
            () if operation.is_public() => [
                ("nobody", &town.nobody, 0),
                ("a citizen", &town.citizen, 0),
                ("another market's manager", &town.other_manager, 0),
                ("a key without scopes", &town.key_without_scopes, 0),
            ],
            () => {
                let known = if operation.is_own() { 0 } else { 403 };
                [
                    ("nobody", &town.nobody, 401),
                    ("a citizen", &town.citizen, known),
                    ("another market's manager", &town.other_manager, known),
                    ("a key without scopes", &town.key_without_scopes, 403),
                ]
            }
        };
        for (who, stranger, status) in expected {
            let answer = operation.ask(stranger, HERE, ids);
            match status {
                0 => {
                    // What anyone may do with a key may be done with a key for it only.
                    let needs_scope = operation.has_own_words && who == "a key without scopes";
                    let allowed =
                        !matches!(answer.status, 403 | 405 | 500) || (needs_scope && answer.status == 403);
                    // A sign-in that does not match is 401 by design.
                    let known = answer.status != 401 || !answer.text().contains("sign_in_required");
                    assert!(allowed && known, "{name} by {who}: {} {}", answer.status, answer.text());
                }
                // Whether a market has such a provider is not for everyone to know.
                403 if operation.path.contains("{provider}/") => {
                    assert!(matches!(answer.status, 403 | 404), "{name} by {who}: {}", answer.text());
                }
                _ => assert_eq!(answer.status, status, "{name} by {who}: {}", answer.text()),
            }
        }
    }
}

/// Nobody, not even an owner, learns here that a thing is elsewhere.
fn foreign_and_unknown_look_alike(town: &Town) {
    let (mut asked, mut found) = (0, Vec::new());
    for operation in town.operations.iter().filter(|operation| operation.path.contains('{')) {
        for client in [&town.nobody, &town.citizen, &town.owner, &town.other_manager] {
            let foreign = operation.ask(client, HERE, &town.foreign);
            let unknown = operation.ask(client, HERE, &town.unknown);
            assert_eq!(foreign.anonymous(), unknown.anonymous(), "{}", operation.name);
            asked += 1;
        }
        if NO_THINGS.iter().all(|name| !operation.path.contains(name)) {
            let answer = operation.ask(&town.owner, HERE, &town.foreign);
            if answer.status != 404 {
                found.push(format!("{}: {}", operation.name, answer.text()));
            }
        }
    }
    assert!(asked > 8, "the walk finds endpoints with ids");
    assert_eq!(found, Vec::<String>::new(), "what is elsewhere is not here");

    let nowhere = [("/alpha/nowhere", "a market"), ("/nobody/one", "a tenant"), ("", "an address")];
    let answers = nowhere.map(|(base, _)| town.owner.get(&format!("{base}/v1/me")).anonymous());
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert!(answers[0].starts_with("404"), "{}", answers[0]);
}

/// An app that a market has not switched on looks like no address at all.
fn what_is_off_is_not_there(town: &Town) {
    let of_apps = |name: &str| name.starts_with("civic.") || name.starts_with("delivery.");
    for operation in town.operations.iter().filter(|operation| of_apps(&operation.name)) {
        let answer = operation.ask(&town.owner, "/alpha/bare", &town.foreign);
        assert_eq!(answer.anonymous(), town.owner.get("/alpha/bare/v1/nothing").anonymous());
    }
}

/// A key made in one market is not good in another one.
#[test]
fn a_key_stays_in_its_market() {
    World::each(|world| {
        world.add_tenant("alpha");
        world.add_city("alpha", "one");
        world.add_city("alpha", "two");
        world.add_person("alpha", "owner@x.example");
        world.done("person grant alpha --email owner@x.example --role owner");
        let owner = client_of(world, HERE, "owner@x.example");
        let wish = json!({ "name": "k", "role": "manager", "scopes": ["providers"], "days": 1 });
        let made = owner.post("/alpha/one/v1/keys", &wish).expect(201);
        let key = world.client().with(made["secret"].as_str().expect("a secret"));
        key.post("/alpha/one/v1/providers", &json!({ "name": "Ours" })).expect(201);
        key.post("/alpha/two/v1/providers", &json!({ "name": "Theirs" })).refused(403, "not_allowed");
        key.get("/alpha/one/v1/keys").refused(403, "scope_missing");
        key.get("/alpha/one/v1/me").refused(403, "not_allowed");
    });
}

#[test]
fn metrics_are_read_from_where_the_operator_says() {
    for (setting, expected) in [
        ("", 200),
        ("server.metrics_from=10.0.0.0/8", 404),
        ("server.metrics_from=", 404),
        ("telemetry.metrics=off", 404),
    ] {
        let settings = (!setting.is_empty()).then(|| setting.to_owned());
        let world = World::with(settings.into_iter().collect());
        let client = world.client();
        let answer = client.get("/metrics");
        assert_eq!(answer.status, expected, "{setting}");
        if expected == 404 {
            assert_eq!(answer.anonymous(), client.get("/nothing").anonymous(), "{setting}");
        }
        assert_eq!((client.get("/livez").status, client.get("/readyz").status), (200, 200), "{setting}");
    }
}

/// Wherever one of them ends up in a text, the log does not show it.
#[test]
fn every_secret_that_is_handed_out_is_known_to_the_log() {
    let world = World::embedded();
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    world.add_person("alpha", "owner@x.example");
    world.done("person grant alpha --email owner@x.example --role owner");
    let client = world.client();
    let signed = sign_in(&client, HERE, "owner@x.example");
    let wish = json!({ "name": "k", "scopes": [], "days": 1 });
    let made = client.with(token(&signed)).post(&format!("{HERE}/v1/keys"), &wish).expect(201);
    let again = json!({ "refresh_token": signed["refresh_token"] });
    let again = client.post(&format!("{HERE}/v1/tokens/refresh"), &again).expect(200);
    let upload = json!({ "purpose": "request", "bytes": 100 });
    let upload = client.post(&format!("{HERE}/v1/uploads"), &upload).expect(201);
    let hook = json!({ "url": "https://hooks.x.example/in", "topics": ["*"] });
    let hook = client.with(token(&signed)).post(&format!("{HERE}/v1/webhooks"), &hook).expect(201);
    let reported = client.post(&format!("{HERE}/v1/requests"), &report("A hole", 42.0, -71.0)).expect(201);
    for (what, secret) in [
        ("access token", &signed["access_token"]),
        ("refresh token", &signed["refresh_token"]),
        ("next access token", &again["access_token"]),
        ("next refresh token", &again["refresh_token"]),
        ("API key", &made["secret"]),
        ("reporter's secret", &reported["secret"]),
        ("ticket of an upload", &upload["ticket"]),
        ("secret of a webhook", &hook["secret"]),
    ] {
        let secret = secret.as_str().unwrap_or_else(|| panic!("no {what}"));
        assert_eq!(telemetry::redact(&format!("was {secret} there")), "was [key] there", "{what}");
        assert_eq!(telemetry::redact(&format!("({secret})")), "([key])", "{what}");
    }
}
