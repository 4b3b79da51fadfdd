//! What the pages of all apps have in common. Each page goes through the endpoints that programs use; an app
//! brings what people see, and this what stands around it.
//!
//! ```text
//! doors.rs    the endpoints that pages go through
//! face.rs     what an app's pages look like: its words, ways, style and scripts
//! visit.rs    whoever looks at a page: language, base, what stands around every page
//! words.rs    what is said, in every language; check.rs holds the files of words to each other
//! forms.rs    keys of forms, faults in words
//! address.rs  queries and cookies
//! assets.rs   style and scripts under addresses that say what they hold
//! refusal.rs  refusals as pages
//! sign_in.rs  in and out
//! ```

pub mod address;
pub mod assets;
pub mod check;
pub mod doors;
mod face;
pub mod forms;
pub mod limits;
pub mod refusal;
mod sign_in;
mod visit;
pub mod words;

use std::sync::Arc;

use http::StatusCode;
use kernel::RefusalKind;
use web::{Endpoint, May, Priority, get};

pub use doors::Doors;
pub use face::Face;
pub use visit::{HTML, TOKEN, Visit};

/// A page of an app, with what holds for all of them.
pub fn page(face: &'static Face, endpoint: Endpoint, says: &'static str, may: May) -> Endpoint {
    let endpoint = endpoint.says(says).page().may(may).produces(&[HTML]).refusals_as(face.refusals);
    let endpoint = endpoint.may_also(StatusCode::SEE_OTHER);
    if endpoint.is_safe() {
        return endpoint;
    }
    endpoint.body_bytes_max(limits::WORDS_BYTES_MAX).refuses([RefusalKind::Conflict, RefusalKind::NotFound])
}

/// What signing in and out needs.
struct Gate {
    face: &'static Face,
    doors: Arc<Doors>,
}

/// The pages that every app has: sign-in, style and scripts. They stand at the same addresses for all apps, and
/// a market shows those of the first that it has switched on.
pub fn common(face: &'static Face, doors: &Arc<Doors>) -> Vec<Endpoint> {
    use sign_in::{sign_in_page, sign_in_renew, sign_in_send, sign_out as page_sign_out};
    use web::{Fields, Head, Pairs, with};
    let gate = Arc::new(Gate { face, doors: doors.clone() });
    let any = |endpoint, says| page(face, endpoint, says, May::Anyone).priority(Priority::Critical);
    vec![
        any(with!(&gate, get "/sign-in" => sign_in_page(pairs: Pairs, head: Head)), "Asks who it is."),
        any(
            with!(&gate, get "/sign-in/renew" => sign_in_renew(pairs: Pairs, head: Head)),
            "Renews a sign-in and leads back.",
        ),
        any(with!(&gate, post "/sign-in" => sign_in_send(head: Head, fields: Fields)), "Signs in."),
        any(with!(&gate, post "/sign-out" => page_sign_out(head: Head, fields: Fields)), "Signs out."),
        asset(face),
    ]
}

fn asset(face: &'static Face) -> Endpoint {
    let mut endpoint = get("/assets/{name}", move |call, path| assets::asset(face, call, path));
    endpoint.name = "asset";
    endpoint
        .says("The style sheets and the scripts.")
        .page()
        .may(May::Anyone)
        .light()
        .produces(&["text/css; charset=utf-8", "text/javascript; charset=utf-8"])
        .refuses([RefusalKind::NotFound])
}
