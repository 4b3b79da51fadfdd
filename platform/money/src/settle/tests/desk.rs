//! Endpoints, called as people call them.

use std::sync::Arc;

use futures_util::TryStreamExt;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Id, IdSource, Money, Person, Provider, Refusal, SystemRandom};
use serde_json::{Value, json};
use store::Market;
use web::{Call, Caller, Features, Grant, Raw, Role, Scope, Site, Tier};

use super::world::{merchant, refund, sale};
use crate::ledger::{self, Account, Posting, PostingId};
use crate::payment::Places;
use crate::settle::model::{Owner, Payee, Sums};
use crate::settle::{Desk, advance, endpoints};
use crate::testing::{World, on_both_engines};

on_both_engines!(
    a_payout_takes_two_people_and_happens_once,
    what_comes_back_is_paid_again_under_another_reference,
    a_payout_that_is_given_up_leaves_no_trace_in_the_ledger,
    statements_are_read_by_those_whose_they_are,
    riders_are_paid_like_merchants,
    of_two_at_once_one_is_done,
    a_wallet_is_seen_by_whose_it_is,
    policies_are_checked
);

pub struct Here;

impl Places for Here {
    fn zone(&self, _: &Market) -> TimeZone {
        TimeZone::get("Africa/Johannesburg").unwrap()
    }

    fn base(&self, _: &Market) -> Option<String> {
        None
    }
}

const THANDI: i64 = 501;
const SIPHO: i64 = 502;

type Paths<'a> = &'a [(&'a str, &'a str)];

impl World {
    pub fn desk(&self) -> Arc<Desk> {
        Desk::new(b"secret", Arc::new(Here), self.outside())
    }

    fn outside(&self) -> Arc<web::World> {
        let ids: Arc<dyn IdSource> = self.ids.clone();
        Arc::new(web::World { clock: self.clock.clone(), random: Arc::new(SystemRandom), ids })
    }

    fn site(&self) -> Arc<Site> {
        Arc::new(Site {
            tenant: Id::from_raw(50),
            tenant_slug: "t".into(),
            tenant_name: "T".into(),
            tier: Tier::Basic,
            market_id: Id::from_raw(100),
            market_slug: "m".into(),
            market_name: "M".into(),
            zone: TimeZone::UTC,
            currency: "ZAR".into(),
            languages: Arc::from(["en".to_owned()]),
            features: Features::default(),
            home: self.market.clone(),
            market: self.market.clone(),
        })
    }

    async fn ask(&self, person: i64, name: &str, path: Paths<'_>, body: Value) -> Result<Value, Refusal> {
        let desk = self.desk();
        let endpoints = [endpoints(&desk), crate::wallet::endpoints()].concat();
        let endpoint = endpoints.iter().find(|its| its.name == name).unwrap();
        let actor = Actor::Person(Id::<Person>::from_raw(person));
        let grant = Grant { scope: Scope::Market(Id::from_raw(100)), role: Role::Manager };
        let caller = Caller { actor, grants: Arc::new([grant]), ..Caller::anonymous() };
        let address = std::net::IpAddr::from([127, 0, 0, 1]);
        let call = Call::new(self.site(), caller, address, "/t/m".into(), self.outside());
        let path = path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let reply = endpoint.call(call, Raw { path, body: body.into(), ..Raw::default() }).await?;
        let bytes = match reply.stream.and_then(|stream| stream.take()) {
            None => reply.body.to_vec(),
            Some(chunks) => chunks.try_collect::<Vec<_>>().await.unwrap().concat(),
        };
        let text = String::from_utf8(bytes).unwrap();
        Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn step(&self, person: i64, name: &str, payout: &str) -> Result<Value, Refusal> {
        self.ask(person, name, &[("payout", payout)], Value::Null).await
    }

    /// Two merchants with statements, of whom one said to where.
    async fn two_merchants(&self) {
        self.add_providers(7..=8).await;
        for owner in [7, 8] {
            self.earn(owner, merchant(owner), sale(20_000 * owner)).await;
            self.earn(100 + owner, merchant(owner), refund(1_000)).await;
        }
        self.pass_days(7);
        self.settle(9).await;
        self.tell_account(7).await;
    }

    async fn tell_account(&self, owner: i64) {
        let provider = Id::<Provider>::from_raw(owner).to_string();
        let account = json!({ "holder": "Thandi's Kitchen", "bank": "632 005", "number": "40 7812 3456" });
        let told = self.ask(THANDI, "set_provider_payout_account", &[("provider", &provider)], account).await;
        assert_eq!(told.unwrap(), json!({ "holder": "Thandi's Kitchen", "bank": "632005", "last4": "3456" }));
    }

    async fn make(&self) -> Result<String, Refusal> {
        let wanted = json!({ "payee": "merchant", "currency": "ZAR" });
        let made = self.ask(THANDI, "payout_make", &[], wanted).await?;
        Ok(made["id"].as_str().unwrap().to_owned())
    }

    async fn our_money(&self) -> [i64; 2] {
        [self.posted(Account::own("payouts")).await, self.posted(Account::own("bank")).await]
    }
}

async fn a_payout_takes_two_people_and_happens_once(world: World) {
    world.two_merchants().await;
    assert_eq!(world.our_money().await, [253_000, 0]);
    let payout = world.make().await.unwrap();
    assert_eq!(
        world.make().await.unwrap_err().code(),
        "nothing_to_pay",
        "who said to where is listed already"
    );
    // Each step in its turn, and the second by another person.
    for (person, step, expect) in [
        (SIPHO, "payout_send", Err("payout_state")),
        (SIPHO, "payout_paid", Err("payout_state")),
        (THANDI, "payout_file", Err("payout_state")),
        (THANDI, "payout_approve", Err("same_person")),
        (SIPHO, "payout_approve", Ok("approved")),
        (SIPHO, "payout_approve", Err("payout_state")),
        (THANDI, "payout_send", Ok("sent")),
        (THANDI, "payout_send", Err("payout_state")),
        (THANDI, "payout_withdraw", Err("payout_state")),
        (THANDI, "payout_paid", Ok("paid")),
        (THANDI, "payout_paid", Err("payout_state")),
    ] {
        let found = world.step(person, step, &payout).await;
        let found = found.map(|it| it["state"].as_str().unwrap().to_owned());
        assert_eq!(found.as_deref().map_err(|it| it.code()), expect, "{step} by {person}");
    }
    assert_eq!(world.our_money().await, [135_000, -118_000]);
    let full = world.step(SIPHO, "payout_read", &payout).await.unwrap();
    assert_eq!(full["transfers"][0]["state"], "paid");
    assert_eq!(full["payout"]["total"], json!({ "amount": 118_000, "currency": "ZAR" }));
    assert!(!full.to_string().contains("4078123456"), "only the end of a number is shown");
    world.assert_sound().await;
}

async fn what_comes_back_is_paid_again_under_another_reference(world: World) {
    world.two_merchants().await;
    let mut references = Vec::new();
    for round in 1..=3 {
        let payout = world.make().await.unwrap();
        world.step(SIPHO, "payout_approve", &payout).await.unwrap();
        // Other details now are of no use to a pay-out that somebody approved.
        let file = world.step(SIPHO, "payout_file", &payout).await.unwrap();
        let file = file.as_str().unwrap();
        assert!(file.starts_with("reference,holder,bank,account,amount,currency,note\n"), "{file}");
        assert!(file.contains(",Thandi's Kitchen,632005,4078123456,1180.00,ZAR,stm_"), "{file}");
        world.step(SIPHO, "payout_send", &payout).await.unwrap();
        if round == 2 {
            world.step(SIPHO, "payout_paid", &payout).await.unwrap();
        }
        let full = world.step(SIPHO, "payout_read", &payout).await.unwrap();
        references.push(full["transfers"][0]["reference"].as_str().unwrap().to_owned());
        assert_eq!(world.our_money().await, [135_000, -118_000]);
        if round == 3 {
            break;
        }
        let path =
            [("payout", payout.as_str()), ("statement", full["transfers"][0]["statement"].as_str().unwrap())];
        let why = json!({ "reason": "no such account" });
        world.ask(SIPHO, "transfer_return", &path, why.clone()).await.unwrap();
        assert_eq!(
            world.ask(SIPHO, "transfer_return", &path, why).await.unwrap_err().code(),
            "already_returned"
        );
        assert_eq!(world.our_money().await, [253_000, 0], "it is owed again");
        world.assert_sound().await;
        if round == 1 {
            // Of nothing that is left, all is paid.
            world.step(SIPHO, "payout_paid", &payout).await.unwrap();
        }
    }
    references.dedup();
    assert_eq!(references.len(), 3);
    assert!(references.iter().all(|it| it.len() <= 35 && it.chars().all(|c| c.is_ascii_alphanumeric())));
    world.assert_sound().await;
}

async fn a_payout_that_is_given_up_leaves_no_trace_in_the_ledger(world: World) {
    world.two_merchants().await;
    for approve in [false, true] {
        let payout = world.make().await.unwrap();
        if approve {
            world.step(SIPHO, "payout_approve", &payout).await.unwrap();
        }
        let given_up = world.step(THANDI, "payout_withdraw", &payout).await.unwrap();
        assert_eq!(given_up["state"], "withdrawn");
        assert_eq!(world.our_money().await, [253_000, 0]);
    }
    world.tell_account(8).await;
    let payout = world.make().await.unwrap();
    let full = world.step(THANDI, "payout_read", &payout).await.unwrap();
    assert_eq!(full["payout"]["transfers"], 2);
    world.assert_sound().await;
}

async fn statements_are_read_by_those_whose_they_are(world: World) {
    world.two_merchants().await;
    let provider = |owner| Id::<Provider>::from_raw(owner).to_string();
    let (seven, eight) = (provider(7), provider(8));
    let page = world.ask(THANDI, "provider_statements", &[("provider", &seven)], Value::Null).await.unwrap();
    let statement = page["items"][0]["id"].as_str().unwrap();
    assert_eq!(page["items"][0]["payable"]["amount"], 118_000);
    let own = [("provider", seven.as_str()), ("statement", statement)];
    let other = [("provider", eight.as_str()), ("statement", statement)];
    for name in [
        "provider_statement",
        "provider_statement_lines",
        "provider_statement_csv",
        "provider_statement_print",
    ] {
        assert!(world.ask(THANDI, name, &own, Value::Null).await.is_ok(), "{name}");
        assert_eq!(world.ask(THANDI, name, &other, Value::Null).await.unwrap_err().code(), "not_found");
    }
    let mine = world.ask(THANDI, "own_statement", &[("statement", statement)], Value::Null).await;
    assert_eq!(mine.unwrap_err().code(), "not_found", "a merchant's is no rider's");
    let lines = world.ask(THANDI, "provider_statement_lines", &own, Value::Null).await.unwrap();
    let numbers: Vec<_> = lines["items"].as_array().unwrap().iter().map(|it| it["number"].as_i64()).collect();
    assert_eq!(numbers, [Some(1), Some(2)]);
    let table = world.ask(THANDI, "statement_csv", &[("statement", statement)], Value::Null).await.unwrap();
    let table: Vec<&str> = table.as_str().unwrap().lines().map(|line| line.trim_end()).collect();
    assert_eq!(table.len(), 7, "{table:?}");
    assert!(table[1].ends_with(",7,earned,1400.00,210.00,0.00,0.00,1190.00,27.39,ZAR"), "{table:?}");
    assert_eq!(table[3], ",,,sum,1400.00,210.00,0.00,10.00,1180.00,27.39,ZAR");
    assert_eq!(table[6], ",,,payable,,,,,1180.00,,ZAR");
    let page = world.ask(THANDI, "statement_print", &[("statement", statement)], Value::Null).await.unwrap();
    let page = page.as_str().unwrap();
    for text in [statement, "2 lines", "1180.00 ZAR", "tax of 27.39 ZAR", "@media print"] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    let checked = world.ask(THANDI, "settlement_check", &[], Value::Null).await.unwrap();
    assert_eq!(checked, json!({ "differences": [] }));
    let runs = world.ask(THANDI, "settlement_list", &[], Value::Null).await.unwrap();
    let run = runs["items"][0]["id"].as_str().unwrap();
    let all = world.ask(THANDI, "settlement_statements", &[("run", run)], Value::Null).await.unwrap();
    assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
}

async fn riders_are_paid_like_merchants(world: World) {
    let rider = Owner::rider(Id::from_raw(THANDI));
    world.earn(1, rider, Sums { gross: 30_000, ..Sums::default() }).await;
    // Cash that was taken at the door and kept.
    world.earn(2, rider, Sums { gross: -8_000, ..Sums::default() }).await;
    world.pass_days(7);
    advance(&world.market, Payee::Rider, 9, &world.ctx()).await.unwrap();
    let page = world.ask(THANDI, "own_statements", &[], Value::Null).await.unwrap();
    assert_eq!(page["items"][0]["payable"]["amount"], 22_000);
    let statement = page["items"][0]["id"].as_str().unwrap();
    let path = [("statement", statement)];
    assert!(world.ask(THANDI, "own_statement_print", &path, Value::Null).await.is_ok());
    assert_eq!(world.ask(SIPHO, "own_statement", &path, Value::Null).await.unwrap_err().code(), "not_found");
    assert_eq!(world.posted(rider.account()).await, 0);
    world.assert_sound().await;
}

async fn of_two_at_once_one_is_done(world: World) {
    world.two_merchants().await;
    let made = tokio::join!(world.make(), world.make());
    let payout = match made {
        (Ok(payout), Err(refusal)) | (Err(refusal), Ok(payout)) => {
            assert_eq!(refusal.code(), "nothing_to_pay");
            payout
        }
        other => panic!("{other:?}"),
    };
    world.step(SIPHO, "payout_approve", &payout).await.unwrap();
    for (step, expect) in [("payout_send", [135_000, -118_000]), ("payout_paid", [135_000, -118_000])] {
        let both = tokio::join!(world.step(SIPHO, step, &payout), world.step(THANDI, step, &payout));
        assert_eq!([both.0.is_ok(), both.1.is_ok()].iter().filter(|ok| **ok).count(), 1, "{step}");
        assert_eq!(world.our_money().await, expect);
    }
    world.assert_sound().await;
}

async fn a_wallet_is_seen_by_whose_it_is(world: World) {
    let zar = |minor| json!({ "amount": minor, "currency": "ZAR" });
    let wallet = |free: i64, balance: i64| json!({ "balance": zar(balance), "free": zar(free) });
    let empty = world.ask(THANDI, "own_wallet", &[], Value::Null).await.unwrap();
    assert_eq!(empty, json!({ "money": wallet(0, 0), "coins": wallet(0, 0) }));
    let its = |code| Account::of(code, THANDI);
    let posting = |leg, debit, credit, minor| {
        Posting::new(PostingId::of(1, leg), debit, credit, Money::new(minor, super::world::zar()), leg)
    };
    let postings = [
        posting("top up", Account::own("bank"), its("wallet"), 5_000),
        posting("reward", Account::own("rewards"), its("coins"), 300),
        posting("order", its("wallet"), Account::of("buyer_funds", 9), 1_200).held(None),
    ];
    let book = ledger::load(&world.market, &postings).await.unwrap();
    let (decision, _) = ledger::post(book, &postings, &world.ctx()).unwrap();
    world.market.commit(world.stamp(), decision).await.unwrap();
    let found = world.ask(THANDI, "own_wallet", &[], Value::Null).await.unwrap();
    assert_eq!(found, json!({ "money": wallet(3_800, 5_000), "coins": wallet(300, 300) }));
    for (person, purse, count) in [(THANDI, "money", 2), (THANDI, "coins", 1), (SIPHO, "money", 0)] {
        let page = world.ask(person, "own_purse", &[("purse", purse)], Value::Null).await.unwrap();
        assert_eq!(page["items"].as_array().map(Vec::len), Some(count), "{purse} of {person}");
    }
}

#[tokio::test]
async fn endpoints_are_sound() {
    let world = crate::testing::world(testkit::Engine::Sqlite).await.unwrap();
    assert_eq!(web::unsound(&endpoints(&world.desk())), Vec::<String>::new());
}

async fn policies_are_checked(world: World) {
    let set = |payee: &'static str, policy: Value| {
        let world = &world;
        async move { world.ask(THANDI, "settlement_policy_set", &[("payee", payee)], policy).await }
    };
    for (payee, policy, fault) in [
        ("rider", json!({ "minimum": 0, "reserve_bp": 5, "reserve_days": 9 }), "/reserve_bp"),
        ("merchant", json!({ "minimum": 0, "reserve_bp": 5 }), "/reserve_days"),
        ("merchant", json!({ "weekday": 8, "minimum": 0 }), "/weekday"),
    ] {
        assert_eq!(set(payee, policy).await.unwrap_err().faults()[0].field, fault);
    }
    let path = [("payee", "merchant")];
    let standard = world.ask(THANDI, "settlement_policy_read", &path, Value::Null).await.unwrap();
    assert_eq!(standard, json!({ "weekday": 1, "minimum": 10_000, "reserve_bp": 0, "reserve_days": 0 }));
    for weekday in [5, 3] {
        let policy = json!({ "weekday": weekday, "minimum": 5_000, "reserve_bp": 500, "reserve_days": 30 });
        set("merchant", policy.clone()).await.unwrap();
        assert_eq!(world.ask(THANDI, "settlement_policy_read", &path, Value::Null).await.unwrap(), policy);
    }
}
