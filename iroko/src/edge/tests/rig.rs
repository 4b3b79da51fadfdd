use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use kernel::{Actor, Clock, Decision, Id, NewEvent, Refusal, SequentialIds, SystemRandom};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Place, Store, StoreConfig, schema::Schema};
use web::{
    Answer, Body, Call, Caller, Endpoint, Features, Grant, May, Page, PageQuery, Path, Priority, Query, Role,
    Scope, Site, Tier, World, get, post,
};

use super::super::*;

pub(super) const PERSON: &str = "Bearer person";
pub(super) const STRANGER: &str = "Bearer stranger";

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Thing {
    #[schemars(length(min = 1, max = 5000))]
    pub(super) name: String,
    pub(super) size: Option<i32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ByName {
    name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct ByProvider {
    provider: String,
}

pub(super) static COMPUTED: AtomicUsize = AtomicUsize::new(0);
/// Keys that were looked for in the database, of which there are none.
pub(super) static LOOKED_FOR: AtomicUsize = AtomicUsize::new(0);

async fn read(_: Call, Path(path): Path<ByName>) -> Result<Answer<Thing>, Refusal> {
    match &*path.name {
        "missing" => Err(Refusal::not_found()),
        "panic" => panic!("as this test wants"),
        "slow" => {
            std::future::pending::<()>().await;
            Err(Refusal::not_found())
        }
        "pause" => {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Answer::ok(&Thing { name: path.name, size: None })
        }
        "long" => Answer::ok(&Thing { name: "long ".repeat(1_000), size: None }),
        _ => Answer::ok(&Thing { name: path.name, size: Some(3) }),
    }
}

async fn list(_: Call, Query(page): Query<PageQuery>) -> Result<Answer<Page<Thing>>, Refusal> {
    COMPUTED.fetch_add(1, Relaxed);
    let items = (0..page.limit()).map(|it| Thing { name: format!("thing {it}"), size: Some(3) }).collect();
    Ok(Answer::ok(&Page { items, next: None })?.public(60, 30))
}

async fn make(call: Call, Body(thing): Body<Thing>) -> Result<Answer<Thing>, Refusal> {
    if thing.name == "late" {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    call.change(|| async {
        let decision = Decision::nothing().event(NewEvent::new("thing.made", 1, &thing));
        Ok((decision, Answer::created(format!("{}/v1/things/{}", call.base, thing.name), &thing)?))
    })
    .await
}

async fn sign_in(call: Call, Body(thing): Body<Thing>) -> Result<Answer<Thing>, Refusal> {
    call.change(|| async { Ok((Decision::nothing(), Answer::ok(&thing)?)) }).await
}

async fn mine(_: Call) -> Result<Answer<Thing>, Refusal> {
    Answer::ok(&Thing { name: "mine".into(), size: None })
}

async fn settings(_: Call) -> Result<Answer<Thing>, Refusal> {
    mine_of("settings")
}

async fn hours(_: Call, _: Path<ByProvider>) -> Result<Answer<Thing>, Refusal> {
    mine_of("hours")
}

fn mine_of(name: &str) -> Result<Answer<Thing>, Refusal> {
    Answer::ok(&Thing { name: name.into(), size: None })
}

fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/things", list).says("List.").may(May::Anyone).shared(),
        get("/v1/things/{name}", read).says("Read.").may(May::Anyone).priority(Priority::Critical),
        post("/v1/things", make).says("Make.").may(May::Anyone).answers(StatusCode::CREATED),
        post("/v1/sessions", sign_in).says("Sign in.").may(May::Anyone).secret(),
        get("/v1/mine", mine).says("Mine.").may(May::Known),
        get("/v1/settings", settings).says("Settings.").may(May::Role(Role::Manager)).scope("settings"),
        get("/v1/providers/{provider}/hours", hours).says("Hours.").may(May::Provider(Role::Staff)),
        get("/v1/off", settings_off).says("Of an app that is off.").app("off").may(May::Anyone),
    ]
    .into_iter()
    .chain(super::others::endpoints())
    .collect()
}

async fn settings_off(_: Call) -> Result<Answer<Thing>, Refusal> {
    mine_of("off")
}

struct OneSite(Arc<Site>);

impl Sites for OneSite {
    fn resolve<'a>(&self, host: Option<&str>, path: &'a str) -> Option<Resolved<'a>> {
        let (base, rest) = match host {
            Some("bound.example") => ("", path),
            _ => ("/ten/mkt", path.strip_prefix("/ten/mkt")?),
        };
        let rest = if rest.is_empty() { "/" } else { rest };
        Some(Resolved { site: self.0.clone(), base: base.into(), rest })
    }
}

struct ByWord;

impl Callers for ByWord {
    fn caller(&self, _: &Arc<Site>, authorization: Option<&str>) -> Asked {
        let person = |id, grants: &[Grant]| Caller {
            actor: Actor::Person(Id::from_raw(id)),
            grants: grants.into(),
            ..Caller::anonymous()
        };
        let staff = Grant { scope: Scope::Provider(Id::from_raw(77)), role: Role::Staff };
        match authorization {
            None => Asked::Ready(Ok(Caller::anonymous())),
            Some(STRANGER) => Asked::Ready(Ok(person(2, &[]))),
            Some("Bearer key") => Asked::Ready(Ok(Caller {
                actor: Actor::Key(9),
                scopes: Some([String::from("other")].into()),
                grants: [Grant { scope: Scope::Tenant, role: Role::Owner }].into(),
                ..Caller::anonymous()
            })),
            Some(PERSON) => {
                let manager = Grant { scope: Scope::Market(Id::from_raw(5)), role: Role::Manager };
                let person = person(1, &[staff, manager]);
                Asked::Later(Box::pin(async { Ok(person) }))
            }
            Some("Bearer invented") => Asked::Later(Box::pin(async {
                LOOKED_FOR.fetch_add(1, Relaxed);
                Err(Refusal::unauthenticated())
            })),
            Some(_) => Asked::Ready(Err(Refusal::unauthenticated())),
        }
    }
}

pub(super) struct Rig {
    pub(super) edge: Arc<Edge>,
    pub(super) market: store::Market,
    pub(super) site: Arc<Site>,
    _store: Store,
    _folder: tempfile::TempDir,
}

pub(super) async fn rig(config: EdgeConfig) -> Rig {
    let folder = testkit::folder();
    let clock: Arc<dyn Clock> = Arc::new(testkit::clock());
    let ids = Arc::new(SequentialIds::starting_at(100));
    let store_config = StoreConfig::embedded(folder.path());
    let store = Store::open(store_config, Schema::of([web::part()]), ids.clone()).await.unwrap();
    let market = store.create(&Place::market(Id::from_raw(5), "ten", "mkt")).await.unwrap();
    let site = Arc::new(Site {
        tenant: Id::from_raw(4),
        tenant_slug: "ten".into(),
        tenant_name: "Ten".into(),
        tier: Tier::Premium,
        market_id: Id::from_raw(5),
        market_slug: "mkt".into(),
        market_name: "Market".into(),
        zone: kernel::jiff::tz::TimeZone::UTC,
        currency: "EUR".into(),
        languages: [String::from("en")].into(),
        features: Features::default(),
        home: market.clone(),
        market: market.clone(),
    });
    let parts = Parts {
        sites: Arc::new(OneSite(site.clone())),
        callers: Arc::new(ByWord),
        endpoints: endpoints(),
        world: Arc::new(World { clock, random: Arc::new(SystemRandom), ids }),
        metrics: Arc::new(Metrics::new()),
        access: None,
        exporter: None,
        readiness: Arc::new(|| Ok(())),
    };
    Rig { edge: Edge::new(parts, config).unwrap(), market, site, _store: store, _folder: folder }
}

pub(super) fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "localhost:8080")
}

impl Rig {
    pub(super) async fn send(&self, request: http::request::Builder, body: impl Into<Bytes>) -> Seen {
        self.send_from("192.0.2.1", request, body).await
    }

    pub(super) async fn send_from(
        &self,
        peer: &str,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Seen {
        let request = request.body(Full::new(body.into())).unwrap();
        Seen::of(self.edge.clone().serve(request, peer.parse().unwrap()).await).await
    }

    pub(super) async fn get(&self, path: &str) -> Seen {
        self.send(request("GET", path), "").await
    }
}

pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) headers: http::HeaderMap,
    pub(super) body: Bytes,
}

impl Seen {
    async fn of(response: Response<super::super::sending::Sending>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: head.status.as_u16(), headers: head.headers, body }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}
