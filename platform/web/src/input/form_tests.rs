use proptest::prelude::*;

use super::*;
use crate::limits;

const KIND: &str = "multipart/form-data; boundary=XX";
const GOOD: &str = "before\r\n--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA hole\r\n\
    --XX\r\ncontent-disposition: form-data; name=tag\r\nX-Other: y\r\n\r\nroad\r\n\
    --XX \r\nContent-Disposition: form-data; name=\"tag\"\r\n\r\n\r\n\
    --XX\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a \\\"b\\\".jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\
    \x01\r\n--X\r\n\r\n--XX\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n--XX--\r\nafter";

fn read(media: &str, body: impl Into<Bytes>) -> Result<Fields, Vec<String>> {
    let raw = Raw { body: body.into(), media: media.try_into().ok(), ..Raw::default() };
    let mut faults = Vec::new();
    let taken = Fields::take(&Fields::describe(), &raw, &mut faults);
    assert_eq!(taken.is_none(), !faults.is_empty());
    taken.ok_or_else(|| faults.iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect())
}

fn faults(media: &str, body: impl Into<Bytes>) -> Vec<String> {
    read(media, body).err().unwrap_or_default()
}

fn part(head: &str, content: &str) -> String {
    format!("--XX\r\n{head}\r\n\r\n{content}\r\n--XX--\r\n")
}

fn named(name: &str, content: &str) -> String {
    part(&format!("Content-Disposition: form-data; name=\"{name}\""), content)
}

#[test]
fn a_table_of_broken_parts() {
    let disposition = |rest: &str| part(&format!("Content-Disposition: {rest}"), "x");
    let long = "n".repeat(limits::FORM_NAME_BYTES_MAX + 1);
    let shown = format!("/{} name_too_long", &long[..limits::NAME_SHOWN_MAX]);
    let rows: Vec<(&str, String, &str)> = vec![
        ("multipart/form-data", GOOD.into(), " bad_boundary"),
        ("multipart/form-data; boundary=", GOOD.into(), " bad_boundary"),
        ("multipart/form-data; boundary=\"XX", GOOD.into(), " bad_boundary"),
        ("multipart/form-data; boundary=YY", GOOD.into(), " bad_boundary"),
        ("multipart/form-data; boundary=XX; boundary=XX", GOOD.into(), " bad_boundary"),
        ("multipart/form-data; boundary=X", GOOD.into(), " form_broken"),
        (KIND, "nothing of the kind".into(), " bad_boundary"),
        (KIND, part("", "x"), " bad_part"),
        (KIND, part("Content-Type: text/plain", "x"), " bad_part"),
        (KIND, part("no colon", "x"), " bad_part"),
        (KIND, disposition("form-data"), " bad_part"),
        (KIND, disposition("attachment; name=a"), " bad_part"),
        (KIND, disposition("form-data; name=\"a"), " bad_part"),
        (KIND, disposition("form-data; name=a; name=b"), " bad_part"),
        (KIND, disposition("form-data; name=\"a\"b"), " bad_part"),
        (KIND, disposition("form-data; name=a\r\nContent-Disposition: form-data; name=b"), " bad_part"),
        (KIND, disposition("form-data; name=a\r\nContent-Transfer-Encoding: base64"), " bad_part"),
        (
            KIND,
            part(&"x".repeat(limits::FORM_PART_HEAD_BYTES_MAX), "x") + &"y".repeat(9000),
            " part_head_too_long",
        ),
        (KIND, named(&long, "x"), &shown),
        (KIND, disposition(&format!("form-data; name=a; filename={long}")), "/a name_too_long"),
        (KIND, named("a", "\0"), "/a bad_character"),
        (KIND, named("a/b\0", "x"), "/a~1b\0 bad_character"),
        (KIND, "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--XXX".into(), " form_broken"),
    ];
    for (media, body, expected) in rows {
        assert_eq!(faults(media, body.clone()), [expected], "{media} {}", &body[..body.len().min(200)]);
    }
    let mut bytes = named("a", "?").into_bytes();
    let place = bytes.iter().position(|byte| *byte == b'?').unwrap();
    bytes[place] = 0xff;
    assert_eq!(faults(KIND, bytes), ["/a not_utf8"]);
}

#[test]
fn a_form_that_breaks_off_anywhere_is_no_form() {
    let end = GOOD.find("--XX--").unwrap() + "--XX--".len();
    for upto in 1..end {
        assert!(read(KIND, &GOOD.as_bytes()[..upto]).is_err(), "{:?}", &GOOD[upto.saturating_sub(20)..upto]);
    }
    for upto in end..=GOOD.len() {
        assert!(read(KIND, &GOOD.as_bytes()[..upto]).is_ok());
    }
}

#[test]
fn a_form_with_any_byte_wrong_is_survived() {
    for place in 0..GOOD.len() {
        for byte in [0, b'\n', b'\r', b'-', b'"', b'\\', b';', b'=', b'X', 0xff] {
            let mut body = GOOD.as_bytes().to_vec();
            body[place] = byte;
            let _ = read(KIND, body.clone());
            body.remove(place);
            let _ = read(KIND, body);
        }
    }
}

#[test]
fn there_are_not_too_many() {
    let one = "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n";
    assert_eq!(faults(KIND, format!("{}--XX--", one.repeat(10_000))), [" too_many"]);
    assert!(read(KIND, format!("{}--XX--", one.repeat(limits::FORM_FIELDS_MAX))).is_ok());
    assert_eq!(faults("application/x-www-form-urlencoded", "a=x&".repeat(10_000)), [" too_many"]);
}

#[test]
fn the_parts_of_a_good_form() {
    let form = read(KIND, GOOD).unwrap();
    assert_eq!(form.text("title"), Some("A hole"));
    assert_eq!(form.all("tag").collect::<Vec<_>>(), ["road", ""]);
    assert_eq!((form.text("photo"), form.text("nothing")), (None, None));
    let files: Vec<&Field> = form.files().collect();
    assert_eq!(files.len(), 1, "where none was chosen there is none");
    assert_eq!(files[0].file.as_deref(), Some("a \"b\".jpg"));
    assert_eq!(files[0].media.as_deref(), Some("image/jpeg"));
    assert_eq!(files[0].bytes, &b"\x01\r\n--X\r\n"[..]);
    for empty in ["", "--XX--", "--XX--\r\n", "x\r\n--XX--\r\n"] {
        assert_eq!(read(KIND, empty).unwrap(), Fields::default(), "{empty}");
    }
    let quoted = read(
        "Multipart/Form-Data; charset=utf-8; boundary=\"X X\"",
        "--X X\r\nContent-Disposition: form-data; name=\"a%22\"; filename*=utf-8''na%C3%AFve.jpg\r\n\r\nx\r\n--X X--",
    );
    let field = quoted.unwrap().0.remove(0);
    assert_eq!((&*field.name, field.file.as_deref()), ("a\"", Some("naïve.jpg")));
}

#[test]
fn a_table_of_encoded_forms() {
    let kind = "application/x-www-form-urlencoded; charset=utf-8";
    for (body, expected) in [
        (&b"a=%zz"[..], "/a not_utf8"),
        (b"a=%", "/a not_utf8"),
        (b"a=%ff", "/a not_utf8"),
        (b"%ff=a", " not_utf8"),
        (b"a=\xff", " not_utf8"),
        (b"a=%00", "/a bad_character"),
    ] {
        assert_eq!(faults(kind, body), [expected], "{body:?}");
    }
    let long = format!("{}=x", "n".repeat(100_000));
    assert!(faults(kind, long)[0].ends_with(" name_too_long"));
    assert_eq!(read(kind, "").unwrap(), Fields::default());
    let form = read(kind, "title=A+hole%21&tag=a&tag=&none").unwrap();
    assert_eq!((form.text("title"), form.text("none")), (Some("A hole!"), Some("")));
    assert_eq!(form.all("tag").collect::<Vec<_>>(), ["a", ""]);
}

#[test]
fn pairs_are_taken_as_they_come() {
    let pairs = |query: &str| {
        let raw = Raw { query: query.into(), ..Raw::default() };
        let mut faults = Vec::new();
        let taken = Pairs::take(&Pairs::describe(), &raw, &mut faults);
        let faults: Vec<_> = faults.iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect();
        (taken, faults)
    };
    for (query, expected) in
        [("a=%zz", "?a not_utf8"), ("%ff=1", "? not_utf8"), ("a=%00", "?a bad_character")]
    {
        let (taken, faults) = pairs(query);
        assert!(taken.is_none() && faults == [expected], "{query}: {faults:?}");
    }
    assert_eq!(pairs(&"a=1&".repeat(10_000)).1, ["? too_many"]);
    assert_eq!(pairs(&"%ff&".repeat(limits::PARAMETERS_MAX)).1.len(), limits::FAULTS_MAX);
    let (taken, _) = pairs("status=open,closed&x=1&status=a+b&fields=z");
    let taken = taken.unwrap();
    assert_eq!(taken.all("status").collect::<Vec<_>>(), ["open,closed", "a b"]);
    assert_eq!((taken.get("fields"), taken.get("y")), (Some("z"), None));
}

#[test]
fn a_body_is_taken_by_its_kind() {
    for (its, media, expected) in [
        (Fields::describe(), "multipart/form-data; boundary=x", true),
        (Fields::describe(), "APPLICATION/X-WWW-FORM-URLENCODED", true),
        (Fields::describe(), "application/json", false),
        (Fields::describe(), "", false),
        (Octets::describe(), "", true),
        (Octets::describe(), "image/jpeg", true),
        (Body::<u8>::describe(), "application/json; charset=utf-8", true),
        (Body::<u8>::describe(), "application/jsonp", false),
        (Head::describe(), "application/json", false),
    ] {
        assert_eq!(its.takes(media), expected, "{:?} {media}", its.how);
    }
}

proptest! {
    #[test]
    fn any_form_is_survived(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(KIND, body.clone());
        let _ = read("application/x-www-form-urlencoded", body);
    }

    #[test]
    fn pieces_of_forms_are_survived(pieces in prop::collection::vec(
        prop_oneof![
            Just("--XX"), Just("\r\n"), Just("--"), Just("Content-Disposition: form-data"), Just("; name=\"a\""),
            Just("; filename="), Just("\""), Just("\\"), Just("="), Just(";"), Just("x"), Just("\r\n\r\n"),
        ], 0..40))
    {
        let _ = read(KIND, pieces.concat());
    }

    #[test]
    fn what_is_sent_in_parts_arrives(fields in prop::collection::vec(
        ("[^\"\\\\\0\r\n%]{1,20}", prop::collection::vec(any::<u8>(), 0..50), any::<bool>()), 0..8))
    {
        let boundary = "a-boundary-that-is-not-in-it";
        let mut body = Vec::new();
        for (name, bytes, _) in &fields {
            body.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n").bytes());
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        let read = read(&format!("multipart/form-data; boundary={boundary}"), body).unwrap();
        let found: Vec<_> = read.0.iter().map(|field| (field.name.clone(), field.bytes.to_vec())).collect();
        let sent: Vec<_> = fields.into_iter().map(|(name, bytes, _)| (name, bytes)).collect();
        prop_assert_eq!(found, sent);
    }
}
