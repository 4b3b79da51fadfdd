use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use kernel::{Decision, Id, Person, Provider, Refusal};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use web::{Answer, Bare, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role};

use super::csv::{self, Walk};
use super::filter::{self, FilterId, FilterView, NewFilter};
use super::model::{Counts, Pick, Wanted};
use super::repo;
use crate::desk::load;
use crate::desk::model::{By, DeskView};
use crate::photos;
use crate::request::model::Request;
use crate::request::state::Who;

/// Whose desk a path means.
pub trait Desk: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    fn agency(&self) -> Option<Id<Provider>>;
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfMarket {}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfAgency {
    provider: Id<Provider>,
}

impl Desk for OfMarket {
    fn agency(&self) -> Option<Id<Provider>> {
        None
    }
}

impl Desk for OfAgency {
    fn agency(&self) -> Option<Id<Provider>> {
        Some(self.provider)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct MarketFilter {
    filter: FilterId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct AgencyFilter {
    provider: Id<Provider>,
    filter: FilterId,
}

/// A path that names one of a desk's filters.
pub trait OneFilter: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    fn agency(&self) -> Option<Id<Provider>>;
    fn id(&self) -> FilterId;
}

impl OneFilter for MarketFilter {
    fn agency(&self) -> Option<Id<Provider>> {
        None
    }
    fn id(&self) -> FilterId {
        self.filter
    }
}

impl OneFilter for AgencyFilter {
    fn agency(&self) -> Option<Id<Provider>> {
        Some(self.provider)
    }
    fn id(&self) -> FilterId {
        self.filter
    }
}

/// The same at an agency's desk and at the market's.
macro_rules! pair {
    ($method:ident, $path:literal, [$ours:expr, $market:expr], $names:expr, $says:literal) => {
        [
            finished(
                web::$method(concat!("/v1/providers/{provider}/", $path), $ours),
                $names[0],
                $says,
                May::Provider(Role::Staff),
            ),
            finished(
                web::$method(concat!("/v1/desk/", $path), $market),
                $names[1],
                $says,
                May::Role(Role::Staff),
            ),
        ]
    };
}

pub fn endpoints() -> Vec<Endpoint> {
    [lists(), filters()].concat()
}

fn lists() -> Vec<Endpoint> {
    let table = pair!(
        get,
        "queue/csv",
        [queue_csv::<OfAgency>, queue_csv::<OfMarket>],
        ["agency_csv", "desk_csv"],
        "The same list as a table, whole, sent while it is read."
    );
    [
        pair!(
            get,
            "queue",
            [queue_list::<OfAgency>, queue_list::<OfMarket>],
            ["agency_queue", "desk_queue"],
            "Lists requests that wait for staff, by deadline or age, or those that are over."
        ),
        pair!(
            get,
            "queue/counts",
            [queue_counts::<OfAgency>, queue_counts::<OfMarket>],
            ["agency_counts", "desk_counts"],
            "Counts what waits for staff, by kind; each kind up to 10,000."
        ),
        table.map(|endpoint| endpoint.produces(&["text/csv"])),
    ]
    .concat()
}

fn filters() -> Vec<Endpoint> {
    let add = pair!(
        post,
        "filters",
        [filter_add::<OfAgency>, filter_add::<OfMarket>],
        ["agency_filter_add", "desk_filter_add"],
        "Keeps a filter under a name."
    );
    [
        pair!(
            get,
            "filters",
            [filter_list::<OfAgency>, filter_list::<OfMarket>],
            ["agency_filters", "desk_filters"],
            "Lists one's own filters and those shared at this desk."
        ),
        add.map(|endpoint| endpoint.answers(StatusCode::CREATED)),
        pair!(
            put,
            "filters/{filter}",
            [filter_set::<AgencyFilter>, filter_set::<MarketFilter>],
            ["agency_filter_set", "desk_filter_set"],
            "Changes a kept filter."
        ),
        pair!(
            delete,
            "filters/{filter}",
            [filter_remove::<AgencyFilter>, filter_remove::<MarketFilter>],
            ["agency_filter_remove", "desk_filter_remove"],
            "Removes a kept filter."
        ),
    ]
    .concat()
}

fn finished(mut endpoint: Endpoint, name: &'static str, says: &'static str, may: May) -> Endpoint {
    endpoint.name = name;
    endpoint.says(says).may(may).scope("desk")
}

#[derive(Debug, Deserialize, JsonSchema)]
struct QueueQuery {
    #[serde(flatten)]
    wanted: Wanted,
    #[serde(flatten)]
    page: PageQuery,
}

async fn queue_list<D: Desk>(
    call: Call,
    Path(desk): Path<D>,
    Query(query): Query<QueueQuery>,
) -> Result<Answer<Page<DeskView>>, Refusal> {
    let by = load::by(&call, desk.agency()).await?;
    let pick = Pick::of(&query.wanted, by.agency, call.caller.person(), call.now)?;
    let (after, limit) = (query.page.from(pick.start())?, query.page.limit());
    let rows = repo::list(call.market(), &pick, after, i64::from(limit) + 1).await?;
    let mut page: Page<DeskView> = Page::of(rows, limit, |it: &Request| pick.place(it));
    photos::show(&call, page.items.iter_mut()).await?;
    Answer::ok(&page)
}

async fn queue_csv<D: Desk>(
    call: Call,
    Path(desk): Path<D>,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Bare>, Refusal> {
    let by = load::by(&call, desk.agency()).await?;
    let pick = Pick::of(&wanted, by.agency, call.caller.person(), call.now)?;
    let mut walk = Walk::new(call.market().clone(), pick);
    // The first page is read before anything is sent: what can go wrong mostly does so there.
    let first = walk.next().await.map_err(|broken| match broken {
        csv::Broken::Store(error) => error.into(),
        csv::Broken::TooMany(_) => Refusal::conflict("too_many_rows", broken.to_string()),
    })?;
    let rest = stream::try_unfold(walk, |mut walk| async {
        let page = walk.next().await.map_err(std::io::Error::other)?;
        Ok(page.map(|text| (Bytes::from(text), walk)))
    });
    let first = stream::iter(first.map(|text| Ok(Bytes::from(text))));
    Ok(Answer::stream(csv::MEDIA, first.chain(rest)))
}

async fn queue_counts<D: Desk>(call: Call, Path(desk): Path<D>) -> Result<Answer<Counts>, Refusal> {
    let by = load::by(&call, desk.agency()).await?;
    Answer::ok(&repo::counts(call.market(), by.agency, call.caller.person(), call.now).await?)
}

#[derive(Debug, Serialize, JsonSchema)]
struct Filters {
    items: Vec<FilterView>,
}

/// Filters belong to people; a program has none.
async fn seat(call: &Call, agency: Option<Id<Provider>>) -> Result<(By, Id<Person>, i64), Refusal> {
    let by = load::by(call, agency).await?;
    let me = call.caller.person().ok_or_else(Refusal::forbidden)?;
    Ok((by, me, by.agency.map_or(filter::MARKET, Id::raw)))
}

async fn filter_list<D: Desk>(call: Call, Path(desk): Path<D>) -> Result<Answer<Filters>, Refusal> {
    let (_, me, desk) = seat(&call, desk.agency()).await?;
    let found = filter::visible(call.market(), me, desk).await?;
    Answer::ok(&Filters { items: found.into_iter().map(Into::into).collect() })
}

async fn filter_add<D: Desk>(
    call: Call,
    Path(path): Path<D>,
    Body(new): Body<NewFilter>,
) -> Result<Answer<FilterView>, Refusal> {
    let (_, me, desk) = seat(&call, path.agency()).await?;
    call.change(|| async {
        let beside = filter::visible(call.market(), me, desk).await?;
        let (decision, filter) = filter::add(&beside, &new, me, desk, &call.ctx())?;
        let at = match path.agency() {
            Some(agency) => format!("{}/v1/providers/{agency}/filters/{}", call.base, filter.id),
            None => format!("{}/v1/desk/filters/{}", call.base, filter.id),
        };
        Ok((decision, Answer::created(at, &filter.into())?))
    })
    .await
}

async fn seen(call: &Call, id: FilterId, me: Id<Person>, desk: i64) -> Result<filter::Filter, Refusal> {
    let found = filter::one(call.market(), id).await?;
    found.filter(|it| filter::is_seen(it, me, desk)).ok_or_else(Refusal::not_found)
}

async fn filter_set<P: OneFilter>(
    call: Call,
    Path(path): Path<P>,
    Body(new): Body<NewFilter>,
) -> Result<Answer<FilterView>, Refusal> {
    let (by, me, desk) = seat(&call, path.agency()).await?;
    call.change(|| async {
        let before = seen(&call, path.id(), me, desk).await?;
        let beside = filter::visible(call.market(), me, desk).await?;
        let who = (me, by.who == Who::Manager);
        let (decision, after) = filter::set(&before, &beside, &new, who, desk, &call.ctx())?;
        Ok((decision, Answer::ok(&after.into())?))
    })
    .await
}

async fn filter_remove<P: OneFilter>(call: Call, Path(path): Path<P>) -> Result<Answer<()>, Refusal> {
    let (by, me, desk) = seat(&call, path.agency()).await?;
    call.change(|| async {
        let filter = seen(&call, path.id(), me, desk).await?;
        let change = filter::take(&filter, me, by.who == Who::Manager)?;
        Ok((Decision::nothing().change(change), Answer::done()))
    })
    .await
}
