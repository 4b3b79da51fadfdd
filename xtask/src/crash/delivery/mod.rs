//! A market that sells, pays and brings: people order, prepare, bring, cancel, give back and pay out while
//! the server is killed under them, and every so often a day goes by, so that payments run out and earnings
//! are settled.
//!
//! ```text
//! door.rs     the market's address, and those who come to it
//! town.rs     stores, goods, wallets, riders, a gateway
//! acts.rs     what people do all day
//! wish.rs     what somebody wants done, under a key of its own, and what they were told
//! explain.rs  how an order, its payment and its money may look together
//! check.rs    what was answered, held against what is there
//! ```

mod acts;
mod check;
mod door;
mod explain;
mod town;
mod wish;

use std::time::{Duration, Instant};

use super::Dice;
use super::server::{Site, Victim};
use crate::step::{Outcome, spelled};
use acts::Day;
use check::Memory;
use door::{Door, MARKET, PASSWORD};

/// The kill comes after so long, at random; sooner after a night, when much is to be caught up with.
const LIFE_MS: std::ops::Range<u64> = 150..4_000;
const MORNING_MS: std::ops::Range<u64> = 0..500;
/// A day goes by every so many rounds.
const ROUNDS_PER_DAY: u32 = 5;
const DAY_S: u64 = 86_400;
/// What is over is read again this often.
const ROUNDS_BETWEEN_FULL_READS: u32 = 20;
/// How long what goes on may take to come to rest, and what got no answer to get one.
const PATIENCE: Duration = Duration::from_secs(200);
/// What takes longer is told.
const LONG: Duration = Duration::from_secs(60);
/// Those who signed in do so again after this time.
const SIGNED_IN: Duration = Duration::from_secs(600);

pub fn site() -> Site {
    Site { market: MARKET, password: PASSWORD, prepare: town::prepare(MARKET) }
}

pub fn rounds(mut victim: Victim, rounds: u32, seed: u64) -> Outcome {
    let mut dice = Dice(seed);
    let mut memory = Memory::default();
    let started = Instant::now();
    let door = Door::at(&victim.url());
    door.sign_in()?;
    let mut signed_in = Instant::now();
    let mut town = town::open(&door)?;
    for round in 1..=rounds {
        let is_morning = round % ROUNDS_PER_DAY == 0;
        if is_morning {
            victim.sleep(DAY_S)?;
        }
        if is_morning || signed_in.elapsed() > SIGNED_IN {
            door.sign_in()?;
            signed_in = Instant::now();
        }
        let day = Day::begin(&door, &town, round, &mut dice, victim.ahead_s());
        let life = if is_morning { MORNING_MS } else { LIFE_MS };
        std::thread::sleep(Duration::from_millis(life.start + dice.below(life.end - life.start)));
        let hit = victim.hit(dice.one_in(2))?;
        let mut told = day.end();
        let full = round % ROUNDS_BETWEEN_FULL_READS == 0 || round == rounds;
        let checked = told.settle(&door, patience()).and_then(|()| {
            memory.add(told);
            quiet(&mut memory, &door, &town, full)?;
            victim.asked("ledger trial")?;
            victim.asked("ledger rebuild")?;
            victim.asked("events verify")
        });
        checked.map_err(|fault| {
            let said = victim.said();
            format!("round {round}, after {hit}, seed {seed}: {fault}\nthe server said:\n{said}")
        })?;
        town.restock(&door, round)?;
        if full || round <= 1 || is_morning {
            let time = spelled(started.elapsed());
            eprintln!("   round {round}: {memory} after {time}");
        }
    }
    Ok(())
}

fn patience() -> impl FnMut() -> bool {
    let deadline = Instant::now() + PATIENCE;
    move || {
        std::thread::sleep(Duration::from_millis(20));
        Instant::now() < deadline
    }
}

/// Looks until everything can be explained.
fn quiet(memory: &mut Memory, door: &Door, town: &town::Town, full: bool) -> Outcome {
    let (mut patient, begun, mut last) = (patience(), Instant::now(), String::new());
    loop {
        match memory.check(door, town, full) {
            Err(fault) if patient() => last = fault,
            checked => {
                if checked.is_ok() && begun.elapsed() > LONG {
                    eprintln!("   it came to rest only after {}: {last}", spelled(begun.elapsed()));
                }
                return checked;
            }
        }
    }
}
