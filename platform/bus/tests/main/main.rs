//! The bus over real files, with a clock that stands still until told otherwise.

mod chaos;
mod jobs;
mod relay;
mod world;
