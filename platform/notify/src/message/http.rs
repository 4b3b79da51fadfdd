use std::sync::Arc;

use kernel::{Decision, Refusal, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Cursor, Endpoint, May, Page, PageQuery, Path, Query, Role};

use super::model::{Attempt, Message, MessageId, MessageView, State};
use super::repo;
use crate::limits::ATTEMPTS_SHOWN;
use crate::notify::Notify;

pub fn endpoints(notify: &Arc<Notify>) -> Vec<Endpoint> {
    vec![
        web::with!(notify, get "/v1/notify/messages" => list_messages(input: Query<MessageQuery>))
            .says("The messages of this market and what became of them, newest first")
            .may(May::Role(Role::Manager))
            .scope("notify"),
        web::with!(notify, get "/v1/notify/messages/{message}" => get_message(input: Path<MessagePath>))
            .says("One message with its attempts, newest first")
            .may(May::Role(Role::Manager))
            .scope("notify"),
        web::with!(notify, delete "/v1/notify/messages/{message}" => cancel_message(input: Path<MessagePath>))
            .says("Do not send a message that still waits")
            .may(May::Role(Role::Manager))
            .scope("notify")
            .refuses([kernel::RefusalKind::Conflict]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct MessageQuery {
    /// Only those that stand so.
    state: Option<State>,
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<Cursor>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct MessagePath {
    message: MessageId,
}

#[derive(Serialize, JsonSchema)]
struct WithAttempts {
    message: MessageView,
    attempts: Vec<Attempt>,
}

async fn list_messages(
    _: &Notify,
    call: Call,
    Query(query): Query<MessageQuery>,
) -> Result<Answer<Page<MessageView>>, Refusal> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, [before]) = (page.limit(), page.from([i64::MAX])?);
    let rows: Vec<Message> = match query.state {
        Some(state) => {
            call.market().list(repo::PAGE_IN_STATE, values![before, limit + 1, state.name()]).await?
        }
        None => call.market().list(repo::PAGE, values![before, limit + 1]).await?,
    };
    Answer::ok(&Page::of(rows, limit, |message: &Message| [message.id.raw()]))
}

async fn get_message(
    _: &Notify,
    call: Call,
    Path(path): Path<MessagePath>,
) -> Result<Answer<WithAttempts>, Refusal> {
    let message = repo::one(call.market(), path.message).await?.ok_or_else(Refusal::not_found)?;
    let attempts = call.market().list(repo::ATTEMPTS, values![message.id, ATTEMPTS_SHOWN]).await?;
    Answer::ok(&WithAttempts { message: message.into(), attempts })
}

async fn cancel_message(
    _: &Notify,
    call: Call,
    Path(path): Path<MessagePath>,
) -> Result<Answer<()>, Refusal> {
    call.change(|| async {
        let message = repo::one(call.market(), path.message).await?.ok_or_else(Refusal::not_found)?;
        if message.state != State::Queued {
            let text = "Only a message that still waits can be cancelled.";
            return Err(Refusal::conflict("message_not_waiting", text));
        }
        let change = repo::CANCEL.with(values![message.id, "cancelled by hand"]);
        Ok((Decision::nothing().change(change), Answer::done()))
    })
    .await
}
