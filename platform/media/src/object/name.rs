//! What an object may be called: names that every file system and every bucket keeps as they are, and
//! that lead nowhere else.

use object_store::path::Path;

use super::ObjectTrouble;
use crate::limits;

/// `prefix/name`, if the name is one.
pub(super) fn path(prefix: &str, name: &str) -> Result<Path, ObjectTrouble> {
    if !is_name(name) {
        return Err(ObjectTrouble::Name);
    }
    Path::parse(format!("{prefix}/{name}")).map_err(|_| ObjectTrouble::Name)
}

/// Parts of small letters, digits, `-`, `_` and `.`, with slashes between them. No part starts with a
/// dot; capital letters are out because some file systems do not tell them apart.
fn is_name(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'_' | b'.');
    name.len() <= limits::NAME_LETTERS_MAX
        && name.split('/').all(|part| {
            !part.is_empty() && !part.starts_with('.') && part.len() <= 200 && part.bytes().all(plain)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_names() {
        for (name, good) in [
            ("a", true),
            ("picture/ab/abc0/large.webp", true),
            ("2026-01/closed_requests.jsonl.gz", true),
            ("", false),
            ("/a", false),
            ("a/", false),
            ("a//b", false),
            (".", false),
            ("..", false),
            ("a/../../other/b", false),
            ("a/.hidden", false),
            ("a\\b", false),
            ("A", false),
            ("a#1", false),
            ("a b", false),
            ("a\0b", false),
            ("%2e%2e/a", false),
            ("é", false),
        ] {
            assert_eq!(path("market/m", name).is_ok(), good, "{name:?}");
        }
        assert!(path("m", &"a".repeat(201)).is_err());
        assert!(path("m", &["abcdefgh"; 70].join("/")).is_err());
        assert_eq!(path("market/m", "a/b").unwrap().as_ref(), "market/m/a/b");
    }
}
