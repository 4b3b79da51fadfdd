//! What the pages say, in every language they are in. The texts are Fluent files: those of all pages, and
//! an app's own.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use unic_langid::LanguageIdentifier;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Spanish,
    French,
}

pub const COMMON: [(Language, &str); 3] = [
    (Language::English, include_str!("../words/en.ftl")),
    (Language::Spanish, include_str!("../words/es.ftl")),
    (Language::French, include_str!("../words/fr.ftl")),
];

/// All that an app's pages say, in each language that it has.
pub struct Book(Vec<(Language, FluentBundle<FluentResource>)>);

impl Book {
    /// What an app says takes the place of what all say.
    pub fn new(texts: &[(Language, &str)]) -> Self {
        let bundle = |(language, text): &(Language, &str)| {
            let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![id]);
            // The marks of direction around each value would stand in attributes too.
            bundle.set_use_isolating(false);
            let common = COMMON.iter().filter(|(its, _)| its == language).map(|(_, text)| *text);
            for text in common.chain([*text]) {
                let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(half, _)| half);
                bundle.add_resource_overriding(resource);
            }
            (*language, bundle)
        };
        Self(texts.iter().map(bundle).collect())
    }

    pub fn languages(&self) -> impl Iterator<Item = Language> {
        self.0.iter().map(|(language, _)| *language)
    }

    fn has(&self, language: Language) -> bool {
        self.languages().any(|its| its == language)
    }

    fn bundle(&self, language: Language) -> Option<&FluentBundle<FluentResource>> {
        self.0.iter().find(|(its, _)| *its == language).map(|(_, bundle)| bundle)
    }

    /// `es`, `es-MX`, `ES_mx`, if it is spoken here.
    pub fn named(&self, text: &str) -> Option<Language> {
        Language::named(text).filter(|language| self.has(*language))
    }

    /// The first we have of what a browser asks for, the most wanted first.
    pub fn accepted(&self, header: &str) -> Option<Language> {
        let mut found: Option<(u16, Language)> = None;
        for part in header.split(',').take(20) {
            let (name, weight) = part.split_once(';').unwrap_or((part, ""));
            let weight = weight.trim().strip_prefix("q=").map_or(1_000, permille);
            if let Some(language) = self.named(name)
                && weight > found.map_or(0, |(before, _)| before)
            {
                found = Some((weight, language));
            }
        }
        found.map(|(_, language)| language)
    }

    pub fn first(&self) -> Language {
        self.languages().next().unwrap_or(Language::English)
    }

    pub fn tongue(&'static self, language: Language) -> Tongue {
        Tongue { language, book: self }
    }
}

/// An app's words in one language.
#[derive(Clone, Copy)]
pub struct Tongue {
    pub language: Language,
    book: &'static Book,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::English, Self::Spanish, Self::French];

    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Spanish => "es",
            Language::French => "fr",
        }
    }

    /// What its readers call it.
    pub fn name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::Spanish => "Español",
            Language::French => "Français",
        }
    }

    /// `es`, `es-MX`, `ES_mx`.
    pub fn named(text: &str) -> Option<Self> {
        let main = text.split(['-', '_']).next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(main))
    }
}

impl Tongue {
    pub fn code(self) -> &'static str {
        self.language.code()
    }

    pub fn say(self, key: &str, values: &[(&str, &str)]) -> String {
        let mut arguments = FluentArgs::new();
        values.iter().for_each(|(name, value)| arguments.set(*name, *value));
        self.fill(key, &arguments)
    }

    /// A sentence that goes by how many there are: `$count` chooses, `$shown` is what is read.
    pub fn count(self, key: &str, count: i64) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("count", count);
        arguments.set("shown", self.number(count));
        self.fill(key, &arguments)
    }

    pub fn has(self, key: &str) -> bool {
        self.book.bundle(self.language).is_some_and(|bundle| bundle.has_message(key))
    }

    fn fill(self, key: &str, arguments: &FluentArgs<'_>) -> String {
        let text = self.book.bundle(self.language).and_then(|bundle| {
            let pattern = bundle.get_message(key)?.value()?;
            Some(bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned())
        });
        text.unwrap_or_else(|| key.to_owned())
    }

    /// With the marks between thousands that its readers know.
    pub fn number(self, number: i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let mark = match self.language {
            Language::English => ',',
            Language::Spanish if digits.len() < 5 => return number.to_string(),
            Language::Spanish => '.',
            Language::French => '\u{202f}',
        };
        let mut text = if number < 0 { "-".to_owned() } else { String::new() };
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(mark);
            }
            text.push(digit);
        }
        text
    }

    /// A day and a time of the market, in words.
    pub fn time(self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        let time = format!("{:02}:{:02}", local.hour(), local.minute());
        self.say("date-time", &[("date", &self.day(at, zone)), ("time", &time)])
    }

    pub fn day(self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        let month = self.say(&format!("month-{}", local.month()), &[]);
        let (day, year) = (local.day().to_string(), local.year().to_string());
        self.say("date-day", &[("day", &day), ("month", &month), ("year", &year)])
    }

    /// So many minutes, in the largest unit that makes sense.
    pub fn span(self, minutes: i64) -> String {
        match minutes {
            ..120 => self.count("span-minutes", minutes),
            120..2_880 => self.count("span-hours", minutes / 60),
            _ => self.count("span-days", minutes / 1_440),
        }
    }
}

fn permille(text: &str) -> u16 {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let permille = whole.parse::<u16>().ok().zip(part.parse::<u16>().ok());
    permille.map_or(0, |(whole, part)| whole.min(1) * 1_000 + part).min(1_000)
}

#[cfg(test)]
mod tests;
