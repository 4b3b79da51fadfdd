use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bus::{Consumer, Directory, JobHandler};
use futures_util::future::BoxFuture;
use kernel::jiff::SignedDuration;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Currency, Decision, Id, NewEvent, Person, Provider, values};
use money::payment::model::Method;
use money::payment::pen;
use money::payment::states::PaymentState;
use notify::{Channel, Late, Templates};
use serde_json::{Map, Value, json};
use store::{Event, Market, StoreError};

use super::follow::{TELL_MORE, Tell, TellMore};
use super::model::Reason;
use super::people::{Contact, People};
use super::veil::{VEILED, Veil};
use super::{Post, TEXTS};
use crate::order::tests::rig::{BUYER, RIDER, Rig};
use crate::testing::{World, job, on_both_engines};
use crate::{APP, limits};

kernel::statements! {
    short MESSAGES = "select m.template, m.topic, a.address, m.arguments \
        from notify_message m join notify_address a on a.cause = m.cause order by m.id limit 1000";
    short DEVICE = "insert into notify_device (id, person, token, platform, seen) values (?1, ?2, ?3, 'android', 0)";
    short CHOICE = "insert into notify_choice (owner, topic, channel, allowed, at) values (?1, ?2, ?3, ?4, 0)";
}

const CLERK: i64 = 81;
const OPERATOR: i64 = 82;

/// The buyer signs in by telephone, all others by mail.
pub(crate) struct Known;

impl People for Known {
    fn contact<'a>(
        &'a self,
        _: &'a Market,
        person: Id<Person>,
    ) -> BoxFuture<'a, Result<Option<Contact>, StoreError>> {
        let (channel, address) = match person.raw() {
            BUYER => (Channel::Sms, "+27820000071".to_owned()),
            other => (Channel::Email, format!("{other}@x.example")),
        };
        Box::pin(async move { Ok(Some(Contact { channel, address, language: "en".into() })) })
    }

    fn staff<'a>(
        &'a self,
        _: &'a Market,
        _: Id<Provider>,
    ) -> BoxFuture<'a, Result<Vec<Id<Person>>, StoreError>> {
        Box::pin(async { Ok(vec![Id::from_raw(CLERK)]) })
    }

    fn operators<'a>(&'a self, _: &'a Market) -> BoxFuture<'a, Result<Vec<Id<Person>>, StoreError>> {
        Box::pin(async { Ok(vec![Id::from_raw(OPERATOR)]) })
    }
}

pub(crate) struct Here(pub Market);

impl Directory for Here {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        vec![(self.0.clone(), TimeZone::get("Africa/Johannesburg").unwrap())]
    }
}

fn veil() -> Veil {
    Veil::new(b"a secret of the deployment")
}

fn tell(world: &World) -> Tell {
    let (clock, ids) = (world.clock.clone(), world.ids.clone());
    let post = Arc::new(Post { people: Arc::new(Known), clock: clock.clone(), ids });
    Tell { post, veil: veil(), clock, directory: Arc::new(Here(world.market.clone())) }
}

/// What was queued: the template, to whom, by which way, and its words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub template: String,
    topic: String,
    to: String,
    pub words: Map<String, Value>,
}

pub(crate) async fn messages(world: &World) -> Vec<Told> {
    type Row = (String, String, String, String);
    let rows: Vec<Row> = world.market.list(MESSAGES, values![]).await.unwrap();
    let told = |(template, topic, to, arguments): Row| Told {
        template,
        topic,
        to,
        words: serde_json::from_str(&arguments).unwrap(),
    };
    rows.into_iter().map(told).collect()
}

/// Who was told of what so far.
pub(crate) async fn heard(world: &World, to: &str) -> Vec<String> {
    let all = messages(world).await.into_iter().filter(|told| told.to == to);
    all.map(|told| told.template.trim_start_matches("delivery.").to_owned()).collect()
}

/// Hands over all events that there are, as often as it is called.
async fn follow(world: &World) {
    world.market.settle().await.unwrap();
    let events: Vec<Event> = world.market.list(store::EVENTS_AFTER, values![0, 500]).await.unwrap();
    let tell = tell(world);
    let wanted: Vec<Event> = events.into_iter().filter(|event| tell.wants(&event.name)).collect();
    let decision = tell.handle(&world.market, &wanted).await.unwrap();
    world.commit(decision).await.unwrap();
}

/// From the cart to whoever brings it without the app.
async fn on_its_way(rig: &Rig, order: &Value) {
    rig.step(rig.merchant(), "order_accept", order, json!({"prepares_min": 15})).await.unwrap();
    for step in ["order_prepare", "order_ready"] {
        rig.step(rig.merchant(), step, order, json!({})).await.unwrap();
    }
    let moved = |to: &str| json!({"to": to, "reason": "by telephone"});
    rig.step(rig.merchant(), "order_move", order, moved("picked_up")).await.unwrap();
}

#[test]
fn every_reason_has_its_words_in_every_language() {
    let own = Templates::new().unwrap();
    let texts = TEXTS.iter().try_fold(own, |all, (language, text)| all.add(APP, language, text)).unwrap();
    assert_eq!(texts.faults(), Vec::<String>::new());
    let words = json!({
        "brand": "Shops", "store": "Mama's", "total": "10.00 ZAR", "order": "ord_1", "time": "12:30", "how": "brought",
        "who": "buyer", "why": "failed", "has_why": "yes", "has_back": "yes", "back": "9.00 ZAR", "has_kept": "yes",
        "kept": "1.00 ZAR", "has_coins": "yes", "coins": "2.00 ZAR", "amount": "3.00 ZAR", "things": 3, "pay": "20.00 ZAR",
        "km": "1.2", "status": "pending", "method": "card", "what": "disputed", "payment": "pay_1", "from": "18:00",
        "until": "20:00", "area": "Soweto", "pin": "4711",
    });
    for (reason, name) in Reason::ALL {
        assert_eq!(reason.name(), name);
        for language in notify::LANGUAGES {
            let said = texts.words(&format!("{APP}.{name}"), &[language], &words).unwrap();
            assert_eq!(said.language, language, "{name}");
            assert!(!said.text.contains("{$"), "{name}: {}", said.text);
            assert!(said.sms.starts_with("Shops"), "{name}: {}", said.sms);
            // The number at the door stands where its buyer needs it, and nowhere else.
            let has_pin = matches!(reason, Reason::Ready | Reason::OnWay);
            assert_eq!(said.text.contains("4711"), has_pin, "{name}: {}", said.text);
        }
    }
    let said = |words: Value| texts.words("delivery.shop_cancelled", &["en"], &words).unwrap().text;
    let words = json!({"order": "ord_1", "store": "Mama's", "who": "operator", "has_why": "no", "why": "", "brand": ""});
    assert_eq!(said(words).trim(), "Order ord_1 at Mama's is cancelled.");
}

async fn each_step_is_told_once_to_whom_it_concerns(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.bread, 2)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    on_its_way(&rig, &order).await;
    let pin = order["pin"].as_str().unwrap();
    // Again and again: a crash, a cursor set back, a second process.
    for _ in 0..3 {
        follow(&rig.world).await;
    }
    let moved = |to: &str| json!({"to": to, "reason": "by telephone"});
    for to in ["in_transit", "delivered"] {
        rig.step(rig.merchant(), "order_move", &order, moved(to)).await.unwrap();
        follow(&rig.world).await;
    }
    let buyer = heard(&rig.world, "+27820000071").await;
    assert_eq!(buyer, ["assured", "accepted", "on_way", "delivered"]);
    // A shop has a device for it, or nobody is written to.
    assert_eq!(heard(&rig.world, "81@x.example").await, Vec::<String>::new());

    let all = messages(&rig.world).await;
    let on_way = all.iter().find(|told| told.template == "delivery.on_way").unwrap();
    assert_eq!(on_way.topic, "delivery.orders");
    assert_eq!(all.iter().filter(|told| told.words.contains_key(VEILED)).count(), 1);
    let mut words = on_way.words.clone();
    assert_ne!(words[VEILED], json!(pin));
    assert!(!words.contains_key("pin"));
    veil().add(&rig.world.market, "", None, &mut words);
    assert_eq!(words["pin"], json!(pin), "it is there when the message goes out");
    for told in &all {
        let text = json!(told.words).to_string();
        assert!(!text.contains("Short Street") && !text.contains("+2782"), "{text}");
    }
    let kept = rig.order(&order).await;
    let due = kept.due.unwrap().to_zoned(rig.world.zone.clone()).strftime("%H:%M").to_string();
    assert_eq!(
        all.iter().find(|told| told.template == "delivery.accepted").unwrap().words["time"],
        json!(due)
    );
}

async fn people_are_told_as_they_want(world: World) {
    let rig = Rig::open(world).await;
    let choice = |person: i64, topic: &str, channel: &str, allowed: bool| {
        CHOICE.with(values![Id::<Person>::from_raw(person).to_string(), topic, channel, allowed])
    };
    let device = |id: i64, person: i64, token: &str| DEVICE.with(values![id, person, token]);
    let decision = Decision::nothing()
        .change(device(1, BUYER, "buyer-1"))
        .change(device(2, BUYER, "buyer-2"))
        .change(device(3, CLERK, "clerk-1"))
        .change(device(4, 1_001, "other-1"))
        .change(choice(CLERK, "delivery.shop", "email", true))
        .change(choice(1_001, "delivery.orders", "push", false))
        .change(choice(1_002, "delivery.orders", "*", false));
    rig.world.commit(decision).await.unwrap();
    for buyer in [BUYER, 1_001, 1_002] {
        let quote = rig.quote(buyer, &[(&rig.tea, 1)], json!({})).await.unwrap();
        rig.place(buyer, &quote, "cash").await.unwrap();
    }
    follow(&rig.world).await;
    for (to, expected) in [
        ("buyer-1", vec!["assured"]),
        ("buyer-2", vec!["assured"]),
        ("+27820000071", vec![]),
        // No push, so a letter; nothing at all.
        ("other-1", vec![]),
        ("1001@x.example", vec!["assured"]),
        ("1002@x.example", vec![]),
        // Its shop's clerk asked for letters too.
        ("clerk-1", vec!["shop_new"; 3]),
        ("81@x.example", vec!["shop_new"; 3]),
    ] {
        assert_eq!(heard(&rig.world, to).await, expected, "{to}");
    }
}

async fn who_cancels_is_told_what_goes_back(world: World) {
    let rig = Rig::open(world).await;
    rig.give(money::ledger::Account::of("wallet", BUYER), 1_000_000).await;
    let mut orders = Vec::new();
    for _ in 0..2 {
        let quote = rig.quote(BUYER, &[(&rig.tea, 4)], json!({})).await.unwrap();
        orders.push(rig.place(BUYER, &quote, "wallet").await.unwrap());
    }
    rig.step(rig.merchant(), "order_reject", &orders[0], json!({"reason": "No more tea"})).await.unwrap();
    // Long after it was accepted, a part of it is kept.
    rig.step(rig.merchant(), "order_accept", &orders[1], json!({})).await.unwrap();
    let placed = rig.order(&orders[1]).await;
    let rider = Some(Id::from_raw(RIDER));
    let (decision, _) = crate::order::decide::assign(&placed, placed.job.unwrap(), rider).unwrap();
    rig.world.commit(decision).await.unwrap();
    rig.world.clock.advance(SignedDuration::from_mins(10));
    rig.step(rig.caller(BUYER), "order_cancel", &orders[1], json!({})).await.unwrap();
    rig.settle().await;
    follow(&rig.world).await;
    let all = messages(&rig.world).await;
    let cancelled: Vec<&Told> = all.iter().filter(|told| told.template == "delivery.cancelled").collect();
    let total = rig.order(&orders[0]).await.quote().total;
    let [by_store, by_buyer] = cancelled[..] else { panic!("{all:#?}") };
    assert_eq!((&by_store.words["who"], &by_store.words["why"]), (&json!("merchant"), &json!("No more tea")));
    assert_eq!(
        (&by_store.words["back"], &by_store.words["has_kept"]),
        (&json!(total.to_string()), &json!("no"))
    );
    let kept = rig.order(&orders[1]).await;
    assert!(kept.kept > 0);
    assert_eq!(by_buyer.words["who"], json!("buyer"));
    assert_eq!(by_buyer.words["kept"], json!(kept.money(kept.kept).to_string()));
    let back = kept.quote().sources.buyer.minor() - kept.kept;
    assert_eq!(by_buyer.words["back"], json!(kept.money(back).to_string()));
    // What was overtaken is not told: that it was placed and accepted.
    assert!(!heard(&rig.world, "+27820000071").await.contains(&"accepted".to_owned()));
    assert_eq!(heard(&rig.world, "72@x.example").await, ["ride_cancelled"]);
}

fn payment(name: &'static str, about: i64) -> NewEvent {
    let told = pen::Told {
        about,
        payer: Some(BUYER),
        method: Method::Card,
        currency: Currency::ZAR,
        amount: 5_000,
        state: PaymentState::Parked,
        reason: None,
        captured: 0,
        refunded: 0,
        charged_back: 0,
        refund: None,
        part: None,
    };
    NewEvent::new(name, Id::<Person>::from_raw(about + 1), &told)
}

async fn a_payment_that_takes_longer_is_told_once(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    let id = rig.order(&order).await.id.raw();
    let told = |events: Vec<NewEvent>| events.into_iter().fold(Decision::nothing(), Decision::event);
    // As if its money were not certain yet.
    let mut waiting = rig.order(&order).await;
    waiting.paid = crate::order::model::Paid::Waiting;
    let decision = told(vec![payment(pen::WAITING, id), payment(pen::PARKED, id), payment(pen::WAITING, 5)]);
    rig.world.commit(decision.change(crate::order::repo::put(&waiting))).await.unwrap();
    follow(&rig.world).await;
    rig.world.commit(told(vec![payment(pen::WAITING, id), payment(pen::DISPUTED, id)])).await.unwrap();
    follow(&rig.world).await;
    assert_eq!(heard(&rig.world, "+27820000071").await, ["assured", "pay_waiting"]);
    assert_eq!(heard(&rig.world, "82@x.example").await, ["gateway", "pay_trouble"], "once in an hour");
    rig.world.clock.advance(limits::GATEWAY_TOLD_EVERY);
    rig.world.commit(told(vec![payment(pen::WAITING, 6), payment(pen::FAILED, id)])).await.unwrap();
    follow(&rig.world).await;
    assert_eq!(heard(&rig.world, "82@x.example").await, ["gateway", "pay_trouble", "gateway"]);
    // It came to nothing, and so the order is cancelled: that is one piece of news.
    let (decision, _) = crate::order::decide::step(
        &rig.order(&order).await,
        crate::order::state::Status::Cancelled,
        crate::order::state::Role::System,
        Some("not_paid"),
        &crate::settings::Settings::default(),
        &rig.world.ctx(),
    )
    .unwrap();
    rig.world.commit(decision).await.unwrap();
    follow(&rig.world).await;
    assert_eq!(heard(&rig.world, "+27820000071").await, ["assured", "pay_waiting", "unpaid"]);
}

async fn whoever_is_given_an_order_is_told_and_whoever_loses_it(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    let order = rig.place(BUYER, &quote, "cash").await.unwrap();
    rig.step(rig.merchant(), "order_accept", &order, json!({})).await.unwrap();
    for (rider, by) in [(72, Actor::Person(Id::from_raw(72))), (74, Actor::System), (75, Actor::System)] {
        let placed = rig.order(&order).await;
        let rider = Some(Id::from_raw(rider));
        let (decision, _) = crate::order::decide::assign(&placed, placed.job.unwrap(), rider).unwrap();
        let stamp = store::Stamp { at: rig.world.clock.now(), actor: by };
        rig.world.market.commit(stamp, decision).await.unwrap();
        // Nothing has changed of who brings it, so there is nothing to tell.
        let unserved = crate::order::decide::unserved(&placed);
        rig.world.commit(unserved).await.unwrap();
    }
    follow(&rig.world).await;
    for (rider, expected) in
        [(72, vec!["taken_back"]), (74, vec!["given", "taken_back"]), (75, vec!["given"])]
    {
        assert_eq!(heard(&rig.world, &format!("{rider}@x.example")).await, expected, "{rider}");
    }
    let buyer = heard(&rig.world, "+27820000071").await;
    assert_eq!(buyer.iter().filter(|its| *its == "no_rider").count(), 1, "{buyer:?}");
    assert_eq!(heard(&rig.world, "82@x.example").await, ["unserved"; 3]);
}

/// An offer is told on a device, as long as it can be answered, without the door.
async fn an_offer_says_what_it_pays(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    let order = rig.order(&rig.place(BUYER, &quote, "cash").await.unwrap()).await;
    let now = rig.world.clock.now();
    let offered = |worker: i64, kind: &str, seconds: i64| {
        let told = dispatch::offer::decide::JobTold {
            job: Id::from_raw(900),
            kind: kind.to_owned(),
            subject: order.id.raw(),
            worker: Some(Id::from_raw(worker)),
            offer: Some(Id::from_raw(901)),
            expires: Some(now + SignedDuration::from_secs(seconds)),
        };
        NewEvent::new(dispatch::offer::decide::OFFERED, told.job, &told)
    };
    let decision = Decision::nothing()
        .change(DEVICE.with(values![1, 72, "rider-1"]))
        .change(DEVICE.with(values![2, 74, "rider-2"]))
        .change(DEVICE.with(values![3, 75, "rider-3"]))
        .event(offered(72, "delivery", 30))
        .event(offered(74, "delivery", 0))
        .event(offered(75, "errand", 30))
        .event(offered(76, "delivery", 30));
    rig.world.commit(decision).await.unwrap();
    follow(&rig.world).await;
    let all = messages(&rig.world).await;
    let offers: Vec<&Told> = all.iter().filter(|told| told.template == "delivery.offered").collect();
    let [offer] = offers[..] else { panic!("{offers:#?}") };
    assert_eq!((offer.to.as_str(), offer.topic.as_str()), ("rider-1", "delivery.rides"));
    assert_eq!(offer.words["pay"], json!(order.quote().shares.rider.to_string()));
    let known: BTreeSet<&str> = offer.words.keys().map(String::as_str).collect();
    assert_eq!(known, BTreeSet::from(["km", "order", "pay", "store", "total"]));
}

/// A batch with many events is told bit by bit, and nobody is passed over.
async fn many_events_are_told_bit_by_bit(world: World) {
    let rig = Rig::open(world).await;
    let count = limits::TOLD_AT_ONCE * 2 + 7;
    let events = (0..count as i64).map(|number| payment(pen::DISPUTED, 10_000 + number));
    rig.world.commit(events.fold(Decision::nothing(), Decision::event)).await.unwrap();
    rig.world.market.settle().await.unwrap();
    let events: Vec<Event> = rig.world.market.list(store::EVENTS_AFTER, values![0, 500]).await.unwrap();
    let tell = tell(&rig.world);
    let decision = tell.handle(&rig.world.market, &events).await.unwrap();
    let more: Vec<String> =
        decision.jobs.iter().filter(|job| job.kind == TELL_MORE).map(|job| job.body.clone()).collect();
    assert_eq!(more.len(), 2);
    rig.world.commit(decision).await.unwrap();
    let handler = TellMore(tell);
    for body in more {
        // A job that is tried again queues nothing twice.
        for _ in 0..2 {
            let job = bus::Job { body: body.clone(), ..job(TELL_MORE, rig.world.clock.now()) };
            let decision = handler.run(&rig.world.market, &job).await.unwrap();
            rig.world.commit(decision).await.unwrap();
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for told in messages(&rig.world).await {
        *seen.entry(told.words["payment"].to_string()).or_default() += 1;
    }
    assert_eq!((seen.len(), seen.values().copied().max()), (count, Some(1)));
}

/// Of a market that comes back, or one whose orders are older than this crate's messages.
async fn what_happened_long_ago_is_not_told(world: World) {
    let rig = Rig::open(world).await;
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    rig.place(BUYER, &quote, "cash").await.unwrap();
    rig.world.clock.advance(limits::NEWS_GOOD_FOR);
    follow(&rig.world).await;
    assert_eq!(messages(&rig.world).await, []);
    let quote = rig.quote(BUYER, &[(&rig.tea, 1)], json!({})).await.unwrap();
    rig.place(BUYER, &quote, "cash").await.unwrap();
    rig.world.clock.advance(limits::NEWS_GOOD_FOR - SignedDuration::from_secs(1));
    follow(&rig.world).await;
    assert_eq!(heard(&rig.world, "+27820000071").await, ["assured"]);
}

on_both_engines!(
    what_happened_long_ago_is_not_told,
    each_step_is_told_once_to_whom_it_concerns,
    people_are_told_as_they_want,
    who_cancels_is_told_what_goes_back,
    a_payment_that_takes_longer_is_told_once,
    whoever_is_given_an_order_is_told_and_whoever_loses_it,
    an_offer_says_what_it_pays,
    many_events_are_told_bit_by_bit,
);
