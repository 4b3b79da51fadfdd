use std::sync::Arc;

use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, get};

use super::super::model::{Claim, Granted};
use super::super::repo;
use super::super::step::Claims;
use super::buyer::Which;
use super::own;
use super::view::{ClaimView, WholeView};
use crate::order::state::Role;

/// What an API key needs to handle claims.
pub const SCOPE: &str = "delivery.claims";

pub fn endpoints(claims: &Arc<Claims>) -> Vec<Endpoint> {
    let endpoints = vec![
        get("/v1/delivery/claims", open_claims)
            .says("Lists the claims that somebody has to see to, those that wait for longest first."),
        get("/v1/delivery/claims/{id}", any_claim)
            .says("Reads any claim, with pictures and with what happened to it."),
        web::with!(claims, post "/v1/delivery/claims/{id}/decide" => claim_decide(which: Path<Which>, word: Body<Word>))
            .says(
                "Decides what goes back to the buyer and who bears it, line by line; nothing named is \
                 granted nothing. The answer to a dispute is final.",
            )
            .refuses([RefusalKind::Conflict]),
        web::with!(claims, post "/v1/delivery/claims/{id}/send-again" => claim_send_again(which: Path<Which>, how: Body<How>))
            .says("Sends what did not arrive once more, or puts it into the buyer's wallet.")
            .refuses([RefusalKind::Conflict]),
    ];
    let may = May::Role(web::Role::Staff);
    endpoints.into_iter().map(|endpoint| endpoint.may(may).scope(SCOPE)).collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Word {
    /// At the prices of the order.
    #[serde(default)]
    #[schemars(length(max = 50))]
    lines: Vec<Granted>,
    /// Needed where less is granted than was asked for.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    reason: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct How {
    #[serde(default)]
    to_wallet: bool,
}

async fn open_claims(call: Call, Query(page): Query<PageQuery>) -> Result<Answer<Page<ClaimView>>, Refusal> {
    let limit = page.limit();
    let [since, id] = page.from([0, 0])?;
    let found = repo::open(call.market(), (since, id), limit).await?;
    let page: Page<Claim> =
        Page::of(found, limit, |claim: &Claim| [claim.since.as_microsecond(), claim.id.raw()]);
    Answer::ok(&Page { items: page.items.iter().map(ClaimView::for_operator).collect(), next: page.next })
}

async fn any_claim(call: Call, Path(which): Path<Which>) -> Result<Answer<WholeView>, Refusal> {
    let claim = own(&call, which.id, |_| true).await?;
    Answer::ok(&WholeView::of(&call, ClaimView::for_operator(&claim)).await?)
}

async fn claim_decide(
    claims: &Arc<Claims>,
    call: Call,
    Path(which): Path<Which>,
    Body(word): Body<Word>,
) -> Result<Answer<ClaimView>, Refusal> {
    let (call, word) = (&call, &word);
    call.change(|| async move {
        let before = own(call, which.id, |_| true).await?;
        let wish = (&word.lines[..], word.reason.as_deref());
        let ruled = claims.rule(call.market(), &before, wish, Role::Operator, &call.ctx()).await?;
        Ok((ruled.0, Answer::ok(&ClaimView::for_operator(&ruled.1))?))
    })
    .await
}

async fn claim_send_again(
    claims: &Arc<Claims>,
    call: Call,
    Path(which): Path<Which>,
    Body(how): Body<How>,
) -> Result<Answer<ClaimView>, Refusal> {
    let (call, to_wallet) = (&call, how.to_wallet);
    call.change(|| async move {
        let before = own(call, which.id, |_| true).await?;
        let (decision, after) = claims.send_again(call.market(), &before, to_wallet, &call.ctx()).await?;
        Ok((decision, Answer::ok(&ClaimView::for_operator(&after))?))
    })
    .await
}
