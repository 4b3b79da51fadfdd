//! Rules on what lies where.

use std::collections::BTreeSet;

use super::pure::declares_statements;
use super::rust::has_word;
use super::{File, Finding};

/// A folder of an app that decides is one aggregate, and has these. Others look at aggregates: pages,
/// protocols, counters.
const AGGREGATE: [&str; 4] = ["model.rs", "decide.rs", "repo.rs", "http.rs"];

pub fn crates_say_why(files: &[File]) -> Vec<Finding> {
    let libraries = files.iter().filter(|file| {
        file.path.ends_with("/src/lib.rs")
            && ["apps/", "platform/"].iter().any(|tier| file.path.starts_with(tier))
    });
    libraries
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| Finding::new(&file.path, 1, "begin with `//!` and say why this crate is there"))
        .collect()
}

pub fn lints_are_shared(files: &[File]) -> Vec<Finding> {
    let manifests = files.iter().filter(|file| {
        file.path.ends_with("/Cargo.toml") && file.text.lines().any(|line| line.trim() == "[package]")
    });
    manifests
        .filter(|file| !file.text.replace(' ', "").contains("[lints]\nworkspace=true\n"))
        .map(|file| Finding::new(&file.path, 0, "add `[lints]` with `workspace = true`"))
        .collect()
}

pub fn apps_look_alike(files: &[File]) -> Vec<Finding> {
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut apps = BTreeSet::new();
    let mut aggregates = BTreeSet::new();
    for parts in paths.iter().map(|path| path.split('/').collect::<Vec<_>>()) {
        if let ["apps", app, ..] = parts[..] {
            apps.insert(app);
        }
        if let ["apps", app, "src", aggregate, "decide.rs"] = parts[..] {
            aggregates.insert((app, aggregate));
        }
    }
    let library =
        apps.into_iter().map(|app| (format!("apps/{app}/src/lib.rs"), "every app has a map of itself"));
    let aggregate = aggregates.into_iter().flat_map(|(app, aggregate)| {
        AGGREGATE.map(|file| {
            (
                format!("apps/{app}/src/{aggregate}/{file}"),
                "every folder of an app that decides has this file",
            )
        })
    });
    library
        .chain(aggregate)
        .filter(|(path, _)| !paths.contains(path.as_str()))
        .map(|(path, why)| Finding::new(&path, 0, format!("is missing: {why}")))
        .collect()
}

/// One test prepares every statement on both engines; it finds them through the crates' roots.
pub fn statements_are_listed(files: &[File]) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| declares_statements(file)) {
        let Some((home, inner)) = file.path.split_once("/src/") else { continue };
        if home == "platform/kernel" || inner.split('/').any(|part| part.starts_with("tests")) {
            continue;
        }
        let inner = inner.trim_end_matches(".rs").trim_end_matches("/mod");
        let modules: Vec<&str> = inner.split('/').collect();
        // A module above it may pass its list on.
        let listed = |library: &File| {
            inner == "lib"
                || (1..=modules.len()).any(|depth| lists(&library.text, &modules[..depth].join("::")))
        };
        let library = files.iter().find(|other| other.path == format!("{home}/src/lib.rs"));
        if !library.is_some_and(listed) {
            let list = format!("{}::STATEMENTS", modules.join("::"));
            found.push(Finding::new(&file.path, 0, format!("{home}/src/lib.rs does not mention `{list}`")));
        }
    }
    found
}

/// Whether the source names `module::STATEMENTS` or `module::{…, STATEMENTS, …}`.
fn lists(source: &str, module: &str) -> bool {
    let path = format!("{module}::");
    source.match_indices(&path).any(|(at, _)| {
        let rest = &source[at + path.len()..];
        let names = match rest.strip_prefix('{') {
            Some(several) => several.split('}').next(),
            None => rest.split(|c: char| !c.is_alphanumeric() && c != '_').next(),
        };
        names.is_some_and(|names| has_word(names, "STATEMENTS"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_named_alone_or_among_others() {
        let check = |source, expected| assert_eq!(lists(source, "base"), expected, "{source}");
        check("pub use base::STATEMENTS;", true);
        check("pub use base::{Event, STATEMENTS, part};", true);
        check("[base::STATEMENTS]", true);
        check("pub use base::{Event, part}; use other::STATEMENTS;", false);
        check("use base::STATEMENTS_PER_CONNECTION_MAX;", false);
        check("use base::Event::STATEMENTS;", false);
    }
}
