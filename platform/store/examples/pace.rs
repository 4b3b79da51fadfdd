//! How fast this machine commits and reads, in one process: `cargo run --release -p store --example pace`.

use std::sync::Arc;
use std::time::Instant;

use kernel::{Actor, Decision, Id, NewEvent, SnowIds, SystemClock, values};
use store::schema::{Part, Schema, Step};
use store::{Kind, Place, Stamp, Store, StoreConfig};

const STEPS: &[Step] = &[Step {
    sqlite: "create table thing (id integer primary key, category text not null, cell integer not null, status text not null, body text not null) strict;
             create index thing_cell on thing (cell); create index thing_status on thing (status, id);",
    postgres: "",
}];

kernel::statements! {
    short ADD = "insert into thing (id, category, cell, status, body) values (?1, ?2, ?3, ?4, ?5)";
    short ONE = "select category, cell, status, body from thing where id = ?1";
}

#[tokio::main]
async fn main() {
    let folder = std::env::temp_dir().join(format!("pace-{}", std::process::id()));
    let ids = Arc::new(SnowIds::new(Arc::new(SystemClock), 1));
    let config = StoreConfig { folder: folder.clone(), open_markets_max: 100, reader_threads: 2 };
    let schema = Schema::of([Part { name: "pace", kind: Some(Kind::Market), steps: STEPS }]);
    let store = Store::open(config, schema, ids.clone()).await.expect("the folder opens");
    let markets: i64 = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(1);
    let submitters: i64 = std::env::args().nth(2).and_then(|it| it.parse().ok()).unwrap_or(256);
    let mut handles = Vec::new();
    for number in 0..markets {
        let place = Place::market(Id::from_raw(100 + number), "pace", &format!("m{number}"));
        handles.push(store.create(&place).await.expect("the market is made"));
    }
    let each = 200_000 / submitters;
    let start = Instant::now();
    let tasks: Vec<_> = (0..submitters)
        .map(|task| {
            let market = handles[(task % markets) as usize].clone();
            tokio::spawn(async move {
                for number in 0..each {
                    let id = task * 1_000_000 + number + 1;
                    let stamp = Stamp { at: kernel::jiff::Timestamp::UNIX_EPOCH, actor: Actor::System };
                    let decision = Decision::nothing()
                        .change(ADD.with(values![
                            id,
                            "pothole",
                            id * 7919 % 1_000_003,
                            "open",
                            "Reported by a resident near the school."
                        ]))
                        .event(NewEvent {
                            name: "thing.added",
                            subject: id,
                            body: "{\"category\":\"pothole\"}".into(),
                        });
                    market.commit(stamp, decision).await.expect("it commits");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("the task ends");
    }
    let pace = 200_000.0 / start.elapsed().as_secs_f64();
    println!("{pace:.0} commits/s, {submitters} submitters, {markets} markets");
    let start = Instant::now();
    for number in 0..200_000i64 {
        let id = (number % submitters) * 1_000_000 + (number / submitters) % each + 1;
        let market = &handles[(number % submitters % markets) as usize];
        let found: Option<(String, i64, String, String)> =
            market.one(ONE, values![id]).await.expect("it reads");
        assert!(found.is_some());
    }
    println!("{:.2} µs a read by key", start.elapsed().as_secs_f64() * 5.0);
    std::fs::remove_dir_all(folder).expect("the folder goes");
}
