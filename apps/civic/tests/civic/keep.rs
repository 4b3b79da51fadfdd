//! Erasing, archiving and bringing back, with objects that fail when they are told to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use bus::Consumer;
use bytes::Bytes;
use civic::Civic;
use civic::keep::model::FIRST;
use civic::keep::{Objects, Trouble, check, decide, read, run};
use civic::request::model::{Request, RequestId, Status};
use civic::rules::Settings;
use futures_util::future::BoxFuture;
use kernel::jiff::SignedDuration;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, Id, Refusal, SequentialIds, values};
use parking_lot::Mutex;
use serde_json::json;
use store::Place;

use crate::world::{By, World, point, refused};

testkit::on_both_engines! {
    exactly_what_is_old_is_archived_and_comes_back_as_it_was,
    a_store_that_fails_at_any_call_loses_nothing,
    two_runs_at_once_archive_each_request_once,
    a_damaged_object_is_found_and_named,
    what_is_personal_is_erased_once,
    the_map_forgets_what_is_archived_and_the_trends_do_not,
    one_that_was_opened_again_stays,
    the_night_comes_by_its_schedule,
}

kernel::statements! {
    long IDS = "select id from request order by id limit 1000";
    long ARCHIVED = "select request from archived order by request limit 1000";
    long OBJECTS = "select id from archive_object order by id limit 1000";
    long NIGHTS = "select count(*) from job where kind = 'civic.keep' and due > ?1";
    long JOBS = "select due, attempts, error from job limit 20";
    long MAP = "select id, counts from map_count order by id limit 5000";
    long TRENDS = "select id, counts from trend_count order by id limit 5000";
    long TOLD = "select cause from notify_address order by cause limit 100";
    long FOLLOWERS = "select count(*) from follower";
    long ACTORS = "select actor from history order by id limit 100";
    short FOLLOW = "insert into follower (request, who, person, email, channel, at) \
        values (?1, ?2, ?3, 'ada@x.example', 'email', 0)";
    short NOTE = "insert into history (id, request, at, actor, what, public, body) \
        values (?1, ?2, ?3, ?4, 'request.changed', ?5, '{\"act\":\"x\",\"text\":\"é\"}')";
    short TIE = "insert into tie (request, target, counted, status, due, left_min, closed, at) \
        values (?1, ?2, 1, 'open', 5, null, null, 7)";
    short OPEN = "update request set status = 'reopened', closed = null, version = version + 1 where id = ?1";
}

/// Objects in memory. `calls_left` calls go well, the others do not.
#[derive(Default)]
struct Shelf {
    objects: Mutex<BTreeMap<String, Bytes>>,
    calls_left: Mutex<Option<u32>>,
}

impl Shelf {
    fn ask(&self) -> Result<(), Trouble> {
        match &mut *self.calls_left.lock() {
            Some(0) => return Err(Trouble::Away("told to".into())),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }

    fn found(&self, name: &str) -> Result<Bytes, Trouble> {
        self.ask()?;
        self.objects.lock().get(name).cloned().ok_or(Trouble::Missing)
    }
}

impl Objects for Shelf {
    fn put<'a>(&'a self, _: &'a Place, name: &'a str, bytes: Bytes) -> BoxFuture<'a, Result<(), Trouble>> {
        Box::pin(async move {
            self.ask()?;
            self.objects.lock().insert(name.to_owned(), bytes);
            Ok(())
        })
    }

    fn get<'a>(&'a self, _: &'a Place, name: &'a str) -> BoxFuture<'a, Result<Bytes, Trouble>> {
        Box::pin(async move { self.found(name) })
    }

    fn range<'a>(
        &'a self,
        _: &'a Place,
        name: &'a str,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Bytes, Trouble>> {
        Box::pin(async move { Ok(self.found(name)?.slice(range.start as usize..range.end as usize)) })
    }

    fn delete<'a>(&'a self, _: &'a Place, name: &'a str) -> BoxFuture<'a, Result<(), Trouble>> {
        Box::pin(async move {
            self.ask()?;
            self.objects.lock().remove(name);
            Ok(())
        })
    }
}

struct City {
    world: World,
    shelf: Arc<Shelf>,
    ids: SequentialIds,
    settings: Settings,
    zone: TimeZone,
}

impl City {
    fn of(mut world: World) -> Self {
        let shelf = Arc::new(Shelf::default());
        let countries = Arc::new(|_| tenancy::Country::named("US"));
        let builder = Civic::builder(world.clock.clone(), b"a secret of the tests", countries, 1_000_000);
        world.civic = builder.archive(shelf.clone()).build();
        world.endpoints = civic::endpoints(&world.civic);
        let settings = Settings { archive_after_days: 100, erase_after_days: 10, ..Settings::default() };
        Self { world, shelf, ids: SequentialIds::starting_at(1_000_000), settings, zone: TimeZone::UTC }
    }

    fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.world.clock.now(), zone: &self.zone, actor: Actor::System, ids: &self.ids }
    }

    async fn commit(&self, decision: Decision) {
        self.world.market.commit(self.world.stamp(), decision).await.unwrap();
    }

    /// Requests of all ages and states, every fifth with a merged one, all with a history.
    async fn fill(&self, seed: u64, count: i64) -> Vec<Request> {
        let (mut state, mut all) = (seed, Vec::new());
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let now = self.world.clock.now();
        for number in 1..=count {
            let at = now - SignedDuration::from_hours(24 * 400);
            let place = point(42.0 + number as f64 / 1_000.0, -71.0);
            let mut request = Request::new(Id::from_raw(number), "pothole", "A hole é", place, at);
            request.status = Status::ALL[random(7) as usize];
            if request.status.is_over() {
                let hours = match random(8) {
                    0 => 24 * 100,
                    1 => 24 * 100 + 1,
                    _ => random(24 * 200) as i64,
                };
                request.closed = Some(now - SignedDuration::from_hours(hours));
            }
            request.photos = (0..random(3)).map(|it| format!("img_{it}")).collect();
            request.answers = (random(2) == 0).then(|| r#"{"a":"b"}"#.to_owned());
            request.note = (random(2) == 0).then(|| "Done.".to_owned());
            request.due = (random(2) == 0).then_some(at);
            request.hidden = random(9) == 0;
            let mut decision = Decision::nothing();
            if number % 5 == 0 {
                let root: &Request = &all[all.len() - 1];
                request.merged = Some(root.merged.unwrap_or(root.id));
                request.status = Status::Closed;
                request.closed = Some(now);
                decision = decision.change(TIE.with(values![number, root.id]));
            }
            for entry in 0..random(4) as i64 {
                let id = number * 100 + entry;
                decision = decision.change(NOTE.with(values![id, number, at, 0, entry % 2]));
            }
            self.commit(
                decision
                    .change(civic::request::repo::add(&request))
                    .event(civic::request::event::reported(&request)),
            )
            .await;
            all.push(request);
        }
        all
    }

    /// Steps until there is nothing more to do; says how many requests were archived.
    async fn archive(&self) -> Result<usize, Refusal> {
        let (mut from, mut done) = (FIRST, 0);
        loop {
            let (keep, market) = (&self.world.civic.keep, &self.world.market);
            let step = run::archive(keep, market, &self.settings, from, &self.ctx()).await?;
            done += step.done;
            match step.next {
                Some(next) => from = next,
                None => return Ok(done),
            }
        }
    }

    async fn numbers(&self, sql: kernel::Sql) -> BTreeSet<i64> {
        let rows: Vec<(i64,)> = self.world.market.list(sql, values![]).await.unwrap();
        rows.into_iter().map(|(id,)| id).collect()
    }

    async fn restore(&self, id: RequestId) -> crate::world::Answered {
        self.world.ask(By::Person(90), "request_restore", &id.to_string(), "", &json!({})).await
    }
}

/// What should be archived: of each family whose root is old enough, all.
fn expected(all: &[Request], city: &City) -> BTreeSet<i64> {
    let before = decide::before(city.world.clock.now(), 100);
    let is_old = |it: &Request| it.closed.is_some_and(|closed| closed < before) && it.merged.is_none();
    let old: BTreeSet<_> = all.iter().filter(|it| is_old(it)).map(|it| it.id).collect();
    let goes = |it: &&Request| old.contains(&it.merged.unwrap_or(it.id));
    all.iter().filter(goes).map(|it| it.id.raw()).collect()
}

async fn exactly_what_is_old_is_archived_and_comes_back_as_it_was(world: World) {
    let city = City::of(world);
    let all = city.fill(7, 260).await;
    let expected = expected(&all, &city);
    let market = &city.world.market;
    let history = async |id: RequestId| -> Vec<Vec<kernel::Value>> {
        market.list(civic::keep::repo::HISTORY, values![id, 100]).await.unwrap()
    };
    let mut before = BTreeMap::new();
    for request in &all {
        before.insert(request.id, history(request.id).await);
    }
    assert_eq!(city.archive().await.unwrap(), expected.len());
    assert_eq!(city.numbers(ARCHIVED).await, expected);
    let left: BTreeSet<i64> = all.iter().map(|it| it.id.raw()).filter(|id| !expected.contains(id)).collect();
    assert_eq!(city.numbers(IDS).await, left);
    assert_eq!(city.archive().await.unwrap(), 0, "once is all");
    let lines: usize = city
        .shelf
        .objects
        .lock()
        .values()
        .map(|bytes| {
            let mut text = String::new();
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
            text.lines().count()
        })
        .sum();
    assert_eq!(lines, expected.len());
    for request in &all {
        let id = request.id.to_string();
        let shown = city.world.read(&id).await;
        if request.hidden {
            refused(shown, "not_found");
            continue;
        }
        let shown = shown.unwrap();
        let is_archived = expected.contains(&request.id.raw());
        assert_eq!(shown["archived"] == json!(true), is_archived);
        assert_eq!(shown["description"], json!(request.description));
        let told = city.world.ask(By::Nobody, "request_history", &id, "", &json!({})).await.unwrap();
        let public = before[&request.id].iter().filter(|row| row[4] == kernel::Value::Int(1)).count();
        assert_eq!(told["items"].as_array().unwrap().len(), public);
        if is_archived {
            let number = civic::request::number::of(request.id);
            let tracked = city.world.ask(By::Nobody, "request_track", &number, "", &json!({})).await.unwrap();
            assert_eq!(tracked, shown);
            let kept = read::one(&city.world.civic.keep, market, request.id).await.unwrap().unwrap();
            assert_eq!(kept.request, *request);
        }
    }
    for request in all.iter().filter(|it| expected.contains(&it.id.raw())) {
        match city.restore(request.id).await {
            Ok(_) => {}
            Err(refusal) => assert_eq!(refusal.code(), "not_archived", "it came with its family"),
        }
        let found = civic::request::repo::one(market, request.id).await.unwrap().unwrap();
        assert_eq!(found, *request);
        let after = history(request.id).await;
        let known = &before[&request.id];
        assert_eq!((after.len(), &after[..known.len()]), (known.len() + 1, &known[..]));
    }
    assert!(city.numbers(ARCHIVED).await.is_empty());
    refused(city.restore(Id::from_raw(999)).await, "not_found");
    assert_eq!(city.archive().await.unwrap(), 0, "what was brought back stays for a while");
    run::sweep(&city.world.civic.keep, market, &city.ctx()).await.unwrap();
    assert!(city.shelf.objects.lock().is_empty() && city.numbers(OBJECTS).await.is_empty());
    city.world.pass(24 * 101);
    assert!(city.archive().await.unwrap() >= expected.len());
}

async fn a_store_that_fails_at_any_call_loses_nothing(world: World) {
    let city = City::of(world);
    let all = city.fill(3, 40).await;
    let expected = expected(&all, &city);
    let everything: BTreeSet<i64> = all.iter().map(|it| it.id.raw()).collect();
    for calls in 0..2 {
        *city.shelf.calls_left.lock() = Some(calls);
        refused(city.archive().await.map(|_| json!(null)), "archive_down");
        assert_eq!(city.numbers(IDS).await, everything, "after {calls} calls");
        assert!(city.numbers(ARCHIVED).await.is_empty());
    }
    *city.shelf.calls_left.lock() = None;
    // The process dies while it waits: the future is dropped.
    {
        let (keep, market, ctx) = (&city.world.civic.keep, &city.world.market, city.ctx());
        let mut step = Box::pin(run::archive(keep, market, &city.settings, FIRST, &ctx));
        let _ = tokio::time::timeout(std::time::Duration::from_micros(200), &mut step).await;
    }
    city.archive().await.unwrap();
    assert_eq!(city.numbers(ARCHIVED).await, expected);
    city.world.pass(25);
    let swept = run::sweep(&city.world.civic.keep, &city.world.market, &city.ctx()).await.unwrap();
    assert!(swept >= 2);
    let kept = city.shelf.objects.lock().len();
    assert_eq!(kept, city.numbers(OBJECTS).await.len());
    let id = RequestId::from_raw(*expected.first().unwrap());
    *city.shelf.calls_left.lock() = Some(0);
    if !all.iter().any(|it| it.id == id && it.hidden) {
        refused(city.world.read(&id.to_string()).await, "archive_down");
    }
    *city.shelf.calls_left.lock() = None;
    assert!(read::one(&city.world.civic.keep, &city.world.market, id).await.unwrap().is_some());
}

async fn two_runs_at_once_archive_each_request_once(world: World) {
    let city = City::of(world);
    let all = city.fill(11, 60).await;
    let (one, other) = tokio::join!(city.archive(), city.archive());
    let expected = expected(&all, &city);
    assert_eq!(one.unwrap() + other.unwrap(), expected.len());
    assert_eq!(city.numbers(ARCHIVED).await, expected);
    run::sweep(&city.world.civic.keep, &city.world.market, &city.ctx()).await.unwrap();
    let checked = check::objects(&city.world.civic.keep, &city.world.market, &|_| {}).await.unwrap();
    assert_eq!((checked.lines as usize, checked.wrong_in_all), (expected.len(), 0));
    assert_eq!(city.shelf.objects.lock().len() as u64, checked.objects);
}

async fn a_damaged_object_is_found_and_named(world: World) {
    let city = City::of(world);
    city.fill(5, 40).await;
    city.archive().await.unwrap();
    let name = city.shelf.objects.lock().keys().next().unwrap().clone();
    let whole = city.shelf.objects.lock()[&name].clone();
    for place in [0, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.to_vec();
        bytes[place] ^= 1;
        city.shelf.objects.lock().insert(name.clone(), bytes.into());
        let checked = check::objects(&city.world.civic.keep, &city.world.market, &|_| {}).await.unwrap();
        assert_eq!(checked.wrong, [(name.clone(), Trouble::Damaged)]);
    }
    city.shelf.objects.lock().clear();
    let checked = check::objects(&city.world.civic.keep, &city.world.market, &|_| {}).await.unwrap();
    assert_eq!(checked.wrong, [(name, Trouble::Missing)]);
    let id = RequestId::from_raw(*city.numbers(ARCHIVED).await.first().unwrap());
    let found = read::one(&city.world.civic.keep, &city.world.market, id).await;
    assert_eq!(found.unwrap_err().code(), "archive_damaged");
}

async fn what_is_personal_is_erased_once(world: World) {
    let city = City::of(world);
    let now = city.world.clock.now();
    let mut request = Request::new(Id::from_raw(1), "pothole", "Mail ada@x.example", point(42.0, -71.0), now);
    request.reporter = Some(Id::from_raw(7));
    request.status = Status::Closed;
    request.closed = Some(now);
    let who = |number: i64| [number.to_be_bytes(); 2].concat();
    let follow = (0..450_i64).map(|it| FOLLOW.with(values![1, who(it), 1_000 + it]));
    let decision = Decision::nothing().change(civic::request::repo::add(&request)).changes(follow);
    let decision = decision
        .changes([(1, 7), (2, 1_449), (3, 8)].map(|(id, actor)| NOTE.with(values![id, 1, now, actor, 1])));
    let told = |number: i64| {
        let who: [u8; 16] = who(number).try_into().unwrap();
        let cause = format!("told:{number}");
        notify::NewMessage::new(
            notify::Channel::Email,
            "ada@x.example",
            "civic.changed",
            "civic.updates",
            &cause,
        )
        .about(&civic::follower::keys::Keys::trace(who))
    };
    // Of one who follows another request, and of one who follows this.
    let decision =
        decision.and(notify::queue(told(3), &city.ctx())).and(notify::queue(told(7_000), &city.ctx()));
    city.commit(decision).await;
    let erase = async || {
        let (mut from, mut done) = (FIRST, 0);
        for _ in 0..10 {
            let step = run::erase(&city.world.market, &city.settings, from, &city.ctx()).await.unwrap();
            done += step.done;
            match step.next {
                Some(next) => from = next,
                None => return done,
            }
        }
        panic!("it does not end");
    };
    assert_eq!(erase().await, 0, "not yet");
    city.world.pass(24 * 10 + 1);
    assert_eq!(erase().await, 3, "in three commits");
    let after = civic::request::repo::one(&city.world.market, request.id).await.unwrap().unwrap();
    assert_eq!((after.reporter, after.description.as_str(), after.version), (None, "Mail [erased]", 2));
    assert_eq!(city.numbers(FOLLOWERS).await, BTreeSet::from([0]));
    let told: Vec<(String,)> = city.world.market.list(TOLD, values![]).await.unwrap();
    assert_eq!(told, [("email:told:7000".to_owned(),)], "what was said goes with whom it was said to");
    let nobody = Actor::Anonymous.to_raw();
    let actors: Vec<(i64,)> = city.world.market.list(ACTORS, values![]).await.unwrap();
    assert_eq!(actors, [(nobody,), (nobody,), (8,)]);
    assert_eq!(erase().await, 0, "again, it changes nothing");
    city.commit(Decision::nothing().change(OPEN.with(values![1]))).await;
    assert_eq!(erase().await, 0);
}

struct Utc;

impl bus::Directory for Utc {
    fn markets(&self) -> Vec<(store::Market, TimeZone)> {
        Vec::new()
    }

    fn zone(&self, _: &store::Market) -> Option<TimeZone> {
        Some(TimeZone::UTC)
    }
}

async fn the_map_forgets_what_is_archived_and_the_trends_do_not(world: World) {
    let city = City::of(world);
    let all = city.fill(13, 60).await;
    let market = &city.world.market;
    let directory: Arc<dyn bus::Directory> = Arc::new(Utc);
    let mut seen = 0;
    let mut count = async || {
        market.settle().await.unwrap();
        let events: Vec<store::Event> =
            market.list(store::EVENTS_AFTER, values![seen, 10_000]).await.unwrap();
        seen = events.last().map_or(seen, |event| event.pos);
        let map = civic::map::follow::CountOnMap { directory: directory.clone() };
        let trends = civic::trend::follow::CountTrends { directory: directory.clone() };
        let wanted: Vec<_> = events.iter().filter(|it| map.wants(&it.name)).cloned().collect();
        city.commit(map.handle(market, &wanted).await.unwrap()).await;
        let wanted: Vec<_> = events.iter().filter(|it| trends.wants(&it.name)).cloned().collect();
        city.commit(trends.handle(market, &wanted).await.unwrap()).await;
        let map: Vec<(i64, Vec<u8>)> = market.list(MAP, values![]).await.unwrap();
        let trends: Vec<(i64, Vec<u8>)> = market.list(TRENDS, values![]).await.unwrap();
        (map, trends)
    };
    let before = count().await;
    city.archive().await.unwrap();
    let archived = count().await;
    assert_ne!(archived.0, before.0);
    assert_eq!(archived.1, before.1);
    for id in expected(&all, &city) {
        let _ = city.restore(RequestId::from_raw(id)).await;
    }
    assert_eq!(count().await, before);
}

async fn one_that_was_opened_again_stays(world: World) {
    let city = City::of(world);
    let all = city.fill(17, 60).await;
    let expected = expected(&all, &city);
    let before = decide::before(city.world.clock.now(), 100);
    let market = &city.world.market;
    let batch = civic::keep::gather::batch(market, FIRST, before).await.unwrap();
    let open = batch.families[0].0[0].request.id;
    city.commit(Decision::nothing().change(OPEN.with(values![open]))).await;
    let decision = decide::archive(&batch.families, Id::from_raw(5), &[], &city.ctx());
    let crossed = market.commit(city.world.stamp(), decision).await;
    assert!(matches!(crossed, Err(store::CommitError::Conflict)));
    city.archive().await.unwrap();
    let family: BTreeSet<i64> =
        all.iter().filter(|it| it.id == open || it.merged == Some(open)).map(|it| it.id.raw()).collect();
    assert_eq!(city.numbers(ARCHIVED).await, expected.difference(&family).copied().collect());
}

struct Served(store::Market);

impl bus::Directory for Served {
    fn markets(&self) -> Vec<(store::Market, TimeZone)> {
        vec![(self.0.clone(), TimeZone::UTC)]
    }
}

/// The bus as it runs, and years that pass in a moment.
async fn the_night_comes_by_its_schedule(world: World) {
    let city = City::of(world);
    let all = city.fill(11, 120).await;
    let (market, clock) = (city.world.market.clone(), city.world.clock.clone());
    let ids: Arc<dyn kernel::IdSource> = Arc::new(SequentialIds::starting_at(2_000_000));
    let registry = bus::Registry::default()
        .handler(civic::keep::jobs::KeepNightly { civic: city.world.civic.clone(), ids })
        .schedule(store::Kind::Market, civic::keep::jobs::schedule().unwrap());
    let quick = bus::Settings {
        tick: std::time::Duration::from_millis(1),
        look_out_rest: std::time::Duration::from_millis(5),
        sweep_rest: std::time::Duration::from_millis(5),
        ..bus::Settings::default()
    };
    let served = Arc::new(Served(market.clone()));
    let random = Arc::new(kernel::SystemRandom);
    let bus = bus::Bus::start(city.world.store(), served, registry, clock.clone(), random, quick).unwrap();
    let nights = async |from: kernel::jiff::Timestamp| -> i64 {
        market.one::<(i64,)>(NIGHTS, values![from]).await.unwrap().unwrap().0
    };
    // Whatever was due is done, and the next night is written down.
    let night = async || {
        for _ in 0..20_000 {
            if (nights(clock.now()).await, nights(kernel::jiff::Timestamp::MIN).await) == (1, 1) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let jobs: Vec<(i64, i64, Option<String>)> = market.list(JOBS, values![]).await.unwrap();
        panic!("the night never ends: {jobs:?}");
    };
    night().await;
    assert!(city.numbers(ARCHIVED).await.is_empty(), "nothing is old enough yet");
    let years = i64::from(Settings::default().archive_after_days) + 400;
    clock.advance(SignedDuration::from_hours(24 * years));
    night().await;
    bus.stop().await;
    let archived = city.numbers(ARCHIVED).await;
    let over = all.iter().filter(|it| it.status.is_over() && it.merged.is_none()).count();
    assert!(archived.len() >= over && over > 10, "{} of {over}", archived.len());
    assert_eq!(city.archive().await.unwrap(), 0, "the night left nothing");
    for id in archived {
        let kept = read::one(&city.world.civic.keep, &market, Id::from_raw(id)).await.unwrap();
        assert!(kept.is_some(), "{id} can be read back");
    }
}
