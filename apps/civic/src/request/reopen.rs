//! Opening a request again, by who reported or follows it.

use std::sync::Arc;

use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Path};

use super::decide;
use super::http::Which;
use super::view::{self, RequestView};
use crate::civic::Civic;
use crate::follower::own;
use crate::request::report;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Again {
    /// What came with the report, for those without an account.
    #[schemars(length(max = 80))]
    secret: Option<String>,
    /// What is not done, for everyone to read; must be given.
    #[schemars(length(max = 2000))]
    why: Option<String>,
}

pub(super) async fn request_reopen(
    civic: &Arc<Civic>,
    call: Call,
    Path(which): Path<Which>,
    Body(again): Body<Again>,
) -> Result<Answer<RequestView>, Refusal> {
    report::may_write(civic, &call).await?;
    call.change(|| async {
        let (before, _) = own::find(civic, &call, which.id, again.secret.as_deref()).await?;
        let rules = civic.rules.of(call.market()).await?;
        let due = report::due(&rules, &before.category, &call);
        let (decision, after) =
            decide::reopen(&before, again.why.as_deref(), &rules.settings, due, &call.ctx())?;
        let mut view = RequestView::from(after);
        view::complete(civic, &call, std::iter::once(&mut view)).await?;
        Ok((decision, Answer::ok(&view)?))
    })
    .await
}
