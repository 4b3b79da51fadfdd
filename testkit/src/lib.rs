//! Real servers and a manual clock for tests.
