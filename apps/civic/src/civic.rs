//! What the app keeps in memory, one for the process: whatever is here can be made anew from rows.

use std::sync::Arc;

use kernel::Clock;

pub struct Civic {
    pub clock: Arc<dyn Clock>,
}

impl Civic {
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock })
    }
}
