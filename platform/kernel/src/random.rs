//! Random numbers come from here and from nowhere else.

pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator, fit for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for random bytes")]
    fn fill(&self, bytes: &mut [u8]) {
        // A machine without randomness cannot make a secret; going on with a weak one would be worse.
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}
