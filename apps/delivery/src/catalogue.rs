//! What this part of the app keeps in memory, one for the process: it can be made anew from rows.

use std::sync::Arc;

use kernel::{Currency, Refusal};
use media::Media;
use web::Call;

use crate::search::Names;
use crate::store::Stores;

#[derive(Default)]
pub struct Catalogue {
    pub stores: Stores,
    pub names: Names,
    /// Who keeps pictures; without, none are taken.
    pub media: Option<Arc<Media>>,
}

impl Catalogue {
    pub fn new(media: Option<Arc<Media>>) -> Arc<Self> {
        Arc::new(Self { media, ..Self::default() })
    }
}

/// The currency of the market.
pub(crate) fn currency(call: &Call) -> Result<Currency, Refusal> {
    call.site.currency.parse().map_err(|_| {
        tracing::error!(currency = &*call.site.currency, "the currency of this market is not known");
        Refusal::unavailable("currency_unknown", "Nothing can be bought here just now.", 3_600)
    })
}
