//! Every limit of this crate, by name.

/// Faults named in one refusal; more would not help anyone.
pub const FAULTS_MAX: usize = 50;
/// Items on one page.
pub const PAGE_MAX: u16 = 100;
/// Items on a page when the caller does not say.
pub const PAGE_DEFAULT: u16 = 20;
/// Characters of an Idempotency-Key.
pub const KEY_LENGTH_MAX: usize = 255;
/// How long a stored answer is kept for a repeated key.
pub const ANSWER_KEPT_HOURS: i64 = 24;
/// Stored answers forgotten by one commit of the chore that does so.
pub const ANSWERS_FORGOTTEN_AT_ONCE: i64 = 1_000;
/// Such commits in one run.
pub const FORGETTING_COMMITS_MAX: u32 = 200;
/// How often a command is decided again after a conflict.
pub const RETRIES_MAX: u32 = 5;
/// Characters of an unknown field's or parameter's name that are shown back.
pub const NAME_SHOWN_MAX: usize = 64;
/// Choices listed in the message about an unknown one.
pub const CHOICES_SHOWN_MAX: usize = 50;
/// Parameters of one query string.
pub const PARAMETERS_MAX: usize = 100;
/// Bytes of a body beyond which no endpoint may allow any.
pub const BODY_BYTES_CEILING: usize = 12 << 20;
/// Fields of one form, its files among them.
pub const FORM_FIELDS_MAX: usize = 200;
/// Bytes of a field's name, and of a file's.
pub const FORM_NAME_BYTES_MAX: usize = 255;
/// Bytes of what stands above a part of a form: its name, its kind.
pub const FORM_PART_HEAD_BYTES_MAX: usize = 4 << 10;
/// Characters of what separates the parts of a form (RFC 2046).
pub const FORM_BOUNDARY_MAX: usize = 70;
