//! The cities that come with the program: general ones, made of what is public knowledge.

use super::city::City;

const TEMPLATES: [(&str, &str); 3] = [
    ("us-city", include_str!("../../cities/us-city.toml")),
    ("za-metro", include_str!("../../cities/za-metro.toml")),
    ("ke-county", include_str!("../../cities/ke-county.toml")),
];

pub fn names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, _)| *name)
}

/// A template is read when it is asked for; a test reads them all.
pub fn named(name: &str) -> Option<City> {
    let (_, text) = TEMPLATES.iter().find(|(its, _)| *its == name)?;
    City::read(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read_and_routes_all_that_it_has() {
        for (name, text) in TEMPLATES {
            let city = City::read(text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert!(
                city.categories.len() >= 20 && city.holidays.len() >= 10 && !city.agencies.is_empty(),
                "{name}"
            );
            let whole = city.routes.iter().any(|route| route.category.is_none() && route.area.is_none());
            assert!(whole, "{name}: a category that has no route of its own has one all the same");
            assert_eq!(city.features.get(crate::APP), Some(&100), "{name}");
        }
    }
}
