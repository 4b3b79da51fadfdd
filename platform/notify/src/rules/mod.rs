//! The pure rules of when something may be sent: each a function of its arguments and nothing else.

pub mod pace;
pub mod quiet;
pub mod retry;
pub mod sms;
