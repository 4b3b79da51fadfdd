//! What happened to a request, as it is read. Staff acts write their entries beside their changes;
//! what citizens do is written here.

use kernel::jiff::Timestamp;
use kernel::{Actor, Change, Ctx, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Market, Row, StoreError};

use super::model::{RequestId, Status};
use crate::keep::model::Kept;

kernel::statements! {
    short ADD = "insert into history (id, request, at, actor, what, public, body) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    short PUBLIC = "select id, at, what, body from history \
        where request = ?1 and id > ?2 and public = 1 order by id limit ?3";
    /// Who did it is nobody in particular from now on.
    /// What citizens say when they open a request again is the only text of theirs here.
    short FORGET_WORDS = "update history set body = ?3 where request = ?1 and actor = ?2 and public = 1 \
        and body like ?4";
    short FORGET = "update history set actor = ?3 where request = ?1 and actor = ?2";
}

/// What an entry may say; anything else in it is not for the public.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// What was done, such as `reopen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<RequestId>,
}

/// One thing that happened, for everyone to read. Who did it is not told.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EntryView {
    #[serde(skip)]
    pub id: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// What happened, as events are named: `request.changed`.
    pub what: String,
    /// What was done, such as `reopen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// How the request stood before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Status>,
    /// How it stands since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The other request, where two were merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RequestId>,
}

impl EntryView {
    fn of(id: i64, at: Timestamp, what: String, body: &str) -> Self {
        let Said { act, from, to, text, other } = serde_json::from_str(body).unwrap_or_default();
        Self { id, at, what, act, from, to, text, other }
    }
}

impl FromRow for EntryView {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self::of(row.get(0)?, row.get(1)?, row.get(2)?, &row.get::<String>(3)?))
    }
}

/// For everyone to read or for staff only.
pub fn add(request: RequestId, what: &str, public: bool, said: &Said, ctx: &Ctx<'_>) -> Change {
    // Plain data of ours: writing it as JSON cannot fail.
    let body = serde_json::to_string(said).unwrap_or_default();
    ADD.with(values![ctx.ids.next(), request, ctx.now, ctx.actor.to_raw(), what, public, body])
}

/// What somebody does who opens a request again.
pub const REOPEN: &str = "reopen";

/// What this one said when opening the request again is gone. Of those without an account nobody can tell
/// one from another: what any of them said goes.
pub fn forget_words(request: RequestId, actor: Actor) -> Change {
    let said = Said { act: Some(REOPEN.to_owned()), to: Some(Status::Reopened), ..Said::default() };
    let body = serde_json::to_string(&said).unwrap_or_default();
    let is_theirs = format!("{{\"act\":\"{REOPEN}\"%");
    FORGET_WORDS.with(values![request, actor.to_raw(), body, is_theirs]).any_rows()
}

/// What this one did with a request was done by nobody in particular.
pub fn forget(request: RequestId, actor: Actor) -> Change {
    FORGET.with(values![request, actor.to_raw(), Actor::Anonymous.to_raw()]).any_rows()
}

/// Oldest first, one more than a page.
pub async fn public(
    market: &Market,
    request: RequestId,
    after: i64,
    limit: u16,
) -> Result<Vec<EntryView>, StoreError> {
    market.list(PUBLIC, values![request, after, i64::from(limit) + 1]).await
}

/// The same of an archived request.
pub fn of_kept(kept: &Kept, after: i64, limit: u16) -> Vec<EntryView> {
    let wanted = kept.history.iter().filter(|it| it.public && it.id > after);
    let views = wanted.map(|it| EntryView::of(it.id, it.at, it.what.clone(), &it.body));
    views.take(usize::from(limit) + 1).collect()
}
