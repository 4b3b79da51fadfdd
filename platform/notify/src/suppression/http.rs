use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Refusal, values};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Query, Role};

use super::decide;
use super::model::{Reason, Suppression};
use super::repo;
use crate::channel::Channel;
use crate::notify::Notify;

pub fn endpoints(notify: &Arc<Notify>) -> Vec<Endpoint> {
    vec![
        web::with!(notify, get "/v1/notify/suppressions" => list_suppressions(input: Query<PageQuery>))
            .says("How many addresses take no messages and why, newest first, without the addresses")
            .may(May::Role(Role::Manager))
            .scope("notify"),
        web::with!(notify, post "/v1/notify/suppressions" => suppress_address(input: Body<Address>))
            .says("Send nothing to an address any more")
            .may(May::Role(Role::Manager))
            .scope("notify"),
        web::with!(notify, post "/v1/notify/suppressions/lift" => lift_suppression(input: Body<Address>))
            .says("Send to an address again")
            .may(May::Role(Role::Manager))
            .scope("notify"),
    ]
}

/// Where to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Address {
    channel: Channel,
    #[schemars(length(min = 1, max = 320))]
    address: String,
}

async fn list_suppressions(
    _: &Notify,
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<Suppression>>, Refusal> {
    let (limit, [before]) = (page.limit(), page.from([i64::MAX])?);
    let rows: Vec<Suppression> = call.market().list(repo::PAGE, values![before, limit + 1]).await?;
    Answer::ok(&Page::of(rows, limit, |row: &Suppression| [row.at.as_microsecond()]))
}

async fn suppress_address(
    notify: &Notify,
    call: Call,
    Body(input): Body<Address>,
) -> Result<Answer<()>, Refusal> {
    let hash = notify.keys().blind(call.market(), input.channel, &input.address);
    let now: Timestamp = call.now;
    call.change(|| async {
        Ok((decide::suppress(hash, input.channel, Reason::Entered, now), Answer::done()))
    })
    .await
}

/// Also where it was not suppressed: whether it was is told to nobody who only guesses.
async fn lift_suppression(
    notify: &Notify,
    call: Call,
    Body(input): Body<Address>,
) -> Result<Answer<()>, Refusal> {
    let hash = notify.keys().blind(call.market(), input.channel, &input.address);
    call.change(|| async { Ok((decide::lift(hash), Answer::done())) }).await
}
