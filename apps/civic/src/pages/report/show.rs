//! The four pages of a report.

use askama::Template;
use http::StatusCode;
use kernel::Refusal;
use web::{Answer, Bare, Call};

use super::draft::{Draft, Step};
use super::steps;
use crate::pages::Pages;
use crate::pages::doors::Ask;
use crate::pages::frame::{self, Frame};
use crate::pages::limits::{MAP, MAP_NARROW, NEARBY, PHOTOS_MAX};
use crate::pages::map;
use crate::pages::track::languages;
use crate::pages::views::{Category, Items, Names, Question, Request};
use crate::pages::visit::{Visit, summary};
use crate::request::number;

/// What the four pages share.
struct Form<'a> {
    hidden: Vec<(String, String)>,
    draft: &'a Draft,
    faults: Vec<(String, String)>,
    title: String,
    place: usize,
}

impl Form<'_> {
    /// What is wrong with a field, or nothing.
    fn fault(&self, field: &str) -> &str {
        self.faults.iter().find(|(its, _)| its == field).map_or("", |(_, text)| text)
    }
}

#[derive(Template)]
#[template(path = "report_what.html")]
struct What<'a> {
    v: &'a Visit,
    f: Form<'a>,
    /// By what they are shown together with.
    groups: Vec<(String, Vec<Category>)>,
}

#[derive(Template)]
#[template(path = "report_where.html")]
struct Where<'a> {
    v: &'a Visit,
    f: Form<'a>,
    category: String,
    /// Name, address, size, and which screens are for it: a click is only told in dots of the screen, so
    /// that neither may be stretched.
    pictures: [(&'static str, String, (u32, u32), &'static str); 2],
    is_pinned: bool,
    moves: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "report_details.html")]
struct Details<'a> {
    v: &'a Visit,
    f: Form<'a>,
    category: String,
    notice: String,
    questions: Vec<Question>,
    takes_photos: bool,
    photos_left: i64,
    languages: Vec<(String, String)>,
    language: &'static str,
}

#[derive(Template)]
#[template(path = "report_send.html")]
struct Send<'a> {
    v: &'a Visit,
    f: Form<'a>,
    category: String,
    place: String,
    address: String,
    picture: String,
    near: Vec<Near>,
}

/// One that may be the same.
struct Near {
    id: String,
    href: String,
    text: String,
    about: String,
    is_likely: bool,
}

#[derive(serde::Deserialize)]
struct Suggestion {
    id: String,
    description: String,
    reported_at: kernel::jiff::Timestamp,
    likely: bool,
    distance_m: i64,
}

pub async fn step(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    step: Step,
    draft: &mut Draft,
    faults: Vec<(String, String)>,
) -> Result<Answer<Bare>, Refusal> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    if step == Step::Where && draft.frame.is_none() {
        draft.frame = Some(steps::frame(pages, call, draft).await?);
    }
    let category = steps::category(pages, call, &draft.category).await?;
    let name = category.as_ref().map_or_else(String::new, |it| it.name.clone());
    let title = visit.t(match step {
        Step::What => "report-what",
        Step::Where => "report-where",
        Step::Details => "report-details",
        Step::Send => "report-send",
    });
    let draft = &*draft;
    let f = Form { hidden: draft.hidden(step), draft, faults, title, place: step as usize + 1 };
    match step {
        Step::What => {
            let names = Names::load(&pages.doors, call).await?;
            visit.page_as(status, &What { v: visit, f, groups: groups(names.0) })
        }
        Step::Where => {
            let frame = draft.frame.unwrap_or(Frame::new(origin()?, 2));
            visit.page_as(status, &place(visit, f, name, &frame))
        }
        Step::Details => visit.page_as(status, &details(pages, call, visit, f, category)),
        Step::Send => visit.page_as(status, &last(pages, call, visit, f, name).await?),
    }
}

fn origin() -> Result<geo::Point, Refusal> {
    geo::Point::from_e7(0, 0).map_err(|_| Refusal::not_found())
}

/// In the order in which they come, each group where its first one stands.
fn groups(categories: Vec<Category>) -> Vec<(String, Vec<Category>)> {
    let mut groups: Vec<(String, Vec<Category>)> = Vec::new();
    for category in categories {
        let name = category.group.clone().unwrap_or_default();
        match groups.iter_mut().find(|(its, _)| *its == name) {
            Some((_, group)) => group.push(category),
            None => groups.push((name, vec![category])),
        }
    }
    groups
}

fn place<'a>(visit: &'a Visit, f: Form<'a>, category: String, frame: &Frame) -> Where<'a> {
    let picture = |size| map::sized(visit, frame, size, [("", ""), ("", "")]);
    let moves = ["in", "out", "north", "south", "west", "east"];
    Where {
        category,
        pictures: [
            ("pin", picture(MAP), MAP, "broad"),
            ("pin-narrow", picture(MAP_NARROW), MAP_NARROW, "narrow"),
        ],
        is_pinned: matches!(f.draft.pin(), Ok(Some(pin)) if pin == frame.centre),
        moves: moves.map(|how| (how, map::move_name(visit, how))).into(),
        v: visit,
        f,
    }
}

fn details<'a>(
    pages: &Pages,
    call: &Call,
    visit: &'a Visit,
    f: Form<'a>,
    category: Option<Category>,
) -> Details<'a> {
    let (name, notice, mut questions) = match category {
        Some(category) => (category.name, category.notice.unwrap_or_default(), category.questions),
        None => Default::default(),
    };
    questions.sort_by_key(|question| question.order);
    Details {
        category: name,
        notice,
        questions,
        takes_photos: pages.civic.media.is_some(),
        photos_left: PHOTOS_MAX.saturating_sub(f.draft.photos.len()) as i64,
        languages: languages(call),
        language: visit.lang.code(),
        v: visit,
        f,
    }
}

async fn last<'a>(
    pages: &Pages,
    call: &Call,
    visit: &'a Visit,
    f: Form<'a>,
    category: String,
) -> Result<Send<'a>, Refusal> {
    let request: Request =
        steps::reported(pages, crate::pages::doors::again(call), f.draft, Step::Send, "civic.page_try")
            .await?;
    let asked = Ask::new()
        .query("point", frame::text(request.place))
        .query("category", &f.draft.category)
        .query("text", f.draft.description.trim())
        .query("limit", NEARBY);
    let near: Option<Items<Suggestion>> = pages.doors.read_if("civic.request_nearby", call, asked).await?;
    let near = near.map(|it| it.items).unwrap_or_default();
    Ok(Send {
        category,
        place: frame::text(request.place),
        address: request.address.unwrap_or_default(),
        picture: map::picture(visit, &Frame::new(request.place, 16), "", ""),
        near: near.into_iter().filter_map(|it| suggested(visit, it)).collect(),
        v: visit,
        f,
    })
}

fn suggested(visit: &Visit, it: Suggestion) -> Option<Near> {
    let tracked = number::of(it.id.parse().ok()?);
    let away = visit.number(&it.distance_m);
    let values = [("metres", &*away), ("day", &visit.day(&it.reported_at))];
    let about = visit.lang.say("near-about", &values);
    let href = visit.to(&format!("/track/{tracked}"));
    Some(Near { id: it.id, href, text: summary(&it.description), about, is_likely: it.likely })
}
