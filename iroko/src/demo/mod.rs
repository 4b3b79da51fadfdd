//! A platform to try: five tenants with their markets, people who can sign in, two cities with agencies, wards
//! and requests, two with stores that deliver. All of it is made up, and the same each time.

mod cities;
mod people;
mod places;
mod shops;

use std::sync::Arc;
use std::time::Duration;

use civic::category::model::Category;
use geo::Point;
use identity::Printed;
use kernel::Refusal;
use store::Market;

use crate::commands::civic::{self as requests, Filling};
use crate::commands::operation::Tell;
use crate::commands::report::{Failure, tell};
use crate::config::Flag;
use crate::platform::Platform;

pub use people::SignIn;
use places::TENANTS;

/// How often the console looks for new codes.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Settings of the demo, under those that are typed: a folder and a port of its own, whatever database
/// the settings' file or the environment names.
pub fn flags() -> Vec<Flag> {
    let flag = |key: &str, value: &str| Flag { name: "demo".into(), key: key.into(), value: value.into() };
    vec![
        flag("store.kind", "embedded"),
        flag("store.folder", "demo-data"),
        flag("server.listen", "127.0.0.1:8080"),
        flag("server.public_url", "http://localhost:8080"),
    ]
}

/// The centre of made-up places: the first city of the demo.
pub fn somewhere() -> Point {
    Point::from_e7(423_601_000, -710_589_000).expect("Boston lies on the earth")
}

/// Adds what is missing; what was changed since the first start stays. Everybody knows the passwords of
/// the demo's people, so they are not added to anything else.
pub async fn build(platform: &Platform, tell: &Tell) -> Result<Vec<SignIn>, Failure> {
    refuse_others(platform).await?;
    let mut new = Vec::new();
    for tenant in TENANTS {
        platform
            .operations
            .add_tenant(&tenancy::NewTenant {
                slug: tenant.slug.into(),
                name: tenant.name.into(),
                tier: tenant.tier,
                languages: tenant.languages.iter().map(|language| (*language).to_owned()).collect(),
                currency: tenant.currency.into(),
                country: tenant.country.into(),
            })
            .await?;
        // Before anything else: this is by what the demo knows its own tenants again.
        people::add_owner(platform, tenant).await?;
        for place in tenant.markets {
            let apps = [(place.civic, civic::APP), (place.delivery, delivery::APP)];
            let apps =
                apps.into_iter().filter(|(is_on, _)| *is_on).map(|(_, app)| (app.to_owned(), 100)).collect();
            let outcome = platform
                .operations
                .add_market(&tenancy::NewMarket {
                    tenant: tenant.slug.into(),
                    slug: place.slug.into(),
                    name: place.name.into(),
                    zone: place.zone.into(),
                    currency: None,
                    features: apps,
                })
                .await?;
            let market = platform.market(tenant.slug, place.slug).await?;
            if place.civic {
                cities::set_up(platform, tenant, place, &market).await?;
            }
            if place.delivery {
                shops::set_up(platform, (tenant, place), &market).await?;
            }
            if outcome == tenancy::Outcome::Done && place.requests > 0 {
                new.push((tenant.slug, place.slug));
                let around = f64::from(place.lat_e7) / 1e7;
                let around = format!("{around},{}", f64::from(place.long_e7) / 1e7);
                let filling = Filling { count: place.requests, seed: 1, years: 1, around: Some(around) };
                requests::fill(platform, &market, &filling, tell).await?;
                tell(&format!("{}: {} requests", place.name, place.requests));
            }
        }
    }
    let is_new = |tenant: &str, place: &str| new.contains(&(tenant, place));
    sign_ins(platform, is_new).await
}

/// Who can be tried, each beside the others of their tenant.
async fn sign_ins(platform: &Platform, is_new: impl Fn(&str, &str) -> bool) -> Result<Vec<SignIn>, Failure> {
    let mut signs = people::build(platform).await?;
    for tenant in TENANTS {
        for place in tenant.markets.iter().filter(|place| place.civic) {
            let staff = cities::add_staff(platform, tenant, place).await?;
            if let Some((_, person)) = staff.first().filter(|_| is_new(tenant.slug, place.slug)) {
                cities::tell_tales(platform, (tenant, place), *person).await?;
            }
            let at =
                signs.iter().rposition(|sign| sign.tenant == tenant.slug).map_or(signs.len(), |at| at + 1);
            signs.splice(at..at, staff.into_iter().map(|(sign, _)| sign));
        }
        for place in tenant.markets.iter().filter(|place| place.delivery) {
            let at =
                signs.iter().rposition(|sign| sign.tenant == tenant.slug).map_or(signs.len(), |at| at + 1);
            signs.splice(at..at, shops::add_staff(platform, tenant, place).await?);
        }
    }
    Ok(signs)
}

/// Looks at every tenant before anything is written: each must be one that the demo made.
async fn refuse_others(platform: &Platform) -> Result<(), Failure> {
    for tenant in platform.directory().tenants() {
        let ours = TENANTS.iter().find(|its| its.slug == tenant.slug);
        let is_ours = match ours {
            Some(ours) => people::has_owner(platform, &tenant, ours).await?,
            None => false,
        };
        if !is_ours {
            let message = format!(
                "this platform has a tenant that the demo did not make: {}. The demo adds people whose \
                 passwords everybody knows, so nothing was changed. Use `iroko serve` for this platform, or \
                 give the demo a folder of its own: `iroko demo --set store.kind=embedded --set \
                 store.folder=demo-data`",
                tenant.slug
            );
            return Err(Failure::usage(message));
        }
    }
    Ok(())
}

/// The usual categories of a city, where it has none of that name.
pub async fn set_categories(platform: &Platform, market: &Market) -> Result<(), Refusal> {
    let category = |(code, name): &(&str, &str)| Category::named(code, name);
    let categories: Vec<Category> = places::CATEGORIES.iter().map(category).collect();
    let stamp = platform.stamp();
    Ok(market.commit(stamp, civic::category::decide::set(&categories, stamp.at)?).await?)
}

/// Pages of a city, and what they are for.
const PAGES: &[(&str, &str)] = &[
    ("/", "the city at a glance"),
    ("/report", "report a problem"),
    ("/map", "the map"),
    ("/track", "follow a report by its number"),
    ("/sign-in", "citizens, staff and managers; staff come to their desk"),
];

/// Pages of a market with stores.
const SHOP_PAGES: &[(&str, &str)] = &[
    ("/", "stores, and what they sell"),
    ("/orders", "what one ordered, while it is brought"),
    ("/rider", "bring orders"),
    ("/delivery", "all orders and riders, for managers"),
    ("/sign-in", "buyers, merchants, riders and managers; merchants come to their stores"),
];

/// What to open and how to sign in.
pub fn welcome(url: &str, signs: &[SignIn]) -> String {
    let mut text = String::from("\nA platform to try. Everything in it is made up.\n");
    for tenant in TENANTS {
        for market in tenant.markets.iter().filter(|market| market.civic || market.delivery) {
            text += &format!("\n{}, {}:\n", tenant.name, market.name);
            let pages = if market.civic { PAGES } else { SHOP_PAGES };
            for (page, what) in pages {
                let address = format!("{url}/{}/{}{page}", tenant.slug, market.slug);
                text += &format!("  {address:<52} {what}\n");
            }
        }
    }
    text += "\nThe others, for programs:\n";
    for tenant in TENANTS {
        for market in tenant.markets.iter().filter(|market| !market.civic && !market.delivery) {
            text += &format!("  {url}/{}/{}/v1/market\n", tenant.slug, market.slug);
        }
    }
    text += &format!(
        "  {url}/docs  every endpoint\n\nSign in on a page, or with POST …/v1/sign-in, password {}:\n\n",
        people::PASSWORD
    );
    for sign in signs {
        text += &format!("  {:<20} {:<44} {}\n", sign.tenant, sign.contact, sign.what);
    }
    text += "\nOne-time codes appear here when they are asked for.\n\n";
    text
}

/// Shows one-time codes to whoever sits at the console: there is no other channel in the demo.
pub async fn print_codes(printed: Arc<Printed>) {
    loop {
        for message in printed.take() {
            let (to, tenant, digits) = (&message.to.address, &message.tenant, &message.digits);
            tell(std::io::stderr(), &format!("  one-time code for {to} of {tenant}: {digits}"));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use identity::NoChannel;

    use super::*;
    use crate::commands::report::FailureKind;
    use crate::config::{self, Flag, Sources};

    #[test]
    fn the_demo_keeps_away_from_the_configured_database() {
        let variables = [("IROKO_STORE_KIND", "postgres"), ("IROKO_STORE_URL", "postgres://u:p@db/x")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let config = config::load(&Sources { variables, flags: flags(), ..Sources::default() }).unwrap();
        assert_eq!(config.settings.store.kind, config::StoreKind::Embedded);
    }

    #[tokio::test]
    async fn nothing_is_added_to_a_platform_that_the_demo_did_not_make() {
        let folder = testkit::folder();
        let value = folder.path().display().to_string();
        let flags = vec![Flag { name: "--set".into(), key: "store.folder".into(), value }];
        let config = config::load(&Sources { flags, ..Sources::default() }).unwrap();
        let platform = Platform::open(&config, Arc::new(NoChannel)).await.unwrap();
        refuse_others(&platform).await.unwrap();
        let tell: Tell = Arc::new(|_: &str| {});
        for (slug, is_ours) in [("cityhelper", true), ("ihhashi", false), ("other", false)] {
            let tenant = tenancy::NewTenant {
                slug: slug.into(),
                name: "CityHelper".into(),
                tier: web::Tier::Basic,
                languages: vec!["en".into()],
                currency: "USD".into(),
                country: "US".into(),
            };
            platform.operations.add_tenant(&tenant).await.unwrap();
            let before = platform.directory().tenants().len();
            let failure = build(&platform, &tell).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Usage, "{slug}: the brand alone does not make it ours");
            assert_eq!(platform.directory().tenants().len(), before);
            assert!(platform.directory().markets().is_empty());
            if is_ours {
                people::add_owner(&platform, &TENANTS[0]).await.unwrap();
                refuse_others(&platform).await.unwrap();
            }
        }
    }
}
