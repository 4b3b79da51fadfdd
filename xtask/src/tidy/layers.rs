//! Rules on who may use whom, over `cargo metadata`.

use super::Finding;
use crate::packages::{Dependency, Package};

/// The tiers, from the ground up. A crate uses what stands below it or, in the platform, beside it.
const TIERS: [(&str, &[&str]); 5] = [
    ("ground", &["kernel", "geo"]),
    ("mechanisms", &["store", "guard", "cache", "telemetry", "outward"]),
    (
        "building blocks",
        &["bus", "tenancy", "identity", "web", "pages", "media", "notify", "money", "dispatch"],
    ),
    ("apps", &[]),
    ("the binary", &["iroko"]),
];
const GROUND: usize = 0;
const APPS: usize = 3;
const BINARY: usize = 4;

/// Help for tests and chores, outside the tiers: seen by tests only.
const HELPERS: [&str; 2] = ["testkit", "xtask"];

/// Crates of others that only these of ours may name.
const DRIVERS: [(&[&str], &[&str], &str); 6] = [
    (
        &["rusqlite", "libsqlite3-sys", "tokio-postgres", "postgres", "deadpool-postgres", "sqlx"],
        &["store"],
        "a database driver",
    ),
    (&["redis", "fred"], &["bus", "cache"], "a client of Redis"),
    (&["rdkafka", "rskafka", "kafka"], &["bus"], "a client of Kafka"),
    (&["reqwest"], &["outward"], "the one way out of the machine over HTTP"),
    (&["object_store"], &["media"], "a client of object storage"),
    (&["lettre"], &["notify"], "a client of mail servers"),
];

/// What would let the pure crates wait, listen or store.
const WAITING: [&str; 8] =
    ["tokio", "tokio-util", "futures-util", "axum", "hyper", "reqwest", "rusqlite", "tokio-postgres"];

fn tier(package: &Package) -> Option<usize> {
    if package.folder.starts_with("apps/") {
        return Some(APPS);
    }
    TIERS.iter().position(|(_, names)| names.contains(&package.name.as_str()))
}

fn is_helper(name: &str) -> bool {
    HELPERS.contains(&name)
}

fn manifest(package: &Package) -> String {
    format!("{}/Cargo.toml", package.folder)
}

pub fn everyone_has_a_tier(packages: &[Package]) -> Vec<Finding> {
    let lost = packages.iter().filter(|package| !is_helper(&package.name) && tier(package).is_none());
    lost.map(|package| {
        let text = format!("`{}` stands in no tier: give it one in xtask/src/tidy/layers.rs", package.name);
        Finding::new(&manifest(package), 0, text)
    })
    .collect()
}

pub fn edges_point_down(packages: &[Package]) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in packages.iter().filter(|package| !is_helper(&package.name)) {
        for dependency in &package.dependencies {
            let Some(used) = packages.iter().find(|other| other.name == dependency.name) else { continue };
            if let Some(why) = forbidden(package, used, dependency) {
                let text = format!("`{}` uses `{}`: {why}", package.name, used.name);
                found.push(Finding::new(&manifest(package), 0, text));
            }
        }
    }
    found
}

fn forbidden(user: &Package, used: &Package, dependency: &Dependency) -> Option<String> {
    if is_helper(&used.name) {
        return (!dependency.for_tests).then(|| "only tests may, under [dev-dependencies]".to_owned());
    }
    let (from, to) = (tier(user)?, tier(used)?);
    let tests_of_the_platform = dependency.for_tests && from < APPS && to < APPS;
    let beside = from == to && from != APPS && from != BINARY;
    if to < from || beside || tests_of_the_platform {
        return None;
    }
    Some(match (from, to) {
        (APPS, APPS) => {
            "apps never see each other; a reaction to another's event lives in the binary".to_owned()
        }
        (_, APPS) => "the platform never sees an app".to_owned(),
        _ => format!("{} stand below {}", TIERS[from].0, TIERS[to].0),
    })
}

/// Tests may look at what the house wrote with a driver of their own.
pub fn drivers_stay_home(packages: &[Package]) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in packages.iter().filter(|package| !is_helper(&package.name)) {
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.for_tests) {
            for (names, homes, what) in &DRIVERS {
                if names.contains(&dependency.name.as_str()) && !homes.contains(&package.name.as_str()) {
                    let text =
                        format!("`{}` is {what}: only {} may name it", dependency.name, homes.join(" and "));
                    found.push(Finding::new(&manifest(package), 0, text));
                }
            }
        }
    }
    found
}

pub fn the_core_waits_for_nothing(packages: &[Package]) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in packages.iter().filter(|package| tier(package) == Some(GROUND)) {
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.for_tests) {
            if WAITING.contains(&dependency.name.as_str()) {
                let text = format!("`{}` uses `{}`: it is pure and stays so", package.name, dependency.name);
                found.push(Finding::new(&manifest(package), 0, text));
            }
        }
    }
    found
}
