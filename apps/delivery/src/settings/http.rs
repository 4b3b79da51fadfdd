use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Role, put};

use super::decide::{self, Wish};
use super::model::{Dated, PublicSettings, Settings};
use super::{RuleBook, limits, repo};
use crate::catalogue;

/// What an API key needs to set the rules of deliveries.
pub const SCOPE: &str = "delivery.rules";

pub fn endpoints(rules: &Arc<RuleBook>) -> Vec<Endpoint> {
    vec![
        web::with!(rules, get "/v1/delivery/settings" => delivery_settings())
            .says("What deliveries cost here, and the limits of an order.")
            .may(May::Anyone)
            .shared(),
        web::with!(rules, get "/v1/delivery/settings/all" => delivery_settings_all())
            .says("All settings for deliveries: those that hold, and those that will.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
        put("/v1/delivery/settings", delivery_settings_set)
            .says(
                "Chooses the settings for deliveries from a moment on, or from now on; \
                 what is not named gets its default.",
            )
            .may(May::Role(Role::Manager))
            .scope(SCOPE)
            .refuses([RefusalKind::Conflict]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSettings {
    /// From when on they hold.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    from: Option<Timestamp>,
    settings: Settings,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AllSettings {
    version: i64,
    settings: Settings,
    later: Vec<Dated>,
}

async fn delivery_settings(rules: &Arc<RuleBook>, call: Call) -> Result<Answer<PublicSettings>, Refusal> {
    let rules = rules.of(call.market()).await?;
    let answer = Answer::ok(&PublicSettings::from(rules.at(call.now)))?;
    Ok(answer.public(limits::PUBLIC_MAX_AGE_S, limits::PUBLIC_STALE_S))
}

async fn delivery_settings_all(rules: &Arc<RuleBook>, call: Call) -> Result<Answer<AllSettings>, Refusal> {
    let rules = rules.of(call.market()).await?;
    let (settings, later) = (rules.at(call.now).clone(), rules.after(call.now).to_vec());
    Answer::ok(&AllSettings { version: rules.version, settings, later })
}

async fn delivery_settings_set(call: Call, Body(wish): Body<NewSettings>) -> Result<Answer<Dated>, Refusal> {
    let currency = catalogue::currency(&call)?;
    call.change(|| async {
        let present = repo::load(call.market(), call.now).await?;
        let wanted = Wish { settings: &wish.settings, from: wish.from, currency };
        let decision = decide::set(&wanted, &present, &call.ctx())?;
        let dated = Dated { from: wish.from.unwrap_or(call.now), settings: wish.settings.clone() };
        Ok((decision, Answer::ok(&dated)?))
    })
    .await
}
