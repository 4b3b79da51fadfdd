use std::sync::Arc;

use kernel::{Decision, NewJob, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, Head, May, Octets, Pairs, Path, Priority};

use super::jobs::{FOLLOW, Which};
use super::repo;
use crate::gateway::adapter::{Callback, Forged, Hint};
use crate::gateway::card;
use crate::payment::limits::{CALLBACK_BYTES_MAX, EXTERNAL_LETTERS_MAX};
use crate::payment::payments::{Payments, who};

pub fn endpoints(payments: &Arc<Payments>) -> Vec<Endpoint> {
    vec![
        web::with!(payments, post "/v1/gateways/{gateway}/callback"
            => take_callback(which: Path<Gateway>, query: Pairs, head: Head, body: Octets))
        .says(
            "Takes what a gateway reports, in the gateway's own form. The signature is checked; then the \
             gateway is asked, and only its answer counts.",
        )
        .may(May::Anyone)
        .priority(Priority::Critical)
        .body_bytes_max(CALLBACK_BYTES_MAX)
        .refuses([kernel::RefusalKind::Forbidden, kernel::RefusalKind::NotFound]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Gateway {
    #[schemars(range(min = 1))]
    gateway: i64,
}

#[derive(Serialize, JsonSchema)]
struct Taken {
    received: bool,
}

async fn take_callback(
    payments: &Arc<Payments>,
    call: Call,
    Path(which): Path<Gateway>,
    Pairs(query): Pairs,
    Head(headers): Head,
    Octets(body): Octets,
) -> Result<Answer<Taken>, Refusal> {
    let market = call.market();
    let opened = payments.account(market, which.gateway).await?.ok_or_else(Refusal::not_found)?;
    let callback = Callback { headers, query, body };
    let hint = match opened.adapter.verify_callback(&payments.desk(&opened), &callback) {
        Ok(hint) => hint,
        Err(forged) => {
            payments.health.forged(who(market, which.gateway), payments.now_ns());
            tracing::warn!(gateway = which.gateway, %forged, "a callback is not what it should be");
            return Err(refusal(forged));
        }
    };
    let (reference, hash) = (key_of(&hint), *blake3::hash(&callback.body).as_bytes());
    let body = card::scrub(&String::from_utf8_lossy(&callback.body).replace('\0', ""));
    call.change(|| async {
        let answer = Answer::ok(&Taken { received: true })?;
        if repo::is_known(call.market(), which.gateway, &reference, hash).await? {
            return Ok((Decision::nothing(), answer));
        }
        let id = call.world.ids.next();
        let decision = Decision::nothing()
            .change(repo::add(id, (which.gateway, &reference), hash, &body, call.now))
            .job(NewJob::new(FOLLOW, call.now, &Which { callback: id }));
        Ok((decision, answer))
    })
    .await
}

fn refusal(forged: Forged) -> Refusal {
    match forged {
        Forged::Signature => {
            let message = "The signature is not this gateway's.";
            Refusal::new(kernel::RefusalKind::Forbidden, "bad_signature", message)
        }
        Forged::Unreadable => {
            Refusal::new(kernel::RefusalKind::Invalid, "unreadable", "This cannot be read.")
        }
    }
}

/// Our reference, or the gateway's behind a colon.
fn key_of(hint: &Hint) -> String {
    let clean = |text: &str| -> String {
        text.chars().filter(|c| !c.is_control()).take(EXTERNAL_LETTERS_MAX).collect()
    };
    match (&hint.reference, &hint.external) {
        (Some(reference), _) => clean(reference),
        (None, Some(external)) => format!(":{}", clean(external)),
        (None, None) => String::new(),
    }
}
