//! Every address of the protocol ends in the form of its answer: `.xml` or `.json`.

/// Both endpoints of one handler, which gets the form after the call and its inputs after that:
/// `pair!(civic, get "/open311/v2/requests" => list(pairs: Pairs, head: Head))`.
macro_rules! pair {
    ($civic:expr, $method:ident $path:literal => $handler:ident($($input:ident: $type:ty),*)) => {{
        let endpoint = |form, path, name, media| {
            let civic = std::sync::Arc::clone($civic);
            let mut endpoint = web::$method(path, move |call: web::Call $(, $input: $type)*| {
                let civic = civic.clone();
                async move { $handler(&civic, call, form $(, $input)*).await }
            });
            endpoint.name = name;
            endpoint.produces(media)
        };
        use $crate::open311::form::{Form, JSON, XML};
        [
            endpoint(Form::Xml, concat!($path, ".xml"), concat!(stringify!($handler), "_xml"), &[XML]),
            endpoint(Form::Json, concat!($path, ".json"), concat!(stringify!($handler), "_json"), &[JSON]),
        ]
    }};
}

pub(super) use pair;
