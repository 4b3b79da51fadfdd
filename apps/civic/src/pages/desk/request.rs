//! One request at the desk: all of it, what happened, and what can be done.

use std::sync::Arc;

use askama::Template;
use http::StatusCode;
use kernel::{Refusal, RefusalKind};
use serde_json::Value;
use web::{Answer, Bare, Call, Fields, Head, Pairs, Path};

use super::views::{AgencyRow, DeskEntry, Job};
use super::{AtDesk, Seat, acts};
use crate::pages::doors::again;
use crate::pages::limits::{HISTORY, ZOOM_PLACE};
use crate::pages::views::{Category, Items, Names};
use crate::pages::visit::Visit;
use crate::pages::{Pages, forms, frame, map, refusal, report};
use crate::request::number;

#[derive(Template)]
#[template(path = "desk_request.html")]
struct Page<'a> {
    v: &'a Visit,
    here: String,
    desk: String,
    number: String,
    it: Job,
    category: String,
    status: String,
    assignee: String,
    due: String,
    is_late: bool,
    place: String,
    picture: String,
    answers: Vec<(String, String)>,
    history: Vec<Said>,
    merged: Option<(String, String)>,
    moves: Vec<(String, String)>,
    agencies: Vec<String>,
    form: String,
    faults: Vec<(String, String)>,
    done: bool,
    /// What was typed and refused, so that it is not lost.
    typed: Typed,
}

#[derive(Default)]
struct Typed {
    text: String,
    reason: String,
    to: String,
}

struct Said {
    when: String,
    what: String,
    text: String,
    who: String,
    is_public: bool,
}

pub async fn one<D: AtDesk>(
    pages: &Arc<Pages>,
    call: Call,
    Path(at): Path<D>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let path = format!("{}/requests/{}", at.seat().path(), at.id());
    let visit = Visit::of(&call, &head, &pairs, path);
    let done = pairs.get("done").is_some();
    show(pages, &call, &visit, (at.seat(), at.id()), (done, Vec::new(), Typed::default())).await
}

async fn show(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    (seat, id): (Seat, &str),
    (done, faults, typed): (bool, Vec<(String, String)>, Typed),
) -> Result<Answer<Bare>, Refusal> {
    let one = || seat.ask().path("id", id);
    let it: Job = pages.doors.read(&seat.door("request"), call, one()).await?;
    let asked = one().query("limit", HISTORY);
    let history: Items<DeskEntry> = pages.doors.read(&seat.door("history"), call, asked).await?;
    let asked = crate::pages::doors::Ask::new().query("limit", 100);
    let agencies: Items<AgencyRow> = pages.doors.read("civic.agency_list", call, asked).await?;
    let names = Names::load(&pages.doors, call).await?;
    let category = report::category(pages, call, &it.category).await?;
    let merged = it.merged_into.as_deref().and_then(|id| {
        let path = format!("{}/requests/{id}", seat.path());
        Some((number::of(id.parse().ok()?), visit.to(&path)))
    });
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        here: visit.to(&format!("{}/requests/{id}", seat.path())),
        desk: visit.to(&seat.path()),
        number: it.id.parse().map(number::of).unwrap_or_default(),
        category: names.of(&it.category),
        status: visit.status(&it.status),
        assignee: acts::assignee(visit, call, it.assignee.as_deref()),
        due: it.due_at.as_ref().map(|due| visit.time(due)).unwrap_or_default(),
        is_late: it.due_at.is_some_and(|due| due < visit.now),
        place: frame::text(it.place),
        picture: map::picture(visit, &frame::Frame::new(it.place, ZOOM_PLACE), "", ""),
        answers: answers(it.answers.as_deref(), category.as_ref()),
        history: history.items.iter().map(|entry| said(visit, call, entry)).collect(),
        moves: acts::moves(visit).into_iter().filter(|(status, _)| *status != it.status).collect(),
        agencies: agencies.items.into_iter().map(|it| it.provider).collect(),
        form: forms::fresh(call),
        merged,
        faults,
        done,
        typed,
        it,
        v: visit,
    };
    visit.page_as(status, &page)
}

/// Questions with their answers, in words where the choices have any.
fn answers(answers: Option<&str>, category: Option<&Category>) -> Vec<(String, String)> {
    let given: serde_json::Map<String, Value> =
        answers.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let question = |code: &str| category.and_then(|it| it.questions.iter().find(|its| its.code == code));
    let chosen = |code: &str, value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let choice = question(code).and_then(|it| it.values.iter().find(|choice| choice.key == text));
        choice.map_or(text, |choice| choice.name.clone())
    };
    let words = |code: &str, value: &Value| match value {
        Value::Array(values) => values.iter().map(|value| chosen(code, value)).collect::<Vec<_>>().join(", "),
        value => chosen(code, value),
    };
    let name = |code: &str| question(code).map_or_else(|| code.to_owned(), |it| it.description.clone());
    given.iter().map(|(code, value)| (name(code), words(code, value))).collect()
}

fn state(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value["status"].as_str())
}

fn said(visit: &Visit, call: &Call, entry: &DeskEntry) -> Said {
    let body: Value = serde_json::from_str(&entry.body).unwrap_or_default();
    // What only staff see tells all that changed; the state is a part of it.
    let (from, to) = (state(&body["from"]), state(&body["to"]));
    let what = match to.filter(|to| from != Some(to)).filter(|status| acts::STATUSES.contains(status)) {
        Some(status) => visit.w("happened-to", "status", visit.status(status)),
        None => visit.happened(&entry.what),
    };
    let text = ["text", "reason"].iter().find_map(|name| body[*name].as_str()).unwrap_or_default();
    let who = entry.person.as_deref().map(|person| acts::assignee(visit, call, Some(person)));
    Said {
        when: visit.time(&entry.at),
        what,
        text: text.to_owned(),
        who: who.unwrap_or_default(),
        is_public: entry.public,
    }
}

pub async fn one_act<D: AtDesk>(
    pages: &Arc<Pages>,
    mut call: Call,
    Path(at): Path<D>,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let seat = at.seat();
    let path = format!("{}/requests/{}", seat.path(), at.id());
    let visit = Visit::sent(&call, &head, path.clone());
    let asked = again(&call);
    let go = fields.text("go").unwrap_or_default();
    if let Some(key) = fields.text("form") {
        let parts = forms::parts(&fields);
        call.form_key(&format!("{key}-{go}"), &parts.iter().map(|part| &**part).collect::<Vec<_>>())?;
    }
    let (name, body) = acts::act(go, &fields, &call).ok_or_else(Refusal::not_found)?;
    let door = seat.ask().path("id", at.id()).body(body);
    let refused = match pages.doors.go(&seat.door(name), call, door).await {
        // Given to another agency it is not here any more.
        Ok(_) if name == "route" && seat.0.is_some() => return Ok(visit.go(&seat.path())),
        Ok(_) => return Ok(visit.go(&format!("{path}?done=1"))),
        Err(refused) => refused,
    };
    let faults = match refused.kind() {
        RefusalKind::Invalid => forms::faults(&visit, &refused),
        RefusalKind::Conflict | RefusalKind::Precondition => {
            vec![(String::new(), refusal::text(visit.lang, &refused, web::problem::status(refused.kind())))]
        }
        _ => return Err(refused),
    };
    let text = |name: &str| forms::typed(&fields, name).to_owned();
    let typed = Typed { text: text("text"), reason: text("reason"), to: text("to") };
    show(pages, &asked, &visit, (seat, at.id()), (false, faults, typed)).await
}
