use kernel::{Id, Provider, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, get, post};

use super::super::model::{Claim, ClaimId};
use super::super::{decide, repo};
use super::operator::SCOPE;
use super::own;
use super::view::{ClaimView, WholeView};

pub fn endpoints() -> Vec<Endpoint> {
    let endpoints = vec![
        get("/v1/providers/{provider}/claims", provider_claims)
            .says("Lists what buyers ask back of what was sold, the latest first."),
        get("/v1/providers/{provider}/claims/{id}", provider_claim)
            .says("Reads what a buyer asks back, with pictures and with what happened to it."),
        post("/v1/providers/{provider}/claims/{id}/answer", provider_claim_answer).says(
            "Accepts what a buyer asks back, or contests it, and says why; before an operator decides.",
        ),
    ];
    let may = May::Provider(web::Role::Staff);
    endpoints.into_iter().map(|endpoint| endpoint.may(may).scope(SCOPE)).collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Of {
    provider: Id<Provider>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Its {
    provider: Id<Provider>,
    id: ClaimId,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Word {
    /// Whether the buyer is right.
    accepts: bool,
    /// Needed where it is contested.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    note: Option<String>,
}

async fn provider_claims(
    call: Call,
    Path(of): Path<Of>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<ClaimView>>, Refusal> {
    if !tenancy::provider::exists(call.market(), of.provider).await? {
        return Err(Refusal::not_found());
    }
    let limit = page.limit();
    let [before] = page.from([i64::MAX])?;
    let found = repo::of_provider(call.market(), of.provider, before, limit).await?;
    let page: Page<Claim> = Page::of(found, limit, |claim: &Claim| [claim.id.raw()]);
    Answer::ok(&Page { items: page.items.iter().map(ClaimView::for_merchant).collect(), next: page.next })
}

async fn provider_claim(call: Call, Path(its): Path<Its>) -> Result<Answer<WholeView>, Refusal> {
    let claim = own(&call, its.id, |claim| claim.provider == its.provider).await?;
    Answer::ok(&WholeView::of(&call, ClaimView::for_merchant(&claim)).await?)
}

async fn provider_claim_answer(
    call: Call,
    Path(its): Path<Its>,
    Body(word): Body<Word>,
) -> Result<Answer<ClaimView>, Refusal> {
    let (call, its, word) = (&call, &its, &word);
    call.change(|| async move {
        let before = own(call, its.id, |claim| claim.provider == its.provider).await?;
        let (decision, after) = decide::answer(&before, word.accepts, word.note.as_deref(), &call.ctx())?;
        Ok((decision, Answer::ok(&ClaimView::for_merchant(&after))?))
    })
    .await
}
