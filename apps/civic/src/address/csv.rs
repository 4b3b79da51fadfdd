//! Lines of comma-separated values (RFC 4180), read one at a time within bounds.

use std::io::{self, BufRead, Read};

use crate::limits;

/// What keeps a file from being read on.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("line {0} is longer than {max} bytes", max = limits::CSV_LINE_BYTES_MAX)]
    LineTooLong(u64),
    #[error("line {0} is not UTF-8")]
    NotUtf8(u64),
    #[error("a quoted field that begins on line {0} does not end")]
    OpenQuote(u64),
    #[error("the first line must name the columns {0}")]
    Columns(String),
}

/// Gives one record after the other, each with the number of its first line.
pub struct Records<R> {
    from: R,
    line: u64,
}

impl<R: BufRead> Records<R> {
    pub fn new(from: R) -> Self {
        Self { from, line: 0 }
    }

    /// The next record that is not empty; nothing at the end.
    pub fn next(&mut self) -> Result<Option<(u64, Vec<String>)>, CsvError> {
        loop {
            let Some(mut text) = self.read_line()? else { return Ok(None) };
            let first = self.line;
            // An odd number of quotes: a field goes on in the next line.
            while text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
                let Some(more) = self.read_line()? else { return Err(CsvError::OpenQuote(first)) };
                text.push('\n');
                text.push_str(&more);
                if text.len() > limits::CSV_LINE_BYTES_MAX {
                    return Err(CsvError::LineTooLong(first));
                }
            }
            if !text.trim().is_empty() {
                return Ok(Some((first, fields(&text))));
            }
        }
    }

    fn read_line(&mut self) -> Result<Option<String>, CsvError> {
        let mut bytes = Vec::new();
        let max = limits::CSV_LINE_BYTES_MAX as u64 + 2;
        if (&mut self.from).take(max).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        if bytes.len() > limits::CSV_LINE_BYTES_MAX {
            return Err(CsvError::LineTooLong(self.line));
        }
        let text = String::from_utf8(bytes).map_err(|_| CsvError::NotUtf8(self.line))?;
        Ok(Some(if self.line == 1 { text.trim_start_matches('\u{feff}').to_owned() } else { text }))
    }
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut quoted, mut letters) = (false, line.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push(&mut fields, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            letter => push(&mut fields, letter),
        }
    }
    fields
}

fn push(fields: &mut [String], letter: char) {
    if let Some(field) = fields.last_mut() {
        field.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Result<Vec<Vec<String>>, CsvError> {
        let mut records = Records::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some((_, record)) = records.next()? {
            found.push(record);
        }
        Ok(found)
    }

    #[test]
    fn records_are_read_as_spreadsheets_write_them() {
        let text = "\u{feff}A,B\r\n1,\"two, and \"\"more\"\"\"\n\n\"a\nb\",\n";
        assert_eq!(all(text).unwrap(), [["A", "B"], ["1", "two, and \"more\""], ["a\nb", ""]]);
        assert!(matches!(all("a,\"b\nc"), Err(CsvError::OpenQuote(1))));
        assert!(matches!(all(&"x".repeat(1 << 20)), Err(CsvError::LineTooLong(1))));
        let quotes = format!("\"{}", "\n".repeat(1 << 20));
        assert!(matches!(all(&quotes), Err(CsvError::LineTooLong(1))));
        assert!(matches!(Records::new(&b"\xff\n"[..]).next(), Err(CsvError::NotUtf8(1))));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in prop::collection::vec(prop::collection::vec("[a-z,\"\n ]{0,6}x", 1..5), 1..6)) {
            let field = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let row = |row: &Vec<String>| row.iter().map(field).collect::<Vec<_>>().join(",");
            let text: Vec<String> = rows.iter().map(row).collect();
            prop_assert_eq!(all(&text.join("\r\n")).unwrap(), rows);
        }
    }
}
