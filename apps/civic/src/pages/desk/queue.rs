//! What waits: by deadline or age, with filters that can be kept, and one act on many.

use std::sync::Arc;

use askama::Template;
use http::StatusCode;
use kernel::{Refusal, RefusalKind};
use serde_json::{Map, Value, json};
use web::{Answer, Bare, Call, Fields, Head, Pairs, Path};

use super::acts;
use super::views::{Counts, Job, Kept, Outcome};
use super::{AtDesk, Seat};
use crate::pages::address::query;
use crate::pages::doors::{again, told};
use crate::pages::limits::QUEUE;
use crate::pages::views::{Items, Names};
use crate::pages::visit::{Visit, desk, summary};
use crate::pages::{Pages, forms, refusal};
use crate::request::number;

#[derive(Template)]
#[template(path = "desk.html")]
struct Page<'a> {
    v: &'a Visit,
    here: String,
    /// Name, number, whether there are more, and where it leads.
    counts: Vec<(String, String, String)>,
    rows: Vec<Row>,
    more: Option<String>,
    csv: String,
    kept: Vec<(String, String, String)>,
    wanted: Vec<(String, String)>,
    categories: Vec<(String, String)>,
    statuses: Vec<(String, String)>,
    form: String,
    faults: Vec<(String, String)>,
    done: Option<String>,
    moves: Vec<(String, String)>,
    is_manager: bool,
}

struct Row {
    id: String,
    number: String,
    href: String,
    category: String,
    status: String,
    status_name: String,
    text: String,
    place: String,
    due: String,
    is_late: bool,
    assignee: String,
}

/// What a filter may say, as it stands in the address.
const WANTED: [&str; 9] =
    ["status", "category", "area", "team", "assignee", "agency", "overdue", "due_within_h", "order"];

impl Page<'_> {
    /// What is chosen of a filter.
    fn chosen(&self, name: &str) -> &str {
        self.wanted.iter().find(|(its, _)| its == name).map_or("", |(_, text)| text)
    }
}

pub async fn queue<D: AtDesk>(
    pages: &Arc<Pages>,
    call: Call,
    Path(at): Path<D>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let seat = at.seat();
    let visit = Visit::of(&call, &head, &pairs, seat.path());
    if let Some(own) = elsewhere(&call, seat)? {
        return Ok(visit.go(&own));
    }
    let done = match pairs.get("done") {
        Some("kept") => Some(visit.t("desk-filter-kept")),
        Some("removed") => Some(visit.t("desk-filter-removed")),
        Some(count) => count.parse().ok().map(|count: i64| visit.n("desk-bulk-done", &count)),
        None => None,
    };
    show(pages, &call, &visit, seat, &pairs, (done, Vec::new())).await
}

/// Staff of an agency who come to the market's desk are shown to their own.
fn elsewhere(call: &Call, seat: Seat) -> Result<Option<String>, Refusal> {
    if seat.0.is_some() || call.caller.is(web::Role::Staff, call.site.market_id) {
        return Ok(None);
    }
    desk(call).map(Some).ok_or_else(Refusal::forbidden)
}

async fn show(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    seat: Seat,
    pairs: &Pairs,
    (done, faults): (Option<String>, Vec<(String, String)>),
) -> Result<Answer<Bare>, Refusal> {
    let names = Names::load(&pages.doors, call).await?;
    let wanted: Vec<(String, String)> = WANTED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), pairs.get(name)?.trim().to_owned())))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let ask = || wanted.iter().fold(seat.ask(), |ask, (name, text)| ask.query(name, text));
    let asked = ask().query("limit", QUEUE).query("cursor", pairs.get("cursor").unwrap_or_default());
    let mut faults = faults;
    let found: Items<Job> = match pages.doors.read(&seat.door("queue"), call, asked).await {
        Err(refused) if refused.kind() == RefusalKind::Invalid => {
            faults.extend(forms::faults(visit, &refused));
            Items { items: Vec::new(), next: None }
        }
        found => found?,
    };
    let counts: Counts = pages.doors.read(&seat.door("counts"), call, seat.ask()).await?;
    // Filters belong to people; a program that shows this page has none.
    let kept: Items<Kept> = match call.caller.person() {
        Some(_) => pages.doors.read(&seat.door("filters"), call, seat.ask()).await?,
        None => Items { items: Vec::new(), next: None },
    };
    let here = visit.to(&seat.path());
    let link = |more: &[(&str, &str)]| {
        let own = wanted.iter().map(|(name, text)| (&**name, &**text));
        format!("{here}?{}", query(own.chain(more.iter().copied())))
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let csv = link(&[]).replacen(&here, &visit.to(&format!("{}/csv", seat.path())), 1);
    let page = Page {
        counts: counted(visit, &here, &counts),
        rows: found.items.iter().map(|job| row(visit, call, seat, &names, job)).collect(),
        more: found.next.as_deref().map(|next| link(&[("cursor", next)])),
        csv,
        kept: kept
            .items
            .iter()
            .map(|it| (it.id.clone(), filter_name(visit, it), filter_link(&here, it)))
            .collect(),
        categories: names.0.iter().map(|it| (it.code.clone(), it.name.clone())).collect(),
        statuses: acts::STATUSES.iter().map(|it| ((*it).to_owned(), visit.status(it))).collect(),
        moves: acts::moves(visit),
        form: forms::fresh(call),
        is_manager: call.caller.is(web::Role::Manager, call.site.market_id),
        wanted,
        here,
        faults,
        done,
        v: visit,
    };
    visit.page_as(status, &page)
}

fn counted(visit: &Visit, here: &str, counts: &Counts) -> Vec<(String, String, String)> {
    let all = [
        (visit.t("desk-waiting"), &counts.waiting, ""),
        (visit.t("desk-overdue"), &counts.overdue, "overdue=true"),
        (visit.t("desk-due-soon"), &counts.due_soon, "due_within_h=24"),
        (visit.t("desk-unassigned"), &counts.unassigned, "assignee=nobody"),
        (visit.t("desk-mine"), &counts.mine, "assignee=me"),
    ];
    let shown = |count: &super::views::Count| {
        let more = if count.more { "+" } else { "" };
        format!("{}{more}", visit.number(&count.count))
    };
    all.map(|(name, count, filter)| (name, shown(count), format!("{here}?{filter}"))).into()
}

fn row(visit: &Visit, call: &Call, seat: Seat, names: &Names, job: &Job) -> Row {
    Row {
        id: job.id.clone(),
        number: job.id.parse().map(number::of).unwrap_or_default(),
        href: visit.to(&format!("{}/requests/{}", seat.path(), job.id)),
        category: names.of(&job.category),
        status: job.status.clone(),
        status_name: visit.status(&job.status),
        text: summary(&job.description),
        place: job.address.clone().or(job.area.clone()).unwrap_or_default(),
        due: job.due_at.as_ref().map(|due| visit.time(due)).unwrap_or_default(),
        is_late: job.due_at.is_some_and(|due| due < visit.now),
        assignee: acts::assignee(visit, call, job.assignee.as_deref()),
    }
}

fn filter_name(visit: &Visit, kept: &Kept) -> String {
    if kept.shared { visit.w("desk-filter-shared", "name", &kept.name) } else { kept.name.clone() }
}

fn filter_link(here: &str, kept: &Kept) -> String {
    let wanted = kept.wanted.as_object().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs: Vec<(String, String)> =
        wanted.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    format!("{here}?{}", query(pairs.iter().map(|(name, value)| (&**name, &**value))))
}

pub async fn queue_act<D: AtDesk>(
    pages: &Arc<Pages>,
    mut call: Call,
    Path(at): Path<D>,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let seat = at.seat();
    let visit = Visit::sent(&call, &head, seat.path());
    if let Some(own) = elsewhere(&call, seat)? {
        return Ok(visit.go(&own));
    }
    let asked = again(&call);
    if let Some(key) = fields.text("form") {
        let parts = forms::parts(&fields);
        call.form_key(key, &parts.iter().map(|part| &**part).collect::<Vec<_>>())?;
    }
    let pairs = Pairs(
        WANTED.iter().filter_map(|name| Some(((*name).to_owned(), fields.text(name)?.to_owned()))).collect(),
    );
    let outcome = match fields.text("go").unwrap_or_default() {
        "keep" => keep(pages, call, seat, &fields, &pairs).await.map(Ok),
        "forget" => {
            let filter = fields.text("filter").unwrap_or_default();
            let asked = seat.ask().path("filter", filter);
            pages.doors.go(&seat.door("filter_remove"), call, asked).await.map(|_| Ok("removed".to_owned()))
        }
        _ => bulk(pages, call, seat, &visit, &fields).await,
    };
    match outcome {
        Ok(Err(partly)) => {
            show(pages, &asked, &visit, seat, &pairs, (None, vec![(String::new(), partly)])).await
        }
        Ok(Ok(done)) => {
            let own = pairs.0.iter().map(|(name, text)| (&**name, &**text));
            let query = query(own.chain([("done", &*done)]));
            Ok(visit.go(&format!("{}?{query}", seat.path())))
        }
        Err(refused) if matches!(refused.kind(), RefusalKind::Invalid | RefusalKind::Conflict) => {
            let faults = match refused.kind() {
                RefusalKind::Invalid => forms::faults(&visit, &refused),
                _ => vec![(String::new(), refusal::text(visit.lang, &refused, StatusCode::CONFLICT))],
            };
            show(pages, &asked, &visit, seat, &pairs, (None, faults)).await
        }
        Err(refused) => Err(refused),
    }
}

async fn keep(
    pages: &Pages,
    call: Call,
    seat: Seat,
    fields: &Fields,
    pairs: &Pairs,
) -> Result<String, Refusal> {
    let mut wanted = Map::new();
    for (name, text) in pairs.0.iter().filter(|(_, text)| !text.is_empty()) {
        let value = match &**name {
            "overdue" => json!(text == "true"),
            "due_within_h" => text.parse::<i64>().map_or_else(|_| json!(text), |hours| json!(hours)),
            _ => json!(text),
        };
        wanted.insert(name.clone(), value);
    }
    let name = forms::typed(fields, "name").trim();
    let body = json!({ "name": name, "shared": fields.text("shared").is_some(), "wanted": wanted });
    pages.doors.go(&seat.door("filter_add"), call, seat.ask().body(body)).await?;
    Ok("kept".into())
}

/// How many were done; or, where some were not, which was the first of those.
async fn bulk(
    pages: &Pages,
    call: Call,
    seat: Seat,
    visit: &Visit,
    fields: &Fields,
) -> Result<Result<String, String>, Refusal> {
    let ids: Vec<&str> = fields.all("id").collect();
    let (name, body) = acts::bulk(fields, &call);
    let mut whole = json!({ "ids": ids });
    whole[name] = body;
    let reply = pages.doors.go(&seat.door("bulk"), call, seat.ask().body(whole)).await?;
    let outcomes: Items<Outcome> = told(&reply)?;
    let refused = outcomes.items.iter().find(|it| !it.done);
    let done = outcomes.items.iter().filter(|it| it.done).count();
    match refused {
        None => Ok(Ok(done.to_string())),
        Some(refused) => {
            let number = refused.id.parse().map(number::of).unwrap_or_default();
            let (done, all) = (done.to_string(), outcomes.items.len().to_string());
            let values = [("done", &*done), ("all", &*all), ("number", &*number)];
            Ok(Err(visit.lang.say("desk-bulk-partly", &values)))
        }
    }
}

/// The list as a table, while it is read.
pub async fn queue_csv<D: AtDesk>(
    pages: &Arc<Pages>,
    call: Call,
    Path(at): Path<D>,
    pairs: Pairs,
) -> Result<Answer<Bare>, Refusal> {
    let seat = at.seat();
    let wanted = pairs.0.iter().filter(|(name, _)| WANTED.contains(&&**name));
    let asked = wanted.fold(seat.ask(), |ask, (name, text)| ask.query(name, text));
    Ok(pages.doors.go(&seat.door("csv"), call, asked).await?.into())
}
