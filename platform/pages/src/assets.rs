//! Style and scripts. Each stands under an address that says what it holds, so that a browser asks for it once.

use http::StatusCode;
use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Bare, Call, Path};

use crate::face::Face;

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

#[derive(Clone)]
pub struct Asset {
    name: String,
    media: &'static str,
    bytes: &'static [u8],
}

impl Asset {
    pub fn style(bytes: &'static [u8]) -> Self {
        Self::new(STYLE, "css", bytes)
    }

    pub fn script(bytes: &'static [u8]) -> Self {
        Self::new(SCRIPT, "js", bytes)
    }

    fn new(media: &'static str, ending: &str, bytes: &'static [u8]) -> Self {
        let name = format!("{}.{ending}", &blake3::hash(bytes).to_hex().as_str()[..12]);
        Self { name, media, bytes }
    }

    pub fn path(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Which {
    #[schemars(length(min = 1, max = 40))]
    name: String,
}

pub(crate) async fn asset(
    face: &'static Face,
    _: Call,
    Path(which): Path<Which>,
) -> Result<Answer<Bare>, Refusal> {
    let found = face.assets.iter().find(|its| its.name == which.name);
    let asset = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::bytes(StatusCode::OK, asset.media, asset.bytes).immutable())
}
