use std::sync::Arc;

use kernel::{Decision, Id, Person, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May};

use super::model::WordView;
use super::{decide, repo};
use crate::settings::RuleBook;
use futures_util::future::BoxFuture;
use store::{Market, StoreError};

/// Whether somebody has ordered anything here yet: orders are not this module's.
pub trait Buyers: Send + Sync {
    fn has_ordered<'a>(
        &'a self,
        market: &'a Market,
        person: Id<Person>,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;
}

/// What the endpoints of referrals look at.
pub struct Referrals {
    pub rules: Arc<RuleBook>,
    pub buyers: Arc<dyn Buyers>,
}

pub fn endpoints(referrals: &Arc<Referrals>) -> Vec<Endpoint> {
    vec![
        web::with!(referrals, post "/v1/delivery/me/word" => referral_word())
            .says("Gives you a code to hand on, or the one you have, and says how many came by it.")
            .may(May::Known),
        web::with!(referrals, post "/v1/delivery/me/referral" => referral_come(code: Body<Code>))
            .says("Says by whose word you came: once, before your first order.")
            .may(May::Known)
            .refuses([RefusalKind::Conflict]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    #[schemars(length(min = 1, max = 32))]
    code: String,
}

fn person(call: &Call) -> Result<Id<Person>, Refusal> {
    call.caller.person().ok_or_else(Refusal::forbidden)
}

async fn referral_word(referrals: &Arc<Referrals>, call: Call) -> Result<Answer<WordView>, Refusal> {
    let person = person(&call)?;
    let rules = referrals.rules.of(call.market()).await?;
    call.change(|| async {
        let (decision, word) = match repo::word(call.market(), person).await? {
            Some(word) => (Decision::nothing(), word),
            None => decide::give_word(person, &call.ctx()),
        };
        Ok((decision, Answer::ok(&WordView::new(&word, rules.at(call.now)))?))
    })
    .await
}

async fn referral_come(
    referrals: &Arc<Referrals>,
    call: Call,
    Body(code): Body<Code>,
) -> Result<Answer<()>, Refusal> {
    let person = person(&call)?;
    call.change(|| async {
        let word = repo::by_code(call.market(), code.code.trim()).await?;
        let has_ordered = referrals.buyers.has_ordered(call.market(), person).await?;
        let (decision, _) = decide::come(person, word.as_ref(), has_ordered, &call.ctx())?;
        Ok((decision, Answer::done()))
    })
    .await
}
