use kernel::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Role, get, put};

use super::model::Rule;
use super::{decide, jobs, repo};
use crate::agency;
use crate::agency::repo::Version;
use crate::limits;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/escalations", escalations_read)
            .says("Reads who is told before a deadline and after it.")
            .may(May::Role(Role::Manager))
            .scope("desk"),
        put("/v1/escalations", escalations_set)
            .says("Sets all of that at once. Each level is told of once for each request and deadline.")
            .may(May::Role(Role::Manager))
            .scope("desk"),
    ]
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rules {
    #[schemars(length(max = 100))]
    rules: Vec<Rule>,
}

async fn escalations_read(call: Call) -> Result<Answer<Rules>, Refusal> {
    Answer::ok(&Rules { rules: repo::rules(call.market()).await? })
}

async fn escalations_set(call: Call, Body(body): Body<Rules>) -> Result<Answer<Rules>, Refusal> {
    call.change(|| async {
        let market = call.market();
        let version = Version { read: agency::repo::version(market).await?, now: call.now };
        let before = repo::rules(market).await?;
        let agencies =
            agency::repo::teams_of(market, body.rules.iter().filter_map(|rule| rule.agency).collect())
                .await?;
        let decision = decide::set(&before, &body.rules, &agencies, version)?;
        let decision = match body.rules.is_empty() {
            true => decision,
            false => decision.job(jobs::look_after(call.now, limits::ESCALATION_EVERY)),
        };
        Ok((decision, Answer::ok(&body)?))
    })
    .await
}
