//! What the bytes are. What the sender calls them is not asked.

use super::Unfit;

/// The kinds that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Jpeg,
    Png,
    WebP,
    Gif,
}

/// Bytes of a text that are looked at to tell a drawing.
const TEXT_LOOKED_AT: usize = 512;

impl Kind {
    pub fn of(bytes: &[u8]) -> Result<Kind, Unfit> {
        match bytes {
            [] => Err(Unfit::Empty),
            [0xFF, 0xD8, 0xFF, ..] => Ok(Kind::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Ok(Kind::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Kind::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Kind::Gif),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Err(film_or_photo(brand)),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Err(Unfit::Unsupported),
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] | [b'%', b'P', b'D', b'F', ..] => {
                Err(Unfit::Unsupported)
            }
            [0xFF, 0x0A, ..] | [0, 0, 0, 12, b'J', ..] | [0, 0, 1, 0, ..] => Err(Unfit::Unsupported),
            bytes if is_drawing(bytes) => Err(Unfit::Drawing),
            _ => Err(Unfit::NotAPicture),
        }
    }
}

/// The same container holds films and what telephones write.
fn film_or_photo(brand: &[u8]) -> Unfit {
    const PHOTOS: [&[u8]; 10] =
        [b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"];
    match brand.get(..4) {
        Some(brand) if PHOTOS.contains(&brand) => Unfit::Telephone,
        _ => Unfit::NotAPicture,
    }
}

fn is_drawing(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT_LOOKED_AT)]).to_ascii_lowercase();
    start.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').starts_with('<')
        && start.contains("<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_beginnings() {
        let rows: &[(&[u8], Result<Kind, Unfit>)] = &[
            (b"", Err(Unfit::Empty)),
            (b"\xff\xd8\xff\xe0", Ok(Kind::Jpeg)),
            (b"\x89PNG\r\n\x1a\n", Ok(Kind::Png)),
            (b"\x89PNG\n\n\x1a\n", Err(Unfit::NotAPicture)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Ok(Kind::WebP)),
            (b"RIFF\0\0\0\0WAVEfmt ", Err(Unfit::NotAPicture)),
            (b"GIF89a", Ok(Kind::Gif)),
            (b"GIF88a", Err(Unfit::NotAPicture)),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Err(Unfit::Telephone)),
            (b"\0\0\0\x18ftypavif\0\0\0\0", Err(Unfit::Telephone)),
            (b"\0\0\0\x18ftypisom\0\0\0\0", Err(Unfit::NotAPicture)),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", Err(Unfit::Drawing)),
            (b"\xef\xbb\xbf <?xml version='1.0'?><!-- x --><SVG/>", Err(Unfit::Drawing)),
            (b"<html><script>alert(1)</script>", Err(Unfit::NotAPicture)),
            (b"II*\0", Err(Unfit::Unsupported)),
            (b"%PDF-1.7", Err(Unfit::Unsupported)),
            (b"PK\x03\x04", Err(Unfit::NotAPicture)),
        ];
        for (bytes, expected) in rows {
            assert_eq!(Kind::of(bytes), *expected, "{bytes:?}");
        }
    }
}
