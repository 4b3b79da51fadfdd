//! What a gateway can be asked, whatever it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use kernel::jiff::Timestamp;
use kernel::{Currency, Money};

use super::account::Account;
use super::report::{Report, Trouble};
use crate::payment::model::{Flow, Method};

/// Names and values of what a gateway must not be called without.
pub type Secrets = BTreeMap<String, String>;

/// An account at a gateway, opened for one call.
pub struct Desk<'a> {
    pub account: &'a Account,
    pub secrets: &'a Secrets,
    /// Where the gateway reports back to, if this server can be reached.
    pub callback: Option<&'a str>,
    pub now: Timestamp,
    /// Fresh for each call.
    pub dice: [u8; 16],
}

impl Desk<'_> {
    /// One that is missing is empty, which every gateway refuses.
    pub fn secret(&self, name: &str) -> &str {
        self.secrets.get(name).map_or("", String::as_str)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.account.url)
    }
}

/// One attempt, in what a gateway needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub flow: Flow,
    /// Our name for the attempt, and the key against repetition.
    pub reference: String,
    /// The gateway's name for it, once it has one.
    pub external: Option<String>,
    pub amount: Money,
    /// The attempt whose money this is about: itself for a payment.
    pub of: Original,
    pub token: Option<String>,
    pub contact: Option<String>,
    pub note: String,
    /// Where the payer comes back to.
    pub back: Option<String>,
    pub expires: Timestamp,
    pub refund_reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    pub reference: String,
    pub external: Option<String>,
    pub amount: Money,
}

/// A callback that is signed as it must be; still nothing but a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Our reference, if it names one.
    pub reference: Option<String>,
    /// The gateway's.
    pub external: Option<String>,
}

/// A callback as it came.
#[derive(Debug, Clone)]
pub struct Callback {
    pub headers: HeaderMap,
    pub query: Vec<(String, String)>,
    pub body: Bytes,
}

impl Callback {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn parameter(&self, name: &str) -> &str {
        self.query.iter().find(|(its, _)| its == name).map_or("", |(_, value)| value)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    #[error("the signature is wrong or missing")]
    Signature,
    #[error("it is signed, and cannot be read")]
    Unreadable,
}

pub type Said<'a> = BoxFuture<'a, Result<Report, Trouble>>;

pub trait Gateway: Send + Sync + 'static {
    /// The kind of gateway: what an account names as its adapter.
    fn name(&self) -> &'static str;

    fn methods(&self) -> &'static [Method];

    /// None is any.
    fn currencies(&self) -> &'static [Currency];

    /// The names of what an account must have.
    fn secrets(&self) -> &'static [&'static str];

    /// Asks for money, under the order's reference.
    fn start<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a>;

    /// How it stands, whatever flow the order is of.
    fn query<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a>;

    fn capture<'a>(&'a self, _: &'a Desk<'a>, _: &'a Order) -> Said<'a> {
        not_offered()
    }

    fn void<'a>(&'a self, _: &'a Desk<'a>, _: &'a Order) -> Said<'a> {
        not_offered()
    }

    fn refund<'a>(&'a self, _: &'a Desk<'a>, _: &'a Order) -> Said<'a> {
        not_offered()
    }

    fn verify_callback(&self, desk: &Desk<'_>, callback: &Callback) -> Result<Hint, Forged>;
}

/// What a gateway has no call for is refused here, with a code that says so.
fn not_offered<'a>() -> Said<'a> {
    Box::pin(std::future::ready(Ok(Report::declined("not_offered"))))
}

/// Sends an order by the call of its flow.
pub async fn send(gateway: &dyn Gateway, desk: &Desk<'_>, order: &Order) -> Result<Report, Trouble> {
    match order.flow {
        Flow::Pay => gateway.start(desk, order).await,
        Flow::Capture => gateway.capture(desk, order).await,
        Flow::Void => gateway.void(desk, order).await,
        Flow::Refund => gateway.refund(desk, order).await,
    }
}

/// All kinds of gateway that this program speaks to.
#[derive(Clone, Default)]
pub struct Adapters(BTreeMap<&'static str, Arc<dyn Gateway>>);

impl Adapters {
    pub fn with(mut self, gateway: Arc<dyn Gateway>) -> Self {
        self.0.insert(gateway.name(), gateway);
        self
    }

    pub fn get(&self, name: &str) -> Option<&Arc<dyn Gateway>> {
        self.0.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}
