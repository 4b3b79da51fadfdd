//! Why a command was not carried out, in words the caller can act on.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// Refused: nothing has changed. Small, because it travels in every `Result`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(Box<Details>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Details {
    kind: RefusalKind,
    code: &'static str,
    message: Cow<'static, str>,
    faults: Vec<Fault>,
    retry_after_s: Option<u32>,
}

/// Broad class of a refusal; the edge maps it to a status in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The request makes no sense as written.
    Invalid,
    /// Who is asking?
    Unauthenticated,
    /// Known, but not allowed.
    Forbidden,
    /// Unknown or somebody else's: the two look alike.
    NotFound,
    /// Sensible, but not in the present state.
    Conflict,
    /// Used up or expired.
    Gone,
    /// `If-Match` and the like did not hold.
    Precondition,
    TooLarge,
    UnsupportedMedia,
    TooMany,
    /// Not now: overloaded, moving, or a part is down.
    Unavailable,
}

/// One thing wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// JSON pointer into the body (`/place/lat`), or the name of a parameter (`?limit`).
    pub field: String,
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub message: Cow<'static, str>,
}

impl Fault {
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

impl Refusal {
    pub fn new(kind: RefusalKind, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Details {
            kind,
            code,
            message: message.into(),
            faults: Vec::new(),
            retry_after_s: None,
        }))
    }

    /// The input is at fault, in each of these places.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let mut refusal = Self::new(RefusalKind::Invalid, "invalid_input", "Some of the input is not valid.");
        refusal.0.faults = faults;
        refusal
    }

    pub fn not_found() -> Self {
        Self::new(RefusalKind::NotFound, "not_found", "There is nothing here under this address.")
    }

    pub fn unauthenticated() -> Self {
        Self::new(RefusalKind::Unauthenticated, "sign_in_required", "Sign in first.")
    }

    pub fn forbidden() -> Self {
        Self::new(RefusalKind::Forbidden, "not_allowed", "You may not do this.")
    }

    pub fn conflict(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RefusalKind::Conflict, code, message)
    }

    pub fn unavailable(
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
        retry_after_s: u32,
    ) -> Self {
        Self::new(RefusalKind::Unavailable, code, message).retry_after(retry_after_s)
    }

    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    pub fn fault(mut self, fault: Fault) -> Self {
        self.0.faults.push(fault);
        self
    }

    pub fn kind(&self) -> RefusalKind {
        self.0.kind
    }

    pub fn code(&self) -> &'static str {
        self.0.code
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn faults(&self) -> &[Fault] {
        &self.0.faults
    }

    pub fn retry_after_s(&self) -> Option<u32> {
        self.0.retry_after_s
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.message, self.0.code)
    }
}

impl std::error::Error for Refusal {}
