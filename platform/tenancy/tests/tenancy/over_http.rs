use std::sync::Arc;

use web::{Call, Caller, Endpoint, Raw, Reply};

use crate::world::{World, market, tenant};

testkit::on_both_engines! { facts_and_providers }

async fn ask(endpoints: &[Endpoint], name: &str, call: Call, raw: Raw) -> Result<Reply, kernel::Refusal> {
    let endpoint = endpoints.iter().find(|it| it.name == name).unwrap();
    endpoint.call(call, raw).await
}

async fn facts_and_providers(world: World) {
    let run = &world.operations;
    run.add_tenant(&tenant("geo")).await.unwrap();
    run.add_market(&market("geo", "lagos")).await.unwrap();
    let endpoints = tenancy::endpoints(run.directory().clone());
    let found = run.directory().resolve("", "/geo/lagos").unwrap();
    let outside = Arc::new(web::World {
        clock: world.clock.clone(),
        random: Arc::new(kernel::SystemRandom),
        ids: world.ids.clone(),
    });
    let call = || {
        let address = std::net::Ipv4Addr::LOCALHOST.into();
        Call::new(found.site.clone(), Caller::anonymous(), address, found.base.clone(), outside.clone())
    };
    let facts = ask(&endpoints, "get_market", call(), Raw::default()).await.unwrap();
    let text = String::from_utf8(facts.body.to_vec()).unwrap();
    assert!(
        text.contains(r#""zone":"Africa/Lagos""#) && text.contains(r#""features":["mobility"]"#),
        "{text}"
    );

    let body = |text: &str| Raw { body: text.as_bytes().to_vec().into(), ..Raw::default() };
    let made = ask(&endpoints, "add_provider", call(), body(r#"{"name":"Keke Riders"}"#)).await.unwrap();
    assert_eq!(made.status, 201);
    let taken = ask(&endpoints, "add_provider", call(), body(r#"{"name":"Keke Riders"}"#)).await;
    assert_eq!(taken.unwrap_err().code(), "name_taken");
    let wrong = ask(&endpoints, "add_provider", call(), body(r#"{"name":7,"role":1}"#)).await;
    assert_eq!(wrong.unwrap_err().faults().len(), 2);
    let list = ask(&endpoints, "list_providers", call(), Raw::default()).await.unwrap();
    assert!(String::from_utf8_lossy(&list.body).contains("Keke Riders"));
    let id = made.location.unwrap().rsplit('/').next().unwrap().to_owned();
    let path = |id: &str| Raw { path: vec![("provider".into(), id.into())], ..Raw::default() };
    assert!(ask(&endpoints, "get_provider", call(), path(&id)).await.is_ok());
    let strange = ask(&endpoints, "get_provider", call(), path("prv_0000000000001")).await;
    assert_eq!(strange.unwrap_err().code(), "not_found");
}
