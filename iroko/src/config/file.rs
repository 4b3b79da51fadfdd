//! The file, taken apart into keys, values and lines.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::DEFAULT_FILE;
use super::fault::{Fault, Origin};
use super::settings::{is_section, known, sections};
use super::sources::{Layers, Written};

/// A larger file is not ours.
const FILE_BYTES_MAX: u64 = 1 << 20;

pub(super) fn read(asked: Option<&Path>, layers: &mut Layers) {
    let path = asked.unwrap_or(Path::new(DEFAULT_FILE));
    match read_text(path) {
        Ok(text) => take_apart(path, &text, layers),
        Err(error) if error.kind() == ErrorKind::NotFound && asked.is_none() => {}
        Err(error) => {
            layers.faults.push(Fault::new(path.display(), format!("the file cannot be read: {error}")))
        }
    }
}

fn read_text(path: &Path) -> std::io::Result<String> {
    if std::fs::metadata(path)?.len() > FILE_BYTES_MAX {
        return Err(std::io::Error::new(ErrorKind::FileTooLarge, "it is larger than 1 MiB"));
    }
    std::fs::read_to_string(path)
}

pub(super) fn take_apart(path: &Path, text: &str, layers: &mut Layers) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let file = File { path: Arc::new(path.to_owned()), text };
    for error in errors {
        // Only the message: the line itself may hold a secret.
        let line = file.origin(error.span().map_or(0, |span| span.start));
        layers.faults.push(Fault::new(line, format!("this is not TOML: {}", error.message())));
    }
    file.section("", table.get_ref(), layers);
}

struct File<'a> {
    path: Arc<PathBuf>,
    text: &'a str,
}

impl File<'_> {
    fn origin(&self, byte: usize) -> Origin {
        let before = &self.text.as_bytes()[..byte.min(self.text.len())];
        Origin::File(self.path.clone(), 1 + before.iter().filter(|b| **b == b'\n').count())
    }

    /// The parser bounds how deep tables nest.
    fn section(&self, prefix: &str, table: &DeTable<'_>, layers: &mut Layers) {
        for (name, value) in table {
            let key = if prefix.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{prefix}.{}", name.get_ref())
            };
            let origin = self.origin(name.span().start);
            match value.get_ref() {
                DeValue::Table(inner) if is_section(&key) => self.section(&key, inner, layers),
                DeValue::Table(_) if known(&key).is_none() => {
                    layers.faults.push(Fault::unknown(origin, "section", &key, &sections()));
                }
                value => {
                    let base = self.path.parent().unwrap_or(Path::new("")).to_owned();
                    layers.put(&key, Written { text: as_written(value).into(), origin, base });
                }
            }
        }
    }
}

/// The value as one would write it in a variable: lists with commas.
fn as_written(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) if number.radix() == 10 => number.to_string(),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.to_string(), |n| n.to_string()),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(items) => {
            items.iter().map(|item| as_written(item.get_ref())).collect::<Vec<_>>().join(",")
        }
        DeValue::Table(_) => "{…}".to_owned(),
    }
}
