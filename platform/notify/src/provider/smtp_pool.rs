//! Connections to a mail server: few at once, and kept for a moment.

use std::time::{Duration, Instant};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::smtp::{Broken, Security, SmtpSettings, Stage};
use crate::limits::{SMTP_CONNECTIONS_MAX, SMTP_IDLE_MAX, SMTP_IDLE_TIME};

pub(super) struct Pool {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    hello: ClientId,
    places: Semaphore,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, Error> {
    let mut tls = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.roots {
        tls = tls.add_root_certificate(Certificate::from_pem(pem)?);
    }
    tls.build_rustls()
}

impl Pool {
    pub(super) fn new(settings: SmtpSettings, domain: &str) -> Result<Self, Error> {
        let tls = match settings.security {
            Security::Plain => None,
            Security::Tls | Security::StartTls => Some(tls(&settings)?),
        };
        let hello = ClientId::Domain(domain.to_owned());
        let places = Semaphore::new(SMTP_CONNECTIONS_MAX);
        Ok(Self { settings, tls, hello, places, idle: Mutex::default() })
    }

    /// One that answers; the caller sees to an end of the wait.
    pub(super) async fn take(&self) -> Result<(AsyncSmtpConnection, SemaphorePermit<'_>), Broken> {
        let stage = Stage::Connecting;
        let place = self.places.acquire().await.map_err(|_| Broken::late(stage))?;
        while let Some(mut connection) = self.pop() {
            let answers = tokio::time::timeout(self.settings.command_time / 4, connection.test_connected());
            if answers.await == Ok(true) {
                return Ok((connection, place));
            }
        }
        let time = self.settings.command_time;
        let connecting = tokio::time::timeout(time, self.connect(time)).await;
        let connection = connecting.map_err(|_| Broken::late(stage))?;
        connection.map(|it| (it, place)).map_err(|error| Broken::at(stage, &error))
    }

    fn pop(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock();
        idle.retain(|(_, since)| since.elapsed() < SMTP_IDLE_TIME);
        idle.pop().map(|(connection, _)| connection)
    }

    /// Only after a message that was taken whole; others are closed.
    pub(super) fn put(&self, connection: AsyncSmtpConnection, place: SemaphorePermit<'_>) {
        let mut idle = self.idle.lock();
        if idle.len() < SMTP_IDLE_MAX {
            idle.push((connection, Instant::now()));
        }
        drop(place);
    }

    async fn connect(&self, time: Duration) -> Result<AsyncSmtpConnection, Error> {
        let its = &self.settings;
        let wrapper = self.tls.clone().filter(|_| its.security == Security::Tls);
        let server = (its.host.as_str(), its.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(time), &self.hello, wrapper, None).await?;
        if let (Security::StartTls, Some(tls)) = (its.security, &self.tls) {
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        if let (Some(user), Some(password)) = (&its.user, &its.password) {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }
}
