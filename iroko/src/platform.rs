//! The composition: every part of the platform, put together once.

use std::path::PathBuf;
use std::sync::Arc;

use bus::{Bus, Registry};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, IdSource, Random, Refusal, SnowIds, Sql, SystemClock, SystemRandom};
use store::schema::Schema;
use store::{Kind, Market, Stamp, Store, StoreConfig, StoreError};
use tenancy::{Directory, Operations};
use web::{Endpoint, World};

use crate::commands::report::{Failure, FailureKind};
use crate::config::{Settings, StoreKind};
use crate::{consumers, secret};

pub struct Platform {
    pub store: Store,
    pub operations: Operations,
    pub identity: identity::Identity,
    pub world: Arc<World>,
    bus: parking_lot::Mutex<Option<Bus>>,
}

/// Every table of the project.
pub fn schema() -> Schema {
    let [system, market] = tenancy::parts();
    Schema::of([web::part(), bus::part(), system, market, identity::part(), civic::part()])
}

/// Every statement of the project, with the kind of market it is for.
pub fn statements() -> Vec<Sql> {
    let tenancy = tenancy::STATEMENTS.iter().flat_map(|(_, statements)| statements.iter().copied());
    [
        store::STATEMENTS.to_vec(),
        web::STATEMENTS.to_vec(),
        bus::STATEMENTS.to_vec(),
        tenancy.collect(),
        identity::statements(),
        civic::statements(),
        crate::commands::STATEMENTS.to_vec(),
    ]
    .concat()
}
