//! The city at a glance: how much is open, what was reported last, and the ways to everything else.

use std::sync::Arc;

use askama::Template;
use kernel::Refusal;
use web::{Answer, Bare, Call, Head, Pairs};

use super::Pages;
use super::doors::Ask;
use super::limits::LATEST;
use super::views::{Items, Names, Request, Row, Trends};
use super::visit::Visit;

#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    v: &'a Visit,
    figures: Vec<(String, String)>,
    latest: Vec<Row>,
    /// Code, name, and what it is about.
    categories: Vec<(String, String, String)>,
}

pub async fn front(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = Visit::of(&call, &head, &pairs, "/");
    let names = Names::load(&pages.doors, &call).await?;
    let asked = Ask::new().query("limit", LATEST);
    let latest: Items<Request> = pages.doors.read("civic.request_list", &call, asked).await?;
    let trends: Option<Trends> =
        pages.doors.read_if("civic.trend_list", &call, Ask::new().query("by", "category")).await?;
    let page = Front {
        figures: trends.map(|trends| figures(&visit, &trends)).unwrap_or_default(),
        latest: latest.items.iter().map(|request| names.row(&visit, request)).collect(),
        categories: names.0.into_iter().map(|it| (it.code, it.name, it.about.unwrap_or_default())).collect(),
        v: &visit,
    };
    visit.page(&page)
}

fn figures(visit: &Visit, trends: &Trends) -> Vec<(String, String)> {
    let all = &trends.all;
    let mut figures = vec![
        (visit.t("front-open"), visit.number(&all.backlog)),
        (visit.t("front-reported"), visit.number(&all.reported)),
        (visit.t("front-closed"), visit.number(&all.closed)),
    ];
    if let Some(minutes) = all.median_close_min {
        figures.push((visit.t("front-median"), visit.span(&minutes)));
    }
    figures
}
