use std::sync::Arc;

use kernel::{Id, Money, Person, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Path};

use super::model::CashView;
use super::{decide, repo};
use crate::order::http::merchant::SCOPE;
use crate::order::step::posted;
use crate::settings::RuleBook;

pub fn endpoints(rules: &Arc<RuleBook>) -> Vec<Endpoint> {
    let may = May::Role(web::Role::Staff);
    vec![
        web::with!(rules, get "/v1/delivery/me/cash" => own_cash())
            .says("How much cash you have taken and not handed in, and how much you may have.")
            .may(May::Known),
        web::with!(rules, get "/v1/delivery/riders/{worker}/cash" => rider_cash(which: Path<Which>))
            .says("How much cash a rider has taken and not handed in.")
            .may(may)
            .scope(SCOPE),
        web::with!(rules, post "/v1/delivery/riders/{worker}/cash" => rider_cash_in(which: Path<Which>, handed: Body<Handed>))
            .says("Writes down cash that a rider has handed in.")
            .may(may)
            .scope(SCOPE),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    worker: Id<Person>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Handed {
    /// In minor units of the market's currency.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    amount: i64,
}

async fn view(rules: &RuleBook, call: &Call, held: i64) -> Result<CashView, Refusal> {
    let rules = rules.of(call.market()).await?;
    let settings = rules.at(call.now);
    let max = settings.rider.cash_max_minor.map(|minor| settings.money(minor));
    Ok(CashView { held: settings.money(held), max })
}

async fn own_cash(rules: &Arc<RuleBook>, call: Call) -> Result<Answer<CashView>, Refusal> {
    let person = call.caller.person().ok_or_else(Refusal::unauthenticated)?;
    let held = repo::held(call.market(), person).await?.unwrap_or(0);
    Answer::ok(&view(rules, &call, held).await?)
}

async fn rider_cash(
    rules: &Arc<RuleBook>,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<CashView>, Refusal> {
    let held = repo::held(call.market(), which.worker).await?.ok_or_else(Refusal::not_found)?;
    Answer::ok(&view(rules, &call, held).await?)
}

async fn rider_cash_in(
    rules: &Arc<RuleBook>,
    call: Call,
    Path(which): Path<Which>,
    Body(handed): Body<Handed>,
) -> Result<Answer<CashView>, Refusal> {
    let (call, which, handed) = (&call, &which, &handed);
    call.change(|| async move {
        let (market, ctx) = (call.market(), call.ctx());
        let held = repo::held(market, which.worker).await?.ok_or_else(Refusal::not_found)?;
        let amount = Money::new(handed.amount, crate::catalogue::currency(call)?);
        let (decision, posting) = decide::hand_in(which.worker, held, amount, &ctx)?;
        let decision = decision.and(posted(market, vec![posting], &ctx).await?);
        Ok((decision, Answer::ok(&view(rules, call, held - handed.amount).await?)?))
    })
    .await
}
