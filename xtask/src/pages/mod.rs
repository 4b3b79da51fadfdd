//! `cargo xtask pages`: a real browser looks at the pages of a demo of its own.
//!
//! It fills in the whole report with a photo, scripts off and on, joins it instead of reporting it again,
//! follows the tracking link, signs in by a code as an agency's staff, answers and closes it; axe-core holds
//! every page to WCAG 2 AA on a narrow screen, in every language. Run by hand: it takes Chromium, its driver
//! and npm, which a check of every change must not need.
//!
//! ```text
//! axe.rs     axe-core, fetched once, and what it finds
//! browser.rs Chromium, driven by WebDriver's plain JSON
//! city.rs    the demo that is looked at
//! walk.rs    what people do in a city
//! shops.rs   what a buyer, a merchant, a rider and a manager do, each in a browser of their own
//! ```

mod axe;
mod browser;
mod city;
mod shops;
mod walk;

use crate::environment::on_path;
use crate::install;
use crate::step::{Outcome, done, step, warn};
use axe::Axe;
use browser::{Driver, Scripts};
use city::City;

/// As much as one round trip of a new connection carries.
const FIRST_LOAD_BYTES_MAX: usize = 14 << 10;

pub fn run() -> Outcome {
    install::programs(&[("chromium", "chromium"), ("chromedriver", "chromium-driver"), ("npm", "npm")]);
    for program in ["chromium", "chromedriver", "npm"] {
        if on_path(program).is_none() {
            warn(&format!("the pages are NOT checked: there is no {program} on the path"));
            return Ok(());
        }
    }
    let axe = Axe::provide()?;
    let city = step("start a demo", City::start)?;
    step("weigh the first load", || weigh(&city))?;
    let desk = city.agency()?;
    let driver = Driver::start(&city)?;
    let failed: Vec<String> = [Scripts::Off, Scripts::On]
        .into_iter()
        .filter_map(|scripts| {
            let outcome = step(scripts.name(), || {
                shops::whole(&driver, scripts, &city, &axe)?;
                let browser = driver.open(scripts, "citizen")?;
                walk::whole(&browser, &city, &axe, &desk)
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

/// What a slow connection has before it shows the first page, pictures apart.
fn weigh(city: &City) -> Outcome {
    let cities = ["/", "/report", "/track", "/map", "/sign-in"].map(|path| city.page(path));
    let shops = ["/", "/basket", "/sign-in"].map(|path| city.shop(path));
    for path in cities.iter().chain(&shops) {
        let bytes = city.first_load(path)?;
        if bytes > FIRST_LOAD_BYTES_MAX {
            return Err(format!("{path} takes {bytes} bytes, more than {FIRST_LOAD_BYTES_MAX}"));
        }
        eprintln!("   {path}: {bytes} bytes");
    }
    Ok(())
}
