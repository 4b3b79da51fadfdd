//! The five tenants and their markets. The brands are those of the plans Iroko was designed from;
//! everything that happens in them here is made up.

use web::Tier;

pub struct DemoTenant {
    pub slug: &'static str,
    pub name: &'static str,
    pub tier: Tier,
    pub languages: &'static [&'static str],
    pub currency: &'static str,
    /// ISO 3166, for phone numbers written without a country.
    pub country: &'static str,
    pub markets: &'static [DemoMarket],
}

pub struct DemoMarket {
    pub slug: &'static str,
    pub name: &'static str,
    pub zone: &'static str,
    /// The centre, in ten-millionths of a degree.
    pub lat_e7: i32,
    pub long_e7: i32,
    /// Whether people report civic requests here.
    pub civic: bool,
    pub requests: u32,
    /// Whether stores deliver here.
    pub delivery: bool,
}

pub const TENANTS: &[DemoTenant] = &[
    DemoTenant {
        slug: "cityhelper",
        name: "CityHelper",
        tier: Tier::Premium,
        languages: &["en", "es"],
        currency: "USD",
        country: "US",
        markets: &[
            city("boston", "Boston", "America/New_York", 423_601_000, -710_589_000, 600),
            city("chicago", "Chicago", "America/Chicago", 418_781_000, -876_298_000, 900),
        ],
    },
    DemoTenant {
        slug: "geo-connect",
        name: "Geo-Connect",
        tier: Tier::Premium,
        languages: &["en", "ha", "yo", "ig"],
        currency: "NGN",
        country: "NG",
        markets: &[place("lagos", "Lagos", "Africa/Lagos", 65_244_000, 33_792_000)],
    },
    DemoTenant {
        slug: "ihhashi",
        name: "iHhashi",
        tier: Tier::Basic,
        languages: &["en", "zu", "af"],
        currency: "ZAR",
        country: "ZA",
        markets: &[
            shops("johannesburg", "Johannesburg", "Africa/Johannesburg", -262_041_000, 280_473_000),
            shops("cape-town", "Cape Town", "Africa/Johannesburg", -339_249_000, 184_241_000),
        ],
    },
    DemoTenant {
        slug: "meqenet",
        name: "Meqenet",
        tier: Tier::Premium,
        languages: &["am", "en"],
        currency: "ETB",
        country: "ET",
        markets: &[place("addis-ababa", "Addis Ababa", "Africa/Addis_Ababa", 90_300_000, 387_400_000)],
    },
    DemoTenant {
        slug: "rwanda-marketplace",
        name: "Rwanda Service Marketplace",
        tier: Tier::Basic,
        languages: &["rw", "en", "fr"],
        currency: "RWF",
        country: "RW",
        markets: &[place("kigali", "Kigali", "Africa/Kigali", -19_441_000, 300_619_000)],
    },
];

/// A market whose apps are still to come.
const fn place(
    slug: &'static str,
    name: &'static str,
    zone: &'static str,
    lat_e7: i32,
    long_e7: i32,
) -> DemoMarket {
    DemoMarket { slug, name, zone, lat_e7, long_e7, civic: false, requests: 0, delivery: false }
}

const fn city(
    slug: &'static str,
    name: &'static str,
    zone: &'static str,
    lat_e7: i32,
    long_e7: i32,
    requests: u32,
) -> DemoMarket {
    DemoMarket { slug, name, zone, lat_e7, long_e7, civic: true, requests, delivery: false }
}

const fn shops(
    slug: &'static str,
    name: &'static str,
    zone: &'static str,
    lat_e7: i32,
    long_e7: i32,
) -> DemoMarket {
    DemoMarket { slug, name, zone, lat_e7, long_e7, civic: false, requests: 0, delivery: true }
}

/// What citizens of the demo's cities may report.
pub const CATEGORIES: &[(&str, &str)] = &[
    ("abandoned_vehicle", "Abandoned vehicle"),
    ("graffiti", "Graffiti"),
    ("missed_collection", "Missed waste collection"),
    ("noise", "Noise"),
    ("pothole", "Pothole"),
    ("street_light", "Street light"),
    ("tree", "Fallen or dangerous tree"),
    ("water_leak", "Water leak"),
];
