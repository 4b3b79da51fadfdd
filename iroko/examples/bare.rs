//! The floor to measure the edge against: the same rows through the same store, and nothing around it.
//! No sign-in, no tenants, no limits, no telemetry, no cache but one of its own for the public list.
//!
//! `cargo run --release -p iroko --example bare -- FOLDER ADDRESS` on a folder that `cargo xtask bench` made.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path as Parts, RawQuery, State};
use axum::http::{Response, StatusCode, header};
use axum::routing::get;
use axum::serve::ListenerExt;
use civic::follower::keys::Keys;
use civic::request;
use civic::request::decide::Around;
use civic::request::model::{NewRequest, Request, RequestId};
use civic::request::repo::{Filter, NEWEST};
use civic::request::view::RequestView;
use civic::rules::RuleBook;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Id, Refusal, SnowIds, SystemClock};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use web::{Page, PageQuery};

const KEPT_FOR: Duration = Duration::from_secs(30);
const PAGE: u16 = 20;

/// As the program itself has it, so that only the layers make the difference.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Bare {
    /// Open as long as its markets are used.
    _store: Store,
    /// By `tenant/market`.
    markets: HashMap<String, Market>,
    /// The first page of each market, since when.
    kept: Mutex<HashMap<String, (Instant, Bytes)>>,
    rules: RuleBook,
    keys: Keys,
    clock: Arc<SystemClock>,
    ids: Arc<SnowIds>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, address] = &arguments[..] else { return Err("give a folder and an address".into()) };
    let clock = Arc::new(SystemClock);
    let ids = Arc::new(SnowIds::new(clock.clone(), 0));
    let [system, market] = tenancy::parts();
    // Without what only homes hold, since none is opened.
    let house = [web::part(), bus::part(), system, market, media::part(), notify::part()];
    let schema = Schema::of(house.into_iter().chain([civic::part()]));
    let store = Store::open(StoreConfig::embedded(folder), schema, ids.clone()).await?;
    let bare = Bare {
        markets: markets(Path::new(folder), &store)?,
        _store: store,
        kept: Mutex::default(),
        rules: RuleBook::default(),
        keys: Keys::new(b"only for measuring"),
        clock,
        ids,
    };
    let router = Router::new()
        .route("/readyz", get(async || "ready"))
        .route("/{tenant}/{market}/v1/requests", get(list).post(report))
        .route("/{tenant}/{market}/v1/requests/{id}", get(one))
        .with_state(Arc::new(bare));
    let listener = tokio::net::TcpListener::bind(address).await?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let ended = async { drop(terminated().await) };
    Ok(axum::serve(listener, router).with_graceful_shutdown(ended).await?)
}

async fn terminated() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}

/// Every file of a market in the folder. The ids are made up: within a folder only names count.
fn markets(folder: &Path, store: &Store) -> Result<HashMap<String, Market>, Box<dyn Error>> {
    let mut markets = HashMap::new();
    for tenant in std::fs::read_dir(folder.join("markets"))? {
        let tenant = tenant?.path();
        for file in std::fs::read_dir(&tenant)? {
            let file = file?.path();
            if file.extension().is_some_and(|ending| ending == "db") {
                let (tenant, slug) = (name(&tenant), name(&file));
                let place = Place::market(Id::from_raw(1_000 + markets.len() as i64), &tenant, &slug);
                markets.insert(format!("{tenant}/{slug}"), store.market(&place));
            }
        }
    }
    Ok(markets)
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

impl Bare {
    fn market(&self, tenant: &str, slug: &str) -> Result<&Market, Refusal> {
        self.markets.get(&format!("{tenant}/{slug}")).ok_or_else(Refusal::not_found)
    }

    async fn latest(&self, market: &Market, query: PageQuery) -> Result<Bytes, Refusal> {
        let [at, id] = query.from([NEWEST.0, NEWEST.1])?;
        let rows = request::repo::latest(market, &Filter::default(), (at, id), PAGE).await?;
        let keys = |request: &Request| [request.at.as_microsecond(), request.id.raw()];
        let page: Page<RequestView> = Page::of(rows, PAGE, keys);
        json(&page)
    }

    async fn first_page(&self, market: &Market, name: &str) -> Result<Bytes, Refusal> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some((since, body)) = kept
            && since.elapsed() < KEPT_FOR
        {
            return Ok(body);
        }
        let body = self.latest(market, PageQuery::default()).await?;
        let entry = (Instant::now(), body.clone());
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), entry);
        Ok(body)
    }

    async fn report(&self, market: &Market, body: &[u8]) -> Result<Bytes, Refusal> {
        let new: NewRequest = serde_json::from_slice(body).map_err(|_| Refusal::invalid(Vec::new()))?;
        let rules = self.rules.of(market).await?;
        let around = Around::nothing(&self.keys, market.place().id);
        let ctx =
            Ctx { now: self.clock.now(), zone: &TimeZone::UTC, actor: Actor::Anonymous, ids: &*self.ids };
        let (decision, request) = request::decide::report(&rules, new, around, &ctx)?;
        market.commit(Stamp::from(&ctx), decision).await?;
        json(&RequestView::from(request))
    }
}

async fn one(
    State(bare): State<Arc<Bare>>,
    Parts((tenant, market, id)): Parts<(String, String, RequestId)>,
) -> Response<Body> {
    let read = async {
        let found = request::repo::one(bare.market(&tenant, &market)?, id).await?;
        json(&RequestView::from(found.ok_or_else(Refusal::not_found)?))
    };
    answer(StatusCode::OK, read.await)
}

async fn list(
    State(bare): State<Arc<Bare>>,
    Parts((tenant, slug)): Parts<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let read = async {
        let market = bare.market(&tenant, &slug)?;
        match query.as_deref().and_then(|query| query.strip_prefix("cursor=")) {
            None => bare.first_page(market, &format!("{tenant}/{slug}")).await,
            Some(cursor) => {
                let query = serde_json::json!({ "cursor": cursor });
                let query = serde_json::from_value(query).map_err(|_| Refusal::invalid(Vec::new()))?;
                bare.latest(market, query).await
            }
        }
    };
    answer(StatusCode::OK, read.await)
}

async fn report(
    State(bare): State<Arc<Bare>>,
    Parts((tenant, market)): Parts<(String, String)>,
    body: Bytes,
) -> Response<Body> {
    let written = async { bare.report(bare.market(&tenant, &market)?, &body).await };
    answer(StatusCode::CREATED, written.await)
}

fn json(value: &impl serde::Serialize) -> Result<Bytes, Refusal> {
    serde_json::to_vec(value).map(Bytes::from).map_err(|_| Refusal::not_found())
}

/// Whatever goes wrong shows as an error of the run, which makes its figure worthless.
fn answer(status: StatusCode, body: Result<Bytes, Refusal>) -> Response<Body> {
    let (status, body) = match body {
        Ok(body) => (status, body),
        Err(refusal) => (StatusCode::BAD_REQUEST, Bytes::from(refusal.to_string())),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
