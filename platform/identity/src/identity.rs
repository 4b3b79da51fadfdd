//! All of this crate's machinery in one place, as endpoints and jobs share it.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::jiff::SignedDuration;
use kernel::{Clock, Refusal};
use store::Market;
use tenancy::Directory;
use web::Call;

use crate::contact::{self, Contact};
use crate::master::Master;
use crate::password::Passwords;
use crate::sender::CodeSender;
use crate::throttle::Memory;
use crate::verifier::Verifier;
use crate::{key, limits};

/// What the operator may choose.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long an access token is good for; at most a day.
    pub token_life: SignedDuration,
    /// How long a refresh token, and a session that is not refreshed, is good for.
    pub refresh_life: SignedDuration,
    /// What API keys may be used for, besides this crate's own endpoints: the scopes of all others.
    pub scopes: Vec<&'static str>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { token_life: limits::TOKEN_LIFE, refresh_life: limits::REFRESH_LIFE, scopes: Vec::new() }
    }
}

pub struct Identity {
    pub(crate) master: Arc<Master>,
    pub(crate) passwords: Passwords,
    pub(crate) sender: Arc<dyn CodeSender>,
    pub(crate) counts: Memory,
    pub(crate) verifier: Verifier,
    pub(crate) settings: Settings,
    directory: Arc<Directory>,
}

impl Identity {
    /// Starts the threads that hash passwords, which is the only thing that may fail.
    pub fn start(
        master: Master,
        sender: Arc<dyn CodeSender>,
        directory: Arc<Directory>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> std::io::Result<Arc<Self>> {
        let master = Arc::new(master);
        Ok(Arc::new(Self {
            passwords: Passwords::start(limits::PASSWORD_THREADS, limits::PASSWORDS_WAITING_MAX)?,
            sender,
            counts: Memory::default(),
            verifier: Verifier::new(master.clone(), clock),
            master,
            settings: Settings { token_life: settings.token_life.min(limits::TOKEN_LIFE_MAX), ..settings },
            directory,
        }))
    }

    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// All that an API key may be used for.
    pub fn scopes(&self) -> BTreeSet<&'static str> {
        self.settings.scopes.iter().chain(key::OWN_SCOPES).copied().collect()
    }

    /// A contact as the caller wrote it; a local telephone number is one of the tenant's country.
    pub(crate) fn contact(&self, call: &Call, text: &str, field: &str) -> Result<Contact, Refusal> {
        let country = self.directory.country(call.site.tenant);
        Contact::parse(text, country).ok_or_else(|| Refusal::invalid(vec![contact::fault(field)]))
    }

    /// Under which attempts are counted: does not tell whose they are.
    pub(crate) fn attempt_key(&self, home: &Market, what: &str, whose: &str) -> [u8; 16] {
        let thing = format!("{what} {whose}");
        let whole = self.master.derive("iroko attempt", home.place().id.raw(), thing.as_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&whole[..16]);
        half
    }
}
