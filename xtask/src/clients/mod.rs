//! `cargo xtask clients`: programs that others wrote talk to the server, as they are published.
//!
//! PyPI's `georeport` reads a demo's Open311 endpoint; PyPI's `aiosmtpd` takes its mail, in plain and
//! under TLS, in every mood. Run by hand: it takes Python and PyPI, which a check of every change must
//! not need.

use std::process::Command;

use serde_json::json;

use crate::explore::subject::{self, MARKET, OWNER, Subject, TENANT};
use crate::python::Python;
use crate::step::{Outcome, done, step};
use crate::{environment, run};

/// Fixed, so that what is proved today is proved tomorrow.
const PACKAGES: [&str; 3] = ["georeport==0.3.1", "aiosmtpd==1.4.6", "cryptography==48.0.0"];
const GEOREPORT: &str = include_str!("georeport.py");

pub fn run() -> Outcome {
    let python = Python::with("clients", &PACKAGES)?;
    let program = step("build the server", subject::build)?;
    step("georeport reads a city", || {
        let city = Subject::start(&program)?;
        let sent = report(&city)?;
        let root = format!("{}/{TENANT}/{MARKET}/open311/v2", city.address());
        let mut command = Command::new(python.program("python"));
        run::run(command.args(["-c", GEOREPORT, &root, MARKET, &sent]))
            .map_err(|_| "georeport fails".to_owned())
    })?;
    step("aiosmtpd takes mail", || {
        let mut tests = environment::cargo();
        tests.args(["test", "--package", "notify", "--test", "notify", "aiosmtpd"]);
        run::run(tests.env("IROKO_TEST_AIOSMTPD", python.program("python")))
    })?;
    done("clients and servers of others get along with ours");
    Ok(())
}

/// With letters that both forms must write; its id.
fn report(city: &Subject) -> Outcome<String> {
    let token = city.sign_in(OWNER)?;
    let wish = json!({ "name": "georeport", "scopes": ["civic.report"], "days": 1 });
    let key = city.post("/v1/keys", Some(&token), &wish)?;
    let key = key["secret"].as_str().ok_or("a key is not shown")?;
    let fields = [
        ("api_key", key),
        ("service_code", "graffiti"),
        ("lat", "42.3601"),
        ("long", "-71.0589"),
        ("description", "Sprayed <over> & \"across\" it, 🦀"),
    ];
    let made = city.form("/open311/v2/requests.json", &fields)?;
    made[0]["service_request_id"].as_str().map(str::to_owned).ok_or_else(|| format!("no id: {made}"))
}
