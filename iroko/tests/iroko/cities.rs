//! A city in one command: repeated, from a file with boundaries, looked at, filled and loaded.

use serde_json::Value;

use crate::world::World;

const ADD: &str = "city add boston --tenant alpha --name Boston --time-zone America/New_York --from";

fn changed(said: &Value) -> Vec<&str> {
    let steps = said["steps"].as_array().unwrap();
    steps.iter().filter(|step| step["changed"] == true).filter_map(|step| step["step"].as_str()).collect()
}

#[test]
fn a_city_is_added_once_and_is_well() {
    let world = World::embedded();
    world.done("tenant add alpha --name Alpha");
    let said = world.done_json(&format!("{ADD} us-city"));
    assert_eq!(changed(&said), ["market", "categories", "hours", "agencies", "routes"], "{said}");
    let again = world.done_json(&format!("{ADD} us-city"));
    assert!(changed(&again).is_empty() && again["changed"] == false, "{again}");
    let check = world.done_json("city check boston");
    let findings = check["findings"].as_array().unwrap();
    for what in ["market", "categories", "report", "routes", "hours", "events"] {
        let found = findings.iter().find(|it| it["what"] == what).unwrap();
        assert_eq!(found["level"], "ok", "{found}");
    }
}

#[test]
fn a_city_of_a_file_has_its_areas_and_its_people() {
    let world = World::embedded();
    world.done("tenant add alpha --name Alpha");
    let folder = world.data().parent().unwrap().to_owned();
    let ward = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"w1","name":"One"},
        "geometry":{"type":"Polygon","coordinates":[[[-72,42],[-70,42],[-70,43],[-72,43],[-72,42]]]}}]}"#;
    std::fs::write(folder.join("wards.geojson"), ward).unwrap();
    let city = "name = \"B\"\n[features]\ncivic = 100\n[[category]]\ncode = \"tree\"\nname = \"Tree\"\n\
        [[areas]]\nkind = \"ward\"\nfile = \"wards.geojson\"\n[[agency]]\ncode = \"works\"\nname = \"Works\"\n\
        [[route]]\nagency = \"works\"\n[[staff]]\nemail = \"a@alpha.example\"\nname = \"Ann\"\nrole = \"staff\"\nagency = \"works\"\n";
    let file = folder.join("boston.toml");
    std::fs::write(&file, city).unwrap();
    let add = format!("{ADD} {}", file.display());
    assert!(changed(&world.done_json(&add)).ends_with(&["agencies", "routes", "staff"]));
    assert!(changed(&world.done_json(&add)).is_empty());
    let rows =
        "key,category,lat,long,at,area\nA,tree,42.3,-71,2025-03-01,w1\nB,tree,42.3,-71,2025-03-01,w9\n";
    let csv = folder.join("requests.csv");
    std::fs::write(&csv, rows).unwrap();
    let import = format!("civic import alpha/boston {}", csv.display());
    let said = world.done_json(&import);
    assert_eq!((&said["added"], &said["rejected"]), (&1.into(), &1.into()), "{said}");
    assert!(std::fs::read_to_string(said["rejects"].as_str().unwrap()).unwrap().contains("w9"));
    assert_eq!(world.done_json(&import)["added"], 0);
    let fill = "civic fill alpha/boston --count 700 --seed 2";
    assert_eq!(world.done_json(fill)["added"], 700);
    assert_eq!(world.done_json(fill)["added"], 0);
}

#[test]
fn what_cannot_be_meant_is_said() {
    let world = World::embedded();
    world.done("tenant add alpha --name Alpha");
    for (command, word) in [(format!("{ADD} atlantis"), "us-city"), ("city check nowhere".into(), "nowhere")]
    {
        let said = world.run(command.split(' '));
        assert!(said.code != 0 && said.err.contains(word), "{said:?}");
    }
}

/// What was found of each of these, in order.
fn found<'a>(check: &'a Value, what: &str) -> Vec<(&'a str, &'a str)> {
    let findings = check["findings"].as_array().unwrap();
    let of = findings.iter().filter(|it| it["what"] == what);
    of.map(|it| (it["level"].as_str().unwrap(), it["found"].as_str().unwrap())).collect()
}

#[test]
fn what_a_city_lacks_is_said() {
    let world = World::embedded();
    world.done("tenant add alpha --name Alpha");
    let folder = world.data().parent().unwrap().to_owned();
    let square = |code: &str, west: i32, east: i32| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"code":"{code}","name":"{code}"}},
            "geometry":{{"type":"Polygon","coordinates":[[[{west},42],[{east},42],[{east},43],[{west},43],[{west},42]]]}}}}]}}"#
        )
    };
    std::fs::write(folder.join("wards.geojson"), square("w1", -72, -70)).unwrap();
    std::fs::write(folder.join("districts.geojson"), square("d1", -72, -71)).unwrap();
    let city = "name = \"B\"\n[features]\ncivic = 100\n[[category]]\ncode = \"tree\"\nname = \"Tree\"\ndeadline_min = 60\n\
        [[category]]\ncode = \"noise\"\nname = \"Noise\"\n[[areas]]\nkind = \"ward\"\nfile = \"wards.geojson\"\n\
        [[areas]]\nkind = \"district\"\nfile = \"districts.geojson\"\n[hours]\nmon = [{ from = \"08:00\", to = \"17:00\" }]\n\
        [[agency]]\ncode = \"works\"\nname = \"Works\"\n[[agency]]\ncode = \"parks\"\nname = \"Parks\"\n\
        [[route]]\ncategory = \"tree\"\nagency = \"works\"\n[[staff]]\nemail = \"a@alpha.example\"\nname = \"Ann\"\n\
        role = \"staff\"\nagency = \"works\"\n";
    let file = folder.join("boston.toml");
    std::fs::write(&file, city).unwrap();
    world.done(&format!("{ADD} {}", file.display()));
    let check = world.done_json("city check boston");
    let agencies = [("ok", "Works has one person"), ("warning", "Parks has no staff")];
    assert_eq!(found(&check, "agency"), agencies, "{check}");
    assert_eq!(found(&check, "routes"), [("warning", "1 categories lead to no agency: noise")]);
    assert_eq!(found(&check, "deadlines"), [("warning", "1 categories have none: noise")]);
    let areas = found(&check, "areas");
    assert_eq!(areas[0], ("warning", "1 of kind district leave out 50 % of what areas of other kinds cover"));
    assert_eq!(areas[1], ("ok", "1 of kind ward, wherever the city is"));

    // Where most of what is reported lies outside.
    let mut rows = String::from("key,category,lat,long,at\n");
    (0..9).for_each(|row| {
        rows += &format!("{row},tree,{},-71.5,2025-03-01\n", if row < 3 { 41.0 } else { 42.5 })
    });
    let csv = folder.join("requests.csv");
    std::fs::write(&csv, rows).unwrap();
    assert_eq!(world.done_json(&format!("civic import alpha/boston {}", csv.display()))["added"], 9);
    let check = world.done_json("city check boston");
    let ward = ("warning", "1 of kind ward; 3 of the latest 9 requests lie in none");
    assert_eq!(found(&check, "areas")[1], ward, "{check}");
}

#[test]
fn a_city_begins_with_what_another_one_offers_over_open311() {
    let world = World::embedded();
    world.done("tenant add alpha --name Alpha");
    world.done(&format!("{ADD} us-city"));
    let there = world.server.url();
    let from = format!("{there}/alpha/boston/open311/v2");
    let add = "city add salem --tenant alpha --name Salem --time-zone America/New_York --from";
    for from in [format!("{from}/services.json?jurisdiction_id=boston"), from.clone()] {
        let said = world.done_json(&format!("{add} {from}"));
        let is_first = from.contains("jurisdiction");
        assert_eq!(changed(&said).contains(&"categories"), is_first, "{said}");
    }
    let of = |city: &str| world.client().get(&format!("/alpha/{city}/v1/categories")).expect(200);
    let (boston, salem) = (of("boston"), of("salem"));
    let each = |of: &Value| -> Vec<(String, String, usize)> {
        let one = |it: &Value| {
            let questions = it["questions"].as_array().map_or(0, Vec::len);
            (it["code"].as_str().unwrap().to_owned(), it["name"].as_str().unwrap().to_owned(), questions)
        };
        let mut all: Vec<_> = of["items"].as_array().unwrap().iter().map(one).collect();
        all.sort();
        all
    };
    assert!(each(&boston).len() > 20, "{boston}");
    assert_eq!(each(&salem), each(&boston));
    let light = |of: &str| {
        let mut found = world.client().get(&format!("/alpha/{of}/v1/categories/street_light")).expect(200);
        let questions = found["questions"].as_array_mut().unwrap();
        // Their order is that of the list; the protocol numbers them anew.
        questions.iter_mut().for_each(|it| it["order"] = Value::Null);
        found["questions"].clone()
    };
    assert_eq!(light("salem"), light("boston"));
    let broken = world.run(format!("{add} {there}/alpha/boston/nothing").split(' '));
    assert!(broken.code != 0 && broken.err.contains("nothing"), "{broken:?}");
}
