use std::sync::Arc;

use futures_util::future::{BoxFuture, join_all};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, Id, Money, Person, Refusal, SequentialIds};
use serde_json::{Value, json};
use store::{CommitError, Market, StoreError};
use web::{Caller, Endpoint};

use super::promotion;
use crate::promotion::model::{Applied, Benefit, Promotion};
use crate::promotion::referral::http::{Buyers, Referrals};
use crate::promotion::referral::{self, decide as referrals};
use crate::promotion::{decide, http, repo};
use crate::settings::{RuleBook, Settings};
use crate::testing::{World, codes, on_both_engines};

on_both_engines!(
    the_last_use_goes_to_one,
    a_budget_is_never_passed,
    managers_lay_promotions_down,
    a_word_is_rewarded_once,
);

const BUYER: i64 = 11;

async fn kept(world: &World, made: &Promotion) {
    let add = Decision::nothing().change(repo::add(made)).change(repo::begin_count(made.id));
    world.commit(add).await.unwrap();
}

/// Orders that all want a promotion of ten rand at once; how many got it.
async fn rush(world: &World, made: &Promotion, persons: impl Iterator<Item = i64>) -> usize {
    let ids = SequentialIds::starting_at(1);
    let ctx = Ctx { now: world.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &ids };
    let ten = Settings::default().money(1_000);
    let (name, code, payer) = (made.terms.name.clone(), None, made.terms.payer);
    let none = Money::zero(ten.currency());
    let applied = [Applied { promotion: made.id, name, code, payer, goods: ten, delivery: none }];
    let known = repo::of_quote(&world.market, &applied).await.unwrap();
    let orders = persons.enumerate().map(|(order, person)| {
        let who = (order as i64 + 1, Id::from_raw(person));
        let changes = decide::redeem(&applied, &known, who, &ctx).unwrap();
        world.commit(Decision::nothing().changes(changes))
    });
    let answers = join_all(orders).await;
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        let CommitError::Refused(refusal) = refused else { panic!("{refused:?}") };
        assert_eq!(refusal.code(), "promotion_used_up");
    }
    answers.iter().filter(|answer| answer.is_ok()).count()
}

async fn the_last_use_goes_to_one(world: World) {
    let amount = Benefit::Amount { minor: 1_000 };
    let made = promotion(1, amount, |it| (it.terms.uses_max, it.terms.per_person_max) = (Some(5), Some(2)));
    kept(&world, &made).await;
    assert_eq!(rush(&world, &made, std::iter::repeat_n(BUYER, 4)).await, 2, "two for one person");
    let read = repo::for_cart(&world.market, &[], Id::from_raw(BUYER), world.clock.now()).await.unwrap();
    assert_eq!((read[0].uses, read[0].spent_minor, read[0].uses_by_person), (2, 2_000, 2));

    let had = repo::of_order(&world.market, 1).await.unwrap();
    let release = Decision::nothing().changes(decide::release(&had));
    world.commit(release.clone()).await.unwrap();
    let again = world.commit(release).await;
    assert!(matches!(again, Err(CommitError::Conflict)), "what is given back is gone");
    let read = repo::one(&world.market, made.id).await.unwrap().unwrap();
    assert_eq!((read.uses, read.spent_minor), (1, 1_000));

    let (close, _) = decide::close(&read);
    world.commit(close).await.unwrap();
    assert_eq!(rush(&world, &made, std::iter::once(12)).await, 1, "a quote is kept to");
}

async fn a_budget_is_never_passed(world: World) {
    let made = promotion(1, Benefit::Amount { minor: 1_000 }, |it| it.terms.budget_minor = Some(3_999));
    kept(&world, &made).await;
    assert_eq!(rush(&world, &made, 100..120).await, 3);
    let read = repo::one(&world.market, made.id).await.unwrap().unwrap();
    assert_eq!((read.uses, read.spent_minor), (3, 3_000));
}

async fn managers_lay_promotions_down(world: World) {
    let endpoints = http::endpoints();
    let terms = |code: &str, more: Value| {
        let mut terms = json!({
            "name": "Lunch", "code": code, "benefit": { "kind": "percent", "share_bp": 1_000 },
            "payer": "platform", "from": "2026-01-01T00:00:00Z",
        });
        terms.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Some(terms)
    };
    let create = |terms| world.ask(&endpoints, "promotion_create", &[], "", terms);
    let made = create(terms("LUNCH", json!({}))).await.unwrap();
    assert_eq!(create(terms("LUNCH", json!({}))).await.unwrap_err().code(), "code_taken");
    let wrong = json!({ "name": " ", "until": "2025-01-01T00:00:00Z", "budget_minor": 9,
        "benefit": { "kind": "amount", "minor": 10 } });
    let wrong = create(terms("lunch", wrong)).await.unwrap_err();
    assert_eq!(codes(&wrong), ["blank", "bad_character", "out_of_range", "contradictory"]);
    let other = create(terms("SUPPER", json!({}))).await.unwrap();

    let (lunch, supper) = (made["id"].as_str().unwrap(), other["id"].as_str().unwrap());
    let change = |which, terms| {
        let path = [("promotion", which)];
        let endpoints = &endpoints;
        let world = &world;
        async move { world.ask(endpoints, "promotion_change", &path, "", terms).await }
    };
    assert_eq!(change(supper, terms("LUNCH", json!({}))).await.unwrap_err().code(), "code_taken");
    let changed = change(lunch, terms("LUNCH", json!({ "minimum_minor": 5_000 }))).await.unwrap();
    assert_eq!((&changed["version"], &changed["minimum_minor"]), (&json!(2), &json!(5_000)));

    let named = |code: &str| {
        let (codes, market, now) = ([code.to_owned()], world.market.clone(), world.clock.now());
        async move { repo::for_cart(&market, &codes, Id::from_raw(BUYER), now).await.unwrap().len() }
    };
    assert_eq!((named("LUNCH").await, named("BRUNCH").await), (1, 0));
    for _ in 0..2 {
        let closed = world.ask(&endpoints, "promotion_close", &[("promotion", lunch)], "", None).await;
        assert_eq!(closed.unwrap()["is_closed"], true);
    }
    assert_eq!(named("LUNCH").await, 0);
    assert_eq!(change(lunch, terms("LUNCH", json!({}))).await.unwrap_err().code(), "promotion_closed");
    assert_eq!(change(supper, terms("LUNCH", json!({}))).await.unwrap()["code"], "LUNCH", "free again");
    let list = world.ask(&endpoints, "promotion_list", &[], "limit=1", None).await.unwrap();
    assert_eq!((&list["items"][0]["id"], list["next"].is_string()), (&json!(supper), true));
}

struct NewBuyers(Vec<i64>);

impl Buyers for NewBuyers {
    fn has_ordered<'a>(
        &'a self,
        _: &'a Market,
        person: Id<Person>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let is_new = self.0.contains(&person.raw());
        Box::pin(async move { Ok(!is_new) })
    }
}

/// Asks on behalf of this person.
async fn ask_as(
    world: &mut World,
    person: i64,
    (endpoints, name): (&[Endpoint], &str),
    code: Option<&str>,
) -> Result<Value, Refusal> {
    world.caller = Caller { actor: Actor::Person(Id::from_raw(person)), ..Caller::anonymous() };
    world.ask(endpoints, name, &[], "", code.map(|code| json!({ "code": code }))).await
}

async fn a_word_is_rewarded_once(mut world: World) {
    let settings = Settings::default();
    let rules = Arc::new(RuleBook::new(world.clock.clone()));
    let state = Arc::new(Referrals { rules, buyers: Arc::new(NewBuyers(vec![2, 3])) });
    let endpoints = referral::http::endpoints(&state);
    let word = ask_as(&mut world, 1, (&endpoints, "referral_word"), None).await.unwrap();
    let again = ask_as(&mut world, 1, (&endpoints, "referral_word"), None).await.unwrap();
    assert_eq!(word, again);
    assert_eq!((&word["brought"], &word["share_bp"]), (&json!(0), &json!(500)));

    let code = word["code"].as_str().unwrap();
    for (person, code, expected) in [
        (1, code, Some("own_code")),
        (4, code, Some("ordered_already")),
        (3, "LOST", Some("unknown_code")),
        (2, code, None),
        (2, code, Some("referred_already")),
    ] {
        let came = ask_as(&mut world, person, (&endpoints, "referral_come"), Some(code)).await;
        let refused = came.err().map(|it| it.faults().first().map_or(it.code(), |fault| fault.code));
        assert_eq!(refused, expected, "{person} by {code}");
    }

    let referral = referral::repo::one(&world.market, Id::from_raw(2)).await.unwrap().unwrap();
    let by = referral::repo::word(&world.market, referral.by).await.unwrap().unwrap();
    let goods = settings.money(20_050);
    let (decision, movement) = referrals::reward(&referral, &by, (77, goods), &settings).unwrap();
    assert_eq!(movement.map(|it| (it.credit.owner, it.amount.minor())), Some((1, 1_000)));
    world.commit(decision.clone()).await.unwrap();
    assert!(matches!(world.commit(decision).await, Err(CommitError::Conflict)));
    let referral = referral::repo::one(&world.market, Id::from_raw(2)).await.unwrap().unwrap();
    let (decision, movement) = referrals::reward(&referral, &by, (78, goods), &settings).unwrap();
    assert!(decision.is_nothing() && movement.is_none());
}
