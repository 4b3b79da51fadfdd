//! Somebody looks at a page of a city, and what its templates say of requests.

use std::ops::{Deref, DerefMut};

use http::HeaderMap;
use web::{Call, Pairs, Role, Scope};

use super::face::FACE;
use super::limits;

pub struct Visit(::pages::Visit);

impl Deref for Visit {
    type Target = ::pages::Visit;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Visit {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Visit {
    pub fn of(call: &Call, headers: &HeaderMap, pairs: &Pairs, path: impl Into<String>) -> Self {
        Self(::pages::Visit::of(&FACE, call, headers, pairs, path))
    }

    /// Shown for something that was sent.
    pub fn sent(call: &Call, headers: &HeaderMap, path: impl Into<String>) -> Self {
        Self(::pages::Visit::sent(&FACE, call, headers, path))
    }

    pub fn status(&self, status: &str) -> String {
        self.t(&format!("status-{}", status.replace('_', "-")))
    }

    /// What happened, of a history.
    pub fn happened(&self, what: &str) -> String {
        // `request.answered`, `reopened`.
        let word = what.rsplit('.').next().unwrap_or(what);
        let key = format!("happened-{}", word.replace('_', "-"));
        if self.lang.has(&key) { self.t(&key) } else { self.t("happened-other") }
    }
}

/// The market's desk, or that of the first agency they work for.
pub fn desk(call: &Call) -> Option<String> {
    if call.caller.is(Role::Staff, call.site.market_id) {
        return Some("/desk".into());
    }
    call.caller.grants.iter().find_map(|grant| match grant.scope {
        Scope::Provider(provider) => Some(format!("/providers/{provider}/desk")),
        _ => None,
    })
}

/// No more of a text than a list shows.
pub fn summary(text: &str) -> String {
    match text.char_indices().nth(limits::SUMMARY_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}
