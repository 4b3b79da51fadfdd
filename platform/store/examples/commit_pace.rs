//! How fast this machine commits and reads, in one process:
//! `cargo run --release -p store --example commit_pace -- [markets] [submitters] [two|five|pipelined] [postgres address]`.
//! `two`: a row and its event. `five`: two rows, a change of a third, an event and a job. `pipelined`:
//! the same five, worded so that PostgreSQL cannot take them as one statement.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::Arc;
use std::time::Instant;

use kernel::{Actor, Decision, Id, NewEvent, NewJob, SnowIds, SystemClock, values};
use store::schema::{Part, Schema, Step};
use store::{Kind, Market, Place, Stamp, Store, StoreConfig};

const STEPS: &[Step] = &[Step {
    sqlite: "create table thing (id integer primary key, category text not null, cell integer not null, status text not null, body text not null) strict;
             create index thing_cell on thing (cell); create index thing_status on thing (status, id);
             create table trail (id integer primary key, thing integer not null, note text not null) strict;
             create index trail_thing on trail (thing);
             create table owner (id integer primary key, version integer not null, things integer not null) strict;",
    postgres: "create table thing (market bigint not null default iroko_market(), id bigint not null, category text not null, cell bigint not null, status text not null, body text not null, primary key (market, id)) partition by list (market);
             create index thing_cell on thing (market, cell); create index thing_status on thing (market, status, id);
             select iroko_isolate('thing');
             create table trail (market bigint not null default iroko_market(), id bigint not null, thing bigint not null, note text not null, primary key (market, id)) partition by list (market);
             create index trail_thing on trail (market, thing);
             select iroko_isolate('trail');
             create table owner (market bigint not null default iroko_market(), id bigint not null, version bigint not null, things bigint not null, primary key (market, id)) partition by list (market);
             select iroko_isolate('owner');",
}];

kernel::statements! {
    short ADD = "insert into thing (id, category, cell, status, body) values (?1, ?2, ?3, ?4, ?5)";
    short NOTE = "insert into trail (id, thing, note) values (?1, ?2, ?3)";
    short OWNER = "insert into owner (id, version, things) values (?1, 0, 0)";
    short COUNT = "update owner set things = things + 1, version = version + 1 where id = ?1";
    short COUNT_APART = "with apart as (select 1) update owner set things = things + 1, version = version + 1 where id = ?1";
    short ONE = "select category, cell, status, body from thing where id = ?1";
}

const COMMITS: i64 = 100_000;

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| args.get(place).and_then(|it| it.parse::<i64>().ok());
    let (markets, submitters) = (number(0).unwrap_or(1), number(1).unwrap_or(256));
    let shape = args.get(2).map_or("two", String::as_str).to_owned();
    let folder = std::env::temp_dir().join(format!("pace-{}", std::process::id()));
    let ids = Arc::new(SnowIds::new(Arc::new(SystemClock), 1));
    let config = match args.get(3) {
        None => StoreConfig::embedded(&folder),
        Some(url) => StoreConfig::postgres(url),
    };
    let schema = Schema::of([Part { name: "pace", kind: Some(Kind::Market), steps: STEPS }]);
    let store = Store::open(config, schema, ids.clone()).await.expect("the store opens");
    let mut handles = Vec::new();
    for number in 0..markets {
        let place = Place::market(Id::from_raw(100 + number), "pace", &format!("m{number}"));
        store.drop_market(&place).await.expect("nothing is left of an earlier run");
        handles.push(store.create(&place).await.expect("the market is made"));
    }
    let each = COMMITS / submitters;
    for task in 0..submitters {
        let market = &handles[(task % markets) as usize];
        market
            .commit(stamp(), Decision::nothing().change(OWNER.with(values![task])))
            .await
            .expect("it commits");
    }
    let start = Instant::now();
    let tasks: Vec<_> = (0..submitters)
        .map(|task| {
            tokio::spawn(submit(handles[(task % markets) as usize].clone(), shape.clone(), task, each))
        })
        .collect();
    for task in tasks {
        task.await.expect("the task ends");
    }
    let pace = (each * submitters) as f64 / start.elapsed().as_secs_f64();
    println!("{pace:.0} commits/s ({shape}), {submitters} submitters, {markets} markets");
    let start = Instant::now();
    let mut last = 0;
    for market in &handles {
        last += market.settle().await.expect("it settles");
    }
    println!("{last} events placed in {:.2} s", start.elapsed().as_secs_f64());
    read_in_turn(&handles, submitters, each).await;
    if args.get(3).is_some() {
        read_together(&handles, submitters, each).await;
        let start = Instant::now();
        store.promote(handles[0].place()).await.expect("it is promoted");
        println!("{:.2} s to promote one of {markets} markets", start.elapsed().as_secs_f64());
    }
    let _ = std::fs::remove_dir_all(folder);
}

fn stamp() -> Stamp {
    Stamp { at: kernel::jiff::Timestamp::UNIX_EPOCH, actor: Actor::System }
}

async fn submit(market: Market, shape: String, task: i64, each: i64) {
    for number in 0..each {
        let id = task * 1_000_000 + number + 1;
        let place = id * 7919 % 1_000_003;
        let mut decision = Decision::nothing()
            .change(ADD.with(values![
                id,
                "pothole",
                place,
                "open",
                "Reported by a resident near the school."
            ]))
            .event(NewEvent { name: "thing.added", subject: id, body: "{\"category\":\"pothole\"}".into() });
        if shape != "two" {
            let count = if shape == "five" { COUNT } else { COUNT_APART };
            decision = decision
                .change(NOTE.with(values![id, id, "added"]))
                .change(count.with(values![task]))
                .job(NewJob::new("notify.send", stamp().at, &id));
        }
        market.commit(stamp(), decision).await.expect("it commits");
    }
}

type Thing = (String, i64, String, String);

async fn read_in_turn(handles: &[Market], submitters: i64, each: i64) {
    const READS: i64 = 20_000;
    let start = Instant::now();
    for number in 0..READS {
        let task = number % submitters;
        let id = task * 1_000_000 + (number / submitters) % each + 1;
        let market = &handles[task as usize % handles.len()];
        let found: Option<Thing> = market.one(ONE, values![id]).await.expect("it reads");
        assert!(found.is_some());
    }
    println!(
        "{:.2} µs a read by key, one after the other",
        start.elapsed().as_secs_f64() * 1e6 / READS as f64
    );
}

async fn read_together(handles: &[Market], submitters: i64, each: i64) {
    const READS: i64 = 4_000;
    let start = Instant::now();
    let tasks: Vec<_> = (0..32)
        .map(|reader| {
            let handles = handles.to_vec();
            tokio::spawn(async move {
                for number in 0..READS {
                    let task = (number + reader) % submitters;
                    let market = &handles[task as usize % handles.len()];
                    let id = task * 1_000_000 + number % each + 1;
                    let found: Option<Thing> = market.one(ONE, values![id]).await.expect("it reads");
                    assert!(found.is_some());
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("the task ends");
    }
    println!("{:.0} reads/s, 32 readers", 32.0 * READS as f64 / start.elapsed().as_secs_f64());
}
