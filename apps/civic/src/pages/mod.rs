//! The pages for people: HTML from the server that works without scripts, on a weak phone, over a bad
//! line. Each page goes through the endpoints that programs use; here is only what people see.
//!
//! ```text
//! visit.rs    whoever looks at a page, and what templates say of requests
//! views.rs    what is taken from the endpoints' answers
//! forms.rs    contacts, faults at their fields
//! frame.rs    a part of the map; place.rs where a market's begins
//! face.rs     words, ways, scripts, and the library of the map that moves
//!
//! front.rs    the city at a glance
//! report/     four steps
//! map.rs      the map as a picture, and as one that moves
//! track.rs    one request; own.rs what its reporter and followers do
//! desk/       staff and managers
//! ```

mod desk;
mod face;
mod forms;
mod frame;
mod front;
mod limits;
mod map;
mod own;
mod place;
mod report;
mod track;
mod views;
mod visit;

use std::sync::Arc;

use ::pages::{Doors, address, doors, refusal, words};
use web::{Endpoint, May, Role, with};

use crate::civic::Civic;
use desk::{OfAgency, OfMarket, OneOfAgency, OneOfMarket};
use face::FACE;

/// What the pages share.
pub struct Pages {
    civic: Arc<Civic>,
    doors: Arc<Doors>,
}

/// The pages of this app. `others` are all endpoints that programs use, of this app and of the
/// platform: pages go through them and through nothing else.
pub fn endpoints(civic: &Arc<Civic>, others: &[Endpoint]) -> Vec<Endpoint> {
    let doors = Arc::new(Doors::new(others.iter().cloned().chain(report::send::doors(civic))));
    let common = ::pages::common(&FACE, &doors);
    let pages = Arc::new(Pages { civic: civic.clone(), doors });
    let all = [public(&pages), common, desks(&pages)].concat();
    all.into_iter().map(|endpoint| endpoint.app(crate::APP)).collect()
}

fn finished(endpoint: Endpoint, says: &'static str, may: May) -> Endpoint {
    ::pages::page(&FACE, endpoint, says, may)
}

fn public(pages: &Arc<Pages>) -> Vec<Endpoint> {
    use front::front as page_front;
    use map::map as page_map;
    use own::{confirm as page_confirm, confirm_now as page_confirm_now, track_act as page_act};
    use own::{unsubscribe as page_unsubscribe, unsubscribe_now as page_leave};
    use report::{report as page_report, report_step as page_report_step};
    use track::{Which, track as page_track, track_one as page_track_one};
    use web::{Fields, Head, Pairs, Path};
    let any = |endpoint, says| finished(endpoint, says, May::Anyone);
    vec![
        any(with!(pages, get "/" => page_front(pairs: Pairs, head: Head)), "The city at a glance."),
        any(with!(pages, get "/report" => page_report(pairs: Pairs, head: Head)), "Begins a report."),
        any(
            with!(pages, post "/report" => page_report_step(head: Head, fields: Fields)),
            "Takes one step of a report, or sends it.",
        )
        .body_bytes_max(limits::FORM_BYTES_MAX),
        any(with!(pages, get "/map" => page_map(pairs: Pairs, head: Head)), "The map as a picture."),
        any(with!(pages, get "/track" => page_track(pairs: Pairs, head: Head)), "Asks for a number."),
        any(
            with!(pages, get "/track/{number}" => page_track_one(which: Path<Which>, pairs: Pairs, head: Head)),
            "One request.",
        ),
        any(
            with!(pages, post "/track/{number}" => page_act(which: Path<Which>, head: Head, fields: Fields)),
            "Does something to a request for who reported or follows it.",
        ),
        any(
            with!(pages, get "/unsubscribe/{token}" => page_unsubscribe(which: Path<own::Leaving>, pairs: Pairs, head: Head)),
            "Asks whether messages should end.",
        ),
        any(
            with!(pages, post "/unsubscribe/{token}" => page_leave(which: Path<own::Leaving>, head: Head, fields: Fields)),
            "Ends messages.",
        ),
        any(
            with!(pages, get "/confirm/{token}" => page_confirm(which: Path<own::Leaving>, pairs: Pairs, head: Head)),
            "Asks whether messages should come.",
        ),
        any(
            with!(pages, post "/confirm/{token}" => page_confirm_now(which: Path<own::Leaving>, head: Head, fields: Fields)),
            "Says that messages should come.",
        ),
    ]
}

/// An endpoint whose handler gets what the pages share, under a path that is put together.
macro_rules! shared {
    ($pages:expr, $method:ident $path:expr, $handler:ident($($type:ty),*)) => {
        shared!(@ $pages, $method, $path, $handler, [] $($type,)*)
    };
    (@ $pages:expr, $method:ident, $path:expr, $handler:ident, [] $a:ty, $b:ty,) => {{
        let pages = Arc::clone($pages);
        web::$method($path, move |call: web::Call, a: $a, b: $b| {
            let pages = pages.clone();
            async move { $handler(&pages, call, a, b).await }
        })
    }};
    (@ $pages:expr, $method:ident, $path:expr, $handler:ident, [] $a:ty, $b:ty, $c:ty,) => {{
        let pages = Arc::clone($pages);
        web::$method($path, move |call: web::Call, a: $a, b: $b, c: $c| {
            let pages = pages.clone();
            async move { $handler(&pages, call, a, b, c).await }
        })
    }};
}
/// The same pages for the market's own staff and for those of an agency. Who comes to the market's desk
/// from an agency is led to their own.
macro_rules! desk_pages {
    ($pages:expr, $at:ty, $one:ty, $base:literal, $may:expr, $door:expr, $names:expr) => {{
        use web::{Fields, Head, Pairs, Path};
        let pages = $pages;
        let (queue, act, csv) = (desk::queue::<$at>, desk::queue_act::<$at>, desk::queue_csv::<$at>);
        let (one, one_act) = (desk::one::<$one>, desk::one_act::<$one>);
        let list = [
            (shared!(pages, get $base, queue(Path<$at>, Pairs, Head)), "What waits for staff.", $door),
            (shared!(pages, post $base, act(Path<$at>, Head, Fields)), "Keeps a filter, or does one act to many.", $may),
            (shared!(pages, get concat!($base, "/csv"), csv(Path<$at>, Pairs)), "The list as a table.", $may),
            (shared!(pages, get concat!($base, "/requests/{id}"), one(Path<$one>, Pairs, Head)), "One request, for staff.", $may),
            (shared!(pages, post concat!($base, "/requests/{id}"), one_act(Path<$one>, Head, Fields)), "Does something to it.", $may),
        ];
        let named = |(mut endpoint, says, may): (Endpoint, _, _), name: &'static str| {
            endpoint.name = name;
            let endpoint = finished(endpoint, says, may);
            if name.ends_with("csv") { endpoint.produces(&["text/csv"]) } else { endpoint }
        };
        list.into_iter().zip($names).map(|(page, name)| named(page, name)).collect::<Vec<_>>()
    }};
}

fn desks(pages: &Arc<Pages>) -> Vec<Endpoint> {
    use desk::figures as page_figures;
    use web::{Head, Pairs};
    let (ours, theirs) = (May::Role(Role::Staff), May::Provider(Role::Staff));
    let names = ["page_desk", "page_desk_act", "page_desk_csv", "page_desk_request", "page_desk_request_act"];
    let mut all = desk_pages!(pages, OfMarket, OneOfMarket, "/desk", ours, May::Known, names);
    let names = [
        "page_agency",
        "page_agency_act",
        "page_agency_csv",
        "page_agency_request",
        "page_agency_request_act",
    ];
    all.extend(desk_pages!(
        pages,
        OfAgency,
        OneOfAgency,
        "/providers/{provider}/desk",
        theirs,
        theirs,
        names
    ));
    all.push(finished(
        with!(pages, get "/desk/figures" => page_figures(pairs: Pairs, head: Head)),
        "How it goes as a whole.",
        May::Role(Role::Manager),
    ));
    all
}
