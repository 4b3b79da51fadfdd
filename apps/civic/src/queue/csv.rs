//! Requests as a table (RFC 4180), page by page, so that a city's whole backlog goes out through a few
//! hundred rows of memory.

use std::fmt::Write;

use store::{Market, StoreError};

use super::model::Pick;
use super::repo;
use crate::limits;
use crate::request::model::Request;

pub const MEDIA: &str = "text/csv; charset=utf-8; header=present";

const HEADER: &str = "id,status,category,description,reported_at,updated_at,due_at,closed_at,agency,team,\
    assignee,area,address,zipcode,lat,long,source,seconds,merged_into,hidden,note\r\n";

/// A walk through a list; each step is one page of rows as text.
pub struct Walk {
    market: Market,
    pick: Pick,
    after: Option<[i64; 2]>,
    is_first: bool,
    rows: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("more than {0} rows: ask for less at once")]
    TooMany(u64),
}

impl Walk {
    pub fn new(market: Market, pick: Pick) -> Self {
        let after = Some(pick.start());
        Self { market, pick, after, is_first: true, rows: 0 }
    }

    /// Nothing at the end.
    pub async fn next(&mut self) -> Result<Option<String>, Broken> {
        let Some(after) = self.after else { return Ok(None) };
        if self.rows >= limits::EXPORT_ROWS_MAX {
            return Err(Broken::TooMany(limits::EXPORT_ROWS_MAX));
        }
        let page = repo::list(&self.market, &self.pick, after, limits::EXPORT_PAGE).await?;
        let is_full = page.len() as i64 == limits::EXPORT_PAGE;
        self.after = page.last().filter(|_| is_full).map(|last| self.pick.place(last));
        self.rows += page.len() as u64;
        let mut text = String::with_capacity(page.len() * 256);
        if std::mem::take(&mut self.is_first) {
            text.push_str(HEADER);
        }
        page.iter().for_each(|request| row(&mut text, request));
        Ok((!text.is_empty()).then_some(text))
    }
}

fn row(text: &mut String, it: &Request) {
    let time = |at: Option<kernel::jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let word = |it: &Option<String>| it.clone().unwrap_or_default();
    let cells: [String; 21] = [
        it.id.to_string(),
        it.status.name().to_owned(),
        it.category.clone(),
        it.description.clone(),
        time(Some(it.at)),
        time(Some(it.updated)),
        time(it.due),
        time(it.closed),
        it.agency.map(|id| id.to_string()).unwrap_or_default(),
        word(&it.team),
        it.assignee.map(|id| id.to_string()).unwrap_or_default(),
        word(&it.area),
        word(&it.address),
        word(&it.zipcode),
        String::new(),
        String::new(),
        it.source.name().to_owned(),
        it.seconds.to_string(),
        it.merged.map(|id| id.to_string()).unwrap_or_default(),
        it.hidden.to_string(),
        word(&it.note),
    ];
    for (place, value) in cells.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        match place {
            // Numbers of ours: a minus sign is no formula.
            14 => degrees(text, it.place.lat_e7()),
            15 => degrees(text, it.place.long_e7()),
            _ => cell(text, value),
        }
    }
    text.push_str("\r\n");
}

fn degrees(text: &mut String, e7: i32) {
    let sign = if e7 < 0 { "-" } else { "" };
    let (whole, part) = (e7.unsigned_abs() / 10_000_000, e7.unsigned_abs() % 10_000_000);
    let _ = write!(text, "{sign}{whole}.{part:07}");
}

/// One cell. What a table program would take for a formula gets an apostrophe before it: somebody's
/// report must not be carried out on the desk of whoever reads it.
fn cell(text: &mut String, value: &str) {
    let first = value.trim_start_matches([' ', '\u{a0}', '\u{feff}']).chars().next();
    let is_formula =
        matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'));
    let is_quoted = is_formula
        || value.contains(['"', ',', '\r', '\n', ';'])
        || value.starts_with(' ')
        || value.ends_with(' ');
    if !is_quoted {
        text.push_str(value);
        return;
    }
    text.push('"');
    if is_formula {
        text.push('\'');
    }
    for letter in value.chars() {
        if letter == '"' {
            text.push('"');
        }
        text.push(letter);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: &str) -> String {
        let mut text = String::new();
        cell(&mut text, value);
        text
    }

    /// Reads one line of cells as RFC 4180 has it.
    fn read(line: &str) -> Vec<String> {
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match (letter, quoted) {
                ('"', true) if letters.peek() == Some(&'"') => {
                    letters.next();
                    cell.push('"');
                }
                ('"', _) => quoted = !quoted,
                (',', false) => cells.push(std::mem::take(&mut cell)),
                (letter, _) => cell.push(letter),
            }
        }
        cells.push(cell);
        cells
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_formulas() {
        for (value, expect) in [
            ("", ""),
            ("A hole", "A hole"),
            ("ድልድይ", "ድልድይ"),
            ("a,b", "\"a,b\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("one\r\ntwo", "\"one\r\ntwo\""),
            ("=1+1", "\"'=1+1\""),
            ("+44", "\"'+44\""),
            ("-3", "\"'-3\""),
            ("@me", "\"'@me\""),
            ("  =cmd|' /C calc'!A0", "\"'  =cmd|' /C calc'!A0\""),
            ("\t=1", "\"'\t=1\""),
            ("a=1", "a=1"),
        ] {
            assert_eq!(written(value), expect, "{value:?}");
        }
        for (e7, expect) in
            [(0, "0.0000000"), (-1, "-0.0000001"), (423_600_000, "42.3600000"), (i32::MIN, "-214.7483648")]
        {
            let mut text = String::new();
            degrees(&mut text, e7);
            assert_eq!(text, expect);
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(values in proptest::collection::vec("[ -~\\n\\r\\t\"=,é]{0,8}", 1..5)) {
            let line = values.iter().map(|it| written(it)).collect::<Vec<_>>().join(",");
            let found = read(&line);
            prop_assert_eq!(found.len(), values.len());
            for (found, value) in found.iter().zip(&values) {
                prop_assert!(found == value || *found == format!("'{value}"), "{:?}", found);
                prop_assert!(!found.starts_with(['=', '+', '-', '@']));
            }
        }
    }
}
