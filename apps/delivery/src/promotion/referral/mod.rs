//! Who came by whose word, and what the one who spread it gets for their first order: the more people
//! somebody brought, the larger a share, in coins.

pub mod decide;
pub mod http;
pub mod model;
pub mod repo;
