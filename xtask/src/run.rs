//! Running other programs: no input, their output on ours, a failure named by its command.

use std::process::{Command, Stdio};

use crate::step::Outcome;

pub fn run(command: &mut Command) -> Outcome {
    let shown = shown(command);
    let status = command.stdin(Stdio::null()).status().map_err(|fault| format!("{shown}: {fault}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed: {status}")) }
}

/// The same, but the output is the result.
pub fn output_of(command: &mut Command) -> Outcome<String> {
    let shown = shown(command);
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|fault| format!("{shown}: {fault}"))?;
    if !output.status.success() {
        return Err(format!("`{shown}` failed: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{shown}` does not print UTF-8"))
}

pub fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default().to_owned();
    command.get_args().fold(program, |line, argument| line + " " + &argument.to_string_lossy())
}
