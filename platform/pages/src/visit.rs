//! Somebody looks at a page: in which language, from where, and what every page shows around its own.

use std::sync::Arc;

use askama::Template;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use kernel::Refusal;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use web::{Answer, Bare, Call, Pairs};

use crate::address::{cookie, query, set_cookie};
use crate::face::Face;
use crate::limits;
use crate::words::{Book, Language, Tongue};

pub const HTML: &str = "text/html; charset=utf-8";
pub const LANGUAGE: &str = "iroko_lang";
/// The one that the edge reads, and the one that renews it.
pub const TOKEN: &str = "iroko_token";

/// What a page knows of whoever looks at it.
pub struct Visit {
    face: &'static Face,
    pub lang: Tongue,
    pub base: Arc<str>,
    pub city: Arc<str>,
    pub zone: TimeZone,
    pub now: Timestamp,
    /// Within the market.
    pub path: String,
    /// Parameters that a link to the same page in another language keeps.
    rest: String,
    /// The page was shown for something that was sent, so that a link to it would lose that.
    pub is_sent: bool,
    pub is_known: bool,
    /// Where they work, if they do, and what that is called.
    pub desks: Vec<(String, &'static str)>,
    /// They pay for every byte.
    pub is_spare: bool,
    headers: HeaderMap,
    cookies: Vec<HeaderValue>,
}

/// A link to the same page in another language.
pub struct Other {
    pub code: &'static str,
    pub name: &'static str,
    pub href: String,
    pub is_this: bool,
}

impl Visit {
    pub fn of(
        face: &'static Face,
        call: &Call,
        headers: &HeaderMap,
        pairs: &Pairs,
        path: impl Into<String>,
    ) -> Self {
        let book = &face.book;
        let asked = pairs.get("lang").and_then(|name| book.named(name));
        let default = call.site.languages.iter().find_map(|name| book.named(name));
        let language = asked.or_else(|| chosen(book, headers)).or(default).unwrap_or(book.first());
        let rest = pairs.0.iter().filter(|(name, _)| !matches!(&**name, "lang" | "key" | "again"));
        let mut visit = Self {
            face,
            lang: book.tongue(language),
            base: call.base.clone(),
            city: call.site.market_name.clone(),
            zone: call.site.zone.clone(),
            now: call.now,
            path: path.into(),
            rest: query(rest.map(|(name, value)| (&**name, &**value))),
            is_sent: false,
            is_known: call.caller.person().is_some(),
            desks: (face.desks)(call),
            is_spare: headers.get("save-data").is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"on")),
            headers: headers.clone(),
            cookies: Vec::new(),
        };
        if let Some(language) = asked {
            visit.keep(LANGUAGE, language.code(), limits::LANGUAGE_KEPT_S);
        }
        // An old one would be refused wherever something is sent.
        if !call.caller.is_known() && visit.cookie(TOKEN).is_some() {
            visit.keep(TOKEN, "", 0);
        }
        visit
    }

    /// Shown for something that was sent.
    pub fn sent(face: &'static Face, call: &Call, headers: &HeaderMap, path: impl Into<String>) -> Self {
        Self { is_sent: true, ..Self::of(face, call, headers, &Pairs::default(), path) }
    }

    /// Of nobody in particular, where even the market may be unknown.
    pub fn stranger(
        face: &'static Face,
        headers: &HeaderMap,
        base: &str,
        path: &str,
        site: Option<&web::Site>,
    ) -> Self {
        let book = &face.book;
        let default = site.and_then(|site| site.languages.iter().find_map(|name| book.named(name)));
        Self {
            face,
            lang: book.tongue(chosen(book, headers).or(default).unwrap_or(book.first())),
            base: base.into(),
            city: site.map_or_else(|| "Iroko".into(), |site| site.market_name.clone()),
            zone: site.map_or(TimeZone::UTC, |site| site.zone.clone()),
            now: Timestamp::UNIX_EPOCH,
            path: path.to_owned(),
            rest: String::new(),
            is_sent: true,
            is_known: false,
            desks: Vec::new(),
            is_spare: true,
            headers: headers.clone(),
            cookies: Vec::new(),
        }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        cookie(&self.headers, name)
    }

    /// A cookie for all of this market's pages; gone after no seconds.
    pub fn keep(&mut self, name: &str, value: &str, seconds: i64) {
        self.keep_at(name, value, "/", seconds);
    }

    pub fn keep_at(&mut self, name: &str, value: &str, path: &str, seconds: i64) {
        let path = match (&*self.base, path) {
            ("", path) => path.to_owned(),
            (base, "/") => base.to_owned(),
            (base, path) => format!("{base}{path}"),
        };
        self.cookies.extend(set_cookie(&self.headers, name, value, &path, seconds));
    }

    pub fn page(&self, template: &impl Template) -> Result<Answer<Bare>, Refusal> {
        self.page_as(StatusCode::OK, template)
    }

    pub fn page_as(&self, status: StatusCode, template: &impl Template) -> Result<Answer<Bare>, Refusal> {
        let text = template.render().map_err(|error| {
            tracing::error!(%error, "a page cannot be written");
            Refusal::unavailable("page_broken", "The page could not be written.", 60)
        })?;
        let answer = Answer::bytes(status, HTML, text)
            .header(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.lang.code()));
        Ok(self.with_cookies(answer))
    }

    /// What there is to see is there: an address within the market.
    pub fn go(&self, path: &str) -> Answer<Bare> {
        self.with_cookies(Answer::see_other(self.to(path)))
    }

    fn with_cookies(&self, mut answer: Answer<Bare>) -> Answer<Bare> {
        for cookie in &self.cookies {
            answer = answer.header(header::SET_COOKIE, cookie.clone());
        }
        answer
    }

    pub fn cookies(&self) -> Vec<(HeaderName, HeaderValue)> {
        self.cookies.iter().map(|cookie| (header::SET_COOKIE, cookie.clone())).collect()
    }

    // What the templates call.

    /// A text.
    pub fn t(&self, key: &str) -> String {
        self.lang.say(key, &[])
    }

    /// A text that goes by a number.
    pub fn n(&self, key: &str, count: &i64) -> String {
        self.lang.count(key, *count)
    }

    /// A text with one value.
    pub fn w(&self, key: &str, name: &str, value: impl std::fmt::Display) -> String {
        self.lang.say(key, &[(name, &value.to_string())])
    }

    pub fn to(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn time(&self, at: &Timestamp) -> String {
        self.lang.time(*at, &self.zone)
    }

    pub fn day(&self, at: &Timestamp) -> String {
        self.lang.day(*at, &self.zone)
    }

    pub fn number(&self, number: &i64) -> String {
        self.lang.number(*number)
    }

    pub fn span(&self, minutes: &i64) -> String {
        self.lang.span(*minutes)
    }

    /// Where each way leads, and what it is called.
    pub fn ways(&self) -> Vec<(String, String)> {
        let ways = self.face.ways.iter().map(|(path, key)| (self.to(path), self.t(key)));
        ways.chain(self.desks.iter().map(|(path, key)| (self.to(path), self.t(key)))).collect()
    }

    pub fn styles(&self) -> Vec<String> {
        self.face.styles.iter().map(|path| self.to(path)).collect()
    }

    pub fn scripts(&self) -> Vec<String> {
        self.face.scripts.iter().map(|path| self.to(path)).collect()
    }

    pub fn languages(&self) -> Vec<Other> {
        let other = |language: Language| {
            let more = if self.rest.is_empty() { String::new() } else { format!("&{}", self.rest) };
            Other {
                code: language.code(),
                name: language.name(),
                href: format!("{}{}?lang={}{more}", self.base, self.path, language.code()),
                is_this: language == self.lang.language,
            }
        };
        self.face.book.languages().map(other).collect()
    }
}

fn chosen(book: &Book, headers: &HeaderMap) -> Option<Language> {
    let accepted = || headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
    let kept = cookie(headers, LANGUAGE).and_then(|name| book.named(name));
    kept.or_else(|| accepted().and_then(|header| book.accepted(header)))
}
