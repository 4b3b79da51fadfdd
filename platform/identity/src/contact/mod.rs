//! How a person is reached and recognised: a telephone number or an e-mail address, in one form each.

mod email;
mod phone;

use kernel::Fault;
use tenancy::Country;

/// In the form in which it is kept; two spellings of one address are one contact.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Contact {
    pub address: String,
    pub channel: Channel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    Phone,
    Email,
}

/// A contact must not reach a log by way of its debug form.
impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contact({:?}, …)", self.channel)
    }
}

impl Contact {
    /// `country` is what a telephone number without a calling code means.
    pub fn parse(text: &str, country: Option<Country>) -> Option<Contact> {
        let text = text.trim();
        if text.contains('@') {
            email::normal(text).map(|address| Contact { address, channel: Channel::Email })
        } else {
            phone::normal(text, country).map(|address| Contact { address, channel: Channel::Phone })
        }
    }

    /// Of an address that is kept already.
    pub(crate) fn kept(address: String) -> Contact {
        let channel = if address.contains('@') { Channel::Email } else { Channel::Phone };
        Contact { address, channel }
    }
}

pub(crate) fn fault(field: &str) -> Fault {
    Fault::new(field, "wrong_form", "Is a telephone number such as +251911234567 or an e-mail address.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_form_for_each_address() {
        for (text, country, expect) in [
            ("+251 911 234 567", "", "+251911234567"),
            ("00251911234567", "", "+251911234567"),
            ("0911-23-45-67", "ET", "+251911234567"),
            ("911234567", "ET", "+251911234567"),
            ("(082) 123 4567", "ZA", "+27821234567"),
            ("0788 123 456", "RW", "+250788123456"),
            ("(617) 555-0123", "US", "+16175550123"),
            ("1 617 555 0123", "US", "+16175550123"),
            ("0801 234 5678", "NG", "+2348012345678"),
            ("0102030405", "CI", "+2250102030405"),
            ("0911234567", "", ""),
            ("+0911234567", "", ""),
            ("+123", "", ""),
            ("+1234567890123456", "", ""),
            ("+25191123456x", "ET", ""),
            ("", "ET", ""),
            ("0", "ET", ""),
            ("Abebe@Example.ET", "", "abebe@example.et"),
            ("first.last+tag@mail.example.org", "", "first.last+tag@mail.example.org"),
            ("a@b", "", ""),
            ("@example.org", "", ""),
            ("a b@example.org", "", ""),
            ("a@b@example.org", "", ""),
            (".a@example.org", "", ""),
            ("a..b@example.org", "", ""),
            ("a@-example.org", "", ""),
            ("a@example.org\r\nBcc: x@y.z", "", ""),
        ] {
            let found = Contact::parse(text, Country::named(country)).map(|it| it.address);
            assert_eq!(found.as_deref().unwrap_or(""), expect, "{text} in {country}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_keeps_its_own_form(
            text in "\\PC{0,40}|[+0-9() -]{0,20}|[a-zA-Z.+]{1,10}@[a-z.-]{1,15}",
            country in prop::sample::select(vec!["ET", "ZA", "US", "CI", ""]),
        ) {
            if let Some(contact) = Contact::parse(&text, Country::named(country)) {
                prop_assert_eq!(Contact::parse(&contact.address, None), Some(contact.clone()));
                prop_assert_eq!(Contact::kept(contact.address.clone()), contact);
            }
        }
    }
}
