//! Answers kept in memory for a while.
