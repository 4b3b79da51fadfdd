//! Markets that are exported, archived, moved and promoted: nothing is lost, nobody else notices.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::Value;
use testkit::until;

use crate::client::Client;
use crate::people::{id, report};
use crate::world::{SOON, World, launch, settings};

pub const ONE: &str = "/alpha/one";
const TWO: &str = "/alpha/two";

/// Two cities with five requests each.
pub fn town(world: &World) -> Client {
    world.add_tenant("alpha");
    let client = world.client();
    for city in ["one", "two"] {
        world.add_city("alpha", city);
        for number in 0..5 {
            let wish = report(&format!("{city} {number}"), 42.0, f64::from(number));
            client.post(&format!("/alpha/{city}/v1/requests"), &wish).expect(201);
        }
    }
    client
}

/// What anyone can see of a market, past the memory of the edge.
pub fn seen(client: &Client, base: &str) -> Vec<Value> {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    // Pages of another size each time.
    let limit = 100 - ASKED.fetch_add(1, Ordering::Relaxed) % 80;
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{base}/v1/requests?limit={limit}{cursor}")).expect(200);
        items.extend(page["items"].as_array().expect("a list").iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

/// Reports in each market for as long as `work` takes, the same key again until there is a word: all
/// that was acknowledged, by market. Only `moving` may ask to wait.
fn writing(client: &Client, moving: &str, work: impl FnOnce()) -> [Vec<String>; 2] {
    static ROUND: AtomicU64 = AtomicU64::new(0);
    let round = ROUND.fetch_add(1, Ordering::Relaxed);
    let over = AtomicBool::new(false);
    let write = |base: &'static str| {
        let mut acknowledged = Vec::new();
        while !over.load(Ordering::Acquire) || acknowledged.is_empty() {
            let key = format!("round-{round}-{}", acknowledged.len());
            let wish = report(&key, 1.0, 1.0);
            let mut tries = 0;
            let answer = loop {
                let answer = client.post_once(&format!("{base}/v1/requests"), &key, &wish);
                if answer.status == 201 {
                    break answer.json();
                }
                assert_eq!((answer.status, base), (503, moving), "{}", answer.text());
                assert!(!answer.header("retry-after").is_empty(), "{}", answer.text());
                tries += 1;
                assert!(tries < 1_000, "never again: {}", answer.text());
                std::thread::sleep(std::time::Duration::from_millis(20));
            };
            acknowledged.push(id(&answer));
        }
        acknowledged
    };
    std::thread::scope(|scope| {
        let writers = [ONE, TWO].map(|base| scope.spawn(move || write(base)));
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        over.store(true, Ordering::Release);
        let written = writers.map(|writer| writer.join().expect("the writers are answered"));
        worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written
    })
}

/// Everything acknowledged is there once, and nothing else besides what was there before.
fn nothing_lost(client: &Client, before: [Vec<Value>; 2], written: [Vec<String>; 2]) {
    for ((base, before), written) in [ONE, TWO].into_iter().zip(before).zip(written) {
        let expected: BTreeSet<String> = before.iter().map(id).chain(written).collect();
        let listed = seen(client, base);
        let found: BTreeSet<String> = listed.iter().map(id).collect();
        assert_eq!(listed.len(), found.len(), "{base}: nothing is there twice");
        let differing: Vec<&String> = expected.symmetric_difference(&found).collect();
        assert!(differing.is_empty(), "{base}: {differing:?}");
    }
}

pub fn rows(report: &Value, table: &str) -> u64 {
    let tables = report["tables"].as_array().expect("tables");
    let its = tables.iter().find(|it| it["table"] == table).unwrap_or_else(|| panic!("{table}: {report}"));
    its["rows"].as_u64().expect("a number")
}

#[test]
fn a_market_is_archived_and_comes_back() {
    World::each(|world| {
        let client = town(world);
        let (one, two) = (seen(&client, ONE), seen(&client, TWO));
        let [kept, away, other] = ["kept.iroko", "away.iroko", "other.iroko"].map(|name| world.beside(name));
        let run = |command: &str, market: &str, file: &Path| {
            world.run(["market", command, market, &file.display().to_string(), "--json"])
        };
        let done = |command: &str, market: &str, file: &Path| {
            let said = run(command, market, file);
            assert_eq!(said.code, 0, "{said:?}");
            let told: Value = serde_json::from_str(&said.out).expect("JSON");
            assert_eq!((rows(&told, "request"), rows(&told, "event")), (5, 5), "{told}");
        };
        done("export", "alpha/one", &kept);
        done("export", "alpha/two", &other);
        let again = run("export", "alpha/one", &kept);
        assert!(again.code == 1 && again.out.contains("there already"), "{again:?}");
        let served = run("import", "alpha/one", &kept);
        assert!(served.code == 1 && served.out.contains("is served already"), "{served:?}");

        done("archive", "alpha/one", &away);
        let gone = || client.get("/alpha/one/v1/market").status == 404;
        assert!(until(SOON, gone), "an archived market is not there");
        assert_eq!(seen(&client, TWO), two);

        let wrong = run("import", "alpha/one", &other);
        assert!(wrong.code == 1 && wrong.out.contains("alpha/two"), "{wrong:?}");
        let broken = world.beside("broken.iroko");
        let bytes = std::fs::read(&away).unwrap();
        std::fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
        let refused = run("import", "alpha/one", &broken);
        assert!(refused.code == 1 && refused.out.contains("broken.iroko"), "{refused:?}");
        assert!(gone(), "nothing came of it");

        done("import", "alpha/one", &away);
        assert!(until(SOON, || !gone()), "it is served again");
        assert_eq!(seen(&client, ONE), one);
        client.post("/alpha/one/v1/requests", &report("Later", 1.0, 1.0)).expect(201);
        assert_eq!(seen(&client, ONE).len(), 6);
        world.done("events verify alpha/one");
    });
}

/// A server made from an older backup of the folder gets a newer copy of one market.
#[test]
fn another_server_takes_a_market_over() {
    let mut world = World::embedded();
    let client = town(&world);
    world.server.terminate();
    let elsewhere = testkit::folder();
    copy(&world.data(), &elsewhere.path().join("data"));
    world.server.restart();
    client.post("/alpha/one/v1/requests", &report("Since then", 1.0, 1.0)).expect(201);
    let file = world.beside("one.iroko");
    world.done(&format!("market export alpha/one {}", file.display()));

    let its = settings(elsewhere.path(), Vec::new());
    let server = launch("serve", &its).start();
    let other = Client::new(server.url());
    assert_eq!(seen(&other, ONE).len(), 5);
    let run = |command: &str, file: &Path| {
        let mut process = std::process::Command::new(crate::world::PROGRAM);
        process.args(["market", command, "alpha/one"]).arg(file).args(&its);
        let said = crate::world::said(process);
        assert_eq!(said.code, 0, "{said:?}");
    };
    run("archive", &elsewhere.path().join("old.iroko"));
    run("import", &file);
    assert!(until(SOON, || other.get("/alpha/one/v1/market").status == 200));
    assert_eq!(seen(&other, ONE), seen(&client, ONE));
    assert_eq!(seen(&other, TWO), seen(&client, TWO));
}

fn copy(from: &Path, to: &Path) {
    let go = || -> std::io::Result<()> {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let (kind, path, target) = {
                let entry = entry?;
                (entry.file_type()?, entry.path(), to.join(entry.file_name()))
            };
            if kind.is_dir() {
                copy(&path, &target);
            } else if kind.is_file() {
                std::fs::copy(path, target)?;
            }
        }
        Ok(())
    };
    go().expect("a folder is copied");
}

#[test]
fn a_market_moves_between_the_engines_while_all_write() {
    let Some(world) = World::postgres() else { return };
    let client = town(&world);
    for target in ["embedded", "default", "embedded"] {
        let before = [seen(&client, ONE), seen(&client, TWO)];
        let written = writing(&client, ONE, || {
            let report = world.done_json(&format!("market move alpha/one {target}"));
            assert!(rows(&report, "request") >= 5, "{report}");
        });
        nothing_lost(&client, before, written);
        world.done("events verify alpha/one");
    }
}

/// A move was undone although its placement had been changed: as that left it, and as a server finds it.
#[test]
fn a_placement_that_names_nothing_is_mended() {
    let Some(mut world) = World::postgres() else { return };
    let client = town(&world);
    let before = seen(&client, ONE);
    for left in ["", "update resident set state = 1 where name = 'alpha/one';"] {
        world.server.terminate();
        let database = world.database.as_ref().expect("it is on PostgreSQL");
        let lost = "update site set place = 'embedded', state = 'moving' where slug = 'one'";
        database.run(&format!("{left} {lost}"));
        world.server.restart();
        let client = world.client();
        assert_eq!(seen(&client, ONE), before);
        let database = world.database.as_ref().expect("it is on PostgreSQL");
        let state = database.run("select state, place from site where slug = 'one'");
        assert!(state.concat().starts_with("active"), "{state:?}");
    }
    world.client().post("/alpha/one/v1/requests", &report("Later", 1.0, 1.0)).expect(201);
    world.done("market move alpha/one embedded");
    assert_eq!(seen(&world.client(), ONE).len(), 6);
}

#[test]
fn a_market_is_promoted_while_all_write() {
    let Some(world) = World::postgres() else { return };
    let client = town(&world);
    let before = [seen(&client, ONE), seen(&client, TWO)];
    let written = writing(&client, "", || {
        assert_eq!(world.done_json("market promote alpha/one")["changed"], true);
    });
    nothing_lost(&client, before, written);
    let database = world.database.as_ref().expect("it is on PostgreSQL");
    let own =
        database.run("select relname from pg_class where relispartition and relname ~ '^request_m[0-9]+$'");
    assert_eq!(own.len(), 1, "{own:?}");
    world.done("events verify alpha/one");

    let embedded = World::embedded();
    embedded.add_tenant("alpha");
    embedded.add_city("alpha", "one");
    assert_eq!(embedded.done_json("market promote alpha/one")["changed"], false);
}
