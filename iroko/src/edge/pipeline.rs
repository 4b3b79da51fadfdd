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
use web::{About, Call, Caller, Endpoint, How, Key, Priority, Raw, RefusalForm, Site};

use super::admission::Standing;
use super::globals::Global;
use super::prepared::Prepared;
use super::rate::Left;
use super::routes::{Route, Row};
use super::seams::Resolved;
use super::target::{host, parameters, with_slash, within};
use super::turned::{Answered, Turned};
use super::{Edge, address, body, cors, limits, may, page, shared};

/// What is known of a request by the time it is answered.
struct Seen {
    trace: TraceContext,
    request_id: [u8; 32],
    route: Option<Arc<Route>>,
    site: Option<Arc<Site>>,
    actor: Option<Actor>,
    left: Option<Left>,
    /// The endpoint's own form of refusals, from when it is known on.
    form: Option<Form>,
}

struct Form {
    as_reply: RefusalForm,
    route: Arc<Route>,
    base: Arc<str>,
    /// Bytes of the path and the query within the market.
    within: usize,
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
        let mut response = seen.refuse(turned, &head);
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
        if let Some(which) = self.of_no_market(head, address) {
            let draining = self.draining.load(Relaxed);
            return self
                .globals
                .answer(which, method, headers, &self.metrics, &self.readiness, draining)
                .await;
        }
        // What it is, by looking only: nothing is refused yet, so that a full house says so first.
        let place = self.sites.resolve(host(head), path);
        let row = place.as_ref().and_then(|place| self.table.find(place.rest));
        seen.route = place
            .as_ref()
            .zip(row.as_ref())
            .and_then(|(place, (row, _))| row.route(method, &place.site.features))
            .cloned();
        seen.site = place.as_ref().map(|place| place.site.clone());
        seen.form = place
            .as_ref()
            .zip(row.as_ref())
            .and_then(|(place, (row, _))| form(head, place, row, seen.route.as_ref()));

        let standing = seen.standing();
        let pass = self.admit(standing)?; // 503

        let place = place.ok_or_else(Refusal::not_found)?; // 404
        let (row, params) = row.ok_or_else(Refusal::not_found)?;
        if *method == Method::OPTIONS {
            return Ok(cors::options(row, &place.site.features));
        }
        let route = seen.route.clone().ok_or_else(|| Turned::method(row.allow.clone()))?; // 405
        let endpoint = &route.endpoint;
        if endpoint.app.is_some_and(|app| !place.site.features.on(app)) {
            return Err(Refusal::not_found().into()); // 404
        }
        if path.len() == place.base.len() {
            return Ok(with_slash(head)); // 308
        }

        let asking = self.ask(seen, head, place, route.clone(), &params, address).await?; // 400, 401, 403, 404, 429
        if shared::may_share(&asking) {
            let (prepared, age_s) = shared::answer(self, &asking).await?;
            return Ok(prepared.answer(method, headers, Some(age_s)).await);
        }
        let is_large = body::is_large(endpoint, &body, &self.config);
        let _large = if is_large { Some(self.admit_large(standing, address)?) } else { None }; // 503
        let reading = body::read(endpoint, headers, body, &self.config); // 408, 413, 415
        let (body, _pass) = self.arrive(pass, standing, address, reading).await?; // 503
        let prepared = self.handle(asking, body).await?; // 400, 409, 503, and what the handler says
        // The pass is given back here: a stream goes on without one, as slow as its reader, and would
        // otherwise hold the place of those who are answered at once.
        Ok(prepared.answer(method, headers, None).await)
    }

    /// Who it is, how much is left to them, and whether they may.
    async fn ask<'a>(
        &self,
        seen: &mut Seen,
        head: &'a Parts,
        place: Resolved<'_>,
        route: Arc<Route>,
        params: &matchit::Params<'_, '_>,
        address: IpAddr,
    ) -> Result<Asking<'a>, Turned> {
        let endpoint = &route.endpoint;
        let caller = self.caller(&place.site, endpoint, head, address).await; // decided below: guessing counts
        let (site, known) = (&place.site, caller.as_ref().ok());
        let (left, allowed) = self.rates.take(self.now_ns(), site, known, address, endpoint.light);
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
            return Err(seen.not_there()); // 404
        }
        may::check(endpoint, &caller, &place.site, params.get("provider"))?; // 401, 403, 404

        Ok(Asking {
            method: &head.method,
            headers: &head.headers,
            path: parameters(params)?, // 400
            query: head.uri.query().unwrap_or_default(),
            path_and_query: within(head, place.rest),
            base: place.base,
            site: place.site,
            route,
            caller,
            address,
            trace: seen.trace,
        })
    }

    /// `None`: it is for a market. Whoever may not read the metrics goes the way of every unknown
    /// address, to its end.
    fn of_no_market(&self, head: &Parts, address: IpAddr) -> Option<Global> {
        Global::at(head.uri.path()).filter(|which| match which {
            Global::Metrics => address::is_within(address, &self.config.metrics_from),
            Global::Door => !self.has_front_page(head),
            _ => true,
        })
    }

    /// The door of a host that is a market's own is that market's, if it has a page there.
    fn has_front_page(&self, head: &Parts) -> bool {
        let Some(place) = self.sites.resolve(host(head), head.uri.path()) else { return false };
        let front =
            self.table.find(place.rest).and_then(|(row, _)| row.route(&Method::GET, &place.site.features));
        front.is_some_and(|front| front.endpoint.app.is_none_or(|app| place.site.features.on(app)))
    }

    fn note_limited(&self, site: &Site) {
        let tier = match site.tier {
            web::Tier::Free => "free",
            web::Tier::Basic => "basic",
            web::Tier::Premium => "premium",
        };
        self.guarded.limited.get(tier).inc();
    }

    async fn handle(self: &Arc<Self>, asking: Asking<'_>, body: Bytes) -> Result<Arc<Prepared>, Refusal> {
        let endpoint = &asking.route.endpoint;
        let key = idempotency_key(&asking, &body)?;
        let scope = asking.scope();
        let takes_several = endpoint.body().is_some_and(|body| body.how != How::Typed);
        let media = asking.headers.get(header::CONTENT_TYPE).filter(|_| takes_several).cloned();
        let headers = if endpoint.takes_head() { asking.headers.clone() } else { HeaderMap::new() };
        let Asking { site, caller, address, base, path, query, .. } = asking;
        let call = Call::new(site, caller, address, base, self.world.clone()).with_key(key);
        let raw = Raw { path, query: query.to_owned(), body, media, headers };
        scope.around(handle(self, endpoint, call, raw)).await
    }

    /// What every answer carries, then the figures and the line.
    fn finish(&self, seen: &Seen, head: &Parts, mut response: Answered, began: Instant) -> Answered {
        let headers = response.headers_mut();
        if let Some(left) = seen.left.clone() {
            left.write(headers);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if seen.route().is_some_and(|route| route.endpoint.is_page()) {
            page::protect(headers);
        } else {
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        }
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
        Self { trace, request_id, route: None, site: None, actor: None, left: None, form: None }
    }

    fn standing(&self) -> Standing {
        let priority = match self.route.as_ref().map(|route| route.endpoint.priority) {
            Some(Priority::Critical) => guard::Priority::Critical,
            Some(Priority::Normal) => guard::Priority::Normal,
            Some(Priority::Background) | None => guard::Priority::Background,
        };
        Standing { priority, share: self.site.as_ref().map_or(0, |site| site.market_id.raw() as u64) }
    }

    /// The endpoint, or one of another method at the same path.
    fn route(&self) -> Option<&Arc<Route>> {
        self.route.as_ref().or(self.form.as_ref().map(|form| &form.route))
    }

    /// An app that is off for them looks like no address at all.
    fn not_there(&mut self) -> Turned {
        self.form = None;
        Refusal::not_found().into()
    }

    fn refuse(&self, turned: Turned, head: &Parts) -> Answered {
        let Some(form) = &self.form else { return turned.answer(self.request_text()) };
        let whole = head.uri.path_and_query().map_or("/", |it| it.as_str());
        let within = whole.get(whole.len().saturating_sub(form.within)..).unwrap_or(whole);
        let (path, query) = within.split_once('?').unwrap_or((within, ""));
        let about = About {
            status: turned.status,
            request: self.request_text(),
            method: &head.method,
            base: &form.base,
            path,
            query,
            site: self.site.clone(),
            headers: &head.headers,
        };
        turned.answer_as(form.as_reply, &form.route.endpoint, &about)
    }

    fn request_text(&self) -> &str {
        std::str::from_utf8(&self.request_id).unwrap_or_default()
    }
}

/// Where refusals have a form of their own.
fn form(head: &Parts, place: &Resolved<'_>, row: &Row, route: Option<&Arc<Route>>) -> Option<Form> {
    let (route, as_reply) = match route {
        Some(route) => (route, route.endpoint.refusals_as?),
        None => row.refusals_as(&place.site.features)?,
    };
    // An app that is off looks like no address at all.
    if route.endpoint.app.is_some_and(|app| !place.site.features.on(app)) {
        return None;
    }
    let within = within(head, place.rest).len();
    Some(Form { as_reply, route: route.clone(), base: place.base.clone(), within })
}

/// A connection that ends after this answer says so: nobody sends another request into it.
fn parting(mut response: Answered, goes_on: bool) -> Answered {
    if !goes_on {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
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
