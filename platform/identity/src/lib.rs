//! Who may: people, sessions, tokens, keys and roles.
