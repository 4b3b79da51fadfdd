//! What goes wrong around a server: it says so, loses nothing, and comes back by itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;
use testkit::until;

use crate::client::Client;
use crate::people::{id, public, report};
use crate::world::{SOON, World, launch, on_postgres, settings};

const REQUESTS: &str = "/alpha/one/v1/requests";

fn town(world: &World) -> Client {
    world.add_tenant("alpha");
    world.add_city("alpha", "one");
    world.client()
}

fn add(client: &Client, description: &str) -> Value {
    public(client.post(REQUESTS, &report(description, 42.0, -71.0)).expect(201))
}

fn read(client: &Client, made: &Value) -> Value {
    client.get(&format!("{REQUESTS}/{}", id(made))).expect(200)
}

#[test]
fn whoever_is_being_served_is_served_to_the_end() {
    World::each(|world| {
        let client = town(world);
        let before = add(&client, "Before");
        // Half of a request: the rest comes after the signal.
        let body = report("During", 42.0, -71.0).to_string();
        let (first, rest) = body.as_bytes().split_at(10);
        let head = format!(
            "POST {REQUESTS} HTTP/1.1\r\nHost: x\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            body.len()
        );
        let port = world.server.port();
        let mut slow = TcpStream::connect(("127.0.0.1", port)).unwrap();
        slow.write_all(head.as_bytes()).unwrap();
        // It asks for the body: by now the request is under way.
        let mut asked = [0; 25];
        slow.read_exact(&mut asked).unwrap();
        assert_eq!(asked.as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n");
        slow.write_all(first).unwrap();
        world.server.signal(Signal::TERM);
        assert!(until(SOON, || TcpStream::connect(("127.0.0.1", port)).is_err()), "nobody new is let in");
        assert!(world.server.is_running(), "it waits for the slow one");
        slow.write_all(rest).unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        let status = world.server.wait(SOON).expect("it ends by itself");
        assert!(status.success(), "{status}: {}", world.server.output());

        world.server.restart();
        assert_eq!(read(&client, &before), before);
        let made: Value =
            serde_json::from_str(answer.split("\r\n\r\n").nth(1).expect("a body")).expect("JSON");
        let made = public(made);
        assert_eq!(read(&client, &made), made);
        // Without a goodbye nothing that was acknowledged is lost either.
        let last = add(&client, "Last");
        world.server.restart();
        assert_eq!(read(&client, &last), last);
        world.done("events verify alpha/one");
    });
}

#[test]
fn a_database_goes_and_comes_back() {
    let Some(mut cluster) = testkit::postgres_cluster() else { return };
    let folder = testkit::folder();
    let mut its = on_postgres(&cluster.url());
    its.push("server.request_timeout_ms=3000".into());
    let its = settings(folder.path(), its);
    let mut server = launch("serve", &its).start();
    let run = |line: &str| {
        let mut command = Command::new(crate::world::PROGRAM);
        command.args(line.split(' ')).args(&its);
        crate::world::said(command)
    };
    for line in [
        "tenant add alpha --name alpha --tier premium",
        "market add alpha one --time-zone America/New_York --template city",
    ] {
        assert_eq!(run(line).code, 0, "{:?}", run(line));
    }
    let client = Client::new(server.url());
    let made = add(&client, "Before");
    cluster.kill();

    let answer = client.post_once(REQUESTS, "during", &report("During", 42.0, -71.0));
    assert_eq!(answer.status, 503, "{}", answer.text());
    answer.problem();
    assert!(!answer.header("retry-after").is_empty());
    let path = format!("{REQUESTS}/{}", id(&made));
    let answer = client.get(&path);
    assert_eq!(answer.status, 503, "{}", answer.text());
    answer.problem();
    assert!(until(SOON, || client.get("/readyz").status == 503), "it says that it is not ready");
    assert!(client.get("/readyz").text().contains("out of reach"));
    assert_eq!(client.get("/livez").status, 200);
    let check = run("check");
    let text = format!("{}{}", check.out, check.err);
    assert!(text.contains("ok   database   a running server holds the folder"), "{text}");

    cluster.start().expect("it starts again");
    assert!(until(SOON, || client.get("/readyz").status == 200), "{}", server.output());
    let back = || client.get(&path).status == 200;
    assert!(until(SOON, back), "{}", client.get(&path).text());
    assert_eq!(read(&client, &made), made);
    let once = public(client.post_once(REQUESTS, "during", &report("During", 42.0, -71.0)).expect(201));
    assert_eq!(read(&client, &once), once);
    assert!(server.is_running());

    // Nobody starts without it, and it is named.
    server.terminate();
    cluster.stop();
    for line in ["serve", "tenant list"] {
        let told = run(line);
        assert_eq!(told.code, 3, "{told:?}");
        assert!(told.err.contains("the database is out of reach"), "{told:?}");
    }
}

/// Root may write anywhere, so these are places where nobody can.
#[test]
fn an_unusable_folder_is_named() {
    let folder = testkit::folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    for (place, shown) in
        [(file.clone(), "file"), (file.join("below"), "file/below"), ("/proc/none".into(), "/proc/none")]
    {
        let run = |command: &str| {
            let mut process = Command::new(crate::world::PROGRAM);
            process.arg(command).arg("--set").arg(format!("store.folder={}", place.display()));
            crate::world::said(process)
        };
        let told = run("serve");
        assert_eq!(told.code, 3, "{told:?}");
        assert!(told.err.contains(shown), "{told:?}");
        let told = run("check");
        assert_eq!(told.code, 1, "{told:?}");
        assert!(told.err.contains("BAD  disk") && told.err.contains("store.folder"), "{told:?}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a folder");
}

#[test]
fn a_damaged_market_fails_alone() {
    let mut world = World::embedded();
    let client = town(&world);
    world.add_city("alpha", "two");
    world.add_city("alpha", "three");
    let made = add(&client, "Whole");
    world.done("market fill alpha/two --requests 50");
    let [two, three] = ["two", "three"].map(|name| world.data().join(format!("markets/alpha/{name}.db")));
    world.server.terminate();
    // All that is in the log goes into the file, which is then written over.
    let open = rusqlite::Connection::open(&two).unwrap();
    open.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
    drop(open);
    let mut bytes = std::fs::read(&two).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0x5a);
    std::fs::write(&two, &bytes).unwrap();
    let version = crate::commands::newer(&three);

    world.server.restart();
    for path in ["/alpha/two/v1/requests", "/alpha/three/v1/requests"] {
        let answer = client.get(path);
        assert_eq!(answer.status, 503, "{path}: {}", answer.text());
        answer.problem();
    }
    client.get("/alpha/two/v1/requests").refused(503, "storage_damaged");
    assert_eq!(read(&client, &made), made);
    add(&client, "Still");
    assert_eq!(client.get("/readyz").status, 200, "the others are served");
    let told = world.run(["migrate"]);
    assert_eq!(told.code, 1, "{told:?}");
    for word in ["alpha/two", "damaged", "backup", "alpha/three", "newer"] {
        assert!(told.err.contains(word), "{word}: {told:?}");
    }
    assert_eq!(std::fs::read(&two).unwrap(), bytes, "it is left as it is for whoever repairs it");

    world.server.terminate();
    crate::commands::set_version(&three, version);
    world.server.restart();
    client.get("/alpha/three/v1/requests").expect(200);
}

/// A small file system of memory, where one may be mounted.
struct Small(tempfile::TempDir);

impl Small {
    fn mounted() -> Option<Small> {
        let folder = testkit::folder();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(folder.path());
        let done = mount.output().is_ok_and(|output| output.status.success());
        if !done {
            let line = b"skipped: no small disk can be mounted (faults::a_full_disk_is_said)\n";
            let _ = std::io::stderr().write_all(line);
        }
        done.then(|| Small(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_is_said() {
    let Some(small) = Small::mounted() else { return };
    let world = World::at(small.0.path());
    let client = town(&world);
    let made = add(&client, "Before");
    let filler = world.data().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    // What fits in what is left of the last pages may still be written.
    let mut kept = vec![made];
    let refused = (0..200).find_map(|number| {
        let answer = client.post(REQUESTS, &report(&format!("{number} {}", "x".repeat(3_900)), 42.0, -71.0));
        if answer.status == 201 {
            kept.push(public(answer.json()));
            return None;
        }
        Some(answer)
    });
    let refused = refused.expect("a full disk refuses");
    refused.refused(503, "storage_full");
    kept.iter().for_each(|made| assert_eq!(&read(&client, made), made));

    drop(file);
    std::fs::remove_file(&filler).unwrap();
    let again = || client.post(REQUESTS, &report("After", 42.0, -71.0)).status == 201;
    assert!(until(SOON, again), "with room again it goes on by itself");
    kept.iter().for_each(|made| assert_eq!(&read(&client, made), made));
    world.done("events verify alpha/one");
}

#[test]
fn more_markets_than_the_system_lets_be_open_take_turns() {
    // Room for a dozen besides what every server needs.
    const FILES_MAX: usize = 1_400;
    const MARKETS: usize = 30;
    let world = World::with_files_max(FILES_MAX as u32);
    world.add_tenant("alpha");
    let markets: Vec<String> = (0..MARKETS).map(|number| format!("m{number}")).collect();
    for market in &markets {
        world.add_city("alpha", market);
    }
    let client = world.client();
    let requests = |market: &String| format!("/alpha/{market}/v1/requests");
    for round in 0..3 {
        for market in &markets {
            client.post(&requests(market), &report("A hole", 42.0, -71.0)).expect(201);
            // A page of another size each time: not one that is kept.
            let list = client.get(&format!("{}?limit={}", requests(market), 10 + round)).expect(200);
            assert_eq!(list["items"].as_array().map(Vec::len), Some(round + 1), "{market}");
        }
    }
    let process = world.server.process().expect("it runs");
    let open = std::fs::read_dir(format!("/proc/{process}/fd")).expect("its files").count();
    assert!(open < FILES_MAX / 4, "{open} files are open");
    let said = world.server.output();
    assert!(said.contains("the system's limit of open files"), "{said}");
}
