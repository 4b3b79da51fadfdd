//! A message from its cause to its end.
//!
//! ```text
//! model.rs   the message, its states, and how an app asks for one
//! decide.rs  pure: whether it may go now, and what follows from an outcome
//! repo.rs    its statements
//! send.rs    the worker: claim, wire, result
//! chores.rs  what was left behind is taken up again; what is old is removed
//! http.rs    the delivery log
//! ```
//!
//! **What a crash leaves.** Before anything goes on the wire, the message is committed as `sending`
//! with the provider's name and the number of the attempt; the result is committed after it, in one
//! piece with whatever is to be done next. So a message found as `sending`, by a worker that knows that
//! the one before is dead, *may* have been sent, and no other may. It is sent again, by the same
//! provider first, because a lost message is worse than a second one, and it can be known again:
//!
//! - *outbox*: its row has the message's own number, so there is never a second one;
//! - *webhook*: the same `webhook-id`, which receivers must remember (Standard Webhooks);
//! - *e-mail*: the same `Message-ID`, by which servers and readers may drop the second;
//! - *SMS, push*: the same key, by which providers that take one drop the second; others may deliver it
//!   twice.
//!
//! A time-out on the wire is the same case without a crash. Whenever it is known that nothing was
//! sent, the next provider is asked at once instead.

pub mod chores;
pub mod decide;
pub mod http;
pub mod model;
pub mod repo;
pub mod send;
