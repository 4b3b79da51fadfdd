//! `cargo xtask references`: pages that the program writes about itself are current.

use std::fs;

use crate::step::{Outcome, done};
use crate::{environment, run};

/// What `iroko reference …` prints, and where it is kept.
const REFERENCES: [(&str, &str); 3] = [
    ("openapi", "docs/reference/openapi.json"),
    ("config", "docs/reference/configuration.md"),
    ("cli", "docs/reference/command-line.md"),
];

pub fn run(write: bool) -> Outcome {
    let mut stale = Vec::new();
    for (subject, path) in REFERENCES {
        let current = print(subject)?;
        let file = environment::root().join(path);
        let kept = fs::read_to_string(&file).unwrap_or_default();
        match difference(&kept, &current) {
            None => {}
            Some(_) if write => {
                let written =
                    file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, current));
                written.map_err(|fault| format!("{path}: {fault}"))?;
                done(&format!("{path} is written"));
            }
            Some(line) => stale.push(format!("{path}:{line} is not what `iroko reference {subject}` prints")),
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    stale.push("`cargo xtask references --write` writes them anew".to_owned());
    Err(stale.join("\n"))
}

fn print(subject: &str) -> Outcome<String> {
    let command = ["run", "--quiet", "--package", "iroko", "--", "reference", subject];
    let mut text = run::output_of(environment::cargo().args(command))?;
    if text.trim().is_empty() {
        return Err(format!("`iroko reference {subject}` prints nothing"));
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

/// The number of the first line that differs.
fn difference(kept: &str, current: &str) -> Option<usize> {
    if kept == current {
        return None;
    }
    let same = kept.lines().zip(current.lines()).take_while(|(kept, current)| kept == current).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let check = |kept, current, expected| assert_eq!(difference(kept, current), expected);
        check("a\nb\n", "a\nb\n", None);
        check("a\nb\n", "a\nc\n", Some(2));
        check("a\n", "a\nb\n", Some(2));
        check("", "a\n", Some(1));
        check("a\nb", "a\nb\n", Some(3));
    }
}
