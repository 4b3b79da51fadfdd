//! The files that are shown, under an address that cannot be guessed. Many uploads of the same bytes
//! refer to one picture; its row is there before its files and goes after them.

pub mod decide;
pub(crate) mod http;
pub(crate) mod jobs;
pub mod model;
pub mod repo;

pub use model::{Address, Picture, PictureView};
