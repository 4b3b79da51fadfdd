use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use geo::{BoundingBox, Point};
use guard::{BreakerPolicy, BreakerState};
use store::Market;

use super::import::{CsvError, ImportError, import};
use super::nominatim::{self, Fetch, Nominatim};
use super::{Addresses, Asked, Candidate, Precision, Resolver, Trouble, http};
use crate::testing::World;

const FILE: &str = include_str!("../../tests/data/addresses.csv");

async fn filled(world: &World) -> Addresses {
    let tally = import(&world.market, world.stamp(), FILE.as_bytes(), |_| {}).await.unwrap();
    let lines: Vec<u64> = tally.faults.iter().map(|(line, _)| *line).collect();
    assert_eq!((tally.points, tally.skipped, lines.len(), lines[0]), (18, 3, 3, 20));
    Addresses::default()
}

async fn addresses_are_found_however_they_are_written(world: World) {
    let addresses = filled(&world).await;
    for (text, expect) in [
        ("12 Main Street", "12 Main Street, 02118 Boston"),
        ("MAIN ST 12", "12 Main Street, 02118 Boston"),
        ("12b main st boston", "12B Main Street, 02118 Boston"),
        ("main st. 12 02118", "12 Main Street, 02118 Boston"),
        ("02118 boston, main street 12", "12 Main Street, 02118 Boston"),
        ("12 Main Street Quincy", "12 Main Street, 02169 Quincy"),
        ("44 main st", "40-48 Main Street, 02118 Boston"),
        ("7 Fifth Avenue", "7 5th Ave, 02119 Boston"),
        ("3 rue de l'eglise", "3 Rue de l’Église, 02120 Boston"),
        ("12 Main St apt 4", "12 Main Street 4, 02118 Boston"),
        ("2 north harbor rd", "2 North Harbor Road, 02121 Boston"),
        ("2 south harbor rd", "2 South Harbor Road, 02121 Boston"),
        ("2 harb", "2 North Harbor Road, 02121 Boston"),
        ("The Avenue 1", "1 The Avenue, 02122 Boston"),
        ("5 saint marks place", "5 St. Mark's Pl, 02123 Boston"),
    ] {
        let found = addresses.find(&world.market, text, 5).await.unwrap();
        let labels: Vec<&str> = found.iter().map(|its| its.label.as_str()).collect();
        assert_eq!(labels.first(), Some(&expect), "{text}: {labels:?}");
        assert_eq!(found[0].precision, Precision::Address);
        assert!(found.is_sorted_by(|a, b| a.score >= b.score));
    }
    let street = addresses.find(&world.market, "main street", 5).await.unwrap();
    assert!(street.iter().all(|its| its.precision == Precision::Street), "{street:?}");
    assert_eq!(street.len(), 2);
    let missing = addresses.find(&world.market, "999 Main Street Boston", 1).await.unwrap();
    assert_eq!((missing[0].precision, missing[0].label.as_str()), (Precision::Street, "Main Street, Boston"));
    for nothing in ["zzz", "12", "st"] {
        assert!(addresses.find(&world.market, nothing, 5).await.unwrap().is_empty(), "{nothing}");
    }
}

async fn the_nearest_address_is_found(world: World) {
    let addresses = filled(&world).await;
    let at = |lat, long| Point::from_degrees(lat, long).unwrap();
    for (point, expect) in [
        (at(42.3401, -71.07), Some("12 Main Street, 02118 Boston")),
        (at(42.3409, -71.07), Some("40-48 Main Street, 02118 Boston")),
        (at(42.3430, -71.07), Some("40-48 Main Street, 02118 Boston")),
        (at(43.0, -71.07), None),
    ] {
        let found = addresses.nearest(&world.market, point).await.unwrap();
        let label = found.map(|its| its.label.replace(" 4,", ","));
        assert_eq!(label.as_deref(), expect, "{point:?}");
    }
    let endpoints = http::endpoints(&addresses);
    let found = world.ask(&endpoints, "address_nearest", &[], "point=42.3401,-71.07", None).await.unwrap();
    assert!(found["id"].as_str().unwrap().starts_with("adr_"));
    let none = world.ask(&endpoints, "address_nearest", &[], "point=1,1", None).await.unwrap_err();
    assert_eq!(none.code(), "not_found");
    let found = world.ask(&endpoints, "address_find", &[], "q=7%20fifth%20ave&limit=1", None).await.unwrap();
    assert_eq!(found["items"][0]["postcode"], "02119");
    let blank = world.ask(&endpoints, "address_find", &[], "q=%2C", None).await.unwrap_err();
    assert_eq!(blank.faults()[0].code, "blank");
}

async fn the_same_file_twice_is_one(world: World) {
    let first = filled(&world).await.find(&world.market, "main", 20).await.unwrap();
    let second = filled(&world).await.find(&world.market, "main", 20).await.unwrap();
    assert_eq!(first, second);
    let bad = import(&world.market, world.stamp(), "A,B\n1,2\n".as_bytes(), |_| {}).await;
    assert!(matches!(bad, Err(ImportError::File(CsvError::Columns(_)))));
}

/// Answers after a while, or fails, and counts how often it was asked.
struct Moody {
    name: &'static str,
    asked: AtomicU32,
    wait: Duration,
    answer: Result<Vec<Candidate>, Trouble>,
}

fn moody(name: &'static str, wait_ms: u64, answer: Result<Vec<Candidate>, Trouble>) -> Arc<Moody> {
    Arc::new(Moody { name, asked: AtomicU32::new(0), wait: Duration::from_millis(wait_ms), answer })
}

impl Moody {
    async fn say(&self) -> Result<Vec<Candidate>, Trouble> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.wait).await;
        self.answer.clone()
    }
}

impl Resolver for Moody {
    fn name(&self) -> &str {
        self.name
    }

    fn find<'a>(&'a self, _: &'a Market, _: &'a Asked) -> BoxFuture<'a, Result<Vec<Candidate>, Trouble>> {
        Box::pin(self.say())
    }

    fn nearest<'a>(&'a self, _: &'a Market, _: Point) -> BoxFuture<'a, Result<Option<Candidate>, Trouble>> {
        Box::pin(async { Ok(self.say().await?.into_iter().next()) })
    }
}

fn somewhere() -> Candidate {
    Candidate {
        id: "x".into(),
        label: "Somewhere".into(),
        place: Point::from_degrees(1.0, 2.0).unwrap(),
        precision: Precision::Address,
        postcode: None,
        score: 1,
    }
}

async fn the_second_answers_where_the_first_does_not(world: World) {
    let failing = || Err(Trouble::Failed("down".into()));
    for (wait_ms, answer) in [(0, failing()), (60_000, Ok(vec![])), (0, Err(Trouble::Empty))] {
        let (first, second) = (moody("first", wait_ms, answer), moody("second", 0, Ok(vec![somewhere()])));
        let policy = BreakerPolicy { window: 3, ..BreakerPolicy::default() };
        let chain = Addresses::with(vec![first.clone(), second.clone()], policy, Duration::from_millis(20));
        for question in ["a", "a", "A ", "b", "c", "d", "e"] {
            assert_eq!(chain.find(&world.market, question, 5).await, Ok(vec![somewhere()]));
        }
        assert_eq!(second.asked.load(Ordering::SeqCst), 5, "what was answered is kept");
        let left_alone = first.answer != Err(Trouble::Empty);
        assert_eq!(first.asked.load(Ordering::SeqCst), if left_alone { 3 } else { 5 });
        let state = if left_alone { BreakerState::Open } else { BreakerState::Closed };
        assert_eq!(chain.state()[0], ("first".to_owned(), state));
    }
    let (first, second) = (moody("first", 0, failing()), moody("second", 0, failing()));
    let chain = Addresses::of(vec![first, second.clone()]);
    assert!(chain.find(&world.market, "a", 5).await.is_err());
    // Whoever asks while the failure is being handed out shares it; whoever comes later asks anew.
    for _ in 0..1_000 {
        assert!(chain.find(&world.market, "a", 5).await.is_err());
        if second.asked.load(Ordering::SeqCst) > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(second.asked.load(Ordering::SeqCst) > 1, "a failure is not kept");
    let refusal = world.ask(&http::endpoints(&chain), "address_find", &[], "q=a", None).await.unwrap_err();
    assert_eq!(refusal.code(), "addresses_down");
}

async fn many_who_ask_the_same_are_one_question(world: World) {
    let slow = moody("slow", 30, Ok(vec![]));
    let chain = Addresses::of(vec![slow.clone()]);
    let asking = (0..50).map(|_| chain.find(&world.market, "a", 5));
    let answers = futures_util::future::join_all(asking).await;
    assert!(answers.iter().all(|answer| *answer == Ok(vec![])));
    assert_eq!(slow.asked.load(Ordering::SeqCst), 1);
    assert_eq!(chain.find(&world.market, "a", 5).await, Ok(vec![]));
    assert_eq!(slow.asked.load(Ordering::SeqCst), 1, "that nothing was found is kept too");
    chain.changed();
    assert_eq!(chain.find(&world.market, "a", 5).await, Ok(vec![]));
    assert_eq!(slow.asked.load(Ordering::SeqCst), 2);
}

const SEARCH: &str = r#"[{"osm_type":"way","osm_id":5,"lat":"42.34","lon":"-71.07","display_name":"12, Main\u0007 Street",
    "importance":0.4,"address":{"house_number":"12","road":"Main Street","postcode":"02118"}},
    {"osm_type":"node","osm_id":6,"lat":"10","lon":"10","display_name":"Elsewhere"},
    {"lat":"x","lon":"1","display_name":"Nowhere"}]"#;

struct Canned(&'static str);

impl Fetch for Canned {
    fn get(&self, url: String) -> BoxFuture<'_, Result<Vec<u8>, Trouble>> {
        assert!(url.starts_with("https://maps.example/"), "{url}");
        Box::pin(async { Ok(self.0.as_bytes().to_vec()) })
    }
}

async fn a_service_that_speaks_as_nominatim_does(world: World) {
    let within = BoundingBox::parse("", "-72,42,-71,43").unwrap();
    let service = |answer: &'static str| {
        let nominatim = Nominatim {
            fetch: Canned(answer),
            base: "https://maps.example/".into(),
            within: Arc::new(within),
            language: "en".into(),
        };
        Addresses::of(vec![Arc::new(nominatim)])
    };
    let found = service(SEARCH).find(&world.market, "12 main", 5).await.unwrap();
    let [only] = &found[..] else { panic!("{found:?}") };
    assert_eq!((only.id.as_str(), only.label.as_str(), only.score), ("way:5", "12, Main Street", 400));
    assert_eq!((only.precision, only.postcode.as_deref()), (Precision::Address, Some("02118")));
    let point = Point::from_degrees(42.34, -71.07).unwrap();
    let none = service(r#"{"error":"Unable to geocode"}"#).nearest(&world.market, point).await;
    assert_eq!(none, Ok(None));
    for broken in ["", "{}", "<html>", "[1]"] {
        assert!(service(broken).find(&world.market, "a", 5).await.is_err(), "{broken}");
    }
    let asked = Asked { text: "a&b=é c".into(), limit: 3 };
    assert_eq!(
        nominatim::search_url("https://x/", &asked, Some(&within), "en"),
        "https://x/search?format=jsonv2&addressdetails=1&limit=3&accept-language=en&q=a%26b%3D%C3%A9%20c&bounded=1&viewbox=-72,42,-71,43"
    );
    let reverse = nominatim::reverse_url("https://x", point, "en");
    assert!(reverse.ends_with("&lat=42.34&lon=-71.07"), "{reverse}");
    let large = vec![b' '; 2 << 20];
    assert!(nominatim::read_search(&large, None).is_err() && nominatim::read_reverse(&large).is_err());
}

crate::testing::on_both_engines!(
    addresses_are_found_however_they_are_written,
    the_nearest_address_is_found,
    the_same_file_twice_is_one,
    the_second_answers_where_the_first_does_not,
    many_who_ask_the_same_are_one_question,
    a_service_that_speaks_as_nominatim_does,
);
