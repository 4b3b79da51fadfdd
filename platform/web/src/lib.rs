//! What an endpoint is made of. An app lists its endpoints as data: method, path, who may, what goes
//! in, what comes out. The edge serves that list, the OpenAPI document describes it, and a test
//! walks it with strangers' credentials. Nothing here listens to a socket.
//!
//! ```text
//! endpoint.rs  one row of that list, and how a plain async function becomes one
//! input/       Path, Query, Body: read by their schema, all faults at once; Fields, Octets, Pairs, Head
//! shape.rs     the part of JSON Schema that inputs are held to
//! call.rs      all that a handler may know; `change` is load, decide, commit, answer
//! caller.rs    who is asking, with which roles
//! site.rs      the tenant and market that the address means
//! answer.rs    what goes back, whole or as a stream
//! events.rs    Server-Sent Events
//! about.rs     refusals in an endpoint's own form
//! once.rs      the same key again gives the stored answer
//! page.rs      cursors
//! problem.rs   refusals as RFC 9457
//! with.rs      handlers that need shared state
//! soundness.rs what would make a list of endpoints wrong
//! openapi/     the list as a document, and as a page to read
//! ```

mod about;
mod answer;
mod call;
mod caller;
mod endpoint;
mod events;
mod input;
pub mod limits;
mod once;
pub mod openapi;
mod page;
pub mod problem;
mod shape;
mod site;
mod soundness;
mod with;

pub use about::{About, RefusalForm};
pub use answer::{Answer, Bare, CachePolicy, Chunks, JSON, Reply, Streamed};
pub use call::{Call, World};
pub use caller::{Caller, Grant, Role, Scope};
pub use endpoint::{Endpoint, Kind, May, Priority, delete, get, patch, post, put};
pub use events::{EVENT_STREAM, EventText, last_event};
pub use input::{
    Body, Described, Field, Fields, Head, How, Octets, Pairs, Path, Place, Query, Raw, Unreadable,
    decode_path,
};
pub use once::{Key, STATEMENTS, forget, part};
pub use page::{Cursor, Page, PageQuery};
pub use shape::Shape;
pub use site::{Features, Site, Tier};
pub use soundness::unsound;
