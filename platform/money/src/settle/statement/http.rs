use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, StatusCode};
use kernel::{Id, Provider, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use web::{Answer, Bare, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, get};

use super::csv::{self, Walk};
use super::view::{LineView, StatementView, numbered};
use super::{print, repo};
use crate::settle::limits::LINES_PRINTED_MAX;
use crate::settle::model::{Owner, Statement, StatementId};

/// What an API key needs to read statements.
pub const SCOPE: &str = "statements";

/// Which statement a path means, and whose it must be.
trait Which: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    fn statement(&self) -> StatementId;
    /// `None`: anybody's of this market.
    fn owner(&self, call: &Call) -> Result<Option<Owner>, Refusal>;
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfProvider {
    provider: Id<Provider>,
    statement: StatementId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfMe {
    statement: StatementId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfMarket {
    statement: StatementId,
}

impl Which for OfProvider {
    fn statement(&self) -> StatementId {
        self.statement
    }

    fn owner(&self, _: &Call) -> Result<Option<Owner>, Refusal> {
        Ok(Some(Owner::merchant(self.provider)))
    }
}

impl Which for OfMe {
    fn statement(&self) -> StatementId {
        self.statement
    }

    fn owner(&self, call: &Call) -> Result<Option<Owner>, Refusal> {
        Ok(Some(me(call)?))
    }
}

impl Which for OfMarket {
    fn statement(&self) -> StatementId {
        self.statement
    }

    fn owner(&self, _: &Call) -> Result<Option<Owner>, Refusal> {
        Ok(None)
    }
}

fn me(call: &Call) -> Result<Owner, Refusal> {
    call.caller.person().map(Owner::rider).ok_or_else(Refusal::forbidden)
}

macro_rules! reads {
    ($which:ty, $may:expr, $path:literal, [$one:literal, $lines:literal, $csv:literal, $print:literal]) => {{
        let named = |name, mut endpoint: Endpoint| {
            endpoint.name = name;
            endpoint.may($may)
        };
        [
            named($one, get($path, read::<$which>)).says("Reads a statement."),
            named($lines, get(concat!($path, "/lines"), lines::<$which>))
                .says("Lists what a statement is made of, oldest first, each with its number."),
            named($csv, get(concat!($path, "/csv"), table::<$which>))
                .says("A statement as a table, whole, sent while it is read.")
                .produces(&["text/csv"]),
            named($print, get(concat!($path, "/print"), page::<$which>))
                .says("A statement as a page to print.")
                .produces(&["text/html"]),
        ]
    }};
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let of_provider = May::Provider(Role::Manager);
    let lists = [
        get("/v1/providers/{provider}/statements", provider_statements)
            .says("Lists a merchant's statements, newest first.")
            .may(of_provider),
        get("/v1/me/statements", own_statements)
            .says("Lists one's own statements as a rider, newest first.")
            .may(May::Known),
    ];
    let provider = reads!(
        OfProvider,
        of_provider,
        "/v1/providers/{provider}/statements/{statement}",
        [
            "provider_statement",
            "provider_statement_lines",
            "provider_statement_csv",
            "provider_statement_print"
        ]
    );
    let own = reads!(
        OfMe,
        May::Known,
        "/v1/me/statements/{statement}",
        ["own_statement", "own_statement_lines", "own_statement_csv", "own_statement_print"]
    );
    let market = reads!(
        OfMarket,
        May::Role(Role::Manager),
        "/v1/statements/{statement}",
        ["statement_read", "statement_lines", "statement_csv", "statement_print"]
    );
    let all = lists.into_iter().chain(provider).chain(own).chain(market);
    all.map(|it| it.scope(SCOPE).refuses([RefusalKind::NotFound])).collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Provided {
    provider: Id<Provider>,
}

async fn provider_statements(
    call: Call,
    Path(path): Path<Provided>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<StatementView>>, Refusal> {
    if !tenancy::provider::exists(call.market(), path.provider).await? {
        return Err(Refusal::not_found());
    }
    list(&call, Owner::merchant(path.provider), &page).await
}

async fn own_statements(
    call: Call,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<StatementView>>, Refusal> {
    list(&call, me(&call)?, &page).await
}

async fn list(call: &Call, owner: Owner, page: &PageQuery) -> Result<Answer<Page<StatementView>>, Refusal> {
    let ([before], limit) = (page.from([i64::MAX])?, page.limit());
    let rows = repo::of_owner(call.market(), owner, before, limit).await?;
    Answer::ok(&Page::of(rows, limit, |it: &Statement| [it.id.raw()]))
}

/// Somebody else's looks like none.
async fn load<W: Which>(call: &Call, which: &W) -> Result<Statement, Refusal> {
    let owner = which.owner(call)?;
    let found = repo::one(call.market(), which.statement()).await?;
    found.filter(|it| owner.is_none_or(|owner| owner == it.owner)).ok_or_else(Refusal::not_found)
}

async fn read<W: Which>(call: Call, Path(which): Path<W>) -> Result<Answer<StatementView>, Refusal> {
    Answer::ok(&load(&call, &which).await?.into())
}

async fn lines<W: Which>(
    call: Call,
    Path(which): Path<W>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<LineView>>, Refusal> {
    let statement = load(&call, &which).await?;
    let ([skip], limit) = (page.from([0])?, page.limit());
    let skip = skip.clamp(0, statement.items);
    let rows = repo::lines(call.market(), statement.id, skip, i64::from(limit) + 1).await?;
    Answer::ok(&Page::of(numbered(&statement, skip, rows), limit, |line: &LineView| [line.number]))
}

async fn table<W: Which>(call: Call, Path(which): Path<W>) -> Result<Answer<Bare>, Refusal> {
    let statement = load(&call, &which).await?;
    let mut walk = Walk::new(call.market().clone(), statement, call.site.zone.clone());
    // The first page is read before anything is sent: what can go wrong mostly does so there.
    let first = walk.next().await?;
    let rest = stream::try_unfold(walk, |mut walk| async {
        let page = walk.next().await.map_err(std::io::Error::other)?;
        Ok(page.map(|text| (Bytes::from(text), walk)))
    });
    let first = stream::iter(first.map(|text| Ok(Bytes::from(text))));
    Ok(Answer::stream(csv::MEDIA, first.chain(rest)))
}

async fn page<W: Which>(call: Call, Path(which): Path<W>) -> Result<Answer<Bare>, Refusal> {
    let statement = load(&call, &which).await?;
    let lines = repo::lines(call.market(), statement.id, 0, LINES_PRINTED_MAX.into()).await?;
    let text = print::printed(statement, lines, &call.site.zone)?;
    let policy = HeaderValue::from_static(print::POLICY);
    Ok(Answer::bytes(StatusCode::OK, print::MEDIA, text).header(CONTENT_SECURITY_POLICY, policy))
}
