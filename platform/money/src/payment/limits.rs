//! Every bound of payments, gateways and reconciliation, by name.

use kernel::jiff::SignedDuration;

/// Tries of one payment, each an attempt of its own; then it is given up.
pub const PAY_ATTEMPTS_MAX: usize = 30;
/// Tries at once, one after the other.
pub const AT_ONCE_MAX: usize = 3;
/// Tries of one capture, void or refund.
pub const FOLLOW_UP_ATTEMPTS_MAX: usize = 30;
/// Attempts of a payment of all kinds that are read.
pub const ATTEMPTS_READ_MAX: i64 = 1_000;
/// Refunds of one payment, whatever became of them.
pub const REFUNDS_MAX: usize = 100;
/// The largest amount of a payment, in minor units: more is a slip of somebody's pen.
pub const AMOUNT_MAX: i64 = 100_000_000_000;

/// Letters of a provider's token, of a note, of a reason, of a code and of what a gateway says.
pub const TOKEN_LETTERS_MAX: usize = 200;
pub const CONTACT_LETTERS_MAX: usize = 254;
pub const NOTE_LETTERS_MAX: usize = 120;
pub const REASON_LETTERS_MAX: usize = 200;
pub const CODE_LETTERS_MAX: usize = 64;
pub const DETAIL_LETTERS_MAX: usize = 200;
/// Letters of a reference that a gateway gives, and of an address to which it sends the buyer.
pub const EXTERNAL_LETTERS_MAX: usize = 200;
pub const NEXT_LETTERS_MAX: usize = 2_048;

/// How long a buyer has, unless the app says otherwise; and how long money stays reserved.
pub const EXPIRES_AFTER: SignedDuration = SignedDuration::from_mins(30);
pub const HELD_FOR: SignedDuration = SignedDuration::from_hours(6 * 24);
/// The longest of either.
pub const EXPIRES_AFTER_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

/// First and longest pause before a gateway is tried again that was out of reach.
pub const RETRY_FIRST: SignedDuration = SignedDuration::from_secs(5);
pub const RETRY_LAST: SignedDuration = SignedDuration::from_mins(5);
/// First and longest pause before an outcome is asked for again.
pub const ASK_FIRST: SignedDuration = SignedDuration::from_secs(10);
pub const ASK_LAST: SignedDuration = SignedDuration::from_hours(1);
/// After so long nobody asks any more: the statement of the gateway tells the rest.
pub const ASK_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A gateway that has not heard of an attempt may still be about to. After so long it never will.
pub const UNHEARD_GRACE: SignedDuration = SignedDuration::from_mins(10);

/// Tries of a job whose decision the store or the ledger will not take now: some days of them.
pub const JOB_ATTEMPTS_MAX: i64 = 500;

/// Gateways of a market.
pub const GATEWAYS_MAX: i64 = 50;
/// Gateways of all markets whose health is remembered.
pub const HEALTH_MAX: usize = 10_000;
/// Of so many payments one goes to another gateway than the best, to learn how it does.
pub const EXPLORE_ONE_IN: u64 = 50;

/// Bytes of a callback, and of what is kept of its head.
pub const CALLBACK_BYTES_MAX: usize = 64 << 10;
/// How long callbacks are kept, and how many go in one sweep.
pub const CALLBACKS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
pub const CALLBACKS_SWEPT_MAX: i64 = 5_000;

/// Time of one call of a gateway.
pub const CALL_TIME_MAX: std::time::Duration = std::time::Duration::from_secs(20);
/// Bytes of a gateway's answer.
pub const ANSWER_BYTES_MAX: usize = 256 << 10;

/// Charges that the simulated gateway remembers.
pub const SIMULATED_CHARGES_MAX: usize = 100_000;

/// Bytes and lines of a statement file, and letters of one field.
pub const STATEMENT_BYTES_MAX: usize = 8 << 20;
pub const STATEMENT_LINES_MAX: usize = 50_000;
pub const STATEMENT_FIELD_LETTERS_MAX: usize = 500;
/// Payments of a period that a statement is compared with.
pub const RECONCILED_MAX: usize = 100_000;
/// Of these so many are read at once, and so many references looked up together.
pub const KEPT_PAGE: i64 = 5_000;
pub const LOOKED_UP_TOGETHER: usize = 200;
/// Days that one statement may cover.
pub const STATEMENT_DAYS_MAX: i64 = 62;
/// Differences of one statement: one with more is another account's.
pub const DIFFERENCES_MAX: usize = 5_000;
/// Letters of one secret of a gateway; keys of RSA are the longest.
pub const SECRET_LETTERS_MAX: usize = 8_192;
