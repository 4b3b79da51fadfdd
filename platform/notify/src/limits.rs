//! Every limit of this crate, by name.

use std::time::Duration;

use kernel::jiff::SignedDuration;

/// Pauses between the rounds of a message that could not be delivered, as other senders keep them.
pub const RETRY_SECONDS: [i64; 7] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
/// How far each pause may differ, in percent, so that what failed together does not return together.
pub const RETRY_JITTER_PERCENT: i64 = 20;
/// How long a message is worth delivering, unless it says otherwise.
pub const GOOD_FOR: SignedDuration = SignedDuration::from_hours(72);
/// A provider has this long for one message; a worker that has not come back after the second time
/// is taken to be dead.
pub const WIRE_TIME_MAX: Duration = Duration::from_secs(30);
pub const SENDING_MAX: SignedDuration = SignedDuration::from_secs(45);
/// Pause when every provider of a channel is left alone.
pub const NOBODY_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// Providers of one channel.
pub const PROVIDERS_MAX: usize = 4;

/// Characters of what names the cause of a message; a longer one is replaced by its hash.
pub const CAUSE_LENGTH_MAX: usize = 160;
/// Letters of an error that are kept.
pub const ERROR_LETTERS_MAX: usize = 300;
/// Bytes of a message's arguments as JSON.
pub const ARGUMENTS_BYTES_MAX: usize = 65_536;
/// Characters of one argument when it is written into a text for people.
pub const ARGUMENT_LENGTH_MAX: usize = 4_000;
/// Characters of a subject or a title.
pub const SUBJECT_LENGTH_MAX: usize = 200;
/// Characters of an address: a telephone number, an e-mail address, a device's token.
pub const ADDRESS_LENGTH_MAX: usize = 4_096;
/// Parts of one text message; a longer text is cut.
pub const SMS_PARTS_MAX: usize = 4;

/// Messages to one recipient in an hour and in a day; urgent ones have more room.
pub const PER_HOUR: usize = 10;
pub const PER_DAY: usize = 40;
pub const URGENT_FACTOR: usize = 3;
/// Messages to one recipient that are looked back on.
pub const RECENT_MAX: usize = URGENT_FACTOR * PER_DAY;

/// Choices of one owner.
pub const CHOICES_MAX: i64 = 200;
/// Devices of one person; the one not seen for longest goes when another comes.
pub const DEVICES_MAX: i64 = 10;
/// Webhooks of one market.
pub const WEBHOOKS_MAX: i64 = 50;
/// How long a webhook may fail before it is switched off.
pub const WEBHOOK_FAILING_MAX: SignedDuration = SignedDuration::from_hours(5 * 24);
/// For how long after a rotation the secret before is signed with too.
pub const WEBHOOK_SECRET_OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Messages that one run of the sweep takes up again, and how late they must be.
pub const SWEPT_AT_ONCE: i64 = 500;
pub const SWEEP_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// For how long the log and the outbox are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Messages that one commit of the chore removes, and such commits in one run.
pub const PRUNED_AT_ONCE: i64 = 500;
pub const PRUNING_COMMITS_MAX: u32 = 100;

/// Idle connections to a mail server that are kept, and for how long.
pub const SMTP_IDLE_MAX: usize = 4;
pub const SMTP_IDLE_TIME: Duration = Duration::from_secs(30);
/// Connections to one mail server at once.
pub const SMTP_CONNECTIONS_MAX: usize = 8;
/// How long a mail server may take over one command.
pub const SMTP_COMMAND_TIME: Duration = Duration::from_secs(10);
/// Attempts of one message that are shown.
pub const ATTEMPTS_SHOWN: i64 = 50;
/// How often a sending job is tried when the store fails it; the sweep takes over after that.
pub const JOB_ATTEMPTS_MAX: i64 = 20;
