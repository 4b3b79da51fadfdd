//! `iroko config`

use serde_json::json;

use super::report::{Failure, Report};
use crate::config::{Config, Effective, Faults};

/// A value longer than this does not push the others aside.
const VALUE_WIDTH_MAX: usize = 40;

pub fn show(config: Result<Config, Faults>) -> Result<Report, Failure> {
    let effective = config?.effective();
    let key_width = effective.iter().map(|setting| setting.key.len()).max().unwrap_or(0);
    let value_width =
        effective.iter().map(|setting| setting.value.len()).max().unwrap_or(0).min(VALUE_WIDTH_MAX);
    let line = |Effective { key, value, from }: &Effective| {
        format!("{key:<key_width$} = {value:<value_width$}  # {from}\n")
    };
    let text: String = effective.iter().map(line).collect();
    Ok(Report::new(text, json!({ "settings": effective })))
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Failure::usage(faults.to_string())
    }
}
