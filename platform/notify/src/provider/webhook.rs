//! Events to programs, signed by the scheme of Standard Webhooks.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use kernel::jiff::SignedDuration;
use outward::{Outward, Request};
use store::Market;

use super::{Content, Outcome, Parcel, Provider, outcome_of};
use crate::keys;
use crate::limits::WIRE_TIME_MAX;

pub struct Webhooks {
    outward: Arc<Outward>,
}

/// What a receiver may answer that is worth reading.
const ANSWER_BYTES_MAX: usize = 16_384;

impl Webhooks {
    pub fn new(outward: Arc<Outward>) -> Self {
        Self { outward }
    }
}

impl Provider for Webhooks {
    fn name(&self) -> &str {
        "webhooks"
    }

    fn send<'a>(&'a self, _: &'a Market, parcel: &'a Parcel) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Content::Webhook { url, body, secrets } = &parcel.content else {
                return Outcome::Refused { error: "only webhooks go this way".into() };
            };
            let second = parcel.now.as_second();
            let sign = |secret: &[u8; 32]| keys::sign(secret, &parcel.key, second, body.as_bytes());
            let signatures: Vec<String> = secrets.iter().map(sign).collect();
            let request = Request::post(url.as_str())
                .body("application/json", body.clone())
                .header("webhook-id", &parcel.key)
                .header("webhook-timestamp", &second.to_string())
                .header("webhook-signature", &signatures.join(" "))
                .time_max(WIRE_TIME_MAX / 2)
                .answer_bytes_max(ANSWER_BYTES_MAX)
                .tries(1);
            let answer = match self.outward.send(request).await {
                Ok(answer) => answer,
                // It got the request and said something long: what matters is that it said no failure.
                Err(error @ outward::Error::TooLarge { .. }) => {
                    return Outcome::Unknown { error: error.to_string() };
                }
                Err(error @ (outward::Error::Inside { .. } | outward::Error::Address(_))) => {
                    return Outcome::Refused { error: error.to_string() };
                }
                Err(error) => return outcome_of(&error),
            };
            let status = answer.status;
            match status.as_u16() {
                200..=299 => Outcome::Sent { reference: None },
                410 => Outcome::Recipient { error: "it answered 410 Gone".into() },
                _ => Outcome::Failed {
                    error: format!("it answered {status}"),
                    retry_after: answer.retry_after.and_then(|wait| SignedDuration::try_from(wait).ok()),
                },
            }
        })
    }
}
