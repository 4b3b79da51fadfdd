//! From bytes that anybody may have sent to pictures that may be shown.
//!
//! ```text
//! kind.rs     what the bytes are, by their own first bytes and nothing else
//! distil/     the header read and checked, everything that is not picture left out
//! decode.rs   pixels, within the memory that the header announced
//! render.rs   turned upright, scaled, encoded anew
//! pool.rs     few at a time, few waiting, within one budget of memory
//! unfit.rs    why a picture is not taken
//! ```
//!
//! What leaves here was written by our own encoders from bare pixels: no byte of the original, no
//! place where it was taken, nothing after its end.

mod decode;
mod distil;
mod kind;
mod pool;
mod render;
mod unfit;

pub use distil::{Distilled, distil};
pub use kind::Kind;
pub use pool::{Place, Pool, Trouble};
pub use render::{Format, Made, Rendered, Size};
pub use unfit::Unfit;

/// What a picture may cost at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub bytes_max: usize,
    pub pixels_max: u64,
    pub side_max: u32,
    /// While it is decoded.
    pub memory_max: u64,
}

/// All of it, where it is called: for tests and measuring. Everyone else asks the [`Pool`].
pub fn make(bytes: &[u8], bounds: &Bounds) -> Result<Made, Unfit> {
    let distilled = distil(bytes, bounds)?;
    render::render(decode::decode(&distilled)?, distilled.turn)
}

fn make_distilled(distilled: Distilled) -> Result<Made, Unfit> {
    let pixels = decode::decode(&distilled)?;
    let turn = distilled.turn;
    drop(distilled);
    render::render(pixels, turn)
}
