//! From the report to the end of it, and those who meddle.

use std::sync::Arc;

use civic::follower::keys::{About, Keys};
use kernel::{Id, values};
use serde_json::{Value, json};

use crate::world::{By, World, refused, text, wish};

testkit::on_both_engines! {
    a_report_comes_back_with_what_is_needed_later,
    the_same_report_twice_is_one,
    a_storm_of_me_toos_is_counted_exactly,
    me_too_counts_once_and_never_for_oneself,
    what_is_merged_counts_where_it_went,
    followers_change_their_minds,
    what_is_hidden_is_not_there,
    a_closed_request_is_opened_again,
    strangers_may_write_so_much,
    rules_hold_from_the_moment_they_are_set,
}

kernel::statements! {
    short CLOSE = "update request set status = 'closed', closed = ?2, version = version + 1 where id = ?1";
    short HIDE = "update request set hidden = 1, version = version + 1 where id = ?1";
    short MERGE = "update request set merged = ?2, version = version + 1 where id = ?1";
    long EVENTS = "select name, count(*) from event group by name order by name";
    long FOLLOWERS = "select count(*) from follower";
    long REQUESTS = "select count(*) from request";
    short ANSWERS = "select body from answer order by id limit 10";
}

pub async fn events(world: &World, name: &str) -> i64 {
    let all: Vec<(String, i64)> = world.market.list(EVENTS, values![]).await.unwrap();
    all.into_iter().find(|(its, _)| its == name).map_or(0, |(_, count)| count)
}

pub async fn count(world: &World, sql: kernel::Sql) -> i64 {
    world.market.one::<(i64,)>(sql, values![]).await.unwrap().unwrap().0
}

pub fn raw(id: &str) -> i64 {
    id.parse::<civic::request::model::RequestId>().unwrap().raw()
}

async fn a_report_comes_back_with_what_is_needed_later(world: World) {
    let contact = json!({ "email": "A@Example.org", "name": "Ada", "language": "es" });
    let made = world
        .report(By::Nobody, json!({ "contact": contact, "address": " 1 Main St ", "zipcode": "02108" }))
        .await;
    let (id, number, secret) = (text(&made, "id"), text(&made, "number"), text(&made, "secret"));
    assert!(secret.starts_with("irf_") && secret.len() == 47);
    let mut public = made.clone();
    public.as_object_mut().unwrap().remove("secret");
    assert_eq!(world.read(&id).await.unwrap(), public);
    assert!(!public.to_string().contains("Ada") && !public.to_string().contains("02108"));
    let spoken = number.to_lowercase().replace('-', " ").replace('0', "o");
    let found = world.ask(By::Nobody, "request_track", &spoken, "", &json!({})).await.unwrap();
    assert_eq!(found, public);
    let wrong = format!("{}{}", &number[..number.len() - 1], if number.ends_with('7') { '8' } else { '7' });
    refused(world.ask(By::Nobody, "request_track", &wrong, "", &json!({})).await, "not_found");

    let mine = world.ask(By::Nobody, "request_mine", &id, "", &json!({ "secret": secret })).await.unwrap();
    let following = &mine["following"];
    assert_eq!((&mine["reporter"], &mine["zipcode"]), (&json!(true), &json!("02108")));
    assert_eq!(
        (&following["email"], &following["channel"], &following["language"]),
        (&json!("a@example.org"), &json!("email"), &json!("es"))
    );
    assert!(count(&world, FOLLOWERS).await == 1 && events(&world, "request.reported").await == 1);

    let quiet = world.report(By::Nobody, json!({})).await;
    let shown = json!({ "secret": text(&quiet, "secret") });
    let mine = world.ask(By::Nobody, "request_mine", &text(&quiet, "id"), "", &shown).await.unwrap();
    assert_eq!((&mine["reporter"], mine.get("following")), (&json!(true), None));
    assert_eq!(count(&world, FOLLOWERS).await, 1);

    let hidden = world.ask(By::Nobody, "request_report", "", "", &wish(json!({ "hidden": true }))).await;
    assert_eq!(refused(hidden, "invalid_input").faults()[0].field, "/hidden");
    let absent =
        world.ask(By::Nobody, "request_report", "", "", &wish(json!({ "photos": ["img_abc"] }))).await;
    assert_eq!(refused(absent, "invalid_input").faults()[0].field, "/photos/0");
}

async fn the_same_report_twice_is_one(world: World) {
    let world = Arc::new(world);
    let contact = json!({ "contact": { "email": "a@example.org" } });
    let send = || {
        let (world, wish) = (world.clone(), wish(contact.clone()));
        tokio::spawn(async move {
            world.ask_once(By::Nobody, "request_report", "", "", &wish, Some("a-key")).await.unwrap()
        })
    };
    let tasks: Vec<_> = (0..8).map(|_| send()).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!((count(&world, REQUESTS).await, count(&world, FOLLOWERS).await), (1, 1));
    assert_eq!(events(&world, "request.reported").await, 1);
    // The secret comes again, but is nowhere kept.
    let secret = text(&answers[0], "secret");
    let kept: Vec<(Vec<u8>,)> = world.market.list(ANSWERS, values![]).await.unwrap();
    assert!(!kept.is_empty());
    assert!(kept.iter().all(|(body,)| !String::from_utf8_lossy(body).contains(&secret)));
}

async fn a_storm_of_me_toos_is_counted_exactly(world: World) {
    let world = Arc::new(world);
    let id = text(&world.report(By::Person(50), json!({})).await, "id");
    // Thirty people, each three times at once.
    let tasks: Vec<_> = (0..90)
        .map(|number| {
            let (world, id) = (world.clone(), id.clone());
            tokio::spawn(async move {
                let device = json!({ "device": format!("device-{}", number % 30) });
                loop {
                    match world.ask(By::Nobody, "request_second", &id, "", &device).await {
                        Err(refusal) if refusal.code() == "busy_row" => {}
                        answer => break answer.unwrap()["counted"].as_bool().unwrap(),
                    }
                }
            })
        })
        .collect();
    let mut counted = 0;
    for task in tasks {
        counted += i64::from(task.await.unwrap());
    }
    assert_eq!(counted, 30);
    assert_eq!((world.row(&id).await.seconds, count(&world, FOLLOWERS).await), (30, 30));
    assert_eq!(events(&world, "request.seconded").await, 30);
}

async fn second(
    world: &World,
    by: By,
    id: &str,
    body: Value,
) -> Result<(bool, bool, Option<String>), String> {
    let answer = world.ask(by, "request_second", id, "", &body).await;
    let answer = answer.map_err(|refusal| refusal.code().to_owned())?;
    let secret = answer["secret"].as_str().map(str::to_owned);
    Ok((answer["counted"].as_bool().unwrap(), answer["follows"].as_bool().unwrap(), secret))
}

async fn me_too_counts_once_and_never_for_oneself(world: World) {
    let contact = json!({ "contact": { "email": "me@example.org" } });
    let id = text(&world.report(By::Nobody, contact.clone()).await, "id");
    let counted = |answer: Result<(bool, bool, Option<String>), String>| answer.map(|(counted, ..)| counted);
    assert_eq!(counted(second(&world, By::At(1), &id, json!({})).await), Ok(true));
    assert_eq!(counted(second(&world, By::At(1), &id, json!({})).await), Ok(false));
    assert_eq!(counted(second(&world, By::At(2), &id, json!({})).await), Ok(true));
    assert_eq!(counted(second(&world, By::At(2), &id, json!({ "device": "telephone" })).await), Ok(true));
    assert_eq!(counted(second(&world, By::Person(7), &id, json!({})).await), Ok(true));
    assert_eq!(
        counted(second(&world, By::Person(7), &id, json!({ "device": "telephone" })).await),
        Ok(false)
    );
    assert_eq!(second(&world, By::At(9), &id, contact.clone()).await, Err("own_request".into()));
    assert_eq!(world.row(&id).await.seconds, 4);

    // Of two at one address the second is not counted, and gets nothing of the first.
    let first = json!({ "contact": { "email": "first@example.org" } });
    let (counted_first, follows, secret) = second(&world, By::At(20), &id, first.clone()).await.unwrap();
    assert!(counted_first && follows && secret.is_none(), "nobody knows yet whose address it is");
    assert_eq!(second(&world, By::At(20), &id, first).await, Ok((false, false, None)));
    let other = json!({ "contact": { "phone": "617 555 0123" } });
    let (counted_other, follows, theirs) = second(&world, By::At(20), &id, other).await.unwrap();
    assert!(!counted_other && follows && theirs.is_none());

    let own = text(&world.report(By::Person(7), json!({})).await, "id");
    assert_eq!(second(&world, By::Person(7), &own, json!({})).await, Err("own_request".into()));
    world.put(CLOSE, values![raw(&own), kernel::jiff::Timestamp::UNIX_EPOCH]).await;
    assert_eq!(second(&world, By::Nobody, &own, json!({})).await, Err("closed".into()));
    assert_eq!(second(&world, By::Nobody, "req_0000000000123", json!({})).await, Err("not_found".into()));
    let wrong = json!({ "device": "x", "contact": { "fax": 1 } });
    let faults = world.ask(By::Nobody, "request_second", &id, "", &wrong).await;
    let refusal = refused(faults, "invalid_input");
    let named: Vec<_> = refusal.faults().iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(named, ["/contact/fax", "/device"]);
}

async fn what_is_merged_counts_where_it_went(world: World) {
    let [one, other] = [
        text(&world.report(By::Nobody, json!({})).await, "id"),
        text(&world.report(By::Nobody, json!({})).await, "id"),
    ];
    world.put(MERGE, values![raw(&one), raw(&other)]).await;
    let answer = world.ask(By::Nobody, "request_second", &one, "", &json!({})).await.unwrap();
    assert_eq!(answer["request"], json!(other));
    assert_eq!((world.row(&one).await.seconds, world.row(&other).await.seconds), (0, 1));
    assert_eq!(world.read(&one).await.unwrap()["merged_into"], json!(other));
    let list = world.ask(By::Nobody, "request_list", "", "", &json!({})).await.unwrap();
    let ids: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
    assert_eq!(ids, [&json!(other)]);
}

/// What stands in the message to an address.
fn confirming(id: &str, address: &str) -> String {
    let about = About { market: Id::from_raw(5), request: id.parse().unwrap() };
    let keys = Keys::new(b"a secret of the tests");
    keys.confirming(about, keys.contact(about, address), address)
}

async fn followers_change_their_minds(world: World) {
    let id = text(&world.report(By::Nobody, json!({})).await, "id");
    let email = json!({ "contact": { "email": "f@example.org" } });
    let made = world.ask(By::Nobody, "request_follow", &id, "", &email).await.unwrap();
    assert_eq!((&made["confirm"], made.get("secret")), (&json!(true), None));
    let token = json!({ "token": confirming(&id, "f@example.org") });
    let secret = text(&world.ask(By::At(2), "request_confirm", &id, "", &token).await.unwrap(), "secret");
    let again = world.ask(By::At(3), "request_follow", &id, "", &email).await.unwrap();
    assert_eq!((&again["follows"], again.get("secret")), (&json!(false), None));
    let change = json!({ "secret": secret, "contact": { "phone": "+16175550123", "language": "es" } });
    let changed = world.ask(By::Nobody, "following_change", &id, "", &change).await.unwrap();
    assert_eq!((&changed["channel"], &changed["phone"]), (&json!("sms"), &json!("+16175550123")));
    assert!(changed.get("email").is_none());
    let shown = json!({ "secret": secret });
    world.ask(By::Nobody, "request_unfollow", &id, "", &shown).await.unwrap();
    refused(world.ask(By::Nobody, "request_mine", &id, "", &shown).await, "not_found");
    refused(world.ask(By::Nobody, "request_follow", &id, "", &json!({})).await, "invalid_input");

    // Somebody who was counted stays counted when they want to hear no more.
    second(&world, By::Person(8), &id, json!({ "contact": { "email": "p@example.org" } })).await.unwrap();
    world.ask(By::Person(8), "request_unfollow", &id, "", &json!({})).await.unwrap();
    let mine = world.ask(By::Person(8), "request_mine", &id, "", &json!({})).await.unwrap();
    assert_eq!((&mine["following"]["seconded"], mine["following"].get("email")), (&json!(true), None));
    assert_eq!(second(&world, By::Person(8), &id, json!({})).await.map(|it| it.0), Ok(false));
}

async fn what_is_hidden_is_not_there(world: World) {
    let made = world.report(By::Nobody, json!({})).await;
    let id = text(&made, "id");
    world.put(HIDE, values![raw(&id)]).await;
    let nothing = json!({});
    for name in ["request_read", "request_history", "request_second", "request_follow", "request_mine"] {
        refused(world.ask(By::Nobody, name, &id, "", &nothing).await, "not_found");
    }
    refused(world.ask(By::Nobody, "request_track", &text(&made, "number"), "", &nothing).await, "not_found");
    for query in ["", "status=open", "bbox=-72,41,-70,43", "category=pothole"] {
        let list = world.ask(By::Nobody, "request_list", "", query, &nothing).await.unwrap();
        assert_eq!(list["items"], json!([]), "{query}");
    }
    // Whoever reported it still sees their own.
    let shown = json!({ "secret": text(&made, "secret") });
    let mine = world.ask(By::Nobody, "request_mine", &id, "", &shown).await.unwrap();
    assert_eq!(mine["hidden"], json!(true));
}

async fn a_closed_request_is_opened_again(world: World) {
    let made = world.report(By::Nobody, json!({ "contact": { "email": "a@example.org" } })).await;
    let (id, shown) = (text(&made, "id"), json!({ "secret": text(&made, "secret"), "why": "Still there" }));
    refused(world.ask(By::Nobody, "request_reopen", &id, "", &shown).await, "not_closed");
    world.put(CLOSE, values![raw(&id), kernel::Clock::now(&*world.clock)]).await;
    world.pass(24 * 30);
    let view = world.ask(By::Nobody, "request_reopen", &id, "", &shown).await.unwrap();
    assert_eq!((&view["status"], view.get("closed_at")), (&json!("reopened"), None));
    let history = world.ask(By::Nobody, "request_history", &id, "", &json!({})).await.unwrap();
    let entry = &history["items"][0];
    assert_eq!(
        (&entry["act"], &entry["from"], &entry["to"], &entry["text"]),
        (&json!("reopen"), &json!("closed"), &json!("reopened"), &json!("Still there"))
    );
    assert_eq!(events(&world, "request.changed").await, 1);
    world.put(CLOSE, values![raw(&id), kernel::Clock::now(&*world.clock)]).await;
    world.pass(24 * 30 + 1);
    refused(world.ask(By::Nobody, "request_reopen", &id, "", &shown).await, "too_late");
    let settings = json!({ "reopen_days": 31 });
    world.ask(By::Person(1), "settings_set", "", "", &settings).await.unwrap();
    world.ask(By::Nobody, "request_reopen", &id, "", &shown).await.unwrap();
    // Whoever wants their words gone wants these gone too.
    let erase = json!({ "secret": text(&made, "secret"), "with_text": true });
    world.ask(By::Nobody, "request_erase", &id, "", &erase).await.unwrap();
    let history = world.ask(By::Nobody, "request_history", &id, "", &json!({})).await.unwrap();
    let entries = history["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!((&entry["act"], &entry["to"]), (&json!("reopen"), &json!("reopened")));
        assert_eq!(entry.get("text"), None);
    }
}

async fn strangers_may_write_so_much(world: World) {
    let settings = json!({ "anonymous_per_minute": 3, "anonymous_per_day": 5 });
    world.ask(By::Person(1), "settings_set", "", "", &settings).await.unwrap();
    let report = async |by| {
        let answer = world.ask(by, "request_report", "", "", &wish(json!({}))).await;
        answer.map(drop).map_err(|refusal| (refusal.code(), refusal.retry_after_s().unwrap()))
    };
    for _ in 0..3 {
        report(By::At(1)).await.unwrap();
    }
    let (code, wait_s) = report(By::At(1)).await.unwrap_err();
    assert_eq!((code, wait_s), ("too_many_reports", 20));
    report(By::At(2)).await.unwrap();
    report(By::Person(9)).await.unwrap();
    world.clock.advance(kernel::jiff::SignedDuration::from_mins(2));
    for _ in 0..2 {
        report(By::At(1)).await.unwrap();
    }
    assert_eq!(report(By::At(1)).await.unwrap_err().0, "too_many_today");
    world.pass(24);
    report(By::At(1)).await.unwrap();
}

async fn rules_hold_from_the_moment_they_are_set(world: World) {
    world.report(By::Nobody, json!({})).await;
    let question =
        json!({ "code": "depth", "datatype": "number", "required": true, "description": "How deep?" });
    let items = json!([
        { "code": "pothole", "name": "Hole", "group": "Roads", "deadline_min": 60, "keywords": ["pit"], "questions": [question] },
    ]);
    world.ask(By::Person(1), "category_set", "", "", &json!({ "items": items })).await.unwrap();
    let missing = world.ask(By::Nobody, "request_report", "", "", &wish(json!({}))).await;
    assert_eq!(refused(missing, "invalid_input").faults()[0].field, "/answers/depth");
    let closed =
        world.ask(By::Nobody, "request_report", "", "", &wish(json!({ "category": "graffiti" }))).await;
    assert_eq!(refused(closed, "invalid_input").faults()[0].field, "/category");
    let made = world.report(By::Nobody, json!({ "answers": { "depth": "12" } })).await;
    // Work begins at nine.
    assert_eq!(made["expected_at"], json!("2026-01-15T10:00:00Z"));
    assert!(made.get("answers").is_none(), "what was answered is for the city");
    let shown = json!({ "secret": text(&made, "secret") });
    let mine = world.ask(By::Nobody, "request_mine", &text(&made, "id"), "", &shown).await.unwrap();
    assert_eq!(mine["answers"], json!({ "depth": 12 }));

    let list = world.ask(By::Nobody, "category_list", "", "", &json!({})).await.unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&list["items"][0]["has_questions"], &list["items"][0]["group"]),
        (&json!(true), &json!("Roads"))
    );
    let one = world.ask(By::Nobody, "category_read", "pothole", "", &json!({})).await.unwrap();
    assert_eq!(one["questions"][0]["code"], json!("depth"));
    let old = world.ask(By::Nobody, "category_read", "graffiti", "", &json!({})).await.unwrap();
    assert_eq!(old["open"], json!(false));
    refused(world.ask(By::Nobody, "category_read", "none", "", &json!({})).await, "not_found");
    world.set_categories(json!([{ "code": "pothole", "name": "Pothole" }])).await;
    world.report(By::Nobody, json!({})).await;
}
