//! Rules on the text of files.

use super::rust::{Kind, has_word, pieces};
use super::{File, Finding};

/// Longer files are cut along their subjects.
const RUST_LINES_MAX: usize = 600;

/// Endings of the files that people write, as opposed to snapshots written by tests.
const SNAPSHOT: &str = ".snap";

pub fn lines_end(files: &[File]) -> Vec<Finding> {
    let written = files.iter().filter(|file| !file.path.ends_with(SNAPSHOT));
    written
        .flat_map(|file| {
            let open = !file.text.is_empty() && !file.text.ends_with('\n');
            let open =
                open.then(|| Finding::new(&file.path, 0, "the last line does not end: add a line break"));
            lines(file)
                .filter(|(_, line)| line.ends_with([' ', '\t', '\r']))
                .map(|(number, _)| Finding::new(&file.path, number, "blanks at the end of the line"))
                .chain(open)
                .collect::<Vec<_>>()
        })
        .collect()
}

pub fn no_tabs(files: &[File]) -> Vec<Finding> {
    each_line(files, File::is_rust, |line| {
        line.contains('\t').then(|| "a tab: Rust is indented with blanks".into())
    })
}

pub fn short_files(files: &[File]) -> Vec<Finding> {
    let long = files.iter().filter(|file| file.is_rust() && file.text.lines().count() > RUST_LINES_MAX);
    long.map(|file| {
        let count = file.text.lines().count();
        Finding::new(
            &file.path,
            0,
            format!("{count} lines, more than {RUST_LINES_MAX}: cut it along its subjects"),
        )
    })
    .collect()
}

/// Marks of unfinished work. Pieced together, so that this file does not break its own rule.
const MARKS: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
const CALLS: [&str; 4] = ["todo!", "unimplemented!", "dbg!", "#[ignore"];

pub fn nothing_unfinished(files: &[File]) -> Vec<Finding> {
    let mut found = each_line(
        files,
        |_| true,
        |line| {
            let mark = MARKS.iter().find(|mark| has_word(line, mark))?;
            Some(format!("`{mark}`: finish it, or take it out and write it into the tracker"))
        },
    );
    for file in files.iter().filter(|file| file.is_rust()) {
        found.extend(code_with(file, &CALLS, "finish it: nothing here pretends"));
    }
    found
}

/// Places of one machine or one firm, pieced together for the same reason.
const PLACES: [&str; 4] =
    [concat!("/wo", "rk"), concat!("/ro", "ot"), concat!("/tmp/", "wt"), concat!("arti", "factory")];

pub fn no_foreign_places(files: &[File]) -> Vec<Finding> {
    each_line(
        files,
        |_| true,
        |line| {
            let place = PLACES.iter().find(|place| names_place(line, place))?;
            Some(format!("`{place}` means nothing on another machine"))
        },
    )
}

/// Whether the place is named as itself and not as a part of a longer path or word.
fn names_place(line: &str, place: &str) -> bool {
    let line = line.to_lowercase();
    line.match_indices(place).any(|(at, _)| {
        let part = |c: char| c.is_alphanumeric() || "_-.}".contains(c);
        let begins = !place.starts_with('/') || !line[..at].ends_with(part);
        begins && !line[at + place.len()..].starts_with(|c: char| c.is_alphanumeric() || "_-".contains(c))
    })
}

const PROSE: [&str; 6] = [".md", ".toml", ".sql", ".yml", ".yaml", ".sh"];

/// A number in a tracker explains nothing to a reader who has only the code.
pub fn no_tracker_numbers(files: &[File]) -> Vec<Finding> {
    let advice = "a tracker's number: say the reason itself";
    let mut found =
        each_line(files, |file| file.has_ending(&PROSE), |line| names_number(line).then(|| advice.into()));
    for file in files.iter().filter(|file| file.is_rust()) {
        let comments = pieces(&file.text).into_iter().filter(|piece| piece.kind == Kind::Comment);
        found.extend(
            comments
                .filter(|piece| names_number(piece.text))
                .map(|piece| Finding::new(&file.path, piece.line, advice)),
        );
    }
    found
}

/// A number after a hash that is neither a colour nor a character reference nor an anchor; or one
/// after the word.
fn names_number(text: &str) -> bool {
    let hash = text.match_indices('#').any(|(at, _)| {
        let digits = text[at + 1..].chars().take_while(char::is_ascii_digit).count();
        let after = text[at + 1 + digits..].chars().next();
        let before = text[..at].chars().next_back();
        (1..=5).contains(&digits)
            && !after.is_some_and(|c| c.is_alphanumeric() || c == ';')
            && !before.is_some_and(|c| c.is_alphanumeric() || "&/#".contains(c))
    });
    let lower = text.to_lowercase();
    hash || lower
        .match_indices("issue ")
        .any(|(at, word)| lower[at + word.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

fn each_line(
    files: &[File],
    wanted: fn(&File) -> bool,
    wrong: impl Fn(&str) -> Option<String>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| wanted(file)) {
        found.extend(
            lines(file).filter_map(|(number, line)| Some(Finding::new(&file.path, number, wrong(line)?))),
        );
    }
    found
}

/// Lines with their numbers; a carriage return stays.
fn lines(file: &File) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(file.text.split('\n'))
}

/// Where the code, comments and strings apart, contains one of the words.
pub fn code_with(file: &File, words: &[&str], advice: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for piece in pieces(&file.text).into_iter().filter(|piece| piece.kind == Kind::Code) {
        for (number, line) in (piece.line..).zip(piece.text.split('\n')) {
            if let Some(word) = words.iter().find(|word| has_word(line, word)) {
                found.push(Finding::new(&file.path, number, format!("`{word}`: {advice}")));
            }
        }
    }
    found
}
