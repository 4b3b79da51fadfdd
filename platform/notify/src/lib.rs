//! Messages to people and programs, for every app: templates in their language, several providers for
//! each channel, retries, and a log of what became of each.
//!
//! ```text
//! message/      a message from its cause to its end: queue, worker, log; what a crash leaves
//! rules/        pure: quiet hours, pace, pauses between tries, the length of a text message
//! template/     what messages say, in every language
//! provider/     who carries them: HTTP, SMTP, webhooks, the outbox; a breaker for each
//! suppression/  addresses that take no messages
//! preference/   what people want to get, and the link that ends it
//! device/       where push messages go
//! ways.rs       by which of these people can be reached
//! webhook/      where events go, signed
//! outbox/       what would have been sent
//! codes.rs      one-time codes by the same providers
//! keys.rs       what is derived from the deployment's secret
//! notify.rs     what all of them share
//! ```
//!
//! An app adds [`queue`] to its own decision, so that a message is there if its cause is, once:
//!
//! ```
//! # fn decide(ctx: &kernel::Ctx<'_>, email: &str) -> kernel::Decision {
//! let message = notify::NewMessage::new(
//!     notify::Channel::Email, email, "civic.report_received", "civic.updates", "reported:req_0000000000001",
//! );
//! let decision = kernel::Decision::nothing();
//! decision.and(notify::queue(message.arguments(serde_json::json!({"number": "req_0000000000001"})), ctx))
//! # }
//! ```

mod channel;
mod codes;
mod device;
mod keys;
pub mod limits;
mod message;
mod notify;
mod outbox;
mod preference;
mod provider;
mod rules;
mod suppression;
mod template;
mod ways;
mod webhook;

use std::sync::Arc;

use bus::{BadSchedule, Registry, Schedule};
use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};
use web::Endpoint;

pub use channel::Channel;
pub use codes::{Codes, Home, Homes};
pub use device::repo::tokens as device_tokens;
pub use keys::{Keys, Leave, secret_text, sign};
pub use message::chores::{ERASE, Erase, SWEEP, Sweep, TIDY, Tidy, erase_later};
pub use message::decide::{FAILED, Failed, SEND, forget, queue};
pub use message::model::{MessageId, NewMessage, State};
pub use message::send::SendMessage;
pub use notify::{About, Late, Notify, Parts, Places};
pub use outbox::{model::Written, repo::page as outbox};
pub use provider::http::{Form, HttpProvider};
pub use provider::smtp::{BadSmtp, Security, SmtpSettings, smtp};
pub use provider::{Channels, Content, Outcome, Parcel, Provider};
pub use rules::quiet::Quiet;
pub use rules::sms;
pub use suppression::model::{Bounce, BounceKind};
pub use template::{BadTemplate, LANGUAGES, Templates, Wordless, Words};
pub use ways::{Ways, ways};
pub use webhook::decide::{SWITCHED_OFF, SwitchedOff, publish};
pub use webhook::model::{Standing, Webhook, WebhookId};
pub use webhook::repo::all as webhooks;

/// Every statement of this crate.
pub const STATEMENTS: &[&[Sql]] = &[
    message::repo::STATEMENTS,
    suppression::repo::STATEMENTS,
    preference::repo::STATEMENTS,
    device::repo::STATEMENTS,
    webhook::repo::STATEMENTS,
    outbox::repo::STATEMENTS,
];

/// The tables of a market.
pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001"), store::step!("0002")];
    Part { name: "notify", kind: Some(Kind::Market), steps: STEPS }
}

pub fn endpoints(notify: &Arc<Notify>) -> Vec<Endpoint> {
    [
        message::http::endpoints(notify),
        suppression::http::endpoints(notify),
        preference::http::endpoints(notify),
        device::http::endpoints(notify),
        webhook::http::endpoints(notify),
        outbox::http::endpoints(notify),
    ]
    .concat()
}

/// The jobs that deliver, and the chores.
pub fn follow(registry: Registry, notify: &Arc<Notify>) -> Result<Registry, BadSchedule> {
    Ok(registry
        .handler(SendMessage(notify.clone()))
        .handler(Sweep(notify.clone()))
        .handler(Tidy(notify.clone()))
        .handler(Erase(notify.clone()))
        .schedule(Kind::Market, Schedule::new(TIDY, "23 4 * * *", TIDY)?))
}
