use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which of the two directions money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    Paid,
    Refunded,
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    /// Counted from one, the line of names included.
    pub line: i64,
    pub way: Way,
    /// Ours, as they state it.
    pub reference: String,
    /// In minor units.
    pub amount: i64,
    pub fee: Option<i64>,
}

/// A line that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    pub line: i64,
    pub reference: String,
    pub why: String,
}

/// What was kept here of one movement of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    pub way: Way,
    pub reference: String,
    pub payment: i64,
    pub amount: i64,
    pub fee: Option<i64>,
    /// Taken, or given back, for all we know.
    pub is_done: bool,
    /// Of the period itself, and not only looked up because a line names it.
    pub in_period: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Matched,
    MissingHere,
    MissingThere,
    AmountDiffers,
    FeeDiffers,
    Duplicate,
    RefundMismatch,
    Unreadable,
}

/// Each kind with its name, what it means, and what to do about it.
pub const KINDS: [(Kind, &str, &str, &str); 8] = [
    (Kind::Matched, "matched", "Both sides say the same.", "Nothing."),
    (
        Kind::MissingHere,
        "missing_here",
        "The gateway took money that is not kept here as taken.",
        "Open the payment if there is one, and let it ask again; otherwise give the money back at the gateway.",
    ),
    (
        Kind::MissingThere,
        "missing_there",
        "It is kept here as taken, and the statement does not name it.",
        "Look into the next statement; if it is not there either, ask the gateway with its reference.",
    ),
    (
        Kind::AmountDiffers,
        "amount_differs",
        "The two sides state different amounts.",
        "Ask the gateway; correct what is wrong here with a posting against suspense.",
    ),
    (
        Kind::FeeDiffers,
        "fee_differs",
        "The gateway kept another fee than it told at the time.",
        "Post the difference to the gateway's fees, and compare with the contract.",
    ),
    (
        Kind::Duplicate,
        "duplicate",
        "The statement names the same movement more than once.",
        "Ask the gateway whether the payer was charged twice, and for one of them back.",
    ),
    (
        Kind::RefundMismatch,
        "refund_mismatch",
        "A refund is known to one side only, or with another amount.",
        "Open the payment and compare its refunds; ask the gateway with the refund's reference.",
    ),
    (
        Kind::Unreadable,
        "unreadable",
        "This line cannot be read.",
        "Correct the line and send the file again.",
    ),
];

impl Kind {
    fn row(self) -> &'static (Kind, &'static str, &'static str, &'static str) {
        KINDS.iter().find(|(kind, ..)| *kind == self).unwrap_or(&KINDS[0])
    }

    pub fn name(self) -> &'static str {
        self.row().1
    }

    pub fn explanation(self) -> &'static str {
        self.row().2
    }

    pub fn action(self) -> &'static str {
        self.row().3
    }

    pub fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|(_, its, ..)| *its == name).map(|(kind, ..)| *kind)
    }
}

/// What came out for one line, or for one movement that no line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub kind: Kind,
    pub line: Option<i64>,
    pub payment: Option<i64>,
    pub reference: String,
    /// Minor units, of the amounts or of the fees.
    pub ours: Option<i64>,
    pub theirs: Option<i64>,
    /// What is particular about it.
    pub said: String,
}
