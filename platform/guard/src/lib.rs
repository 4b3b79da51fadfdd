//! How much: rate limits, adaptive concurrency, fair shares.
