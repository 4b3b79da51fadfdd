mod pure;
pub(crate) mod rig;
mod stories;
mod trouble;
