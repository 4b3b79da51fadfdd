//! Links in messages. What is kept of a message names who it is for; the secret that makes a link of it
//! is reckoned when the message goes out, so that no copy of the rows opens anything.

use serde_json::{Map, Value};
use store::Market;

use super::keys::{About, Keys, Who};
use crate::request::model::RequestId;
use crate::request::number;

/// The arguments that say whom and what a message is about; they are taken out before it is written.
pub const REQUEST: &str = "request";
pub const WHO: &str = "who";

pub struct Links(Keys);

impl Links {
    /// `secret` is the deployment's.
    pub fn new(secret: &[u8]) -> Self {
        Self(Keys::new(secret))
    }

    /// The page of a request, the one that ends messages about it, and the one that asks for them.
    fn of(&self, about: About, who: Who, to: &str, base: &str) -> [String; 3] {
        let (number, secret) = (number::of(about.request), self.0.secret(about, who));
        [
            format!("{base}/track/{number}?key={secret}"),
            format!("{base}/unsubscribe/{number}.{secret}"),
            format!("{base}/confirm/{number}.{}", self.0.confirming(about, who, to)),
        ]
    }
}

impl notify::Late for Links {
    fn add(&self, market: &Market, to: &str, base: Option<&str>, arguments: &mut Map<String, Value>) {
        let mut taken = |name: &str| match arguments.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (request, who) = (taken(REQUEST), taken(WHO));
        let request: Option<RequestId> = request.and_then(|id| id.parse().ok());
        let who = who.and_then(|text| Keys::read_trace(&text));
        let links = match (base, request, who) {
            (Some(base), Some(request), Some(who)) => {
                Some(self.of(About { market: market.place().id, request }, who, to, base))
            }
            // Staff: they sign in there.
            (Some(base), Some(request), None) => {
                Some([format!("{base}/desk/requests/{request}"), String::new(), String::new()])
            }
            _ => None,
        };
        let linked = if links.is_some() { "yes" } else { "no" };
        arguments.insert("linked".into(), linked.into());
        for (name, link) in ["link", "leave", "confirm"].into_iter().zip(links.unwrap_or_default()) {
            arguments.insert(name.into(), link.into());
        }
    }
}
