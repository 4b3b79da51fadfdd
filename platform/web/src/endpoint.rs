//! One row of the list of endpoints, and how a plain async function becomes one.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use kernel::{Fault, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde_json::Value;

use crate::about::RefusalForm;
use crate::answer::{Answer, JSON, Reply};
use crate::call::Call;
use crate::caller::Role;
use crate::input::{Described, How, Input, Place, Raw, check_query, chosen_fields, schema_of};

type Handler =
    Arc<dyn Fn(Call, &Raw, Vec<Fault>) -> BoxFuture<'static, Result<Reply, Refusal>> + Send + Sync>;

/// An endpoint, relative to its market: `/v1/requests/{id}`.
#[derive(Clone)]
pub struct Endpoint {
    pub method: Method,
    pub path: &'static str,
    /// The function's name, as the OpenAPI document's operation id.
    pub name: &'static str,
    pub summary: &'static str,
    pub kind: Kind,
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
    /// Further statuses of success.
    pub also: Vec<StatusCode>,
    /// The media types of success.
    pub produces: &'static [&'static str],
    /// The schema of the answer; `null` when there is none.
    pub output: Value,
    /// The edge may keep the answer in memory for everyone.
    pub shared: bool,
    /// Cheap to answer and asked for by the dozen, as tiles and pictures are: counted apart.
    pub light: bool,
    /// What a body may have at most, where the endpoint says so itself.
    pub body_bytes_max: Option<usize>,
    /// The form of its refusals, where that is not problem+json.
    pub refusals_as: Option<RefusalForm>,
    /// Refusals of the handler itself, besides those that any endpoint of its kind may give.
    pub refusals: Vec<RefusalKind>,
    /// The fields that `fields=` may choose from.
    pub(crate) choosable: Vec<String>,
    handler: Handler,
}

/// What an endpoint belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The native API, under `/v1/`.
    Api,
    /// A page for people with a browser, whose cookie is a credential.
    Page,
    /// A public protocol that others wrote, with its own paths.
    Outside,
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

/// Implemented for async functions of a call and up to four inputs.
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
handle!(A 0, B 1, C 2, D 3);

fn endpoint<Inputs, H: Handle<Inputs>>(method: Method, path: &'static str, handle: H) -> Endpoint {
    let name = std::any::type_name::<H>().rsplit("::").next().unwrap_or_default();
    let answers_nothing = std::any::TypeId::of::<H::Output>() == std::any::TypeId::of::<()>();
    let status = if answers_nothing { StatusCode::NO_CONTENT } else { StatusCode::OK };
    row((method, path, name), status, (H::describe(), schema_of::<H::Output>(true)), handle.handler())
}

/// Knows no types, so that it is compiled once.
fn row(
    (method, path, name): (Method, &'static str, &'static str),
    status: StatusCode,
    (inputs, output): (Vec<Described>, Value),
    handler: Handler,
) -> Endpoint {
    let is_open = inputs.iter().any(|input| input.how == How::Pairs);
    Endpoint {
        choosable: if method == Method::GET && !is_open { choosable(&output) } else { Vec::new() },
        method,
        path,
        name,
        summary: "",
        kind: Kind::Api,
        may: May::Role(Role::Owner),
        priority: Priority::Normal,
        app: None,
        scope: None,
        secret: false,
        inputs,
        status,
        also: Vec::new(),
        produces: &[JSON],
        output,
        shared: false,
        light: false,
        body_bytes_max: None,
        refusals_as: None,
        refusals: Vec::new(),
        handler,
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

    /// Further statuses of success, such as 206 or 303.
    pub fn may_also(mut self, status: StatusCode) -> Self {
        self.also.push(status);
        self
    }

    /// The media types of success, where they are not JSON.
    pub fn produces(mut self, media: &'static [&'static str]) -> Self {
        self.produces = media;
        self
    }

    /// A page for people: not in the OpenAPI document, not for pages of other origins. The cookie
    /// `iroko_token` stands for the head `Authorization`, and to change something the request must
    /// come from a page of this very host.
    ///
    /// A read that anyone may do takes whoever shows a cookie that is not good for nobody in
    /// particular; where it must be good, it is refused with 401, which `refusals_as` can send to
    /// the sign-in.
    pub fn page(mut self) -> Self {
        self.kind = Kind::Page;
        self
    }

    /// A public protocol: at its own paths, in the OpenAPI document.
    pub fn outside(mut self) -> Self {
        self.kind = Kind::Outside;
        self
    }

    /// Counted apart from other requests, against an allowance ten times theirs.
    pub fn light(mut self) -> Self {
        self.light = true;
        self
    }

    /// Its refusals, those of the edge among them, in another form than problem+json.
    pub fn refusals_as(mut self, form: RefusalForm) -> Self {
        self.refusals_as = Some(form);
        self
    }

    /// Everyone gets the same answer, so that the edge may keep it in memory for a moment.
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// Where one MiB is too little, or too much: holds whatever the edge allows to others, up to
    /// `limits::BODY_BYTES_CEILING`.
    pub fn body_bytes_max(mut self, bytes: usize) -> Self {
        self.body_bytes_max = Some(bytes);
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

    pub fn is_page(&self) -> bool {
        self.kind == Kind::Page
    }

    /// The input that is read from the body.
    pub fn body(&self) -> Option<&Described> {
        self.input(Place::Body)
    }

    pub fn takes_head(&self) -> bool {
        self.input(Place::Head).is_some()
    }

    pub(crate) fn input(&self, place: Place) -> Option<&Described> {
        self.inputs.iter().find(|input| input.place == place)
    }

    /// Reads the inputs and runs the handler; refuses with all faults at once, the handler not run.
    pub fn call(&self, mut call: Call, raw: Raw) -> BoxFuture<'static, Result<Reply, Refusal>> {
        call.at = (self.name, self.path, self.secret);
        let mut faults = Vec::new();
        let mut chosen = None;
        let query = self.input(Place::Query);
        if !raw.query.is_empty() && query.is_none_or(|its| its.how != How::Pairs) {
            let known = query.map(|its| its.shape.fields()).unwrap_or_default();
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
