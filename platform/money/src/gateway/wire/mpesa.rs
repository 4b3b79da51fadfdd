//! A prompt on the payer's phone, and a result that comes later under the request's id: the protocol of
//! M-Pesa's Daraja. Its callbacks are not signed, so their address holds a key.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::Currency;
use kernel::jiff::tz::{Offset, TimeZone};
use outward::{Outward, Request};
use serde_json::{Value, json};

use super::{sign, talk};
use crate::gateway::adapter::{Callback, Desk, Forged, Gateway, Hint, Order, Said};
use crate::gateway::report::{Report, Standing, Trouble};
use crate::payment::model::{Flow, Method};

pub struct Mpesa(pub Arc<Outward>);

/// The code of an answer that says: not yet.
const STILL_AT_IT: &str = "500.001.1001";
/// Letters of an account's reference, and of a description.
const REFERENCE_LETTERS_MAX: usize = 12;
/// Nairobi, all year.
const HOURS_EAST: i8 = 3;

impl Mpesa {
    async fn token(&self, desk: &Desk<'_>) -> Result<Result<String, Report>, Trouble> {
        let pair = format!("{}:{}", desk.secret("consumer_key"), desk.secret("consumer_secret"));
        let request = Request::get(desk.url("/oauth/v1/generate?grant_type=client_credentials"))
            .header("authorization", &format!("Basic {}", STANDARD.encode(pair)));
        // Nothing is asked for yet, so whatever happens here, nothing arrived.
        let answer = talk::ask(&self.0, request).await.and_then(talk::Answer::yes);
        let answer = answer.map_err(|trouble| Trouble::NotArrived(trouble.to_string()))?;
        Ok(match answer {
            Ok(body) => talk::says(&body, "access_token").ok_or_else(|| Report::declined("misconfigured")),
            Err(_) => Err(Report::declined("misconfigured")),
        })
    }

    async fn call(
        &self,
        desk: &Desk<'_>,
        path: &str,
        mut body: Value,
    ) -> Result<Result<talk::Answer, Report>, Trouble> {
        let token = match self.token(desk).await? {
            Ok(token) => token,
            Err(report) => return Ok(Err(report)),
        };
        let zone = TimeZone::fixed(Offset::constant(HOURS_EAST));
        let time = desk.now.to_zoned(zone).strftime("%Y%m%d%H%M%S").to_string();
        let code = desk.secret("short_code");
        body["BusinessShortCode"] = json!(code);
        body["Password"] = json!(STANDARD.encode(format!("{code}{}{time}", desk.secret("pass_key"))));
        body["Timestamp"] = json!(time);
        let request = Request::post(desk.url(path)).bearer(&token).json(&body);
        talk::ask(&self.0, request).await.map(Ok)
    }
}

/// Digits alone, as the gateway wants a phone number.
fn phone(contact: Option<&String>) -> Option<String> {
    let text = contact?;
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (text.starts_with('+') && (10..=15).contains(&digits.len())).then_some(digits)
}

impl Gateway for Mpesa {
    fn name(&self) -> &'static str {
        "mpesa"
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::MobileMoney]
    }

    fn currencies(&self) -> &'static [Currency] {
        &[Currency::KES, Currency::ETB, Currency::TZS]
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["consumer_key", "consumer_secret", "short_code", "pass_key", "callback_key"]
    }

    fn start<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let unit = order.amount.currency().minor_per_major();
            if order.amount.minor() % unit != 0 {
                return Ok(Report::declined("amount_not_whole"));
            }
            let Some(phone) = phone(order.contact.as_ref()) else {
                return Ok(Report::declined("phone_missing"));
            };
            let callback = desk
                .callback
                .map(|base| format!("{base}?key={}", talk::in_path(desk.secret("callback_key"))));
            let short: String = order.reference.chars().skip(1).take(REFERENCE_LETTERS_MAX).collect();
            let body = json!({
                "TransactionType": "CustomerPayBillOnline",
                "Amount": order.amount.minor() / unit,
                "PartyA": phone,
                "PartyB": desk.secret("short_code"),
                "PhoneNumber": phone,
                "CallBackURL": callback,
                "AccountReference": short,
                "TransactionDesc": order.note.chars().take(REFERENCE_LETTERS_MAX).collect::<String>(),
            });
            let answer = match self.call(desk, "/mpesa/stkpush/v1/processrequest", body).await? {
                Ok(answer) => answer,
                Err(report) => return Ok(report),
            };
            if talk::says(&answer.body, "errorCode").as_deref() == Some(STILL_AT_IT) {
                // The phone shows another prompt, of whomever.
                return Ok(Report::declined("busy"));
            }
            let body = match answer.yes()? {
                Ok(body) => body,
                Err(report) => return Ok(report),
            };
            match (talk::says(&body, "ResponseCode").as_deref(), talk::says(&body, "CheckoutRequestID")) {
                (Some("0"), Some(request)) => {
                    Ok(Report { external: Some(request), ..Report::new(Standing::Waiting) })
                }
                (Some("0"), None) | (None, _) => Err(talk::unreadable()),
                (Some(code), _) => Ok(Report::declined(code)),
            }
        })
    }

    fn query<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            // A prompt whose id never came back cannot be asked about, and the payer may have answered it:
            // a second one could be paid twice.
            let Some(request) = order.external.as_ref().filter(|_| order.flow == Flow::Pay) else {
                return Err(Trouble::Unknown("its id for this prompt never came".to_owned()));
            };
            let body = json!({ "CheckoutRequestID": request });
            let answer = match self.call(desk, "/mpesa/stkpushquery/v1/query", body).await? {
                Ok(answer) => answer,
                Err(no) => return Err(Trouble::Unknown(no.code.unwrap_or_default())),
            };
            if talk::says(&answer.body, "errorCode").as_deref() == Some(STILL_AT_IT) {
                return Ok(Report::new(Standing::Waiting));
            }
            let body = match answer.yes()? {
                Ok(body) => body,
                Err(no) => return Err(Trouble::Unknown(no.code.unwrap_or_default())),
            };
            let detail = talk::says(&body, "ResultDesc");
            match talk::says(&body, "ResultCode").as_deref() {
                Some("0") => Ok(Report::new(Standing::Done)),
                Some(code) => Ok(Report { detail, ..Report::declined(code) }),
                None => Err(talk::unreadable()),
            }
        })
    }

    fn verify_callback(&self, desk: &Desk<'_>, callback: &Callback) -> Result<Hint, Forged> {
        if !sign::same(desk.secret("callback_key"), callback.parameter("key")) {
            return Err(Forged::Signature);
        }
        let body = talk::callback_body(callback)?;
        let request = talk::says(&body, "/Body/stkCallback/CheckoutRequestID").ok_or(Forged::Unreadable)?;
        Ok(Hint { reference: None, external: Some(request) })
    }
}
