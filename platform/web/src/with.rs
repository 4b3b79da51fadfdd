//! Handlers that need what an app or a platform crate keeps in memory.

/// An endpoint whose handler gets a reference to shared state before the call and its inputs:
/// `with!(identity, post "/v1/things" => add_thing(input: Body<NewThing>, which: Path<Which>))`.
#[macro_export]
macro_rules! with {
    ($state:expr, $method:ident $path:literal => $handler:ident($($input:ident: $type:ty),*)) => {{
        let state = std::sync::Arc::clone($state);
        let mut endpoint = $crate::$method($path, move |call: $crate::Call $(, $input: $type)*| {
            let state = state.clone();
            async move { $handler(&state, call $(, $input)*).await }
        });
        endpoint.name = stringify!($handler);
        endpoint
    }};
}
