//! A page of the gateway, a callback signed by HMAC-SHA256 over its raw body, and a call that verifies by
//! our reference: the protocol of Chapa.

use std::sync::Arc;

use kernel::Currency;
use outward::{Outward, Request};
use serde_json::{Value, json};

use super::{sign, talk};
use crate::gateway::adapter::{Callback, Desk, Forged, Gateway, Hint, Order, Said};
use crate::gateway::report::{Report, Standing, Trouble};
use crate::payment::model::{Flow, Method};

pub struct Chapa(pub Arc<Outward>);

fn report(body: &Value) -> Result<Report, Trouble> {
    let word = talk::says(body, "/data/status").ok_or_else(talk::unreadable)?;
    let standing = match word.as_str() {
        "success" => Standing::Done,
        "pending" => Standing::Waiting,
        "reversed" | "refunded" => Standing::Reversed,
        _ => Standing::Declined,
    };
    let amount = talk::stated(body, "/data/amount", "/data/currency")?;
    let fee = talk::says(body, "/data/charge").zip(amount);
    let fee = fee.and_then(|(fee, amount)| talk::major(&fee, amount.currency()));
    Ok(Report {
        amount: amount.filter(|_| standing != Standing::Declined),
        reference: talk::says(body, "/data/tx_ref"),
        external: talk::says(body, "/data/reference"),
        fee: fee.map(kernel::Money::minor),
        code: (standing == Standing::Declined).then_some(word),
        ..Report::new(standing)
    })
}

impl Gateway for Chapa {
    fn name(&self) -> &'static str {
        "chapa"
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::Card, Method::MobileMoney]
    }

    fn currencies(&self) -> &'static [Currency] {
        &[Currency::ETB, Currency::USD]
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["secret_key", "webhook_secret"]
    }

    fn start<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let mut body = json!({
                "amount": talk::number(order.amount),
                "currency": order.amount.currency(),
                "tx_ref": order.reference,
                "callback_url": desk.callback,
                "return_url": order.back,
                "customization": { "description": order.note },
            });
            if let Some(contact) = &order.contact {
                let field = if contact.contains('@') { "email" } else { "phone_number" };
                body[field] = json!(contact);
            }
            let request = Request::post(desk.url("/v1/transaction/initialize"))
                .bearer(desk.secret("secret_key"))
                .json(&body);
            let body = match talk::ask(&self.0, request).await?.yes()? {
                Ok(body) => body,
                Err(report) => return Ok(report),
            };
            let next = talk::says(&body, "/data/checkout_url").ok_or_else(talk::unreadable)?;
            Ok(Report { next: Some(next), ..Report::new(Standing::Waiting) })
        })
    }

    fn query<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let path = match order.flow {
                Flow::Refund => format!("/v1/refund/verify/{}", order.reference),
                _ => format!("/v1/transaction/verify/{}", order.reference),
            };
            let request = Request::get(desk.url(&path)).bearer(desk.secret("secret_key"));
            match talk::ask(&self.0, request).await?.yes()? {
                Ok(body) if order.flow == Flow::Refund => refunded(&body),
                Ok(body) => report(&body),
                Err(report) => Ok(report),
            }
        })
    }

    fn refund<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let body = json!({
                "amount": talk::number(order.amount),
                "reference": order.reference,
                "reason": order.refund_reason,
            });
            let request = Request::post(desk.url(&format!("/v1/refund/{}", order.of.reference)))
                .bearer(desk.secret("secret_key"))
                .json(&body);
            match talk::ask(&self.0, request).await?.yes()? {
                Ok(body) => refunded(&body),
                Err(report) => Ok(report),
            }
        })
    }

    fn verify_callback(&self, desk: &Desk<'_>, callback: &Callback) -> Result<Hint, Forged> {
        let expected = sign::hmac_sha256(desk.secret("webhook_secret"), &callback.body);
        if !desk.secret("webhook_secret").is_empty()
            && sign::same(&expected, callback.header("x-chapa-signature"))
        {
            let body = talk::callback_body(callback)?;
            return Ok(Hint { reference: talk::says(&body, "tx_ref"), external: None });
        }
        Err(Forged::Signature)
    }
}

fn refunded(body: &Value) -> Result<Report, Trouble> {
    let word = talk::says(body, "/data/status").or_else(|| talk::says(body, "status"));
    Ok(match word.as_deref() {
        Some("success" | "refunded") => Report::new(Standing::Done),
        Some("pending" | "initiated") => Report::new(Standing::Waiting),
        Some(other) => Report::declined(other),
        None => return Err(talk::unreadable()),
    })
}
