//! What every source said, laid over one another: the last word on a key counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use telemetry::Secret;

use super::Flag;
use super::fault::{Fault, Origin};
use super::kinds::Kind;
use super::settings::{Known, known, known_keys};

/// A value as somebody wrote it; it may be a secret, so it does not print.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub text: Secret<String>,
    pub origin: Origin,
    /// What a relative path is relative to.
    pub base: PathBuf,
}

#[derive(Debug, Default)]
pub(super) struct Layers {
    /// By key, the strongest last.
    written: BTreeMap<String, Vec<Written>>,
    pub faults: Vec<Fault>,
}

/// Variables that are no settings: the file's place, and what only tests read.
pub(super) const VARIABLE_OF_FILE: &str = "IROKO_CONFIG";
const VARIABLES_OF_TESTS: &str = "IROKO_TEST_";

impl Layers {
    pub(super) fn put(&mut self, key: &str, written: Written) {
        match known(key) {
            Some(_) => self.written.entry(key.to_owned()).or_default().push(written),
            None => self.faults.push(Fault::unknown(written.origin, "setting", key, &known_keys())),
        }
    }

    pub(super) fn add_variables(&mut self, variables: &[(String, String)]) {
        for (name, value) in variables {
            if name == VARIABLE_OF_FILE || name.starts_with(VARIABLES_OF_TESTS) {
                continue;
            }
            let origin = Origin::Variable(name.clone());
            match key_of_variable(name) {
                Some(key) => {
                    self.put(&key, Written { text: value.clone().into(), origin, base: PathBuf::new() })
                }
                None => {
                    let names: Vec<String> = known_keys().iter().map(|key| variable_of_key(key)).collect();
                    self.faults.push(Fault::unknown("environment", "variable", name, &names));
                }
            }
        }
    }

    pub(super) fn add_flags(&mut self, flags: &[Flag]) {
        for flag in flags {
            let origin = match flag.name.as_str() {
                "--set" => Origin::Flag(format!("--set {}", flag.key)),
                name => Origin::Flag(name.to_owned()),
            };
            self.put(&flag.key, Written { text: flag.value.clone().into(), origin, base: PathBuf::new() });
        }
    }

    /// The value of a setting: the strongest one that is valid, so that all faults are found before
    /// anything is given up.
    pub(super) fn value<K: Kind>(&mut self, setting: &Known, key: &str) -> K {
        let default = K::parse(setting.default, Path::new("")).expect("a test parses every default");
        let mut value = default;
        for written in self.written.get(key).into_iter().flatten() {
            match K::parse(written.text.expose(), &written.base) {
                Ok(parsed) => value = parsed,
                Err(wanted) => {
                    let shown = if K::SECRET {
                        "(hidden)".to_owned()
                    } else {
                        format!("{:?}", cut(written.text.expose()))
                    };
                    self.faults
                        .push(Fault::new(&written.origin, format!("{key} = {shown}: expected {wanted}")));
                }
            }
        }
        value
    }

    /// The names that stand for `*` in a key of the table, such as dedicated databases.
    pub(super) fn names(&self, pattern: &str) -> Vec<String> {
        let Some((before, after)) = pattern.split_once('*') else { return Vec::new() };
        let name = |key: &String| Some(key.strip_prefix(before)?.strip_suffix(after)?.to_owned());
        self.written.keys().filter_map(name).collect()
    }

    pub(super) fn is_written(&self, key: &str) -> bool {
        self.written.get(key).is_some_and(|all| !all.is_empty())
    }

    pub(super) fn origin(&self, key: &str) -> Origin {
        self.written
            .get(key)
            .and_then(|all| all.last())
            .map(|written| written.origin.clone())
            .unwrap_or_default()
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(80)]
}

pub(super) fn variable_of_key(key: &str) -> String {
    let key = key.replace('*', "<NAME>");
    format!("IROKO_{}", key.replace('.', "_").to_ascii_uppercase())
}

fn key_of_variable(name: &str) -> Option<String> {
    known_keys().into_iter().find_map(|key| match variable_of_key(&key).split_once("<NAME>") {
        None => (variable_of_key(&key) == name).then_some(key),
        Some((before, after)) => {
            let own = name.strip_prefix(before)?.strip_suffix(after)?;
            Some(key.replace('*', &own.to_ascii_lowercase()))
        }
    })
}
