//! Who reported a request, follows it or said "me too": how they are told of it, what they may do
//! with a secret instead of an account, and how they are forgotten.

pub mod confirm;
pub mod contact;
pub mod decide;
pub mod follow;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod links;
pub mod mail;
mod me;
pub mod message;
pub mod model;
pub(crate) mod own;
pub mod repo;
