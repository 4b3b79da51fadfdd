//! What prices, demand, forecasts and power cuts keep in memory, one for the process, and how they are
//! joined to it.

use std::sync::Arc;

use bus::{BadSchedule, Directory, Registry};
use kernel::Clock;
use store::Kind;
use web::Endpoint;

use crate::demand::http::Watch;
use crate::demand::{self, Boards};
use crate::fee::http::{Fees, Roads};
use crate::outage::{self, Outages};
use crate::promotion::referral::http::{Buyers, Referrals};
use crate::settings::{self, RuleBook};
use crate::{fee, forecast, promotion};

pub struct Pricing {
    clock: Arc<dyn Clock>,
    pub rules: Arc<RuleBook>,
    pub boards: Arc<Boards>,
    pub outages: Arc<Outages>,
    pub fees: Arc<Fees>,
}

impl Pricing {
    pub fn new(clock: Arc<dyn Clock>, roads: Arc<dyn Roads>) -> Arc<Self> {
        let rules = Arc::new(RuleBook::new(clock.clone()));
        let boards = Arc::new(Boards::default());
        let fees = Arc::new(Fees { rules: rules.clone(), boards: boards.clone(), roads });
        Arc::new(Self { clock, rules, boards, outages: Arc::default(), fees })
    }

    /// `buyers` knows who has ordered anything yet.
    pub fn endpoints(&self, buyers: Arc<dyn Buyers>) -> Vec<Endpoint> {
        let watch = Arc::new(Watch { boards: self.boards.clone(), rules: self.rules.clone() });
        let referrals = Arc::new(Referrals { rules: self.rules.clone(), buyers });
        [
            settings::http::endpoints(&self.rules),
            fee::http::endpoints(&self.fees),
            demand::http::endpoints(&watch),
            forecast::http::endpoints(&self.rules),
            outage::http::endpoints(&self.outages),
            promotion::http::endpoints(),
            promotion::lot::http::endpoints(&self.rules),
            promotion::referral::http::endpoints(&referrals),
        ]
        .concat()
    }

    /// The jobs that belong to it, and when they come.
    pub fn follow(
        &self,
        registry: Registry,
        directory: &Arc<dyn Directory>,
    ) -> Result<Registry, BadSchedule> {
        let (clock, rules) = (&self.clock, &self.rules);
        let fit = forecast::jobs::FitForecast {
            clock: clock.clone(),
            rules: rules.clone(),
            directory: directory.clone(),
        };
        Ok(registry
            .handler(fee::jobs::ForgetQuotes { clock: clock.clone() })
            .handler(fit)
            .handler(outage::jobs::TellOutages { clock: clock.clone(), outages: self.outages.clone() })
            .schedule(Kind::Market, fee::jobs::schedule()?)
            .schedule(Kind::Market, forecast::jobs::schedule()?)
            .schedule(Kind::Market, outage::jobs::schedule()?))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;
    use kernel::jiff::tz::TimeZone;
    use kernel::{Id, Person};
    use store::{Market, StoreError};

    use super::*;
    use crate::fee::http::ThroughTheAir;

    struct Nobody;

    impl Buyers for Nobody {
        fn has_ordered<'a>(
            &'a self,
            _: &'a Market,
            _: Id<Person>,
        ) -> BoxFuture<'a, Result<bool, StoreError>> {
            Box::pin(async { Ok(false) })
        }
    }

    impl Directory for Nobody {
        fn markets(&self) -> Vec<(Market, TimeZone)> {
            Vec::new()
        }
    }

    #[test]
    fn its_endpoints_are_sound_and_its_chores_have_their_hours() {
        let pricing = Pricing::new(Arc::new(testkit::clock()), Arc::new(ThroughTheAir));
        let faults = web::unsound(&pricing.endpoints(Arc::new(Nobody)));
        assert!(faults.is_empty(), "{faults:#?}");
        let directory: Arc<dyn Directory> = Arc::new(Nobody);
        assert!(pricing.follow(Registry::default(), &directory).is_ok());
    }
}
