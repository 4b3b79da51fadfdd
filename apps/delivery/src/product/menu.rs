//! What everyone sees of a store's products.

use std::sync::Arc;

use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Cursor, Endpoint, May, PageQuery, Path, Query, with};

use super::model::Shelved;
use super::repo;
use super::view::MenuItem;
use crate::catalogue::{Catalogue, currency};
use crate::store::{self, State, StoreId};
use crate::{limits, photos};

pub fn endpoints(catalogue: &Arc<Catalogue>) -> Vec<Endpoint> {
    vec![
        with!(catalogue, get "/v1/stores/{store}/menu" => menu_read(path: Path<Which>, asked: Query<Asked>))
            .says("A store's products by section, with their options and whether they can be had now.")
            .may(May::Anyone)
            .refuses([RefusalKind::NotFound])
            .shared(),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    store: StoreId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Asked {
    /// The `next` of the page before.
    cursor: Option<Cursor>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Menu {
    /// Grows with each change to what the store sells; how many are left is no such change.
    version: i64,
    sections: Vec<Section>,
    /// Send it as `cursor` to get the rest of a long menu, which may go on in one of these sections.
    next: Option<Cursor>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Section {
    name: String,
    products: Vec<MenuItem>,
}

async fn menu_read(
    _: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Query(asked): Query<Asked>,
) -> Result<Answer<Menu>, Refusal> {
    let page = PageQuery { limit: None, cursor: asked.cursor };
    let [place, id] = page.from([-1; 2])?;
    let store = store::repo::one(call.market(), which.store).await?;
    let store = store.filter(|store| store.state != State::Closed).ok_or_else(Refusal::not_found)?;
    let mut products = repo::menu(call.market(), store.id, (place, id), limits::MENU_PAGE).await?;
    let more = products.len() > limits::MENU_PAGE;
    products.truncate(limits::MENU_PAGE);
    let last = products.last().filter(|_| more);
    let next = last.map(|last| Cursor::at([last.product.place.into(), last.product.id.raw()]));
    let sections = sections(&call, products).await?;
    let menu = Menu { version: store.menu_version, sections, next };
    Ok(Answer::ok(&menu)?.public(limits::SHARED_S, limits::SHARED_STALE_S))
}

/// In the order of their first products.
async fn sections(call: &Call, products: Vec<Shelved>) -> Result<Vec<Section>, Refusal> {
    let currency = currency(call)?;
    let with_photo = products.iter().filter(|shelved| shelved.product.photo.is_some());
    let subjects: Vec<i64> = with_photo.map(|shelved| shelved.product.id.raw()).collect();
    let mut photos = photos::shown(call, photos::PRODUCTS, &subjects).await?;
    let mut sections: Vec<Section> = Vec::new();
    for shelved in products {
        let is_offered = shelved.product.is_offered(call.now, &call.site.zone);
        let photo = photos.remove(&shelved.product.id.raw());
        let name = shelved.product.section.clone();
        let item = MenuItem::of(shelved, is_offered, currency, photo);
        match sections.iter_mut().find(|section| section.name == name) {
            Some(section) => section.products.push(item),
            None => sections.push(Section { name, products: vec![item] }),
        }
    }
    Ok(sections)
}
