//! Packages from PyPI, each purpose with a virtual environment of its own below the built things.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::step::{Outcome, step};
use crate::{environment, install, run};

/// The oldest Python that everything wanted here runs on.
const PYTHON_MIN: (u32, u32) = (3, 11);
const NAMES: [&str; 5] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];

/// A virtual environment with these packages, which name their versions.
pub struct Python {
    folder: PathBuf,
}

impl Python {
    pub fn with(name: &str, packages: &[&str]) -> Outcome<Self> {
        let made = Self { folder: environment::built(name) };
        let (mark, wanted) = (made.folder.join("packages"), packages.join("\n"));
        if fs::read_to_string(&mark).is_ok_and(|made| made == wanted) && runs(&made.program("python")) {
            return Ok(made);
        }
        let (major, minor) = PYTHON_MIN;
        let find = || NAMES.into_iter().find(|name| version(name) >= Some(PYTHON_MIN));
        if find().is_none() {
            install::named(&["python3", "python3-venv"]);
        }
        let python =
            find().ok_or_else(|| format!("install Python {major}.{minor} or newer: there is none"))?;
        step(&format!("install from PyPI: {}", packages.join(", ")), || made.install(python, packages))?;
        fs::write(&mark, wanted).map_err(|fault| format!("{}: {fault}", mark.display()))?;
        Ok(made)
    }

    /// A program of its packages, or `python` itself.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    fn install(&self, python: &str, packages: &[&str]) -> Outcome {
        let make = || run::run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&self.folder));
        // Debian keeps what makes environments in a package of its own.
        make().or_else(|_| {
            install::named(&["python3-venv"]);
            make()
        })?;
        let mut pip = Command::new(self.program("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        run::run(pip.args(packages))
    }
}

fn runs(program: &PathBuf) -> bool {
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
