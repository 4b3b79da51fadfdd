//! The list of mistakes that cannot happen names tests that are there and run.

use super::rust::has_word;
use super::{File, Finding};

const LIST: &str = "docs/mistakes.md";
/// Between a test's mark and its name there may be a line or two.
const MARK_LINES_MAX: usize = 3;

pub fn mistakes_are_tested(files: &[File]) -> Vec<Finding> {
    let lists = files.iter().filter(|file| file.path == LIST);
    let rows = lists.flat_map(|list| list.text.lines().enumerate()).filter(|(_, line)| is_row(line));
    rows.flat_map(|(at, row)| {
        let named: Vec<&str> = named(row).collect();
        let faults = match named.is_empty() {
            true => vec!["a mistake without a test: name one as `path/to/file.rs::test`".to_owned()],
            false => named.into_iter().filter_map(|test| fault(test, files)).collect(),
        };
        faults.into_iter().map(move |fault| Finding::new(LIST, at + 1, fault)).collect::<Vec<_>>()
    })
    .collect()
}

/// Neither the heading of a table nor the line below it.
fn is_row(line: &str) -> bool {
    line.starts_with('|') && !line.starts_with("|---") && !line.starts_with("| mistake ")
}

fn named(row: &str) -> impl Iterator<Item = &str> {
    row.split('`').filter(|piece| piece.contains(".rs::"))
}

fn fault(test: &str, files: &[File]) -> Option<String> {
    let (path, name) = test.split_once("::")?;
    let Some(file) = files.iter().find(|file| file.path == path) else {
        return Some(format!("there is no file {path}"));
    };
    let lines: Vec<&str> = file.text.lines().collect();
    let Some(at) = lines.iter().position(|line| line.contains(&format!("fn {name}("))) else {
        return Some(format!("there is no test {name} in {path}"));
    };
    let before = &lines[at.saturating_sub(MARK_LINES_MAX)..at];
    let is_marked =
        before.iter().any(|line| ["#[test]", "#[tokio::test"].iter().any(|mark| line.contains(mark)));
    // What runs on each engine, or for many cases, is named by whoever runs it.
    let is_listed = lines.iter().enumerate().any(|(other, line)| other != at && has_word(line, name));
    (!is_marked && !is_listed).then(|| format!("nobody runs {name} in {path}"))
}
