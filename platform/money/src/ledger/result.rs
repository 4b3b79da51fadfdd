//! What becomes of a posting. The list is closed, and where several would fit, the first of them is said.

use kernel::{Refusal, RefusalKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Applied,
    /// The very same was posted before: nothing more was done.
    AlreadyApplied,
}

macro_rules! denied {
    ($($(#[$doc:meta])* $name:ident, $kind:ident, $code:literal, $message:literal;)+) => {
        /// Why a posting was not made, in the order in which reasons are looked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Denied {
            $($(#[$doc])* $name,)+
        }

        impl Denied {
            pub const ALL: &[Denied] = &[$(Denied::$name),+];

            /// Stable, for programs.
            pub fn code(self) -> &'static str {
                match self { $(Denied::$name => $code,)+ }
            }

            pub fn message(self) -> &'static str {
                match self { $(Denied::$name => $message,)+ }
            }

            fn kind(self) -> RefusalKind {
                match self { $(Denied::$name => RefusalKind::$kind,)+ }
            }
        }
    };
}

denied! {
    AmountNotPositive, Invalid, "amount_not_positive", "An amount is above zero.";
    AmountTooLarge, Invalid, "amount_too_large", "The amount is larger than any posting may be.";
    SameAccount, Invalid, "same_account", "Debit and credit are the same account.";
    NoteTooLong, Invalid, "note_too_long", "The note is longer than a line of a statement.";
    // What is there already comes before what may be wrong with it by now: a retry is answered as the first
    // try was, even if an account was closed since.
    ExistsWithOtherAccounts, Conflict, "exists_with_other_accounts", "This id was used with other accounts.";
    ExistsWithOtherAmount, Conflict, "exists_with_other_amount", "This id was used with another amount.";
    ExistsAsOther, Conflict, "exists_as_other", "This id was used for another kind of posting.";
    DebitUnknown, Invalid, "debit_unknown", "The chart of this market has no such account to debit.";
    CreditUnknown, Invalid, "credit_unknown", "The chart of this market has no such account to credit.";
    DebitClosed, Conflict, "debit_closed", "The account to debit is closed.";
    CreditClosed, Conflict, "credit_closed", "The account to credit is closed.";
    HoldPast, Invalid, "hold_past", "A hold ends in the future.";
    HoldUnknown, Conflict, "hold_unknown", "There is no such hold.";
    HoldOfOthers, Conflict, "hold_of_others", "The hold is between other accounts.";
    HoldTaken, Conflict, "hold_taken", "The hold was taken already.";
    HoldReleased, Conflict, "hold_released", "The hold was let go already.";
    HoldExpired, Conflict, "hold_expired", "The hold is over.";
    MoreThanHeld, Conflict, "more_than_held", "That is more than is held.";
    ReversedUnknown, Conflict, "reversed_unknown", "There is no such posting to take back.";
    NotReversible, Conflict, "not_reversible", "Only what moved an amount can be taken back.";
    ReversedOtherwise, Conflict, "reversed_otherwise", "A reversal has the accounts turned round, the same amount, and the id that follows from what it takes back.";
    DebitTooLittle, Conflict, "debit_too_little", "There is not enough in the account to debit.";
    DebitTooMuch, Conflict, "debit_too_much", "The account to debit would hold more than it may.";
    CreditTooLittle, Conflict, "credit_too_little", "There is not enough in the account to credit.";
    CreditTooMuch, Conflict, "credit_too_much", "The account to credit would hold more than it may.";
    // Of several that stand or fall together.
    ChainBroken, Conflict, "chain_broken", "Another posting of the same chain was not possible.";
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Refusal::new(denied.kind(), denied.code(), denied.message())
    }
}
