//! schemathesis in a virtual environment of its own, below `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::step::{Outcome, step};
use crate::{environment, run};

/// Fixed, with the library that makes up its input, so that a seed means the same requests tomorrow.
const PACKAGES: [&str; 2] = ["schemathesis==4.32.5", "hypothesis==6.170.15"];
/// The oldest Python that this schemathesis runs on.
const PYTHON_MIN: (u32, u32) = (3, 11);
const NAMES: [&str; 5] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];

pub fn provide() -> Outcome<PathBuf> {
    let folder = environment::built("explore");
    let (program, mark) = (folder.join("bin/schemathesis"), folder.join("packages"));
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&mark).is_ok_and(|made| made == wanted) && runs(&program) {
        return Ok(program);
    }
    let (major, minor) = PYTHON_MIN;
    let python = NAMES.into_iter().find(|name| version(name) >= Some(PYTHON_MIN));
    let python = python.ok_or_else(|| format!("install Python {major}.{minor} or newer: there is none"))?;
    step("install schemathesis from PyPI", || install(python, &folder))?;
    fs::write(&mark, wanted).map_err(|fault| format!("{}: {fault}", mark.display()))?;
    Ok(program)
}

fn install(python: &str, folder: &Path) -> Outcome {
    run::run(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    run::run(pip.args(PACKAGES))
}

fn runs(program: &Path) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn version(python: &str) -> Option<(u32, u32)> {
    let output = Command::new(python).arg("--version").stdin(Stdio::null()).output().ok()?;
    parsed(&String::from_utf8_lossy(&output.stdout))
}

/// Major and minor version in `Python 3.11.7`.
fn parsed(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix("Python ")?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        let check = |text, expected| assert_eq!(parsed(text), expected, "{text}");
        check("Python 3.11.7\n", Some((3, 11)));
        check("Python 3.9.2", Some((3, 9)));
        check("Python 3.15.0rc1", Some((3, 15)));
        check("command not found", None);
        assert!(parsed("Python 3.9.2") < Some(PYTHON_MIN), "not compared as text");
        assert!(None < Some(PYTHON_MIN));
    }
}
