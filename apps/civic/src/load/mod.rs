//! Many requests at once: from a city's old system, or of a city that is made up. Both come in batches
//! that commit with a row saying how far they got, so that an interrupted load goes on where it stopped.
//!
//! ```text
//! model.rs    a request as a file tells it, a batch of them, how far a load is
//! line.rs     a line's fields become a request, or the reasons why not
//! times.rs    times as files write them; ids that stand where their times say
//! csv.rs ndjson.rs  the two kinds of file, from any offset on
//! file.rs     a file: which one it is, and its lines in batches
//! rejects.rs  what could not be taken, with the reasons
//! city/       the made-up city
//! sorting.rs  in which area a request lies, and who is responsible for it there
//! decide.rs   what a batch changes
//! run.rs      one batch after another, the next one made while the last one commits
//! ```

pub mod city;
mod csv;
pub mod decide;
pub mod file;
pub mod http;
pub mod line;
pub mod model;
mod ndjson;
pub mod rejects;
pub mod repo;
pub mod run;
pub mod sorting;
mod times;

#[cfg(test)]
mod tests;
