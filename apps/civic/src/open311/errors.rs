//! Refusals as GeoReport has them: a list of codes and descriptions, 403 for whoever may not, 404 for
//! what is not there, 400 for the rest. What asks for patience keeps its status, so that clients which
//! know it wait.

use http::StatusCode;
use kernel::Refusal;
use web::{About, Reply};

use super::form::{Form, Node};

pub fn turned(refusal: &Refusal, about: &About<'_>) -> Option<Reply> {
    let form = Form::of(about.path);
    let status = status(about.status);
    let body = form.write("errors", &document(refusal, status));
    Some(Reply::bytes(status, form.media(), body))
}

fn status(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::TOO_MANY_REQUESTS => status,
        status if status.is_server_error() => status,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn document(refusal: &Refusal, status: StatusCode) -> Node {
    let error = |description: String| {
        let code = Node::text(status.as_u16().to_string());
        Node::Fields(vec![("code", code), ("description", description.into())])
    };
    let errors = match refusal.faults() {
        [] => vec![error(refusal.message().to_owned())],
        faults => faults.iter().map(|fault| error(sentence(&fault.field, &fault.message))).collect(),
    };
    Node::List("error", errors)
}

/// GeoReport's own names in front, without the marks by which the native API tells places apart.
fn sentence(field: &str, message: &str) -> String {
    let name = field.trim_start_matches(['/', '?', '{']).trim_end_matches('}');
    let name = match name.split_once('/') {
        Some(("answers", code)) => format!("attribute[{code}]"),
        Some(("place", _)) => "lat, long".to_owned(),
        Some(("photos", _)) => "media_url".to_owned(),
        Some(("contact", part)) => part.to_owned(),
        _ => match name {
            "category" => "service_code".to_owned(),
            "place" => "lat, long".to_owned(),
            "address" => "address_string".to_owned(),
            name => name.to_owned(),
        },
    };
    if name.is_empty() { message.to_owned() } else { format!("{name}: {message}") }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use kernel::{Fault, RefusalKind};

    use super::*;

    fn turn(refusal: &Refusal, status: u16, path: &str) -> (u16, String) {
        let about = About {
            status: StatusCode::from_u16(status).unwrap(),
            request: "r",
            method: &Method::GET,
            base: "",
            path,
            query: "",
            site: None,
            headers: &HeaderMap::new(),
        };
        let reply = turned(refusal, &about).unwrap();
        (reply.status.as_u16(), String::from_utf8(reply.body.to_vec()).unwrap())
    }

    #[test]
    fn every_status_has_its_own() {
        let refusal = |kind| Refusal::new(kind, "code", "Said why.");
        for (kind, theirs, ours) in [
            (RefusalKind::Invalid, 400, 400),
            (RefusalKind::Unauthenticated, 401, 403),
            (RefusalKind::Forbidden, 403, 403),
            (RefusalKind::NotFound, 404, 404),
            (RefusalKind::Invalid, 405, 405),
            (RefusalKind::Invalid, 408, 400),
            (RefusalKind::Conflict, 409, 400),
            (RefusalKind::TooLarge, 413, 400),
            (RefusalKind::UnsupportedMedia, 415, 400),
            (RefusalKind::TooMany, 429, 429),
            (RefusalKind::Unavailable, 500, 500),
            (RefusalKind::Unavailable, 503, 503),
        ] {
            let (status, body) = turn(&refusal(kind), theirs, "/open311/v2/services.json");
            assert_eq!(status, ours);
            assert_eq!(body, format!("[{{\"code\":\"{ours}\",\"description\":\"Said why.\"}}]"));
        }
    }

    #[test]
    fn every_fault_is_one_error_under_the_name_that_the_client_knows() {
        let faults = [
            ("/category", "service_code"),
            ("/place", "lat, long"),
            ("/place/lat", "lat, long"),
            ("/answers/SIZE", "attribute[SIZE]"),
            ("/address", "address_string"),
            ("/contact/email", "email"),
            ("/photos/0", "media_url"),
            ("?start_date", "start_date"),
            ("{id}", "id"),
        ];
        let all = faults.map(|(field, _)| Fault::new(field, "code", "Not good."));
        let (_, body) = turn(&Refusal::invalid(all.to_vec()), 400, "/open311/v2/requests.xml");
        let error = |(_, name)| {
            format!("<error><code>400</code><description>{name}: Not good.</description></error>")
        };
        let errors: String = faults.map(error).concat();
        assert_eq!(body, format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<errors>{errors}</errors>"));
    }
}
