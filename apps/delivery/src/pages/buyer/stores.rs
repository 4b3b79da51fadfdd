use std::sync::Arc;

use ::pages::Visit;
use ::pages::doors::Ask;
use ::pages::words::Tongue;
use askama::Template;
use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Bare, Call, Head, Pairs, Path};

use super::super::limits::{PLACE_KEPT_S, STORES};
use super::super::views::{self, Item, Items, Section, Store, metres};
use super::super::{Pages, seen};
use super::{PLACE, basket, place, read};

const KINDS: [&str; 7] = ["food", "groceries", "pharmacy", "liquor", "flowers", "household", "other"];

#[derive(Template)]
#[template(path = "stores.html")]
struct Stores<'a> {
    v: &'a Visit,
    lat: String,
    long: String,
    is_wrong: bool,
    kinds: Vec<(String, String, bool)>,
    rows: Vec<Row>,
    more: Option<String>,
    in_basket: i64,
}

struct Row {
    href: String,
    name: String,
    about: Vec<String>,
    is_open: bool,
}

pub async fn stores(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let mut visit = seen(&call, &head, &pairs, "/");
    let given =
        pairs.get("lat").zip(pairs.get("long")).filter(|(lat, long)| !lat.is_empty() || !long.is_empty());
    let chosen = given.and_then(read);
    if let Some((lat, long)) = &chosen {
        visit.keep(PLACE, &format!("{lat}_{long}"), PLACE_KEPT_S);
    }
    let is_wrong = given.is_some() && chosen.is_none();
    let here = chosen.or_else(|| place(&visit));
    let near = here.as_ref().map(|(lat, long)| format!("{lat},{long}")).unwrap_or_default();
    let kind = pairs.get("kind").filter(|kind| KINDS.contains(kind)).unwrap_or_default();
    let cursor = pairs.get("cursor").unwrap_or_default();
    let asked =
        Ask::new().query("near", &near).query("kind", kind).query("limit", STORES).query("cursor", cursor);
    let found: Items<Store> = pages.doors.read("delivery.store_list", &call, asked).await?;
    let (lat, long) = here.unwrap_or_default();
    let link = |cursor: &str| {
        let pairs = [("lat", &*lat), ("long", &*long), ("kind", kind), ("cursor", cursor)];
        visit.to(&format!("/?{}", ::pages::address::query(pairs)))
    };
    let kinds = KINDS.iter().map(|its| ((*its).to_owned(), visit.t(&format!("kind-{its}")), *its == kind));
    let page = Stores {
        is_wrong,
        kinds: kinds.collect(),
        rows: found.items.iter().map(|store| row(&visit, store)).collect(),
        more: found.next.as_deref().map(link),
        in_basket: basket(&visit).lines.len() as i64,
        v: &visit,
        lat: lat.clone(),
        long: long.clone(),
    };
    visit.page(&page)
}

fn row(visit: &Visit, store: &Store) -> Row {
    let mut about = vec![visit.t(&format!("kind-{}", store.kind))];
    about.extend(store.distance_m.map(|distance| metres(visit, distance)));
    about.push(visit.w("store-minutes", "count", store.prepares_min));
    if store.delivers == Some(false) {
        about.push(visit.t("store-far"));
    }
    let state = if store.is_open { "store-open" } else { "store-closed" };
    about.push(visit.t(state));
    Row {
        href: visit.to(&format!("/stores/{}", store.id)),
        name: store.name.clone(),
        about,
        is_open: store.is_open,
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct OfStore {
    #[schemars(length(min = 1, max = 64))]
    pub store: String,
}

#[derive(Template)]
#[template(path = "store.html")]
struct Shown<'a> {
    v: &'a Visit,
    store: Store,
    kind: String,
    opens: String,
    sections: Vec<Section>,
    /// They wish to be told that it is in.
    done: bool,
    is_full: bool,
    in_basket: i64,
    other: bool,
}

impl Shown<'_> {
    fn lang(&self) -> Tongue {
        self.v.lang
    }

    /// What can be chosen adds to the price, or takes away.
    fn adds(&self, choice: &views::Choice) -> String {
        match choice.adds.minor() {
            0 => String::new(),
            1.. => format!(" (+{})", choice.adds),
            _ => format!(" ({})", choice.adds),
        }
    }

    fn left(&self, item: &Item) -> String {
        match item.left {
            Some(left) if item.is_available => self.lang().count("item-left", left),
            _ => String::new(),
        }
    }
}

pub async fn store(
    pages: &Arc<Pages>,
    call: Call,
    Path(which): Path<OfStore>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = seen(&call, &head, &pairs, format!("/stores/{}", ::pages::address::encoded(&which.store)));
    let asked = Ask::new().path("store", &which.store);
    let store: Store = pages.doors.read("delivery.store_read", &call, asked).await?;
    let menu = views::menu(&pages.doors, &call, &which.store).await?;
    let basket = basket(&visit);
    let page = Shown {
        v: &visit,
        kind: visit.t(&format!("kind-{}", store.kind)),
        opens: store.opens_at.map(|at| visit.time(&at)).unwrap_or_default(),
        sections: menu.sections,
        done: pairs.get("done") == Some("added"),
        is_full: pairs.get("done") == Some("full"),
        other: !basket.lines.is_empty() && basket.store != store.id,
        in_basket: basket.lines.len() as i64,
        store,
    };
    visit.page(&page)
}
