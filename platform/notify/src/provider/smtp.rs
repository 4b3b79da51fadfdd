//! E-mail by SMTP, stage by stage, so that it is known at which of them something broke: before the
//! message's last line nothing was sent, after it nobody can tell.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::BoxFuture;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::{Address, Message};
use store::Market;

use super::smtp_pool::Pool;
use super::{Content, Outcome, Parcel, Provider};
use crate::limits::SMTP_COMMAND_TIME;

/// How the way to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte, usually port 465.
    Tls,
    /// TLS after a greeting, usually port 587; without it nothing is sent.
    StartTls,
    /// For a relay on the same machine or a private network.
    Plain,
}

/// One server that takes mail.
#[derive(Clone)]
pub struct SmtpSettings {
    pub name: String,
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: Option<String>,
    pub password: Option<String>,
    /// Certificates in PEM that are trusted beside those that the system knows: of a server that made its own.
    pub roots: Option<Vec<u8>>,
    /// Such as `City of Example <noreply@city.example>`.
    pub from: String,
    /// How long it may take over one command; half a minute for a message whatever is said here.
    pub command_time: Duration,
}

impl SmtpSettings {
    pub fn new(name: &str, host: &str, port: u16, security: Security, from: &str) -> Self {
        Self {
            name: name.to_owned(),
            host: host.to_owned(),
            port,
            security,
            user: None,
            password: None,
            roots: None,
            from: from.to_owned(),
            command_time: SMTP_COMMAND_TIME,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum BadSmtp {
    #[error("{0:?} is not a sender such as Name <name@example.org>")]
    From(String),
    #[error("the connection to {host} cannot be protected: {detail}")]
    Tls { host: String, detail: String },
    #[error("what is to be trusted for {0} holds no certificate in PEM")]
    NoCertificate(String),
}

struct Smtp {
    name: String,
    from: Mailbox,
    domain: String,
    pool: Pool,
    command_time: Duration,
}

/// A provider of e-mail.
pub fn smtp(settings: SmtpSettings) -> Result<Arc<dyn Provider>, BadSmtp> {
    let from: Mailbox = settings.from.parse().map_err(|_| BadSmtp::From(settings.from.clone()))?;
    let (name, command_time) = (settings.name.clone(), settings.command_time);
    let host = settings.host.clone();
    let is_certificate = |pem: &Vec<u8>| String::from_utf8_lossy(pem).contains("-----BEGIN CERTIFICATE-----");
    if settings.roots.as_ref().is_some_and(|pem| !is_certificate(pem)) {
        return Err(BadSmtp::NoCertificate(host));
    }
    let domain = from.email.domain().to_owned();
    let pool =
        Pool::new(settings, &domain).map_err(|error| BadSmtp::Tls { host, detail: error.to_string() })?;
    Ok(Arc::new(Smtp { name, domain, from, pool, command_time }))
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Connecting,
    Sender,
    Recipient,
    Opening,
    /// From the first to the last line of the message, and the answer to it.
    Message,
}

/// What broke, without the words of the server: they may hold the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) stage: Stage,
    /// The server's answer, such as 550, and the finer code in its text, such as 5.1.1.
    pub(crate) code: Option<u16>,
    pub(crate) finer: Option<(u16, u16, u16)>,
    pub(crate) what: &'static str,
}

impl Broken {
    pub(crate) fn at(stage: Stage, error: &Error) -> Self {
        let code = error.status().map(u16::from);
        let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let what = if error.is_tls() { "TLS failed" } else { "the connection broke" };
        Self { stage, code, finer: code.and_then(|_| finer(&text)), what }
    }

    pub(crate) fn late(stage: Stage) -> Self {
        Self { stage, code: None, finer: None, what: "the server took too long" }
    }

    fn is_recipients(&self) -> bool {
        match (self.stage, self.code, self.finer) {
            // The mailbox does not exist, has moved, or is switched off for good.
            (Stage::Recipient | Stage::Message, Some(500..), Some((5, 1, _) | (5, 2, 1))) => true,
            (Stage::Recipient, Some(550 | 551 | 553), None) => true,
            _ => false,
        }
    }

    pub(crate) fn outcome(&self, server: &str) -> Outcome {
        let error = match (self.code, self.finer) {
            (Some(code), Some((a, b, c))) => format!("{server} answered {code} {a}.{b}.{c}"),
            (Some(code), None) => format!("{server} answered {code}"),
            (None, _) => format!("{server}: {}", self.what),
        };
        // A full mailbox is emptied some day.
        let is_full = self.code == Some(552) || matches!(self.finer, Some((_, 2, 2)));
        match (self.stage, self.code) {
            (_, Some(500..)) if self.is_recipients() => Outcome::Recipient { error },
            (_, Some(500..)) if !is_full => Outcome::Refused { error },
            (_, Some(_)) => Outcome::Failed { error, retry_after: None },
            (Stage::Message, None) => Outcome::Unknown { error },
            (_, None) => Outcome::Failed { error, retry_after: None },
        }
    }
}

/// The first `5.1.1` in a text.
fn finer(text: &str) -> Option<(u16, u16, u16)> {
    text.split(|letter: char| !(letter.is_ascii_digit() || letter == '.')).find_map(|word| {
        let mut parts = word.split('.').map(|part| part.parse::<u16>().ok());
        match (parts.next()??, parts.next()??, parts.next()??, parts.next()) {
            (class @ (2 | 4 | 5), subject @ 0..=999, detail @ 0..=999, None) => {
                Some((class, subject, detail))
            }
            _ => None,
        }
    })
}

impl Smtp {
    fn letter(&self, parcel: &Parcel) -> Option<(Address, Vec<u8>)> {
        let Content::Email { subject, text, html, leave } = &parcel.content else { return None };
        let to: Address = parcel.to.parse().ok()?;
        let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(parcel.at.as_second()).ok()?);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(subject)
            .date(at)
            .message_id(Some(format!("<{}@{}>", parcel.key, self.domain)))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", &parcel.language));
        if let Some(leave) = leave {
            builder = builder
                .raw_header(header("List-Unsubscribe", &format!("<{leave}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let parts = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, text))
            .singlepart(part(ContentType::TEXT_HTML, html));
        Some((to, builder.multipart(parts).ok()?.formatted()))
    }

    /// Up to the word that opens the message: nothing is sent before it.
    async fn open(&self, to: &Address) -> Result<(AsyncSmtpConnection, Place<'_>), Broken> {
        let (mut connection, place) = self.pool.take().await?;
        let from = Some(self.from.email.clone());
        self.say(&mut connection, Stage::Sender, Mail::new(from, Vec::new())).await?;
        self.say(&mut connection, Stage::Recipient, Rcpt::new(to.clone(), Vec::new())).await?;
        self.say(&mut connection, Stage::Opening, Data).await?;
        Ok((connection, place))
    }

    async fn say(
        &self,
        connection: &mut AsyncSmtpConnection,
        stage: Stage,
        command: impl std::fmt::Display,
    ) -> Result<(), Broken> {
        match tokio::time::timeout(self.command_time, connection.command(command)).await {
            Err(_) => Err(Broken::late(stage)),
            Ok(answer) => answer.map(|_| ()).map_err(|error| Broken::at(stage, &error)),
        }
    }

    async fn deliver(&self, to: &Address, letter: &[u8]) -> Result<(), Broken> {
        let all = self.command_time.saturating_mul(2).min(SMTP_COMMAND_TIME + SMTP_COMMAND_TIME / 2);
        let opened = tokio::time::timeout(all, self.open(to)).await;
        let (mut connection, place) = opened.unwrap_or_else(|_| Err(Broken::late(Stage::Opening)))?;
        match tokio::time::timeout(self.command_time, connection.message(letter)).await {
            Err(_) => return Err(Broken::late(Stage::Message)),
            Ok(answer) => answer.map_err(|error| Broken::at(Stage::Message, &error))?,
        };
        self.pool.put(connection, place);
        Ok(())
    }
}

impl Provider for Smtp {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, _: &'a Market, parcel: &'a Parcel) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Some((to, letter)) = self.letter(parcel) else {
                return Outcome::Recipient { error: "it is not an e-mail address".into() };
            };
            match self.deliver(&to, &letter).await {
                // Bounces name the Message-ID, so that is what the message is found by.
                Ok(()) => Outcome::Sent { reference: Some(format!("{}@{}", parcel.key, self.domain)) },
                Err(broken) => broken.outcome(&self.name),
            }
        })
    }
}

type Place<'a> = tokio::sync::SemaphorePermit<'a>;

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn part(kind: ContentType, text: &str) -> lettre::message::SinglePart {
    lettre::message::SinglePart::builder().header(kind).body(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finer_code_is_found() {
        for (text, expect) in [
            ("5.1.1 no such user", Some((5, 1, 1))),
            ("<a@b.example>: Recipient address rejected (5.7.1)", Some((5, 7, 1))),
            ("from 10.0.0.1 refused, 4.2.2", Some((4, 2, 2))),
            ("mailbox full", None),
            ("", None),
            ("1.2.3", None),
        ] {
            assert_eq!(finer(text), expect, "{text}");
        }
    }

    #[test]
    fn what_an_answer_means_at_each_stage() {
        use Stage::{Connecting, Message, Opening, Recipient, Sender};
        for (stage, code, finer, expect) in [
            (Connecting, None, None, "failed"),
            (Connecting, Some(535), Some((5, 7, 8)), "refused"),
            (Connecting, Some(421), None, "failed"),
            (Sender, Some(550), None, "refused"),
            (Recipient, Some(550), Some((5, 1, 1)), "recipient"),
            (Recipient, Some(550), None, "recipient"),
            (Recipient, Some(550), Some((5, 7, 1)), "refused"),
            (Recipient, Some(554), None, "refused"),
            (Recipient, Some(450), Some((4, 2, 0)), "failed"),
            (Recipient, Some(552), Some((5, 2, 2)), "failed"),
            (Recipient, Some(550), Some((5, 2, 1)), "recipient"),
            (Recipient, None, None, "failed"),
            (Opening, Some(554), None, "refused"),
            (Opening, None, None, "failed"),
            (Message, Some(451), None, "failed"),
            (Message, Some(554), Some((5, 7, 1)), "refused"),
            (Message, Some(550), Some((5, 1, 1)), "recipient"),
            (Message, None, None, "unknown"),
        ] {
            let outcome = Broken { stage, code, finer, what: "broke" }.outcome("relay");
            assert_eq!(outcome.name(), expect, "{stage:?} {code:?} {finer:?}");
        }
    }
}
