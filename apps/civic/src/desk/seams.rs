//! What the desk asks of others.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use geo::Point;
use kernel::{Id, Person, Provider, Refusal};
use store::{Market, StoreError};
use web::{Caller, Role};

use crate::civic::Civic;
use crate::request::report;
use crate::request::state::{Deadline, RoundTheClock};
use crate::rules::Rules;

/// Each market's working hours.
pub trait Hours: Send + Sync {
    fn of<'a>(&'a self, market: &'a Market) -> BoxFuture<'a, Result<Arc<dyn Deadline>, StoreError>>;
}

/// What each market has laid down, and where things lie in it.
pub trait City: Hours {
    fn rules<'a>(&'a self, market: &'a Market) -> BoxFuture<'a, Result<Arc<Rules>, StoreError>>;

    /// The area by which the market sorts its requests.
    fn area_of<'a>(
        &'a self,
        market: &'a Market,
        rules: &'a Rules,
        place: Point,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>>;
}

impl City for Civic {
    fn rules<'a>(&'a self, market: &'a Market) -> BoxFuture<'a, Result<Arc<Rules>, StoreError>> {
        Box::pin(self.rules.of(market))
    }

    fn area_of<'a>(
        &'a self,
        market: &'a Market,
        rules: &'a Rules,
        place: Point,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>> {
        Box::pin(report::area_of(self, market, rules, place))
    }
}

/// Where no market has set any hours, nor anything else.
impl Hours for RoundTheClock {
    fn of<'a>(&'a self, _: &'a Market) -> BoxFuture<'a, Result<Arc<dyn Deadline>, StoreError>> {
        Box::pin(async { Ok(Arc::new(RoundTheClock) as Arc<dyn Deadline>) })
    }
}

impl City for RoundTheClock {
    fn rules<'a>(&'a self, _: &'a Market) -> BoxFuture<'a, Result<Arc<Rules>, StoreError>> {
        Box::pin(async { Ok(Arc::default()) })
    }

    fn area_of<'a>(
        &'a self,
        _: &'a Market,
        _: &'a Rules,
        _: Point,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>> {
        Box::pin(async { Ok(None) })
    }
}

/// What the desk's endpoints and jobs share.
pub struct Desk {
    pub city: Arc<dyn City>,
}

impl Desk {
    pub fn new(city: Arc<dyn City>) -> Arc<Self> {
        Arc::new(Self { city })
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
