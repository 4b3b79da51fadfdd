use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, get, post, put};

use super::model::{PromotionId, PromotionView, Terms};
use super::{decide, repo};
use crate::settings::http::SCOPE;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/delivery/promotions", promotion_list)
            .says("Lists the promotions with how far each is used up, the newest first.")
            .may(May::Role(Role::Staff))
            .scope(SCOPE),
        post("/v1/delivery/promotions", promotion_create)
            .says("Adds a promotion: for everybody, or for whoever knows its code.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE)
            .refuses([RefusalKind::Conflict]),
        put("/v1/delivery/promotions/{promotion}", promotion_change)
            .says("Gives a promotion other terms from now on; what was given stays given.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE)
            .refuses([RefusalKind::Conflict]),
        post("/v1/delivery/promotions/{promotion}/close", promotion_close)
            .says("Ends a promotion at once and for good; quotes that have it already keep it.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    promotion: PromotionId,
}

async fn promotion_list(
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<PromotionView>>, Refusal> {
    let [before] = page.from([i64::MAX])?;
    let rows = repo::list(call.market(), before, page.limit()).await?;
    Answer::ok(&Page::of(rows, page.limit(), |its| [its.id.raw()]))
}

async fn promotion_create(call: Call, Body(terms): Body<Terms>) -> Result<Answer<PromotionView>, Refusal> {
    call.change(|| async {
        let automatic = repo::automatic(call.market(), call.now).await?;
        let (decision, made) = decide::create(terms.clone(), automatic, &call.ctx())?;
        Ok((decision, Answer::ok(&made.into())?))
    })
    .await
}

async fn promotion_change(
    call: Call,
    Path(which): Path<Which>,
    Body(terms): Body<Terms>,
) -> Result<Answer<PromotionView>, Refusal> {
    call.change(|| async {
        let present = repo::one(call.market(), which.promotion).await?.ok_or_else(Refusal::not_found)?;
        let namesake = repo::named(call.market(), terms.code.as_deref()).await?;
        if namesake.is_some_and(|other| other != present.id) {
            return Err(decide::code_taken());
        }
        let (decision, next) = decide::change(&present, terms.clone())?;
        Ok((decision, Answer::ok(&next.into())?))
    })
    .await
}

async fn promotion_close(call: Call, Path(which): Path<Which>) -> Result<Answer<PromotionView>, Refusal> {
    call.change(|| async {
        let present = repo::one(call.market(), which.promotion).await?.ok_or_else(Refusal::not_found)?;
        let (decision, next) = decide::close(&present);
        Ok((decision, Answer::ok(&next.into())?))
    })
    .await
}
