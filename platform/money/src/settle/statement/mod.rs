//! Statements as their owners and managers read them.
//!
//! ```text
//! repo.rs    rows
//! view.rs    a statement and its lines as JSON
//! csv.rs     all lines as a table, sent while they are read
//! print.rs   a page to print, or to make a PDF of
//! http.rs    the same for a merchant, a rider and the managers of a market
//! ```

mod csv;
mod http;
mod print;
pub(crate) mod repo;
pub(crate) mod view;

pub(crate) use http::endpoints;
