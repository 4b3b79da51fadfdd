use kernel::Refusal;
use web::{Answer, Body, Call, Endpoint, May, Role, get, put};

use super::model::Settings;
use super::{decide, repo};
use crate::category::http::SCOPE;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/civic/settings", settings_read)
            .says("The market's settings for civic requests.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
        put("/v1/civic/settings", settings_set)
            .says("Chooses the market's settings for civic requests; what is not named gets its default.")
            .may(May::Role(Role::Manager))
            .scope(SCOPE),
    ]
}

async fn settings_read(call: Call) -> Result<Answer<Settings>, Refusal> {
    Answer::ok(&repo::settings(call.market()).await?)
}

async fn settings_set(call: Call, Body(settings): Body<Settings>) -> Result<Answer<Settings>, Refusal> {
    call.change(|| async { Ok((decide::set(&settings, &call.ctx())?, Answer::ok(&settings)?)) }).await
}
