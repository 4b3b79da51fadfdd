use std::sync::Arc;

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Id, Refusal};
use notify::{Channel, Channels, Keys, Leave};
use serde_json::{Value, json};
use web::{Call, Caller, Features, Grant, Raw, Role, Scope, Site, Tier};

use crate::world::{Fake, World, email, sms, world};

pub fn manager() -> Caller {
    let grants = [Grant { scope: Scope::Tenant, role: Role::Manager }].into();
    Caller { actor: Actor::Person(Id::from_raw(40)), session: None, grants, scopes: None }
}

fn citizen() -> Caller {
    Caller { actor: Actor::Person(Id::from_raw(41)), grants: [].into(), ..manager() }
}

fn site(world: &World) -> Arc<Site> {
    Arc::new(Site {
        tenant: Id::from_raw(2),
        tenant_slug: "t".into(),
        tenant_name: "T".into(),
        tier: Tier::Basic,
        market_id: Id::from_raw(5),
        market_slug: "m".into(),
        market_name: "M".into(),
        zone: TimeZone::UTC,
        currency: "ETB".into(),
        languages: vec!["en".to_owned(), "fr".to_owned()].into(),
        features: Features::default(),
        home: world.market.clone(),
        market: world.market.clone(),
    })
}

/// Path parameters are given with a leading brace; the query as `?`.
pub async fn ask(world: &World, caller: Caller, name: &str, input: Value) -> Result<Value, Refusal> {
    let endpoints = notify::endpoints(&world.notify);
    let endpoint = endpoints.iter().find(|it| it.name == name).unwrap();
    let address = [127, 0, 0, 1].into();
    let call = Call::new(site(world), caller, address, "/t/m".into(), world.outside.clone());
    let (mut raw, mut body) = (Raw::default(), input);
    if let Value::Object(object) = &mut body {
        let names: Vec<String> = object.keys().filter(|name| name.starts_with(['{', '?'])).cloned().collect();
        for name in names {
            let value = object.remove(&name).unwrap().as_str().unwrap().to_owned();
            match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => raw.path.push((name.to_owned(), value)),
                None => raw.query = value,
            }
        }
    }
    raw.body = body.to_string().into_bytes().into();
    let reply = endpoint.call(call, raw).await?;
    assert_eq!(reply.status, endpoint.status, "{name}");
    Ok(serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_list_of_endpoints_is_sound() {
    let world = world(Channels::default()).await;
    assert_eq!(web::unsound(&notify::endpoints(&world.notify)), Vec::<String>::new());
}

#[tokio::test]
async fn managers_see_what_became_of_messages_but_not_whose_they_are() {
    let fake = Fake::new("first", []);
    let world = world(Channels::default().with(Channel::Sms, fake)).await;
    world.queue(sms("a")).await;
    world.settle().await;
    world.queue(sms("b")).await;
    let all = ask(&world, manager(), "list_messages", json!({})).await.unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    assert!(!all.to_string().contains("2519") && !all.to_string().contains("Abebe"), "{all}");
    let waiting = ask(&world, manager(), "list_messages", json!({"?": "state=queued"})).await.unwrap();
    let id = waiting["items"][0]["id"].clone();
    ask(&world, manager(), "cancel_message", json!({"{message}": id})).await.unwrap();
    let again = ask(&world, manager(), "cancel_message", json!({"{message}": id})).await.unwrap_err();
    assert_eq!(again.code(), "message_not_waiting");
    world.settle().await;
    assert_eq!(world.states().await, ["sent", "cancelled"]);
    let sent = all["items"][1]["id"].clone();
    let one = ask(&world, manager(), "get_message", json!({"{message}": sent})).await.unwrap();
    assert_eq!((&one["message"]["state"], &one["attempts"][0]["outcome"]), (&json!("sent"), &json!("sent")));
    let unknown = json!({"{message}": "msg_0000000000001"});
    assert_eq!(ask(&world, manager(), "get_message", unknown).await.unwrap_err(), Refusal::not_found());
}

#[tokio::test]
async fn staff_read_the_outbox() {
    let world = world(Channels::default()).await;
    world.queue(email("a")).await;
    world.settle().await;
    let outbox = ask(&world, manager(), "list_outbox", json!({})).await.unwrap();
    assert_eq!(outbox["items"][0]["to"], "abebe@mail.example");
    assert_eq!(outbox["items"][0]["subject"], "To Abebe");
}

#[tokio::test]
async fn an_address_is_suppressed_and_taken_up_again_however_it_is_written() {
    let world = world(Channels::default()).await;
    let address = |text: &str| json!({"channel": "email", "address": text});
    ask(&world, manager(), "suppress_address", address("Abebe@Mail.example ")).await.unwrap();
    world.queue(email("a")).await;
    world.settle().await;
    let listed = ask(&world, manager(), "list_suppressions", json!({})).await.unwrap();
    assert_eq!(listed["items"][0]["reason"], "entered");
    assert!(!listed.to_string().contains("abebe"));
    for _ in 0..2 {
        ask(&world, manager(), "lift_suppression", address("abebe@mail.example")).await.unwrap();
    }
    world.queue(email("b")).await;
    world.settle().await;
    assert_eq!(world.states().await, ["suppressed", "sent"]);
}

#[tokio::test]
async fn a_person_chooses_topics_channels_and_language() {
    let world = world(Channels::default()).await;
    let person = Some(Id::from_raw(41));
    let choices = json!({"choices": [
        {"topic": "*", "channel": "sms", "allowed": false},
        {"topic": "test.news", "channel": null, "allowed": true},
        {"topic": "test.news", "channel": "sms", "allowed": false},
    ], "language": "fr"});
    ask(&world, citizen(), "set_preferences", choices).await.unwrap();
    world.queue(sms("a").person(person)).await;
    world.queue(email("a").person(person)).await;
    world.settle().await;
    assert_eq!(world.states().await, ["suppressed", "sent"]);
    assert!(world.written().await[0].3.starts_with("Bonjour"));
    // Set anew, the others are gone.
    let fewer =
        json!({"choices": [{"topic": "test.news", "channel": "email", "allowed": false}], "language": null});
    ask(&world, citizen(), "set_preferences", fewer.clone()).await.unwrap();
    assert_eq!(ask(&world, citizen(), "get_preferences", json!({})).await.unwrap(), fewer);
    world.queue(sms("b").person(person)).await;
    world.queue(email("b").person(person)).await;
    world.settle().await;
    assert_eq!(world.states().await[2..], ["sent", "suppressed"]);
    let odd = json!({"choices": [], "language": "xx"});
    assert!(ask(&world, citizen(), "set_preferences", odd).await.is_err());
    let key = Caller { actor: Actor::Key(3), ..citizen() };
    assert!(ask(&world, key, "get_preferences", json!({})).await.is_err());
}

#[tokio::test]
async fn one_click_ends_a_topic_for_an_address_and_nobody_elses() {
    let fake = Fake::new("first", []);
    let world = world(Channels::default().with(Channel::Email, fake.clone())).await;
    world.queue(email("a")).await;
    world.settle().await;
    let link = match &fake.seen.lock()[0].content {
        notify::Content::Email { leave: Some(link), .. } => link.clone(),
        other => panic!("{other:?}"),
    };
    let token = link.strip_prefix("https://test.example/t/m/v1/unsubscribe/").unwrap();
    let path = json!({"{token}": token});
    // Somebody looks, such as a program that checks links: nothing changes.
    let shown = ask(&world, Caller::anonymous(), "look_at_leave", path.clone()).await.unwrap();
    assert_eq!(shown, json!({"topic": "test.news", "channel": "email"}));
    world.queue(email("b")).await;
    world.settle().await;
    for _ in 0..2 {
        ask(&world, Caller::anonymous(), "leave", path.clone()).await.unwrap();
    }
    world.queue(email("c")).await;
    let other = notify::NewMessage::new(Channel::Email, "x@y.example", "test.hello", "test.news", "d");
    world.queue(other.arguments(json!({"name": "X"}))).await;
    world.settle().await;
    assert_eq!(world.states().await, ["sent", "sent", "suppressed", "sent"]);
    // Neither another mark, nor one of another market or deployment.
    let leave = Leave { hash: [1; 32], channel: Channel::Email, topic: "test.news".into() };
    let foreign = Keys::new(b"other").leave_token(&world.market, &leave);
    let mut bent = token.to_owned();
    bent.replace_range(10..11, if &bent[10..11] == "A" { "B" } else { "A" });
    for bad in [foreign.as_str(), &bent, "x", "AAAA", &token[1..]] {
        let path = json!({"{token}": bad});
        assert_eq!(ask(&world, Caller::anonymous(), "leave", path).await.unwrap_err(), Refusal::not_found());
    }
}

#[tokio::test]
async fn devices_are_a_persons_own() {
    let world = world(Channels::default()).await;
    let device = json!({"token": "token-0001", "platform": "android"});
    let made = ask(&world, citizen(), "register_device", device.clone()).await.unwrap();
    let same = ask(&world, citizen(), "register_device", device.clone()).await.unwrap();
    assert_eq!(made["id"], same["id"]);
    let tokens = notify::device_tokens(&world.market, Id::from_raw(41)).await.unwrap();
    assert_eq!(tokens, ["token-0001"]);
    let path = json!({"{device}": made["id"]});
    assert_eq!(
        ask(&world, manager(), "remove_device", path.clone()).await.unwrap_err(),
        Refusal::not_found()
    );
    // Somebody else signs in on it.
    ask(&world, manager(), "register_device", device).await.unwrap();
    assert!(notify::device_tokens(&world.market, Id::from_raw(41)).await.unwrap().is_empty());
    let listed = ask(&world, manager(), "list_devices", json!({})).await.unwrap();
    assert!(listed["items"].as_array().unwrap().len() == 1 && !listed.to_string().contains("token-0001"));
    ask(&world, manager(), "remove_device", path).await.unwrap();
}

#[tokio::test]
async fn webhooks_are_made_changed_and_removed() {
    let world = world(Channels::default()).await;
    let new = |url: &str| json!({"url": url, "topics": ["request.reported"], "contact": null});
    for bad in [
        "http://example.org/",
        "https://10.0.0.1/",
        "https://169.254.169.254/",
        "nonsense",
        "https://u:p@a.example/",
    ] {
        let refusal = ask(&world, manager(), "add_webhook", new(bad)).await.unwrap_err();
        assert_eq!(refusal.faults().first().map(|fault| fault.field.as_str()), Some("/url"), "{bad}");
    }
    let made = ask(&world, manager(), "add_webhook", new("https://hooks.example/in")).await.unwrap();
    let id = made["webhook"]["id"].clone();
    let edit =
        json!({"{webhook}": id, "url": null, "topics": ["*"], "contact": "ops@a.example", "on": false});
    let edited = ask(&world, manager(), "edit_webhook", edit).await.unwrap();
    assert_eq!((&edited["state"], &edited["topics"]), (&json!("off"), &json!(["*"])));
    let again = ask(&world, manager(), "get_webhook", json!({"{webhook}": id})).await.unwrap();
    assert_eq!(
        (&again["url"], &again["contact"]),
        (&json!("https://hooks.example/in"), &json!("ops@a.example"))
    );
    ask(&world, manager(), "remove_webhook", json!({"{webhook}": id})).await.unwrap();
    for name in ["get_webhook", "remove_webhook", "rotate_secret"] {
        let gone = ask(&world, manager(), name, json!({"{webhook}": id})).await;
        assert_eq!(gone.unwrap_err(), Refusal::not_found(), "{name}");
    }
}
