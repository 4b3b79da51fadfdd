//! Every limit that all pages have, by name.

/// Bytes of a form without pictures.
pub const WORDS_BYTES_MAX: usize = 64 << 10;
/// Bytes of a field of a form; its endpoint says what it may have.
pub const FIELD_BYTES_MAX: usize = 20_000;
/// Bytes of the address somebody is sent back to.
pub const BACK_BYTES_MAX: usize = 500;
/// How long the browser keeps the language.
pub const LANGUAGE_KEPT_S: i64 = 31_536_000;
/// For so long nobody is renewed twice in a row.
pub const RENEWED_S: i64 = 20;
