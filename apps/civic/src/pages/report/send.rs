//! The report itself, tried and sent. Both go the way of every report; only the source differs.

use std::sync::Arc;

use kernel::Refusal;
use web::{Answer, Body, Call, Endpoint, May};

use crate::civic::Civic;
use crate::request::model::{NewRequest, Source};
use crate::request::report;
use crate::request::view::RequestView;

/// Doors that only pages go through: they are in no list of endpoints.
pub fn doors(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let doors = vec![
        web::with!(civic, post "/v1/pages/try" => page_try(new: Body<NewRequest>)).may(May::Anyone),
        web::with!(civic, post "/v1/pages/send" => page_send(new: Body<NewRequest>)).may(May::Anyone),
    ];
    doors.into_iter().map(|door| door.app(crate::APP)).collect()
}

/// What the report would be; nothing is done.
async fn page_try(
    civic: &Arc<Civic>,
    call: Call,
    Body(new): Body<NewRequest>,
) -> Result<Answer<RequestView>, Refusal> {
    let (_, request) = report::attempt(civic, &call, None, new, Source::Page).await?;
    Answer::ok(&request.into())
}

async fn page_send(
    civic: &Arc<Civic>,
    call: Call,
    Body(new): Body<NewRequest>,
) -> Result<Answer<RequestView>, Refusal> {
    report::may_write(civic, &call).await?;
    call.change(|| async {
        let (decision, request) = report::attempt(civic, &call, None, new.clone(), Source::Page).await?;
        Ok((decision, Answer::ok(&request.into())?))
    })
    .await
}

/// The secret that goes with a report that was just sent.
pub fn secret(civic: &Civic, call: &Call, request: &str) -> Option<String> {
    let about = crate::follower::keys::About { market: call.site.market_id, request: request.parse().ok()? };
    let who = match call.caller.person() {
        Some(person) => civic.keys.person(about, person),
        None => civic.keys.reporter(about),
    };
    Some(civic.keys.secret(about, who))
}
