//! The map: a picture drawn by the server, links that move it, and the list of what is on it. Where the
//! library for it is there, a map that moves by itself takes their place, once it runs.

use std::sync::Arc;

use askama::Template;
use kernel::Refusal;
use web::{Answer, Bare, Call, Head, Pairs};

use super::address::{encoded, query};
use super::doors::Ask;
use super::face::{self, MapPaths};
use super::frame::Frame;
use super::limits::{MAP, MAP_LIST};
use super::views::{Items, Names, Request, Row};
use super::visit::Visit;
use super::{Pages, place};

#[derive(Template)]
#[template(path = "map.html")]
struct Map<'a> {
    v: &'a Visit,
    picture: String,
    width: u32,
    height: u32,
    /// What each link is called, and where it leads.
    moves: Vec<(String, String)>,
    /// Code, name, whether it is chosen.
    categories: Vec<(String, String, bool)>,
    statuses: Vec<(String, String, bool)>,
    at: String,
    zoom: u8,
    rows: Vec<Row>,
    more: Option<String>,
    live: Option<Live>,
}

/// What the script of the map that moves is told.
struct Live {
    parts: MapPaths,
    tiles: String,
    areas: String,
    /// Where a request is shown, before its id.
    request: String,
}

impl Live {
    fn of(visit: &Visit, category: &str, status: &str) -> Option<Self> {
        let parts = face::map_paths().filter(|_| !visit.is_spare)?;
        let MapPaths { script, library, worker, style } = parts;
        let [script, library, worker, style] = [script, library, worker, style].map(|path| visit.to(&path));
        let filter = query([("category", category), ("status", status)]);
        let mark = if filter.is_empty() { "" } else { "?" };
        Some(Self {
            parts: MapPaths { script, library, worker, style },
            tiles: visit.to(&format!("/v1/map/tiles/{{z}}/{{x}}/{{y}}.mvt{mark}{filter}")),
            areas: visit.to("/v1/map/areas/{z}/{x}/{y}.mvt"),
            request: visit.to("/track/"),
        })
    }
}

const MOVES: [&str; 6] = ["in", "out", "north", "south", "west", "east"];
const STATUSES: [&str; 7] =
    ["open", "in_progress", "under_review", "pending_external", "reopened", "resolved", "closed"];
/// What is shown where none is chosen.
const UNDER_WAY: &str = "open,in_progress,under_review,pending_external,reopened";

pub async fn map(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = Visit::of(&call, &head, &pairs, "/map");
    let names = Names::load(&pages.doors, &call).await?;
    let frame = match Frame::read(pairs.get("at"), pairs.get("z")) {
        Some(frame) => frame,
        None => place::home(pages, &call).await?,
    };
    let is_known = |code: &&str| names.0.iter().any(|it| it.code == **code);
    let category = pairs.get("category").filter(is_known).unwrap_or_default();
    let status = pairs.get("status").filter(|status| STATUSES.contains(status)).unwrap_or_default();
    let shown = if status.is_empty() { UNDER_WAY } else { status };
    let asked = Ask::new()
        .query("bbox", frame.bbox(MAP))
        .query("category", category)
        .query("status", shown)
        .query("limit", MAP_LIST)
        .query("cursor", pairs.get("cursor").unwrap_or_default());
    let found: Items<Request> = pages.doors.read("civic.request_list", &call, asked).await?;
    let link = |frame: &Frame, cursor: &str| {
        let (at, zoom) = (frame.at(), frame.zoom.to_string());
        let pairs =
            [("at", &*at), ("z", &zoom), ("category", category), ("status", status), ("cursor", cursor)];
        visit.to(&format!("/map?{}", query(pairs)))
    };
    let page = Map {
        picture: picture(&visit, &frame, category, shown),
        width: MAP.0,
        height: MAP.1,
        moves: MOVES
            .iter()
            .filter_map(|how| Some((move_name(&visit, how), link(&frame.moved(how)?, ""))))
            .collect(),
        at: frame.at(),
        zoom: frame.zoom,
        rows: found.items.iter().map(|request| names.row(&visit, request)).collect(),
        live: Live::of(&visit, category, shown),
        more: found.next.as_deref().map(|next| link(&frame, next)),
        statuses: STATUSES.iter().map(|it| ((*it).to_owned(), visit.status(it), *it == status)).collect(),
        categories: names
            .0
            .iter()
            .map(|it| (it.code.clone(), it.name.clone(), it.code == category))
            .collect(),
        v: &visit,
    };
    visit.page(&page)
}

/// Where the picture of this part is drawn.
pub fn picture(visit: &Visit, frame: &Frame, category: &str, status: &str) -> String {
    sized(visit, frame, MAP, [("category", category), ("status", status)])
}

pub fn sized(visit: &Visit, frame: &Frame, size: (u32, u32), filter: [(&str, &str); 2]) -> String {
    let bbox = encoded(&frame.bbox(size));
    let more = query(filter);
    let mark = if more.is_empty() { "" } else { "&" };
    visit.to(&format!("/v1/map/picture.svg?bbox={bbox}&width={}{mark}{more}", size.0))
}

pub fn move_name(visit: &Visit, how: &str) -> String {
    match how {
        "in" => visit.t("map-in"),
        "out" => visit.t("map-out"),
        "north" => visit.t("map-north"),
        "south" => visit.t("map-south"),
        "west" => visit.t("map-west"),
        _ => visit.t("map-east"),
    }
}
