use std::sync::Arc;

use http::StatusCode;
use kernel::{Decision, Fault, Refusal, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Path, Role};

use super::model::{Standing, Webhook, WebhookId, WebhookView};
use super::{decide, repo};
use crate::keys::secret_text;
use crate::notify::Notify;

pub fn endpoints(notify: &Arc<Notify>) -> Vec<Endpoint> {
    vec![
        web::with!(notify, get "/v1/webhooks" => list_webhooks())
            .says("The webhooks of this market, newest first, without their secrets")
            .may(May::Role(Role::Manager))
            .scope("webhooks"),
        web::with!(notify, post "/v1/webhooks" => add_webhook(input: Body<NewWebhook>))
            .says("Send events to an address, signed by Standard Webhooks; the secret is shown this once")
            .may(May::Role(Role::Manager))
            .scope("webhooks")
            .secret()
            .answers(StatusCode::CREATED),
        web::with!(notify, get "/v1/webhooks/{webhook}" => get_webhook(input: Path<WebhookPath>))
            .says("One webhook, without its secret")
            .may(May::Role(Role::Manager))
            .scope("webhooks"),
        web::with!(notify, patch "/v1/webhooks/{webhook}" => edit_webhook(path: Path<WebhookPath>, input: Body<Edit>))
            .says("Change a webhook, or switch it off or on")
            .may(May::Role(Role::Manager))
            .scope("webhooks"),
        web::with!(notify, delete "/v1/webhooks/{webhook}" => remove_webhook(input: Path<WebhookPath>))
            .says("Remove a webhook; what still waits for it is not sent")
            .may(May::Role(Role::Manager))
            .scope("webhooks"),
        web::with!(notify, post "/v1/webhooks/{webhook}/secret" => rotate_secret(input: Path<WebhookPath>))
            .says("A new secret, shown this once; for a day the one before is signed with too")
            .may(May::Role(Role::Manager))
            .scope("webhooks")
            .secret(),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// One of https.
    #[schemars(length(min = 8, max = 2048))]
    url: String,
    /// Names of events, such as `request.reported`; `*` for all.
    #[schemars(
        length(min = 1, max = 50),
        inner(length(min = 1, max = 80), regex(pattern = r"^(\*|[a-z][a-z0-9_.-]*)$"))
    )]
    topics: Vec<String>,
    /// The e-mail address of whoever is told when it stops answering.
    #[schemars(length(min = 3, max = 254))]
    contact: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Edit {
    #[schemars(length(min = 8, max = 2048))]
    url: Option<String>,
    #[schemars(
        length(min = 1, max = 50),
        inner(length(min = 1, max = 80), regex(pattern = r"^(\*|[a-z][a-z0-9_.-]*)$"))
    )]
    topics: Option<Vec<String>>,
    #[schemars(length(min = 3, max = 254))]
    contact: Option<String>,
    /// Whether anything is sent to it.
    on: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct WebhookPath {
    webhook: WebhookId,
}

#[derive(Serialize, JsonSchema)]
struct Webhooks {
    items: Vec<WebhookView>,
}

#[derive(Serialize, JsonSchema)]
struct WithSecret {
    /// `whsec_…`; it is not shown again.
    secret: String,
    webhook: WebhookView,
}

fn checked(notify: &Notify, url: Option<&str>, contact: Option<&str>) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    if let Some(error) = url.and_then(|url| notify.check_webhook(url).err()) {
        faults.push(Fault::new("/url", "unusable", format!("Cannot be called: {error}.")));
    }
    if contact.is_some_and(|contact| contact.parse::<lettre::Address>().is_err()) {
        faults.push(Fault::new("/contact", "wrong_form", "Must be an e-mail address."));
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::invalid(faults)) }
}

async fn found(call: &Call, id: WebhookId) -> Result<Webhook, Refusal> {
    repo::one(call.market(), id).await?.ok_or_else(Refusal::not_found)
}

async fn list_webhooks(_: &Notify, call: Call) -> Result<Answer<Webhooks>, Refusal> {
    let items = repo::all(call.market()).await?.into_iter().map(Into::into).collect();
    Answer::ok(&Webhooks { items })
}

async fn get_webhook(
    _: &Notify,
    call: Call,
    Path(path): Path<WebhookPath>,
) -> Result<Answer<WebhookView>, Refusal> {
    Answer::ok(&found(&call, path.webhook).await?.into())
}

async fn add_webhook(
    notify: &Notify,
    call: Call,
    Body(new): Body<NewWebhook>,
) -> Result<Answer<WithSecret>, Refusal> {
    checked(notify, Some(&new.url), new.contact.as_deref())?;
    let webhook = Webhook {
        id: call.ctx().fresh(),
        url: new.url,
        topics: new.topics,
        generation: 1,
        previous_until: call.now,
        failing_since: None,
        standing: Standing::On,
        contact: new.contact,
        made: call.now,
        version: 1,
    };
    let secret = secret_text(&notify.keys().webhook_secret(call.market(), webhook.id.raw(), 1));
    let location = format!("{}/v1/webhooks/{}", call.base, webhook.id);
    call.change(|| async {
        let existing = repo::all(call.market()).await?.len();
        let made = WithSecret { secret: secret.clone(), webhook: webhook.clone().into() };
        Ok((decide::add(&webhook, existing)?, Answer::created(location.clone(), &made)?))
    })
    .await
}

async fn edit_webhook(
    notify: &Notify,
    call: Call,
    Path(path): Path<WebhookPath>,
    Body(edit): Body<Edit>,
) -> Result<Answer<WebhookView>, Refusal> {
    checked(notify, edit.url.as_deref(), edit.contact.as_deref())?;
    call.change(|| async {
        let before = found(&call, path.webhook).await?;
        let standing = match edit.on {
            Some(true) => Standing::On,
            Some(false) => Standing::Off,
            None => before.standing,
        };
        let mut webhook = decide::stand(before, standing);
        webhook.url = edit.url.clone().unwrap_or(webhook.url);
        webhook.topics = edit.topics.clone().unwrap_or(webhook.topics);
        webhook.contact = edit.contact.clone().or(webhook.contact);
        Ok((Decision::nothing().change(repo::edit(&webhook)), Answer::ok(&webhook.into())?))
    })
    .await
}

async fn remove_webhook(
    _: &Notify,
    call: Call,
    Path(path): Path<WebhookPath>,
) -> Result<Answer<()>, Refusal> {
    call.change(|| async {
        let change = repo::REMOVE.with(values![path.webhook]).or_refuse(Refusal::not_found());
        Ok((Decision::nothing().change(change), Answer::done()))
    })
    .await
}

async fn rotate_secret(
    notify: &Notify,
    call: Call,
    Path(path): Path<WebhookPath>,
) -> Result<Answer<WithSecret>, Refusal> {
    call.change(|| async {
        let webhook = decide::rotate(found(&call, path.webhook).await?, &call.ctx());
        let secret = notify.keys().webhook_secret(call.market(), webhook.id.raw(), webhook.generation);
        // The version that was read is the one that is changed.
        let change = repo::edit(&webhook);
        let shown = WithSecret { secret: secret_text(&secret), webhook: webhook.into() };
        Ok((Decision::nothing().change(change), Answer::ok(&shown)?))
    })
    .await
}
