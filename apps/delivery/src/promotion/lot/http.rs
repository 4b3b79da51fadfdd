use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Money, Refusal};
use money::ledger::{self, Account};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Call, Endpoint, May};

use super::{decide, repo};
use crate::promotion::coins;
use crate::settings::RuleBook;

pub fn endpoints(rules: &Arc<RuleBook>) -> Vec<Endpoint> {
    vec![
        web::with!(rules, get "/v1/delivery/me/coins" => own_coins())
            .says("How many coins you have, and how many of them are gone next if you do not spend them.")
            .may(May::Known),
    ]
}

#[derive(Debug, Serialize, JsonSchema)]
struct CoinsView {
    coins: u32,
    worth: Money,
    /// Of them, what is not set aside for an order.
    free: u32,
    next_expiry: Option<ExpiryView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExpiryView {
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    coins: u32,
    worth: Money,
}

async fn own_coins(rules: &Arc<RuleBook>, call: Call) -> Result<Answer<CoinsView>, Refusal> {
    let person = call.caller.person().ok_or_else(Refusal::unauthenticated)?;
    let rules = rules.of(call.market()).await?;
    let settings = rules.at(call.now);
    let purse = Account::of("coins", person).id(settings.currency);
    let found = ledger::balances(call.market(), purse).await?;
    let (all, going) = found.map_or((0, 0), |(state, _)| (state.posted, state.going));
    let lots = repo::latest(call.market(), person, call.now).await?;
    let next = decide::next(all - going, &lots).map(|left| ExpiryView {
        at: left.expires,
        coins: coins::coins_in(settings, settings.money(left.minor)),
        worth: settings.money(left.minor),
    });
    Answer::ok(&CoinsView {
        coins: coins::coins_in(settings, settings.money(all)),
        worth: settings.money(all),
        free: coins::coins_in(settings, settings.money(all - going)),
        next_expiry: next,
    })
}
