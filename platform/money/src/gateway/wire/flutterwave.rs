//! A page of the gateway, and a callback that shows a shared secret in a header: the protocol of
//! Flutterwave.

use std::sync::Arc;

use kernel::Currency;
use outward::{Outward, Request};
use serde_json::{Value, json};

use super::{sign, talk};
use crate::gateway::adapter::{Callback, Desk, Forged, Gateway, Hint, Order, Said};
use crate::gateway::report::{Report, Standing, Trouble};
use crate::payment::model::{Flow, Method};

pub struct Flutterwave(pub Arc<Outward>);

fn started(body: &Value) -> Result<Report, Trouble> {
    let next = talk::says(body, "/data/link").ok_or_else(talk::unreadable)?;
    Ok(Report { next: Some(next), ..Report::new(Standing::Waiting) })
}

fn report(body: &Value) -> Result<Report, Trouble> {
    let word = talk::says(body, "/data/status").ok_or_else(talk::unreadable)?;
    let standing = match word.as_str() {
        "successful" => Standing::Done,
        "failed" => Standing::Declined,
        _ => Standing::Waiting,
    };
    let amount = talk::stated(body, "/data/amount", "/data/currency")?;
    let fee = talk::says(body, "/data/app_fee").zip(amount);
    let fee = fee.and_then(|(fee, amount)| talk::major(&fee, amount.currency()));
    Ok(Report {
        amount: amount.filter(|_| standing == Standing::Done),
        reference: talk::says(body, "/data/tx_ref"),
        external: talk::says(body, "/data/id"),
        fee: fee.map(kernel::Money::minor),
        code: (standing == Standing::Declined).then_some(word),
        detail: talk::says(body, "/data/processor_response"),
        brand: talk::says(body, "/data/card/type"),
        last4: talk::says(body, "/data/card/last_4digits"),
        ..Report::new(standing)
    })
}

fn refunded(body: &Value) -> Result<Report, Trouble> {
    let report = match talk::says(body, "/data/status").as_deref() {
        Some("completed") => Report::new(Standing::Done),
        Some("failed") => Report::declined("failed"),
        Some(_) => Report::new(Standing::Waiting),
        None => return Err(talk::unreadable()),
    };
    Ok(Report { external: talk::says(body, "/data/id"), ..report })
}

impl Flutterwave {
    async fn call(
        &self,
        request: Request,
        read: fn(&Value) -> Result<Report, Trouble>,
    ) -> Result<Report, Trouble> {
        match talk::ask(&self.0, request).await?.yes()? {
            Ok(body) => read(&body),
            Err(report) => Ok(report),
        }
    }
}

impl Gateway for Flutterwave {
    fn name(&self) -> &'static str {
        "flutterwave"
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::Card, Method::MobileMoney]
    }

    fn currencies(&self) -> &'static [Currency] {
        &[]
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["secret_key", "hash"]
    }

    fn start<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let Some(email) = order.contact.as_ref().filter(|contact| contact.contains('@')) else {
                return Ok(Report::declined("email_missing"));
            };
            let body = json!({
                "tx_ref": order.reference,
                "amount": talk::number(order.amount),
                "currency": order.amount.currency(),
                "redirect_url": order.back,
                "customer": { "email": email },
                "customizations": { "title": order.note },
            });
            let request = Request::post(desk.url("/v3/payments")).bearer(desk.secret("secret_key"));
            self.call(request.json(&body), started).await
        })
    }

    fn query<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let request = |path: String| Request::get(desk.url(&path)).bearer(desk.secret("secret_key"));
            if order.flow != Flow::Refund {
                let path = format!("/v3/transactions/verify_by_reference?tx_ref={}", order.reference);
                return self.call(request(path), report).await;
            }
            // A refund is known by their number alone; until that came, nobody can ask.
            let Some(external) = &order.external else {
                return Err(Trouble::Unknown("its number for this refund never came".to_owned()));
            };
            self.call(request(format!("/v3/refunds/{}", talk::in_path(external))), refunded).await
        })
    }

    fn refund<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let Some(external) = &order.of.external else {
                return Ok(Report::declined("payment_number_missing"));
            };
            let path = format!("/v3/transactions/{}/refund", talk::in_path(external));
            let body = json!({ "amount": talk::number(order.amount), "comments": order.reference });
            let request = Request::post(desk.url(&path)).bearer(desk.secret("secret_key"));
            self.call(request.json(&body), refunded).await
        })
    }

    fn verify_callback(&self, desk: &Desk<'_>, callback: &Callback) -> Result<Hint, Forged> {
        if !sign::same(desk.secret("hash"), callback.header("verif-hash")) {
            return Err(Forged::Signature);
        }
        let body = talk::callback_body(callback)?;
        let reference = talk::says(&body, "/data/tx_ref").or_else(|| talk::says(&body, "txRef"));
        Ok(Hint { reference, external: None })
    }
}
