//! One line being put together, in either format. Only this file knows how a line looks.

use std::fmt::{Display, Write};

use kernel::jiff::Timestamp;

use super::Format;
use crate::limits::LOG_VALUE_BYTES_MAX;

pub(crate) struct Line<'a> {
    out: &'a mut String,
    format: Format,
}

impl<'a> Line<'a> {
    pub fn begin(out: &'a mut String, format: Format, time: Timestamp, level: &str, target: &str) -> Self {
        out.clear();
        // Writing into a string cannot fail.
        let _ = match format {
            Format::Json => write!(out, r#"{{"time":"{time:.6}","level":"{level}","target":"#)
                .and_then(|()| quoted(out, target)),
            Format::Text => write!(out, "{time:.3} {level:<5} {target}:"),
        };
        Self { out, format }
    }

    /// The sentence; it comes before the fields.
    pub fn message(&mut self, text: &str) {
        let text = cut(text);
        let _ = match self.format {
            Format::Json => self.out.write_str(r#","message":"#).and_then(|()| quoted(self.out, text)),
            Format::Text => self.out.write_char(' ').and_then(|()| visible(self.out, text)),
        };
    }

    pub fn text(&mut self, key: &str, value: &str) {
        let value = cut(value);
        let plain =
            !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'=');
        self.key(key);
        let _ = match (self.format, plain) {
            (Format::Text, true) => self.out.write_str(value),
            _ => quoted(self.out, value),
        };
    }

    /// A number or a truth value: bare in JSON.
    pub fn bare(&mut self, key: &str, value: impl Display) {
        self.key(key);
        let _ = write!(self.out, "{value}");
    }

    /// Text that is known to need no escaping, such as an id.
    pub fn id(&mut self, key: &str, value: impl Display) {
        self.key(key);
        let _ = match self.format {
            Format::Json => write!(self.out, "\"{value}\""),
            Format::Text => write!(self.out, "{value}"),
        };
    }

    pub fn end(self) {
        self.out.push_str(if self.format == Format::Json { "}\n" } else { "\n" });
    }

    fn key(&mut self, key: &str) {
        let _ = match self.format {
            Format::Json => {
                self.out.push(',');
                quoted(self.out, key).and_then(|()| self.out.write_char(':'))
            }
            Format::Text => {
                self.out.push(' ');
                self.out.push_str(key);
                self.out.write_char('=')
            }
        };
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LOG_VALUE_BYTES_MAX)]
}

/// A JSON string, which reads well enough in text lines too.
fn quoted(out: &mut String, text: &str) -> std::fmt::Result {
    out.push('"');
    if text.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\') {
        out.push_str(text);
        return out.write_char('"');
    }
    for part in text.split_inclusive(['"', '\\']) {
        match part.as_bytes().last() {
            Some(last @ (b'"' | b'\\')) => {
                visible(out, &part[..part.len() - 1])?;
                out.push('\\');
                out.push(char::from(*last));
            }
            _ => visible(out, part)?,
        }
    }
    out.write_char('"')
}

/// Control characters escaped, so that nobody can forge a line or steer a terminal.
fn visible(out: &mut String, text: &str) -> std::fmt::Result {
    let mut copied = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_control()) {
        out.push_str(&text[copied..at]);
        write!(out, "\\u{:04x}", c as u32)?;
        copied = at + c.len_utf8();
    }
    out.write_str(&text[copied..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(format: Format, message: &str, value: &str) -> String {
        let mut out = String::new();
        let mut line = Line::begin(&mut out, format, Timestamp::UNIX_EPOCH, "INFO", "store");
        line.message(message);
        line.text("a.b", value);
        line.bare("n", 5);
        line.end();
        out
    }

    #[test]
    fn how_a_line_looks() {
        assert_eq!(
            line(Format::Text, "Opened\nit", "two words"),
            "1970-01-01T00:00:00.000Z INFO  store: Opened\\u000ait a.b=\"two words\" n=5\n"
        );
        assert_eq!(
            line(Format::Json, "Opened", "x\"y"),
            "{\"time\":\"1970-01-01T00:00:00.000000Z\",\"level\":\"INFO\",\"target\":\"store\",\"message\":\"Opened\",\
             \"a.b\":\"x\\\"y\",\"n\":5}\n"
        );
    }

    proptest! {
        #[test]
        fn json_keeps_any_text_and_stays_on_one_line(message: String, value: String) {
            let line = line(Format::Json, &message, &value);
            prop_assert_eq!(line.find('\n'), Some(line.len() - 1));
            let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(parsed["message"].as_str(), Some(message.as_str()));
            prop_assert_eq!(parsed["a.b"].as_str(), Some(value.as_str()));
        }

        #[test]
        fn text_stays_on_one_line(message: String, value: String) {
            let line = line(Format::Text, &message, &value);
            prop_assert!(!line[..line.len() - 1].contains(|c: char| c.is_control()));
        }
    }
}
