//! Who in the city sees to what: agencies (providers of the market), their teams, and the routes that
//! give each request to one of them.

pub mod decide;
pub mod http;
pub mod model;
pub mod repo;
