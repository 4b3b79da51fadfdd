//! Markets that come back from a file: on a new machine, and where their data was lost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use testkit::until;

use crate::client::Client;
use crate::moving::{ONE, rows, seen, town};
use crate::people::report;
use crate::world::{PROGRAM, SOON, Said, World, launch};

/// Every pair of engines there is: where the file is written, and the new machine.
fn each_pair(test: fn(&World, &mut World)) {
    test(&World::embedded(), &mut World::embedded());
    if let (Some(from), Some(mut to)) = (World::postgres(), World::postgres()) {
        test(&World::embedded(), &mut to);
        test(&from, &mut World::embedded());
    }
}

fn exported(world: &World, name: &str) -> PathBuf {
    let file = world.beside(name);
    world.done(&format!("market export alpha/one {}", file.display()));
    file
}

fn import(world: &World, market: &str, file: &Path, more: &[&str]) -> Said {
    let file = file.display().to_string();
    world.run(["market", "import", market, &file].into_iter().chain(more.iter().copied()))
}

#[track_caller]
fn refused(said: &Said, code: i32, word: &str) {
    assert_eq!(said.code, code, "{said:?}");
    assert!(said.err.contains(word), "{word:?} is missing: {said:?}");
}

/// The file with another word in its manifest.
fn altered(file: &Path, name: &str, change: &str) -> PathBuf {
    let copy = file.with_file_name(name);
    std::fs::copy(file, &copy).expect("a file is copied");
    execute(&copy, change);
    copy
}

fn facts(client: &Client) -> Value {
    client.get("/alpha/one/v1/market").expect(200)
}

fn execute(file: &Path, statements: &str) {
    let file = rusqlite::Connection::open(file).expect("the file opens");
    file.execute_batch(statements).expect("the statements fit");
}

/// A change to the directory's rows, as a crash at that point would have left them.
fn change_rows(world: &mut World, statement: &str) {
    match &world.database {
        Some(database) => drop(database.run(statement)),
        None => {
            world.server.terminate();
            execute(&world.data().join("system.db"), statement);
            world.server.restart();
        }
    }
}

#[test]
fn a_file_makes_its_market_on_a_new_machine() {
    each_pair(|old, new| {
        let was = town(old);
        old.done("market feature alpha/one later 30");
        let file = exported(old, "one.iroko");
        refused(&import(new, "alpha/one", &file, &[]), 4, "alpha");
        new.add_tenant("alpha");
        refused(&import(new, "alpha/two", &file, &[]), 1, "alpha/one, not alpha/two");
        let broken = file.with_file_name("broken.iroko");
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
        refused(&import(new, "alpha/one", &broken, &[]), 1, "broken.iroko");
        assert_eq!(new.done("market list").trim(), "", "nothing came of it");

        let said = import(new, "alpha/one", &file, &["--json"]);
        assert_eq!(said.code, 0, "{said:?}");
        let told: Value = serde_json::from_str(&said.out).expect("JSON");
        assert_eq!((rows(&told, "request"), rows(&told, "event")), (5, 5), "{told}");
        let client = new.client();
        assert!(until(SOON, || client.get("/alpha/one/v1/market").status == 200));
        assert_eq!((seen(&client, ONE), facts(&client)), (seen(&was, ONE), facts(&was)));
        client.post("/alpha/one/v1/requests", &report("Here", 1.0, 1.0)).expect(201);
        new.done("events verify alpha/one");
        refused(&import(new, "alpha/one", &file, &[]), 1, "is served already");
        // Only another name for the same market would have the same id.
        let other = "update iroko_manifest set value = 'alpha/three' where item = 'name'";
        let other = altered(&file, "other.iroko", other);
        refused(&import(new, "alpha/three", &other, &[]), 1, "market alpha/one");
        assert!(!new.done("market list").contains("alpha/three"));
    });
}

#[test]
fn an_older_file_needs_a_word_more() {
    let old = World::embedded();
    let was = town(&old);
    let file =
        altered(&exported(&old, "one.iroko"), "old.iroko", "delete from iroko_manifest where item = 'about'");
    let new = World::embedded();
    new.add_tenant("alpha");
    refused(&import(&new, "alpha/one", &file, &[]), 2, "--time-zone");
    refused(&import(&new, "alpha/one", &file, &["--time-zone", "Mars/Here"]), 1, "/zone");
    refused(&import(&new, "alpha/one", &file, &["--time-zone", "Etc/UTC", "--apps", "chess"]), 2, "chess");
    let words = ["--time-zone", "America/New_York", "--apps", "civic"];
    let said = import(&new, "alpha/one", &file, &words);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(seen(&new.client(), ONE), seen(&was, ONE));
    assert_eq!(facts(&new.client()), facts(&was));
}

/// Interrupted at any point, the market is either not there or served, and the same command completes it.
#[test]
fn an_interrupted_import_is_completed_by_repeating_it() {
    each_pair(|old, new| {
        let was = town(old);
        let file = exported(old, "one.iroko");
        new.add_tenant("alpha");
        new.server.terminate();
        let mut after = Duration::from_millis(2);
        loop {
            let mut command = std::process::Command::new(PROGRAM);
            command.args(["market", "import", "alpha/one"]).arg(&file);
            command.args(new.settings.iter().map(|setting| setting.replace("{port}", "0")));
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            let mut process = command.spawn().unwrap();
            std::thread::sleep(after);
            process.kill().unwrap();
            // It ended by itself: done, or done by the one before that was killed after its last word.
            if process.wait().unwrap().code().is_some() {
                break;
            }
            assert!(after < SOON, "the import never ends");
            after = after * 3 / 2;
        }
        new.server.restart();
        let client = new.client();
        let whole = |client: &Client| (seen(client, ONE), facts(client)) == (seen(&was, ONE), facts(&was));
        assert!(until(SOON, || client.get("/alpha/one/v1/market").status == 200));
        assert!(whole(&client));

        // All but the last word had been said.
        change_rows(new, "update site set state = 'archived'; update directory set version = version + 1");
        let client = new.client();
        assert!(until(SOON, || client.get("/alpha/one/v1/market").status == 404));
        old.client().post("/alpha/one/v1/requests", &report("Since then", 1.0, 1.0)).expect(201);
        refused(&import(new, "alpha/one", &exported(old, "newer.iroko"), &[]), 1, "another file");
        assert_eq!(client.get("/alpha/one/v1/market").status, 404);
        let said = import(new, "alpha/one", &file, &[]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(until(SOON, || client.get("/alpha/one/v1/market").status == 200));
        assert_eq!(seen(&client, ONE).len(), 5);
        new.done("events verify alpha/one");
    });
}

/// Archiving had removed the rows when it was interrupted: the market is archived, not lost.
#[test]
fn an_archiving_that_had_all_but_ended_is_ended() {
    let mut world = World::embedded();
    let client = town(&world);
    let before = seen(&client, ONE);
    let file = world.beside("away.iroko");
    world.done(&format!("market archive alpha/one {}", file.display()));
    change_rows(&mut world, "update site set state = 'moving' where slug = 'one'");
    let client = world.client();
    assert_eq!(client.get("/alpha/one/v1/market").status, 404);
    let said = import(&world, "alpha/one", &file, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(seen(&client, ONE), before);
}

/// As long as a database is away that might have the market, nobody says that it is served.
#[test]
fn an_archiving_is_not_ended_while_a_database_is_away() {
    let nobody = testkit::free_port().expect("a port is free");
    let mut world = World::with(vec![format!("store.databases.away.url=postgres://127.0.0.1:{nobody}/x")]);
    let client = town(&world);
    let before = seen(&client, ONE);
    let file = world.beside("away.iroko");
    world.done(&format!("market archive alpha/one {}", file.display()));
    change_rows(&mut world, "update site set state = 'moving' where slug = 'one'");
    assert!(world.server.says("alpha/one", SOON) && world.server.says("neither completed", SOON));
    assert_eq!(seen(&world.client(), "/alpha/two").len(), 5);
    let file_of_rows = world.data().join("system.db");
    let state = || -> String {
        let rows = rusqlite::Connection::open(&file_of_rows).expect("the file opens");
        let found = rows.query_row("select state from site where slug = 'one'", [], |row| row.get(0));
        found.expect("the market has a row")
    };
    world.server.terminate();
    assert_eq!(state(), "moving");
    let pairs = world.settings.chunks(2).filter(|pair| !pair[1].contains("databases.away"));
    world.settings = pairs.flatten().cloned().collect();
    world.server = launch("serve", &world.settings).start();
    let said = import(&world, "alpha/one", &file, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(seen(&world.client(), ONE), before);
}

/// One market whose interrupted move cannot be ended yet keeps nobody else from being served.
#[test]
fn a_market_that_cannot_be_recovered_is_tried_again() {
    World::each(|world| {
        let client = town(world);
        let (one, two) = (seen(&client, ONE), seen(&client, "/alpha/two"));
        change_rows(world, "update site set state = 'moving', place = 'unheard' where slug = 'one'");
        world.server.terminate();
        world.server.restart();
        assert!(world.server.says("alpha/one", SOON) && world.server.says("neither completed", SOON));
        let client = world.client();
        assert_eq!(seen(&client, "/alpha/two"), two);
        assert_ne!(client.get("/alpha/one/v1/requests").status, 200);
        // With PostgreSQL while the server runs.
        change_rows(world, "update site set place = '' where slug = 'one'");
        if let Some(database) = &world.database {
            database.run("update directory set version = version + 1");
            let state = || database.run("select state from site where slug = 'one'").concat();
            assert!(until(SOON, || state() == "active"), "{}", state());
        }
        let client = world.client();
        assert!(until(SOON, || client.get("/alpha/one/v1/requests?limit=3").status == 200));
        assert_eq!(seen(&client, ONE), one);
        client.post("/alpha/one/v1/requests", &report("Later", 1.0, 1.0)).expect(201);
    });
}

#[test]
fn a_market_whose_data_is_lost_comes_back() {
    World::each(|world| {
        let client = town(world);
        let (one, two) = (seen(&client, ONE), seen(&client, "/alpha/two"));
        let file = exported(world, "one.iroko");
        match &world.database {
            Some(database) => {
                database.run("delete from resident where name = 'alpha/one'");
            }
            None => {
                let folder = world.data();
                let remove =
                    |ending: &str| std::fs::remove_file(folder.join(format!("markets/alpha/one.db{ending}")));
                remove("").unwrap();
                // The server has it open, and goes on serving what nobody else can see.
                refused(&import(world, "alpha/one", &file, &[]), 1, "start it again");
                world.server.terminate();
                let _ = (remove("-wal"), remove("-shm"));
                world.server.restart();
            }
        }
        let told = world.run(["migrate"]);
        assert!(world.database.is_some() || told.err.contains("alpha/one"), "it is named: {told:?}");
        let said = import(world, "alpha/one", &file, &[]);
        assert_eq!(said.code, 0, "{said:?}");
        let client = world.client();
        assert_eq!((seen(&client, ONE), seen(&client, "/alpha/two")), (one, two));
        client.post("/alpha/one/v1/requests", &report("Later", 1.0, 1.0)).expect(201);
        world.done("events verify alpha/one");
        refused(&import(world, "alpha/one", &file, &[]), 1, "is served already");
    });
}
