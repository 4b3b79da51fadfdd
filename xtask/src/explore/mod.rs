//! `cargo xtask explore`: a fuzzer reads the OpenAPI document and holds the running server to it.
//!
//! The document is a promise: which input is taken, which answers come. Tests of ours only try what
//! we thought of; schemathesis makes up requests within and beyond the document's schemas and checks
//! every answer against it. What everybody may call is then sent nonsense of our own, as much as is
//! asked for. Run by hand: it takes Python and PyPI, which a check of every change must not need.

mod hostile;
mod made_up;
mod round;
pub mod subject;

use crate::python::Python;
use crate::step::{Outcome, done, step};
use round::Round;
use subject::Subject;

/// The same requests each time, so that a failure of one run is a failure of the next.
pub const SEED: u64 = 20_260_101;
/// Fixed, with the library that makes up its input, so that a seed means the same requests tomorrow.
const PACKAGES: [&str; 2] = ["schemathesis==4.32.5", "hypothesis==6.170.15"];

pub struct Plan {
    /// Requests made up for each endpoint and phase.
    pub examples: u32,
    /// Hostile requests for each public endpoint, besides those.
    pub inputs: u32,
    /// No round of the fuzzer takes longer.
    pub minutes: u32,
    pub seed: u64,
}

/// Every round, also after a failed one: one run shows everything.
pub fn run(plan: &Plan) -> Outcome {
    let schemathesis = Python::with("explore", &PACKAGES)?.program("schemathesis");
    let program = step("build the server", subject::build)?;
    let mut failed: Vec<String> = Round::ALL
        .into_iter()
        .filter_map(|round| {
            let outcome = step(round.name(), || {
                let subject = Subject::start(&program)?;
                round.run(&schemathesis, plan, &subject)
            });
            outcome.err().map(|fault| format!("{}: {fault}", round.name()))
        })
        .collect();
    let name = "send nonsense to what everybody may call";
    let outcome = step(name, || {
        let subject = Subject::start(&program)?;
        hostile::run(&subject, &subject.known()?, plan.inputs, plan.seed)
    });
    failed.extend(outcome.err().map(|fault| format!("{name}: {fault}")));
    if failed.is_empty() {
        done("every answer is what the OpenAPI document promises");
        return Ok(());
    }
    let Plan { examples, inputs, minutes, seed } = plan;
    let again = format!(
        "cargo xtask explore --examples {examples} --inputs {inputs} --minutes {minutes} --seed {seed}"
    );
    Err(format!("{}\n`{again}` repeats it", failed.join("\n")))
}
