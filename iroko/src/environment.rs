//! The process environment, read here and nowhere else.

/// Every variable whose name starts with `IROKO_`, in order of names. A value that is not UTF-8 comes
/// with replacement characters, so that it fails where it is understood.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(crate) fn variables() -> Vec<(String, String)> {
    let mut variables: Vec<(String, String)> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .filter(|(name, _)| name.starts_with("IROKO_"))
        .collect();
    variables.sort();
    variables
}
