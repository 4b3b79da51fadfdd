use proptest::prelude::*;
use tenancy::Directory;
use tenancy::market::State;

use crate::world::{World, market, tenant};

testkit::on_both_engines! { an_address_leads_to_its_market, other_processes_hear_of_changes }

async fn an_address_leads_to_its_market(world: World) {
    let run = &world.operations;
    run.add_tenant(&tenant("geo")).await.unwrap();
    run.add_tenant(&tenant("city")).await.unwrap();
    for (tenant, slug) in [("geo", "lagos"), ("geo", "accra"), ("city", "boston")] {
        run.add_market(&market(tenant, slug)).await.unwrap();
    }
    run.bind_host("city", "boston", "311.boston.example").await.unwrap();
    run.bind_host("geo", "accra", "accra.example").await.unwrap();
    run.set_state("geo", "accra", State::Archived).await.unwrap();
    let fresh = Directory::open(world.store.clone()).await.unwrap();
    // host, path → market, rest, base
    for (host, path, expect) in [
        ("localhost:8080", "/geo/lagos/v1/me", "lagos /v1/me /geo/lagos"),
        ("localhost", "/geo/lagos", "lagos / /geo/lagos"),
        ("localhost", "/geo/lagos/", "lagos / /geo/lagos"),
        ("localhost", "/geo/boston/", ""),
        ("localhost", "/geo", ""),
        ("localhost", "/", ""),
        ("localhost", "", ""),
        ("localhost", "geo/lagos", ""),
        ("localhost", "//geo/lagos", ""),
        ("311.boston.example", "/geo/lagos/v1", "lagos /v1 /geo/lagos"),
        ("311.boston.example", "/city/boston/v1", "boston /v1 /city/boston"),
        ("311.boston.example", "/geo/nowhere/v1", "boston /geo/nowhere/v1 "),
        ("311.boston.example", "/v1/requests", "boston /v1/requests "),
        ("311.Boston.Example.:443", "/", "boston / "),
        ("accra.example", "/", ""),
        ("localhost", "/geo/accra/", ""),
    ] {
        for directory in [run.directory(), &fresh] {
            let found = directory.resolve(host, path);
            let shown = found.map(|it| format!("{} {} {}", it.site.market_slug, it.rest, it.base));
            assert_eq!(shown.as_deref().unwrap_or(""), expect, "{host} {path}");
        }
    }
    assert_eq!(fresh.markets().len(), 2);
    assert_eq!(fresh.places().len(), 5);
    run.set_state("geo", "accra", State::Active).await.unwrap();
    for directory in [run.directory(), &fresh] {
        directory.refresh().await.unwrap();
        assert!(directory.resolve("accra.example", "/").is_some());
    }
}

/// Two directories on one database stand for two processes.
async fn other_processes_hear_of_changes(world: World) {
    let run = &world.operations;
    let other = Directory::open(world.store.clone()).await.unwrap();
    run.add_tenant(&tenant("geo")).await.unwrap();
    run.add_market(&market("geo", "lagos")).await.unwrap();
    assert!(other.resolve("", "/geo/lagos").is_none());
    other.refresh().await.unwrap();
    assert!(other.resolve("", "/geo/lagos").is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_address_panics(host in "\\PC{0,30}", path in "\\PC{0,30}|/geo/[a-z/%é]{0,20}") {
        thread_local! {
            static DIRECTORY: (tempfile::TempDir, std::sync::Arc<Directory>) =
                tokio::runtime::Runtime::new().unwrap().block_on(async {
                    let world = crate::world::world(testkit::Engine::Sqlite).await.unwrap();
                    world.operations.add_tenant(&tenant("geo")).await.unwrap();
                    world.operations.add_market(&market("geo", "lagos")).await.unwrap();
                    world.operations.bind_host("geo", "lagos", "a.example").await.unwrap();
                    (world.folder, world.operations.directory().clone())
                });
        }
        DIRECTORY.with(|(_, directory)| {
            if let Some(found) = directory.resolve(&host, &path) {
                assert!(found.rest.starts_with('/') && path.ends_with(found.rest) || found.rest == "/");
            }
        });
    }
}
