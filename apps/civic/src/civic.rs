//! What the app keeps in memory, one for the process: whatever is here can be made anew from rows.

use std::sync::Arc;

use kernel::Clock;

use crate::address::Addresses;
use crate::area::Areas;

pub struct Civic {
    pub clock: Arc<dyn Clock>,
    pub areas: Arc<Areas>,
    pub addresses: Addresses,
}

impl Civic {
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, areas: Arc::default(), addresses: Addresses::default() })
    }
}
