use std::collections::BTreeSet;

use civic::queue::model::{Pick, Wanted};
use civic::queue::{csv, repo};
use civic::request::model::{Request, Status};
use civic::request::state::{RoundTheClock, moved};
use geo::Point;
use kernel::jiff::SignedDuration;
use kernel::{Decision, Id};
use serde_json::json;

use crate::staff_world::{PARKS, ROADS, World, code, manager, staff};

crate::staff_world::on_both_engines! { lists_are_what_a_scan_says, the_table_is_the_list, filters_are_kept }

/// A few hundred of every sort.
async fn fill(world: &World) -> Vec<Request> {
    let place = Point::from_e7(423_600_000, -710_600_000).unwrap();
    let mut all = Vec::new();
    for n in 0..900_i64 {
        let at = world.now() - SignedDuration::from_mins(900 - n);
        let category = ["pothole", "graffiti"][n as usize % 2];
        let mut it = Request::new(Id::from_raw(1_000 + n), category, "=A \"hole\", wide", place, at);
        it.agency = [Some(ROADS), Some(PARKS), None][n as usize % 3].map(Id::from_raw);
        it.area = ["north", "south"].get(n as usize % 3).map(|it| (*it).to_owned());
        it.assignee = (n % 5 == 0).then(|| Id::from_raw(100 + ROADS));
        it.due = (n % 7 != 0).then(|| at + SignedDuration::from_mins((n * 37) % 1_400));
        let to = Status::ALL[n as usize % 7];
        if to != Status::Open {
            let at = at + SignedDuration::from_mins(n % 11);
            it = Request {
                status: to,
                ..moved(&it, if to == Status::Reopened { Status::InProgress } else { to }, at, &RoundTheClock)
            };
        }
        all.push(it);
    }
    for some in all.chunks(50) {
        world.commit(Decision::nothing().changes(some.iter().map(civic::request::repo::add))).await;
    }
    all
}

fn fits(pick: &Pick, wanted: &Wanted, it: &Request) -> bool {
    use civic::queue::model::{Assignee, Order, Whose};
    let whose = match pick.whose {
        Whose::Everyones => true,
        Whose::Nobodys => it.agency.is_none(),
        Whose::Of(agency) => it.agency == Some(agency),
    };
    let assignee = match pick.assignee {
        Assignee::Any => true,
        Assignee::Nobody => it.assignee.is_none(),
        Assignee::Is(person) => it.assignee == Some(person),
    };
    whose
        && assignee
        && it.closed.is_some() == (pick.order == Order::Closed)
        && wanted.status.is_none_or(|its| it.status == its)
        && wanted.category.as_ref().is_none_or(|its| it.category == *its)
        && wanted.area.as_ref().is_none_or(|its| it.area.as_ref() == Some(its))
        && pick.due_before.is_none_or(|before| it.due.is_some_and(|due| due < before))
}

async fn lists_are_what_a_scan_says(world: World) {
    use civic::queue::model::Order;
    let all = fill(&world).await;
    let me = Some(Id::from_raw(100 + ROADS));
    let mut tried = 0;
    for agency in [None, Some(Id::from_raw(ROADS))] {
        for (order, status) in [
            (None, None),
            (Some(Order::Age), None),
            (None, Some(Status::Closed)),
            (Some(Order::Closed), None),
            (None, Some(Status::InProgress)),
        ] {
            for (assignee, category, area, whose) in [
                (None, None, None, None),
                (Some("me"), None, None, None),
                (Some("nobody"), Some("pothole"), None, None),
                (None, None, Some("north"), None),
                (None, None, None, Some("none")),
            ] {
                let text = |it: Option<&str>| it.map(str::to_owned);
                let wanted = Wanted {
                    order,
                    status,
                    assignee: text(assignee),
                    category: text(category),
                    area: text(area),
                    agency: text(whose).filter(|_| agency.is_none()),
                    ..Wanted::default()
                };
                check(&world, &all, &wanted, agency, me).await;
                tried += 1;
            }
        }
        for (overdue, within) in [(Some(true), None), (None, Some(3))] {
            let wanted = Wanted { overdue, due_within_h: within, ..Wanted::default() };
            check(&world, &all, &wanted, agency, me).await;
        }
        let counts = repo::counts(&world.market(), agency, me, world.now()).await.unwrap();
        let open: Vec<&Request> = all
            .iter()
            .filter(|it| it.closed.is_none() && (agency.is_none() || it.agency == agency))
            .collect();
        let many = |fits: &dyn Fn(&Request) -> bool| open.iter().filter(|it| fits(it)).count() as i64;
        assert_eq!(counts.waiting.count, open.len() as i64);
        assert_eq!(counts.open.count, many(&|it| it.status == Status::Open));
        assert_eq!(counts.overdue.count, many(&|it| it.due.is_some_and(|due| due < world.now())));
        assert_eq!(counts.unassigned.count, many(&|it| it.assignee.is_none()));
        assert_eq!(counts.mine.count, many(&|it| it.assignee == me));
        assert!(!counts.waiting.more);
    }
    assert_eq!(tried, 50);
}

async fn check(
    world: &World,
    all: &[Request],
    wanted: &Wanted,
    agency: Option<Id<kernel::Provider>>,
    me: Option<Id<kernel::Person>>,
) {
    let pick = Pick::of(wanted, agency, me, world.now()).unwrap();
    let mut expect: Vec<[i64; 2]> =
        all.iter().filter(|it| fits(&pick, wanted, it)).map(|it| pick.place(it)).collect();
    expect.sort_unstable();
    if pick.order == civic::queue::model::Order::Closed {
        expect.reverse();
    }
    for limit in [17, 1_000] {
        let (mut after, mut found) = (pick.start(), Vec::new());
        loop {
            let page = repo::list(&world.market(), &pick, after, limit).await.unwrap();
            let Some(last) = page.last() else { break };
            after = pick.place(last);
            found.extend(page.iter().map(|it| pick.place(it)));
        }
        assert_eq!(found, expect, "{wanted:?} of {agency:?} by {limit}");
    }
}

async fn the_table_is_the_list(world: World) {
    let all = fill(&world).await;
    let pages = world.table(&manager(), "desk_csv", json!({ "?order": "age" })).await.unwrap();
    let table = pages.concat();
    let rows: BTreeSet<&str> = table.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    let expect: BTreeSet<String> =
        all.iter().filter(|it| it.closed.is_none()).map(|it| it.id.to_string()).collect();
    assert_eq!(rows, expect.iter().map(String::as_str).collect());
    assert!(table.starts_with("id,status,") && table.contains("\"'=A \"\"hole\"\", wide\""));
    assert!(pages.len() > 1, "page by page");
    // Nothing at all is a table too.
    let none = world.table(&manager(), "desk_csv", json!({ "?category": "nothing" })).await.unwrap();
    assert_eq!(none.concat().lines().count(), 1);
    let pick = Pick::of(&Wanted::default(), None, None, world.now()).unwrap();
    let mut walk = csv::Walk::new(world.market(), pick);
    let mut pages = 0;
    while walk.next().await.unwrap().is_some() {
        pages += 1;
    }
    assert_eq!(pages, 1 + expect.len() / 500);
}

async fn filters_are_kept(world: World) {
    let (me, other) = (staff(ROADS), staff(PARKS));
    let ours = Id::<kernel::Provider>::from_raw(ROADS);
    let theirs = Id::<kernel::Provider>::from_raw(PARKS);
    let new = |name: &str, shared: bool| json!({ "{provider": ours, "name": name, "shared": shared, "wanted": { "category": "pothole" } });
    let own = world.ask(&me, "agency_filter_add", new("Mine", false)).await.unwrap();
    let shared = world.ask(&me, "agency_filter_add", new("Ours", true)).await.unwrap();
    let list = world.ask(&me, "agency_filters", json!({ "{provider": ours })).await.unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let list = world.ask(&other, "agency_filters", json!({ "{provider": theirs })).await.unwrap();
    assert!(list["items"].as_array().unwrap().is_empty());
    for filter in [&own, &shared] {
        let path = json!({ "{provider": theirs, "{filter": filter["id"] });
        assert_eq!(code(world.ask(&other, "agency_filter_remove", path).await), "not_found");
    }
    let colleague = crate::staff_world::caller(777, web::Scope::Provider(ours), web::Role::Staff);
    let path = |filter: &serde_json::Value| json!({ "{provider": ours, "{filter": filter["id"] });
    assert_eq!(code(world.ask(&colleague, "agency_filter_remove", path(&own)).await), "not_found");
    assert_eq!(code(world.ask(&colleague, "agency_filter_remove", path(&shared)).await), "not_allowed");
    let mut changed = new("Ours too", true);
    changed["{filter"] = shared["id"].clone();
    assert_eq!(world.ask(&me, "agency_filter_set", changed).await.unwrap()["name"], "Ours too");
    world.ask(&me, "agency_filter_remove", path(&shared)).await.unwrap();
    for n in 1..civic::limits::FILTERS_MAX {
        world.ask(&me, "agency_filter_add", new(&format!("f{n}"), false)).await.unwrap();
    }
    assert_eq!(code(world.ask(&me, "agency_filter_add", new("one more", false)).await), "too_many_filters");
}
