//! All of this crate's machinery in one place, as endpoints and jobs share it.

use std::sync::Arc;

use guard::{Ask, Key, Limiter, Quota, Verdict};
use kernel::jiff::Timestamp;
use kernel::{Clock, Random, Refusal, RefusalKind};
use store::Market;
use web::Call;

use crate::image::{Bounds, Pool};
use crate::limits;
use crate::object::{ObjectTrouble, Objects, Shelf, Where};
use crate::secret::Secret;

/// What the operator may choose.
#[derive(Debug, Clone)]
pub struct Settings {
    pub objects: Where,
    /// Bytes of one picture as it is sent.
    pub picture_bytes_max: usize,
    /// Memory for all pictures that are being decoded.
    pub memory_bytes_max: u64,
    /// Pictures that are made at once.
    pub threads: usize,
    /// What pictures are sent for; the apps name them.
    pub purposes: Vec<Purpose>,
}

/// What pictures are sent for, such as `request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose {
    pub name: &'static str,
    /// Whether people who have not signed in may send some.
    pub anyone: bool,
}

impl Settings {
    pub fn in_folder(folder: impl Into<std::path::PathBuf>) -> Self {
        Self {
            objects: Where::Folder(folder.into()),
            picture_bytes_max: limits::PICTURE_BYTES,
            memory_bytes_max: limits::MEMORY,
            threads: limits::THREADS,
            purposes: Vec::new(),
        }
    }
}

pub struct Media {
    pub(crate) secret: Secret,
    pub(crate) pool: Pool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    objects: Objects,
    purposes: Vec<Purpose>,
    tickets: Limiter,
}

impl Media {
    /// Opens the store of objects, which is the only thing that may fail.
    pub fn start(
        secret: Secret,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        settings: Settings,
    ) -> Result<Arc<Self>, ObjectTrouble> {
        let bounds = Bounds {
            bytes_max: settings.picture_bytes_max,
            pixels_max: limits::PIXELS_MAX,
            side_max: limits::SIDE_MAX,
            memory_max: settings.memory_bytes_max,
        };
        Ok(Arc::new(Self {
            secret,
            pool: Pool::new(bounds, settings.threads, limits::WAITING),
            clock,
            random,
            objects: Objects::open(&settings.objects)?,
            purposes: settings.purposes,
            tickets: Limiter::default(),
        }))
    }

    /// For whoever else keeps something that is too large for a row.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    pub(crate) fn shelf(&self, market: &Market) -> Shelf {
        self.objects.of(market.place())
    }

    /// The purpose of that name, if the caller may send pictures for it.
    pub(crate) fn purpose(&self, call: &Call, name: &str) -> Result<Purpose, Refusal> {
        let known = self.purposes.iter().find(|it| it.name == name).ok_or_else(|| {
            let fault = kernel::Fault::new("/purpose", "unknown_purpose", "Pictures are not sent for that.");
            Refusal::invalid(vec![fault])
        })?;
        if !known.anyone && !call.caller.is_known() {
            return Err(Refusal::unauthenticated());
        }
        Ok(*known)
    }

    /// Counts tickets for one person, or for one address when nobody has signed in.
    pub(crate) fn take_ticket(&self, call: &Call) -> Result<(), Refusal> {
        let key = match call.caller.person() {
            Some(person) => Key::person(call.site.tenant, person),
            None => Key::address(call.address),
        };
        let burst = limits::TICKETS_AT_ONCE;
        let quota = Quota::per(1, limits::TICKET_INTERVAL).with_burst(burst);
        match self.tickets.check(nanoseconds(call.now), Ask { key, quota, cost: 1 }) {
            Verdict::Allowed { .. } => Ok(()),
            Verdict::Refused { retry_after_ns } => {
                let seconds = u32::try_from(retry_after_ns.div_ceil(1_000_000_000)).unwrap_or(u32::MAX);
                let message = "Too many pictures from here. Wait before the next one.";
                Err(Refusal::new(RefusalKind::TooMany, "too_many_pictures", message)
                    .retry_after(seconds.max(1)))
            }
        }
    }
}

fn nanoseconds(now: Timestamp) -> u64 {
    u64::try_from(now.as_nanosecond()).unwrap_or_default()
}
