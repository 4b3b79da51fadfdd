//! The command line: what it says, how it ends, and who carries it out.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;
use testkit::until;

use crate::people::{PASSWORD, sign_in};
use crate::world::{PROGRAM, SOON, Said, World, launch, said};

/// The documented exit codes.
pub const DONE: i32 = 0;
pub const FAILED: i32 = 1;
pub const USAGE: i32 = 2;
pub const UNAVAILABLE: i32 = 3;
pub const NOT_FOUND: i32 = 4;

pub fn iroko(line: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(line.split_whitespace());
    command
}

#[track_caller]
pub fn ends(said: &Said, code: i32, words: &[&str]) {
    assert_eq!(said.code, code, "{said:?}");
    for word in words {
        assert!(said.out.contains(word) || said.err.contains(word), "{word:?} is missing: {said:?}");
    }
    assert!(!said.err.contains("panicked"), "{said:?}");
}

#[track_caller]
pub fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

#[test]
fn settings_say_where_they_come_from_and_keep_secrets() {
    let folder = testkit::folder();
    let file = folder.path().join("iroko.toml");
    let text = "[server]\nlisten = \"127.0.0.1:9\"\nmax_connections = 7\n\n[store]\nurl = \"postgres://me:hunter2@h/d\"\n";
    std::fs::write(&file, text).unwrap();
    let secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=";
    let config = |more: &str| {
        let mut command = iroko(&format!("config {more}"));
        command.current_dir(folder.path()).env("IROKO_SERVER_LISTEN", "127.0.0.1:10");
        command.env("IROKO_IDENTITY_SECRET", secret);
        said(command)
    };
    let plain = config("--set limits.free_per_15_minutes=3");
    ends(
        &plain,
        DONE,
        &["IROKO_SERVER_LISTEN", "iroko.toml:3", "--set limits.free_per_15_minutes", "# default"],
    );
    let told = config("--set limits.free_per_15_minutes=3 --json");
    for hidden in ["hunter2", secret] {
        assert!(!format!("{plain:?}{told:?}").contains(hidden), "{hidden} is shown");
    }
    let told = json(&told);
    let setting = |key: &str| {
        let all = told["settings"].as_array().expect("a list");
        let its = all.iter().find(|it| it["key"] == key).unwrap_or_else(|| panic!("no {key} in {told}"));
        (its["value"].as_str().expect("text").to_owned(), its["from"].as_str().expect("text").to_owned())
    };
    assert_eq!(setting("server.listen"), ("127.0.0.1:10".into(), "IROKO_SERVER_LISTEN".into()));
    let (value, from) = setting("server.max_connections");
    assert!(value == "7" && from.ends_with("iroko.toml:3"), "{value} {from}");
    assert_eq!(setting("store.url").0, "********");
    assert_eq!(setting("identity.secret").0, "********");
    assert_eq!(setting("server.request_timeout_ms").1, "default");
}

#[test]
fn wrong_settings_are_named_all_at_once() {
    let folder = testkit::folder();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file("bad.toml", "[server]\nlisten = \"nonsense\"\nlistne = 3\n[store]\nkind = \"mysql\"\n");
    file("broken.toml", "listen [");
    let run = |line: &str| {
        let mut command = iroko(line);
        command.current_dir(folder.path());
        said(command)
    };
    for command in ["config", "serve", "check", "tenant list"] {
        let told = run(&format!("{command} --config bad.toml --set server.max_connections=0"));
        let words = [
            "bad.toml:2",
            "server.listen",
            "\"nonsense\"",
            "127.0.0.1:8080",
            "bad.toml:3",
            "server.listne",
            "did you mean server.listen?",
            "bad.toml:5",
            "store.kind",
            "embedded",
            "postgres",
            "--set server.max_connections",
            "from 1 to 1000000",
        ];
        ends(&told, USAGE, &words);
        let told = json(&run(&format!("{command} --config bad.toml --json")));
        assert_eq!(told["kind"], "usage", "{told}");
        assert!(told["error"].as_str().is_some_and(|it| it.contains("bad.toml:3")), "{told}");
    }
    ends(&run("config --config broken.toml"), USAGE, &["broken.toml:1", "TOML"]);
    ends(&run("config --config missing.toml"), USAGE, &["missing.toml", "cannot be read"]);
    ends(&run("config --set no_equals_sign"), USAGE, &["key=value"]);
    ends(&run("config --set identity.secret=hunter2"), USAGE, &["identity.secret", "32 bytes"]);
    assert!(!run("config --set identity.secret=hunter2").err.contains("hunter2"));
    ends(&run("serve --set store.kind=postgres"), USAGE, &["store.kind", "store.url"]);
    ends(&run("frobnicate"), USAGE, &["frobnicate", "--help"]);
    ends(&run("market promote x --set store.folder=d"), USAGE, &["tenant/market"]);
    let mut command = iroko("config");
    command.current_dir(folder.path()).env("IROKO_SERVER_LISTNE", "x");
    ends(&said(command), USAGE, &["IROKO_SERVER_LISTNE", "did you mean IROKO_SERVER_LISTEN?"]);
}

#[test]
fn references_are_what_they_say() {
    let folder = testkit::folder();
    let run = |line: &str| {
        let mut command = iroko(line);
        command.current_dir(folder.path());
        let said = said(command);
        ends(&said, DONE, &[]);
        said
    };
    let document = json(&run("reference openapi"));
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")), "{document}");
    assert!(document["paths"]["/{tenant}/{market}/v1/requests"]["post"].is_object());
    let page = run("reference config").out;
    for key in ["server.listen", "store.folder", "identity.secret", "IROKO_STORE_URL"] {
        assert!(page.contains(key), "{key}");
    }
    let page = run("reference cli").out;
    for name in ["iroko serve", "iroko market export", "iroko person add", "Exit codes: 0 done"] {
        assert!(page.contains(name), "{name}");
    }
    for subject in ["openapi", "config", "cli"] {
        assert!(json(&run(&format!("reference {subject} --json"))).is_string(), "{subject}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

/// As `iroko reference config | head -1` does.
#[test]
fn a_reader_who_leaves_is_no_fault() {
    let mut command = iroko("reference config");
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut out = BufReader::with_capacity(16, process.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    drop(out);
    let output = process.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(DONE));
}

/// Everything an operator does, with the server running and without it: the same words.
#[test]
fn operators_are_served_by_whoever_holds_the_folder() {
    World::each(|world| {
        for (name, stops) in [("alpha", false), ("beta", true)] {
            if stops {
                assert!(world.server.terminate().is_some_and(|status| status.success()));
            }
            chores(world, name);
        }
        let lists = |world: &World| ["tenant list", "market list"].map(|line| world.done_json(line));
        let stopped = lists(world);
        world.server.restart();
        assert_eq!(lists(world), stopped);
        let client = world.client();
        for name in ["alpha", "beta"] {
            sign_in(&client, &format!("/{name}/one"), "owner@x.example");
            let page = client.get(&format!("/{name}/one/v1/requests")).expect(200);
            assert_eq!(page["items"].as_array().map(Vec::len), Some(5), "{page}");
            client.get(&format!("/{name}/two/v1/requests")).refused(404, "not_found");
        }
    });
}

fn chores(world: &World, name: &str) {
    let run = |line: &str| world.run(line.split(' '));
    let is_changed = |line: &str| world.done_json(line)["changed"].clone();
    ends(&run(&format!("tenant add {name} --name {name} --tier free")), DONE, &["added"]);
    assert_eq!(is_changed(&format!("tenant add {name} --name {name} --tier free")), false);
    ends(&run(&format!("tenant add {name} --name Other --tier free")), FAILED, &[name, "other settings"]);
    ends(&run("tenant add Not_a_slug --name X"), FAILED, &["/slug", "a-z"]);
    assert_eq!(is_changed(&format!("tenant tier {name} premium")), true);
    ends(&run("tenant tier nobody free"), NOT_FOUND, &["nobody"]);
    ends(&run(&format!("tenant tier {name} gold")), USAGE, &["gold", "premium"]);

    let city = format!("market add {name} one --time-zone America/New_York --template city");
    assert_eq!(is_changed(&city), true);
    assert_eq!(is_changed(&city), false);
    world.done(&format!("market add {name} two --time-zone Africa/Lagos"));
    ends(&run(&format!("market add {name} x --time-zone Mars/North")), FAILED, &["/zone", "Mars/North"]);
    ends(&run("market add nobody x --time-zone UTC"), NOT_FOUND, &["nobody"]);
    ends(&run(&format!("market add {name} x --time-zone UTC --apps dragons")), USAGE, &["dragons", "civic"]);
    ends(&run(&format!("market feature {name}/one civic 101")), FAILED, &["/percent", "100"]);
    ends(&run(&format!("market feature {name}/none civic 1")), NOT_FOUND, &["none"]);
    let words = ["no database called \"elsewhere\"", "embedded, ", "default"];
    ends(&run(&format!("market move {name}/one elsewhere")), USAGE, &words);

    let id = world.add_person(name, "owner@x.example");
    assert!(id.starts_with("per_"), "{id}");
    assert_eq!(world.add_person(name, "owner@x.example"), id);
    let grant = format!("person grant {name} --email owner@x.example --role owner");
    assert_eq!((is_changed(&grant), is_changed(&grant)), (true.into(), false.into()));
    let stranger = format!("person grant {name} --email nobody@x.example --role owner");
    ends(&run(&stranger), NOT_FOUND, &["nobody@x.example", name]);
    ends(&run(&format!("{grant} --market nowhere")), NOT_FOUND, &["nowhere"]);
    ends(&run(&format!("person add {name} --email a@x.example")), USAGE, &["--name"]);

    assert_eq!(world.done_json(&format!("market fill {name}/one --requests 5"))["added"], 5);
    let extent = world.done_json(&format!("events verify {name}/one"));
    // One load is told as one event.
    assert_eq!(extent["events"], 1, "{extent}");
    assert_eq!(world.done_json(&format!("events lag {name}/one"))["last"], 1);
    assert_eq!(world.done_json(&format!("events parked {name}/one"))["parked"], serde_json::json!([]));
    assert_eq!(world.done_json(&format!("jobs dead {name}/one"))["dead"], serde_json::json!([]));
    ends(&run(&format!("jobs revive {name}/one 77")), NOT_FOUND, &[]);
    assert!(world.done_json("migrate")["markets"].as_u64().is_some_and(|count| count >= 4));
    // How fast the disk is, is the machine's affair.
    let told = json(&run("check --json"));
    let told = if told["data"].is_null() { &told } else { &told["data"] };
    let findings = told["findings"].as_array().expect("findings");
    let well = |what: &str| findings.iter().any(|it| it["what"] == what && it["ok"] == true);
    assert!(["settings", "clock", "database"].into_iter().all(well), "{told}");
    let disk = findings.iter().find(|it| it["what"] == "disk").expect("a finding about the disk");
    assert!(disk["found"].as_str().is_some_and(|it| it.contains("MB free")), "{disk}");
}

/// With PostgreSQL and no folder there is no socket: commands work on the database, beside the server.
#[test]
fn commands_beside_a_server_on_postgresql_are_seen_by_it_soon() {
    let Some(world) = World::postgres_alone() else { return };
    let client = world.client();
    let comes = |path: &str, status: u16| {
        assert!(until(SOON, || client.get(path).status == status), "{path} does not come to {status}");
    };
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    comes("/alpha/one/v1/market", 200);
    world.add_person("alpha", "owner@x.example");
    sign_in(&client, "/alpha/one", "owner@x.example");
    world.done("person grant alpha --email owner@x.example --role owner");
    assert_eq!(world.done_json("market fill alpha/one --requests 5")["added"], 5);
    let items = |limit: u8| {
        let page = client.get(&format!("/alpha/one/v1/requests?limit={limit}")).expect(200);
        page["items"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(items(11), 5);
    let database = world.database.as_ref().expect("it is on PostgreSQL");
    let followed = "select 1 from cursor c join site s on s.id = c.market where s.slug = 'one' and c.pos > 0";
    assert!(until(SOON, || !database.run(followed).is_empty()), "the server follows what was committed");
    world.done("market feature alpha/one civic 0");
    comes("/alpha/one/v1/requests?limit=12", 404);
    world.done("market feature alpha/one civic 100");
    comes("/alpha/one/v1/requests?limit=13", 200);
    let file = world.beside("one.iroko");
    world.done(&format!("market archive alpha/one {}", file.display()));
    comes("/alpha/one/v1/market", 404);
    world.done(&format!("market import alpha/one {}", file.display()));
    comes("/alpha/one/v1/market", 200);
    assert_eq!(items(14), 5);
    world.done("events verify alpha/one");
    ends(&world.run("market move alpha/one nowhere".split(' ')), USAGE, &["\"nowhere\"", "default"]);
    // There is no disk of ours to look at.
    let told = world.done_json("check");
    let findings = told["findings"].as_array().expect("findings");
    assert!(findings.iter().all(|it| it["what"] != "disk" && it["level"] == "ok"), "{told}");
    assert!(!world.data().exists(), "nothing is kept in a folder");
}

#[test]
fn a_password_is_read_from_where_it_was_typed() {
    let world = World::embedded();
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    let mut command = iroko("person add alpha --email typed@x.example --name Typed --json");
    let mut process = command
        .args(world.settings.iter().map(|setting| setting.replace("{port}", "0")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut process.stdin.take().unwrap(), format!("{PASSWORD}\n").as_bytes())
        .unwrap();
    assert!(process.wait_with_output().unwrap().status.success());
    sign_in(&world.client(), "/alpha/one", "typed@x.example");
    let short = world.beside("short");
    std::fs::write(&short, "short").unwrap();
    let line = format!("person add alpha --email b@x.example --name B --password-file {}", short.display());
    ends(&world.run(line.split(' ')), FAILED, &["password"]);
    let line = "person add alpha --email b@x.example --name B --password-file /no/such/file";
    ends(&world.run(line.split(' ')), FAILED, &["/no/such/file"]);
}

#[test]
fn a_folder_belongs_to_one_process_and_one_version() {
    let mut world = World::embedded();
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    let refused = launch("serve", &world.settings).try_start().expect_err("the folder is taken");
    assert!(refused.contains("in use") && refused.contains(&world.data().display().to_string()), "{refused}");
    assert!(refused.contains("exit status: 3"), "{refused}");
    assert!(world.server.is_running());

    // Where the port is taken, the message names the setting.
    let folder = testkit::folder();
    let port = world.server.port();
    let line =
        format!("serve --set store.folder={} --set server.listen=127.0.0.1:{port}", folder.path().display());
    ends(&said(iroko(&line)), UNAVAILABLE, &["server.listen", &port.to_string()]);

    // A newer program has been here.
    world.server.terminate();
    let file = world.data().join("system.db");
    let version = newer(&file);
    for line in ["serve", "tenant list", "market list --json"] {
        let told = world.run(line.split(' '));
        ends(&told, UNAVAILABLE, &["newer than this program", "999"]);
    }
    ends(&world.run(["check"]), FAILED, &["newer than this program"]);
    set_version(&file, version);
    world.server.restart();
    world.client().get("/alpha/one/v1/market").expect(200);
}

/// As if a later version had written it; gives what it was.
pub fn newer(file: &std::path::Path) -> u32 {
    let version = version(file);
    set_version(file, 999);
    version
}

/// The version of the tables.
pub fn set_version(file: &std::path::Path, version: u32) {
    let file = rusqlite::Connection::open(file).expect("the file opens");
    file.pragma_update(None, "user_version", version).expect("a version is written");
}

fn version(file: &std::path::Path) -> u32 {
    let file = rusqlite::Connection::open(file).expect("the file opens");
    file.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version is read")
}
