//! Sending: destination, breaker, time, tries, redirects.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use guard::BreakerState;
use http::{Method, StatusCode, header};
use kernel::{Clock, Random, SystemRandom};
use tokio::sync::Semaphore;
use url::{Host, Url};

use crate::address::{Allowed, Destination};
use crate::breakers::Breakers;
use crate::error::{Error, detail};
use crate::names::{Checked, LeadsInside, Names, SystemNames};
use crate::request::Request;
use crate::response::Response;
use crate::{limits, retry, tls};

/// What the operator may choose.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Inner destinations that may be called all the same, also without TLS.
    pub allowed: Vec<Destination>,
    /// Whether destinations outside may be called without TLS.
    pub plain_http: bool,
    pub time_max: Duration,
    pub connect_time_max: Duration,
    pub answer_bytes_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allowed: Vec::new(),
            plain_http: false,
            time_max: limits::TIME_MAX,
            connect_time_max: limits::CONNECT_TIME_MAX,
            answer_bytes_max: limits::ANSWER_BYTES_MAX,
        }
    }
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("nothing can be called over HTTP: {0}")]
pub struct Unusable(String);

/// One for the whole program; cheap to share.
pub struct Outward {
    client: reqwest::Client,
    settings: Settings,
    allowed: Arc<Allowed>,
    breakers: Breakers,
    places: Semaphore,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// An address that was looked at.
struct Goal {
    url: Url,
    destination: String,
}

impl Outward {
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Arc<Self>, Unusable> {
        Self::with(settings, clock, Arc::new(SystemRandom), Arc::new(SystemNames))
    }

    /// With other dice and other names than the system's.
    pub fn with(
        settings: Settings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        names: Arc<dyn Names>,
    ) -> Result<Arc<Self>, Unusable> {
        let allowed = Arc::new(Allowed(settings.allowed.clone()));
        let tls = tls::config().map_err(|error| Unusable(error.to_string()))?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(settings.connect_time_max)
            .pool_idle_timeout(limits::IDLE_TIME_MAX)
            .pool_max_idle_per_host(limits::IDLE_PER_DESTINATION_MAX)
            .user_agent(concat!("iroko/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Checked::new(names, allowed.clone())))
            .build()
            .map_err(|error| Unusable(detail(&error)))?;
        Ok(Arc::new(Self {
            client,
            allowed,
            breakers: Breakers::new(clock.clone()),
            places: Semaphore::new(limits::CALLS_MAX),
            settings,
            clock,
            random,
        }))
    }

    /// The answer, whatever its status; see [`Response::success`].
    pub async fn send(&self, mut request: Request) -> Result<Response, Error> {
        if let Some(fault) = request.fault {
            return Err(Error::Address(fault));
        }
        let mut goal = self.goal(&request.url)?;
        let end = Instant::now() + request.time_max.unwrap_or(self.settings.time_max);
        loop {
            let response = self.persist(&goal, &request, end).await?;
            let Some(next) = redirected(&request, &goal, &response) else { return Ok(response) };
            let next = self.goal(next.as_str())?;
            if next.destination != goal.destination {
                for name in [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION] {
                    request.headers.remove(name);
                }
            }
            request.redirects -= 1;
            goal = next;
        }
    }

    /// Whether the breaker of an address lets calls through now.
    pub fn is_open_to(&self, url: &str) -> bool {
        self.goal(url).is_ok_and(|goal| self.breakers.state(&goal.destination) != BreakerState::Open)
    }

    /// Whether an address could be called at all, before anything is looked up: for telling somebody
    /// who writes one down.
    pub fn check(&self, url: &str) -> Result<(), Error> {
        self.goal(url).map(|_| ())
    }

    fn goal(&self, url: &str) -> Result<Goal, Error> {
        if url.len() > limits::ADDRESS_LENGTH_MAX {
            return Err(Error::Address("it is too long"));
        }
        let url = Url::parse(url).map_err(|_| Error::Address("it is not one"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Address("it holds a name or a password"));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(Error::Address("it names no host"));
        };
        let destination = format!("{}://{host}:{port}", url.scheme());
        let (is_inner, is_allowed) = match &host {
            Host::Domain(name) => (false, self.allowed.name(name)),
            Host::Ipv4(address) => self.looked_at((*address).into()),
            Host::Ipv6(address) => self.looked_at((*address).into()),
        };
        if is_inner && !is_allowed {
            return Err(Error::Inside { destination });
        }
        match url.scheme() {
            "https" => {}
            "http" if is_allowed || self.settings.plain_http || self.leads_to_allowed(&host) => {}
            "http" => return Err(Error::Address("it is not one of https")),
            _ => return Err(Error::Address("it is neither one of https nor of http")),
        }
        Ok(Goal { url, destination })
    }

    fn looked_at(&self, address: std::net::IpAddr) -> (bool, bool) {
        (!crate::is_public(address), self.allowed.inner(address))
    }

    /// `localhost` is how people write an inner address that they allowed by number.
    fn leads_to_allowed(&self, host: &Host<&str>) -> bool {
        let here = std::net::IpAddr::from(std::net::Ipv4Addr::LOCALHOST);
        matches!(host, Host::Domain("localhost")) && self.allowed.inner(here)
    }

    /// Tries again what may be tried again, as long as there is time.
    async fn persist(&self, goal: &Goal, request: &Request, end: Instant) -> Result<Response, Error> {
        let tries_max = request.tries.unwrap_or(limits::TRIES);
        let mut tries = 0;
        loop {
            tries += 1;
            let left = end.saturating_duration_since(Instant::now());
            let begun = AtomicBool::new(false);
            let outcome = match tokio::time::timeout(left, self.once(goal, request, &begun)).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    let (destination, may_have_arrived) = (goal.destination.clone(), begun.into_inner());
                    return Err(Error::TimedOut { destination, may_have_arrived });
                }
            };
            let status = outcome.as_ref().map(|response| response.status);
            if tries >= tries_max || !retry::again(status, request.repeatable) {
                return outcome;
            }
            let asked = outcome.as_ref().ok().and_then(|response| response.retry_after);
            let wait = retry::wait(tries, asked, self.dice());
            if wait >= end.saturating_duration_since(Instant::now()) {
                return outcome;
            }
            tokio::time::sleep(wait).await;
        }
    }

    fn dice(&self) -> u16 {
        let mut bytes = [0; 2];
        self.random.fill(&mut bytes);
        u16::from_le_bytes(bytes)
    }

    async fn once(&self, goal: &Goal, request: &Request, begun: &AtomicBool) -> Result<Response, Error> {
        // The destination's own queue comes first: a slow one must not hold places of the others.
        let queue = self.breakers.places(&goal.destination);
        let _place = queue.acquire().await;
        let _place_of_all = self.places.acquire().await;
        let ticket = self
            .breakers
            .allow(&goal.destination)
            .map_err(|wait| Error::LeftAlone { destination: goal.destination.clone(), wait })?;
        // Whoever gives up waiting drops this future: that counts against the destination too.
        let mut report = Report { of: self, destination: &goal.destination, ticket, success: false };
        begun.store(true, Ordering::Relaxed);
        let outcome = self.exchange(goal, request).await;
        report.success = match &outcome {
            Ok(response) => !response.status.is_server_error(),
            // Not the destination's fault.
            Err(Error::Inside { .. } | Error::TooLarge { .. }) => true,
            Err(_) => false,
        };
        outcome
    }

    async fn exchange(&self, goal: &Goal, request: &Request) -> Result<Response, Error> {
        let bytes_max = request.answer_bytes_max.unwrap_or(self.settings.answer_bytes_max);
        let sent = self
            .client
            .request(request.method.clone(), goal.url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone());
        let mut answer = sent.send().await.map_err(|error| broken(goal, error))?;
        let body = read(goal, &mut answer, bytes_max).await?;
        Ok(Response {
            status: answer.status(),
            retry_after: retry::retry_after(answer.headers(), self.clock.now()),
            headers: std::mem::take(answer.headers_mut()),
            body,
            destination: goal.destination.clone(),
        })
    }
}

/// Hands the ticket back, also when the call is given up.
struct Report<'a> {
    of: &'a Outward,
    destination: &'a str,
    ticket: guard::Ticket,
    success: bool,
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        self.of.breakers.record(self.destination, self.ticket, self.success);
    }
}

/// Never more than allowed, whatever the other side announced.
async fn read(goal: &Goal, answer: &mut reqwest::Response, bytes_max: usize) -> Result<Bytes, Error> {
    let too_large = || Error::TooLarge { destination: goal.destination.clone(), bytes_max };
    if answer.content_length().is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| broken(goal, error))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn broken(goal: &Goal, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let destination = goal.destination.clone();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(it) = cause {
        if it.is::<LeadsInside>() {
            return Error::Inside { destination };
        }
        cause = it.source();
    }
    let may_have_arrived = !(error.is_connect() || error.is_builder());
    match error.is_timeout() {
        true => Error::TimedOut { destination, may_have_arrived },
        false => Error::OutOfReach { destination, detail: detail(&error), may_have_arrived },
    }
}

/// Where a redirect leads, if it is to be followed.
fn redirected(request: &Request, goal: &Goal, response: &Response) -> Option<Url> {
    let is_read = matches!(request.method, Method::GET | Method::HEAD);
    let is_one = matches!(
        response.status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    if !is_read || !is_one || request.redirects == 0 {
        return None;
    }
    goal.url.join(response.header("location")?).ok()
}
