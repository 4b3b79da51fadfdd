use std::sync::Arc;

use ::pages::Visit;
use ::pages::doors::Ask;
use ::pages::forms;
use askama::Template;
use http::StatusCode;
use kernel::{Money, Refusal, RefusalKind};
use web::{Answer, Bare, Call, Fields, Head, Pairs};

use super::super::basket::{Basket, COOKIE, Line};
use super::super::limits::BASKET_KEPT_S;
use super::super::views::{self, Item, Menu, Store};
use super::super::{Faults, Pages, seen, sent};
use super::{basket, place};

#[derive(Template)]
#[template(path = "basket.html")]
struct Shown<'a> {
    v: &'a Visit,
    store: Option<Store>,
    lines: Vec<Row>,
    goods: String,
    lat: String,
    long: String,
    typed: Typed,
    faults: Faults,
}

/// What was typed before, where something of it was wrong.
#[derive(Default)]
pub struct Typed {
    pub mode: String,
    pub lat: String,
    pub long: String,
    pub code: String,
    pub coins: String,
    pub tip: String,
}

impl Typed {
    pub fn of(fields: &Fields) -> Self {
        let text = |name: &str| forms::typed(fields, name).trim().to_owned();
        Self {
            mode: text("mode"),
            lat: text("lat"),
            long: text("long"),
            code: text("code"),
            coins: text("coins"),
            tip: text("tip"),
        }
    }
}

/// A line of a basket or of what it costs.
pub struct Row {
    pub name: String,
    pub options: String,
    pub count: u16,
    pub price: String,
    pub is_there: bool,
}

pub async fn basket_show(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = seen(&call, &head, &pairs, "/basket");
    shown(pages, &call, &visit, Typed::default(), (StatusCode::OK, Vec::new())).await
}

pub async fn shown(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    typed: Typed,
    (status, faults): (StatusCode, Faults),
) -> Result<Answer<Bare>, Refusal> {
    let basket = basket(visit);
    let (store, menu) = known(pages, call, &basket).await?;
    let (lines, goods) = rows(&basket, &menu);
    let (lat, long) = match typed.lat.is_empty() && typed.long.is_empty() {
        true => place(visit).unwrap_or_default(),
        false => (typed.lat.clone(), typed.long.clone()),
    };
    let goods = goods.map(|goods| goods.to_string()).unwrap_or_default();
    visit.page_as(status, &Shown { v: visit, store, lines, goods, lat, long, typed, faults })
}

/// The store of a basket and what it sells; neither, where it is gone.
pub async fn known(pages: &Pages, call: &Call, basket: &Basket) -> Result<(Option<Store>, Menu), Refusal> {
    if basket.lines.is_empty() {
        return Ok((None, Menu::default()));
    }
    let asked = Ask::new().path("store", &basket.store);
    match pages.doors.read::<Store>("delivery.store_read", call, asked).await {
        Ok(store) => Ok((Some(store), views::menu(&pages.doors, call, &basket.store).await?)),
        Err(refusal) if matches!(refusal.kind(), RefusalKind::NotFound | RefusalKind::Invalid) => {
            Ok((None, Menu::default()))
        }
        Err(refusal) => Err(refusal),
    }
}

/// The lines as they are on the menu, and what they come to.
pub fn rows(basket: &Basket, menu: &Menu) -> (Vec<Row>, Option<Money>) {
    let (mut rows, mut sum) = (Vec::new(), None::<Money>);
    for line in &basket.lines {
        let item = menu.sections.iter().flat_map(|its| &its.products).find(|item| item.id == line.product);
        let Some(item) = item else {
            rows.push(Row {
                name: line.product.clone(),
                options: String::new(),
                count: line.count,
                price: String::new(),
                is_there: false,
            });
            continue;
        };
        let (names, each) = chosen(item, line);
        let price = each.and_then(|each| each.times(line.count.into()).ok());
        sum = match (sum, price) {
            (Some(sum), Some(price)) => sum.plus(price).ok(),
            (None, price) => price,
            (sum, None) => sum,
        };
        rows.push(Row {
            name: item.name.clone(),
            options: names.join(", "),
            count: line.count,
            price: price.map(|price| price.to_string()).unwrap_or_default(),
            is_there: item.is_available,
        });
    }
    (rows, sum)
}

/// The names of what was chosen, and what one costs with it.
fn chosen(item: &Item, line: &Line) -> (Vec<String>, Option<Money>) {
    let (mut names, mut each) = (Vec::new(), Some(item.price));
    for (group, choice) in &line.options {
        let group = item.options.iter().find(|its| its.code == *group);
        let choice = group.and_then(|group| group.choices.iter().find(|its| its.code == *choice));
        if let Some(choice) = choice {
            names.push(choice.name.clone());
            each = each.and_then(|each| each.plus(choice.adds).ok());
        }
    }
    (names, each)
}

pub async fn basket_change(
    _: &Arc<Pages>,
    call: Call,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let mut visit = sent(&call, &head, "/basket");
    let mut basket = basket(&visit);
    let mut to = "/basket".to_owned();
    match fields.text("go").unwrap_or_default() {
        "add" => {
            let store = forms::typed(&fields, "store").to_owned();
            let line = Line::new(
                forms::typed(&fields, "product"),
                forms::typed(&fields, "count"),
                &options(&fields),
            );
            let added = line.is_some_and(|line| basket.add(&store, line));
            let done = if added { "added" } else { "full" };
            to = format!("/stores/{}?done={done}", ::pages::address::encoded(&store));
        }
        "empty" => basket = Basket::default(),
        _ => {
            for place in 0..basket.lines.len() {
                let count = fields.text(&format!("count{place}")).and_then(|count| count.trim().parse().ok());
                if let Some(count) = count {
                    basket.set(place, count);
                }
            }
            basket.tidy();
        }
    }
    match basket.lines.is_empty() {
        true => visit.keep(COOKIE, "", 0),
        false => visit.keep(COOKIE, &basket.text(), BASKET_KEPT_S),
    }
    Ok(visit.go(&to))
}

/// `o.size=big`, one field for each choice.
fn options(fields: &Fields) -> Vec<(String, String)> {
    let texts = fields.0.iter().filter_map(|field| Some((field.name.strip_prefix("o.")?, field.text()?)));
    let chosen = texts.filter(|(_, choice)| !choice.is_empty()).take(crate::limits::CHOICES_MAX);
    chosen.map(|(group, choice)| (group.to_owned(), choice.to_owned())).collect()
}
