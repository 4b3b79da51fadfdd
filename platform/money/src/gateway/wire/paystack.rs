//! A page of the gateway, amounts in minor units, and a callback signed by HMAC-SHA512 in a header: the
//! protocol of Paystack.

use std::sync::Arc;

use kernel::{Currency, Money};
use outward::{Outward, Request};
use serde_json::{Value, json};

use super::{sign, talk};
use crate::gateway::adapter::{Callback, Desk, Forged, Gateway, Hint, Order, Said};
use crate::gateway::report::{Report, Standing, Trouble};
use crate::payment::model::{Flow, Method};

pub struct Paystack(pub Arc<Outward>);

fn minor(body: &Value, amount: &str, currency: &str) -> Result<Option<Money>, Trouble> {
    let Some(text) = talk::says(body, amount) else { return Ok(None) };
    let currency: Option<Currency> = talk::says(body, currency).and_then(|code| code.parse().ok());
    let found = text.parse().ok().zip(currency);
    found.map(|(minor, currency)| Some(Money::new(minor, currency))).ok_or_else(talk::unreadable)
}

fn report(body: &Value) -> Result<Report, Trouble> {
    let word = talk::says(body, "/data/status").ok_or_else(talk::unreadable)?;
    let standing = match word.as_str() {
        "success" => Standing::Done,
        "reversed" => Standing::Reversed,
        "failed" | "abandoned" => Standing::Declined,
        _ => Standing::Waiting,
    };
    let is_money = matches!(standing, Standing::Done | Standing::Reversed);
    Ok(Report {
        amount: minor(body, "/data/amount", "/data/currency")?.filter(|_| is_money),
        reference: talk::says(body, "/data/reference"),
        external: talk::says(body, "/data/id"),
        fee: talk::says(body, "/data/fees").and_then(|fee| fee.parse().ok()),
        code: (standing == Standing::Declined).then_some(word),
        detail: talk::says(body, "/data/gateway_response"),
        brand: talk::says(body, "/data/authorization/brand"),
        last4: talk::says(body, "/data/authorization/last4"),
        ..Report::new(standing)
    })
}

fn refunded(body: &Value) -> Result<Report, Trouble> {
    let external = talk::says(body, "/data/id");
    let report = match talk::says(body, "/data/status").as_deref() {
        Some("processed") => Report::new(Standing::Done),
        Some("pending" | "processing" | "needs-attention") => Report::new(Standing::Waiting),
        Some(other) => Report::declined(other),
        None => return Err(talk::unreadable()),
    };
    Ok(Report { external, ..report })
}

impl Paystack {
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

fn started(body: &Value) -> Result<Report, Trouble> {
    let next = talk::says(body, "/data/authorization_url").ok_or_else(talk::unreadable)?;
    Ok(Report { next: Some(next), ..Report::new(Standing::Waiting) })
}

impl Gateway for Paystack {
    fn name(&self) -> &'static str {
        "paystack"
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::Card, Method::MobileMoney]
    }

    fn currencies(&self) -> &'static [Currency] {
        &[Currency::NGN, Currency::GHS, Currency::ZAR, Currency::KES, Currency::USD]
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["secret_key"]
    }

    fn start<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let Some(email) = order.contact.as_ref().filter(|contact| contact.contains('@')) else {
                return Ok(Report::declined("email_missing"));
            };
            let body = json!({
                "amount": order.amount.minor().to_string(),
                "currency": order.amount.currency(),
                "reference": order.reference,
                "email": email,
                "callback_url": order.back,
            });
            let request = Request::post(desk.url("/transaction/initialize"));
            self.call(request.bearer(desk.secret("secret_key")).json(&body), started).await
        })
    }

    fn query<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            if order.flow != Flow::Refund {
                let path = format!("/transaction/verify/{}", order.reference);
                let request = Request::get(desk.url(&path)).bearer(desk.secret("secret_key"));
                return self.call(request, report).await;
            }
            // A refund is known by their number alone; until that came, nobody can ask.
            let Some(external) = &order.external else {
                return Err(Trouble::Unknown("its number for this refund never came".to_owned()));
            };
            let path = format!("/refund/{}", talk::in_path(external));
            self.call(Request::get(desk.url(&path)).bearer(desk.secret("secret_key")), refunded).await
        })
    }

    fn refund<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let body = json!({
                "transaction": order.of.reference,
                "amount": order.amount.minor(),
                "currency": order.amount.currency(),
                "merchant_note": order.reference,
            });
            let request = Request::post(desk.url("/refund")).bearer(desk.secret("secret_key"));
            self.call(request.json(&body), refunded).await
        })
    }

    fn verify_callback(&self, desk: &Desk<'_>, callback: &Callback) -> Result<Hint, Forged> {
        let expected = sign::hmac_sha512(desk.secret("secret_key"), &callback.body);
        if desk.secret("secret_key").is_empty()
            || !sign::same(&expected, callback.header("x-paystack-signature"))
        {
            return Err(Forged::Signature);
        }
        let body = talk::callback_body(callback)?;
        let reference = talk::says(&body, "/data/reference");
        Ok(Hint {
            reference: reference.or_else(|| talk::says(&body, "/data/transaction_reference")),
            external: None,
        })
    }
}
