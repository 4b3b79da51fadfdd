//! One-time codes by this crate's providers. A code belongs to a tenant's home, which has no messages of
//! its own, and is of no use later: so it goes out at once, from the job that sends it, and leaves no
//! row. That job tries again when nothing was sent; the key of the code stays the same.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use identity::{CodeMessage, CodeSender, NotSent};
use kernel::Id;
use serde_json::{Value, json};
use store::Market;

use crate::channel::Channel;
use crate::limits::SMS_PARTS_MAX;
use crate::notify::Notify;
use crate::provider::{Content, Outcome, Parcel};
use crate::rules::sms;
use crate::template::html;

/// What is to be known of a tenant.
pub struct Home {
    /// Where its people are kept.
    pub market: Market,
    pub brand: String,
    /// The first is the default.
    pub languages: Vec<String>,
}

/// Where that is found.
pub trait Homes: Send + Sync + 'static {
    /// By its slug.
    fn home(&self, tenant: &str) -> Option<Home>;

    /// What a market is called, and where people reach it, if anywhere.
    fn market(&self, market: Id<kernel::Market>) -> Option<(String, Option<String>)>;
}

/// Hand this to `identity::Identity::start`.
pub struct Codes {
    notify: Arc<Notify>,
    homes: Arc<dyn Homes>,
}

impl Codes {
    pub fn new(notify: Arc<Notify>, homes: Arc<dyn Homes>) -> Self {
        Self { notify, homes }
    }

    async fn bring(&self, message: CodeMessage) -> Result<(), NotSent> {
        let unknown = || NotSent("the tenant is unknown".into());
        let home = self.homes.home(&message.tenant).ok_or_else(unknown)?;
        let channel = channel_of(message.to.channel);
        let languages: Vec<&str> =
            message.language.iter().chain(&home.languages).map(String::as_str).collect();
        let (template, arguments) = self.said(&message, &home)?;
        let words = self.notify.templates.words(template, &languages, &arguments);
        let words = words.map_err(|error| NotSent(error.to_string()))?;
        let content = match channel {
            Channel::Sms => Content::Sms { text: sms::fit(&words.sms, SMS_PARTS_MAX) },
            _ => {
                let html = html(&words.language, &words.subject, &words.text);
                Content::Email { subject: words.subject, text: words.text, html, leave: None }
            }
        };
        let now = self.notify.world.clock.now();
        let parcel = Parcel {
            key: format!("{}-code-{}", home.market.place().id, message.key),
            id: message.key,
            to: message.to.address,
            language: words.language,
            at: now,
            now,
            content,
        };
        let mut why = "no provider is configured, or all of them are left alone".to_owned();
        let lines = self.notify.channels.of(channel, None);
        for line in lines.into_iter().filter(|line| line.provider.reaches()) {
            let Some(ticket) = line.allow(now) else { continue };
            match line.send(&home.market, &parcel, ticket).await {
                Outcome::Sent { .. } => return Ok(()),
                // Nobody is there, and whether somebody is, is told to nobody.
                Outcome::Recipient { .. } => return Ok(()),
                outcome => {
                    why = outcome.error().unwrap_or_default().to_owned();
                    if !outcome.passes_on() {
                        break;
                    }
                }
            }
        }
        Err(NotSent(why))
    }

    /// Which text, and what it speaks of.
    fn said(&self, message: &CodeMessage, home: &Home) -> Result<(&'static str, Value), NotSent> {
        let Some(market) = message.invited else {
            return Ok(("notify.code", json!({"code": message.digits, "brand": home.brand})));
        };
        let gone = || NotSent("the market is unknown".into());
        let (brand, base) = self.homes.market(market).ok_or_else(gone)?;
        let (linked, link) = match base {
            Some(base) => ("yes", format!("{base}/sign-in?code={}&digits={}", message.code, message.digits)),
            None => ("no", String::new()),
        };
        Ok(("notify.invitation", json!({"brand": brand, "linked": linked, "link": link})))
    }
}

fn channel_of(channel: identity::Channel) -> Channel {
    match channel {
        identity::Channel::Phone => Channel::Sms,
        identity::Channel::Email => Channel::Email,
    }
}

impl CodeSender for Codes {
    fn reaches(&self, channel: identity::Channel) -> bool {
        self.notify.reaches(channel_of(channel))
    }

    fn send(&self, message: CodeMessage) -> BoxFuture<'_, Result<(), NotSent>> {
        Box::pin(self.bring(message))
    }
}
