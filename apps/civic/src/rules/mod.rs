//! What a market has laid down: categories, who is responsible, how long things may take, how much
//! strangers may write. Read as one, kept in memory, read again when the version differs.

mod book;
pub mod decide;
pub mod http;
pub mod model;
pub mod repo;

pub use book::RuleBook;
pub use model::{Rules, Settings, Target};
