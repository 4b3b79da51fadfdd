//! `cargo xtask tidy`: the rules of the house that a compiler does not hold.
//!
//! A rule is a pure function from the project's files, or its packages, to what is wrong with them.
//! Each is tried on a bad example, so that a rule that cannot fail is noticed.

mod files;
mod layers;
mod mistakes;
mod pure;
mod rust;
mod shape;
mod text;

#[cfg(test)]
mod tests;

use crate::environment;
use crate::packages::{self, Package};
use crate::step::{Outcome, done, fault};

pub use files::{File, files};

/// What is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    path: String,
    /// Counted from one; zero stands for the whole file.
    line: usize,
    text: String,
}

impl Finding {
    fn new(path: &str, line: usize, text: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, text: text.into() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.text),
            line => write!(f, "{}:{line}: {}", self.path, self.text),
        }
    }
}

type FileRule = fn(&[File]) -> Vec<Finding>;
type PackageRule = fn(&[Package]) -> Vec<Finding>;

const FILE_RULES: [(&str, FileRule); 14] = [
    ("lines end", text::lines_end),
    ("no tabs", text::no_tabs),
    ("short files", text::short_files),
    ("nothing unfinished", text::nothing_unfinished),
    ("no foreign places", text::no_foreign_places),
    ("no tracker numbers", text::no_tracker_numbers),
    ("decisions are pure", pure::decisions_are_pure),
    ("bans are lifted in one place", pure::bans_are_lifted_in_one_place),
    ("statements are blind", pure::statements_are_blind),
    ("crates say why", shape::crates_say_why),
    ("lints are shared", shape::lints_are_shared),
    ("apps look alike", shape::apps_look_alike),
    ("statements are listed", shape::statements_are_listed),
    ("mistakes are tested", mistakes::mistakes_are_tested),
];

const PACKAGE_RULES: [(&str, PackageRule); 4] = [
    ("everyone has a tier", layers::everyone_has_a_tier),
    ("edges point down", layers::edges_point_down),
    ("drivers stay home", layers::drivers_stay_home),
    ("the core waits for nothing", layers::the_core_waits_for_nothing),
];

pub fn run() -> Outcome {
    let found = check()?;
    if found.is_empty() {
        done(&format!("{} house rules hold", FILE_RULES.len() + PACKAGE_RULES.len()));
        return Ok(());
    }
    found.iter().for_each(|(rule, finding)| fault(&format!("{finding} [{rule}]")));
    Err(format!("{} places break a house rule", found.len()))
}

fn check() -> Outcome<Vec<(&'static str, Finding)>> {
    let files = files(environment::root())?;
    let packages = packages::all()?;
    let of_files = FILE_RULES.iter().map(|(name, rule)| (*name, rule(&files)));
    let of_packages = PACKAGE_RULES.iter().map(|(name, rule)| (*name, rule(&packages)));
    Ok(of_files
        .chain(of_packages)
        .flat_map(|(name, findings)| findings.into_iter().map(move |finding| (name, finding)))
        .collect())
}
