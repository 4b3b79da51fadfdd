//! The edge: everything that happens to a request before and after its handler, once, in order.
//!
//! ```text
//! pipeline.rs  the order, in one function     admission.rs  how many at once, and bodies on their way
//! seams.rs     what the edge asks of the rest of the house
//! routes.rs    which endpoint a path means          may.rs       whether this caller may
//! rate.rs      how many requests are left           body.rs      how large, how slow, of which kind
//! shared.rs    answers from memory                  prepared.rs  an answer ready to be sent
//! pack.rs      compression                          cors.rs      what other origins may ask
//! turned.rs    refusals, as problem+json or not     globals.rs   /livez /readyz /metrics /openapi.json /docs
//! address.rs   the caller's own address             server.rs    sockets, connections, draining
//! credentials.rs  who is asking, by header or cookie   page.rs     what protects pages for people
//! sending.rs   bodies on their way, streams too     target.rs    host, path and parameters of a request
//! ```

mod address;
mod admission;
mod body;
mod cors;
mod credentials;
mod globals;
mod limits;
mod may;
mod pack;
mod page;
mod pipeline;
mod prepared;
mod rate;
mod routes;
mod seams;
mod sending;
mod server;
mod shared;
mod target;
mod turned;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use cache::Cache;
use guard::{Gate, LimitPolicy};
use ipnet::IpNet;
use kernel::SystemRandom;
use telemetry::{AccessLog, BatchedRandom, Exporter, GuardMetrics, Metrics, MetricsError, Routes};
use web::{Endpoint, World};

use admission::Arriving;
use globals::Globals;
use rate::Rates;
use routes::Table;
use shared::Kept;

pub(crate) use rate::Allowance;
pub(crate) use seams::{Asked, Callers, Readiness, Resolved, Sites};
pub(crate) use server::{Running, Times, start};

/// What can be set.
pub(crate) struct EdgeConfig {
    pub(crate) version: &'static str,
    /// Free, basic, premium.
    pub(crate) tiers: [Allowance; 3],
    /// Whoever has not signed in, by address.
    pub(crate) anonymous: Allowance,
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Who may read the metrics.
    pub(crate) metrics_from: Vec<IpNet>,
    /// Of requests that bring no trace, one in so many is traced; 0: none.
    pub(crate) trace_one_in: u32,
    pub(crate) cache_bytes_max: u64,
    pub(crate) body_time: Duration,
    /// Bodies on their way at once, in all and from one address.
    pub(crate) bodies_arriving_max: usize,
    pub(crate) bodies_arriving_per_address_max: usize,
    pub(crate) handler_time: Duration,
    /// How long a piece of a streamed answer may wait for its reader.
    pub(crate) chunk_time: Duration,
    /// The largest body of a request, unless its endpoint says otherwise.
    pub(crate) body_bytes_max: usize,
    pub(crate) connections_max: usize,
    pub(crate) gate: LimitPolicy,
}

impl Default for EdgeConfig {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            tiers: [Allowance::per(100, 900), Allowance::per(1_000, 900), Allowance::per(10_000, 900)],
            anonymous: Allowance::per(60, 60),
            trusted_proxies: Vec::new(),
            metrics_from: Vec::new(),
            trace_one_in: 0,
            cache_bytes_max: limits::CACHE_BYTES_MAX,
            body_time: limits::BODY_TIME,
            bodies_arriving_max: limits::BODIES_ARRIVING_MAX,
            bodies_arriving_per_address_max: limits::BODIES_ARRIVING_PER_ADDRESS_MAX,
            handler_time: limits::HANDLER_TIME,
            chunk_time: limits::CHUNK_TIME,
            body_bytes_max: limits::BODY_BYTES_MAX,
            connections_max: limits::CONNECTIONS_MAX,
            gate: LimitPolicy::default(),
        }
    }
}

/// What the edge is made of.
pub(crate) struct Parts {
    pub(crate) sites: Arc<dyn Sites>,
    pub(crate) callers: Arc<dyn Callers>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) world: Arc<World>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) access: Option<AccessLog>,
    /// Where the spans of traced requests go.
    pub(crate) exporter: Option<Arc<Exporter>>,
    pub(crate) readiness: Readiness,
}

pub(crate) struct Edge {
    sites: Arc<dyn Sites>,
    callers: Arc<dyn Callers>,
    table: Table,
    world: Arc<World>,
    metrics: Arc<Metrics>,
    measured: Routes,
    guarded: GuardMetrics,
    access: Option<AccessLog>,
    exporter: Option<Arc<Exporter>>,
    readiness: Readiness,
    globals: Globals,
    gate: Gate,
    arriving: Arriving,
    large: Arriving,
    rates: Rates,
    cache: Cache<Kept>,
    random: BatchedRandom<SystemRandom>,
    config: EdgeConfig,
    origin: Instant,
    draining: AtomicBool,
}

/// Why the edge cannot be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EdgeError {
    #[error("the list of endpoints cannot be served:\n{}", .0.join("\n"))]
    Unsound(Vec<String>),
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

impl Edge {
    pub(crate) fn new(parts: Parts, mut config: EdgeConfig) -> Result<Arc<Self>, EdgeError> {
        let document = web::openapi::document(&parts.endpoints, config.version);
        let patterns: Vec<(&str, &str)> =
            parts.endpoints.iter().map(|it| (it.method.as_str(), it.path)).collect();
        let measured = parts.metrics.routes(&patterns)?;
        let table = Table::new(parts.endpoints.clone()).map_err(EdgeError::Unsound)?;
        let guarded = parts.metrics.guard();
        let tiers = std::mem::replace(&mut config.tiers, [0; 3].map(|_| Allowance::per(1, 1)));
        let anonymous = std::mem::replace(&mut config.anonymous, Allowance::per(1, 1));
        Ok(Arc::new(Self {
            sites: parts.sites,
            callers: parts.callers,
            table,
            world: parts.world,
            metrics: parts.metrics,
            measured,
            guarded,
            access: parts.access,
            exporter: parts.exporter,
            readiness: parts.readiness,
            globals: Globals::new(&document),
            gate: Gate::new(config.gate),
            arriving: Arriving::new(config.bodies_arriving_max, config.bodies_arriving_per_address_max),
            large: Arriving::new(limits::LARGE_BODIES_MAX, limits::LARGE_BODIES_PER_ADDRESS_MAX),
            rates: Rates::new(tiers, anonymous),
            cache: Cache::new(config.cache_bytes_max),
            random: BatchedRandom::new(SystemRandom),
            origin: Instant::now(),
            draining: AtomicBool::new(false),
            config,
        }))
    }

    /// Something was committed in the market: what is kept of it in memory is stale.
    pub(crate) fn changed(&self, market: i64) {
        self.cache.changed(market);
    }

    fn now_ns(&self) -> u64 {
        self.origin.elapsed().as_nanos() as u64
    }
}

#[cfg(test)]
mod tests;
