//! Compression: what a client takes, and the packing.

use std::io::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};

use super::limits::{BROTLI_LEVEL, GZIP_LEVEL};

/// Whether packing makes it smaller: pictures and archives are packed already.
pub(crate) fn is_worth_packing(media: &str) -> bool {
    let kind = media.split(';').next().unwrap_or(media).trim();
    kind == "application/json"
        || kind.starts_with("text/")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || matches!(
            kind,
            "application/xml"
                | "application/javascript"
                | "application/x-ndjson"
                | "application/vnd.mapbox-vector-tile"
        )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Brotli,
}

impl Packing {
    /// The smallest the client takes. A quality of 0 means that it does not.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let Some(accepted) = headers.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok()) else {
            return Self::Plain;
        };
        let mut best = Self::Plain;
        for part in accepted.split(',') {
            let (name, rules) = part.split_once(';').unwrap_or((part, ""));
            let refused = rules.trim().strip_prefix("q=").is_some_and(|it| it.parse::<f32>() == Ok(0.0));
            match name.trim() {
                _ if refused => {}
                "br" => return Self::Brotli,
                "gzip" => best = Self::Gzip,
                _ => {}
            }
        }
        best
    }

    pub(crate) fn name(self) -> Option<HeaderValue> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Brotli => Some(HeaderValue::from_static("br")),
        }
    }

    pub(crate) fn pack(self, plain: &Bytes) -> Bytes {
        let packed = match self {
            Self::Plain => return plain.clone(),
            Self::Gzip => gzip(plain),
            Self::Brotli => brotli(plain),
        };
        // Writing into memory does not fail; if it did, the plain bytes would still be right.
        packed.map_or_else(|_| plain.clone(), Bytes::from)
    }
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let room = Vec::with_capacity(plain.len() / 3);
    let mut packer = flate2::write::GzEncoder::new(room, flate2::Compression::new(GZIP_LEVEL));
    packer.write_all(plain)?;
    packer.finish()
}

fn brotli(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packed = Vec::with_capacity(plain.len() / 3);
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_LEVEL,
        size_hint: plain.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*plain, &mut packed, &params)?;
    Ok(packed)
}
