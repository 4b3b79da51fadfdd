use kernel::{Decision, values};
use store::Place;
use tenancy::Outcome;
use tenancy::market::State;

use crate::world::{World, market, tenant};

testkit::on_both_engines! { every_command_may_be_repeated, refusals_say_what_is_wrong, what_a_crash_left_is_repaired_by_repeating }

async fn every_command_may_be_repeated(world: World) {
    let run = &world.operations;
    assert_eq!(run.add_tenant(&tenant("geo")).await.unwrap(), Outcome::Done);
    assert_eq!(run.add_market(&market("geo", "lagos")).await.unwrap(), Outcome::Done);
    assert_eq!(run.add_tenant(&tenant("geo")).await.unwrap(), Outcome::AlreadyThere);
    assert_eq!(run.add_market(&market("geo", "lagos")).await.unwrap(), Outcome::AlreadyThere);
    for expect in [Outcome::Done, Outcome::AlreadyThere] {
        assert_eq!(run.bind_host("geo", "lagos", "Lagos.Geo.example:80").await.unwrap(), expect);
        assert_eq!(run.set_feature("geo", "lagos", "credit", 20).await.unwrap(), expect);
        assert_eq!(run.set_tier("geo", web::Tier::Premium).await.unwrap(), expect);
        assert_eq!(run.add_provider("geo", "lagos", "Keke Riders").await.unwrap().0, expect);
        assert_eq!(run.set_state("geo", "lagos", State::Moving).await.unwrap(), expect);
    }
    let hosts = async || run.markets().await.unwrap().remove(0).hosts;
    assert_eq!(hosts().await, ["lagos.geo.example"]);
    assert!(run.directory().resolve("lagos.geo.example", "/").is_some());
    for expect in [Outcome::Done, Outcome::AlreadyThere] {
        assert_eq!(run.unbind_host("geo", "lagos", "LAGOS.geo.example").await.unwrap(), expect);
    }
    assert!(hosts().await.is_empty());
    assert!(run.directory().resolve("lagos.geo.example", "/").is_none());
    let site = run.directory().resolve("", "/geo/lagos/v1/market").unwrap().site;
    assert_eq!(site.tier, web::Tier::Premium);
    assert!(site.features.on("mobility") && site.features.on("credit"));
    assert_eq!(&*site.currency, "NGN");
    assert!(run.directory().is_moving(site.market_id));
}

async fn refusals_say_what_is_wrong(world: World) {
    let run = &world.operations;
    run.add_tenant(&tenant("geo")).await.unwrap();
    run.add_market(&market("geo", "lagos")).await.unwrap();
    run.add_market(&market("geo", "accra")).await.unwrap();
    run.bind_host("geo", "lagos", "go.example").await.unwrap();
    let mut wrong = market("geo", "V1");
    wrong.zone = "Africa/Mars".into();
    wrong.currency = Some("XXQ".into());
    let refusal = run.add_market(&wrong).await.unwrap_err();
    let codes: Vec<_> = refusal.faults().iter().map(|fault| fault.code).collect();
    assert_eq!(codes, ["wrong_form", "unknown_zone", "unknown_currency"]);
    let code = |result: Result<Outcome, kernel::Refusal>| result.unwrap_err().code();
    assert_eq!(code(run.add_market(&market("nobody", "lagos")).await), "not_found");
    assert_eq!(code(run.bind_host("geo", "accra", "go.example").await), "host_taken");
    assert_eq!(code(run.unbind_host("geo", "accra", "go.example").await), "host_taken");
    assert_eq!(code(run.bind_host("geo", "accra", "a b").await), "invalid_input");
    assert_eq!(code(run.set_feature("geo", "kano", "credit", 1).await), "not_found");
    assert_eq!(code(run.set_place("geo", "lagos", "big", "other").await), "placed_elsewhere");
    assert_eq!(code(run.set_place("geo", "lagos", "", "big").await), "not_moving");
    run.set_state("geo", "lagos", State::Moving).await.unwrap();
    run.set_place("geo", "lagos", "", "big").await.unwrap();
    assert_eq!(code(run.recovered("geo", "lagos", "", State::Active).await), "placed_elsewhere");
    assert_eq!(run.recovered("geo", "lagos", "big", State::Active).await.unwrap(), Outcome::Done);
    assert_eq!(code(run.set_place("geo", "lagos", "big", "").await), "not_moving");
    let site = run.directory().resolve("go.example", "/").unwrap().site;
    assert_eq!(site.market.place().database.as_deref(), Some("big"));
}

kernel::statements! {
    short UNDO_TENANT = "update tenant set state = 'making' where slug = ?1";
    short UNDO_MARKET = "update site set state = 'making', version = 1 where slug = ?1";
}

/// A crash leaves a row in the making, with or without its tables: repeating goes on from there.
async fn what_a_crash_left_is_repaired_by_repeating(world: World) {
    let run = &world.operations;
    run.add_tenant(&tenant("geo")).await.unwrap();
    run.add_market(&market("geo", "lagos")).await.unwrap();
    let before = run.market("geo", "lagos").await.unwrap().1.id;
    let stamp = store::Stamp { at: "2026-03-01T08:00:00Z".parse().unwrap(), actor: kernel::Actor::System };
    let undo = Decision::nothing()
        .change(UNDO_TENANT.with(values!["geo"]))
        .change(UNDO_MARKET.with(values!["lagos"]));
    world.store.market(&Place::system()).commit(stamp, undo).await.unwrap();
    let World { operations, store, clock, ids, config, folder, postgres } = world;
    drop(operations);
    drop(store);
    let store = World::open_store(&config, ids.clone()).await;
    let run = tenancy::Operations::open(store, clock, ids).await.unwrap();
    assert!(run.directory().resolve("", "/geo/lagos").is_none());
    assert_eq!(run.add_tenant(&tenant("geo")).await.unwrap(), Outcome::Done);
    assert_eq!(run.bind_host("geo", "lagos", "early.example").await.unwrap(), Outcome::Done);
    assert_eq!(run.add_market(&market("geo", "lagos")).await.unwrap(), Outcome::Done);
    assert!(run.directory().resolve("early.example", "/").is_some());
    assert_eq!(run.market("geo", "lagos").await.unwrap().1.id, before);
    assert!(run.directory().resolve("", "/geo/lagos").is_some());
    drop((run, folder, postgres));
}
