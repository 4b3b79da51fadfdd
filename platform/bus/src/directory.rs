//! Which markets there are: known by whoever keeps the tenants, asked by the sweep.

use kernel::Id;
use kernel::jiff::tz::TimeZone;
use store::Market;

pub trait Directory: Send + Sync + 'static {
    /// All markets that this process serves, and where their days begin.
    fn markets(&self) -> Vec<(Market, TimeZone)>;

    /// One market by its id; `None` when it is not served here. Worth a lookup of its own where there
    /// are many markets.
    fn market(&self, id: Id<kernel::Market>) -> Option<Market> {
        self.markets().into_iter().map(|(market, _)| market).find(|market| market.place().id == id)
    }

    /// One market's zone; `None` when it is not served here. The same holds.
    fn zone(&self, market: &Market) -> Option<TimeZone> {
        let id = market.place().id;
        self.markets().into_iter().find(|(other, _)| other.place().id == id).map(|(_, zone)| zone)
    }
}

/// The market where it is now: it may have moved since somebody asked for a look at it.
pub(crate) fn current(directory: &dyn Directory, market: &Market) -> Market {
    directory.market(market.place().id).unwrap_or_else(|| market.clone())
}
