//! axe-core from npm, unpacked below `target/`, and what it says of a page.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::browser::{Browser, Scripts};
use crate::step::{Outcome, step};
use crate::{environment, run};

/// Fixed, so that the rules of today are those of tomorrow.
const PACKAGE: &str = "axe-core@4.14.1";
/// Every rule of WCAG 2.0 to 2.2 at the levels A and AA.
const RULES: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

pub struct Axe(String);

impl Axe {
    pub fn provide() -> Outcome<Self> {
        let folder = environment::built("pages");
        let script = folder.join("package/axe.min.js");
        if !script.is_file() {
            step("fetch axe-core from npm", || fetch(&folder))?;
        }
        fs::read_to_string(&script).map(Self).map_err(|fault| format!("{}: {fault}", script.display()))
    }

    /// Nothing is wrong with the page that is open, and nothing of it lies beside the screen. Where
    /// scripts are off nobody can look.
    pub fn check(&self, browser: &Browser, name: &str) -> Outcome {
        if browser.scripts == Scripts::Off {
            return Ok(());
        }
        let ask = "const done = arguments[arguments.length - 1]; \
            axe.run(document, { runOnly: arguments[0] }).then(found => done({ \
            wide: document.documentElement.scrollWidth - window.innerWidth, \
            wrong: found.violations.map(it => it.id + ': ' + it.help + ' at ' + \
            it.nodes.map(node => node.target.join(' ')).join(', ')) }), \
            error => done({ wide: 0, wrong: [String(error)] }));";
        let found = browser.run_async(&format!("{}\n{ask}", self.0), json!([RULES]))?;
        let wrong: Vec<&str> =
            found["wrong"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let wide = found["wide"].as_i64().unwrap_or(i64::MAX);
        match (wrong.is_empty(), wide) {
            (true, ..=0) => Ok(()),
            (true, wide) => Err(format!("{name}: {wide} dots of it lie beside a narrow screen")),
            _ => Err(format!("{name}: {}", wrong.join("; "))),
        }
    }
}

fn fetch(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    let mut npm = Command::new("npm");
    run::run(npm.args(["pack", "--silent", PACKAGE, "--pack-destination"]).arg(folder))?;
    let packed = folder.join(format!("{}.tgz", PACKAGE.replace('@', "-")));
    run::run(Command::new("tar").arg("-xzf").arg(packed).arg("-C").arg(folder))
}
