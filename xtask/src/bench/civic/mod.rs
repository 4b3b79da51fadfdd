//! `cargo xtask bench --only civic`, and `civic-postgres`: one city with five million requests, made up
//! and kept between runs, asked at fixed rates. A request's time counts from when it should have been
//! sent, so that one that waits behind a slow one is slow too.
//!
//! ```text
//! asks.rs   what is asked, in which mixture
//! city.rs   the folders, of two sizes
//! table.rs  figures of both sizes side by side, beside what they should be
//! ```

mod asks;
mod city;
mod table;

use std::path::Path;

use testkit::server::Server;

use self::asks::{Asks, Load};
use self::city::{SIZES, Size};
use super::Plan;
use super::figure::Figure;
use super::open::{self, Found};
use super::ours::{Ours, Programs};
use super::people::Client;
use super::postgres::Durable;
use super::table::Table;
use crate::step::{Outcome, step, warn};

/// The last load of the city's own plan goes on so long, in the larger city.
const MIXED_S: u32 = 300;
const RUN_S: u32 = 20;
const QUICK_S: u32 = 3;
const LIST_ON_POSTGRES: f64 = 50.0;

pub fn run(plan: &Plan, programs: &Programs) -> Outcome<(Table, Vec<Figure>)> {
    let sizes = sizes(plan);
    let mut found: Vec<Vec<Option<Found>>> = Vec::new();
    let mut figures = Vec::new();
    for size in sizes {
        let home = city::kept(programs, size)?;
        figures.push(Figure::noted(
            format!("{}: bytes a request", size.name()),
            city::bytes_each(&home, size)?,
            "",
        ));
        let of_fifty = table::of_fifty(city::bytes_each(&home, size)?, size);
        figures.push(Figure::noted(format!("{}: fifty such cities on disk", size.name()), of_fifty, "GB"));
        if let Some(per_s) = city::paces(&home)?.fill_per_s {
            figures.push(Figure::noted(format!("{}: made up and added", size.name()), per_s, "/s"));
        }
        let copy = super::folders::copy(&home.join("data"), "civic-writes")?;
        let ours = Ours::on_folder(programs, &copy);
        let server = ours.serve()?;
        let long_s = if size.requests == sizes[1].requests { MIXED_S } else { RUN_S };
        let long_s = if plan.quick { QUICK_S } else { long_s };
        found.push(all_loads(&server, plan.quick, long_s, size)?);
        let behind = ours.events_behind(&[city::MARKET.to_owned()])?;
        figures.push(Figure::noted(format!("{}: events behind at the end", size.name()), behind as f64, ""));
        drop(server);
    }
    Ok((table::of(asks::LOADS, &sizes, &found), figures))
}

fn sizes(plan: &Plan) -> [Size; 2] {
    if plan.quick { [Size::of(20_000), Size::of(50_000)] } else { SIZES }
}

/// In their order; one whose address is not there is passed over.
fn all_loads(server: &Server, quick: bool, long_s: u32, size: Size) -> Outcome<Vec<Option<Found>>> {
    let client = Client::of(&server.url());
    let asks = Asks::of(&client)?;
    asks::LOADS
        .iter()
        .map(|load| {
            step(&format!("{} of {}", load.name, size.name()), || {
                one(server, &asks, load, if load.is_long { long_s } else { seconds(quick) })
            })
        })
        .collect()
}

fn seconds(quick: bool) -> u32 {
    if quick { QUICK_S } else { RUN_S }
}

fn one(server: &Server, asks: &Asks, load: &Load, seconds: u32) -> Outcome<Option<Found>> {
    if !asks.is_there(&server.url(), load)? {
        warn(&format!("{}: there is no such address, passed over", load.name));
        return Ok(None);
    }
    let prepared = asks.prepared(load);
    let found = open::hold(&server.url(), &prepared, load.per_s, seconds)?;
    // All of it takes long: whoever watches sees each as soon as it is there.
    eprintln!("   {found}");
    Ok(Some(found))
}

/// The same list over the same requests, kept by PostgreSQL that waits for its disk.
pub fn on_postgres(plan: &Plan, programs: &Programs, postgres: &Path) -> Outcome<Vec<Figure>> {
    let [_, size] = sizes(plan);
    let durable = Durable::start(postgres)?;
    let folder = super::folders::below("civic-postgres");
    let ours = Ours::on_postgres(programs, &durable.database("civic")?, &folder);
    step(&format!("fill PostgreSQL with {}", size.name()), || city::fill(&ours, size))?;
    let server = ours.serve()?;
    let client = Client::of(&server.url());
    let asks = Asks::of(&client)?;
    let load = &asks::LIST_AT_1000;
    let found = open::hold(&server.url(), &asks.prepared(load), load.per_s, seconds(plan.quick))?;
    let what = format!("list on PostgreSQL, {} at {}/s, p95", size.name(), load.per_s);
    Ok(vec![
        Figure::below(what, found.p95_ms, LIST_ON_POSTGRES, "ms"),
        Figure::noted("  held", found.per_s, "/s"),
        Figure::noted("  errors", found.errors as f64, ""),
    ])
}
