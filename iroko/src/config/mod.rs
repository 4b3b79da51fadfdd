//! Settings: `iroko.toml`, `IROKO_*` variables over it, flags over both.
//!
//! One table (in `settings`) defines names, types, defaults and documentation; parsing, variables,
//! `iroko config` and the reference all follow from it. Every fault is reported at once, each with
//! the place it comes from.

mod fault;
mod file;
mod kinds;
mod outside;
mod reference;
mod settings;
mod sources;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub(crate) use fault::Faults;
pub(crate) use kinds::{DatabaseUrl, Role, StoreKind, Switch};
pub(crate) use outside::{HttpProvider, Security};
pub(crate) use reference::reference;
pub(crate) use settings::Settings;

use serde::Serialize;
use sources::{Layers, VARIABLE_OF_FILE};

pub(crate) const DEFAULT_FILE: &str = "iroko.toml";

/// Where settings come from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// A file that was asked for and must be there; otherwise the one that `IROKO_CONFIG` names, or
    /// `./iroko.toml` if there is one.
    pub file: Option<PathBuf>,
    /// `IROKO_*`, as `environment::variables` gives them.
    pub variables: Vec<(String, String)>,
    pub flags: Vec<Flag>,
}

/// A setting given on the command line.
#[derive(Debug, Clone)]
pub(crate) struct Flag {
    /// As the person typed it, such as `--set` or `--listen`.
    pub name: String,
    pub key: String,
    pub value: String,
}

impl Flag {
    /// The argument of `--set`: `key=value`.
    pub(crate) fn set(argument: &str) -> Result<Self, String> {
        let (key, value) =
            argument.split_once('=').ok_or("expected key=value, such as server.listen=0.0.0.0:80")?;
        Ok(Self { name: "--set".into(), key: key.trim().into(), value: value.into() })
    }
}

#[derive(Debug)]
pub(crate) struct Config {
    pub settings: Settings,
    layers: Layers,
}

/// One setting as it applies, fit to be shown.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct Effective {
    pub key: String,
    pub value: String,
    pub from: String,
}

pub(crate) fn load(sources: &Sources) -> Result<Config, Faults> {
    let mut layers = Layers::default();
    let variable = sources.variables.iter().find(|(name, _)| name == VARIABLE_OF_FILE);
    let asked = sources.file.as_deref().or(variable.map(|(_, path)| Path::new(path)));
    file::read(asked, &mut layers);
    layers.add_variables(&sources.variables);
    layers.add_flags(&sources.flags);
    let settings = Settings::from_layers(&mut layers);
    layers.faults.extend(settings.disagreements(&layers));
    if layers.faults.is_empty() { Ok(Config { settings, layers }) } else { Err(Faults(layers.faults)) }
}

impl Config {
    /// Whether somebody wrote this setting anywhere, so that it is more than its default.
    pub(crate) fn is_given(&self, key: &str) -> bool {
        self.layers.is_written(key)
    }

    /// Every setting, its value with secrets masked, and where it came from.
    pub(crate) fn effective(&self) -> Vec<Effective> {
        let shown = self.settings.shown();
        shown
            .into_iter()
            .map(|(key, value)| Effective { from: self.layers.origin(&key).to_string(), key, value })
            .collect()
    }
}
