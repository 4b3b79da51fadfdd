//! Which endpoint a path within a market means. `matchit`, the router inside axum, is used as it
//! is: the market comes first and may hide in the host name, which a `Router` cannot take apart.

use std::sync::Arc;

use http::{HeaderValue, Method};
use web::{Endpoint, Features, RefusalForm};

pub(crate) struct Table {
    router: matchit::Router<Row>,
}

/// One path with its methods. Pages of several apps may stand here: those of the first app that a market has
/// switched on are its own.
pub(crate) struct Row {
    methods: Vec<(Method, Arc<Route>)>,
    pub(crate) allow: HeaderValue,
}

pub(crate) struct Route {
    pub(crate) endpoint: Endpoint,
    /// Method and path as traces name them.
    pub(crate) name: &'static str,
    pub(crate) pattern: Arc<str>,
    /// Where its figures are among the measured routes.
    pub(crate) measured: usize,
}

impl Table {
    /// All that is wrong with the list, if anything is.
    pub(crate) fn new(endpoints: Vec<Endpoint>) -> Result<Self, Vec<String>> {
        let mut faults = web::unsound(&endpoints);
        let mut rows: Vec<(&'static str, Row)> = Vec::new();
        for (measured, endpoint) in endpoints.into_iter().enumerate() {
            let (path, method) = (endpoint.path, endpoint.method.clone());
            let name = name_of(&method);
            let known = rows.iter_mut().find(|(its, _)| *its == path);
            // Pages of several apps at one address are counted as one.
            let same = known.as_ref().and_then(|(_, row)| row.methods.iter().find(|(its, _)| *its == method));
            let measured = same.map_or(measured, |(_, route)| route.measured);
            let route = Arc::new(Route { endpoint, name, pattern: path.into(), measured });
            match known {
                Some((_, row)) => row.methods.push((method, route)),
                None => {
                    let row = Row { methods: vec![(method, route)], allow: HeaderValue::from_static("") };
                    rows.push((path, row));
                }
            }
        }
        let mut router = matchit::Router::new();
        for (path, mut row) in rows {
            row.allow = allow(&row.methods);
            if let Err(error) = router.insert(path, row) {
                faults.push(format!("{path}: {error}"));
            }
        }
        if faults.is_empty() { Ok(Self { router }) } else { Err(faults) }
    }

    pub(crate) fn find<'t, 'p>(&'t self, path: &'p str) -> Option<(&'t Row, matchit::Params<'t, 'p>)> {
        let found = self.router.at(path).ok()?;
        Some((found.value, found.params))
    }
}

impl Row {
    /// The form in which a method is refused that is not taken here.
    pub(crate) fn refusals_as(&self, features: &Features) -> Option<(&Arc<Route>, RefusalForm)> {
        let on = self.methods.iter().filter(|(_, route)| is_on(route, features));
        on.chain(&self.methods).find_map(|(_, route)| Some((route, route.endpoint.refusals_as?)))
    }

    /// HEAD is GET without the body. Where all apps are off it is one of those.
    pub(crate) fn route(&self, method: &Method, features: &Features) -> Option<&Arc<Route>> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let mut routes = self.methods.iter().filter(|(its, _)| its == method).map(|(_, route)| route);
        let first = routes.next()?;
        if is_on(first, features) {
            return Some(first);
        }
        Some(routes.find(|route| is_on(route, features)).unwrap_or(first))
    }
}

fn is_on(route: &Route, features: &Features) -> bool {
    route.endpoint.app.is_none_or(|app| features.on(app))
}

/// An endpoint's method is one of these.
fn name_of(method: &Method) -> &'static str {
    const NAMES: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    NAMES.into_iter().find(|name| *name == method.as_str()).unwrap_or("OTHER")
}

fn allow(methods: &[(Method, Arc<Route>)]) -> HeaderValue {
    let mut names: Vec<&str> = methods.iter().map(|(method, _)| method.as_str()).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    names.sort_unstable();
    names.dedup();
    HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use kernel::Refusal;
    use web::{Answer, Bare, Call, May, get};

    use super::*;

    async fn front(_: Call) -> Result<Answer<Bare>, Refusal> {
        Err(Refusal::not_found())
    }

    #[test]
    fn a_market_shows_the_pages_of_the_first_of_its_apps() {
        let page = |app| get("/", front).says("Front.").may(May::Anyone).page().app(app);
        let Ok(table) = Table::new(vec![page("cats"), page("dogs")]) else {
            panic!("two apps may share a page")
        };
        let (row, _) = table.find("/").unwrap();
        let on = |apps: &[&str]| Features::new(apps.iter().map(|app| ((*app).to_owned(), 100)));
        for (apps, expected) in
            [(&["cats"][..], "cats"), (&["dogs"], "dogs"), (&["dogs", "cats"], "cats"), (&[], "cats")]
        {
            let route = row.route(&Method::HEAD, &on(apps)).unwrap();
            assert_eq!(route.endpoint.app, Some(expected), "{apps:?}");
        }
        assert_eq!(
            (row.allow.to_str().unwrap(), row.route(&Method::POST, &on(&[])).is_none()),
            ("GET, HEAD, OPTIONS", true)
        );
        let api = || get("/v1/things", front).says("Things.").may(May::Anyone);
        assert!(
            Table::new(vec![api().app("cats"), api().app("dogs")]).is_err(),
            "but nothing that programs use"
        );
        assert!(Table::new(vec![page("cats"), page("cats")]).is_err());
    }
}
