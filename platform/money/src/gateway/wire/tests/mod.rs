//! Each protocol against a neighbour that answers as the gateway would.

mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use kernel::jiff::Timestamp;
use kernel::{Currency, Money};
use outward::{Outward, Settings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::sign;
use crate::gateway::account::Account;
use crate::gateway::adapter::{Callback, Desk, Forged, Gateway, Order, Original, Secrets, send};
use crate::gateway::report::{Report, Standing, Trouble};
use crate::payment::model::{Flow, Method};

/// What is answered to a path, as status and body.
type Answers = BTreeMap<&'static str, (u16, Value)>;

struct Rig {
    gateway: Arc<dyn Gateway>,
    account: Account,
    secrets: Secrets,
    requests: Arc<parking_lot::Mutex<Vec<String>>>,
    answers: Arc<parking_lot::Mutex<Answers>>,
}

async fn serve(
    listener: TcpListener,
    requests: Arc<parking_lot::Mutex<Vec<String>>>,
    answers: Arc<parking_lot::Mutex<Answers>>,
) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut text = Vec::new();
        let mut buffer = [0; 8_192];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            text.extend_from_slice(&buffer[..count]);
            let seen = String::from_utf8_lossy(&text).into_owned();
            let Some((head, body)) = seen.split_once("\r\n\r\n") else { continue };
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break;
            }
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
        requests.lock().push(text);
        let found =
            answers.lock().iter().find(|(known, _)| path.starts_with(**known)).map(|(_, it)| it.clone());
        let (status, body) = found.unwrap_or((404, json!({})));
        let body = body.to_string();
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    }
}

impl Rig {
    async fn of(name: &str, currency: &str, secrets: &[(&str, &str)]) -> Self {
        let settings = Settings { allowed: vec!["127.0.0.1".parse().unwrap()], ..Settings::default() };
        let outward = Outward::new(settings, Arc::new(testkit::clock())).unwrap();
        let gateway = super::adapters(&outward).get(name).unwrap().clone();
        let mut names: Vec<&str> = secrets.iter().map(|(name, _)| *name).collect();
        let mut wanted = gateway.secrets().to_vec();
        names.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(names, wanted);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, answers) = (Arc::default(), Arc::default());
        tokio::spawn(serve(listener, Arc::clone(&requests), Arc::clone(&answers)));
        let account = Account {
            number: 3,
            adapter: name.to_owned(),
            name: name.to_owned(),
            method: gateway.methods()[0],
            currency: currency.parse().unwrap(),
            url,
            secrets: Vec::new(),
            fixed: 0,
            basis_points: 0,
            enabled: true,
            priority: 0,
            amount_max: None,
            version: 1,
            at: Timestamp::UNIX_EPOCH,
        };
        let secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { gateway, account, secrets, requests, answers }
    }

    fn answer(&self, path: &'static str, status: u16, body: Value) {
        self.answers.lock().insert(path, (status, body));
    }

    fn desk(&self) -> Desk<'_> {
        Desk {
            account: &self.account,
            secrets: &self.secrets,
            callback: Some("https://test.example/v1/gateways/3/callback"),
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            dice: [7; 16],
        }
    }

    fn order(&self, flow: Flow, minor: i64) -> Order {
        let amount = Money::new(minor, self.account.currency);
        let of = Original { reference: "0abc".into(), external: Some("ext-1".into()), amount };
        Order {
            flow,
            reference: if flow == Flow::Pay { "0abc".into() } else { "0def".into() },
            external: (flow != Flow::Pay).then(|| "ref-9".to_owned()),
            amount,
            of,
            token: None,
            contact: Some("somebody@example.org".into()),
            note: "Two meals".into(),
            back: Some("https://test.example/back".into()),
            expires: Timestamp::from_second(1_800_001_800).unwrap(),
            refund_reason: Some("cold".into()),
        }
    }

    async fn send(&self, order: &Order) -> Result<Report, Trouble> {
        send(&*self.gateway, &self.desk(), order).await
    }

    async fn ask(&self, order: &Order) -> Result<Report, Trouble> {
        self.gateway.query(&self.desk(), order).await
    }

    fn last(&self) -> String {
        self.requests.lock().last().cloned().unwrap_or_default()
    }

    fn callback(
        &self,
        head: (&'static str, &str),
        query: &str,
        body: &str,
    ) -> Result<(Option<String>, Option<String>), Forged> {
        let mut headers = HeaderMap::new();
        headers.insert(head.0, head.1.parse().unwrap());
        let query = vec![("key".to_owned(), query.to_owned())];
        let callback = Callback { headers, query, body: body.to_owned().into() };
        self.gateway.verify_callback(&self.desk(), &callback).map(|hint| (hint.reference, hint.external))
    }
}

fn facts(report: &Report) -> (Standing, Option<i64>, Option<i64>, Option<&str>) {
    (report.standing, report.amount.map(Money::minor), report.fee, report.code.as_deref())
}

#[tokio::test]
async fn chapa() {
    let rig = Rig::of("chapa", "ETB", &[("secret_key", "sk"), ("webhook_secret", "wh")]).await;
    let order = rig.order(Flow::Pay, 12_550);
    rig.answer(
        "/v1/transaction/initialize",
        200,
        json!({"status":"success","data":{"checkout_url":"https://pay/1"}}),
    );
    let report = rig.send(&order).await.unwrap();
    assert_eq!((report.standing, report.next.as_deref()), (Standing::Waiting, Some("https://pay/1")));
    let sent = rig.last();
    for part in
        ["authorization: Bearer sk", "\"amount\":\"125.50\"", "\"tx_ref\":\"0abc\"", "somebody@example.org"]
    {
        assert!(sent.contains(part), "{part} in {sent}");
    }
    for (status, data, expected) in [
        (
            200,
            json!({"status":"success","amount":125.5,"currency":"ETB","charge":3.15,"tx_ref":"0abc"}),
            (Standing::Done, Some(12_550), Some(315), None),
        ),
        (
            200,
            json!({"status":"success","amount":"99","currency":"USD","tx_ref":"0abc"}),
            (Standing::Done, Some(9_900), None, None),
        ),
        (200, json!({"status":"pending","amount":null}), (Standing::Waiting, None, None, None)),
        (200, json!({"status":"failed"}), (Standing::Declined, None, None, Some("failed"))),
        (404, json!({}), (Standing::NotFound, None, None, None)),
        (401, json!({}), (Standing::Declined, None, None, Some("misconfigured"))),
    ] {
        rig.answer("/v1/transaction/verify/0abc", status, json!({ "data": data }));
        assert_eq!(facts(&rig.ask(&order).await.unwrap()), expected, "{data}");
    }
    for (status, body) in [
        (500, json!({})),
        (200, json!({})),
        (200, json!({"data":{"status":"success","amount":"x","currency":"ETB"}})),
    ] {
        rig.answer("/v1/transaction/verify/0abc", status, body);
        assert!(matches!(rig.ask(&order).await, Err(Trouble::Unknown(_))));
    }
    rig.answer("/v1/refund/0abc", 200, json!({"status":"success"}));
    assert_eq!(rig.send(&rig.order(Flow::Refund, 100)).await.unwrap().standing, Standing::Done);
    let body = json!({"tx_ref":"0abc","status":"success"}).to_string();
    let good = sign::hmac_sha256("wh", body.as_bytes());
    assert_eq!(rig.callback(("x-chapa-signature", &good), "", &body), Ok((Some("0abc".into()), None)));
    assert_eq!(rig.callback(("x-chapa-signature", &good), "", &format!("{body} ")), Err(Forged::Signature));
    assert_eq!(rig.callback(("x-chapa-signature", ""), "", &body), Err(Forged::Signature));
}

#[tokio::test]
async fn paystack() {
    let rig = Rig::of("paystack", "NGN", &[("secret_key", "sk")]).await;
    let order = rig.order(Flow::Pay, 50_000);
    rig.answer("/transaction/initialize", 200, json!({"data":{"authorization_url":"https://pay/2"}}));
    assert_eq!(rig.send(&order).await.unwrap().next.as_deref(), Some("https://pay/2"));
    assert!(rig.last().contains("\"amount\":\"50000\""));
    let nobody = Order { contact: None, ..order.clone() };
    assert_eq!(rig.send(&nobody).await.unwrap().code.as_deref(), Some("email_missing"));
    let data = json!({"status":"success","amount":50_000,"currency":"NGN","fees":750,"id":99,
        "authorization":{"brand":"visa","last4":"4081"}});
    rig.answer("/transaction/verify/0abc", 200, json!({ "data": data }));
    let report = rig.ask(&order).await.unwrap();
    assert_eq!(facts(&report), (Standing::Done, Some(50_000), Some(750), None));
    assert_eq!((report.external.as_deref(), report.last4.as_deref()), (Some("99"), Some("4081")));
    rig.answer("/refund", 200, json!({"data":{"id":5,"status":"pending"}}));
    let refund = rig.order(Flow::Refund, 100);
    assert_eq!(rig.send(&refund).await.unwrap().standing, Standing::Waiting);
    rig.answer("/refund/ref-9", 200, json!({"data":{"id":5,"status":"processed"}}));
    rig.answers.lock().remove("/refund");
    assert_eq!(rig.ask(&refund).await.unwrap().standing, Standing::Done);
    let lost = Order { external: None, ..refund };
    assert!(matches!(rig.ask(&lost).await, Err(Trouble::Unknown(_))));
    let body = json!({"event":"charge.success","data":{"reference":"0abc"}}).to_string();
    let good = sign::hmac_sha512("sk", body.as_bytes());
    assert_eq!(rig.callback(("x-paystack-signature", &good), "", &body), Ok((Some("0abc".into()), None)));
    let weak = sign::hmac_sha256("sk", body.as_bytes());
    assert_eq!(rig.callback(("x-paystack-signature", &weak), "", &body), Err(Forged::Signature));
}

#[tokio::test]
async fn flutterwave() {
    let rig = Rig::of("flutterwave", "KES", &[("secret_key", "sk"), ("hash", "h4sh")]).await;
    let order = rig.order(Flow::Pay, 50_000);
    rig.answer("/v3/payments", 200, json!({"data":{"link":"https://pay/3"}}));
    assert_eq!(rig.send(&order).await.unwrap().next.as_deref(), Some("https://pay/3"));
    let data =
        json!({"status":"successful","amount":500,"currency":"KES","app_fee":7.0,"id":12,"tx_ref":"0abc"});
    rig.answer("/v3/transactions/verify_by_reference", 200, json!({ "data": data }));
    assert_eq!(facts(&rig.ask(&order).await.unwrap()), (Standing::Done, Some(50_000), Some(700), None));
    rig.answer("/v3/transactions/ext-1/refund", 200, json!({"data":{"id":4,"status":"completed"}}));
    assert_eq!(rig.send(&rig.order(Flow::Refund, 100)).await.unwrap().standing, Standing::Done);
    let body = json!({"data":{"tx_ref":"0abc"}}).to_string();
    assert_eq!(rig.callback(("verif-hash", "h4sh"), "", &body), Ok((Some("0abc".into()), None)));
    for wrong in ["", "h4s", "h4shh"] {
        assert_eq!(rig.callback(("verif-hash", wrong), "", &body), Err(Forged::Signature));
    }
}

#[tokio::test]
async fn telebirr() {
    let secrets = [
        ("app_key", "ak"),
        ("app_secret", "as"),
        ("app_id", "1"),
        ("merchant_code", "2"),
        ("private_key", keys::PRIVATE),
        ("public_key", keys::PUBLIC),
    ];
    let rig = Rig::of("telebirr", "ETB", &secrets).await;
    let order = rig.order(Flow::Pay, 12_550);
    assert!(
        matches!(rig.send(&order).await, Ok(Report { standing: Standing::Declined, .. })),
        "no token, no order"
    );
    rig.answer("/payment/v1/token", 200, json!({"token":"Bearer t"}));
    rig.answer(
        "/payment/v1/merchant/preOrder",
        200,
        json!({"result":"SUCCESS","code":"0","biz_content":{"prepay_id":"p1"}}),
    );
    assert_eq!(rig.send(&order).await.unwrap().next.as_deref(), Some("p1"));
    let sent = rig.last();
    let body: Value = serde_json::from_str(sent.split_once("\r\n\r\n").unwrap().1).unwrap();
    let signature = STANDARD.decode(body["sign"].as_str().unwrap()).unwrap();
    let signed = "appid=1&merch_code=2&merch_order_id=0abc&method=payment.preorder&nonce_str=07070707070707070707070707070707&\
        notify_url=https://test.example/v1/gateways/3/callback&redirect_url=https://test.example/back&timeout_express=30m&\
        timestamp=1800000000&title=Two meals&total_amount=125.50&trade_type=Checkout&trans_currency=ETB&version=1.0";
    for public in [keys::PUBLIC, keys::PUBLIC_BARE] {
        assert!(sign::rsa_verifies(&STANDARD.decode(public).unwrap(), signed.as_bytes(), &signature));
    }
    for (status, expected) in [
        ("PAY_SUCCESS", (Standing::Done, Some(12_550), None, None)),
        ("WAIT_PAY", (Standing::Waiting, None, None, None)),
        ("ORDER_CLOSED", (Standing::Declined, None, None, Some("ORDER_CLOSED"))),
    ] {
        let content = json!({"order_status":status,"total_amount":"125.50","trans_currency":"ETB","merch_order_id":"0abc"});
        rig.answer("/payment/v1/merchant/queryOrder", 200, json!({"result":"SUCCESS","biz_content":content}));
        assert_eq!(facts(&rig.ask(&order).await.unwrap()), expected);
    }
    rig.answer("/payment/v1/merchant/queryOrder", 200, json!({"result":"FAIL","code":"60200099"}));
    assert!(matches!(rig.ask(&order).await, Err(Trouble::Unknown(_))));
    // Their callback is signed as our requests are; here both have the same key.
    let mut said = json!({"merch_order_id":"0abc","total_amount":"125.50","trade_status":"Completed"});
    let text = b"merch_order_id=0abc&total_amount=125.50&trade_status=Completed";
    let signature = sign::rsa_sign(&STANDARD.decode(keys::PRIVATE).unwrap(), text).unwrap();
    said["sign"] = json!(STANDARD.encode(signature));
    said["sign_type"] = json!("SHA256WithRSA");
    assert_eq!(rig.callback(("x-any", ""), "", &said.to_string()), Ok((Some("0abc".into()), None)));
    said["total_amount"] = json!("125.51");
    assert_eq!(rig.callback(("x-any", ""), "", &said.to_string()), Err(Forged::Signature));
    said["sign"] = json!("AAAA");
    assert_eq!(rig.callback(("x-any", ""), "", &said.to_string()), Err(Forged::Signature));
    assert_eq!(rig.callback(("x-any", ""), "", "{}"), Err(Forged::Signature));
}

#[tokio::test]
async fn mpesa() {
    let secrets = [
        ("consumer_key", "ck"),
        ("consumer_secret", "cs"),
        ("short_code", "174379"),
        ("pass_key", "pk"),
        ("callback_key", "k3y"),
    ];
    let rig = Rig::of("mpesa", "KES", &secrets).await;
    let order = Order { contact: Some("+254 708 374149".into()), ..rig.order(Flow::Pay, 50_000) };
    rig.answer("/oauth/v1/generate", 200, json!({"access_token":"t","expires_in":"3599"}));
    rig.answer(
        "/mpesa/stkpush/v1/processrequest",
        200,
        json!({"ResponseCode":"0","CheckoutRequestID":"ws_1"}),
    );
    let report = rig.send(&order).await.unwrap();
    assert_eq!((report.standing, report.external.as_deref()), (Standing::Waiting, Some("ws_1")));
    let sent = rig.last();
    let password = STANDARD.encode("174379pk20270115110000");
    for part in
        ["\"Amount\":500", "254708374149", "callback?key=k3y", "\"Timestamp\":\"20270115110000\"", &password]
    {
        assert!(sent.contains(part), "{part} in {sent}");
    }
    for (order, code) in [
        (Order { amount: Money::new(50_050, Currency::KES), ..order.clone() }, "amount_not_whole"),
        (Order { contact: None, ..order.clone() }, "phone_missing"),
    ] {
        assert_eq!(rig.send(&order).await.unwrap().code.as_deref(), Some(code));
    }
    let known = Order { external: Some("ws_1".into()), ..order.clone() };
    for (status, body, expected) in [
        (200, json!({"ResponseCode":"0","ResultCode":"0"}), (Standing::Done, None, None, None)),
        (
            200,
            json!({"ResponseCode":"0","ResultCode":"1032"}),
            (Standing::Declined, None, None, Some("1032")),
        ),
        (500, json!({"errorCode":"500.001.1001"}), (Standing::Waiting, None, None, None)),
    ] {
        rig.answer("/mpesa/stkpushquery/v1/query", status, body.clone());
        assert_eq!(facts(&rig.ask(&known).await.unwrap()), expected, "{body}");
    }
    rig.answer("/mpesa/stkpushquery/v1/query", 500, json!({"errorCode":"500.002"}));
    assert!(matches!(rig.ask(&known).await, Err(Trouble::Unknown(_))));
    assert!(matches!(rig.ask(&order).await, Err(Trouble::Unknown(_))));
    rig.answer("/mpesa/stkpush/v1/processrequest", 500, json!({"errorCode":"500.001.1001"}));
    assert_eq!(rig.send(&order).await.unwrap().code.as_deref(), Some("busy"));
    assert_eq!(rig.send(&rig.order(Flow::Refund, 100)).await.unwrap().code.as_deref(), Some("not_offered"));
    let body = json!({"Body":{"stkCallback":{"CheckoutRequestID":"ws_1","ResultCode":0}}}).to_string();
    assert_eq!(rig.callback(("x-any", ""), "k3y", &body), Ok((None, Some("ws_1".into()))));
    assert_eq!(rig.callback(("x-any", ""), "k3", &body), Err(Forged::Signature));
    assert_eq!(rig.callback(("x-any", ""), "k3y", "{}"), Err(Forged::Unreadable));
}

#[test]
fn every_adapter_says_what_it_takes() {
    let outward = Outward::new(Settings::default(), Arc::new(testkit::clock())).unwrap();
    let adapters = super::adapters(&outward);
    let names: Vec<&str> = adapters.names().collect();
    assert_eq!(names, ["chapa", "flutterwave", "mpesa", "paystack", "telebirr"]);
    for name in names {
        let gateway = adapters.get(name).unwrap();
        assert!(gateway.methods().iter().all(|method| Method::is_outside(*method)));
        assert!(!gateway.secrets().is_empty());
    }
}
