//! Style, scripts and, where it was there when the program was built, the library that the map runs on.
//! Each stands under an address that says what it holds, so that a browser asks for it once.

use std::sync::LazyLock;

use http::StatusCode;
use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Bare, Call, Path};

/// What the map that moves is made of, besides our own script.
#[derive(Debug, Clone, Copy)]
struct Library {
    script: &'static [u8],
    worker: &'static [u8],
    style: &'static [u8],
}

const LIBRARY: Option<Library> = include!(concat!(env!("OUT_DIR"), "/library.rs"));

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

struct Asset {
    name: String,
    media: &'static str,
    bytes: &'static [u8],
}

impl Asset {
    fn new(media: &'static str, bytes: &'static [u8]) -> Self {
        let ending = if media == STYLE { "css" } else { "js" };
        let name = format!("{}.{ending}", &blake3::hash(bytes).to_hex().as_str()[..12]);
        Self { name, media, bytes }
    }

    fn path(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

static PAGE_STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(STYLE, include_bytes!("../../assets/pages.css")));
static PAGE_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(SCRIPT, include_bytes!("../../assets/pages.js")));
/// Our own script, the library, its worker, its style.
static MAP: LazyLock<Option<[Asset; 4]>> = LazyLock::new(|| {
    let Library { script, worker, style } = LIBRARY?;
    let own = include_bytes!("../../assets/map.mjs");
    Some([
        Asset::new(SCRIPT, own),
        Asset::new(SCRIPT, script),
        Asset::new(SCRIPT, worker),
        Asset::new(STYLE, style),
    ])
});

pub fn style_path() -> String {
    PAGE_STYLE.path()
}

pub fn script_path() -> String {
    PAGE_SCRIPT.path()
}

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

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Which {
    #[schemars(length(min = 1, max = 40))]
    name: String,
}

pub async fn asset(_: Call, Path(which): Path<Which>) -> Result<Answer<Bare>, Refusal> {
    let map = MAP.iter().flatten();
    let found = [&*PAGE_STYLE, &*PAGE_SCRIPT].into_iter().chain(map).find(|it| it.name == which.name);
    let asset = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::bytes(StatusCode::OK, asset.media, asset.bytes).immutable())
}
