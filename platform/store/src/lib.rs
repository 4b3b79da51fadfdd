//! What is kept: markets, decisions and events on SQLite and PostgreSQL.
