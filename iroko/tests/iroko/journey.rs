//! What people do with a city's requests, from the first report to the last page of a list.

use std::collections::BTreeSet;
use std::sync::Barrier;

use serde_json::{Value, json};
use testkit::until;

use crate::client::{Answer, Client};
use crate::people::{PASSWORD, client_of, id, public, report, sign_in, token};
use crate::world::{SOON, World, launch, settings};

const REQUESTS: &str = "/alpha/one/v1/requests";
const CATEGORIES: &str = "/alpha/one/v1/categories";
const HERE: &str = "/alpha/one";

/// A city with a neighbour, and another tenant's city of the same name.
fn town(world: &World) -> Client {
    for (tenant, markets) in [("alpha", &["one", "two"][..]), ("beta", &["one"])] {
        world.add_tenant(tenant);
        markets.iter().for_each(|market| world.add_city(tenant, market));
    }
    world.add_person("alpha", "citizen@x.example");
    client_of(world, HERE, "citizen@x.example")
}

#[test]
fn requests_are_reported_read_and_listed() {
    World::each(|world| {
        let citizen = town(world);
        let nobody = world.client();
        assert_eq!(citizen.get("/alpha/one/v1/me").expect(200)["name"], "Somebody");
        assert!(all_pages(&nobody, REQUESTS, "").is_empty());

        // Five by five, one degree apart; every other one in another category, by somebody unknown.
        let mut made = Vec::new();
        for number in 0..25_u32 {
            let (lat, long) = (f64::from(40 + number / 5), f64::from(10 + number % 5));
            let mut wish = report(&format!("Number {number}"), lat, long);
            if number % 2 == 1 {
                wish["category"] = json!("graffiti");
            }
            let client = if number % 2 == 1 { &nobody } else { &citizen };
            let answer = client.post(REQUESTS, &wish);
            let request = public(answer.expect(201));
            assert_eq!(answer.header("location"), format!("{REQUESTS}/{}", id(&request)));
            let told = ["category", "description", "place"].map(|name| request[name] == wish[name]);
            assert_eq!((told, &request["status"]), ([true; 3], &json!("open")), "{request}");
            assert_eq!(nobody.get(answer.header("location")).expect(200), request);
            made.push(request);
        }
        lists(&nobody, &made);
        boxes(&nobody, &made);
        counts(&nobody);
        conditions(&nobody, &made[0]);
        isolation(&citizen, &made[0]);
    });
}

/// The items of all pages, which must end.
fn all_pages(client: &Client, path: &str, query: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    for _ in 0..50 {
        let page = client.get(&format!("{path}?{query}{cursor}")).expect(200);
        items.extend(page["items"].as_array().expect("a page has items").iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
    panic!("{path}?{query}: the pages do not end");
}

fn lists(client: &Client, made: &[Value]) {
    let latest: Vec<Value> = made.iter().rev().cloned().collect();
    for limit in [1, 7, 25, 100] {
        assert_eq!(all_pages(client, REQUESTS, &format!("limit={limit}")), latest, "pages of {limit}");
    }
    assert_eq!(all_pages(client, REQUESTS, "status=open&limit=9"), latest);
    assert!(all_pages(client, REQUESTS, "status=resolved").is_empty());
    let sparse: Vec<Value> =
        latest.iter().map(|it| json!({ "id": it["id"], "place": it["place"] })).collect();
    assert_eq!(all_pages(client, REQUESTS, "fields=place,id&limit=10"), sparse);
}

fn boxes(client: &Client, made: &[Value]) {
    let ids = |items: &[Value]| items.iter().map(id).collect::<BTreeSet<_>>();
    let within = |west: f64, south: f64, east: f64, north: f64| {
        let inside = |it: &&Value| {
            let (lat, long) = (it["place"]["lat"].as_f64(), it["place"]["long"].as_f64());
            let (lat, long) = (lat.expect("a latitude"), long.expect("a longitude"));
            (south..=north).contains(&lat) && (west..=east).contains(&long)
        };
        let inside: Vec<Value> = made.iter().filter(inside).cloned().collect();
        (format!("bbox={west},{south},{east},{north}"), inside)
    };
    let rows = [
        (within(9.5, 39.5, 14.5, 44.5), 25),
        (within(10.5, 40.5, 12.5, 42.5), 4),
        (within(10.0, 40.0, 11.0, 41.0), 4),
        (within(13.9, 43.9, 14.1, 44.1), 1),
        (within(-180.0, -90.0, 180.0, 90.0), 25),
        (within(50.0, 50.0, 51.0, 51.0), 0),
    ];
    for ((query, inside), count) in rows {
        assert_eq!(inside.len(), count, "{query}: the test counts wrongly");
        for more in ["&limit=3", "&limit=100", "&status=open&limit=4"] {
            let found = all_pages(client, REQUESTS, &format!("{query}{more}"));
            assert_eq!(found.len(), count, "{query}{more}: nothing twice");
            assert_eq!(ids(&found), ids(&inside), "{query}{more}");
        }
        assert!(all_pages(client, REQUESTS, &format!("{query}&status=closed")).is_empty());
    }
}

fn conditions(client: &Client, request: &Value) {
    for path in [format!("{REQUESTS}/{}", id(request)), format!("{REQUESTS}?limit=3"), CATEGORIES.to_owned()]
    {
        let answer = client.get(&path);
        let tag = answer.header("etag").to_owned();
        assert!(tag.len() > 2, "{path} has a tag");
        let asked = |tag: &str| client.send("GET", &path, &[("if-none-match", tag)], None);
        for tags in [tag.clone(), format!("\"other\", {tag}"), format!("W/{}", tag.trim_start_matches("W/"))]
        {
            let same = asked(&tags);
            assert_eq!((same.status, same.body.len()), (304, 0), "{path} {tags}");
            assert_eq!(same.header("etag"), tag);
        }
        let other = asked("\"other\"");
        assert_eq!((other.status, &other.body), (200, &answer.body), "{path}");
        let head = client.send("HEAD", &path, &[], None);
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, &*tag), "{path}");
        assert_eq!(head.header("content-length"), answer.body.len().to_string(), "{path}");
    }
}

/// Long before the list of categories would be too old to be kept.
fn counts(client: &Client) {
    let wanted = json!({ "graffiti": 12, "pothole": 13 });
    let count = || {
        let items = client.get(CATEGORIES).expect(200)["items"].clone();
        let items = items.as_array().cloned().expect("a list");
        let of = |code: &str| items.iter().find(|it| it["code"] == code).map(|it| it["requests"].clone());
        json!({ "graffiti": of("graffiti"), "pothole": of("pothole") })
    };
    assert!(until(SOON, || count() == wanted), "{}", count());
    client.post(REQUESTS, &report("One more", 1.0, 1.0)).expect(201);
    let wanted = json!({ "graffiti": 12, "pothole": 14 });
    assert!(until(SOON, || count() == wanted), "kept too long: {}", count());
}

fn isolation(citizen: &Client, request: &Value) {
    let elsewhere = citizen.get(&format!("/alpha/two/v1/requests/{}", id(request)));
    elsewhere.refused(404, "not_found");
    assert!(all_pages(citizen, "/alpha/two/v1/requests", "").is_empty());
    // At home in the whole tenant, unknown to the other.
    assert_eq!(citizen.get("/alpha/two/v1/me").expect(200)["name"], "Somebody");
    citizen.get("/beta/one/v1/me").refused(401, "sign_in_required");
    let theirs = citizen.post("/alpha/two/v1/requests", &report("Over there", 40.0, 10.0)).expect(201);
    assert!(!all_pages(citizen, REQUESTS, "limit=100").contains(&theirs));
}

#[test]
fn what_is_sent_twice_is_done_once() {
    World::each(|world| {
        let citizen = town(world);
        let nobody = world.client();
        let wish = report("Once", 42.0, -71.0);
        let first = citizen.post_once(REQUESTS, "key-1", &wish);
        let again = citizen.post_once(REQUESTS, "key-1", &wish);
        assert_eq!(first.expect(201), again.expect(201));
        assert_eq!(first.header("location"), again.header("location"));
        let other = citizen.post_once(REQUESTS, "key-1", &report("Another", 42.0, -71.0));
        assert_eq!(other.status, 409, "{}", other.text());
        other.problem();
        // The same key of somebody else, elsewhere, or another one, is another matter.
        let fresh: Vec<Answer> = vec![
            nobody.post_once(REQUESTS, "key-1", &wish),
            citizen.post_once(REQUESTS, "key-2", &wish),
            citizen.post(REQUESTS, &wish),
            citizen.post_once("/alpha/two/v1/requests", "key-1", &wish),
        ];
        let mut ids: BTreeSet<String> = fresh.iter().map(|answer| id(&answer.expect(201))).collect();
        ids.insert(id(&first.json()));
        assert_eq!(ids.len(), 5);
        let listed = || all_pages(&nobody, REQUESTS, "").len();
        assert!(until(SOON, || listed() == 4), "{}", listed());

        // At the same instant, again and again.
        for round in 0..5 {
            let (key, barrier) = (format!("rush-{round}"), Barrier::new(6));
            let rush = || {
                barrier.wait();
                citizen.post_once(REQUESTS, &key, &wish)
            };
            let answers: Vec<Answer> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..6).map(|_| scope.spawn(rush)).collect();
                threads.into_iter().map(|thread| thread.join().expect("it answers")).collect()
            });
            let ids: BTreeSet<String> = answers.iter().map(|answer| id(&answer.expect(201))).collect();
            assert_eq!(ids.len(), 1, "round {round}");
        }
        assert!(until(SOON, || listed() == 9), "{}", listed());
        assert_eq!(all_pages(&nobody, REQUESTS, "limit=100").len(), 9);
    });
}

#[test]
fn a_tier_ends_somewhere() {
    let world =
        World::with(vec!["limits.free_per_15_minutes=5".into(), "limits.basic_per_15_minutes=8".into()]);
    for tier in ["free", "basic"] {
        world.done(&format!("tenant add {tier} --name {tier} --tier {tier}"));
        world.add_city(tier, "one");
        world.add_person(tier, "a@x.example");
        world.add_person(tier, "b@x.example");
    }
    for (tier, count) in [("free", 5), ("basic", 8)] {
        let base = format!("/{tier}/one");
        let [a, b] = ["a@x.example", "b@x.example"].map(|email| client_of(&world, &base, email));
        let path = format!("{base}/v1/requests");
        for number in (0..count).rev() {
            let answer = a.get(&path);
            answer.expect(200);
            assert_eq!(answer.header("ratelimit-limit"), count.to_string());
            assert_eq!(answer.header("ratelimit-remaining"), number.to_string());
        }
        let answer = a.get(&path);
        answer.refused(429, "too_many_requests");
        let seconds: u32 = answer.header("retry-after").parse().expect("it says when to try again");
        assert!((1..=900).contains(&seconds), "{seconds}");
        assert_eq!(answer.header("ratelimit-remaining"), "0");
        a.post(&path, &report("Too many", 1.0, 1.0)).refused(429, "too_many_requests");
        // The other person has an allowance of their own.
        assert!(b.get(&path).expect(200)["items"].as_array().is_some_and(Vec::is_empty));
        // Whoever watches the server is not counted.
        (0..20).for_each(|_| assert_eq!(a.get("/readyz").status, 200));
    }
    world.done("tenant tier free premium");
    let a = client_of(&world, "/free/one", "b@x.example");
    let raised = || a.get("/free/one/v1/requests").header("ratelimit-limit") == "1000000";
    assert!(until(SOON, raised), "a new tier holds at once");
}

/// The platform to try: what it prints works, and somebody new can join.
#[test]
fn the_demo_can_be_joined() {
    let folder = testkit::folder();
    let mut server = launch("demo", &settings(folder.path(), Vec::new())).start();
    let client = Client::new(server.url());
    assert!(server.says("Ctrl-C stops it", SOON), "{}", server.output());
    let output = server.output();
    let rows = |begin: &str| {
        let lines: Vec<String> = output.lines().map(str::trim).map(str::to_owned).collect();
        lines.into_iter().filter(|line| line.starts_with(begin)).collect::<Vec<_>>()
    };
    let addresses = rows(&format!("http://localhost:{}/", server.port()));
    assert!(addresses.len() > 7, "{output}");
    for address in &addresses {
        let path = address.split_once(&format!("{}/", server.port())).expect("it has a path").1;
        let path = path.split(' ').next().unwrap_or_default();
        let found = client.get(&format!("/{path}"));
        // What is somebody's own leads to where they sign in.
        let leads_there = found.status == 303 && found.header("location").contains("/sign-in");
        assert!(found.status == 200 || leads_there, "{address}: {}", found.status);
    }
    for line in rows("cityhelper") {
        let contact = line.split_whitespace().nth(1).expect("a contact");
        let password = output.split("password ").nth(1).and_then(|rest| rest.split(':').next());
        let ask = json!({ "contact": contact, "password": password });
        client.post("/cityhelper/boston/v1/sign-in", &ask).expect(200);
    }

    let up = json!({ "contact": "new@x.example", "name": "New Here", "password": PASSWORD });
    let asked = client.post("/cityhelper/boston/v1/sign-up", &up).expect(202);
    let told = "one-time code for new@x.example of cityhelper: ";
    assert!(server.says(told, SOON), "{}", server.output());
    let digits = server.output().split(told).nth(1).expect("it was said")[..6].to_owned();
    let ask = |digits: &str| json!({ "code": asked["code"], "digits": digits });
    let wrong = if digits == "000000" { "000001" } else { "000000" };
    client.post("/cityhelper/boston/v1/sign-in", &ask(wrong)).refused(401, "wrong_sign_in");
    let signed = client.post("/cityhelper/boston/v1/sign-in", &ask(&digits)).expect(200);
    assert_eq!(client.with(token(&signed)).get("/cityhelper/boston/v1/me").expect(200)["name"], "New Here");
    client.post("/cityhelper/boston/v1/sign-in", &ask(&digits)).refused(401, "wrong_sign_in");
    let made = client.with(token(&signed));
    let made = made.post("/cityhelper/boston/v1/requests", &report("By me", 42.0, -71.0));
    // As everyone reads it, with the name of whoever sees to it.
    let made = client.get(&format!("/cityhelper/boston/v1/requests/{}", id(&made.expect(201)))).expect(200);

    // A second start keeps what was changed, and makes nothing twice.
    assert!(server.terminate().is_some_and(|status| status.success()), "{}", server.output());
    server.restart();
    assert_eq!(client.get(&format!("/cityhelper/boston/v1/requests/{}", id(&made))).expect(200), made);
    sign_in(&client, "/cityhelper/boston", "new@x.example");
    let latest = client.get("/cityhelper/boston/v1/requests?limit=1").expect(200);
    assert_eq!(latest["items"][0], made);
}
