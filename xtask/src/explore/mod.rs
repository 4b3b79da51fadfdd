//! `cargo xtask explore`: a fuzzer reads the OpenAPI document and holds the running server to it.
//!
//! The document is a promise: which input is taken, which answers come. Tests of ours only try what
//! we thought of; schemathesis makes up requests within and beyond the document's schemas and checks
//! every answer against it.

mod document;
mod python;
mod rounds;
mod subject;

use std::path::Path;

use crate::step::{Outcome, done, step, warn};
use python::Tool;
use rounds::Round;
use subject::Subject;

/// The same requests each time, so that a failure of one run is a failure of the next.
pub const SEED: u64 = 20_260_101;

pub struct Plan {
    /// Requests made up for each endpoint and phase.
    pub examples: u32,
    pub seed: u64,
}

pub fn run(plan: &Plan) -> Outcome {
    let schemathesis = match python::provide()? {
        Tool::Ready(program) => program,
        Tool::Missing(why) => {
            warn(&format!("SKIPPED: the API was not explored, because {why}"));
            return Ok(());
        }
    };
    let program = step("build the server", subject::build)?;
    let folder =
        tempfile::Builder::new().prefix("iroko-explore-").tempdir().map_err(|fault| fault.to_string())?;
    let subject = step("start a demo", || Subject::start(&program, folder.path()))?;
    eprintln!("seed {}", plan.seed);
    let failed = rounds(&schemathesis, plan, &subject, folder.path())?;
    if !failed.is_empty() {
        let again = format!("cargo xtask explore --examples {} --seed {}", plan.examples, plan.seed);
        return Err(format!("{}\n`{again}` repeats it", failed.join("\n")));
    }
    done("every answer is what the OpenAPI document promises");
    Ok(())
}

/// Every round, also after a failed one: one run shows everything.
fn rounds(schemathesis: &Path, plan: &Plan, subject: &Subject, folder: &Path) -> Outcome<Vec<String>> {
    let mut failed = Vec::new();
    let known = subject.known()?;
    for round in Round::ALL {
        let outcome = step(round.name(), || {
            let files = rounds::write(round, subject, &known, folder)?;
            rounds::run(schemathesis, &files, plan)?;
            if round == Round::Owner { subject.is_still_owner(&files.token) } else { Ok(()) }
        });
        failed.extend(outcome.err().map(|fault| format!("{}: {fault}", round.name())));
    }
    Ok(failed)
}
