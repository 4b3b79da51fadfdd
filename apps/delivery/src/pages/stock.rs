//! What a store sells: what is there, and what is sold out.

use std::sync::Arc;

use ::pages::Visit;
use ::pages::doors::{Ask, again};
use ::pages::forms;
use askama::Template;
use http::StatusCode;
use kernel::Refusal;
use serde_json::json;
use web::{Answer, Bare, Call, Fields, Head, Pairs, Path};

use super::limits::PRODUCTS;
use super::merchant::Of;
use super::views::{Items, Product};
use super::{Faults, Pages, faults, keyed, seen, sent};

#[derive(Template)]
#[template(path = "products.html")]
struct Shown<'a> {
    v: &'a Visit,
    rows: Vec<Product>,
    more: Option<String>,
    here: String,
    screen: String,
    form: String,
    faults: Faults,
}

pub async fn products(
    pages: &Arc<Pages>,
    call: Call,
    Path(of): Path<Of>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = seen(&call, &head, &pairs, path(&of));
    let cursor = pairs.get("cursor").unwrap_or_default();
    shown(pages, &call, &visit, &of, cursor, (StatusCode::OK, Vec::new())).await
}

fn path(of: &Of) -> String {
    format!("{}/products", of.path())
}

async fn shown(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    of: &Of,
    cursor: &str,
    (status, faults): (StatusCode, Faults),
) -> Result<Answer<Bare>, Refusal> {
    let asked = of.ask().query("limit", PRODUCTS).query("cursor", cursor);
    let found: Items<Product> = pages.doors.read("delivery.product_list", call, asked).await?;
    let here = visit.to(&path(of));
    let link = |next: &str| format!("{here}?cursor={}", ::pages::address::encoded(next));
    let page = Shown {
        v: visit,
        more: found.next.as_deref().map(link),
        rows: found.items,
        screen: visit.to(&of.path()),
        form: forms::fresh(call),
        here,
        faults,
    };
    visit.page_as(status, &page)
}

pub async fn products_act(
    pages: &Arc<Pages>,
    mut call: Call,
    Path(of): Path<Of>,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let visit = sent(&call, &head, path(&of));
    let asking = again(&call);
    keyed(&mut call, &fields)?;
    let patch = match fields.text("go").unwrap_or_default() {
        "sold_out" => json!({ "state": "sold_out" }),
        "active" => json!({ "state": "active" }),
        "count" => {
            json!({ "available": forms::typed(&fields, "available").trim().parse::<u32>().ok() })
        }
        _ => return Err(Refusal::not_found()),
    };
    let asked: Ask = of.ask().path("product", forms::typed(&fields, "product")).body(patch);
    match pages.doors.go("delivery.product_patch", call, asked).await {
        Ok(_) => Ok(visit.go(&path(&of))),
        Err(refused) => {
            let wrong = faults(&visit, refused)?;
            shown(pages, &asking, &visit, &of, "", wrong).await
        }
    }
}
