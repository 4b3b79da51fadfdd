use std::sync::Arc;

use bus::{Consumer, Job, JobHandler};
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Decision, Id, Money, Person, Provider, Refusal, values};
use money::gateway::account::repo as gateways;
use money::gateway::adapter::Adapters;
use money::gateway::simulated::Simulated;
use money::ledger::{Account, Posting, PostingId, balances, load, post, rebuild, trial};
use money::payment::jobs::{Expire, Work};
use money::payment::model::Method;
use money::payment::{Parts, Payments, Places, pen};
use serde_json::{Value, json};
use store::Market;
use web::{Caller, Grant, Role, Scope};

use crate::Catalogue;
use crate::claim;
use crate::fee::http::ThroughTheAir;
use crate::order::follow::FollowPayments;
use crate::order::jobs::Next;
use crate::order::step::Orders;
use crate::order::{Order, OrderId, http, repo, standing};
use crate::pricing::Pricing;
use crate::product::stock::jobs::{RELEASE_STOCK, ReleaseStock};
use crate::product::{self, ProductId, State};
use crate::promotion::lot;
use crate::testing::{CURRENCY, World};

kernel::statements! {
    short DUE = "select id, kind, body, due from job where due <= ?1 order by due, id limit 50";
    short DONE = "delete from job where id = ?1";
    short LEFT = "select on_hand, reserved from delivery_stock where id = ?1";
}

pub const HERE: (f64, f64) = (-26.2, 28.0);
pub const BUYER: i64 = 71;
pub const RIDER: i64 = 72;

struct Nowhere;

impl Places for Nowhere {
    fn zone(&self, _: &Market) -> TimeZone {
        TimeZone::UTC
    }

    fn base(&self, _: &Market) -> Option<String> {
        None
    }
}

pub struct Rig {
    pub world: World,
    pub orders: Arc<Orders>,
    pub merchant: Id<Provider>,
    pub store: String,
    pub bread: String,
    pub tea: String,
    seen: std::sync::atomic::AtomicI64,
}

fn person(number: i64) -> Id<Person> {
    Id::from_raw(number)
}

impl Rig {
    /// A store that is open, with ten breads and tea without end.
    pub async fn open(world: World) -> Self {
        let catalogue = Catalogue::new(None);
        let pricing = Pricing::new(world.clock.clone(), Arc::new(ThroughTheAir));
        let outward = outward::Outward::new(outward::Settings::default(), world.clock.clone()).unwrap();
        let around = world.around();
        let payments = Payments::new(Parts {
            secret: vec![7; 32],
            adapters: Adapters::default().with(Arc::new(Simulated::default())),
            ledger: Arc::new(money::Books),
            places: Arc::new(Nowhere),
            outward,
            world: Arc::new(web::World {
                clock: around.clock.clone(),
                random: around.random.clone(),
                ids: around.ids.clone(),
            }),
        });
        let orders = Orders::new(catalogue, pricing, payments, around);
        let merchant = world.merchant("Mama's").await;
        let seen = std::sync::atomic::AtomicI64::new(0);
        let none = String::new();
        let mut rig =
            Self { world, orders, merchant, store: none.clone(), bread: none.clone(), tea: none, seen };
        rig.furnish().await;
        rig
    }

    async fn furnish(&mut self) {
        let shelf = crate::catalogue_endpoints(&self.orders.catalogue);
        let provider = self.merchant.to_string();
        let store = json!({
            "name": "Mama's Kitchen", "kind": "food", "point": {"lat": HERE.0, "long": HERE.1},
            "address": "1 Long Street", "prepares_min": 20, "takes_cash": true,
        });
        let path = [("provider", provider.as_str())];
        let added = self.world.ask(&shelf, "store_add", &path, "", Some(store)).await.unwrap();
        self.store = added["id"].as_str().unwrap().to_owned();
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let spans = json!([{"from": "00:00", "to": "24:00"}]);
        let week: serde_json::Map<_, _> =
            days.map(|day| (day.to_owned(), spans.clone())).into_iter().collect();
        let path = [("provider", provider.as_str()), ("store", self.store.as_str())];
        self.world.ask(&shelf, "store_hours_set", &path, "", Some(json!({"week": week}))).await.unwrap();
        self.bread = self.product("Bread", 2_000, Some(10)).await;
        self.tea = self.product("Tea", 1_500, None).await;
    }

    pub async fn product(&self, name: &str, cents: i64, count: Option<u32>) -> String {
        let ctx = self.world.ctx();
        let id: ProductId = ctx.fresh();
        let stock = count.map(|_| Id::from_raw(id.raw()));
        let product = product::Product {
            id,
            store: self.store.parse().unwrap(),
            sku: None,
            name: name.to_owned(),
            about: None,
            section: "All".to_owned(),
            place: 0,
            price: cents,
            vat_bp: 1_500,
            options: Vec::new(),
            photo: None,
            state: State::Active,
            hours: None,
            each_max: 99,
            stock,
            at: ctx.now,
            updated: ctx.now,
            version: 1,
        };
        let mut decision = Decision::nothing().change(product::repo::add(&product));
        if let Some((stock, count)) = stock.zip(count) {
            decision = decision.change(product::stock::repo::add(stock, product.store, count));
        }
        self.world.commit(decision).await.unwrap();
        id.to_string()
    }

    /// Calls an endpoint of orders in somebody's name.
    pub async fn ask(
        &self,
        who: Caller,
        name: &str,
        path: &[(&str, &str)],
        body: Value,
    ) -> Result<Value, Refusal> {
        let endpoints = [http::endpoints(&self.orders), claim::http::endpoints(&self.claims())].concat();
        self.world.ask_by(who, &endpoints, name, path, "", Some(body)).await
    }

    pub fn caller(&self, number: i64) -> Caller {
        Caller { actor: Actor::Person(person(number)), ..Caller::anonymous() }
    }

    pub fn merchant(&self) -> Caller {
        let grant = Grant { scope: Scope::Provider(self.merchant), role: Role::Staff };
        Caller { grants: Arc::new([grant]), ..self.caller(73) }
    }

    pub async fn quote(&self, buyer: i64, lines: &[(&str, u16)], more: Value) -> Result<Value, Refusal> {
        let lines: Vec<Value> =
            lines.iter().map(|(product, count)| json!({"product": product, "count": count})).collect();
        let mut cart = json!({
            "store": self.store, "mode": "delivery", "lines": lines,
            "to": {"lat": HERE.0 + 0.01, "long": HERE.1},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            cart[key] = value.clone();
        }
        self.ask(self.caller(buyer), "quote_make", &[], cart).await
    }

    pub async fn place(&self, buyer: i64, quote: &Value, method: &str) -> Result<Value, Refusal> {
        let order = json!({
            "quote": quote["id"], "payment": {"method": method}, "address": "2 Short Street", "contact": "+27820000000",
        });
        self.ask(self.caller(buyer), "order_place", &[], order).await
    }

    pub async fn step(&self, who: Caller, name: &str, order: &Value, body: Value) -> Result<Value, Refusal> {
        let provider = self.merchant.to_string();
        let path = [("provider", provider.as_str()), ("id", order["id"].as_str().unwrap())];
        self.ask(who, name, &path, body).await
    }

    pub async fn order(&self, order: &Value) -> Order {
        let id: OrderId = order["id"].as_str().unwrap().parse().unwrap();
        repo::one(&self.world.market, id).await.unwrap().unwrap()
    }

    /// Carries out all that is due and follows all events, until there is nothing left.
    pub async fn settle(&self) {
        let next = Next(self.orders.clone());
        let clock: Arc<dyn Clock> = self.world.clock.clone();
        let release = ReleaseStock { clock };
        loop {
            let followed = self.follow().await;
            let now = self.world.clock.now();
            standing::tell(&self.world.market, &crate::settings::Settings::default(), now).await.unwrap();
            let due: Vec<(i64, String, String, Timestamp)> =
                self.world.market.list(DUE, values![now]).await.unwrap();
            if due.is_empty() && !followed {
                return;
            }
            for (id, kind, body, due) in due {
                let actor = Actor::System;
                let job = Job { id, kind, body, key: None, priority: 0, due, attempts: 1, actor, at: due };
                let decision = match job.kind.as_str() {
                    crate::order::jobs::NEXT => next.run(&self.world.market, &job).await.unwrap(),
                    RELEASE_STOCK => release.run(&self.world.market, &job).await.unwrap(),
                    _ => self.other(&job).await,
                };
                self.world.commit(decision.change(DONE.with(values![id]))).await.unwrap();
            }
        }
    }

    /// Jobs of claims and of payments.
    async fn other(&self, job: &Job) -> Decision {
        let market = &self.world.market;
        match job.kind.as_str() {
            claim::jobs::NEXT => claim::jobs::Next(self.claims()).run(market, job).await.unwrap(),
            claim::trouble::jobs::FOUND => {
                claim::trouble::jobs::Write(self.claims()).run(market, job).await.unwrap()
            }
            lot::jobs::EXPIRE => self.expire().run(market, job).await.unwrap(),
            pen::WORK => Work(self.orders.payments.clone()).run(market, job).await.unwrap(),
            pen::EXPIRE => Expire(self.orders.payments.clone()).run(market, job).await.unwrap(),
            _ => Decision::nothing(),
        }
    }

    fn expire(&self) -> lot::jobs::Expire {
        let orders = &self.orders;
        let (clock, ids, rules) = (orders.clock.clone(), orders.ids.clone(), orders.pricing.rules.clone());
        lot::jobs::Expire { clock, ids, rules }
    }

    pub fn claims(&self) -> Arc<claim::Claims> {
        claim::Claims::new(self.orders.clone())
    }

    /// Cards are taken, by a gateway without money.
    pub async fn open_gateway(&self) {
        let account =
            self.orders.payments.simulated(&self.world.market, (1, "Cards"), Method::Card, CURRENCY);
        self.world.commit(Decision::nothing().change(gateways::put(&account, true))).await.unwrap();
    }

    async fn follow(&self) -> bool {
        use std::sync::atomic::Ordering::Relaxed;
        self.world.market.settle().await.unwrap();
        let after = self.seen.load(Relaxed);
        let events: Vec<store::Event> =
            self.world.market.list(store::EVENTS_AFTER, values![after, 500]).await.unwrap();
        let Some(last) = events.last() else { return false };
        self.seen.store(last.pos, Relaxed);
        let wanted: Vec<store::Event> =
            events.into_iter().filter(|event| FollowPayments.wants(&event.name)).collect();
        let decision = FollowPayments.handle(&self.world.market, &wanted).await.unwrap();
        self.world.commit(decision).await.unwrap();
        true
    }

    /// Where the store is.
    pub fn point(&self) -> geo::Point {
        geo::Point::from_degrees(HERE.0, HERE.1).unwrap()
    }

    pub async fn give(&self, account: Account, cents: i64) {
        let id = PostingId::of(self.world.ids.next(), "gift");
        let from = Account::own(if account.code == "coins" { "rewards" } else { "bank" });
        let postings = [Posting::new(id, from, account, Money::new(cents, CURRENCY), "gift")];
        let book = load(&self.world.market, &postings).await.unwrap();
        let (decision, _) = post(book, &postings, &self.world.ctx()).unwrap();
        self.world.commit(decision).await.unwrap();
    }

    /// What is in an account, and what of it is set aside.
    pub async fn in_it(&self, account: Account) -> (i64, i64) {
        let found = balances(&self.world.market, account.id(CURRENCY)).await.unwrap();
        found.map_or((0, 0), |(_, it)| (it.posted.minor(), it.going.minor()))
    }

    /// On the shelf, and reserved.
    pub async fn left(&self, product: &str) -> (i64, i64) {
        let id: ProductId = product.parse().unwrap();
        self.world.market.one(LEFT, values![id]).await.unwrap().unwrap()
    }

    /// Debits are credits, and every balance is the sum of its postings.
    pub async fn is_sound(&self) {
        let trial = trial(&self.world.market).await.unwrap();
        assert!(trial.is_balanced(), "{trial:?}");
        let (_, wrong) = rebuild(&self.world.market, self.world.stamp(), false, |_| {}).await.unwrap();
        assert!(wrong.is_empty(), "{wrong:?}");
        // What is owed to merchants and riders is what statements will say.
        let unlike = money::settle::verify(&self.world.market).await.unwrap();
        assert!(unlike.is_empty(), "{unlike:?}");
    }
}
