//! One row of the list of endpoints, and how a plain async function becomes one.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use kernel::{Fault, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde_json::Value;

use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::caller::Role;
use crate::input::{Described, Input, Place, Raw, check_query, chosen_fields, schema_of};
use crate::limits;

type Handler =
    Arc<dyn Fn(Call, &Raw, Vec<Fault>) -> BoxFuture<'static, Result<Reply, Refusal>> + Send + Sync>;

/// An endpoint of the native API, relative to its market: `/v1/requests/{id}`.
#[derive(Clone)]
pub struct Endpoint {
    pub method: Method,
    pub path: &'static str,
    /// The function's name, as the OpenAPI document's operation id.
    pub name: &'static str,
    pub summary: &'static str,
    pub may: May,
    pub priority: Priority,
    /// The app that must be switched on in the market; `None` for the platform's own.
    pub app: Option<&'static str>,
    /// The scope that an API key needs. Without one, a key may call this only if anyone may.
    pub scope: Option<&'static str>,
    /// Answers hold a secret: they are never stored for a repeated key.
    pub secret: bool,
    pub inputs: Vec<Described>,
    pub status: StatusCode,
    /// The schema of the answer; `null` when there is none.
    pub output: Value,
    /// The edge may keep the answer in memory for everyone.
    pub shared: bool,
    /// What a body may have at most.
    pub body_bytes_max: usize,
    /// Refusals of the handler itself, besides those that any endpoint of its kind may give.
    pub refusals: Vec<RefusalKind>,
    /// The fields that `fields=` may choose from.
    pub(crate) choosable: Vec<String>,
    handler: Handler,
}

/// Who may call an endpoint. A handler narrows this further to rows, never widens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    Anyone,
    /// Signed in with this tenant, or an API key of it.
    Known,
    /// Has this role in the market.
    Role(Role),
    /// Has this role for the provider named in the path as `{provider}`.
    Provider(Role),
}

/// What is refused first when there is too much to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    Background,
    Normal,
    Critical,
}

/// Implemented for async functions of a call and up to three inputs.
pub trait Handle<Inputs>: Send + Sync + 'static {
    type Output: JsonSchema + 'static;
    fn describe() -> Vec<Described>;
    fn handler(self) -> Handler;
}

macro_rules! handle {
    ($($input:ident $place:tt),*) => {
        impl<F, Fut, T, $($input),*> Handle<($($input,)*)> for F
        where
            F: Fn(Call, $($input),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Result<Answer<T>, Refusal>> + Send + 'static,
            T: JsonSchema + 'static,
            $($input: Input,)*
        {
            type Output = T;

            fn describe() -> Vec<Described> {
                vec![$($input::describe()),*]
            }

            #[allow(non_snake_case, unused_variables)]
            fn handler(self) -> Handler {
                let inputs: Vec<Described> = <Self as Handle<($($input,)*)>>::describe();
                let this = Arc::new(self);
                #[allow(unused_mut)]
                Arc::new(move |call, raw, mut faults| {
                    $(let $input = $input::take(&inputs[$place], raw, &mut faults);)*
                    if !faults.is_empty() {
                        return Box::pin(std::future::ready(Err(Refusal::invalid(faults))));
                    }
                    $(let Some($input) = $input else {
                        return Box::pin(std::future::ready(Err(Refusal::invalid(faults))));
                    };)*
                    let this = this.clone();
                    Box::pin(async move { this(call, $($input),*).await.map(Reply::from) })
                })
            }
        }
    };
}
handle!();
handle!(A 0);
handle!(A 0, B 1);
handle!(A 0, B 1, C 2);

fn endpoint<Inputs, H: Handle<Inputs>>(method: Method, path: &'static str, handle: H) -> Endpoint {
    let name = std::any::type_name::<H>().rsplit("::").next().unwrap_or_default();
    let status = match method {
        _ if std::any::TypeId::of::<H::Output>() == std::any::TypeId::of::<()>() => StatusCode::NO_CONTENT,
        _ => StatusCode::OK,
    };
    let output = schema_of::<H::Output>(true);
    Endpoint {
        method: method.clone(),
        path,
        name,
        summary: "",
        may: May::Role(Role::Owner),
        priority: Priority::Normal,
        app: None,
        scope: None,
        secret: false,
        inputs: H::describe(),
        status,
        choosable: if method == Method::GET { choosable(&output) } else { Vec::new() },
        output,
        shared: false,
        body_bytes_max: limits::BODY_BYTES_MAX,
        refusals: Vec::new(),
        handler: handle.handler(),
    }
}

/// The fields of an object, or of the items of a page.
fn choosable(output: &Value) -> Vec<String> {
    let items = output.pointer("/properties/items/items/properties");
    let fields = items.or_else(|| output.get("properties")).and_then(Value::as_object);
    fields.map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

macro_rules! methods {
    ($($name:ident $method:ident),+) => {$(
        /// An endpoint that nobody but an owner may call until it says otherwise.
        pub fn $name<Inputs, H: Handle<Inputs>>(path: &'static str, handle: H) -> Endpoint {
            endpoint(Method::$method, path, handle)
        }
    )+};
}
methods!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

impl Endpoint {
    pub fn says(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    pub fn may(mut self, may: May) -> Self {
        self.may = may;
        self
    }

    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    pub fn app(mut self, app: &'static str) -> Self {
        self.app = Some(app);
        self
    }

    pub fn scope(mut self, scope: &'static str) -> Self {
        self.scope = Some(scope);
        self
    }

    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The status of success, where it is not 200 or 204.
    pub fn answers(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Everyone gets the same answer, so that the edge may keep it in memory for a moment.
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// Where one MiB is too little, or too much.
    pub fn body_bytes_max(mut self, bytes: usize) -> Self {
        self.body_bytes_max = bytes;
        self
    }

    /// The handler may refuse for these reasons too; the document says so.
    pub fn refuses(mut self, kinds: impl IntoIterator<Item = RefusalKind>) -> Self {
        self.refusals.extend(kinds);
        self
    }

    /// Its name among all endpoints: `civic.report`.
    pub fn operation(&self) -> String {
        format!("{}.{}", self.app.unwrap_or("platform"), self.name)
    }

    pub fn is_safe(&self) -> bool {
        self.method.is_safe()
    }

    pub fn takes_body(&self) -> bool {
        self.input(Place::Body).is_some()
    }

    pub(crate) fn input(&self, place: Place) -> Option<&Described> {
        self.inputs.iter().find(|input| input.place == place)
    }

    /// Reads the inputs and runs the handler; refuses with all faults at once, the handler not run.
    pub fn call(&self, call: Call, raw: Raw) -> BoxFuture<'static, Result<Reply, Refusal>> {
        let mut faults = Vec::new();
        let mut chosen = None;
        if !raw.query.is_empty() {
            let known = self.input(Place::Query).map(|its| its.shape.fields()).unwrap_or_default();
            let is_known = |name: &str| {
                known.iter().any(|field| field.name == name)
                    || (name == "fields" && !self.choosable.is_empty())
            };
            check_query(&raw.query, is_known, &mut faults);
            if !self.choosable.is_empty() {
                chosen = chosen_fields(&raw.query, &self.choosable, &mut faults);
            }
        }
        let reply = (self.handler)(call, &raw, faults);
        match chosen.map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>()) {
            None => reply,
            Some(names) => Box::pin(async move { Ok(reply.await?.only(&names)) }),
        }
    }
}
