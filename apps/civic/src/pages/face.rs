//! What the pages of a city look like: their words, ways and scripts, and where it was there when the program
//! was built, the library that the map runs on.

use std::sync::LazyLock;

use ::pages::Face;
use ::pages::assets::Asset;
use ::pages::words::Language;
use kernel::Refusal;
use web::{About, Reply};

use super::visit::desk;

/// What the map that moves is made of, besides our own script.
#[derive(Debug, Clone, Copy)]
struct Library {
    script: &'static [u8],
    worker: &'static [u8],
    style: &'static [u8],
}

const LIBRARY: Option<Library> = include!(concat!(env!("OUT_DIR"), "/library.rs"));

const TEXTS: [(Language, &str); 3] = [
    (Language::English, include_str!("../../words/en.ftl")),
    (Language::Spanish, include_str!("../../words/es.ftl")),
    (Language::French, include_str!("../../words/fr.ftl")),
];

pub static FACE: LazyLock<Face> = LazyLock::new(|| {
    let face = Face::new(&TEXTS, refused)
        .ways(&[("/report", "nav-report"), ("/map", "nav-map"), ("/track", "nav-track")])
        .desks(|call| desk(call).map(|path| (path, "nav-desk")).into_iter().collect())
        .for_anyone(|path| !path.starts_with("/desk") && !path.starts_with("/providers"));
    MAP.iter().flatten().cloned().fold(face, Face::asset)
});

fn refused(refusal: &Refusal, about: &About<'_>) -> Option<Reply> {
    ::pages::refusal::page(&FACE, refusal, about)
}

/// Our own script, the library, its worker, its style.
static MAP: LazyLock<Option<[Asset; 4]>> = LazyLock::new(|| {
    let Library { script, worker, style } = LIBRARY?;
    let own = include_bytes!("../../assets/map.mjs");
    Some([Asset::script(own), Asset::script(script), Asset::script(worker), Asset::style(style)])
});

/// Where the parts of the map that moves are.
pub struct MapPaths {
    pub script: String,
    pub library: String,
    pub worker: String,
    pub style: String,
}

/// None where it was built without.
pub fn map_paths() -> Option<MapPaths> {
    let [script, library, worker, style] = MAP.as_ref()?.each_ref().map(Asset::path);
    Some(MapPaths { script, library, worker, style })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ::pages::check;

    use super::*;

    #[test]
    fn every_language_has_every_message_with_the_same_variables() {
        assert_eq!(check::alike(&TEXTS), Vec::<String>::new());
    }

    #[test]
    fn every_message_that_is_spoken_of_is_there_and_no_other() {
        let families = ["status-", "happened-", "bulk-", "act-", "order-"];
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(check::spoken(root, TEXTS[0].1, &families), Vec::<String>::new());
    }
}
