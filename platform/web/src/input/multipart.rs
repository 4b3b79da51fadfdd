//! `multipart/form-data` (RFC 7578) over a body that is all there: the files are parts of it, not
//! copies. What a reader of a stream must guess at is here either right or a fault with a name.

use bytes::Bytes;
use kernel::Fault;
use memchr::memmem;

use super::form::{Field, add};
use crate::limits;

/// `media` is the content type with its parameters.
pub(super) fn read(media: &str, body: &Bytes) -> Result<Vec<Field>, Fault> {
    let boundary =
        boundary(media).ok_or_else(|| broken("bad_boundary", "Content-Type names no boundary."))?;
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let line = format!("\r\n--{boundary}");
    let finder = memmem::Finder::new(line.as_bytes());
    let mut at = start(body, &line, &finder)?;
    let mut fields = Vec::new();
    loop {
        let rest = &body[at..];
        if rest.starts_with(b"--") {
            return Ok(fields);
        }
        // Spaces may stand behind a boundary.
        let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if !rest[spaces..].starts_with(b"\r\n") {
            return Err(broken_off());
        }
        // The line's end is left in place: where a part has no head it is the empty line's as well.
        let head_at = at + spaces;
        let (head, content_at) = head(body, head_at)?;
        let length = finder.find(&body[content_at..]);
        // A part without a byte may end with the very line's end that ends its head.
        let end = length.map(|length| content_at + length).ok_or_else(broken_off)?;
        let bytes = body.slice((content_at + 2).min(end)..end);
        add(&mut fields, field(head, bytes)?)?;
        at = end + line.len();
    }
}

/// Behind the first boundary. What stands before it is to be ignored.
fn start(body: &Bytes, line: &str, finder: &memmem::Finder<'_>) -> Result<usize, Fault> {
    if body.starts_with(&line.as_bytes()[2..]) {
        return Ok(line.len() - 2);
    }
    let found =
        finder.find(body).ok_or_else(|| broken("bad_boundary", "The boundary is nowhere in the body."));
    Ok(found? + line.len())
}

/// The head of a part, and where the line's end is that ends it: the content begins behind that.
fn head(body: &Bytes, at: usize) -> Result<(&[u8], usize), Fault> {
    let upto = body.len().min(at + limits::FORM_PART_HEAD_BYTES_MAX);
    match memmem::find(&body[at..upto], b"\r\n\r\n") {
        Some(length) => Ok((&body[at..at + length], at + length + 2)),
        None if upto < body.len() => Err(broken("part_head_too_long", "The head of a part is too long.")),
        None => Err(broken_off()),
    }
}

fn field(head: &[u8], bytes: Bytes) -> Result<Field, Fault> {
    let head =
        std::str::from_utf8(head).map_err(|_| broken("not_utf8", "The head of a part is not UTF-8."))?;
    let (mut disposition, mut media) = (None, None);
    for line in head.split("\r\n").filter(|line| !line.is_empty()) {
        let bad = || broken("bad_part", "The head of a part cannot be read.");
        let (name, value) = line.split_once(':').ok_or_else(bad)?;
        let place = match name {
            name if name.eq_ignore_ascii_case("content-disposition") => &mut disposition,
            name if name.eq_ignore_ascii_case("content-type") => &mut media,
            name if name.eq_ignore_ascii_case("content-transfer-encoding") => {
                // Deprecated, and of no effect where it says that nothing was done.
                match value.trim().to_ascii_lowercase().as_str() {
                    "binary" | "8bit" | "7bit" => continue,
                    _ => return Err(bad()),
                }
            }
            _ => continue,
        };
        if place.replace(value.trim()).is_some() {
            return Err(bad());
        }
    }
    let disposition = disposition.ok_or_else(|| broken("bad_part", "A part has no Content-Disposition."))?;
    let (kind, rest) = disposition.split_once(';').unwrap_or((disposition, ""));
    let parameters = parameters(rest).filter(|_| kind.trim().eq_ignore_ascii_case("form-data"));
    let parameters =
        parameters.ok_or_else(|| broken("bad_part", "A part's Content-Disposition is not right."))?;
    let value = |name: &str| parameters.iter().find(|(its, _)| its == name).map(|(_, value)| value.clone());
    let name = value("name").ok_or_else(|| broken("bad_part", "A part has no name."))?;
    let file = value("filename").or_else(|| value("filename*").map(|text| extended(&text)));
    Ok(Field { name, file, media: media.map(str::to_owned), bytes })
}

fn boundary(media: &str) -> Option<String> {
    let (_, rest) = media.split_once(';')?;
    let (_, boundary) = parameters(rest)?.into_iter().find(|(name, _)| name == "boundary")?;
    let is_plain = boundary.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let fits = (1..=limits::FORM_BOUNDARY_MAX).contains(&boundary.len()) && !boundary.ends_with(' ');
    (is_plain && fits).then_some(boundary)
}

/// `name=token; other="quoted"`, names in lower case, none of them twice.
fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let mut list: Vec<(String, String)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() {
            return Some(list);
        }
        let (name, after) = rest.split_once('=')?;
        let (name, after) = (name.trim().to_ascii_lowercase(), after.trim_start());
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        rest = after.trim_start();
        let is_separated = rest.is_empty() || rest.starts_with(';');
        if !is_separated || list.iter().any(|(its, _)| *its == name) {
            return None;
        }
        list.push((name, value));
    }
}

/// The text up to the closing quote, and what follows that. Browsers write a quote within as `%22`;
/// other programs put a backslash before it. A backslash before anything else is itself, as it is in
/// the names of files of some systems.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((value.replace("%22", "\""), &text[place + 1..])),
            '\\' => match letters.next_if(|(_, next)| *next == '"') {
                Some(_) => value.push('"'),
                None => value.push('\\'),
            },
            letter => value.push(letter),
        }
    }
    None
}

/// `utf-8''na%C3%AFve.jpg`, which RFC 7578 forbids and some programs send.
fn extended(text: &str) -> String {
    let name = text.rsplit('\'').next().unwrap_or(text);
    super::decode_path(name).map_or_else(|_| name.to_owned(), |name| name.into_owned())
}

fn broken(code: &'static str, message: &'static str) -> Fault {
    Fault::new("", code, message)
}

fn broken_off() -> Fault {
    broken("form_broken", "The form breaks off, or its parts are not separated as they must be.")
}
