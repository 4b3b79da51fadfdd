//! The edge with a market on disk and a handful of endpoints that do little.

mod arriving;
mod others;
mod pages;
mod pipeline;
mod repeats;
mod rig;
mod sockets;
mod streams;
