//! What forms have in common: their key, a contact, and faults in words.

pub use ::pages::forms::{fresh, parts, typed};
use kernel::Refusal;
use serde_json::{Map, Value};
use web::Fields;

use super::visit::Visit;

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
    ::pages::forms::faults(visit, refused, field)
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
