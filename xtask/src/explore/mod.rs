//! `cargo xtask explore`: a fuzzer reads the OpenAPI document and holds the running server to it.
//!
//! The document is a promise: which input is taken, which answers come. Tests of ours only try what
//! we thought of; schemathesis makes up requests within and beyond the document's schemas and checks
//! every answer against it. Run by hand: it takes Python and PyPI, which a check of every change
//! must not need.

mod python;
mod round;
mod subject;

use crate::step::{Outcome, done, step};
use round::Round;
use subject::Subject;

/// The same requests each time, so that a failure of one run is a failure of the next.
pub const SEED: u64 = 20_260_101;

pub struct Plan {
    /// Requests made up for each endpoint and phase.
    pub examples: u32,
    pub seed: u64,
}

/// Every round, also after a failed one: one run shows everything.
pub fn run(plan: &Plan) -> Outcome {
    let schemathesis = python::provide()?;
    let program = step("build the server", subject::build)?;
    let failed: Vec<String> = Round::ALL
        .into_iter()
        .filter_map(|round| {
            let outcome = step(round.name(), || {
                let subject = Subject::start(&program)?;
                round.run(&schemathesis, plan, &subject)
            });
            outcome.err().map(|fault| format!("{}: {fault}", round.name()))
        })
        .collect();
    if failed.is_empty() {
        done("every answer is what the OpenAPI document promises");
        return Ok(());
    }
    let again = format!("cargo xtask explore --examples {} --seed {}", plan.examples, plan.seed);
    Err(format!("{}\n`{again}` repeats it", failed.join("\n")))
}
