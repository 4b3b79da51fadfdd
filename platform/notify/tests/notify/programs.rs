//! Webhooks, and providers over HTTP, against a server that does as it is told.

use std::sync::Arc;

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, values};
use notify::{Channel, Channels, Form, HttpProvider};
use outward::Outward;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::endpoints::{ask, manager};
use crate::world::{World, sms, world};

/// Heads and bodies of what came, answered one status after another; the last one is repeated.
pub struct Receiver {
    pub url: String,
    pub got: Arc<Mutex<Vec<(String, String)>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// An empty status is a line that breaks after the request.
    pub async fn answering(statuses: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=s3cret", listener.local_addr().unwrap());
        let (got, statuses) = (Arc::<Mutex<Vec<(String, String)>>>::default(), statuses.to_vec());
        let seen = got.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut all, mut buffer) = (Vec::new(), [0; 4_096]);
                let (head, body) = loop {
                    let Ok(count @ 1..) = stream.read(&mut buffer).await else { break Default::default() };
                    all.extend_from_slice(&buffer[..count]);
                    let text = String::from_utf8_lossy(&all).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head.to_lowercase().split("content-length: ").nth(1).map_or(0, |rest| {
                        rest.split("\r\n").next().unwrap_or_default().parse::<usize>().unwrap()
                    });
                    if body.len() >= length {
                        break (head.to_lowercase(), body.to_owned());
                    }
                };
                let number = seen.lock().len();
                seen.lock().push((head, body));
                let status = statuses[number.min(statuses.len() - 1)];
                if !status.is_empty() {
                    let text =
                        format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
                    let _ = stream.write_all(text.as_bytes()).await;
                }
            }
        });
        Self { url, got, task }
    }

    fn count(&self) -> usize {
        self.got.lock().len()
    }

    fn header(&self, number: usize, name: &str) -> String {
        let (head, _) = &self.got.lock()[number];
        let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        line.unwrap_or_else(|| panic!("no {name} in {head}"))
    }
}

async fn publish(world: &World, cause: &str) {
    let webhooks = notify::webhooks(&world.market).await.unwrap();
    let ctx = Ctx { now: world.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &*world.outside.ids };
    let data = json!({"id": "req_1"});
    world.commit(notify::publish(&webhooks, "request.reported", &data, cause, &ctx)).await;
}

async fn subscribe(world: &World, receiver: &Receiver) -> Value {
    let new = json!({"url": receiver.url, "topics": ["request.reported"], "contact": "ops@a.example"});
    ask(world, manager(), "add_webhook", new).await.unwrap()
}

kernel::statements! {
    long AGE = "update notify_webhook set failing_since = ?1 where failing_since is not null";
    long STATE = "select state, failing_since is not null from notify_webhook";
}

/// As a receiver would, with the secret that was shown. Names of headers come in small letters here,
/// and so does the mark; so both are compared like that.
fn is_signed(receiver: &Receiver, number: usize, secret: &str) -> bool {
    use base64::Engine;
    let secret =
        base64::engine::general_purpose::STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let second: i64 = receiver.header(number, "webhook-timestamp").parse().unwrap();
    let body = receiver.got.lock()[number].1.clone();
    // The id is an identifier in small letters.
    let mark = notify::sign(&secret, &receiver.header(number, "webhook-id"), second, body.as_bytes());
    receiver.header(number, "webhook-signature").split(' ').any(|its| its == mark.to_lowercase())
}

#[tokio::test]
async fn events_are_signed_and_their_secret_can_be_changed() {
    let receiver = Receiver::answering(&["200 OK"]).await;
    let world = world(Channels::default()).await;
    let made = subscribe(&world, &receiver).await;
    let first = made["secret"].as_str().unwrap().to_owned();
    let id = made["webhook"]["id"].as_str().unwrap().to_owned();
    publish(&world, "e1").await;
    publish(&world, "e1").await;
    world.settle().await;
    assert_eq!((receiver.count(), world.states().await), (1, vec!["sent".to_owned()]));
    let body: Value = serde_json::from_str(&receiver.got.lock()[0].1).unwrap();
    assert_eq!((&body["type"], &body["data"]["id"]), (&json!("request.reported"), &json!("req_1")));
    assert!(is_signed(&receiver, 0, &first));
    let rotated = ask(&world, manager(), "rotate_secret", json!({"{webhook}": id})).await.unwrap();
    let second = rotated["secret"].as_str().unwrap().to_owned();
    publish(&world, "e2").await;
    world.settle().await;
    assert!(first != second && is_signed(&receiver, 1, &first) && is_signed(&receiver, 1, &second));
    world.advance(25 * 3_600);
    publish(&world, "e3").await;
    world.settle().await;
    assert!(!is_signed(&receiver, 2, &first) && is_signed(&receiver, 2, &second));
    let shown = ask(&world, manager(), "list_webhooks", json!({})).await.unwrap().to_string();
    assert!(!shown.contains("whsec_"));
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_tried_again_with_the_same_id_and_at_last_switched_off() {
    let receiver = Receiver::answering(&["503 Busy", "", "302 Found", "500 Broken"]).await;
    let world = world(Channels::default()).await;
    subscribe(&world, &receiver).await;
    publish(&world, "e1").await;
    world.settle().await;
    let ids: std::collections::BTreeSet<String> =
        (0..8).map(|number| receiver.header(number, "webhook-id")).collect();
    assert_eq!((ids.len(), receiver.count(), world.states().await), (1, 8, vec!["failed".to_owned()]));
    let state = async || world.market.one::<(String, bool)>(STATE, values![]).await.unwrap().unwrap();
    assert_eq!(state().await, ("on".to_owned(), true));
    let long_ago = world.now() - kernel::jiff::SignedDuration::from_hours(121);
    world.commit(kernel::Decision::nothing().change(AGE.with(values![long_ago]))).await;
    publish(&world, "e2").await;
    publish(&world, "e3").await;
    world.settle().await;
    assert_eq!(state().await.0, "dead");
    let off = world.events().await.into_iter().filter(|name| name == "webhook.switched_off").count();
    let written = world.written().await;
    assert_eq!((off, written.len()), (1, 1), "its owner is told once");
    assert!(written[0].3.contains("127.0.0.1") && !written[0].3.contains("s3cret"), "{}", written[0].3);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_switched_off_at_once() {
    let receiver = Receiver::answering(&["410 Gone"]).await;
    let world = world(Channels::default()).await;
    subscribe(&world, &receiver).await;
    publish(&world, "e1").await;
    publish(&world, "e2").await;
    world.settle().await;
    assert_eq!(receiver.got.lock().len(), 1);
    assert_eq!(world.states().await, ["failed", "cancelled", "sent"]);
}

#[tokio::test]
async fn a_provider_over_http_gets_what_its_settings_say() {
    let receiver = Receiver::answering(&["202 Accepted", "", "200 OK", "401 Unauthorized"]).await;
    let settings = outward::Settings { allowed: vec!["127.0.0.1".parse().unwrap()], ..Default::default() };
    let outward = Outward::new(settings, Arc::new(testkit::clock())).unwrap();
    let provider = |form| HttpProvider {
        name: "gateway".into(),
        url: receiver.url.clone(),
        headers: vec![("authorization".into(), "Bearer s3cret".into())],
        form,
        key_header: Some("idempotency-key".into()),
        reference: None,
        recipient_errors: Vec::new(),
    };
    let json_form = Form::Json(json!({"messages": [{"to": "{to}", "text": "{text}"}], "flash": false}));
    let json_world =
        world(Channels::default().with(Channel::Sms, provider(json_form).over(outward.clone()))).await;
    json_world.queue(sms("a")).await;
    json_world.settle().await;
    let body: Value = serde_json::from_str(&receiver.got.lock()[0].1).unwrap();
    assert_eq!(body, json!({"messages": [{"to": "+251911234567", "text": "Hi Abebe"}], "flash": false}));
    assert_eq!(receiver.header(0, "authorization"), "bearer s3cret");
    // The line breaks after the request: sent again, and known again by its key.
    json_world.queue(sms("b")).await;
    json_world.settle().await;
    assert_eq!(receiver.header(1, "idempotency-key"), receiver.header(2, "idempotency-key"));
    assert_eq!(json_world.outcomes().await, ["sent gateway", "unknown gateway", "sent gateway"]);
    let fields = Form::Fields(vec![("to".into(), "{to}".into()), ("m".into(), "{text}".into())]);
    let form_world = world(Channels::default().with(Channel::Sms, provider(fields).over(outward))).await;
    form_world.queue(sms("c")).await;
    form_world.step(None).await;
    assert_eq!(receiver.got.lock()[3].1, "to=%2B251911234567&m=Hi+Abebe");
    assert_eq!(form_world.outcomes().await, ["refused gateway"]);
    let (.., error) = form_world.messages().await.pop().unwrap();
    assert!(!error.unwrap().contains("s3cret"));
}
