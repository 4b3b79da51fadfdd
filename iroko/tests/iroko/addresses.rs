//! Addresses: points from a file, seen by a running server at once, and a service that misbehaves.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use testkit::until;

use crate::world::{SOON, World};

const HERE: &str = "/alpha/boston";
const WARD: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"w1","name":"One"},
    "geometry":{"type":"Polygon","coordinates":[[[-72,42],[-70,42],[-70,43],[-72,43],[-72,42]]]}}]}"#;
const CITY: &str = "name = \"B\"\n[features]\ncivic = 100\n[[category]]\ncode = \"tree\"\nname = \"Tree\"\n\
    [[areas]]\nkind = \"ward\"\nfile = \"wards.geojson\"\n";
const POINTS: &str = "LON,LAT,NUMBER,STREET,UNIT,CITY,DISTRICT,REGION,POSTCODE\n\
    -71.06,42.36,12,Main Street,,Boston,,,02118\n-71.07,42.36,,Main Street,,Boston,,,02118\n\
    -71.06,95,14,Main Street,,Boston,,,02118\n-71.06,42.37,7,Elm Street,,Boston,,,02119\n";
const THERE: &str = r#"[{"osm_type":"way","osm_id":5,"lat":"42.34","lon":"-71.07","display_name":"3, Far Street",
    "importance":0.4,"address":{"house_number":"3","road":"Far Street"}},
    {"osm_type":"way","osm_id":6,"lat":"10","lon":"10","display_name":"3, Far Street, elsewhere"}]"#;

/// What the service does with the next questions; the last of it from then on.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    HangUp,
    Fail,
    Babble,
    Answer,
}

struct Service {
    port: u16,
    mood: Arc<Mutex<Mood>>,
    heard: Arc<Mutex<Vec<String>>>,
}

fn service(mood: Mood) -> Service {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let (mood, heard) = (Arc::new(Mutex::new(mood)), Arc::new(Mutex::new(Vec::new())));
    let (its, ears) = (mood.clone(), heard.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (mood, ears) = (its.clone(), ears.clone());
            std::thread::spawn(move || answer(stream, &mood, &ears));
        }
    });
    Service { port, mood, heard }
}

fn answer(mut stream: TcpStream, mood: &Mutex<Mood>, heard: &Mutex<Vec<String>>) {
    let lines = BufReader::new(stream.try_clone().expect("a socket")).lines();
    let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    heard.lock().expect("nobody panicked").push(head.join("\n"));
    let (status, body) = match *mood.lock().expect("nobody panicked") {
        Mood::HangUp => return,
        Mood::Fail => ("503 Away", "{}"),
        Mood::Babble => ("200 OK", "<html>not what was asked"),
        Mood::Answer => ("200 OK", THERE),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n");
    // Whoever asked may have gone.
    let _ = write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len());
}

fn city(world: &World) {
    world.done("tenant add alpha --name Alpha");
    let folder = world.data().parent().expect("it is in a folder").to_owned();
    std::fs::write(folder.join("wards.geojson"), WARD).expect("the folder is there");
    let file = folder.join("boston.toml");
    std::fs::write(&file, CITY).expect("the folder is there");
    let add = "city add boston --tenant alpha --name Boston --time-zone America/New_York --from";
    world.done(&format!("{add} {}", file.display()));
}

fn labels(world: &World, text: &str) -> Vec<String> {
    let found = world.client().get(&format!("{HERE}/v1/addresses?q={text}")).expect(200);
    let items = found["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|it| it["label"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_running_server_sees_imported_addresses_and_asks_others_while_it_has_none() {
    let Service { port, mood, heard } = service(Mood::HangUp);
    let world = World::with(vec![
        "addresses.nominatim=on".into(),
        format!("addresses.nominatim_url=http://127.0.0.1:{port}"),
        "addresses.nominatim_user_agent=City of Example".into(),
        "outward.allowed=127.0.0.1".into(),
    ]);
    city(&world);
    let client = world.client();
    let ask = |text: &str| client.get(&format!("{HERE}/v1/addresses?q={text}"));
    for trouble in [Mood::HangUp, Mood::Fail, Mood::Babble] {
        *mood.lock().unwrap() = trouble;
        ask("3+far+street").refused(503, "addresses_down");
    }
    *mood.lock().unwrap() = Mood::Answer;
    assert!(until(SOON, || ask("3+far+street").status == 200));
    assert_eq!(labels(&world, "3+far+street"), ["3, Far Street"], "what lies elsewhere is not meant");
    let asked = heard.lock().unwrap().last().cloned().unwrap_or_default();
    assert!(asked.contains("viewbox=-72,42,-70,43") && asked.contains("City of Example"), "{asked}");

    let file = world.data().parent().unwrap().join("points.csv");
    std::fs::write(&file, POINTS).unwrap();
    let import = format!("civic addresses alpha/boston {}", file.display());
    let said = world.done_json(&import);
    assert_eq!((&said["points"], &said["skipped"]), (&2.into(), &2.into()), "{said}");
    let lines: Vec<_> = said["faults"].as_array().unwrap().iter().map(|it| it["line"].clone()).collect();
    assert_eq!(lines, [3, 4], "{said}");
    // The market has addresses of its own now: nobody else is asked.
    let before = heard.lock().unwrap().len();
    assert_eq!(labels(&world, "12+main+street"), ["12 Main Street, 02118 Boston"]);
    assert_eq!(labels(&world, "3+far+street"), [] as [&str; 0]);
    assert_eq!(heard.lock().unwrap().len(), before);
    assert_eq!(world.done_json(&import)["points"], 2, "again, it stays the same");
    std::fs::write(&file, "A,B\n1,2\n").unwrap();
    let said = world.run(import.split(' '));
    assert!(said.code != 0 && said.err.contains("LON, LAT"), "{said:?}");
}

#[test]
fn the_own_addresses_answer_when_the_service_that_is_asked_first_fails() {
    let Service { port, mood, .. } = service(Mood::Answer);
    let world = World::with(vec![
        "addresses.nominatim=on".into(),
        "addresses.nominatim_first=on".into(),
        format!("addresses.nominatim_url=http://127.0.0.1:{port}"),
        "outward.allowed=127.0.0.1".into(),
    ]);
    city(&world);
    let file = world.data().parent().unwrap().join("points.csv");
    std::fs::write(&file, POINTS).unwrap();
    world.done(&format!("civic addresses alpha/boston {}", file.display()));
    assert_eq!(labels(&world, "3+far+street"), ["3, Far Street"]);
    for trouble in [Mood::HangUp, Mood::Fail, Mood::Babble] {
        *mood.lock().unwrap() = trouble;
        let question = if trouble == Mood::Fail { "7+elm+st" } else { "7+elm+street+boston" };
        assert_eq!(labels(&world, question), ["7 Elm Street, 02119 Boston"]);
    }
}
