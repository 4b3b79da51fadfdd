//! The project's SQL in PostgreSQL's words: `?1` becomes `$1`, and a conflict target gets the market
//! in front, because every key starts with it there. Nothing else differs.

use std::fmt::Write;

/// The text for PostgreSQL; parameters start after `offset`.
pub(super) fn translate(text: &str, offset: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for token in Tokens(text) {
        match token {
            Token::Parameter(number) => {
                // Writing into a string cannot fail.
                let _ = write!(out, "${}", number + offset);
            }
            Token::Other(piece) => out.push_str(piece),
        }
        if matches!(token, Token::Other("(")) && ends_in_conflict_target(&out) {
            out.push_str("market, ");
        }
    }
    out
}

/// `… on conflict (`, however it is spaced.
fn ends_in_conflict_target(text: &str) -> bool {
    let before = text[..text.len() - 1].trim_end();
    let Some(rest) = strip_word(before, "conflict") else { return false };
    strip_word(rest.trim_end(), "on").is_some()
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(word.len())?;
    let (rest, tail) = (text.get(..at)?, text.get(at..)?);
    let apart = !rest.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    (tail.eq_ignore_ascii_case(word) && apart).then_some(rest)
}

/// What a statement does, as far as running several as one needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) verb: Verb,
    /// Every name in the text, in lower case: among them each table it reads or writes.
    words: Vec<String>,
    /// The table it writes.
    pub(super) table: Option<String>,
    /// It asks for rows itself.
    pub(super) returning: bool,
    /// `insert … values …` that leaves existing rows alone.
    plain_insert: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
    Other,
}

pub(super) fn shape(text: &str) -> Shape {
    let words: Vec<String> = Tokens(text)
        .filter_map(|token| match token {
            Token::Other(piece) if is_word(piece) => Some(piece.trim_matches('"').to_ascii_lowercase()),
            _ => None,
        })
        .collect();
    let has = |word: &str| words.iter().any(|it| it == word);
    let (verb, table) = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["insert", "into", table, ..] => (Verb::Insert, Some((*table).to_owned())),
        ["update", table, ..] => (Verb::Update, Some((*table).to_owned())),
        ["delete", "from", table, ..] => (Verb::Delete, Some((*table).to_owned())),
        _ => (Verb::Other, None),
    };
    let plain_insert = verb == Verb::Insert && !has("select") && !has("update");
    Shape { verb, returning: has("returning"), table, plain_insert, words }
}

impl Shape {
    /// One of the two reads or writes what the other writes, so that over one snapshot they might do
    /// something else than one after the other.
    pub(super) fn meets(&self, other: &Shape) -> bool {
        let names = |one: &Shape, table: &Option<String>| {
            table.as_ref().is_none_or(|table| one.words.iter().any(|word| word == table))
        };
        names(self, &other.table) || names(other, &self.table)
    }

    /// Inserts never see each other's rows; a key taken by both is an error in either order.
    pub(super) fn only_adds(&self) -> bool {
        self.plain_insert
    }
}

fn is_word(piece: &str) -> bool {
    piece.starts_with(|letter: char| letter.is_alphabetic() || letter == '_' || letter == '"')
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Parameter(usize),
    /// A word, a literal, a comment, or one character.
    Other(&'a str),
}

struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let text = self.0;
        let first = text.chars().next()?;
        if first == '?' {
            let digits = text[1..].bytes().take_while(u8::is_ascii_digit).count();
            if let Ok(number) = text[1..1 + digits].parse() {
                self.0 = &text[1 + digits..];
                return Some(Token::Parameter(number));
            }
        }
        let length = match first {
            '\'' | '"' => quoted(text, first),
            '-' if text.starts_with("--") => text.find('\n').unwrap_or(text.len()),
            '/' if text.starts_with("/*") => text.find("*/").map_or(text.len(), |at| at + 2),
            _ if first.is_alphanumeric() || first == '_' => {
                text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len())
            }
            _ => first.len_utf8(),
        };
        let (piece, rest) = text.split_at(length);
        self.0 = rest;
        Some(Token::Other(piece))
    }
}

/// A doubled quote inside reads as two literals side by side, which is as good here.
fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |at| at + 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts() {
        let check = |text, expect: &str| assert_eq!(translate(text, 0), expect);
        check("select a from t where id = ?1 and b = ?12", "select a from t where id = $1 and b = $12");
        check("select '?1', 'it''s ?2', \"?3\", ?4", "select '?1', 'it''s ?2', \"?3\", $4");
        check("select 1 -- why ?1\n, ?2 /* ?3 */", "select 1 -- why ?1\n, $2 /* ?3 */");
        check("insert … on conflict (a, b) do nothing", "insert … on conflict (market, a, b) do nothing");
        check("insert … ON  CONFLICT(a) do nothing", "insert … ON  CONFLICT(market, a) do nothing");
        check("insert … on conflict do nothing", "insert … on conflict do nothing");
        check(
            "select reason_conflict (a), 'on conflict (a)'",
            "select reason_conflict (a), 'on conflict (a)'",
        );
        assert_eq!(translate("values (?1, ?2)", 7), "values ($8, $9)");
    }

    #[test]
    fn shapes() {
        let of = |text| shape(text);
        assert_eq!(of("insert into a (x) values (?1)").table.as_deref(), Some("a"));
        assert_eq!(of("update b set x = 1 returning x").verb, Verb::Update);
        assert!(of("update b set x = 1 returning x").returning);
        assert!(of("insert into a (x) values (1)").only_adds());
        assert!(!of("insert into a (x) values (1) on conflict (x) do update set x = 2").only_adds());
        assert!(!of("insert into a (x) select y from b").only_adds());
        assert!(of("insert into a (x) select y from b").meets(&of("delete from b where y = 1")));
        assert!(!of("update a set x = 'b'").meets(&of("delete from b where y = 1")));
        assert!(of("select 1").meets(&of("update a set x = 1")), "what it writes is not known");
    }

    proptest! {
        #[test]
        fn never_panics_and_keeps_texts_without_parameters(text in "[a-z'\"?()/*\\- \n0-9é]{0,40}") {
            let out = translate(&text, 0);
            if !text.contains('?') && !text.contains("conflict") {
                prop_assert_eq!(out, text.clone());
            }
            shape(&text);
        }
    }
}
