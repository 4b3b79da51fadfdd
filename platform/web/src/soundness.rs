//! What would make a list of endpoints wrong, all of it at once: asked at the start, not at the
//! first request.

use std::collections::{HashMap, HashSet};

use crate::endpoint::{Endpoint, Kind, May};
use crate::input::Place;
use crate::limits;

/// Everything wrong with the list, in sentences; nothing if it can be served.
pub fn unsound(endpoints: &[Endpoint]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut routes: HashMap<_, Vec<&Endpoint>> = HashMap::new();
    let mut names = HashSet::new();
    let mut spellings: HashMap<String, &'static str> = HashMap::new();
    for endpoint in endpoints {
        let at = format!("{} {}", endpoint.method, endpoint.path);
        let shape = shape_of(endpoint.path);
        let others = routes.entry((endpoint.method.clone(), shape.clone())).or_default();
        // Each app has its front page and its sign-in; a market shows those of its first app.
        let may_share = |other: &Endpoint| {
            let are_pages = endpoint.is_page() && other.is_page();
            are_pages && endpoint.app.is_some() && other.app.is_some() && endpoint.app != other.app
        };
        if !others.iter().all(|other| may_share(other)) {
            faults.push(format!("{at}: there are two of it"));
        }
        others.push(endpoint);
        if *spellings.entry(shape).or_insert(endpoint.path) != endpoint.path {
            faults.push(format!("{at}: names its parameters differently from another method of this path"));
        }
        if !names.insert(endpoint.operation()) {
            faults.push(format!("{at}: another endpoint is named {} too", endpoint.operation()));
        }
        faults.extend(faults_of(endpoint).into_iter().map(|fault| format!("{at}: {fault}")));
    }
    faults
}

/// The path with its parameters' names taken out.
fn shape_of(path: &str) -> String {
    let mut shape = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, name, after)) = next_parameter(rest) {
        shape.push_str(before);
        shape.push_str(if name.starts_with('*') { "{*}" } else { "{}" });
        rest = after;
    }
    shape + rest
}

/// The names of its parameters: `{id}`, `{id}.xml`, and `{*rest}`, which takes all that follows.
pub(crate) fn parameters(path: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((_, name, after)) = next_parameter(rest) {
        names.push(name.trim_start_matches('*'));
        rest = after;
    }
    names
}

fn next_parameter(path: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = path.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn faults_of(endpoint: &Endpoint) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, fault: &str| {
        if !holds {
            faults.push(fault.to_owned());
        }
    };
    let parameters = parameters(endpoint.path);
    let is_front = endpoint.path == "/" && endpoint.is_page();
    match endpoint.kind {
        Kind::Api => must(endpoint.path.starts_with("/v1/"), "its path does not begin with /v1/"),
        Kind::Page | Kind::Outside => must(endpoint.path.starts_with('/'), "its path does not begin with /"),
    }
    must(!endpoint.path.ends_with('/') || is_front, "its path ends with a slash");
    let few = endpoint.path.split('/').all(|part| part.matches('{').count() <= 1);
    must(few, "a part of its path has two parameters");
    must(!endpoint.light || endpoint.is_safe(), "it is light, but it changes something");
    must(
        endpoint.body_bytes_max.is_none_or(|bytes| bytes <= limits::BODY_BYTES_CEILING),
        "it takes a larger body than any may",
    );
    let further = |status: &http::StatusCode| status.is_success() || status.is_redirection();
    must(endpoint.also.iter().all(further), "a further status of success is not one");
    must(!endpoint.produces.is_empty(), "it produces nothing");
    must(!endpoint.summary.is_empty(), "it has no summary");
    must(
        !matches!(endpoint.may, May::Provider(_)) || parameters.contains(&"provider"),
        "it is for those with a role for a provider, but its path has no {provider}",
    );
    must(
        !endpoint.shared || (endpoint.is_safe() && !endpoint.secret),
        "it is shared, but it changes something or answers with a secret",
    );
    must(!endpoint.shared || !endpoint.takes_head(), "it is shared, but goes by the head of a request");
    must(!endpoint.secret || !endpoint.is_safe(), "it answers with a secret, but to a read");
    must(!(endpoint.is_safe() && endpoint.takes_body()), "it is a read with a body");
    must(further(&endpoint.status), "its status of success is not one");
    for place in [Place::Path, Place::Query, Place::Body, Place::Head] {
        let count = endpoint.inputs.iter().filter(|input| input.place == place).count();
        must(count <= 1, &format!("it takes its {place:?} twice"));
    }
    let taken: Vec<&str> = match endpoint.input(Place::Path) {
        Some(input) => input.shape.fields().iter().map(|field| &*field.name).collect(),
        None => Vec::new(),
    };
    for name in &taken {
        must(parameters.contains(name), &format!("it takes {{{name}}}, which its path does not have"));
    }
    for name in parameters.iter().filter(|name| **name != "provider") {
        must(taken.contains(name), &format!("nothing takes the {{{name}}} of its path"));
    }
    if let Some(query) = endpoint.input(Place::Query) {
        let clash = query.shape.fields().iter().any(|field| field.name == "fields");
        must(!clash, "its parameter `fields` is the one that every read has already");
    }
    faults
}
