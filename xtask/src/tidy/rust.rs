//! Rust source cut into code, comments and texts, so that a rule looks only where it means to.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Code,
    Comment,
    /// Between the quotes of a string.
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    pub kind: Kind,
    /// The line on which it begins, counted from one.
    pub line: usize,
    pub text: &'a str,
}

/// Cuts the source. Nested block comments and odd literals may be cut wrongly, which is good
/// enough for house rules.
pub fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut line, mut rest, mut code) = (1, source, 0);
    while code < rest.len() {
        let Some((open, inner, close, kind)) = literal(&rest[code..]) else {
            code += rest[code..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let (before, from) = rest.split_at(code);
        add(&mut found, &mut line, Kind::Code, before);
        line += lines(&from[..open]);
        add(&mut found, &mut line, kind, &from[open..open + inner]);
        line += lines(&from[open + inner..open + inner + close]);
        rest = &from[open + inner + close..];
        code = 0;
    }
    add(&mut found, &mut line, Kind::Code, rest);
    found
}

fn add<'a>(found: &mut Vec<Piece<'a>>, line: &mut usize, kind: Kind, text: &'a str) {
    if !text.is_empty() {
        found.push(Piece { kind, line: *line, text });
        *line += lines(text);
    }
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

/// What begins here, if it is not code: the lengths of its opening, inside and closing.
fn literal(from: &str) -> Option<(usize, usize, usize, Kind)> {
    if let Some(inner) = from.strip_prefix("//") {
        return Some((2, inner.find('\n').unwrap_or(inner.len()), 0, Kind::Comment));
    }
    if let Some(inner) = from.strip_prefix("/*") {
        let length = inner.find("*/");
        return Some((2, length.unwrap_or(inner.len()), length.map_or(0, |_| 2), Kind::Comment));
    }
    if let Some(inner) = from.strip_prefix('"') {
        let length = quoted(inner);
        return Some((1, length, (inner.len() - length).min(1), Kind::Text));
    }
    if let Some(hashes) = from.strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len()) {
        let inner = from[1 + hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let length = inner.find(&close);
        return Some((
            2 + hashes,
            length.unwrap_or(inner.len()),
            length.map_or(0, |_| close.len()),
            Kind::Text,
        ));
    }
    // A quote as a character, which would otherwise open a string.
    ["'\"'", "'\\\"'"]
        .into_iter()
        .find(|quote| from.starts_with(quote))
        .map(|quote| (quote.len(), 0, 0, Kind::Text))
}

/// Length up to the quote that closes.
fn quoted(inner: &str) -> usize {
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    inner.len()
}

/// The source before its tests.
pub fn without_tests(source: &str) -> &str {
    source.split("#[cfg(test)]").next().unwrap_or(source)
}

/// Whether the word stands alone in the text.
pub fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let bare_before = !word.starts_with(part) || !text[..at].ends_with(part);
        let bare_after = !word.ends_with(part) || !text[at + word.len()..].starts_with(part);
        bare_before && bare_after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_cut() {
        let check = |source: &str, expected: &[(Kind, usize, &str)]| {
            let found: Vec<_> =
                pieces(source).iter().map(|piece| (piece.kind, piece.line, piece.text)).collect();
            assert_eq!(found, expected, "{source}");
        };
        use Kind::{Code, Comment, Text};
        check("", &[]);
        check("a // b\nc", &[(Code, 1, "a "), (Comment, 1, " b"), (Code, 1, "\nc")]);
        check("/* a\n*/b", &[(Comment, 1, " a\n"), (Code, 2, "b")]);
        check("f(\"a\\\"\nb\", 1)", &[(Code, 1, "f("), (Text, 1, "a\\\"\nb"), (Code, 2, ", 1)")]);
        check("r#\"a\"b\"#;", &[(Text, 1, "a\"b"), (Code, 1, ";")]);
        check("'\"' a", &[(Code, 1, " a")]);
        check("\"http://x\"", &[(Text, 1, "http://x")]);
        check("\"open", &[(Text, 1, "open")]);
        check("für 'a", &[(Code, 1, "für 'a")]);
    }

    #[test]
    fn words_stand_alone() {
        let check = |text, word, expected| assert_eq!(has_word(text, word), expected, "{text} {word}");
        check("a market", "market", true);
        check("marketplace", "market", false);
        check("supermarket", "market", false);
        check("market_id", "market", false);
        check("x.await;", ".await", true);
    }
}
