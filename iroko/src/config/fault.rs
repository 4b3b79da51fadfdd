//! What is wrong with the settings, in words that say what to do.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Origin {
    #[default]
    Default,
    File(Arc<PathBuf>, usize),
    Variable(String),
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    pub at: String,
    pub message: String,
}

impl Fault {
    pub(super) fn new(at: impl fmt::Display, message: impl Into<String>) -> Self {
        Self { at: at.to_string(), message: message.into() }
    }

    pub(super) fn unknown(at: impl fmt::Display, what: &str, name: &str, known: &[String]) -> Self {
        let hint = match nearest(name, known) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("known are: {}", same_section(name, known).join(", ")),
        };
        Self::new(at, format!("there is no {what} {name}; {hint}"))
    }
}

/// All that is wrong, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Fault { at, message }) in self.0.iter().enumerate() {
            let newline = if number > 0 { "\n" } else { "" };
            write!(f, "{newline}{at}: {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// The known names of the section that the name is in, or all if there is no such section.
fn same_section<'a>(name: &str, known: &'a [String]) -> Vec<&'a str> {
    let section = name.split_inclusive('.').next().filter(|section| section.ends_with('.'));
    let inside = |key: &&str| section.is_some_and(|section| key.starts_with(section));
    let all = known.iter().map(String::as_str);
    if all.clone().any(|key| inside(&key)) { all.filter(inside).collect() } else { all.collect() }
}

/// The known name that a typing mistake may have meant.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    // A longer name than this is no mistake of typing, and the measure takes time.
    if name.len() > 100 {
        return None;
    }
    let own = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    let closest = |distance: &dyn Fn(&str) -> usize| known.iter().map(|key| (distance(key), key)).min();
    let (distance, whole) = closest(&|key| edits(name, key))?;
    if distance <= 3 {
        return Some(whole);
    }
    // The right word in the wrong section.
    let (distance, part) = closest(&|key| edits(&own(name), &own(key)))?;
    (distance <= 1).then_some(part)
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
