use std::sync::Arc;

use ::pages::Visit;
use ::pages::doors::{Ask, again, told};
use ::pages::forms;
use askama::Template;
use http::StatusCode;
use kernel::{Currency, Refusal, RefusalKind};
use serde_json::{Value, json};
use web::{Answer, Bare, Call, Fields, Head};

use super::super::basket::COOKIE;
use super::super::views::{Quote, Store, minor, text};
use super::super::{Faults, Pages, faults, keyed, sent};
use super::basket::{Row, Typed, known, rows, shown};
use super::{basket, read};

#[derive(Template)]
#[template(path = "checkout.html")]
struct Costs<'a> {
    v: &'a Visit,
    store: Store,
    lines: Vec<Row>,
    quote: Quote,
    /// What it consists of, in words.
    sums: Vec<(String, String)>,
    until: String,
    typed: Typed,
    door: Door,
    methods: Vec<(&'static str, String, bool)>,
    form: String,
    faults: Faults,
}

/// What was typed of the door and the money.
#[derive(Default)]
struct Door {
    address: String,
    contact: String,
    note: String,
    method: String,
    pay_contact: String,
}

impl Door {
    fn of(fields: &Fields) -> Self {
        let text = |name: &str| forms::typed(fields, name).trim().to_owned();
        Self {
            address: text("address"),
            contact: text("contact"),
            note: text("note"),
            method: text("method"),
            pay_contact: text("pay_contact"),
        }
    }
}

/// What it costs, and below that the order. What is quoted is kept for some minutes; where those are over, or
/// something is wrong, it is quoted anew.
pub async fn checkout(
    pages: &Arc<Pages>,
    mut call: Call,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let mut visit = sent(&call, &head, "/basket");
    if call.caller.person().is_none() {
        return Ok(visit.go("/sign-in?back=/basket"));
    }
    if fields.text("go") != Some("order") {
        return costs(pages, &call, &visit, &fields, (StatusCode::OK, Vec::new())).await;
    }
    let asking = again(&call);
    keyed(&mut call, &fields)?;
    match pages.doors.go("delivery.order_place", call, Ask::new().body(order(&fields))).await {
        Ok(reply) => {
            visit.keep(COOKIE, "", 0);
            Ok(visit.go(&format!("/orders/{}?done=ordered", text(&told(&reply)?, "id"))))
        }
        Err(refused) if refused.kind() == RefusalKind::NotFound => {
            let old = (StatusCode::CONFLICT, vec![(String::new(), visit.t("checkout-anew"))]);
            costs(pages, &asking, &visit, &fields, old).await
        }
        Err(refused) => {
            let wrong = faults(&visit, refused)?;
            costs(pages, &asking, &visit, &fields, wrong).await
        }
    }
}

async fn costs(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    fields: &Fields,
    (status, mut wrong): (StatusCode, Faults),
) -> Result<Answer<Bare>, Refusal> {
    let typed = Typed::of(fields);
    let cart = match cart(call, visit, &typed) {
        Ok(cart) => cart,
        Err(found) => {
            wrong.extend(found);
            return shown(pages, call, visit, typed, (StatusCode::UNPROCESSABLE_ENTITY, wrong)).await;
        }
    };
    let quoted = pages.doors.read::<Quote>("delivery.quote_make", call, Ask::new().body(cart)).await;
    let quote = match quoted {
        Ok(quote) => quote,
        Err(refused) => {
            let (status, found) = faults(visit, refused)?;
            wrong.extend(found);
            return shown(pages, call, visit, typed, (status, wrong)).await;
        }
    };
    let basket = basket(visit);
    let (store, menu) = known(pages, call, &basket).await?;
    let store = store.ok_or_else(Refusal::not_found)?;
    let door = Door::of(fields);
    let methods = [("cash", store.takes_cash), ("card", true), ("mobile_money", true), ("wallet", true)];
    let methods = methods.into_iter().filter(|(_, is_taken)| *is_taken);
    let first = if store.takes_cash { "cash" } else { "card" };
    let chosen = if door.method.is_empty() { first } else { &*door.method };
    let page = Costs {
        v: visit,
        lines: rows(&basket, &menu).0,
        sums: sums(visit, &quote),
        until: visit.time(&quote.valid_until),
        methods: methods.map(|(its, _)| (its, visit.t(&format!("method-{its}")), its == chosen)).collect(),
        form: forms::fresh(call),
        store,
        quote,
        typed,
        door,
        faults: wrong,
    };
    visit.page_as(status, &page)
}

/// The basket as a quote takes it, or what is wrong with what was typed.
fn cart(call: &Call, visit: &Visit, typed: &Typed) -> Result<Value, Faults> {
    let basket = basket(visit);
    let mut faults = Faults::new();
    let mode = if typed.mode == "pickup" { "pickup" } else { "delivery" };
    let mut cart = json!({ "store": basket.store, "mode": mode, "lines": basket.to_json() });
    if basket.lines.is_empty() {
        faults.push((String::new(), visit.t("basket-nothing")));
    }
    if mode == "delivery" {
        match read((&typed.lat, &typed.long)) {
            Some((lat, long)) => {
                let number = |text: String| text.parse::<f64>().unwrap_or_default();
                cart["to"] = json!({ "lat": number(lat), "long": number(long) });
            }
            None => faults.push(("lat".into(), visit.t("fault-not-a-place"))),
        }
    }
    if !typed.code.is_empty() {
        cart["codes"] = json!([typed.code]);
    }
    match typed.coins.is_empty().then_some(0).or_else(|| typed.coins.parse::<u32>().ok()) {
        Some(coins) => cart["coins"] = coins.into(),
        None => faults.push(("coins".into(), visit.t("fault-not-a-number"))),
    }
    if !typed.tip.is_empty() {
        let currency: Option<Currency> = call.site.currency.parse().ok();
        match currency.and_then(|its| minor(&typed.tip, its.decimals().into())) {
            Some(tip) => cart["tip"] = json!({ "amount": tip, "currency": &*call.site.currency }),
            None => faults.push(("tip".into(), visit.t("fault-not-a-number"))),
        }
    }
    if faults.is_empty() { Ok(cart) } else { Err(faults) }
}

fn sums(visit: &Visit, quote: &Quote) -> Vec<(String, String)> {
    let mut sums = vec![(visit.t("sum-goods"), quote.goods.to_string())];
    let mut more = |key: &str, money: kernel::Money, sign: &str| {
        if money.minor() != 0 {
            sums.push((visit.t(key), format!("{sign}{money}")));
        }
    };
    more("sum-delivery", quote.delivery_fee, "");
    more("sum-waived", quote.delivery_waived, "−");
    more("sum-service", quote.service_fee, "");
    more("sum-discount", quote.discount, "−");
    more("sum-tip", quote.tip, "");
    more("sum-coins", quote.sources.coins, "−");
    sums
}

fn order(fields: &Fields) -> Value {
    let door = Door::of(fields);
    let given = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
    let mut order = json!({
        "quote": forms::typed(fields, "quote"),
        "address": given(&door.address),
        "contact": given(&door.contact),
        "note": given(&door.note),
    });
    if !door.method.is_empty() {
        order["payment"] = json!({ "method": door.method, "contact": given(&door.pay_contact) });
    }
    order
}
