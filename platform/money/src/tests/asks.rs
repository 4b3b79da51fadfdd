//! What may be asked, and how the process dies meanwhile.

use proptest::prelude::*;

use crate::payment::model::Method;

#[derive(Debug, Clone)]
pub enum Ask {
    /// By the ledger's own endpoint, three at once: into a wallet, or out of it.
    TopUp {
        payer: i64,
        amount: i64,
        out: bool,
    },
    Pay {
        payer: i64,
        method: Method,
        play: &'static str,
        amount: i64,
    },
    /// In hundredths of it.
    Capture {
        which: usize,
        part: i64,
    },
    Cancel {
        which: usize,
    },
    Refund {
        which: usize,
        part: i64,
    },
    /// So many at once, each of so much.
    Refunds {
        which: usize,
        part: i64,
    },
    /// What was captured is the merchant's, less a commission.
    Earn {
        which: usize,
    },
    /// The merchant bears a part of what was given back.
    Bear {
        which: usize,
        part: i64,
    },
    /// Callbacks that came before, or come now, once more.
    Callback {
        which: usize,
        times: usize,
    },
    /// Not signed, wrongly signed, of somebody else's payment, of another amount.
    Forged {
        which: usize,
        how: u8,
    },
    Gateway {
        down: bool,
    },
    /// What is due; each handler runs twice over the same job if `twice`.
    Work {
        twice: bool,
    },
    Pass {
        minutes: i64,
    },
    Settle {
        pages: usize,
    },
    PayOut {
        step: u8,
    },
}

/// How a process dies, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Lives,
    /// The decision was made and never reached the store.
    BeforeCommit,
    /// It is kept, and nobody was told.
    AfterCommit,
    /// After so many looks at what is under way, wherever that is.
    Midway(u32),
}

#[derive(Debug, Clone)]
pub struct Step {
    pub ask: Ask,
    pub fate: Fate,
    /// Whoever asked asks again when they hear nothing.
    pub again: bool,
}

const PLAYS: [&str; 12] = [
    "sim:take",
    "sim:take",
    "sim:reserve",
    "sim:reserve",
    "sim:slow:90",
    "sim:insufficient_funds",
    "sim:wrong_amount",
    "sim:wrong_currency",
    "sim:timeout_done",
    "sim:timeout_lost",
    "sim:never",
    "sim:charge_back",
];

fn ask() -> impl Strategy<Value = Ask> {
    let which = 0..12_usize;
    let method =
        prop::sample::select(vec![Method::Card, Method::Card, Method::Card, Method::Wallet, Method::Cash]);
    let payer = 1..4_i64;
    prop_oneof![
        3 => (payer.clone(), 3_000..15_000_i64, prop::bool::weighted(0.3))
            .prop_map(|(payer, amount, out)| Ask::TopUp { payer, amount, out }),
        8 => (payer, method, prop::sample::select(PLAYS.to_vec()), 100..6_000_i64)
            .prop_map(|(payer, method, play, amount)| Ask::Pay { payer, method, play, amount }),
        4 => (which.clone(), 30..=100_i64).prop_map(|(which, part)| Ask::Capture { which, part }),
        2 => which.clone().prop_map(|which| Ask::Cancel { which }),
        3 => (which.clone(), 1..=100_i64).prop_map(|(which, part)| Ask::Refund { which, part }),
        1 => (which.clone(), 30..=100_i64).prop_map(|(which, part)| Ask::Refunds { which, part }),
        5 => which.clone().prop_map(|which| Ask::Earn { which }),
        2 => (which.clone(), 1..=100_i64).prop_map(|(which, part)| Ask::Bear { which, part }),
        4 => (which.clone(), 1..4_usize).prop_map(|(which, times)| Ask::Callback { which, times }),
        2 => (which, 0..4_u8).prop_map(|(which, how)| Ask::Forged { which, how }),
        1 => any::<bool>().prop_map(|down| Ask::Gateway { down }),
        8 => any::<bool>().prop_map(|twice| Ask::Work { twice }),
        5 => prop::sample::select(vec![1_i64, 5, 31, 90, 1_441, 4_400]).prop_map(|minutes| Ask::Pass { minutes }),
        2 => (1..3_usize).prop_map(|pages| Ask::Settle { pages }),
        4 => (0..6_u8).prop_map(|step| Ask::PayOut { step }),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Lives),
        1 => Just(Fate::BeforeCommit),
        1 => Just(Fate::AfterCommit),
        3 => (0..12_u32).prop_map(Fate::Midway),
    ]
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (ask(), fate(), any::<bool>()).prop_map(|(ask, fate, again)| Step { ask, fate, again });
    prop::collection::vec(step, 10..60)
}
