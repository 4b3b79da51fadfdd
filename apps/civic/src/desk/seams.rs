//! What the desk asks of others.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use kernel::{Id, Person, Provider};
use store::{Market, StoreError};
use web::{Caller, Role};

use crate::request::state::{Deadline, RoundTheClock};

/// Each market's working hours.
pub trait Hours: Send + Sync {
    fn of<'a>(&'a self, market: &'a Market) -> BoxFuture<'a, Result<Arc<dyn Deadline>, StoreError>>;
}

/// Where no market has set any.
impl Hours for RoundTheClock {
    fn of<'a>(&'a self, _: &'a Market) -> BoxFuture<'a, Result<Arc<dyn Deadline>, StoreError>> {
        Box::pin(async { Ok(Arc::new(RoundTheClock) as Arc<dyn Deadline>) })
    }
}

/// What the desk's endpoints and jobs share.
pub struct Desk {
    pub hours: Arc<dyn Hours>,
}

impl Desk {
    pub fn new(hours: Arc<dyn Hours>) -> Arc<Self> {
        Arc::new(Self { hours })
    }
}

/// Whether a person works for an agency, or, where there is none, for the market: asked of the roles as
/// they are now. Whoever loses their role later no longer sees what they were given, so that nothing
/// has to be taken back from them here.
pub async fn works_for(
    home: &Market,
    person: Id<Person>,
    market: Id<kernel::Market>,
    agency: Option<Id<Provider>>,
) -> Result<bool, StoreError> {
    let grants = identity::grants_of(home, person).await?.into();
    let them = Caller { grants, ..Caller::anonymous() };
    Ok(match agency {
        Some(agency) => them.is_for(Role::Staff, market, agency),
        None => them.is(Role::Staff, market),
    })
}
