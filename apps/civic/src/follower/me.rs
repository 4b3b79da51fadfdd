//! All that a person reported or follows: listed, given as it is kept, and erased.

use std::sync::Arc;

use kernel::{Ctx, Decision, Id, NewJob, Person, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use store::{Market, Query as Read};
use web::{Answer, Call, Page, PageQuery, Query};

use super::http::MineView;
use super::jobs::{ERASE_PERSON, ErasePerson};
use super::keys::About;
use super::model::Follower;
use super::own::Mine;
use super::{decide, repo};
use crate::civic::Civic;
use crate::limits;
use crate::request::model::{Request, RequestId};
use crate::request::view::{self, RequestView};
use crate::request::{decide as requests, repo as rows};

pub(super) async fn my_requests(
    civic: &Arc<Civic>,
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<RequestView>>, Refusal> {
    let person = call.caller.person().ok_or_else(Refusal::forbidden)?;
    let limit = page.limit();
    let [before] = page.from([i64::MAX])?;
    let found = rows::of_reporter(call.market(), person, RequestId::from_raw(before), limit).await?;
    let mut page: Page<RequestView> = Page::of(found, limit, |request| [request.id.raw()]);
    view::complete(civic, &call, page.items.iter_mut()).await?;
    Answer::ok(&page)
}

pub(super) async fn civic_export(
    civic: &Arc<Civic>,
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<MineView>>, Refusal> {
    let person = call.caller.person().ok_or_else(Refusal::forbidden)?;
    let limit = page.limit();
    let [after] = page.from([0])?;
    let after = RequestId::from_raw(after);
    let ids = repo::of_person(call.market(), person, after, i64::from(limit) + 1).await?;
    let (ids, next) = match ids.len() > usize::from(limit) {
        true => (&ids[..limit.into()], Some(web::Cursor::at([ids[usize::from(limit) - 1].raw()]))),
        false => (&ids[..], None),
    };
    let mut items = Vec::with_capacity(ids.len());
    for (request, mine) in theirs(civic, call.market(), person, ids).await? {
        items.push(view(civic, call.market(), request, mine).await?);
    }
    view::complete(civic, &call, items.iter_mut().map(|item: &mut MineView| &mut item.request)).await?;
    Answer::ok(&Page { items, next })
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Wish {
    /// The descriptions, the answers and the pictures too, which otherwise belong to the city's record.
    with_text: Option<bool>,
}

pub(super) async fn civic_erase(
    civic: &Arc<Civic>,
    call: Call,
    Query(wish): Query<Wish>,
) -> Result<Answer<()>, Refusal> {
    let person = call.caller.person().ok_or_else(Refusal::forbidden)?;
    let wish = ErasePerson { person, with_text: wish.with_text.unwrap_or(false) };
    call.change(|| async {
        Ok((erase_some(civic, call.market(), &wish, &call.ctx()).await?, Answer::done()))
    })
    .await
}

/// Some of what is kept of a person is gone; a job goes on with the rest.
pub(super) async fn erase_some(
    civic: &Civic,
    market: &Market,
    wish: &ErasePerson,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    let first = RequestId::from_raw(0);
    let mut ids = repo::of_person(market, wish.person, first, limits::ERASED_AT_ONCE + 1).await?;
    let is_more = ids.len() > limits::ERASED_AT_ONCE as usize;
    ids.truncate(limits::ERASED_AT_ONCE as usize);
    let mut decision = Decision::nothing();
    for (request, mine) in theirs(civic, market, wish.person, &ids).await? {
        let row = mine.row.as_ref();
        let (erased, after) = decide::erase(&request, (mine.who, mine.is_reporter), row, wish.with_text, ctx);
        decision = decision.and(erased).and(detach(civic, market, &request, &after).await?);
    }
    // What else is kept of where they were written to goes last, when nothing is left that writes to them.
    Ok(decision.job(match is_more {
        true => NewJob::new(ERASE_PERSON, ctx.now, wish),
        false => notify::erase_later(wish.person, ctx.now),
    }))
}

/// These requests, and what a person has to do with each.
async fn theirs(
    civic: &Civic,
    market: &Market,
    person: Id<Person>,
    ids: &[RequestId],
) -> Result<Vec<(Request, Mine)>, Refusal> {
    let who = |id: RequestId| civic.keys.person(About { market: market.place().id, request: id }, person);
    let mut asked = Vec::with_capacity(2 * ids.len());
    for id in ids {
        asked.push(Read { sql: rows::ONE, params: kernel::values![*id] });
        asked.push(Read { sql: repo::ONE, params: kernel::values![*id, who(*id)] });
    }
    let found = market.snapshot(asked).await?;
    let mut theirs = Vec::with_capacity(ids.len());
    for (pair, id) in found.chunks(2).zip(ids) {
        let [request, row] = pair else { continue };
        let Some(request) = request.one::<Request>()? else { continue };
        let row = row.one::<Follower>()?;
        let is_reporter = request.reporter == Some(person) || row.as_ref().is_some_and(|row| row.reporter);
        theirs.push((request, Mine { who: who(*id), is_reporter, row }));
    }
    Ok(theirs)
}

/// What is committed when pictures are no longer shown.
pub(super) async fn detach(
    civic: &Civic,
    market: &Market,
    before: &Request,
    after: &Request,
) -> Result<Decision, Refusal> {
    match before.photos == after.photos {
        true => Ok(Decision::nothing()),
        false => civic.detach(market, after.updated, before.id).await,
    }
}

/// As whoever it belongs to sees it; agencies and pictures are added for many at once.
pub(super) async fn view(
    civic: &Civic,
    market: &Market,
    request: Request,
    mine: Mine,
) -> Result<MineView, Refusal> {
    let rules = civic.rules.of(market).await?;
    // What only the reporter said is for the reporter only.
    let said = mine.is_reporter;
    let answers =
        request.answers.as_deref().filter(|_| said).and_then(|text| serde_json::from_str(text).ok());
    let (hidden, zipcode) = (request.hidden, request.zipcode.clone().filter(|_| said));
    let reopen_until = requests::may_reopen_until(&request, &rules.settings);
    let request = RequestView::from(request);
    let following = mine.row.map(Into::into);
    Ok(MineView { request, reporter: mine.is_reporter, hidden, answers, zipcode, following, reopen_until })
}
