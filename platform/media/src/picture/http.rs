//! Showing pictures. Who has the address may see it: it cannot be guessed, and it is told with what the
//! picture belongs to.

use std::ops::Range;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Bare, Call, Endpoint, Head, May, Path, with};

use super::model::Address;
use super::repo;
use crate::image::{Format, Size};
use crate::media::Media;

pub fn endpoints(media: &Arc<Media>) -> Vec<Endpoint> {
    vec![
        with!(media, get "/v1/pictures/{address}/{file}" => picture_show(which: Path<Which>, head: Head))
            .says("Shows a picture: thumb, small or large, as WebP to whoever takes it and else as JPEG; or with an ending, .webp or .jpg, as that. Takes a Range.")
            .may(May::Anyone)
            .light()
            .produces(&["image/webp", "image/jpeg"])
            .may_also(StatusCode::PARTIAL_CONTENT)
            .refuses([RefusalKind::NotFound, RefusalKind::Unavailable]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    address: Address,
    #[schemars(length(min = 1, max = 16))]
    file: String,
}

async fn picture_show(
    media: &Media,
    call: Call,
    Path(which): Path<Which>,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let (size, chosen) = named(&which.file).ok_or_else(Refusal::not_found)?;
    let picture = repo::one(call.market(), which.address).await?.filter(|picture| picture.is_shown());
    let picture = picture.ok_or_else(Refusal::not_found)?;
    let format = chosen.unwrap_or_else(|| wanted(&head));
    let bytes = media.shelf(call.market()).get(&picture.address.object(size, format)).await?;
    let tag = format!("\"{}-{}-{}\"", picture.address, size.name(), format.name());
    let answer = match part(&head, &tag, bytes.len()) {
        None => Answer::bytes(StatusCode::OK, format.content_type(), bytes),
        Some(part) => {
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, bytes.len());
            let range = HeaderValue::try_from(range).map_err(|_| Refusal::not_found())?;
            Answer::bytes(StatusCode::PARTIAL_CONTENT, format.content_type(), bytes.slice(part))
                .header(header::CONTENT_RANGE, range)
        }
    };
    let answer = answer
        .etag(tag)
        .immutable()
        .header(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"))
        .header(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok(match chosen {
        Some(_) => answer,
        None => answer.header(header::VARY, HeaderValue::from_static("accept")),
    })
}

/// `large`, `large.webp`.
fn named(file: &str) -> Option<(Size, Option<Format>)> {
    match file.split_once('.') {
        None => Some((Size::named(file)?, None)),
        Some((size, format)) => Some((Size::named(size)?, Some(Format::named(format)?))),
    }
}

/// WebP for those who name it: "anything" is also said by programs that have never heard of it.
fn wanted(head: &HeaderMap) -> Format {
    let names = head.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let takes_webp = names.flat_map(|value| value.split(',')).any(|part| {
        let (name, rules) = part.split_once(';').unwrap_or((part, ""));
        let refused = rules.split(';').any(|rule| {
            let weight = rule.trim().strip_prefix("q=").unwrap_or("1");
            !weight.is_empty() && weight.bytes().all(|digit| matches!(digit, b'0' | b'.'))
        });
        name.trim().eq_ignore_ascii_case("image/webp") && !refused
    });
    if takes_webp { Format::WebP } else { Format::Jpeg }
}

/// One range that can be given; anything else is answered with the whole, as it may be.
fn part(head: &HeaderMap, tag: &str, length: usize) -> Option<Range<usize>> {
    let is_other = |value: &HeaderValue| value.as_bytes() != tag.as_bytes();
    if head.get(header::IF_RANGE).is_some_and(is_other) {
        return None;
    }
    let text = head.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    let (first, last) = text.trim().split_once('-')?;
    let whole = |text: &str| text.parse::<usize>().ok().filter(|_| !text.starts_with('+'));
    let range = match (first, last) {
        ("", count) => length.saturating_sub(whole(count)?)..length,
        (first, "") => whole(first)?..length,
        (first, last) => whole(first)?..whole(last)?.checked_add(1)?.min(length),
    };
    (range.start < range.end).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_table_of_ranges() {
        for (range, expected) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=0-", Some(0..10)),
            ("bytes=3-5", Some(3..6)),
            ("bytes=3-99", Some(3..10)),
            ("bytes=-4", Some(6..10)),
            ("bytes=-99", Some(0..10)),
            ("bytes=-0", None),
            ("bytes=10-", None),
            ("bytes=5-3", None),
            ("bytes=-", None),
            ("bytes=+1-2", None),
            ("bytes=0-1,3-4", None),
            ("bytes=0-18446744073709551615", None),
            ("lines=0-1", None),
            ("", None),
        ] {
            assert_eq!(part(&head(header::RANGE, range), "\"a\"", 10), expected, "{range}");
        }
        let mut both = head(header::RANGE, "bytes=0-1");
        both.insert(header::IF_RANGE, HeaderValue::from_static("\"a\""));
        assert_eq!(part(&both, "\"a\"", 10), Some(0..2));
        assert_eq!(part(&both, "\"b\"", 10), None);
    }

    #[test]
    fn a_table_of_what_is_taken() {
        for (accept, expected) in [
            ("image/avif,image/webp,*/*;q=0.8", Format::WebP),
            ("image/png, IMAGE/WEBP;q=0.5", Format::WebP),
            ("image/webp;q=0", Format::Jpeg),
            ("image/webp;q=0.0, image/jpeg", Format::Jpeg),
            ("*/*", Format::Jpeg),
            ("", Format::Jpeg),
        ] {
            assert_eq!(wanted(&head(header::ACCEPT, accept)), expected, "{accept}");
        }
        assert_eq!(wanted(&HeaderMap::new()), Format::Jpeg);
    }

    #[test]
    fn a_table_of_names() {
        for (file, expected) in [
            ("large", Some((Size::Large, None))),
            ("thumb.webp", Some((Size::Thumb, Some(Format::WebP)))),
            ("small.jpg", Some((Size::Small, Some(Format::Jpeg)))),
            ("small.png", None),
            ("huge", None),
            ("large.", None),
            (".jpg", None),
            ("large.jpg.exe", None),
        ] {
            assert_eq!(named(file), expected, "{file}");
        }
    }
}
