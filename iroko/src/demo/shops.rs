//! The demo's stores: three merchants in each place, with what they sell, people who work there, a rider, and
//! a gateway that moves no money. All of it is made up.

use ::store::{Market, Stamp};
use delivery::hours::{HoursText, SpanText, WeekText};
use delivery::product::{self, NewProduct};
use delivery::store::{self, Kind, NewStore};
use dispatch::position::{decide as admission, repo as workers};
use geo::Point;
use identity::KnownPerson;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Currency, Decision, Money, Refusal};
use money::gateway::account::repo as gateways;
use money::payment::model::Method;
use tenancy::Country;
use web::{Grant, Role, Scope};

use super::people::{PASSWORD, SignIn};
use super::places::{DemoMarket, DemoTenant};
use crate::commands::report::Failure;
use crate::platform::Platform;

struct Shop {
    name: &'static str,
    kind: Kind,
    /// From the middle of the place, in ten-millionths of a degree to the north and to the east.
    off: (i32, i32),
    takes_cash: bool,
    /// Heading, name, cents, how many there are if they are counted.
    sells: &'static [(&'static str, &'static str, i64, Option<u32>)],
}

const SHOPS: &[Shop] = &[
    Shop {
        name: "Example Kitchen",
        kind: Kind::Food,
        off: (40_000, 30_000),
        takes_cash: true,
        sells: &[
            ("Mains", "Bunny chow", 7_500, None),
            ("Mains", "Pap and chakalaka", 5_500, None),
            ("Mains", "Grilled chicken", 8_900, None),
            ("Sides", "Slap chips", 3_500, None),
            ("Drinks", "Ginger beer", 2_200, Some(48)),
        ],
    },
    Shop {
        name: "Sample Grocers",
        kind: Kind::Groceries,
        off: (-60_000, 20_000),
        takes_cash: true,
        sells: &[
            ("Bakery", "White bread", 1_899, Some(30)),
            ("Dairy", "Milk, 2 litres", 3_499, Some(24)),
            ("Pantry", "Maize meal, 5 kg", 6_999, Some(20)),
            ("Fruit", "Bananas, 1 kg", 2_499, Some(40)),
        ],
    },
    Shop {
        name: "Specimen Pharmacy",
        kind: Kind::Pharmacy,
        off: (20_000, -70_000),
        takes_cash: false,
        sells: &[
            ("Health", "Plasters", 3_999, Some(60)),
            ("Health", "Sun cream", 12_999, Some(15)),
            ("Baby", "Nappies, 30", 17_999, Some(12)),
        ],
    },
];

/// Included in every price in South Africa.
const VAT_BP: u16 = 1_500;

/// Merchants, stores and products, where there is none yet.
pub async fn set_up(
    platform: &Platform,
    (demo, place): (&DemoTenant, &DemoMarket),
    market: &Market,
) -> Result<(), Failure> {
    let world = &platform.world;
    let ctx = Ctx { now: world.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &*world.ids };
    let currency: Currency =
        demo.currency.parse().map_err(|_| Failure::failed(format!("{} is no currency", demo.currency)))?;
    for shop in SHOPS {
        let (_, provider) = platform.operations.add_provider(demo.slug, place.slug, shop.name).await?;
        if store::repo::how_many(market, provider.id).await? > 0 {
            continue;
        }
        let point = Point::from_e7(place.lat_e7 + shop.off.0, place.long_e7 + shop.off.1)
            .map_err(|error| Failure::failed(error.to_string()))?;
        let (decision, its) = store::decide::add(provider.id, &written(shop, point), 0, currency, &ctx)?;
        commit(market, &ctx, decision).await?;
        let (decision, its) = store::decide::set_hours(&its, &hours(), &ctx)?;
        commit(market, &ctx, decision).await?;
        for (place, product) in shop.sells.iter().enumerate() {
            let shelf = product::decide::Shelf { store: &its, currency, counted_with: None };
            let new = sold(*product, place, currency);
            let (decision, _) = product::decide::add(&new, place as i64, &shelf, &ctx)?;
            commit(market, &ctx, decision).await?;
        }
    }
    open_gateways(platform, market, currency, &ctx).await
}

async fn commit(market: &Market, ctx: &Ctx<'_>, decision: Decision) -> Result<(), Failure> {
    Ok(market.commit(Stamp::from(ctx), decision).await.map_err(Refusal::from)?)
}

/// Card and telephone, both without money.
async fn open_gateways(
    platform: &Platform,
    market: &Market,
    currency: Currency,
    ctx: &Ctx<'_>,
) -> Result<(), Failure> {
    if !gateways::all(market).await?.is_empty() {
        return Ok(());
    }
    let wanted =
        [(1, "Cards without money", Method::Card), (2, "Telephones without money", Method::MobileMoney)];
    let accounts = wanted.map(|(number, name, method)| {
        gateways::put(&platform.money.payments.simulated(market, (number, name), method, currency), true)
    });
    commit(market, ctx, Decision::nothing().changes(accounts)).await
}

fn written(shop: &Shop, point: Point) -> NewStore {
    NewStore {
        name: shop.name.to_owned(),
        kind: shop.kind,
        point,
        address: "1 Example Street".to_owned(),
        phone: None,
        about: None,
        prepares_min: 20,
        basket_min: None,
        has_power: shop.kind == Kind::Pharmacy,
        takes_cash: shop.takes_cash,
    }
}

/// Day and night, so that there is something to try at any hour.
fn hours() -> HoursText {
    let day = || vec![SpanText { from: "00:00".into(), to: "24:00".into() }];
    let week = WeekText {
        monday: day(),
        tuesday: day(),
        wednesday: day(),
        thursday: day(),
        friday: day(),
        saturday: day(),
        sunday: day(),
    };
    HoursText { week, special_days: Vec::new() }
}

fn sold(
    (section, name, cents, available): (&str, &str, i64, Option<u32>),
    place: usize,
    currency: Currency,
) -> NewProduct {
    NewProduct {
        sku: None,
        name: name.to_owned(),
        about: None,
        section: section.to_owned(),
        place: place as u32,
        price: Money::new(cents, currency),
        vat_bp: VAT_BP,
        options: Vec::new(),
        state: product::State::Active,
        hours: None,
        each_max: 20,
        available,
        counted_with: None,
    }
}

/// Somebody who works in the first store, and somebody who brings what is sold.
pub async fn add_staff(
    platform: &Platform,
    demo: &DemoTenant,
    place: &DemoMarket,
) -> Result<[SignIn; 2], Refusal> {
    let shop = &SHOPS[0];
    let (tenant, row) = platform.operations.market(demo.slug, place.slug).await?;
    let (_, provider) = platform.operations.add_provider(demo.slug, place.slug, shop.name).await?;
    let contact = format!("works.{}@{}.example", place.slug, demo.slug);
    let person = KnownPerson {
        contact: &contact,
        country: Country::named(demo.country),
        name: &format!("{} staff", shop.name),
        language: demo.languages.first().unwrap_or(&"en"),
        password: Some(PASSWORD),
    };
    let grant = Grant { scope: Scope::Provider(provider.id), role: Role::Manager };
    platform.employ(&tenant, person, (grant, row.id)).await?;
    let what = format!("manager of {} in {}", shop.name, place.name);
    Ok([SignIn { tenant: demo.slug, contact, what }, add_rider(platform, demo, place).await?])
}

enum Knock {
    Ask,
    Admit,
}

/// One of the demo's people brings things here.
async fn add_rider(platform: &Platform, demo: &DemoTenant, place: &DemoMarket) -> Result<SignIn, Refusal> {
    let tenant = platform.operations.tenant(demo.slug).await?;
    let contact = format!("bo@{}.example", demo.slug);
    let home = platform.store.market(&tenant.home());
    let rider = platform.identity.find_person(&home, &contact, None).await?;
    let market = platform.market(demo.slug, place.slug).await?;
    let world = &platform.world;
    let ctx = Ctx { now: world.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &*world.ids };
    for step in [Knock::Ask, Knock::Admit] {
        let standing = workers::standing(&market, rider).await?;
        let decision = match step {
            Knock::Ask => admission::ask(rider, standing, &ctx),
            Knock::Admit => admission::admit(rider, standing, &ctx)?,
        };
        market.commit(Stamp::from(&ctx), decision).await?;
    }
    Ok(SignIn { tenant: demo.slug, contact, what: format!("a rider in {}", place.name) })
}
