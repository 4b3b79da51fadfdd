//! The one style sheet and the one script. Each stands under an address that says what it holds, so
//! that a browser asks for it once.

use std::sync::LazyLock;

use http::StatusCode;
use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Bare, Call, Path};

pub const STYLE: &str = include_str!("../../assets/pages.css");
pub const SCRIPT: &str = include_str!("../../assets/pages.js");

static NAMES: LazyLock<[String; 2]> = LazyLock::new(|| {
    let name = |text: &str, ending: &str| {
        format!("{}.{ending}", &blake3::hash(text.as_bytes()).to_hex().as_str()[..12])
    };
    [name(STYLE, "css"), name(SCRIPT, "js")]
});

pub fn style_path() -> String {
    format!("/assets/{}", NAMES[0])
}

pub fn script_path() -> String {
    format!("/assets/{}", NAMES[1])
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Which {
    #[schemars(length(min = 1, max = 40))]
    name: String,
}

pub async fn asset(_: Call, Path(which): Path<Which>) -> Result<Answer<Bare>, Refusal> {
    let (media, text) = match &which.name {
        name if *name == NAMES[0] => ("text/css; charset=utf-8", STYLE),
        name if *name == NAMES[1] => ("text/javascript; charset=utf-8", SCRIPT),
        _ => return Err(Refusal::not_found()),
    };
    Ok(Answer::bytes(StatusCode::OK, media, text).immutable())
}
