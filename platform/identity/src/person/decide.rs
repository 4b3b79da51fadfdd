use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, Id, NewEvent, Refusal, values};
use serde_json::json;

use super::model::PersonRow;
use super::repo;

pub const NAME_LENGTH_MAX: usize = 120;

/// Who somebody says they are. Registering gives no role.
pub struct NewPerson {
    pub address: String,
    pub name: String,
    pub language: String,
    pub password: Option<Vec<u8>>,
}

/// Events carry the id alone: what a person is called and how they are reached stays in its row.
pub fn join(new: NewPerson, ctx: &Ctx<'_>) -> (Decision, Id<kernel::Person>) {
    let id: Id<kernel::Person> = ctx.fresh();
    let decision = Decision::nothing()
        .change(repo::ADD.with(values![id, new.name, new.language, new.password, ctx.now]))
        .change(repo::ADD_CONTACT.with(values![new.address, id, ctx.now]))
        .event(NewEvent::new("person.joined", id, &json!({})));
    (decision, id)
}

pub fn edit(
    person: &PersonRow,
    name: Option<&str>,
    language: Option<&str>,
    languages: &[String],
) -> Result<(Decision, PersonRow), Refusal> {
    let faults: Vec<Fault> = [
        name.and_then(|name| name_fault("/name", name)),
        language.and_then(|language| language_fault("/language", language, languages)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let edited = PersonRow {
        name: name.unwrap_or(&person.name).to_owned(),
        language: language.unwrap_or(&person.language).to_owned(),
        ..person.clone()
    };
    if edited == *person {
        return Ok((Decision::nothing(), edited));
    }
    let decision = Decision::nothing()
        .change(repo::SET.with(values![person.id, &edited.name, &edited.language, person.version]))
        .event(NewEvent::new("person.edited", person.id, &json!({})));
    Ok((decision, edited))
}

/// `verified` is the password that was kept when the present one was asked for: hashing takes a
/// while, and whoever has set another one meanwhile is not overruled.
pub fn set_password(person: &PersonRow, verified: Option<&[u8]>, kept: Vec<u8>) -> Result<Decision, Refusal> {
    if person.password.as_deref() != verified {
        let message = "The password was changed at the same time. Sign in with the new one.";
        return Err(Refusal::conflict("password_changed", message));
    }
    Ok(Decision::nothing()
        .change(repo::SET_PASSWORD.with(values![person.id, kept, person.version]))
        .event(NewEvent::new("person.password_set", person.id, &json!({}))))
}

pub fn name_fault(field: &str, name: &str) -> Option<Fault> {
    let bad = text::is_blank(name) || name.chars().count() > NAME_LENGTH_MAX || name.trim() != name;
    let message = || format!("Has 1 to {NAME_LENGTH_MAX} characters, no blanks around them.");
    text::fault(field, name, Lines::One).or_else(|| bad.then(|| Fault::new(field, "wrong_form", message())))
}

pub fn language_fault(field: &str, language: &str, languages: &[String]) -> Option<Fault> {
    let known = languages.iter().any(|its| its == language);
    (!known).then(|| Fault::new(field, "unknown_choice", format!("Must be one of {}.", languages.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_seen_and_is_what_it_shows() {
        for (name, expect) in [
            ("Abebe Bekele", None),
            ("Ńgọ́zi", None),
            ("", Some("wrong_form")),
            (" A", Some("wrong_form")),
            ("\u{200b}", Some("wrong_form")),
            ("\u{3164}\u{3164}", Some("wrong_form")),
            (&"a".repeat(121), Some("wrong_form")),
            ("A\u{7}", Some("bad_character")),
            ("A\nB", Some("bad_character")),
            ("A\u{202e}B", Some("bad_character")),
        ] {
            assert_eq!(name_fault("/name", name).map(|fault| fault.code), expect, "{name:?}");
        }
    }

    #[test]
    fn a_password_replaces_only_the_one_that_was_verified() {
        // what is kept now, what was verified, whether it is set
        for (now, verified, is_set) in [
            (None, None, true),
            (Some("old"), Some("old"), true),
            (Some("other"), Some("old"), false),
            (Some("other"), None, false),
            (None, Some("old"), false),
        ] {
            let person = PersonRow {
                id: Id::from_raw(5),
                name: "Abebe".into(),
                language: "am".into(),
                password: now.map(|it| it.as_bytes().to_vec()),
                version: 3,
            };
            let decided = set_password(&person, verified.map(str::as_bytes), b"new".to_vec());
            assert_eq!(decided.is_ok(), is_set, "{now:?} {verified:?}");
            assert!(decided.map_or_else(|it| it.code() == "password_changed", |it| it.changes.len() == 1));
        }
    }
}
