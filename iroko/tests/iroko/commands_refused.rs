//! The command line where something is not as it should be: nobody listens, nothing is there, it
//! was archived, or it was misspelt.

use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode};

use crate::commands::{DONE, FAILED, NOT_FOUND, USAGE, ends, iroko, json};
use crate::moving::town;
use crate::world::{PROGRAM, World, said};

/// As `iroko … 2>&1 | head -1` does, with a reader that has gone already.
fn unheard(world: &World, line: &str) -> Option<i32> {
    let mut command = Command::new(PROGRAM);
    let settings = world.settings.iter().map(|setting| setting.replace("{port}", "0"));
    command.args(line.split(' ')).args(settings).stdin(Stdio::null());
    let (out_reader, out) = std::io::pipe().expect("a pipe");
    let (err_reader, err) = std::io::pipe().expect("a pipe");
    drop((out_reader, err_reader));
    command.stdout(out).stderr(err).status().expect("it starts").code()
}

#[test]
fn a_command_that_nobody_listens_to_is_done_all_the_same() {
    let mut world = World::embedded();
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    let (served, alone) = (world.beside("served.iroko"), world.beside("alone.iroko"));
    assert_eq!(unheard(&world, &format!("market archive alpha/one {}", served.display())), Some(DONE));
    assert_eq!(unheard(&world, &format!("market import alpha/one {}", served.display())), Some(DONE));
    world.server.terminate();
    assert_eq!(unheard(&world, &format!("market archive alpha/one {}", alone.display())), Some(DONE));
    assert_eq!(unheard(&world, &format!("market import alpha/one {}", alone.display())), Some(DONE));
    assert_eq!(unheard(&world, "tenant tier nobody basic"), Some(NOT_FOUND));
    world.server.restart();
    world.client().get("/alpha/one/v1/market").expect(200);
}

#[test]
fn only_a_regular_file_is_imported_and_nothing_keeps_the_server_from_ending() {
    let mut world = World::embedded();
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    let pipe = world.beside("pipe");
    rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let folder = world.beside("folder");
    std::fs::create_dir(&folder).unwrap();
    for (market, file, what) in [
        ("alpha/new", &pipe, "it is a pipe or a device"),
        ("alpha/new", &folder, "it is a folder"),
        ("alpha/new", &"/dev/zero".into(), "it is a pipe or a device"),
    ] {
        let file = file.display().to_string();
        ends(&world.run(["market", "import", market, &file]), FAILED, &[&file, what]);
    }
    assert!(world.server.terminate().is_some_and(|status| status.success()));
}

#[test]
fn the_list_shows_every_market_and_its_hosts_which_can_be_taken_back() {
    let world = World::embedded();
    town(&world);
    world.done("market host alpha/one One.Example");
    world.done(&format!("market archive alpha/two {}", world.beside("two.iroko").display()));
    let list = || (world.done_json("market list")["markets"].clone(), world.done("market list"));
    let market = |name: &str, state: &str, hosts: &[&str]| {
        serde_json::json!({
            "market": name, "state": state, "database": "default",
            "time_zone": "America/New_York", "hosts": hosts
        })
    };
    let (data, text) = list();
    let two = market("alpha/two", "archived", &[]);
    assert_eq!(data, serde_json::json!([market("alpha/one", "active", &["one.example"]), two]));
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["alpha/one", "active", "default", "America/New_York", "one.example"]);
    assert_eq!(lines[1], ["alpha/two", "archived", "default", "America/New_York"]);

    let remove = "market host alpha/one one.example --remove";
    assert_eq!(world.done_json(remove)["changed"], true);
    assert!(world.done(remove).contains("not bound to alpha/one"));
    assert_eq!(list().0[0], market("alpha/one", "active", &[]));
}

#[test]
fn an_archived_market_is_said_to_be_archived() {
    World::each(|world| {
        town(world);
        let file = world.beside("two.iroko").display().to_string();
        world.done(&format!("market archive alpha/two {file}"));
        for line in [
            "market move alpha/two default",
            "market host alpha/two two.example",
            "market add alpha two --time-zone America/New_York --template city",
            "market add alpha two --time-zone America/New_York",
            "market promote alpha/two",
            "market fill alpha/two --requests 1",
            "events lag alpha/two",
            "jobs dead alpha/two",
            &format!("market export alpha/two {file}.2"),
            &format!("market archive alpha/two {file}.2"),
        ] {
            let said = world.run(line.split(' '));
            ends(&said, FAILED, &["alpha/two is archived", "`iroko market import` brings it back"]);
        }
        world.done(&format!("market import alpha/two {file}"));
        world.client().get("/alpha/two/v1/market").expect(200);
    });
}

#[test]
fn what_is_unknown_is_named() {
    World::each(|world| {
        town(world);
        let run = |line: &str| world.run(line.split(' '));
        for line in ["events replay alpha/one nobody", "events discard alpha/one nobody --position 3"] {
            ends(&run(line), NOT_FOUND, &["there is no consumer nobody in alpha/one", "civic"]);
        }
        let consumer = world.done_json("events lag alpha/one")["consumers"][0]["consumer"].clone();
        let consumer = consumer.as_str().expect("a consumer");
        for what in ["replay", "discard"] {
            let said = run(&format!("events {what} alpha/one {consumer} --position 77"));
            ends(&said, NOT_FOUND, &[consumer, "is parked at position 77 in alpha/one"]);
        }
        ends(&run("jobs revive alpha/one 77"), NOT_FOUND, &["there is no dead job 77 in alpha/one"]);
        let said = run("market export alpha/one /proc/one.iroko");
        ends(&said, FAILED, &["/proc/one.iroko.partial cannot be written"]);
        assert!(!said.err.contains("damaged"), "{said:?}");
        let misspelt = "market feature alpha/one cvic 50";
        assert!(world.done(misspelt).contains("no app has this name; the apps: civic"));
        assert_eq!(world.done_json("market feature alpha/one cvic 0")["is_app"], false);
        assert!(!world.done("market feature alpha/one civic 50").contains("no app"));
    });
}

#[test]
fn looking_makes_nothing() {
    let parent = testkit::folder();
    let empty = testkit::folder();
    let misspelt = parent.path().join("misspelt");
    for folder in [misspelt.as_path(), empty.path()] {
        let run = |line: &str| said(iroko(&format!("{line} --set store.folder={}", folder.display())));
        for line in [
            "tenant list",
            "market list",
            "events lag a/b",
            "events parked a/b",
            "events verify a/b",
            "jobs dead a/b",
            "market export a/b /tmp/never",
        ] {
            ends(&run(line), NOT_FOUND, &["no platform in", "no system.db", "store.folder"]);
        }
        ends(&run("check"), DONE, &["there is none at", "the first start makes it"]);
        ends(&run("config"), DONE, &["store.folder"]);
    }
    for folder in [parent.path(), empty.path()] {
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "{}", folder.display());
    }
    let line = format!("tenant add a --name A --set store.folder={}", misspelt.display());
    ends(&said(iroko(&line)), DONE, &["added"]);
    let line = format!("tenant list --set store.folder={}", misspelt.display());
    ends(&said(iroko(&line)), DONE, &["a "]);
}

#[test]
fn a_wrong_command_line_is_json_where_json_was_asked_for() {
    for (line, word) in [
        ("--json tenant lst", "lst"),
        ("tenant lst --json", "lst"),
        ("market feature a/b c lots --json", "lots"),
        ("--json", "Usage"),
        ("tenant add --json", "--name"),
    ] {
        let told = said(iroko(line));
        ends(&told, USAGE, &[]);
        assert_eq!(told.err, "", "{line}");
        let told = json(&told);
        assert_eq!(told["kind"], "usage", "{line}: {told}");
        assert!(told["error"].as_str().is_some_and(|it| it.contains(word)), "{line}: {told}");
    }
    ends(&said(iroko("--json --version")), DONE, &["iroko "]);
    ends(&said(iroko("tenant --json --help")), DONE, &["Usage: iroko tenant"]);
    let plain = said(iroko("tenant lst"));
    ends(&plain, USAGE, &["lst", "--help"]);
    assert_eq!(plain.out, "");
}
