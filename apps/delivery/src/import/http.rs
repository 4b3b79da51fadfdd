use std::sync::Arc;

use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Call, Endpoint, May, Octets, Path, Query, Role, with};

use super::columns::Mapping;
use super::model::Summary;
use super::run::{self, Import};
use crate::catalogue::{Catalogue, currency};
use crate::limits;
use crate::store::http::{SCOPE, Which, own};

pub fn endpoints(catalogue: &Arc<Catalogue>) -> Vec<Endpoint> {
    vec![
        with!(catalogue, post "/v1/providers/{provider}/stores/{store}/imports" => product_import(path: Path<Which>, asked: Query<Asked>, body: Octets))
            .says("Adds and changes products from a file of comma-separated values whose first line names the columns. A line that cannot be taken is named, and holds up no other.")
            .may(May::Provider(Role::Staff))
            .scope(SCOPE)
            .body_bytes_max(limits::IMPORT_BYTES_MAX)
            .refuses([RefusalKind::NotFound, RefusalKind::Conflict, RefusalKind::TooLarge]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Asked {
    /// Write nothing, and say what would come of it.
    #[serde(default)]
    dry_run: bool,
    /// Columns that are called otherwise: `sku=Item code,price=Retail`.
    #[schemars(length(max = 1000))]
    columns: Option<String>,
}

async fn product_import(
    catalogue: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Query(asked): Query<Asked>,
    Octets(bytes): Octets,
) -> Result<Answer<Summary>, Refusal> {
    let mapping = Mapping::parse(asked.columns.as_deref().unwrap_or_default());
    let mapping = mapping.map_err(|fault| Refusal::invalid(vec![fault]))?;
    let store = own(&call, which).await?;
    let import = Import {
        market: call.market(),
        store: store.id,
        currency: currency(&call)?,
        ctx: &call.ctx(),
        mapping: &mapping,
        dry_run: asked.dry_run,
    };
    let summary = run::import(&import, &bytes[..], &mut |_| {}).await;
    catalogue.stores.changed();
    Answer::ok(&summary?)
}
