//! Sending a request to another system, asking under which id it is known there, and looking how it
//! stands. Every step leaves the next one as a job, so that a market in which nothing is on its way
//! costs nothing.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::Timestamp;
use kernel::{Actor, Ctx, Decision, IdSource, NewJob};
use outward::seal;
use serde::{Deserialize, Serialize};
use store::{Market, Stamp};

use super::client::{Client, Failed, Parcel};
use super::decide::{self, News};
use super::model::{Endpoint, Forward, State};
use super::pace::Outcome;
use super::repo;
use super::wire::Taken;
use crate::civic::Civic;
use crate::desk::decide as desk;
use crate::desk::model::{Act, By};
use crate::limits;
use crate::request::model::{Request, RequestId};
use crate::request::number;
use crate::request::repo as requests;
use crate::request::state::Who;

pub const SEND: &str = "civic.forward";

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Which {
    pub(super) request: RequestId,
}

pub struct SendForward {
    pub civic: Arc<Civic>,
    pub ids: Arc<dyn IdSource>,
}

impl JobHandler for SendForward {
    fn kind(&self) -> &'static str {
        SEND
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let broken = |error: serde_json::Error| JobTrouble::Dead(error.to_string());
        let Which { request } = serde_json::from_str(&job.body).map_err(broken)?;
        let Some(forward) = repo::one(market, request).await? else { return Ok(Decision::nothing()) };
        let now = self.civic.clock.now();
        // An earlier job with the same errand was done already, or a later one is to come.
        if forward.due > now || forward.state == State::Refused {
            return Ok(Decision::nothing());
        }
        let (Some(request), Some(endpoint)) =
            (requests::one(market, request).await?, repo::endpoint(market, &forward.endpoint).await?)
        else {
            return Ok(Decision::nothing());
        };
        if !endpoint.open {
            let later = now.checked_add(limits::FORWARD_REST).unwrap_or(Timestamp::MAX);
            return Ok(step(&forward, Forward { due: later, ..forward.clone() }));
        }
        match forward.state {
            State::Waiting => self.send(market, &forward, &request, &endpoint).await,
            State::Token => self.ask_for_id(market, &forward, &endpoint).await,
            State::There | State::Over => self.look(market, &forward, &request, &endpoint).await,
            State::Refused => Ok(Decision::nothing()),
        }
    }
}

impl SendForward {
    fn client<'a>(&'a self, market: &Market, endpoint: &'a Endpoint) -> Result<Client<'a>, JobTrouble> {
        let place = place_of(market, &endpoint.code);
        let opened = endpoint.api_key.as_ref().map(|sealed| seal::open(&self.civic.seal_key, &place, sealed));
        let key = match opened {
            None => None,
            Some(Some(key)) => Some(key),
            Some(None) => {
                let message = "the endpoint's key was sealed by another deployment; set it anew";
                return Err(JobTrouble::Dead(message.to_owned()));
            }
        };
        Ok(Client::new(&self.civic.outward, endpoint, key))
    }

    async fn send(
        &self,
        market: &Market,
        forward: &Forward,
        request: &Request,
        endpoint: &Endpoint,
    ) -> Result<Decision, JobTrouble> {
        if request.merged.is_some() || request.hidden || request.status.is_over() {
            let detail = Some("It was merged, hidden or closed before it was sent.".to_owned());
            return Ok(step(forward, Forward { state: State::Refused, detail, ..forward.clone() }));
        }
        let client = self.client(market, endpoint)?;
        let reference = number::of(request.id);
        if forward.unsure {
            match client.search(&forward.service, &reference, forward.since).await {
                Ok(Some(theirs)) => return Ok(self.arrived(forward, &Taken::Id(theirs.id))),
                Ok(None) => {}
                // Not knowing whether it is there, it is not sent a second time.
                Err(failed) => {
                    return Ok(self.failed(forward, &Failed { outcome: Outcome::Unknown, ..failed }));
                }
            }
        }
        // Written down before anything leaves: after a crash it may have arrived.
        let under_way = Forward { unsure: true, ..forward.clone() };
        if !forward.unsure {
            let stamp = Stamp { at: self.civic.clock.now(), actor: Actor::System };
            market.commit(stamp, Decision::nothing().change(repo::set(forward, &under_way))).await?;
        }
        let photos = self.photos(market, request).await;
        let parcel = Parcel { request, service: &forward.service, reference: &reference, photos };
        Ok(match client.send(&parcel).await {
            Ok(taken) => self.arrived(&under_way, &taken),
            Err(failed) => self.failed(&under_way, &failed),
        })
    }

    /// Others fetch pictures by themselves, if they can know where this server is.
    async fn photos(&self, market: &Market, request: &Request) -> Vec<String> {
        let (Some(url), name) = (&self.civic.public_url, &market.place().name) else { return Vec::new() };
        let base = format!("{}/{name}", url.trim_end_matches('/'));
        let found = self.civic.pictures(market, std::slice::from_ref(request)).await;
        let paths = found.ok().and_then(|mut all| all.remove(&request.id)).unwrap_or_default();
        paths.into_iter().map(|path| format!("{base}{path}")).collect()
    }

    async fn ask_for_id(
        &self,
        market: &Market,
        forward: &Forward,
        endpoint: &Endpoint,
    ) -> Result<Decision, JobTrouble> {
        let token = forward.token.clone().unwrap_or_default();
        Ok(match self.client(market, endpoint)?.token(&token).await {
            Ok(taken) => self.arrived(forward, &taken),
            // They have it, whatever they say of the token: what is there is not refused.
            Err(failed) => self.failed(forward, &Failed { outcome: Outcome::NotNow, ..failed }),
        })
    }

    async fn look(
        &self,
        market: &Market,
        forward: &Forward,
        request: &Request,
        endpoint: &Endpoint,
    ) -> Result<Decision, JobTrouble> {
        let id = forward.external.clone().unwrap_or_default();
        let now = self.civic.clock.now();
        let found = match self.client(market, endpoint)?.look(&[&id]).await {
            Ok(found) => found,
            Err(failed) => {
                let (after, _) = decide::followed(forward, request.status, None, now);
                let detail = Some(failed.detail);
                return Ok(step(forward, Forward { detail, ..after }));
            }
        };
        let theirs = found.iter().find(|theirs| theirs.id == id);
        let (after, news) = decide::followed(forward, request.status, theirs, now);
        let done =
            after.state == State::Over && now.duration_since(forward.since) > limits::FORWARD_LOOK_AFTER_END;
        let kept =
            if done { Decision::nothing().change(repo::set(forward, &after)) } else { step(forward, after) };
        Ok(kept.and(self.tell(market, request, &news).await?))
    }

    /// What they did is done here too, by the same rules as everything else.
    async fn tell(&self, market: &Market, request: &Request, news: &News) -> Result<Decision, JobTrouble> {
        let zone = self.civic.zone(market);
        let ctx = Ctx { now: self.civic.clock.now(), zone: &zone, actor: Actor::System, ids: &*self.ids };
        let by = By { who: Who::System, agency: None };
        let rules = self.civic.rules.of(market).await?;
        let calendar = rules.calendar(&zone);
        let act = match (news.status, &news.note) {
            (Some(to), note) => Act::Move { to, reason: note.clone() },
            (None, Some(text)) => Act::Answer { text: text.clone() },
            (None, None) => return Ok(Decision::nothing()),
        };
        match desk::act(request, &act, None, &Default::default(), &by, &*calendar, &ctx) {
            Ok((decision, _)) => Ok(decision),
            // Somebody at the desk did so already, or merged it meanwhile: the desk is right.
            Err(refusal) => {
                tracing::info!(request = %request.id, %refusal, "news of another system change nothing here");
                Ok(Decision::nothing())
            }
        }
    }

    fn arrived(&self, before: &Forward, taken: &Taken) -> Decision {
        step(before, decide::arrived(before, taken, self.civic.clock.now()))
    }

    fn failed(&self, before: &Forward, failed: &Failed) -> Decision {
        let now = self.civic.clock.now();
        step(before, decide::failed(before, failed.outcome, &failed.detail, failed.retry_after, now))
    }
}

/// Under which an endpoint's key is sealed.
pub(super) fn place_of(market: &Market, endpoint: &str) -> String {
    format!("{}/{endpoint}", market.place().id.raw())
}

/// The next state, and the job that goes on from it.
fn step(before: &Forward, after: Forward) -> Decision {
    let decision = Decision::nothing().change(repo::set(before, &after));
    match after.state {
        State::Refused => decision,
        _ => decision.job(NewJob::new(SEND, after.due, &Which { request: after.request })),
    }
}
