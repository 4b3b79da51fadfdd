//! Where everything is, in which forms, and whom to ask.

use std::sync::Arc;

use kernel::Refusal;
use web::{Answer, Bare, Call, Endpoint, Head, May};

use super::form::{Form, Node};
use super::pair::pair;
use super::site::{answer, origin};
use crate::civic::Civic;

/// When the way in which this program speaks the protocol last changed.
const CHANGESET: &str = "2026-11-21T00:00:00Z";
const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";

pub fn endpoints(civic: &Arc<Civic>) -> Vec<Endpoint> {
    let about = "Where this market's Open311 endpoint is, and what it speaks.";
    let both = pair!(civic, get "/open311/discovery" => discovery(head: Head));
    both.map(|endpoint| endpoint.says(about).may(May::Anyone)).into()
}

async fn discovery(
    civic: &Civic,
    call: Call,
    form: Form,
    Head(headers): Head,
) -> Result<Answer<Bare>, Refusal> {
    let url = format!("{}{}", origin(civic.public_url.as_deref(), &headers), call.base);
    let formats = ["text/xml", "application/json"].map(Node::text).to_vec();
    let endpoint = Node::Fields(vec![
        ("specification", SPECIFICATION.into()),
        ("url", format!("{url}/open311/v2").into()),
        ("changeset", CHANGESET.into()),
        ("type", "production".into()),
        ("formats", Node::List("format", formats)),
    ]);
    let contact = format!("{}: {url}/", call.site.market_name);
    let document = Node::Fields(vec![
        ("changeset", CHANGESET.into()),
        ("contact", contact.into()),
        ("key_service", format!("Ask the city for an API key with the scope civic.report: {url}/").into()),
        ("endpoints", Node::List("endpoint", vec![endpoint])),
    ]);
    Ok(answer(form, "discovery", &document))
}
