//! The worker: claim, wire, result. What a crash leaves at each step stands in this folder's `mod.rs`.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Change, Decision, values};
use serde_json::{Value, json};
use store::{CommitError, FromRow, Market, Query, Rows};

use super::decide::{self, Facts, Send, Step, short};
use super::model::{Message, State};
use super::repo;
use crate::channel::Channel;
use crate::keys::Leave;
use crate::limits;
use crate::notify::{About, Notify};
use crate::preference::model::{Choice, Owner};
use crate::preference::repo as preferences;
use crate::provider::{Content, Line, Outcome, Parcel};
use crate::rules::sms;
use crate::suppression::decide::suppress;
use crate::suppression::model::{Reason, Suppression};
use crate::suppression::repo as suppressions;
use crate::template::{Words, html};
use crate::webhook::decide::judge;
use crate::webhook::model::{Standing, Webhook};
use crate::{device, webhook};

/// Runs jobs of the kind `notify.send`.
pub struct SendMessage(pub Arc<Notify>);

impl JobHandler for SendMessage {
    fn kind(&self) -> &'static str {
        decide::SEND
    }

    /// Everything is committed on the way; the job itself carries nothing to be lost with it.
    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let body: Send =
            serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))?;
        self.0.deliver(market, &body.cause).await?;
        Ok(Decision::nothing())
    }

    fn attempts_max(&self) -> i64 {
        limits::JOB_ATTEMPTS_MAX
    }
}

/// What is known of the recipient.
struct Recipient {
    hash: [u8; 32],
    suppressed: bool,
    choices: [Vec<Choice>; 2],
    languages: Vec<String>,
    recent: Vec<Timestamp>,
    webhook: Option<Webhook>,
}

impl Notify {
    /// One step of one message: sent, put off, or given up, and committed as such. Safe to call at any
    /// time, several times, and twice at once.
    pub async fn deliver(&self, market: &Market, cause: &str) -> Result<(), JobTrouble> {
        let Some(message) = repo::by_cause(market, cause).await? else { return Ok(()) };
        if message.state.is_end() {
            return Ok(());
        }
        let (about, now) = (self.places.about(market), self.world.clock.now());
        let recipient = self.recipient(market, &message, now).await?;
        let facts = Facts {
            now,
            zone: &about.zone,
            quiet: about.quiet,
            suppressed: recipient.suppressed,
            choices: [&recipient.choices[0], &recipient.choices[1]],
            recent: &recipient.recent,
        };
        let decision = match decide::next_step(&message, &facts) {
            Step::Nothing => return Ok(()),
            Step::Later(until, why) => decide::put_off(&message, until, why),
            Step::End(state, why) => decide::end_unsent(&message, state, why),
            Step::Go => match self.parcel(market, &about, &recipient, &message, now) {
                Ok(parcel) => return self.carry(market, &about, &recipient, message, parcel).await,
                Err((state, why)) => decide::end_unsent(&message, state, &why),
            },
        };
        Ok(market.commit(self.stamp(), decision).await?)
    }

    async fn recipient(
        &self,
        market: &Market,
        message: &Message,
        now: Timestamp,
    ) -> Result<Recipient, JobTrouble> {
        let hash = self.keys().blind(market, message.channel, message.address.as_deref().unwrap_or_default());
        let day_ago = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
        let address = Owner::Address(hash);
        let person = message.person.map_or(address, Owner::Person);
        let found = market
            .snapshot(vec![
                Query { sql: suppressions::IS, params: values![hash] },
                preferences::choices(person),
                preferences::choices(address),
                preferences::language(person),
                preferences::language(address),
                Query {
                    sql: repo::RECENT,
                    params: values![hash, day_ago, limits::RECENT_MAX as i64, message.id],
                },
            ])
            .await?;
        let languages = [words(&found, 3)?, words(&found, 4)?].concat();
        let recent: Vec<(Timestamp,)> = rows(&found, 5)?;
        let webhook = match (message.channel, message.address.as_ref().map(|id| id.parse())) {
            (Channel::Webhook, Some(Ok(id))) => webhook::repo::one(market, id).await?,
            _ => None,
        };
        Ok(Recipient {
            hash,
            suppressed: !rows::<Suppression>(&found, 0)?.is_empty(),
            choices: [rows(&found, 1)?, rows(&found, 2)?],
            languages,
            recent: recent.into_iter().map(|(at,)| at).collect(),
            webhook,
        })
    }

    fn parcel(
        &self,
        market: &Market,
        about: &About,
        recipient: &Recipient,
        message: &Message,
        now: Timestamp,
    ) -> Result<Parcel, (State, String)> {
        let arguments: Value = serde_json::from_str(&message.arguments)
            .ok()
            .filter(|_| message.arguments.len() <= limits::ARGUMENTS_BYTES_MAX)
            .ok_or((State::Failed, "its arguments are not readable".to_owned()))?;
        let to = message.address.clone().unwrap_or_default();
        let (content, language) = match message.channel {
            Channel::Webhook => {
                (self.webhook_content(market, recipient, message, &arguments, now)?, String::new())
            }
            _ => {
                let words = self.words(market, about, &recipient.languages, message, arguments.clone())?;
                let language = words.language.clone();
                (self.content(market, about, recipient, message, words, &arguments), language)
            }
        };
        let key = format!("{}-{}", market.place().id, message.id);
        Ok(Parcel { key, id: message.id.raw(), to, language, at: message.at, now, content })
    }

    fn words(
        &self,
        market: &Market,
        about: &About,
        chosen: &[String],
        message: &Message,
        mut arguments: Value,
    ) -> Result<Words, (State, String)> {
        if let Value::Object(object) = &mut arguments {
            object.insert("brand".into(), about.brand.clone().into());
            let to = (message.address.as_deref().unwrap_or_default(), about.base.as_deref());
            self.add_late(market, &message.template, to, object);
        }
        let languages = chosen.iter().chain(&message.language).chain(&about.languages);
        let languages: Vec<&str> = languages.map(String::as_str).collect();
        let words = self.templates.words(&message.template, &languages, &arguments);
        words.map_err(|error| (State::Failed, error.to_string()))
    }

    fn content(
        &self,
        market: &Market,
        about: &About,
        recipient: &Recipient,
        message: &Message,
        words: Words,
        arguments: &Value,
    ) -> Content {
        match message.channel {
            Channel::Sms => Content::Sms { text: sms::fit(&words.sms, limits::SMS_PARTS_MAX) },
            Channel::Push => {
                Content::Push { title: words.title, body: words.sms, data: arguments.to_string() }
            }
            Channel::Email | Channel::Webhook => {
                let html = html(&words.language, &words.subject, &words.text);
                let topic = message.topic.clone();
                let leave = Leave { hash: recipient.hash, channel: message.channel, topic };
                let link =
                    about.base.as_ref().filter(|_| !message.urgent).map(|base| {
                        format!("{base}/v1/unsubscribe/{}", self.keys().leave_token(market, &leave))
                    });
                Content::Email { subject: words.subject, text: words.text, html, leave: link }
            }
        }
    }

    fn webhook_content(
        &self,
        market: &Market,
        recipient: &Recipient,
        message: &Message,
        data: &Value,
        now: Timestamp,
    ) -> Result<Content, (State, String)> {
        let webhook = recipient.webhook.as_ref().filter(|webhook| webhook.standing == Standing::On);
        let webhook = webhook.ok_or((State::Cancelled, "the webhook is switched off or gone".to_owned()))?;
        let body = json!({"type": message.template, "timestamp": message.at.to_string(), "data": data});
        let generations = webhook.generations(now).into_iter();
        let secrets =
            generations.map(|it| self.keys().webhook_secret(market, webhook.id.raw(), it)).collect();
        Ok(Content::Webhook { url: webhook.url.clone(), body: body.to_string(), secrets })
    }

    /// From provider to provider, until one has it, may have it, or says that nobody can.
    async fn carry(
        &self,
        market: &Market,
        about: &About,
        recipient: &Recipient,
        mut message: Message,
        mut parcel: Parcel,
    ) -> Result<(), JobTrouble> {
        let lines = self.channels.of(message.channel, message.provider.as_deref());
        let mut last: Option<(&Line, Outcome)> = None;
        for line in lines {
            let now = self.world.clock.now();
            let Some(ticket) = line.allow(now) else { continue };
            let opens_round = last.is_none();
            let name = line.provider.name();
            let mut begun = decide::begin(&message, name, recipient.hash, opens_round, now);
            if let Some((before, outcome)) = &last {
                begun = begun.change(self.line_of_log(&message, before.provider.name(), outcome));
            }
            market.commit(self.stamp(), begun).await?;
            message = begun_as(message, name, opens_round, now);
            parcel.now = now;
            let outcome = line.send(market, &parcel, ticket).await;
            let goes_on = outcome.passes_on();
            last = Some((line, outcome));
            if !goes_on {
                break;
            }
        }
        let Some((line, outcome)) = last else { return self.nobody(market, &message).await };
        self.finish(market, about, recipient, &message, line.provider.name(), &outcome).await
    }

    fn line_of_log(&self, message: &Message, provider: &str, outcome: &Outcome) -> Change {
        let (id, now) = (self.world.ids.next(), self.world.clock.now());
        repo::log(id, message, message.attempts, provider, outcome, now)
    }

    /// Every provider is left alone for now, so that the message has not been tried.
    async fn nobody(&self, market: &Market, message: &Message) -> Result<(), JobTrouble> {
        let now = self.world.clock.now();
        let until = now.checked_add(limits::NOBODY_WAIT).unwrap_or(now);
        let decision = decide::put_off(message, until, "every provider of its channel is left alone");
        Ok(market.commit(self.stamp(), decision).await?)
    }

    async fn finish(
        &self,
        market: &Market,
        about: &About,
        recipient: &Recipient,
        message: &Message,
        provider: &str,
        outcome: &Outcome,
    ) -> Result<(), JobTrouble> {
        let ctx = self.ctx(&about.zone);
        let log = self.line_of_log(message, provider, outcome);
        let mut ended = decide::end(message, provider, outcome, ctx.now, self.dice()).change(log.clone());
        if let Outcome::Recipient { .. } = outcome {
            ended = ended.and(self.never_again(message, recipient, ctx.now));
        }
        if let Some(error) = outcome.error() {
            let (error, outcome) = (short(error), outcome.name());
            tracing::warn!(market = %market.place().name, message = %message.id, provider, outcome, error, "a message was not delivered");
        }
        let judged = recipient.webhook.as_ref().map(|webhook| judge(webhook, outcome, &ctx));
        let whole = ended.clone().and(judged.unwrap_or_default());
        // Somebody may have changed the webhook meanwhile, or taken this worker for dead and gone on;
        // what happened on the wire is kept in any case.
        for decision in [whole, ended, Decision::nothing().change(log)] {
            match market.commit(self.stamp(), decision).await {
                Err(CommitError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(CommitError::Conflict.into())
    }

    /// A recipient that does not exist is not asked again.
    fn never_again(&self, message: &Message, recipient: &Recipient, now: Timestamp) -> Decision {
        match (message.channel, &message.address) {
            (Channel::Push, Some(token)) => {
                Decision::nothing().change(device::repo::FORGET_TOKEN.with(values![token]).any_rows())
            }
            (Channel::Sms | Channel::Email, _) => {
                suppress(recipient.hash, message.channel, Reason::Bounced, now)
            }
            _ => Decision::nothing(),
        }
    }
}

/// As the row now is.
fn begun_as(message: Message, provider: &str, opens_round: bool, now: Timestamp) -> Message {
    Message {
        state: State::Sending,
        provider: Some(provider.to_owned()),
        attempts: message.attempts + 1,
        rounds: message.rounds + i64::from(opens_round),
        started: now,
        ..message
    }
}

fn rows<T: FromRow>(found: &[Rows], at: usize) -> Result<Vec<T>, JobTrouble> {
    Ok(found.get(at).map(Rows::list).transpose()?.unwrap_or_default())
}

fn words(found: &[Rows], at: usize) -> Result<Vec<String>, JobTrouble> {
    Ok(rows::<(String,)>(found, at)?.into_iter().map(|(word,)| word).collect())
}
