//! The pages for people: HTML from the server that works without scripts, on a weak phone, over a bad line. Each
//! page goes through the endpoints that programs use; here is only what people see.
//!
//! ```text
//! face.rs      words, ways, style, scripts
//! views.rs     what is taken from the endpoints' answers
//! basket.rs    what somebody wants to buy, which their browser keeps
//! plan.rs      a map without anybody else's pictures
//!
//! buyer/       stores, a menu, the basket, what it costs, one's orders
//! merchant.rs  what a store has to do; stock.rs what it has
//! rider.rs     duty, offers, what somebody brings
//! operator.rs  all orders and riders; figures.rs where and when much is asked for
//! ```

mod basket;
mod buyer;
mod face;
mod figures;
mod limits;
mod merchant;
mod operator;
mod plan;
mod rider;
mod stock;
mod views;

use std::sync::Arc;

use ::pages::{Doors, Visit, forms, refusal};
use http::{HeaderMap, StatusCode};
use kernel::{Refusal, RefusalKind};
use media::Media;
use web::{Call, Endpoint, Fields, Head, May, Pairs, Path, Role, problem, with};

use crate::Delivery;
use face::FACE;

/// What the pages share.
pub struct Pages {
    doors: Arc<Doors>,
    /// Who keeps the pictures of doors.
    media: Option<Arc<Media>>,
}

/// The pages of this app. `others` are all endpoints that programs use, of this app and of the platform: pages go
/// through them and through nothing else.
pub fn endpoints(delivery: &Delivery, others: &[Endpoint]) -> Vec<Endpoint> {
    all(delivery.catalogue.media.clone(), others)
}

fn all(media: Option<Arc<Media>>, others: &[Endpoint]) -> Vec<Endpoint> {
    let doors = Arc::new(Doors::new(others.iter().cloned()));
    let common = ::pages::common(&FACE, &doors);
    let pages = Arc::new(Pages { doors, media });
    let all = [buyers(&pages), common, merchants(&pages), riders(&pages), operators(&pages)].concat();
    all.into_iter().map(|endpoint| endpoint.app(crate::APP)).collect()
}

fn page(endpoint: Endpoint, says: &'static str, may: May) -> Endpoint {
    ::pages::page(&FACE, endpoint, says, may)
}

fn buyers(pages: &Arc<Pages>) -> Vec<Endpoint> {
    use buyer::{basket_change as page_basket_change, basket_show as page_basket, checkout as page_checkout};
    use buyer::{one as page_order, one_act as page_order_act, orders as page_orders};
    use buyer::{store as page_store, stores as page_stores};
    let any = |endpoint, says| page(endpoint, says, May::Anyone);
    let known = |endpoint, says| page(endpoint, says, May::Known);
    vec![
        any(with!(pages, get "/" => page_stores(pairs: Pairs, head: Head)), "Stores, the nearest first."),
        any(
            with!(pages, get "/stores/{store}" => page_store(which: Path<buyer::OfStore>, pairs: Pairs, head: Head)),
            "What a store sells.",
        ),
        any(
            with!(pages, get "/basket" => page_basket(pairs: Pairs, head: Head)),
            "What somebody wants to buy.",
        ),
        any(
            with!(pages, post "/basket" => page_basket_change(head: Head, fields: Fields)),
            "Puts something in, or out.",
        ),
        any(
            with!(pages, post "/checkout" => page_checkout(head: Head, fields: Fields)),
            "Says what it costs, or orders it.",
        ),
        known(with!(pages, get "/orders" => page_orders(pairs: Pairs, head: Head)), "One's own orders."),
        known(
            with!(pages, get "/orders/{id}" => page_order(which: Path<buyer::Which>, pairs: Pairs, head: Head)),
            "One order, while it happens.",
        ),
        known(
            with!(pages, post "/orders/{id}" => page_order_act(which: Path<buyer::Which>, head: Head, fields: Fields)),
            "Cancels an order.",
        ),
    ]
}

fn merchants(pages: &Arc<Pages>) -> Vec<Endpoint> {
    use merchant::{screen as page_screen, screen_act as page_screen_act, stores as page_own_stores};
    use stock::{products as page_products, products_act as page_products_act};
    let may = May::Provider(Role::Staff);
    let theirs = |endpoint, says| page(endpoint, says, may);
    vec![
        theirs(
            with!(pages, get "/providers/{provider}/stores" => page_own_stores(of: Path<merchant::Provided>, pairs: Pairs, head: Head)),
            "A merchant's stores.",
        ),
        theirs(
            with!(pages, get "/providers/{provider}/stores/{store}" => page_screen(of: Path<merchant::Of>, pairs: Pairs, head: Head)),
            "What a store has to do.",
        ),
        theirs(
            with!(pages, post "/providers/{provider}/stores/{store}" => page_screen_act(of: Path<merchant::Of>, head: Head, fields: Fields)),
            "Takes an order and brings it on, or says how the store is.",
        ),
        theirs(
            with!(pages, get "/providers/{provider}/stores/{store}/products" => page_products(of: Path<merchant::Of>, pairs: Pairs, head: Head)),
            "What a store sells, and how many there are.",
        ),
        theirs(
            with!(pages, post "/providers/{provider}/stores/{store}/products" => page_products_act(of: Path<merchant::Of>, head: Head, fields: Fields)),
            "Says that something is sold out, or is there again.",
        ),
    ]
}

fn riders(pages: &Arc<Pages>) -> Vec<Endpoint> {
    use rider::{here as page_rider_here, rider as page_rider, rider_act as page_rider_act};
    let known = |endpoint, says| page(endpoint, says, May::Known);
    vec![
        known(
            with!(pages, get "/rider" => page_rider(pairs: Pairs, head: Head)),
            "What somebody brings, and may bring.",
        ),
        known(
            with!(pages, post "/rider" => page_rider_act(head: Head, fields: Fields)),
            "One step of a rider.",
        )
        .body_bytes_max(limits::PHOTO_BYTES_MAX),
        known(
            with!(pages, post "/rider/here" => page_rider_here(head: Head, fields: Fields)),
            "Where a rider is.",
        ),
    ]
}

fn operators(pages: &Arc<Pages>) -> Vec<Endpoint> {
    use figures::figures as page_figures;
    use operator::{board as page_board, board_act as page_board_act};
    let staff = |endpoint, says| page(endpoint, says, May::Role(Role::Staff));
    vec![
        staff(
            with!(pages, get "/delivery" => page_board(pairs: Pairs, head: Head)),
            "All orders and riders.",
        ),
        staff(
            with!(pages, post "/delivery" => page_board_act(head: Head, fields: Fields)),
            "Sees to an order.",
        ),
        staff(
            with!(pages, get "/delivery/figures" => page_figures(pairs: Pairs, head: Head)),
            "Where and when much is asked for.",
        ),
    ]
}

fn seen(call: &Call, head: &HeaderMap, pairs: &Pairs, path: impl Into<String>) -> Visit {
    Visit::of(&FACE, call, head, pairs, path)
}

fn sent(call: &Call, head: &HeaderMap, path: impl Into<String>) -> Visit {
    Visit::sent(&FACE, call, head, path)
}

type Faults = Vec<(String, String)>;

/// What is wrong, in words, where the page itself can say it; what it cannot is refused as a whole.
fn faults(visit: &Visit, refused: Refusal) -> Result<(StatusCode, Faults), Refusal> {
    let status = problem::status(refused.kind());
    match refused.kind() {
        RefusalKind::Invalid => Ok((status, forms::faults(visit, &refused, field))),
        RefusalKind::Conflict | RefusalKind::Gone => {
            Ok((status, vec![(String::new(), refusal::text(visit.lang, &refused, status))]))
        }
        _ => Err(refused),
    }
}

/// `/payment/contact` is the field `contact`, `/lines/2/count` is `lines`, `/to/lat` is `lat`.
fn field(pointer: &str) -> String {
    let mut parts = pointer.trim_start_matches(['/', '?']).split('/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    match (first, second) {
        ("payment", Some("contact")) => "pay_contact".to_owned(),
        ("payment", _) => "method".to_owned(),
        ("to" | "point", _) => "lat".to_owned(),
        ("codes", _) => "code".to_owned(),
        (first, _) => first.to_owned(),
    }
}

/// The key that a form came with: sent twice, it is done once.
fn keyed(call: &mut Call, fields: &Fields) -> Result<(), Refusal> {
    let Some(key) = fields.text("form") else { return Ok(()) };
    let parts = forms::parts(fields);
    call.form_key(key, &parts.iter().map(|part| &**part).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_sound_and_a_fault_is_shown_at_its_field() {
        let faults = web::unsound(&all(None, &[]));
        assert!(faults.is_empty(), "{faults:#?}");
        for (pointer, expected) in [
            ("/payment/contact", "pay_contact"),
            ("/payment", "method"),
            ("/to/lat", "lat"),
            ("/lines/2/count", "lines"),
            ("/address", "address"),
            ("", ""),
        ] {
            assert_eq!(field(pointer), expected);
        }
    }
}
