//! Measures how many reports a second one market takes through its endpoint: load, decide, commit, answer.
//! `cargo run --release -p civic --example report_pace -- <seconds> <callers> [contact]`

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use civic::Civic;
use civic::category::model::Category;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Id, SnowIds, SystemClock, SystemRandom};
use store::schema::Schema;
use store::{Place, Stamp, Store, StoreConfig};
use web::{Call, Caller, Endpoint, Features, Raw, Site, Tier};

const CODES: [&str; 8] = ["pothole", "graffiti", "tree", "noise", "lamp", "water", "waste", "vehicle"];

struct City {
    endpoint: Endpoint,
    site: Arc<Site>,
    outside: Arc<web::World>,
    /// Open as long as its market is used.
    _store: Store,
    folder: tempfile::TempDir,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().unwrap_or_default().parse().unwrap_or(5);
    let callers: u64 = arguments.next().unwrap_or_default().parse().unwrap_or(256);
    let contact = arguments.next().is_some();
    let city = Arc::new(city().await?);
    let (done, next) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicI64::new(1)));
    let (began, until) = (Instant::now(), Duration::from_secs(seconds));
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (city, done, next) = (city.clone(), done.clone(), next.clone());
            tokio::spawn(async move {
                while began.elapsed() < until {
                    report(&city, next.fetch_add(1, Ordering::Relaxed), contact).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<(), String>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let (done, took) = (done.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
    let bytes = size(city.folder.path())? / done.max(1);
    let told =
        format!("{done} reports in {took:.1} s: {:.0}/s; {bytes} bytes of disk each\n", done as f64 / took);
    Ok(std::io::stdout().write_all(told.as_bytes())?)
}

async fn city() -> Result<City, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(SystemClock);
    let ids = Arc::new(SnowIds::new(clock.clone(), 1));
    let [_, providers] = tenancy::parts();
    let schema = Schema::of([web::part(), providers, civic::part()]);
    let store = Store::open(StoreConfig::embedded(folder.path()), schema, ids.clone()).await?;
    let market = store.create(&Place::market(Id::from_raw(5), "ten", "mkt")).await?;
    let categories = CODES.map(|code| Category { due_min: Some(600), ..Category::named(code, code) });
    let decision = civic::category::decide::set(&categories, clock.now())?;
    market.commit(Stamp { at: clock.now(), actor: Actor::System }, decision).await?;
    let civic = Civic::builder(clock.clone(), b"only for measuring", Arc::new(|_| None), u32::MAX).build();
    let endpoints = civic::endpoints(&civic);
    let endpoint = endpoints.into_iter().find(|it| it.name == "request_report").ok_or("no endpoint")?;
    let site = Arc::new(Site {
        tenant: Id::from_raw(4),
        tenant_slug: "ten".into(),
        tenant_name: "Ten".into(),
        tier: Tier::Premium,
        market_id: Id::from_raw(5),
        market_slug: "mkt".into(),
        market_name: "Market".into(),
        zone: TimeZone::UTC,
        currency: "USD".into(),
        languages: [String::from("en")].into(),
        features: Features::default(),
        home: market.clone(),
        market,
    });
    let outside = Arc::new(web::World { clock, random: Arc::new(SystemRandom), ids });
    Ok(City { endpoint, site, outside, _store: store, folder })
}

async fn report(city: &City, number: i64, contact: bool) -> Result<(), String> {
    // Each from a network of its own.
    let address = std::net::Ipv4Addr::from_bits(number as u32).into();
    let (site, outside) = (city.site.clone(), city.outside.clone());
    let call = Call::new(site, Caller::anonymous(), address, "/ten/mkt".into(), outside);
    let raw = Raw { body: body(number, contact).into(), ..Raw::default() };
    city.endpoint.call(call, raw).await.map(drop).map_err(|refusal| refusal.to_string())
}

fn body(number: i64, contact: bool) -> String {
    let spread = number.wrapping_mul(2_654_435_761) & 0xf_ffff;
    let (lat, long) = (42.0 + (spread & 1023) as f64 / 5_000.0, -71.0 - (spread >> 10) as f64 / 5_000.0);
    let more =
        if contact { format!(",\"contact\":{{\"email\":\"p{number}@example.org\"}}") } else { String::new() };
    format!(
        "{{\"category\":\"{}\",\"description\":\"Something is broken at the corner, number {number}.\",\
         \"place\":{{\"lat\":{lat},\"long\":{long}}}{more}}}",
        CODES[number as usize % CODES.len()]
    )
}

fn size(folder: &std::path::Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
