//! What messages say, in every language: Fluent files that apps bring along.
//!
//! A message of such a file is a template: its own text is what is said, and `.subject` (e-mail),
//! `.title` (push) and `.sms` (shorter) say it for one channel. `{ $brand }` is always there.

mod check;
mod page;

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use serde_json::Value;
use unic_langid::LanguageIdentifier;

pub use page::html;

use crate::limits::{ARGUMENT_LENGTH_MAX, SUBJECT_LENGTH_MAX};

/// Every language this crate's own texts are in.
pub const LANGUAGES: [&str; 3] = ["en", "es", "fr"];
const OWN: [(&str, &str); 3] = [
    ("en", include_str!("../../templates/en.ftl")),
    ("es", include_str!("../../templates/es.ftl")),
    ("fr", include_str!("../../templates/fr.ftl")),
];

type Bundle = FluentBundle<FluentResource>;

/// All templates of the program, by language and app.
pub struct Templates(BTreeMap<String, BTreeMap<String, Texts>>);

/// One app's in one language.
struct Texts {
    bundle: Bundle,
    /// What each part of them speaks of.
    parts: check::Parts,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the texts of {app} in {language} cannot be read: {detail}")]
pub struct BadTemplate {
    app: String,
    language: String,
    detail: String,
}

/// A message cannot be put into words: a template that is missing, or speaks of what is not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wordless {
    #[error("there is no template {0}")]
    Unknown(String),
    #[error("template {template} in {language} cannot be filled: {detail}")]
    Unfilled { template: String, language: String, detail: String },
}

/// One message in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub language: String,
    pub subject: String,
    pub text: String,
    pub sms: String,
    pub title: String,
}

impl Templates {
    /// With this crate's own.
    pub fn new() -> Result<Self, BadTemplate> {
        OWN.iter().try_fold(Self(BTreeMap::new()), |all, (language, text)| all.add("notify", language, text))
    }

    /// An app's texts in one language.
    pub fn add(mut self, app: &str, language: &str, ftl: &str) -> Result<Self, BadTemplate> {
        let bad = |detail: String| BadTemplate { app: app.to_owned(), language: language.to_owned(), detail };
        let id: LanguageIdentifier =
            language.parse().map_err(|_| bad("it is not a language such as en or pt-BR".into()))?;
        let resource = FluentResource::try_new(ftl.to_owned())
            .map_err(|(_, errors)| bad(errors.first().map(ToString::to_string).unwrap_or_default()))?;
        let apps = self.0.entry(language.to_lowercase()).or_default();
        let texts = apps.entry(app.to_owned()).or_insert_with(|| {
            let mut bundle = Bundle::new_concurrent(vec![id]);
            // Marks of direction around each value would make a text message of ASCII one of UCS-2.
            bundle.set_use_isolating(false);
            Texts { bundle, parts: check::Parts::new() }
        });
        texts.parts.extend(check::parts_in(&resource));
        let added = texts.bundle.add_resource(resource);
        added.map_err(|errors| bad(errors.first().map(ToString::to_string).unwrap_or_default()))?;
        Ok(self)
    }

    pub fn languages(&self) -> BTreeSet<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// What is missing or different in some language; nothing if all is well.
    pub fn faults(&self) -> Vec<String> {
        check::faults(&self.0)
    }

    /// In the first of these languages that the template is in, then in any.
    pub fn words(&self, template: &str, languages: &[&str], arguments: &Value) -> Result<Words, Wordless> {
        let unknown = || Wordless::Unknown(template.to_owned());
        let (app, name) = template.split_once('.').ok_or_else(unknown)?;
        let has = |language: &str| {
            let (language, apps) = self.0.get_key_value(language)?;
            let texts = apps.get(app).filter(|texts| texts.bundle.has_message(name))?;
            Some((language.as_str(), &texts.bundle))
        };
        let wanted = languages.iter().flat_map(|language| {
            let language = language.to_lowercase();
            let general = language.split('-').next().unwrap_or_default().to_owned();
            [language, general]
        });
        let any = self.0.keys().cloned();
        let mut candidates = wanted.chain(["en".to_owned()]).chain(any);
        let (language, bundle) = candidates.find_map(|language| has(&language)).ok_or_else(unknown)?;
        fill(bundle, name, arguments)
            .map_err(|detail| Wordless::Unfilled {
                template: template.to_owned(),
                language: language.to_owned(),
                detail,
            })
            .map(|words| Words { language: language.to_owned(), ..words })
    }
}

fn fill(bundle: &Bundle, name: &str, arguments: &Value) -> Result<Words, String> {
    let message = bundle.get_message(name).ok_or("it is missing")?;
    let arguments = fluent_arguments(arguments);
    let mut errors: Vec<FluentError> = Vec::new();
    let mut say = |attribute: Option<&str>| {
        let pattern = match attribute {
            None => message.value(),
            Some(name) => message.get_attribute(name).map(|attribute| attribute.value()),
        };
        let pattern = pattern?;
        Some(bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned())
    };
    let text = say(None).ok_or("it says nothing")?;
    let (subject, sms, title) = (say(Some("subject")), say(Some("sms")), say(Some("title")));
    if let Some(error) = errors.first() {
        return Err(error.to_string());
    }
    let subject = one_line(&subject.or_else(|| title.clone()).unwrap_or_else(|| first_line(&text)));
    Ok(Words {
        language: String::new(),
        sms: sms.unwrap_or_else(|| text.clone()),
        title: title.map_or_else(|| subject.clone(), |title| one_line(&title)),
        subject,
        text,
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A subject is a line: nothing in it begins another header.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|letter: char| letter.is_control() || letter.is_whitespace()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(SUBJECT_LENGTH_MAX).collect()
}

fn fluent_arguments(arguments: &Value) -> FluentArgs<'_> {
    let mut out = FluentArgs::new();
    for (name, value) in arguments.as_object().into_iter().flatten() {
        match value {
            Value::String(text) => out.set(name.as_str(), FluentValue::from(clean(text))),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => out.set(name.as_str(), FluentValue::from(whole)),
                None => out.set(name.as_str(), FluentValue::from(number.to_string())),
            },
            Value::Bool(is) => out.set(name.as_str(), FluentValue::from(is.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => {}
        }
    }
    out
}

/// Without what would steer a terminal or turn the direction of reading; of a bearable length.
fn clean(text: &str) -> String {
    let is_good = |letter: &char| {
        matches!(letter, '\n' | '\t')
            || !(letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    text.chars().filter(is_good).take(ARGUMENT_LENGTH_MAX).collect()
}

#[cfg(test)]
mod tests;
