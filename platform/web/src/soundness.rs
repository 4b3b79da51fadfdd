//! What would make a list of endpoints wrong, all of it at once: asked at the start, not at the
//! first request.

use std::collections::{HashMap, HashSet};

use crate::endpoint::{Endpoint, May};
use crate::input::Place;

/// Everything wrong with the list, in sentences; nothing if it can be served.
pub fn unsound(endpoints: &[Endpoint]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut routes = HashSet::new();
    let mut names = HashSet::new();
    let mut spellings: HashMap<String, &'static str> = HashMap::new();
    for endpoint in endpoints {
        let at = format!("{} {}", endpoint.method, endpoint.path);
        let shape = shape_of(endpoint.path);
        if !routes.insert((endpoint.method.clone(), shape.clone())) {
            faults.push(format!("{at}: there are two of it"));
        }
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
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

pub(crate) fn parameters(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

fn faults_of(endpoint: &Endpoint) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, fault: &str| {
        if !holds {
            faults.push(fault.to_owned());
        }
    };
    let parameters = parameters(endpoint.path);
    must(endpoint.path.starts_with("/v1/"), "its path does not begin with /v1/");
    must(!endpoint.path.ends_with('/'), "its path ends with a slash");
    must(!endpoint.summary.is_empty(), "it has no summary");
    must(
        !matches!(endpoint.may, May::Provider(_)) || parameters.contains(&"provider"),
        "it is for those with a role for a provider, but its path has no {provider}",
    );
    must(
        !endpoint.shared || (endpoint.is_safe() && !endpoint.secret),
        "it is shared, but it changes something or answers with a secret",
    );
    must(!endpoint.secret || !endpoint.is_safe(), "it answers with a secret, but to a read");
    must(!(endpoint.is_safe() && endpoint.takes_body()), "it is a read with a body");
    must(endpoint.status.is_success(), "its status of success is not one");
    for place in [Place::Path, Place::Query, Place::Body] {
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
