use std::sync::Arc;

use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Path};

use super::model::Trouble;
use super::{decide, repo};
use crate::claim::Claims;
use crate::order::http::merchant::SCOPE;
use crate::order::{self, OrderId};

pub fn endpoints(claims: &Arc<Claims>) -> Vec<Endpoint> {
    vec![
        web::with!(claims, post "/v1/delivery/orders/{id}/trouble" => order_trouble_settle(which: Path<Which>, wish: Body<Wish>))
            .says(
                "Sees to what went wrong with the money of an order: it is tried again, or what was to go back \
                 is put into the buyer's wallet, or it is only noted what was done.",
            )
            .may(May::Role(web::Role::Staff))
            .scope(SCOPE)
            .refuses([RefusalKind::Conflict]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    id: OrderId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Again,
    ToWallet,
    Note,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wish {
    what: Trouble,
    way: Way,
    /// What was done.
    #[schemars(length(min = 1, max = 1000))]
    note: String,
}

async fn order_trouble_settle(
    claims: &Arc<Claims>,
    call: Call,
    Path(which): Path<Which>,
    Body(wish): Body<Wish>,
) -> Result<Answer<()>, Refusal> {
    let (call, wish) = (&call, &wish);
    call.change(|| async move {
        let (market, ctx) = (call.market(), call.ctx());
        let order = order::repo::one(market, which.id).await?.ok_or_else(Refusal::not_found)?;
        let known = repo::one(market, order.id, wish.what).await?;
        let settled = decide::settled(known.as_ref(), &wish.note, &ctx)?;
        let beside = claims.seen_to(market, &order, wish.what, wish.way, &ctx).await?;
        Ok((settled.and(beside), Answer::done()))
    })
    .await
}
