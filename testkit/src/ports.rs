//! Ports that nobody else listens on.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A port that is free now. Another program may take it before it is used, so whoever starts a
/// server with it tries again with the next.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
