use std::sync::Arc;

use kernel::{Id, Provider, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role};

use super::model::{Act, Contact, DeskView, Edit, Entry};
use super::wish::{AssignBody, HideBody, MergeBody, MoveBody, RouteBody, TextBody, VersionBody, Wish};
use super::{decide, load, repo};
use crate::desk::Desk;
use crate::photos;
use crate::request::model::RequestId;

/// A path of one desk or the other.
pub trait Place: DeserializeOwned + JsonSchema + Send + Sync + 'static {
    fn agency(&self) -> Option<Id<Provider>> {
        None
    }
    fn id(&self) -> RequestId;
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfMarket {
    id: RequestId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfAgency {
    provider: Id<Provider>,
    id: RequestId,
}

impl Place for OfMarket {
    fn id(&self) -> RequestId {
        self.id
    }
}

impl Place for OfAgency {
    fn agency(&self) -> Option<Id<Provider>> {
        Some(self.provider)
    }
    fn id(&self) -> RequestId {
        self.id
    }
}

/// One act at an agency's desk and at the market's.
macro_rules! act {
    ($desk:expr, $role:expr, $path:literal, [$ours:literal, $all:literal], $wish:expr, $says:literal) => {{
        let ours = concat!("/v1/providers/{provider}/requests/{id}/", $path);
        let all = concat!("/v1/desk/requests/{id}/", $path);
        [
            finished(acting::<OfAgency, _>(ours, $desk, $wish), $ours, $says, May::Provider($role)),
            finished(acting::<OfMarket, _>(all, $desk, $wish), $all, $says, May::Role($role)),
        ]
    }};
}

/// The same, without a body.
macro_rules! bare {
    ($method:ident, $path:literal, [$ours:literal, $all:literal], $handler:ident, $says:literal) => {{
        let ours = concat!("/v1/providers/{provider}/requests/{id}", $path);
        let all = concat!("/v1/desk/requests/{id}", $path);
        [
            finished(web::$method(ours, $handler::<OfAgency>), $ours, $says, May::Provider(Role::Staff)),
            finished(web::$method(all, $handler::<OfMarket>), $all, $says, May::Role(Role::Staff)),
        ]
    }};
}

pub fn endpoints(desk: &Arc<Desk>) -> Vec<Endpoint> {
    [looking(), having(desk), telling(desk), tying(desk), super::bulk_http::endpoints(desk).into()].concat()
}

fn looking() -> Vec<Endpoint> {
    let contact = bare!(
        post,
        "/contact",
        ["agency_contact", "desk_contact"],
        request_contact,
        "Shows how to reach whoever reported a request. Each look is kept in the audit log."
    );
    [
        bare!(
            get,
            "",
            ["agency_request", "desk_request"],
            request_for_staff,
            "Reads a request as staff see it."
        ),
        bare!(
            get,
            "/history",
            ["agency_history", "desk_history"],
            request_history,
            "Reads what happened to a request, oldest first, with what staff wrote down."
        ),
        contact.map(Endpoint::secret),
    ]
    .concat()
}

/// Where it stands and who has it.
fn having(desk: &Arc<Desk>) -> Vec<Endpoint> {
    [
        act!(
            desk,
            Role::Staff,
            "move",
            ["agency_move", "desk_move"],
            |it: MoveBody| it.into(),
            "Moves a request to another state."
        ),
        act!(
            desk,
            Role::Staff,
            "assign",
            ["agency_assign", "desk_assign"],
            |it: AssignBody| it.into(),
            "Gives a request to somebody, or takes it from them."
        ),
        act!(
            desk,
            Role::Staff,
            "route",
            ["agency_route", "desk_route"],
            |it: RouteBody| it.into(),
            "Gives a request to another agency or team. The agency that had it sees it no more."
        ),
    ]
    .concat()
}

/// What is said about it, and to whom.
fn telling(desk: &Arc<Desk>) -> Vec<Endpoint> {
    [
        act!(
            desk,
            Role::Staff,
            "note",
            ["agency_note", "desk_note"],
            |it: TextBody| (Act::Note { text: it.text }, it.version),
            "Writes something down for staff only."
        ),
        act!(
            desk,
            Role::Staff,
            "answer",
            ["agency_answer", "desk_answer"],
            |it: TextBody| (Act::Answer { text: it.text }, it.version),
            "Answers in public."
        ),
        act!(
            desk,
            Role::Manager,
            "edit",
            ["agency_edit", "desk_edit"],
            |it: Edit| it.into(),
            "Puts right what was reported wrongly: category, place, area."
        ),
        act!(
            desk,
            Role::Staff,
            "hide",
            ["agency_hide", "desk_hide"],
            |it: HideBody| it.into(),
            "Hides a request from the public, or shows it again."
        ),
    ]
    .concat()
}

fn tying(desk: &Arc<Desk>) -> Vec<Endpoint> {
    [
        act!(
            desk,
            Role::Staff,
            "merge",
            ["agency_merge", "desk_merge"],
            |it: MergeBody| it.into(),
            "Ties a request to the one it repeats, and closes it. Nothing is deleted."
        ),
        act!(
            desk,
            Role::Staff,
            "unmerge",
            ["agency_unmerge", "desk_unmerge"],
            |it: VersionBody| it.into(),
            "Undoes that: the request stands as it did before."
        ),
    ]
    .concat()
}

pub fn finished(mut endpoint: Endpoint, name: &'static str, says: &'static str, may: May) -> Endpoint {
    endpoint.name = name;
    let changes = !endpoint.is_safe();
    let endpoint = endpoint.says(says).may(may).scope("desk");
    if changes { endpoint.refuses([RefusalKind::Conflict, RefusalKind::Precondition]) } else { endpoint }
}

fn acting<P: Place, B: DeserializeOwned + JsonSchema + Send + Sync + 'static>(
    path: &'static str,
    desk: &Arc<Desk>,
    wish: fn(B) -> Wish,
) -> Endpoint {
    let desk = desk.clone();
    web::post(path, move |call: Call, place: Path<P>, body: Body<B>| {
        let desk = desk.clone();
        async move {
            let (act, version) = wish(body.0);
            act_once(&desk, call, place.0, &act, version).await
        }
    })
}

async fn act_once<P: Place>(
    desk: &Desk,
    call: Call,
    place: P,
    act: &Act,
    version: Option<i64>,
) -> Result<Answer<DeskView>, Refusal> {
    call.change(|| async {
        let by = load::by(&call, place.agency()).await?;
        let deadline = load::deadline(desk, call.market()).await?;
        let request = load::request(&call, &by, place.id()).await?;
        let known = load::known(&call, &by, &request, act).await?;
        let (decision, after) = decide::act(&request, act, version, &known, &by, &*deadline, &call.ctx())?;
        let mut view = DeskView::from(after);
        photos::show(&call, std::iter::once(&mut view)).await?;
        Ok((decision, Answer::ok(&view)?))
    })
    .await
}

async fn request_for_staff<P: Place>(call: Call, Path(place): Path<P>) -> Result<Answer<DeskView>, Refusal> {
    let by = load::by(&call, place.agency()).await?;
    let mut view = DeskView::from(load::request(&call, &by, place.id()).await?);
    photos::show(&call, std::iter::once(&mut view)).await?;
    Answer::ok(&view)
}

async fn request_history<P: Place>(
    call: Call,
    Path(place): Path<P>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<Entry>>, Refusal> {
    let by = load::by(&call, place.agency()).await?;
    let request = load::request(&call, &by, place.id()).await?;
    let [after] = page.from([0])?;
    let rows = repo::history(call.market(), request.id, after, page.limit().into()).await?;
    Answer::ok(&Page::of(rows, page.limit(), |it: &Entry| [it.id]))
}

async fn request_contact<P: Place>(call: Call, Path(place): Path<P>) -> Result<Answer<Contact>, Refusal> {
    call.change(|| async {
        let by = load::by(&call, place.agency()).await?;
        let request = load::request(&call, &by, place.id()).await?;
        let nothing = Contact { name: None, email: None, phone: None };
        let contact = repo::contact(call.market(), request.id).await?.unwrap_or(nothing);
        Ok((decide::see_contact(&request, &by, &call.ctx()), Answer::ok(&contact)?))
    })
    .await
}
