//! The city's staff at their desk: what waits, one request, and how it goes as a whole. The market's
//! own staff and those of an agency have the same pages under different addresses.
//!
//! ```text
//! queue.rs    the list, with filters that can be kept and one act on many
//! request.rs  one request, what happened to it, and what can be done
//! acts.rs     what the buttons of both mean
//! figures.rs  numbers and bars for managers
//! views.rs    what the pages take from the endpoints' answers
//! ```

mod acts;
mod figures;
mod queue;
mod request;
mod views;

pub use figures::figures;
pub use queue::{queue, queue_act, queue_csv};
pub use request::{one, one_act};

use kernel::{Id, Provider};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::doors::Ask;

/// Whose desk it is: an agency's, or the market's.
#[derive(Debug, Clone, Copy)]
pub struct Seat(pub Option<Id<Provider>>);

impl Seat {
    /// The page of this desk.
    pub fn path(self) -> String {
        self.0.map_or_else(|| "/desk".into(), |agency| format!("/providers/{agency}/desk"))
    }

    /// The endpoint that does this for this desk.
    pub fn door(self, name: &str) -> String {
        format!("civic.{}_{name}", if self.0.is_some() { "agency" } else { "desk" })
    }

    pub fn ask(self) -> Ask {
        match self.0 {
            Some(agency) => Ask::new().path("provider", agency),
            None => Ask::new(),
        }
    }
}

/// A path that says whose desk it is.
pub trait AtDesk: DeserializeOwned + JsonSchema + Send + 'static {
    fn seat(&self) -> Seat;
    fn id(&self) -> &str {
        ""
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct OfMarket {}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct OfAgency {
    provider: Id<Provider>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct OneOfMarket {
    #[schemars(length(min = 1, max = 64))]
    id: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct OneOfAgency {
    provider: Id<Provider>,
    #[schemars(length(min = 1, max = 64))]
    id: String,
}

impl AtDesk for OfMarket {
    fn seat(&self) -> Seat {
        Seat(None)
    }
}

impl AtDesk for OfAgency {
    fn seat(&self) -> Seat {
        Seat(Some(self.provider))
    }
}

impl AtDesk for OneOfMarket {
    fn seat(&self) -> Seat {
        Seat(None)
    }
    fn id(&self) -> &str {
        &self.id
    }
}

impl AtDesk for OneOfAgency {
    fn seat(&self) -> Seat {
        Seat(Some(self.provider))
    }
    fn id(&self) -> &str {
        &self.id
    }
}
