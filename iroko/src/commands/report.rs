//! What a command says at its end: text for people, JSON for programs, an exit code for both.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Done, and this is what there is to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Lines for people.
    pub text: String,
    /// The same for programs.
    pub data: Value,
}

/// Not done, and this is why and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    pub message: String,
    /// More for programs, where there is more.
    #[serde(default)]
    pub data: Value,
}

/// The exit codes of every command, documented in the command-line reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// 1: refused, or it failed on the way.
    Failed,
    /// 2: the command line or the settings are wrong.
    Usage,
    /// 3: the database, the folder or the running server is out of reach or in use.
    Unavailable,
    /// 4: there is no such thing.
    NotFound,
}

impl FailureKind {
    fn code(self) -> u8 {
        match self {
            FailureKind::Failed => 1,
            FailureKind::Usage => 2,
            FailureKind::Unavailable => 3,
            FailureKind::NotFound => 4,
        }
    }
}

impl Report {
    pub fn new(text: impl Into<String>, data: Value) -> Self {
        Self { text: text.into(), data }
    }
}

impl Failure {
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), data: Value::Null }
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Failed, message)
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    pub fn with(self, data: Value) -> Self {
        Self { data, ..self }
    }

    fn exit_code(&self) -> u8 {
        self.kind.code()
    }
}

impl From<store::StoreError> for Failure {
    fn from(error: store::StoreError) -> Self {
        use store::StoreError as E;
        let kind = match error {
            E::Missing(_) => FailureKind::NotFound,
            E::Bug(_) | E::Damaged { .. } => FailureKind::Failed,
            _ => FailureKind::Unavailable,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<store::TransferError> for Failure {
    fn from(error: store::TransferError) -> Self {
        match error {
            store::TransferError::Store(error) => error.into(),
            error => Self::failed(error.to_string()),
        }
    }
}

impl From<kernel::Refusal> for Failure {
    fn from(refusal: kernel::Refusal) -> Self {
        let kind = match refusal.kind() {
            kernel::RefusalKind::Unavailable => FailureKind::Unavailable,
            kernel::RefusalKind::NotFound => FailureKind::NotFound,
            _ => FailureKind::Failed,
        };
        let faults = refusal.faults().iter().map(|fault| format!("\n  {}: {}", fault.field, fault.message));
        Self::new(kind, format!("{}{}", refusal.message(), faults.collect::<String>()))
    }
}

/// A line for whoever sits at the terminal. When nobody reads any more, what is being done goes on.
pub fn tell(mut out: impl Write, line: &str) {
    let _ = writeln!(out, "{line}");
}

/// Prints the outcome and gives the exit code.
pub fn conclude(outcome: Result<Report, Failure>, as_json: bool) -> ExitCode {
    let (line, code) = match &outcome {
        Ok(report) if as_json => (report.data.to_string(), 0),
        Ok(report) => (report.text.trim_end().to_owned(), 0),
        Err(failure) if as_json => {
            let mut told = json!({ "error": failure.message, "kind": failure.kind });
            if !failure.data.is_null() {
                told["data"] = failure.data.clone();
            }
            (told.to_string(), failure.exit_code())
        }
        Err(failure) => {
            tell(std::io::stderr(), &format!("iroko: {}", failure.message));
            (String::new(), failure.exit_code())
        }
    };
    if line.is_empty() {
        return ExitCode::from(code);
    }
    match writeln!(std::io::stdout().lock(), "{line}") {
        // Whoever reads only the beginning, as `head` does, has had what they wanted.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            tell(std::io::stderr(), &format!("iroko: the output cannot be written: {error}"));
            ExitCode::from(FailureKind::Failed.code())
        }
        _ => ExitCode::from(code),
    }
}
