use std::sync::Arc;

use http::StatusCode;
use kernel::{Decision, Fault, Id, Person, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Path, get};

use super::super::model::{ClaimId, Wanted};
use super::super::step::Claims;
use super::super::{PHOTOS, decide, repo};
use super::own;
use super::view::{ClaimView, WholeView};
use crate::order::{self, Order, OrderId};

pub fn endpoints(claims: &Arc<Claims>) -> Vec<Endpoint> {
    let endpoints = vec![
        web::with!(claims, post "/v1/orders/{id}/claims" => claim_request(which: Path<Of>, new: Body<NewClaim>))
            .says(
                "Asks something back of one of your own orders: which lines something was wrong with. What \
                 they cost is what was paid for them.",
            )
            .answers(StatusCode::CREATED),
        get("/v1/orders/{id}/claims", claim_list).says("Lists what you asked back of one of your own orders."),
        get("/v1/claims/{id}", claim_read).says("Reads one of your own claims, with what happened to it."),
        web::with!(claims, post "/v1/claims/{id}/dispute" => claim_dispute(which: Path<Which>, why: Body<Why>))
            .says("Does not take the answer to a claim: an operator looks at it again, once and for good."),
    ];
    endpoints.into_iter().map(|endpoint| endpoint.may(May::Known)).collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Of {
    id: OrderId,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Which {
    pub id: ClaimId,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewClaim {
    #[schemars(length(min = 1, max = 50))]
    lines: Vec<Wanted>,
    /// Tickets of pictures that were sent for a `claim`.
    #[serde(default)]
    #[schemars(length(max = 4), inner(length(min = 1, max = 1000)))]
    photos: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Why {
    #[schemars(length(min = 1, max = 1000))]
    note: String,
}

fn buyer(call: &Call) -> Result<Id<Person>, Refusal> {
    call.caller.person().ok_or_else(Refusal::unauthenticated)
}

async fn their_order(call: &Call, id: OrderId) -> Result<Order, Refusal> {
    let buyer = buyer(call)?;
    let found = order::repo::one(call.market(), id).await?;
    found.filter(|order| order.buyer == buyer).ok_or_else(Refusal::not_found)
}

async fn claim_request(
    claims: &Arc<Claims>,
    call: Call,
    Path(of): Path<Of>,
    Body(new): Body<NewClaim>,
) -> Result<Answer<ClaimView>, Refusal> {
    let (call, new) = (&call, &new);
    call.change(|| async move {
        let (market, ctx) = (call.market(), call.ctx());
        let order = their_order(call, of.id).await?;
        let returned = repo::returned(market, order.id).await?;
        let settings = claims.orders.settings(market, &ctx).await?;
        let (decision, claim) = decide::request(&order, &new.lines, &returned, &settings.claim, &ctx)?;
        let photos = attached(claims, call, claim.id, &new.photos).await?;
        let location = format!("{}/v1/claims/{}", call.base, claim.id);
        Ok((decision.and(photos), Answer::created(location, &ClaimView::for_buyer(&claim))?))
    })
    .await
}

async fn attached(
    claims: &Claims,
    call: &Call,
    claim: ClaimId,
    tickets: &[String],
) -> Result<Decision, Refusal> {
    if tickets.is_empty() {
        return Ok(Decision::nothing());
    }
    let media = claims.orders.catalogue.media.as_ref().ok_or_else(|| {
        Refusal::invalid(vec![Fault::new("/photos", "no_pictures", "No pictures are kept here.")])
    })?;
    media.attach(call.market(), call.now, (PHOTOS, claim.raw()), tickets, "/photos").await
}

#[derive(Serialize, JsonSchema)]
struct All {
    items: Vec<ClaimView>,
}

async fn claim_list(call: Call, Path(of): Path<Of>) -> Result<Answer<All>, Refusal> {
    let order = their_order(&call, of.id).await?;
    let found = repo::of_order(call.market(), order.id).await?;
    Answer::ok(&All { items: found.iter().map(ClaimView::for_buyer).collect() })
}

async fn claim_read(call: Call, Path(which): Path<Which>) -> Result<Answer<WholeView>, Refusal> {
    let buyer = buyer(&call)?;
    let claim = own(&call, which.id, |claim| claim.buyer == buyer).await?;
    Answer::ok(&WholeView::of(&call, ClaimView::for_buyer(&claim)).await?)
}

async fn claim_dispute(
    claims: &Arc<Claims>,
    call: Call,
    Path(which): Path<Which>,
    Body(why): Body<Why>,
) -> Result<Answer<ClaimView>, Refusal> {
    let buyer = buyer(&call)?;
    let (call, why) = (&call, &why);
    call.change(|| async move {
        let ctx = call.ctx();
        let before = own(call, which.id, |claim| claim.buyer == buyer).await?;
        let settings = claims.orders.settings(call.market(), &ctx).await?;
        let (decision, after) = decide::dispute(&before, &why.note, &settings.claim, &ctx)?;
        Ok((decision, Answer::ok(&ClaimView::for_buyer(&after))?))
    })
    .await
}
