//! What follows: the relay from events to consumers, and durable jobs.
