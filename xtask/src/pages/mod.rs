//! `cargo xtask pages`: a real browser looks at the pages of a demo of its own.
//!
//! It fills in the whole report with scripts off and on, follows the tracking link, signs in as staff
//! and closes what was reported; axe-core holds every page to WCAG 2 AA on a narrow screen. Run by hand:
//! it takes Chromium, its driver and npm, which a check of every change must not need.
//!
//! ```text
//! axe.rs     axe-core, fetched once, and what it finds
//! browser.rs Chromium, driven by WebDriver's plain JSON
//! city.rs    the demo that is looked at
//! walk.rs    what people do
//! ```

mod axe;
mod browser;
mod city;
mod walk;

use crate::environment::on_path;
use crate::step::{Outcome, done, step, warn};
use axe::Axe;
use browser::{Driver, Scripts};
use city::City;

pub fn run() -> Outcome {
    for program in ["chromium", "chromedriver", "npm"] {
        if on_path(program).is_none() {
            warn(&format!("the pages are NOT checked: there is no {program} on the path"));
            return Ok(());
        }
    }
    let axe = Axe::provide()?;
    let city = step("start a demo", City::start)?;
    let driver = Driver::start(&city)?;
    let failed: Vec<String> = [Scripts::Off, Scripts::On]
        .into_iter()
        .filter_map(|scripts| {
            let outcome = step(scripts.name(), || {
                let browser = driver.open(scripts)?;
                walk::whole(&browser, &city, &axe)
            });
            outcome.err().map(|fault| format!("{}: {fault}", scripts.name()))
        })
        .collect();
    if !failed.is_empty() {
        return Err(failed.join("\n"));
    }
    done("every page works with scripts and without, and holds to WCAG 2 AA");
    Ok(())
}
