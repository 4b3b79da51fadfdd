//! The order in which everything happens to a request.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use hyper::body::Body;
use kernel::jiff::SignedDuration;
use kernel::{Actor, Fault, Refusal, RefusalKind};
use telemetry::{AccessLine, FinishedSpan, Scope, TraceContext};
use web::{Call, Caller, Endpoint, Key, Priority, Raw, Site};

use super::admission::Standing;
use super::globals::METRICS;
use super::prepared::Prepared;
use super::rate::Left;
use super::routes::Route;
use super::seams::Asked;
use super::turned::{Answered, Turned};
use super::{Edge, address, body, cors, limits, may, shared};

/// What is known of a request by the time it is answered.
struct Seen {
    trace: TraceContext,
    request_id: [u8; 32],
    route: Option<Arc<Route>>,
    site: Option<Arc<Site>>,
    actor: Option<Actor>,
    left: Option<Left>,
}

/// A request whose caller may have what it asks for.
pub(super) struct Asking<'a> {
    pub(super) method: &'a Method,
    pub(super) headers: &'a HeaderMap,
    pub(super) site: Arc<Site>,
    pub(super) base: Arc<str>,
    pub(super) route: Arc<Route>,
    pub(super) caller: Caller,
    pub(super) address: IpAddr,
    pub(super) path: Vec<(String, String)>,
    pub(super) query: &'a str,
    /// Within the market, as it was written.
    pub(super) path_and_query: &'a str,
    trace: TraceContext,
}

impl Edge {
    /// Every request passes here: traced, answered, measured, written down.
    pub(crate) async fn serve<B>(self: Arc<Self>, request: Request<B>, peer: IpAddr) -> Answered
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let began = Instant::now();
        let (head, body) = request.into_parts();
        let mut body = pin!(body);
        let mut seen = Seen::new(&self, &head);
        let answered = self.pass(&mut seen, &head, body.as_mut(), peer);
        let answered = AssertUnwindSafe(answered).catch_unwind().await;
        let goes_on = body::finish(body, &head).await;
        let turned = match answered {
            Ok(Ok(response)) => return self.finish(&seen, &head, parting(response, goes_on), began),
            Ok(Err(turned)) => turned,
            Err(panic) => {
                note_panic(&seen, &*panic);
                Turned::broken()
            }
        };
        let mut response = turned.answer(seen.request_text());
        if head.method == Method::HEAD {
            *response.body_mut() = Default::default();
        }
        self.finish(&seen, &head, parting(response, goes_on), began)
    }

    /// The order. Each step answers, or turns the request away.
    async fn pass<B>(
        self: &Arc<Self>,
        seen: &mut Seen,
        head: &Parts,
        body: B,
        peer: IpAddr,
    ) -> Result<Answered, Turned>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (method, headers, path) = (&head.method, &head.headers, head.uri.path());
        let address = address::of(peer, headers, &self.config.trusted_proxies);
        if let Some(answer) = self.of_no_market(head, address) {
            return answer;
        }
        // What it is, by looking only: nothing is refused yet, so that a full house says so first.
        let place = self.sites.resolve(host(head), path);
        let row = place.as_ref().and_then(|place| self.table.find(place.rest));
        seen.route = row.as_ref().and_then(|(row, _)| row.route(method)).cloned();
        seen.site = place.as_ref().map(|place| place.site.clone());

        let standing = seen.standing();
        let pass = self.admit(standing)?; // 503

        let place = place.ok_or_else(Refusal::not_found)?; // 404
        let (row, params) = row.ok_or_else(Refusal::not_found)?;
        if *method == Method::OPTIONS {
            return Ok(cors::options(row));
        }
        let route = seen.route.clone().ok_or_else(|| Turned::method(row.allow.clone()))?; // 405
        let endpoint = &route.endpoint;
        if endpoint.app.is_some_and(|app| !place.site.features.on(app)) {
            return Err(Refusal::not_found().into()); // 404
        }

        let caller = self.caller(&place.site, headers, address).await; // decided below: guessing counts
        let (left, allowed) = self.rates.take(self.now_ns(), &place.site, caller.as_ref().ok(), address);
        seen.left = Some(left);
        allowed.inspect_err(|_| self.note_limited(&place.site))?; // 429
        let is_limited = |refusal: &Refusal| refusal.kind() == RefusalKind::TooMany;
        let caller = caller.inspect_err(|refusal| {
            if is_limited(refusal) {
                self.note_limited(&place.site)
            }
        })?; // 401, 429
        seen.actor = Some(caller.actor);
        if endpoint.app.is_some_and(|app| !place.site.features.on_for(app, caller.actor)) {
            return Err(Refusal::not_found().into()); // 404
        }
        may::check(endpoint, &caller, &place.site, params.get("provider"))?; // 401, 403, 404

        let asking = Asking {
            method,
            headers,
            path: parameters(&params)?, // 400
            query: head.uri.query().unwrap_or_default(),
            path_and_query: within(head, place.rest),
            base: place.base,
            site: place.site,
            route: route.clone(),
            caller,
            address,
            trace: seen.trace,
        };
        if shared::may_share(&asking) {
            let (prepared, age_s) = shared::answer(self, &asking).await?;
            return Ok(prepared.answer(method, headers, Some(age_s)).await);
        }
        let reading = body::read(endpoint, headers, body, &self.config); // 408, 413, 415
        let (body, _pass) = self.arrive(pass, standing, address, reading).await?; // 503
        let prepared = self.handle(asking, body).await?; // 400, 409, 503, and what the handler says
        Ok(prepared.answer(method, headers, None).await)
    }

    /// `None`: it is for a market. Whoever may not read the metrics goes the way of every unknown
    /// address, to its end.
    fn of_no_market(&self, head: &Parts, address: IpAddr) -> Option<Result<Answered, Turned>> {
        let (method, headers, path) = (&head.method, &head.headers, head.uri.path());
        if path == METRICS && !address::is_within(address, &self.config.metrics_from) {
            return None;
        }
        let draining = self.draining.load(Relaxed);
        self.globals.answer(method, path, headers, &self.metrics, &self.readiness, draining)
    }

    fn note_limited(&self, site: &Site) {
        let tier = match site.tier {
            web::Tier::Free => "free",
            web::Tier::Basic => "basic",
            web::Tier::Premium => "premium",
        };
        self.guarded.limited.get(tier).inc();
    }

    async fn caller(
        &self,
        site: &Arc<Site>,
        headers: &HeaderMap,
        address: IpAddr,
    ) -> Result<Caller, Refusal> {
        let authorization = match headers.get(header::AUTHORIZATION) {
            Some(value) => Some(value.to_str().map_err(|_| Refusal::unauthenticated())?),
            None => None,
        };
        match self.callers.caller(site, authorization) {
            Asked::Ready(caller) => caller,
            Asked::Later(caller) => {
                self.rates.may_guess(self.now_ns(), site, address)?;
                let caller = caller.await;
                if caller.as_ref().is_err_and(|it| it.kind() == RefusalKind::Unauthenticated) {
                    self.rates.guessed(self.now_ns(), site, address);
                }
                caller
            }
        }
    }

    async fn handle(self: &Arc<Self>, asking: Asking<'_>, body: Bytes) -> Result<Arc<Prepared>, Refusal> {
        let endpoint = &asking.route.endpoint;
        let key = idempotency_key(&asking, &body)?;
        let scope = asking.scope();
        let Asking { site, caller, address, base, path, query, .. } = asking;
        let call = Call::new(site, caller, address, base, self.world.clone()).with_key(key);
        let raw = Raw { path, query: query.to_owned(), body };
        scope.around(handle(self, endpoint, call, raw)).await
    }

    /// What every answer carries, then the figures and the line.
    fn finish(&self, seen: &Seen, head: &Parts, mut response: Answered, began: Instant) -> Answered {
        let headers = response.headers_mut();
        if let Some(left) = seen.left.clone() {
            left.write(headers);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if let Ok(id) = HeaderValue::from_bytes(&seen.request_id) {
            headers.insert(HeaderName::from_static("x-request-id"), id);
        }
        if seen.route.as_ref().is_some_and(|route| cors::is_open(&route.endpoint)) {
            cors::allow(headers);
        }
        let (status, elapsed) = (response.status().as_u16(), began.elapsed());
        self.measured.at(seen.route.as_ref().map_or(usize::MAX, |it| it.measured)).observe(status, elapsed);
        self.send_span(seen, status, elapsed);
        if let Some(access) = &self.access {
            let actor = seen.actor.map(|actor| actor.to_raw());
            access.record(&AccessLine {
                method: head.method.as_str(),
                route: seen.route.as_ref().map_or("", |route| route.endpoint.path),
                unmatched_path: if seen.route.is_some() { None } else { Some(head.uri.path()) },
                status,
                elapsed,
                bytes_out: response.body().size_hint().lower(),
                tenant: seen.site.as_ref().map_or("", |site| &site.tenant_slug),
                market: seen.site.as_ref().map_or("", |site| &site.market_slug),
                actor: actor.as_ref().map(|id| id as &dyn std::fmt::Display),
                trace: seen.trace,
            });
        }
        response
    }
}

impl Edge {
    /// Requests whose trace is kept go to the collector.
    fn send_span(&self, seen: &Seen, status: u16, elapsed: Duration) {
        let (Some(exporter), Some(route)) = (&self.exporter, &seen.route) else { return };
        if !seen.trace.sampled() {
            return;
        }
        let now = self.world.clock.now();
        let start = SignedDuration::try_from(elapsed).ok().and_then(|took| now.checked_sub(took).ok());
        let slug = |of: fn(&Site) -> &Arc<str>| {
            seen.site.as_ref().map_or_else(|| "".into(), |site| of(site).clone())
        };
        exporter.record(FinishedSpan {
            trace: seen.trace,
            method: route.name,
            route: route.pattern.clone(),
            status,
            start: start.unwrap_or(now),
            elapsed,
            tenant: slug(|site| &site.tenant_slug),
            market: slug(|site| &site.market_slug),
        });
    }
}

/// Runs the handler within its time.
pub(super) async fn handle(
    edge: &Edge,
    endpoint: &Endpoint,
    call: Call,
    raw: Raw,
) -> Result<Arc<Prepared>, Refusal> {
    let work = endpoint.call(call, raw);
    let reply = match endpoint.is_safe() {
        true => tokio::time::timeout(edge.config.handler_time, work).await,
        false => tokio::time::timeout(edge.config.handler_time, to_the_end(work)).await,
    };
    let reply = reply.map_err(|_| {
        let message = "This took too long. It may still have been done; a key tells.";
        Refusal::unavailable("too_slow", message, limits::SHED_RETRY_S)
    })??;
    Ok(Prepared::new(endpoint, reply))
}

/// What changes something goes on when its caller goes away or has waited too long: those who follow
/// what was committed, and what is kept in memory of it, must hear of it.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let work = match telemetry::current(Scope::clone) {
        Some(scope) => tokio::spawn(scope.around(work)),
        None => tokio::spawn(work),
    };
    match work.await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // Only a runtime that ends cancels it, and this task with it.
        Err(_) => std::future::pending().await,
    }
}

impl Asking<'_> {
    pub(super) fn scope(&self) -> Scope {
        let site = &self.site;
        Scope { trace: self.trace, tenant: site.tenant_slug.clone(), market: site.market_slug.clone() }
    }
}

impl Seen {
    fn new(edge: &Edge, head: &Parts) -> Self {
        let parent = head.headers.get("traceparent").and_then(|value| value.to_str().ok());
        let trace = TraceContext::of_request(parent, edge.config.trace_one_in, &edge.random);
        let mut request_id = [b'0'; 32];
        let mut rest = trace.trace_id;
        for digit in request_id.iter_mut().rev() {
            *digit = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        Self { trace, request_id, route: None, site: None, actor: None, left: None }
    }

    fn standing(&self) -> Standing {
        let priority = match self.route.as_ref().map(|route| route.endpoint.priority) {
            Some(Priority::Critical) => guard::Priority::Critical,
            Some(Priority::Normal) => guard::Priority::Normal,
            Some(Priority::Background) | None => guard::Priority::Background,
        };
        Standing { priority, share: self.site.as_ref().map_or(0, |site| site.market_id.raw() as u64) }
    }

    fn request_text(&self) -> &str {
        std::str::from_utf8(&self.request_id).unwrap_or_default()
    }
}

/// A connection that ends after this answer says so: nobody sends another request into it.
fn parting(mut response: Answered, goes_on: bool) -> Answered {
    if !goes_on {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn host(head: &Parts) -> Option<&str> {
    let host = match head.uri.authority() {
        Some(authority) => authority.as_str(),
        None => head.headers.get(header::HOST)?.to_str().ok()?,
    };
    // A port follows the last colon, unless that is inside the brackets of an IPv6 address.
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(name),
        _ => Some(host),
    }
}

/// The end of the request's target, from the path within the market on.
fn within<'a>(head: &'a Parts, rest: &str) -> &'a str {
    let whole = head.uri.path_and_query().map_or("/", |it| it.as_str());
    let prefix = head.uri.path().len().saturating_sub(rest.len());
    whole.get(prefix..).unwrap_or(whole)
}

fn parameters(params: &matchit::Params<'_, '_>) -> Result<Vec<(String, String)>, Refusal> {
    let mut faults = Vec::new();
    let mut taken = Vec::with_capacity(params.len());
    for (name, value) in params.iter() {
        match web::decode_path(value) {
            Ok(value) => taken.push((name.to_owned(), value.into_owned())),
            Err(web::Unreadable) => {
                faults.push(Fault::new(
                    format!("{{{name}}}"),
                    "not_utf8",
                    "This part of the path cannot be read.",
                ));
            }
        }
    }
    if faults.is_empty() { Ok(taken) } else { Err(Refusal::invalid(faults)) }
}

fn idempotency_key(asking: &Asking<'_>, body: &[u8]) -> Result<Option<Key>, Refusal> {
    let endpoint = &asking.route.endpoint;
    let mut values = asking.headers.get_all("idempotency-key").iter();
    let Some(value) = values.next().filter(|_| !endpoint.is_safe()) else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    let text = text.ok_or_else(|| {
        let message = "Must be given once, in visible ASCII.";
        Refusal::invalid(vec![Fault::new("Idempotency-Key", "bad_key", message)])
    })?;
    let request = [endpoint.method.as_str().as_bytes(), asking.path_and_query.as_bytes(), body];
    Key::new(text, asking.caller.actor, asking.site.market_id, request, endpoint.secret).map(Some)
}

fn note_panic(seen: &Seen, panic: &(dyn std::any::Any + Send)) {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words");
    tracing::error!(
        request = seen.request_text(),
        route = seen.route.as_ref().map_or("", |route| route.endpoint.path),
        "a handler panicked: {said}"
    );
}
