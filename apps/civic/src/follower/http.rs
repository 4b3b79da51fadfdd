use std::sync::Arc;

use http::StatusCode;
use kernel::{Actor, Fault, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Path, Reply};

use super::confirm::{self, Confirm, request_confirm};
use super::decide::{self, Following, Seconding};
use super::keys::About;
use super::me::{civic_erase, civic_export, my_requests};
use super::model::{Contact, FollowerView, NewContact};
use super::{contact, own, repo};
use crate::civic::Civic;
use crate::request::http::{Which, standing};
use crate::request::model::{Request, RequestId};
use crate::request::view::{self, RequestView};
use crate::request::{decide as requests, report};

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    vec![
        web::with!(civic, post "/v1/requests/{id}/seconds" => request_second(which: Path<Which>, new: Body<NewSecond>))
            .says(
                "Says \"me too\", with or without an account; each person, device or address counts once. For a \
                 request that was merged it counts where it was merged into.",
            )
            .may(May::Anyone),
        web::with!(civic, post "/v1/requests/{id}/following" => request_follow(which: Path<Which>, new: Body<NewFollower>))
            .says(
                "Asks to be told of what happens to a request. To an address that is not known to be the caller's \
                 own goes one message, and nothing else until its owner has said yes.",
            )
            .may(May::Anyone),
        web::with!(civic, post "/v1/requests/{id}/confirm" => request_confirm(which: Path<Which>, by: Body<Confirm>))
            .says("Says that messages about a request are wanted, with what came in the message that asked.")
            .may(May::Anyone),
        web::with!(civic, patch "/v1/requests/{id}/following" => following_change(which: Path<Which>, new: Body<Changed>))
            .says("Changes how one is told: signed in, or with a `secret`.")
            .may(May::Anyone),
        web::with!(civic, post "/v1/requests/{id}/unfollow" => request_unfollow(which: Path<Which>, by: Body<Shown>))
            .says("Ends messages about a request: signed in, or with a `secret`.")
            .may(May::Anyone),
        web::with!(civic, post "/v1/requests/{id}/mine" => request_mine(which: Path<Which>, by: Body<Shown>))
            .says("Shows one's own part of a request: signed in, or with a `secret`, which belongs in no address.")
            .may(May::Anyone),
        web::with!(civic, post "/v1/requests/{id}/erase" => request_erase(which: Path<Which>, wish: Body<Erase>))
            .says("Erases what is kept of oneself about a request: signed in, or with a `secret`.")
            .may(May::Anyone)
            .answers(StatusCode::NO_CONTENT),
        web::with!(civic, get "/v1/me/requests" => my_requests(page: web::Query<web::PageQuery>))
            .says("Lists what you reported, newest first.")
            .may(May::Known),
        web::with!(civic, get "/v1/me/civic" => civic_export(page: web::Query<web::PageQuery>))
            .says("Gives everything that civic requests keep about you, page by page.")
            .may(May::Known),
        web::with!(civic, delete "/v1/me/civic" => civic_erase(wish: web::Query<super::me::Wish>))
            .says("Erases everything that civic requests keep about you; what is much goes on in the background.")
            .may(May::Known),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSecond {
    /// What the device calls itself, so that several at one address count each: any text, the same each time.
    #[schemars(length(min = 8, max = 128))]
    device: Option<String>,
    /// To be told of what happens.
    contact: Option<NewContact>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewFollower {
    #[serde(default)]
    contact: NewContact,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changed {
    /// What was given for following or reporting, for those without an account.
    #[schemars(length(max = 80))]
    secret: Option<String>,
    #[serde(default)]
    contact: NewContact,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shown {
    /// What was given for following or reporting, for those without an account.
    #[schemars(length(max = 80))]
    secret: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Erase {
    /// What was given for following or reporting, for those without an account.
    #[schemars(length(max = 80))]
    secret: Option<String>,
    /// The description, the answers and the pictures too, which otherwise belong to the city's record.
    #[serde(default)]
    with_text: bool,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Seconded {
    /// The request that it counts for.
    request: RequestId,
    /// False if it had been counted before.
    counted: bool,
    /// How many others say so, a moment ago.
    seconds: i64,
    /// Whether somebody new is told from now on.
    follows: bool,
    /// A message went to the address; only when its owner has said yes there are others.
    #[serde(default)]
    confirm: bool,
    /// With it whoever is told can change that without an account. Not kept; shown to who asked first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

async fn request_second(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
    Body(new): Body<NewSecond>,
) -> Result<Answer<Seconded>, Refusal> {
    report::may_write(civic, &call).await?;
    let answer: Answer<Seconded> = call
        .change(|| async {
            let request = standing(&call, which.id).await?;
            let by = seconding(civic, &call, &request, &new).await?;
            let contact = by.contact.clone();
            let (decision, done) = decide::second(&request, by, &call.ctx())?;
            let decision = match contact.filter(|_| done.asks) {
                Some((who, contact, _)) => {
                    decision.and(confirm::asked(civic, &call, &request, who, &contact).await?)
                }
                None => decision,
            };
            let seconds = request.seconds + i64::from(done.counted);
            let (request, counted, follows, confirm) = (request.id, done.counted, done.follows, done.asks);
            let seconded = Seconded { request, counted, seconds, follows, confirm, secret: None };
            Ok((decision, Answer::ok(&seconded)?))
        })
        .await?;
    let contact = new.contact.as_ref().map(|contact| checked(civic, &call, contact)).transpose()?;
    with_secret(answer, |seconded: &mut Seconded| {
        if let Some(contact) = contact.filter(|_| seconded.follows && !seconded.confirm) {
            seconded.secret = secret(civic, &call, seconded.request, &contact);
        }
    })
}

async fn seconding(
    civic: &Civic,
    call: &Call,
    request: &Request,
    new: &NewSecond,
) -> Result<Seconding, Refusal> {
    let (market, about) = (call.market(), about(call, request.id));
    let who = match (call.caller.person(), &new.device) {
        (Some(person), _) => civic.keys.person(about, person),
        (None, Some(device)) => civic.keys.device(about, device),
        (None, None) => civic.keys.address(about, call.address),
    };
    let row = repo::one(market, request.id, who).await?;
    let mut is_reporter = row.as_ref().is_some_and(|row| row.reporter)
        || who == requests::reporter(&civic.keys, about.market, request);
    let Some(contact) = &new.contact else {
        return Ok(Seconding { who, is_reporter, row, contact: None, is_own: false });
    };
    let contact = checked(civic, call, contact)?;
    let is_own = civic.is_own(call, contact.address()).await?;
    let whose = whose(civic, call, request.id, &contact);
    if whose.is_some_and(|whose| whose != who) && !is_reporter {
        // Whoever reported it under this very address is the same.
        let theirs = repo::one(market, request.id, civic.keys.reporter(about)).await?;
        is_reporter = theirs.is_some_and(|row| row.contact.any_address() == contact.any_address());
    }
    let contact = match whose {
        None => None,
        Some(whose) if whose == who => Some((whose, contact, row.is_some())),
        Some(whose) => {
            let known = repo::one(market, request.id, whose).await?.is_some();
            Some((whose, contact, known))
        }
    };
    Ok(Seconding { who, is_reporter, row, contact, is_own })
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Followed {
    /// The request that is followed: the one named, or the one it was merged into.
    pub(super) request: RequestId,
    /// False if this one was told before, or asked.
    pub(super) follows: bool,
    /// A message went to the address; only when its owner has said yes there are others.
    #[serde(default)]
    pub(super) confirm: bool,
    /// With it whoever is told can change that without an account. Not kept; shown to who asked first, once
    /// the address is known to be theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<String>,
}

async fn request_follow(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
    Body(new): Body<NewFollower>,
) -> Result<Answer<Followed>, Refusal> {
    report::may_write(civic, &call).await?;
    let answer: Answer<Followed> = call
        .change(|| async {
            let request = standing(&call, which.id).await?;
            let contact = checked(civic, &call, &new.contact)?;
            let who = match whose(civic, &call, request.id, &contact) {
                Some(who) => who,
                None => return Err(nowhere()),
            };
            let row = repo::one(call.market(), request.id, who).await?;
            let is_own = civic.is_own(&call, contact.address()).await?;
            let wish = (contact.clone(), is_own);
            let (decision, done) = decide::follow(&request, who, row.as_ref(), wish, &call.ctx())?;
            let Following { follows, asks: confirm } = done;
            let decision = match confirm {
                true => decision.and(confirm::asked(civic, &call, &request, who, &contact).await?),
                false => decision,
            };
            let followed = Followed { request: request.id, follows, confirm, secret: None };
            Ok((decision, Answer::ok(&followed)?))
        })
        .await?;
    let contact = checked(civic, &call, &new.contact)?;
    with_secret(answer, |followed: &mut Followed| {
        if followed.follows && !followed.confirm {
            followed.secret = secret(civic, &call, followed.request, &contact);
        }
    })
}

async fn following_change(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
    Body(new): Body<Changed>,
) -> Result<Answer<FollowerView>, Refusal> {
    call.change(|| async {
        let (request, mine) = own::find(civic, &call, which.id, new.secret.as_deref()).await?;
        let contact = checked(civic, &call, &new.contact)?;
        let wish = (contact.clone(), civic.is_own(&call, contact.address()).await?);
        let (decision, asks) = decide::change(&request, (mine.who, mine.row.as_ref()), wish, &call.ctx());
        let decision = match asks {
            true => decision.and(confirm::asked(civic, &call, &request, mine.who, &contact).await?),
            false => decision,
        };
        let (person, at) = (call.caller.person(), call.now);
        let (request, who, reporter) = (request.id, mine.who, mine.is_reporter);
        let fresh = super::model::Follower {
            request,
            who,
            person,
            reporter,
            seconded: false,
            contact: contact.clone(),
            at,
            confirmed: true,
        };
        let before = mine.row.unwrap_or(fresh);
        let confirmed = !asks && (before.confirmed || before.contact.address() != contact.address());
        let view = super::model::Follower { contact, confirmed, ..before };
        Ok((decision, Answer::ok(&view.into())?))
    })
    .await
}

async fn request_unfollow(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
    Body(by): Body<Shown>,
) -> Result<Answer<()>, Refusal> {
    call.change(|| async {
        let (_, mine) = own::find(civic, &call, which.id, by.secret.as_deref()).await?;
        // Whoever is told nothing already has what they want.
        let decision = mine.row.as_ref().map(decide::unfollow).unwrap_or_default();
        Ok((decision, Answer::done()))
    })
    .await
}

/// A request as whoever reported or follows it sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct MineView {
    pub(super) request: RequestView,
    /// Reported it.
    pub(super) reporter: bool,
    /// Kept from the public by the city.
    pub(super) hidden: bool,
    /// The answers to the category's own questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answers: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) zipcode: Option<String>,
    /// How one is told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) following: Option<FollowerView>,
    /// Until when it may be opened again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub(super) reopen_until: Option<kernel::jiff::Timestamp>,
}

async fn request_mine(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
    Body(by): Body<Shown>,
) -> Result<Answer<MineView>, Refusal> {
    let (request, mine) = own::find(civic, &call, which.id, by.secret.as_deref()).await?;
    let mut view = super::me::view(civic, call.market(), request, mine).await?;
    view::complete(civic, &call, std::iter::once(&mut view.request)).await?;
    Answer::ok(&view)
}

async fn request_erase(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
    Body(wish): Body<Erase>,
) -> Result<Answer<()>, Refusal> {
    call.change(|| async {
        let (request, mine) = own::find(civic, &call, which.id, wish.secret.as_deref()).await?;
        let row = mine.row.as_ref();
        let by = (mine.who, mine.is_reporter);
        let (decision, after) = decide::erase(&request, by, row, wish.with_text, &call.ctx());
        let detached = super::me::detach(civic, call.market(), &request, &after).await?;
        Ok((decision.and(detached), Answer::done()))
    })
    .await
}

fn about(call: &Call, request: RequestId) -> About {
    About { market: call.site.market_id, request }
}

fn nowhere() -> Refusal {
    let message = "Give an e-mail address or a telephone number, or sign in.";
    Refusal::invalid(vec![Fault::new("/contact/email", "missing", message)])
}

/// The contact in its one form, or all that is wrong with it.
fn checked(civic: &Civic, call: &Call, new: &NewContact) -> Result<Contact, Refusal> {
    let mut faults = Vec::new();
    let contact = contact::check("/contact", new, report::custom(civic, call), &mut faults);
    if faults.is_empty() { Ok(contact) } else { Err(Refusal::invalid(faults)) }
}

/// Under which hash somebody is told: their own, or that of how they are reached.
fn whose(civic: &Civic, call: &Call, request: RequestId, contact: &Contact) -> Option<super::keys::Who> {
    let about = about(call, request);
    match call.caller.actor {
        Actor::Person(person) => Some(civic.keys.person(about, person)),
        _ => contact.any_address().map(|address| civic.keys.contact(about, address)),
    }
}

fn secret(civic: &Civic, call: &Call, request: RequestId, contact: &Contact) -> Option<String> {
    let who = whose(civic, call, request, contact)?;
    Some(civic.keys.secret(about(call, request), who))
}

/// What is kept for a repeated key has no secret in it: it is reckoned anew for each answer.
pub(super) fn with_secret<T>(answer: Answer<T>, add: impl FnOnce(&mut T)) -> Result<Answer<T>, Refusal>
where
    T: Serialize + serde::de::DeserializeOwned,
{
    let mut reply = Reply::from(answer);
    let broken = |_| Refusal::unavailable("answer_broken", "The answer could not be written.", 60);
    let mut value: T = serde_json::from_slice(&reply.body).map_err(broken)?;
    add(&mut value);
    reply.body = serde_json::to_vec(&value).map_err(broken)?.into();
    Ok(reply.into())
}
