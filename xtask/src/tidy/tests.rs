//! Each rule on a bad example and on a good one, and all of them on the project itself.

use super::*;
use crate::packages::Dependency;

/// Rule, path, text. More than one file is written with `=== path` lines between them.
const BAD: &[(&str, &str, &str)] = &[
    ("lines end", "a.md", "no line break"),
    ("lines end", "a.md", "blanks  \n"),
    ("lines end", "a.sql", "windows\r\n"),
    ("no tabs", "a.rs", "\tlet x = 1;\n"),
    ("nothing unfinished", "a.rs", "fn f() { todo!() }\n"),
    ("nothing unfinished", "a.rs", "fn f() { dbg!(1); }\n"),
    ("nothing unfinished", "a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}\n"),
    ("nothing unfinished", "a.rs", "fn f() { unimplemented!(\"later\") }\n"),
    ("nothing unfinished", "a.md", concat!("TO", "DO: write this\n")),
    ("nothing unfinished", "a.sql", concat!("-- FIX", "ME\n")),
    ("no foreign places", "a.md", concat!("see /wo", "rk/shared\n")),
    ("no foreign places", "a.toml", concat!("x = \"/ro", "ot\"\n")),
    ("no foreign places", "a.rs", concat!("// from Arti", "factory\n")),
    ("no tracker numbers", "a.rs", "// see #12\n"),
    ("no tracker numbers", "a.rs", "let x = 1; // as issue 12 asks\n"),
    ("no tracker numbers", "a.md", "Fixes (#3).\n"),
    ("decisions are pure", "apps/a/src/b/decide.rs", "pub async fn decide() {}\n"),
    ("decisions are pure", "apps/a/src/b/decide.rs", "let x = load().await;\n"),
    ("decisions are pure", "apps/a/src/b/decide.rs", "use kernel::Clock;\n"),
    ("decisions are pure", "apps/a/src/b/decide.rs", "let now = Timestamp::now();\n"),
    ("decisions are pure", "apps/a/src/b/decide.rs", "use std::fs;\n"),
    ("decisions are pure", "apps/a/src/b/decide.rs", "use kernel::{Ctx, Random};\n"),
    (
        "statements are blind",
        "apps/a/src/b/repo.rs",
        "statements! { short A = \"select 1 where market = ?1\"; }\n",
    ),
    (
        "statements are blind",
        "apps/a/src/b/repo.rs",
        "statements! { short A = \"select 1 where tenant_id = ?1\"; }\n",
    ),
    ("statements are blind", "apps/a/src/b/repo.rs", "statements! { short A = \"select $1\"; }\n"),
    ("statements are blind", "apps/a/schema/1.sqlite.sql", "create table x (market bigint);\n"),
    ("bans are lifted in one place", "platform/a/src/b.rs", "#[allow(clippy::disallowed_methods)]\n"),
    ("crates say why", "apps/a/src/lib.rs", "mod b;\n"),
    ("crates say why", "platform/a/src/lib.rs", "// why\n"),
    ("lints are shared", "apps/a/Cargo.toml", "[package]\nname = \"a\"\n"),
    ("apps look alike", "apps/a/src/main.rs", "fn main() {}\n"),
    ("apps look alike", "apps/a/src/b/decide.rs", "=== apps/a/src/lib.rs\n"),
    (
        "statements are listed",
        "platform/a/src/b/c.rs",
        "kernel::statements! { short A = \"select 1\"; }\n=== platform/a/src/lib.rs\nmod b;\n",
    ),
    ("statements are listed", "apps/a/src/b/repo.rs", "kernel::statements! { short A = \"select 1\"; }\n"),
    ("mistakes are tested", "docs/mistakes.md", "| sold twice | a guard | |\n"),
    ("mistakes are tested", "docs/mistakes.md", "| sold twice | a guard | `a.rs::once` |\n"),
    (
        "mistakes are tested",
        "docs/mistakes.md",
        "| sold twice | a guard | `a.rs::once` |\n=== a.rs\nfn twice() {}\n",
    ),
    (
        "mistakes are tested",
        "docs/mistakes.md",
        "| sold twice | a guard | `a.rs::once` |\n=== a.rs\nfn once() {}\n",
    ),
];

/// What every rule must let pass.
const GOOD: &[(&str, &str)] = &[
    (
        "a.md",
        "# 12 things, page#12, &#39;, a/#3x, #12ab\nA network/working or /workers path, /rooted.\nmastodons\n",
    ),
    ("a.rs", "//! Why.\nconst COLOUR: &str = \"#123\";\nconst MACRO: &str = \"todo!\";\nfn method() {}\n"),
    (
        "apps/a/src/b/decide.rs",
        "//! No async here, no Clock.\nfn decide(ctx: &Ctx) { ctx.now; let io = process(); }\n#[cfg(test)]\nmod tests { use std::fs; }\n",
    ),
    ("apps/a/src/b/model.rs", "pub struct Market;\n"),
    ("apps/a/src/b/http.rs", "async fn get(market: Market) {}\n"),
    (
        "apps/a/src/b/repo.rs",
        "kernel::statements! {\n    /// Of this market.\n    short A = \"select marked from marketing where id = ?1\";\n}\nconst B: &str = \"tenant\";\n",
    ),
    ("apps/a/src/lib.rs", "//! Why.\nmod b;\npub const ALL: &[&[Sql]] = &[b::repo::STATEMENTS];\n"),
    (
        "docs/mistakes.md",
        "| mistake | where | tests |\n|---|---|---|\n| sold twice | a guard | `b.rs::once` and `b.rs::each` |\n",
    ),
    ("b.rs", "//! Why.\n#[test]\nfn once() {}\non_both_engines!(each);\nasync fn each() {}\n"),
    ("apps/a/schema/1.sql", "create table x (supermarket bigint);\n"),
    ("apps/a/schema/1.postgres.sql", "create table x (market bigint);\n"),
    ("apps/a/Cargo.toml", "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"),
    ("platform/kernel/src/clock.rs", "#[expect(clippy::disallowed_methods, reason = \"here\")]\n"),
    ("platform/store/src/lib.rs", "//! Why.\npub use outbox::STATEMENTS as OUTBOX;\n"),
    ("platform/store/src/outbox.rs", "kernel::statements! { short A = \"select 1 where market = ?1\"; }\n"),
];

fn project(path: &str, text: &str) -> Vec<File> {
    let whole = format!("=== {path}\n{text}");
    let parts = whole.split("=== ").skip(1).filter_map(|part| part.split_once('\n'));
    parts.map(|(path, text)| File { path: path.into(), text: text.into() }).collect()
}

#[test]
fn bad_files_are_found_by_their_rule() {
    for (name, path, text) in BAD {
        let (_, rule) = FILE_RULES.iter().find(|(rule, _)| rule == name).expect("the rule exists");
        let found = rule(&project(path, text));
        assert!(!found.is_empty(), "{name} does not see {path}: {text}");
    }
    let long = project("a.rs", &"//\n".repeat(601));
    assert_eq!(text::short_files(&long).len(), 1);
    assert!(text::short_files(&project("a.rs", &"//\n".repeat(600))).is_empty());
}

#[test]
fn every_file_rule_has_a_bad_example() {
    for (name, _) in FILE_RULES.iter().filter(|(name, _)| *name != "short files") {
        assert!(BAD.iter().any(|(rule, _, _)| rule == name), "{name} was never seen to fail");
    }
}

#[test]
fn good_files_pass_every_rule() {
    let files: Vec<File> = GOOD.iter().flat_map(|(path, text)| project(path, text)).collect();
    for (name, rule) in FILE_RULES {
        assert_eq!(rule(&files), [], "{name}");
    }
}

#[test]
fn findings_name_the_line() {
    let found = text::nothing_unfinished(&project("a.rs", "// one\nfn f() {\n    todo!()\n}\n"));
    assert_eq!(found[0].to_string(), "a.rs:3: `todo!`: finish it: nothing here pretends");
}

/// A line for each package: folder and name, then what it uses; `?` marks what only its tests use.
fn packages(text: &str) -> Vec<Package> {
    let package = |line: &str| {
        let (folder, used) = line.split_once(':').expect("a colon");
        let dependencies = used.split_whitespace().map(|name| Dependency {
            name: name.trim_end_matches('?').to_owned(),
            for_tests: name.ends_with('?'),
        });
        Package {
            name: folder.rsplit('/').next().unwrap_or_default().to_owned(),
            folder: folder.to_owned(),
            dependencies: dependencies.collect(),
        }
    };
    text.split(';').map(str::trim).map(package).collect()
}

#[test]
fn layers_are_held() {
    let check = |rule: PackageRule, text: &str, expected: &str| {
        let found: Vec<String> = rule(&packages(text)).into_iter().map(|finding| finding.text).collect();
        match expected {
            "" => assert!(found.is_empty(), "{text}: {found:?}"),
            part => assert!(found.len() == 1 && found[0].contains(part), "{text}: {found:?}"),
        }
    };
    let edges = layers::edges_point_down;
    check(
        edges,
        "platform/kernel:; platform/store: kernel; apps/civic: kernel store; iroko: civic store",
        "",
    );
    check(edges, "platform/tenancy:; platform/identity: tenancy", "");
    check(edges, "apps/civic: delivery; apps/delivery:", "apps never see each other");
    check(edges, "apps/civic: delivery?; apps/delivery:", "apps never see each other");
    check(edges, "platform/bus: civic; apps/civic:", "the platform never sees an app");
    check(edges, "platform/bus: civic?; apps/civic:", "the platform never sees an app");
    check(edges, "platform/store: bus; platform/bus:", "mechanisms stand below building blocks");
    check(edges, "platform/store: bus?; platform/bus:", "");
    check(edges, "platform/kernel: store; platform/store:", "ground stand below mechanisms");
    check(edges, "apps/civic: iroko; iroko:", "apps stand below the binary");
    check(edges, "platform/store: testkit?; testkit: kernel; platform/kernel:", "");
    check(edges, "platform/store: testkit; testkit:", "only tests may");
    check(edges, "iroko: testkit; testkit:", "only tests may");
    check(edges, "xtask: testkit store; testkit:; platform/store:", "");

    let tiers = layers::everyone_has_a_tier;
    check(tiers, "apps/anything:; testkit:; xtask:; iroko:; platform/kernel:", "");
    check(tiers, "platform/misc:", "`misc` stands in no tier");

    let drivers = layers::drivers_stay_home;
    check(
        drivers,
        "platform/store: rusqlite tokio-postgres; platform/cache: redis; platform/bus: fred rdkafka",
        "",
    );
    check(drivers, "iroko: rusqlite?; testkit: tokio-postgres", "");
    check(drivers, "apps/civic: rusqlite", "only store may name it");
    check(drivers, "iroko: tokio-postgres", "only store may name it");
    check(drivers, "platform/store: redis", "only bus and cache may name it");
    check(drivers, "platform/cache: rdkafka", "only bus may name it");

    let core = layers::the_core_waits_for_nothing;
    check(core, "platform/kernel: serde; platform/geo: proptest? tokio?; platform/store: tokio", "");
    check(core, "platform/kernel: tokio", "it is pure");
}

#[test]
fn the_house_holds_its_rules() {
    let found = check().expect("the project is readable");
    let shown: Vec<String> = found.iter().map(|(rule, finding)| format!("{finding} [{rule}]")).collect();
    assert!(shown.is_empty(), "\n{}", shown.join("\n"));
}
