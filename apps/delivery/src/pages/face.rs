//! What the pages of deliveries look like: their words, ways, style and scripts.

use std::sync::LazyLock;

use ::pages::Face;
use ::pages::words::Language;
use kernel::Refusal;
use web::{About, Call, Reply, Role, Scope};

const TEXTS: [(Language, &str); 1] = [(Language::English, include_str!("../../words/en.ftl"))];

pub static FACE: LazyLock<Face> = LazyLock::new(|| {
    Face::new(&TEXTS, refused)
        .ways(&[("/", "nav-stores"), ("/basket", "nav-basket"), ("/orders", "nav-orders")])
        .desks(desks)
        .for_anyone(|path| matches!(path, "/basket" | "/checkout" | "/sign-in" | "/sign-out"))
        .style(include_bytes!("../../assets/delivery.css"))
        .script(include_bytes!("../../assets/delivery.js"))
});

fn refused(refusal: &Refusal, about: &About<'_>) -> Option<Reply> {
    ::pages::refusal::page(&FACE, refusal, about)
}

/// All orders, for those who see to them; the stores of the merchants somebody works for.
fn desks(call: &Call) -> Vec<(String, &'static str)> {
    let mut desks = Vec::new();
    if call.caller.is(Role::Staff, call.site.market_id) {
        desks.push(("/delivery".to_owned(), "nav-delivery"));
    }
    let merchant = call.caller.grants.iter().find_map(|grant| match grant.scope {
        Scope::Provider(provider) => Some((format!("/providers/{provider}/stores"), "nav-merchant")),
        _ => None,
    });
    desks.extend(merchant);
    desks
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ::pages::check;

    use super::*;

    #[test]
    fn every_message_that_is_spoken_of_is_there_and_no_other() {
        let families = ["status-", "kind-", "mode-", "method-"];
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(check::spoken(root, TEXTS[0].1, &families), Vec::<String>::new());
        assert_eq!(check::alike(&TEXTS), Vec::<String>::new());
    }
}
