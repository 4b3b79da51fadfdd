//! What finding the market of an address costs among ten thousand, and what adding one costs then:
//! `cargo run --release -p tenancy --example address`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use kernel::{SnowIds, SystemClock};
use store::schema::Schema;
use store::{Store, StoreConfig};
use tenancy::{NewMarket, NewTenant, Operations};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example reports on the terminal")]
async fn main() {
    let count: usize = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(10_000);
    let folder = std::env::temp_dir().join(format!("address-{}", std::process::id()));
    let ids = Arc::new(SnowIds::new(Arc::new(SystemClock), 1));
    let config = StoreConfig { open_markets_max: 100, ..StoreConfig::embedded(&folder) };
    let schema = Schema::of(tenancy::parts().into_iter().chain([web::part()]));
    let store = Store::open(config, schema, ids.clone()).await.expect("the folder opens");
    let run = Operations::open(store, Arc::new(SystemClock), ids).await.expect("the system opens");
    let tenant = NewTenant {
        slug: "big".into(),
        name: "Big".into(),
        tier: web::Tier::Free,
        languages: vec!["en".into()],
        currency: "NGN".into(),
        country: "NG".into(),
    };
    run.add_tenant(&tenant).await.expect("the tenant is made");
    let mut last = Instant::now();
    for number in 0..count {
        let market = NewMarket {
            tenant: "big".into(),
            slug: format!("m{number}"),
            name: format!("Market {number}"),
            zone: "Africa/Lagos".into(),
            currency: None,
            features: vec![("civic".into(), 100)],
        };
        last = Instant::now();
        run.add_market(&market).await.expect("the market is made");
    }
    println!("{:.1} ms to add the last market", last.elapsed().as_secs_f64() * 1e3);
    run.bind_host("big", "m7", "m7.example").await.expect("the host is bound");
    let paths: Vec<String> = (0..count).map(|number| format!("/big/m{number}/v1/requests")).collect();
    for (host, what) in [("localhost:8080", "path"), ("m7.example:443", "host")] {
        let start = Instant::now();
        for turn in 0..2_000_000 {
            black_box(run.directory().resolve(black_box(host), &paths[turn % count]));
        }
        println!("{:.0} ns an address by {what}", start.elapsed().as_secs_f64() * 500.0);
    }
    let start = Instant::now();
    tenancy::Directory::open(run.store().clone()).await.expect("the directory opens");
    println!("{:.1} ms to read the whole directory", start.elapsed().as_secs_f64() * 1e3);
    std::fs::remove_dir_all(folder).expect("the folder goes");
}
