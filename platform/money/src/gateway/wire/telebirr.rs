//! A token, an order before the payment, and everything signed with RSA and SHA-256 over its sorted
//! fields, callbacks too: the protocol of Telebirr.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Currency, Money};
use outward::{Outward, Request};
use serde_json::{Value, json};

use super::{sign, talk};
use crate::gateway::adapter::{Callback, Desk, Forged, Gateway, Hint, Order, Said};
use crate::gateway::report::{Report, Standing, Trouble};
use crate::payment::model::{Flow, Method};

pub struct Telebirr(pub Arc<Outward>);

const ROOT: &str = "/payment/v1";
/// What is not signed: the signature itself, and what holds other fields.
const UNSIGNED: [&str; 3] = ["sign", "sign_type", "biz_content"];

/// All fields, those inside `biz_content` among them, sorted: `a=1&b=2`.
fn to_sign(body: &Value) -> String {
    let mut fields = BTreeMap::new();
    for object in [Some(body), body.get("biz_content")].into_iter().flatten().filter_map(Value::as_object) {
        for (name, value) in object.iter().filter(|(name, _)| !UNSIGNED.contains(&name.as_str())) {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Null => continue,
                other => other.to_string(),
            };
            fields.insert(name.clone(), text);
        }
    }
    fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// The bytes of a key, whether or not it is written with its frame.
fn key(text: &str) -> Vec<u8> {
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    let bare: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(bare).unwrap_or_default()
}

impl Telebirr {
    async fn token(&self, desk: &Desk<'_>) -> Result<Result<String, Report>, Trouble> {
        let request = Request::post(desk.url(&format!("{ROOT}/token")))
            .header("x-app-key", desk.secret("app_key"))
            .json(&json!({ "appSecret": desk.secret("app_secret") }));
        // Nothing is asked for yet, so whatever happens here, nothing arrived.
        let answer = talk::ask(&self.0, request).await.and_then(talk::Answer::yes);
        let answer = answer.map_err(|trouble| Trouble::NotArrived(trouble.to_string()))?;
        Ok(match answer {
            Ok(body) => talk::says(&body, "token").ok_or_else(|| Report::declined("misconfigured")),
            Err(_) => Err(Report::declined("misconfigured")),
        })
    }

    /// One signed call. `None` of a body: it said no, and why.
    async fn call(
        &self,
        desk: &Desk<'_>,
        (path, method): (&str, &str),
        mut content: Value,
    ) -> Result<Result<Value, Report>, Trouble> {
        let token = match self.token(desk).await? {
            Ok(token) => token,
            Err(report) => return Ok(Err(report)),
        };
        content["appid"] = json!(desk.secret("app_id"));
        content["merch_code"] = json!(desk.secret("merchant_code"));
        let mut body = json!({
            "nonce_str": sign::hex(&desk.dice),
            "method": method,
            "version": "1.0",
            "timestamp": desk.now.as_second().to_string(),
            "biz_content": content,
        });
        let Some(signature) = sign::rsa_sign(&key(desk.secret("private_key")), to_sign(&body).as_bytes())
        else {
            return Ok(Err(Report::declined("misconfigured")));
        };
        body["sign"] = json!(STANDARD.encode(signature));
        body["sign_type"] = json!("SHA256WithRSA");
        let request = Request::post(desk.url(&format!("{ROOT}{path}")))
            .header("x-app-key", desk.secret("app_key"))
            .header("authorization", &token)
            .json(&body);
        let body = match talk::ask(&self.0, request).await?.yes()? {
            Ok(body) => body,
            Err(report) => return Ok(Err(report)),
        };
        Ok(match (talk::says(&body, "result").as_deref(), talk::says(&body, "code")) {
            (Some("SUCCESS"), _) => Ok(body),
            (_, code) => {
                let detail = talk::says(&body, "msg");
                Err(Report { detail, ..Report::declined(code.unwrap_or_else(|| "refused".to_owned())) })
            }
        })
    }
}

fn report(body: &Value) -> Result<Report, Trouble> {
    let word = talk::says(body, "/biz_content/order_status").ok_or_else(talk::unreadable)?;
    let standing = match word.as_str() {
        "PAY_SUCCESS" => Standing::Done,
        "PAY_FAILED" | "ORDER_CLOSED" => Standing::Declined,
        _ => Standing::Waiting,
    };
    let amount = talk::stated(body, "/biz_content/total_amount", "/biz_content/trans_currency")?;
    Ok(Report {
        amount: amount.filter(|_| standing == Standing::Done),
        reference: talk::says(body, "/biz_content/merch_order_id"),
        external: talk::says(body, "/biz_content/payment_order_id"),
        code: (standing == Standing::Declined).then_some(word),
        ..Report::new(standing)
    })
}

fn refunded(body: &Value, asked: Money) -> Result<Report, Trouble> {
    Ok(match talk::says(body, "/biz_content/refund_status").as_deref() {
        Some("REFUND_SUCCESS") => Report { amount: Some(asked), ..Report::new(Standing::Done) },
        Some("REFUND_FAILED") => Report::declined("REFUND_FAILED"),
        Some(_) => Report::new(Standing::Waiting),
        None => return Err(talk::unreadable()),
    })
}

impl Gateway for Telebirr {
    fn name(&self) -> &'static str {
        "telebirr"
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::MobileMoney]
    }

    fn currencies(&self) -> &'static [Currency] {
        &[Currency::ETB]
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["app_key", "app_secret", "app_id", "merchant_code", "private_key", "public_key"]
    }

    fn start<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let minutes = (order.expires.duration_since(desk.now).as_mins()).clamp(1, 120);
            let content = json!({
                "notify_url": desk.callback,
                "redirect_url": order.back,
                "merch_order_id": order.reference,
                "trade_type": "Checkout",
                "title": order.note,
                "total_amount": talk::number(order.amount),
                "trans_currency": order.amount.currency(),
                "timeout_express": format!("{minutes}m"),
            });
            let body = match self.call(desk, ("/merchant/preOrder", "payment.preorder"), content).await? {
                Ok(body) => body,
                Err(report) => return Ok(report),
            };
            let order = talk::says(&body, "/biz_content/prepay_id").ok_or_else(talk::unreadable)?;
            Ok(Report { next: Some(order), ..Report::new(Standing::Waiting) })
        })
    }

    fn query<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let of_refund = order.flow == Flow::Refund;
            let mut content = json!({ "merch_order_id": order.of.reference });
            let call = match of_refund {
                true => {
                    content["refund_request_no"] = json!(order.reference);
                    ("/merchant/refundQuery", "payment.refundquery")
                }
                false => ("/merchant/queryOrder", "payment.queryorder"),
            };
            match self.call(desk, call, content).await? {
                Ok(body) if of_refund => refunded(&body, order.amount),
                Ok(body) => report(&body),
                // A question that is turned away says nothing of what was asked about.
                Err(no) => Err(Trouble::Unknown(no.code.unwrap_or_default())),
            }
        })
    }

    fn refund<'a>(&'a self, desk: &'a Desk<'a>, order: &'a Order) -> Said<'a> {
        Box::pin(async move {
            let content = json!({
                "merch_order_id": order.of.reference,
                "refund_request_no": order.reference,
                "refund_reason": order.refund_reason,
                "actual_amount": talk::number(order.amount),
                "trans_currency": order.amount.currency(),
            });
            match self.call(desk, ("/merchant/refund", "payment.refund"), content).await? {
                Ok(body) => refunded(&body, order.amount),
                Err(report) => Ok(report),
            }
        })
    }

    fn verify_callback(&self, desk: &Desk<'_>, callback: &Callback) -> Result<Hint, Forged> {
        let body = talk::callback_body(callback)?;
        let signature = talk::says(&body, "sign").and_then(|text| STANDARD.decode(text).ok());
        let signature = signature.ok_or(Forged::Signature)?;
        if !sign::rsa_verifies(&key(desk.secret("public_key")), to_sign(&body).as_bytes(), &signature) {
            return Err(Forged::Signature);
        }
        Ok(Hint { reference: talk::says(&body, "merch_order_id"), external: None })
    }
}
