//! Rules that keep decisions pure and statements blind.

use super::rust::{Kind, has_word, pieces, without_tests};
use super::text::code_with;
use super::{File, Finding};

const MACRO: &str = "statements!";

/// What a pure function has no use for.
const IMPURE: [&str; 28] = [
    "async",
    ".await",
    "Future",
    "tokio",
    "now()",
    "Clock",
    "SystemClock",
    "SystemTime",
    "Instant",
    "Random",
    "SystemRandom",
    "getrandom",
    "rand",
    "fs",
    "net",
    "io",
    "env",
    "process",
    "thread",
    "sleep",
    "Mutex",
    "RwLock",
    "rusqlite",
    "tokio_postgres",
    "axum",
    "hyper",
    "println!",
    "eprintln!",
];

pub fn decisions_are_pure(files: &[File]) -> Vec<Finding> {
    let decisions = files.iter().filter(|file| file.path.ends_with("/decide.rs"));
    decisions
        .flat_map(|file| {
            // Names of modules count only as paths, so that a field or a local may be called the same.
            let rule =
                File { path: file.path.clone(), text: without_tests(&file.text).replace("::", " :: ") };
            code_with(&rule, &IMPURE, "")
                .into_iter()
                .filter(|finding| {
                    let line = rule.text.lines().nth(finding.line - 1).unwrap_or_default();
                    let word = finding.text.split('`').nth(1).unwrap_or_default();
                    !MODULES.contains(&word)
                        || [format!("{word} ::"), format!(":: {word}")].iter().any(|path| line.contains(path))
                })
                .map(|finding| Finding::new(&finding.path, finding.line, format!("{}{ADVICE}", finding.text)))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The one place each for time and randomness, and one for the environment in every program.
const OUTSIDE_WORLD: [&str; 5] = [
    "platform/kernel/src/clock.rs",
    "platform/kernel/src/random.rs",
    "iroko/src/environment.rs",
    "testkit/src/environment.rs",
    "xtask/src/environment.rs",
];

/// A ban that anyone may lift is none.
pub fn bans_are_lifted_in_one_place(files: &[File]) -> Vec<Finding> {
    // Cargo tells a build script all it knows in the environment.
    let may_lift = |path: &str| OUTSIDE_WORLD.contains(&path) || path.ends_with("/build.rs");
    let others = files.iter().filter(|file| file.is_rust() && !may_lift(&file.path));
    others
        .flat_map(|file| {
            code_with(
                file,
                &["disallowed_methods"],
                "take a `kernel::Clock`, a `kernel::Random` or a setting instead",
            )
        })
        .collect()
}

const MODULES: [&str; 7] = ["fs", "net", "io", "env", "process", "thread", "rand"];
const ADVICE: &str = "a decision is a pure function; what it needs comes in its arguments or in `ctx`";

/// Whose rows a statement sees is the store's business; and parameters are the same on both engines.
pub fn statements_are_blind(files: &[File]) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("apps/")) {
        let mut look = |line: usize, sql: &str| {
            let isolation = ["tenant", "market"].into_iter().find(|word| names(sql, word));
            if let Some(word) = isolation {
                found.push(Finding::new(
                    &file.path,
                    line,
                    format!("SQL says `{word}`: isolation is the store's job"),
                ));
            }
            if has_dollar(sql) {
                found.push(Finding::new(
                    &file.path,
                    line,
                    "write parameters as `?1`: the text serves two engines",
                ));
            }
        };
        // There the tables are keyed by market, which is how the store isolates them.
        let keyed = file.path.ends_with(".postgres.sql");
        if file.path.ends_with(".sql") && !keyed {
            (1..).zip(file.text.lines()).for_each(|(number, line)| look(number, line));
        } else if file.is_rust() {
            statements(&file.text).into_iter().for_each(|(line, sql)| look(line, sql));
        }
    }
    found
}

/// The word itself, its plural, or a part of a longer name such as `market_id`.
fn names(sql: &str, word: &str) -> bool {
    let words = sql.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.into_iter().any(|found| found.strip_suffix('s').unwrap_or(&found) == word)
}

fn has_dollar(sql: &str) -> bool {
    sql.match_indices('$').any(|(at, _)| sql[at + 1..].starts_with(|c: char| c.is_ascii_digit()))
}

/// The texts inside every `statements!` of the source.
fn statements(source: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut depth = None;
    for piece in pieces(source) {
        match piece.kind {
            Kind::Text if depth.is_some() => found.push((piece.line, piece.text)),
            Kind::Code => depth = depth_after(piece.text, depth),
            _ => {}
        }
    }
    found
}

/// How many braces of a `statements!` are open after this code; none outside of it.
fn depth_after(code: &str, mut depth: Option<usize>) -> Option<usize> {
    let mut rest = code;
    loop {
        if depth.is_none() {
            rest = &rest[rest.find(MACRO)? + MACRO.len()..];
            depth = Some(0);
        }
        let Some(at) = rest.find(['{', '(', '}', ')']) else { return depth };
        let opens = rest[at..].starts_with(['{', '(']);
        depth = match depth.unwrap_or_default() {
            open if opens => Some(open + 1),
            0 | 1 => None,
            open => Some(open - 1),
        };
        rest = &rest[at + 1..];
    }
}

/// Whether the file declares statements; the macro's own home does not.
pub fn declares_statements(file: &File) -> bool {
    let code = without_tests(&file.text);
    file.is_rust() && pieces(code).iter().any(|piece| piece.kind == Kind::Code && has_word(piece.text, MACRO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_in_their_macro_only() {
        let source = "const A: &str = \"market\";\nkernel::statements! {\n    /// The market's.\n    short ONE = \"select 1\";\n    long TWO = concat!(\"a\", \"b\");\n}\nconst B: &str = \"tenant\";\n\nf(\"x\"); statements! { short C = \"c\"; }\n";
        assert_eq!(statements(source), [(4, "select 1"), (5, "a"), (5, "b"), (9, "c")]);
    }
}
