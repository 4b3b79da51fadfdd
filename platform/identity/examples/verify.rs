//! What verifying a caller costs: `cargo run --release -p identity --example verify`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use identity::{Identity, KnownPerson, Master, Printed, Settings, Sources};
use kernel::{IdSource, SnowIds, SystemClock, SystemRandom};
use store::schema::Schema;
use store::{Store, StoreConfig};
use tenancy::{NewMarket, NewTenant, Operations};
use web::{Call, Caller, Raw};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example reports on the terminal")]
async fn main() {
    let folder = std::env::temp_dir().join(format!("verify-{}", std::process::id()));
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SnowIds::new(Arc::new(SystemClock), 1)));
    let parts = tenancy::parts().into_iter().chain([web::part(), identity::part()]);
    let store = Store::open(StoreConfig::embedded(&folder), Schema::of(parts), ids.clone());
    let run =
        Operations::open(store.await.expect("it opens"), clock.clone(), ids.clone()).await.expect("it opens");
    let tenant = NewTenant {
        slug: "geo".into(),
        name: "Geo".into(),
        tier: web::Tier::Free,
        languages: vec!["en".into()],
        currency: "ETB".into(),
        country: "ET".into(),
    };
    run.add_tenant(&tenant).await.expect("the tenant is made");
    let market = NewMarket {
        tenant: "geo".into(),
        slug: "addis".into(),
        name: "Addis".into(),
        zone: "Africa/Addis_Ababa".into(),
        currency: None,
        features: Vec::new(),
    };
    run.add_market(&market).await.expect("the market is made");
    let site = run.directory().resolve("", "/geo/addis").expect("it is there").site;
    let master = Master::new(&[7; 32]).expect("long enough");
    let (printed, directory) = (Arc::new(Printed::default()), run.directory().clone());
    let identity = Identity::start(master, printed, directory, clock.clone(), Settings::default())
        .expect("threads start");
    let new = KnownPerson {
        contact: "a@example.org",
        country: None,
        name: "Abebe",
        language: "en",
        password: Some("correct horse"),
    };
    let sources = Sources { clock: &*clock, ids: &*ids, random: &SystemRandom };
    let (_, person) = identity.add_person(&site.home, new, sources).await.expect("the person is made");

    let token = sign_in(&identity, &site, ids.clone()).await;
    let header = format!("Bearer {token}");
    let verifier = identity.verifier();
    const MISSES: u32 = 5_000;
    let start = Instant::now();
    for _ in 0..MISSES {
        verifier.forget_person(&site.home, person);
        black_box(verifier.caller(&site, Some(&header)).await.expect("it is good"));
    }
    println!(
        "{:.1} µs a token seen for the first time",
        start.elapsed().as_secs_f64() * 1e6 / f64::from(MISSES)
    );
    const HITS: u32 = 5_000_000;
    let start = Instant::now();
    for _ in 0..HITS {
        black_box(verifier.caller(&site, Some(black_box(&header))).await.expect("it is good"));
    }
    println!("{:.0} ns a token seen before", start.elapsed().as_secs_f64() * 1e9 / f64::from(HITS));
    std::fs::remove_dir_all(folder).expect("the folder goes");
}

async fn sign_in(identity: &Arc<Identity>, site: &Arc<web::Site>, ids: Arc<dyn IdSource>) -> String {
    let outside = Arc::new(web::World { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom), ids });
    let call = Call::new(site.clone(), Caller::anonymous(), [127, 0, 0, 1].into(), "".into(), outside);
    let body = br#"{"contact":"a@example.org","password":"correct horse"}"#;
    let raw = Raw { body: body.to_vec().into(), ..Raw::default() };
    let endpoints = identity::endpoints(identity);
    let endpoint = endpoints.iter().find(|it| it.name == "sign_in").expect("it is there");
    let reply = endpoint.call(call, raw).await.expect("it signs in");
    let answer: serde_json::Value = serde_json::from_slice(&reply.body).expect("it is JSON");
    answer["access_token"].as_str().expect("a token").to_owned()
}
