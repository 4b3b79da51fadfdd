//! What we saw: logs, metrics, traces.
