//! Tenants, markets, hosts, providers and feature switches.
