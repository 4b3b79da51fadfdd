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
