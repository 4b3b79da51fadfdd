//! What forms have in common: their key, a contact, and faults in words.

use kernel::Refusal;
use serde_json::{Map, Value};
use web::{Call, Fields};

use super::limits::FIELD_BYTES_MAX;
use super::refusal;
use super::visit::Visit;

/// A key for a form: sent twice, it is done once.
pub fn fresh(call: &Call) -> String {
    let mut bytes = [0; 16];
    call.world.random.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All that was typed, which makes two sendings the same.
pub fn parts(fields: &Fields) -> Vec<Vec<u8>> {
    let typed = fields.0.iter().filter(|field| field.file.is_none());
    typed.map(|field| [field.name.as_bytes(), b"=", &field.bytes].concat()).collect()
}

/// What was typed into a field, no longer than any field may be.
pub fn typed<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let text = fields.text(name).unwrap_or_default();
    let mut end = text.len().min(FIELD_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// How somebody wants to be told, of what was filled in.
pub fn contact(fields: &Fields) -> Value {
    let mut contact = Map::new();
    for name in ["name", "email", "phone", "channel", "language"] {
        let text = typed(fields, name).trim();
        if !text.is_empty() {
            contact.insert(name.to_owned(), text.into());
        }
    }
    contact.into()
}

/// The fields that are wrong, by the ids they have on the page, with what is wrong in words.
pub fn faults(visit: &Visit, refused: &Refusal) -> Vec<(String, String)> {
    let mut faults: Vec<(String, String)> = Vec::new();
    for fault in refused.faults() {
        let field = field(&fault.field);
        if !faults.iter().any(|(its, _)| *its == field) {
            faults.push((field, refusal::fault(visit.lang, fault.code)));
        }
    }
    if faults.is_empty() {
        let text = refusal::text(visit.lang, refused, http::StatusCode::BAD_REQUEST);
        faults.push((String::new(), text));
    }
    faults
}

/// `/contact/email` is the field `email`, `/answers/how-deep/1` is `a.how-deep`, `/photos/2` is `photos`.
pub fn field(pointer: &str) -> String {
    let mut parts = pointer.trim_start_matches(['/', '?']).split('/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    match (first, second) {
        ("contact", Some(second)) => second.to_owned(),
        ("answers", Some(second)) => format!("a.{}", second.replace("~1", "/").replace("~0", "~")),
        (first, _) => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_shown_at_the_field_it_is_about() {
        for (pointer, expected) in [
            ("/description", "description"),
            ("/contact/email", "email"),
            ("/contact", "contact"),
            ("/answers/how~1deep", "a.how/deep"),
            ("/answers/many/1", "a.many"),
            ("/photos/2", "photos"),
            ("/place/lat", "place"),
            ("?status", "status"),
            ("", ""),
        ] {
            assert_eq!(field(pointer), expected);
        }
    }
}
