//! A contact as somebody gives it: checked, all faults at once, and brought into one form.

use identity::Channel as Way;
use kernel::Fault;
use kernel::text::{self, Lines};
use tenancy::Country;

use super::model::{Channel, Contact, NewContact};

/// What the market says about people's contacts.
#[derive(Debug, Clone, Copy)]
pub struct Custom<'a> {
    pub country: Option<Country>,
    /// The languages of its messages, the first is the default.
    pub languages: &'a [String],
}

/// `at` is where the contact stands in the body: `/contact`, or nothing.
pub fn check(at: &str, new: &NewContact, custom: Custom<'_>, faults: &mut Vec<Fault>) -> Contact {
    let given =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
    let (name, email, phone) = (given(&new.name), given(&new.email), given(&new.phone));
    faults.extend(name.as_deref().and_then(|it| text::fault(&format!("{at}/name"), it, Lines::One)));
    let email = email.and_then(|text| {
        let found = identity::Contact::parse(&text, None).filter(|it| it.channel == Way::Email);
        if found.is_none() {
            let message = "Is an e-mail address such as name@example.org.";
            faults.push(Fault::new(format!("{at}/email"), "wrong_form", message));
        }
        found.map(|it| it.address)
    });
    let phone = phone.and_then(|text| {
        let found = identity::Contact::parse(&text, custom.country).filter(|it| it.channel == Way::Phone);
        if found.is_none() {
            let message = "Is a telephone number such as +251911234567.";
            faults.push(Fault::new(format!("{at}/phone"), "wrong_form", message));
        }
        found.map(|it| it.address)
    });
    let is_given = (given(&new.email).is_some(), given(&new.phone).is_some());
    let channel = match (new.channel, is_given) {
        (Some(Channel::Email), (false, _)) => {
            faults.push(Fault::new(format!("{at}/email"), "missing", "Must be given to be told by e-mail."));
            Channel::Email
        }
        (Some(Channel::Sms), (_, false)) => {
            faults.push(Fault::new(format!("{at}/phone"), "missing", "Must be given to be told by SMS."));
            Channel::Sms
        }
        (Some(channel), _) => channel,
        (None, (true, _)) => Channel::Email,
        (None, (false, true)) => Channel::Sms,
        (None, (false, false)) => Channel::None,
    };
    let language = match given(&new.language) {
        Some(language) if !custom.languages.contains(&language) => {
            let message = format!("Must be one of {}.", custom.languages.join(", "));
            faults.push(Fault::new(format!("{at}/language"), "unknown_language", message));
            None
        }
        Some(language) => Some(language),
        None => custom.languages.first().cloned(),
    };
    Contact { name, email, phone, channel, language }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn run(new: Value) -> (Contact, Vec<String>) {
        let languages = ["en".to_owned(), "es".to_owned()];
        let custom = Custom { country: Country::named("US"), languages: &languages };
        let mut faults = Vec::new();
        let contact = check("/contact", &serde_json::from_value(new).unwrap(), custom, &mut faults);
        (contact, faults.into_iter().map(|it| format!("{} {}", it.field, it.code)).collect())
    }

    #[test]
    fn a_table_of_contacts() {
        for (new, address, channel, language) in [
            (json!({}), None, Channel::None, "en"),
            (json!({ "email": " A@Example.org " }), Some("a@example.org"), Channel::Email, "en"),
            (
                json!({ "phone": "(617) 555-0123", "language": "es" }),
                Some("+16175550123"),
                Channel::Sms,
                "es",
            ),
            (json!({ "phone": "+251911234567", "email": "a@b.org" }), Some("a@b.org"), Channel::Email, "en"),
            (
                json!({ "phone": "+251911234567", "email": "a@b.org", "channel": "sms" }),
                Some("+251911234567"),
                Channel::Sms,
                "en",
            ),
            (json!({ "email": "a@b.org", "channel": "none" }), None, Channel::None, "en"),
            (json!({ "email": "", "phone": " " }), None, Channel::None, "en"),
        ] {
            let (contact, faults) = run(new.clone());
            assert!(faults.is_empty(), "{new}: {faults:?}");
            assert_eq!(
                (contact.address(), contact.channel, contact.language.as_deref()),
                (address, channel, Some(language)),
                "{new}"
            );
        }
        assert!(!format!("{:?}", run(json!({ "email": "a@b.org" })).0).contains("a@b.org"));
    }

    #[test]
    fn every_fault_is_named() {
        for (new, expected) in [
            (json!({ "email": "+16175550123" }), &["/contact/email wrong_form"][..]),
            (json!({ "phone": "a@b.org" }), &["/contact/phone wrong_form"]),
            (
                json!({ "name": "A\nB", "email": "x", "phone": "12", "language": "fr" }),
                &[
                    "/contact/name bad_character",
                    "/contact/email wrong_form",
                    "/contact/phone wrong_form",
                    "/contact/language unknown_language",
                ],
            ),
            (json!({ "channel": "email" }), &["/contact/email missing"]),
            (json!({ "channel": "sms", "email": "a@b.org" }), &["/contact/phone missing"]),
        ] {
            assert_eq!(run(new.clone()).1, expected, "{new}");
        }
    }
}
