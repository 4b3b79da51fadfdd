//! Passwords: argon2id with 19 MiB and two passes, on few threads of their own with a short queue, so
//! that a rush of sign-ins takes neither the memory nor the processors from everything else.

use argon2::{Algorithm, Argon2, Params, Version};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use kernel::Refusal;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// The first byte of what is kept names the parameters, so that they can grow.
const SCHEME: u8 = 1;
const SALT: usize = 16;
const HASH: usize = 32;

pub struct Passwords {
    queue: Sender<Task>,
}

struct Task {
    password: Zeroizing<String>,
    salt: [u8; SALT],
    answer: oneshot::Sender<Option<[u8; HASH]>>,
}

impl Passwords {
    pub fn start(threads: usize, waiting_max: usize) -> std::io::Result<Self> {
        let (queue, tasks) = bounded(waiting_max);
        for number in 0..threads.max(1) {
            let tasks: Receiver<Task> = tasks.clone();
            std::thread::Builder::new().name(format!("password-{number}")).spawn(move || {
                for task in tasks {
                    // Whoever asked may have gone: then the work is not worth doing.
                    if !task.answer.is_closed() {
                        let _ = task.answer.send(hash(&task.password, &task.salt));
                    }
                }
            })?;
        }
        Ok(Self { queue })
    }

    /// What to keep of a new password.
    pub async fn keep(&self, password: String, random: &dyn kernel::Random) -> Result<Vec<u8>, Refusal> {
        let mut salt = [0; SALT];
        random.fill(&mut salt);
        let hash = self.run(password, salt).await?;
        Ok([&[SCHEME], salt.as_slice(), hash.as_slice()].concat())
    }

    /// Whether it is the password that was kept; takes as long when none was.
    pub async fn matches(&self, password: String, kept: Option<&[u8]>) -> Result<bool, Refusal> {
        let parts = kept.and_then(|kept| match kept.split_first() {
            Some((&SCHEME, rest)) if rest.len() == SALT + HASH => rest.split_first_chunk::<SALT>(),
            _ => None,
        });
        let (salt, expected) = parts.map_or(([0; SALT], None), |(salt, hash)| (*salt, Some(hash)));
        let hash = self.run(password, salt).await?;
        Ok(expected.is_some_and(|expected| hash.ct_eq(expected).into()))
    }

    async fn run(&self, password: String, salt: [u8; SALT]) -> Result<[u8; HASH], Refusal> {
        let (answer, hash) = oneshot::channel();
        let task = Task { password: Zeroizing::new(password), salt, answer };
        match self.queue.try_send(task) {
            Ok(()) => hash.await.ok().flatten().ok_or_else(busy),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(busy()),
        }
    }
}

fn busy() -> Refusal {
    Refusal::unavailable("busy_signing_in", "Too many are signing in at this moment. Try again shortly.", 2)
}

fn hash(password: &str, salt: &[u8; SALT]) -> Option<[u8; HASH]> {
    let argon =
        Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, Some(HASH)).ok()?);
    let mut out = [0; HASH];
    argon.hash_password_into(password.as_bytes(), salt, &mut out).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemRandom;

    #[tokio::test]
    async fn only_the_password_itself_matches() {
        let passwords = Passwords::start(1, 4).unwrap();
        let kept = passwords.keep("correct horse".into(), &SystemRandom).await.unwrap();
        for (password, kept, expect) in [
            ("correct horse", Some(kept.as_slice()), true),
            ("correct horse ", Some(kept.as_slice()), false),
            ("correct horse", None, false),
            ("correct horse", Some(&kept[..20]), false),
            ("correct horse", Some(&[][..]), false),
        ] {
            assert_eq!(passwords.matches(password.into(), kept).await.unwrap(), expect);
        }
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let passwords = std::sync::Arc::new(Passwords::start(1, 1).unwrap());
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.matches("x".into(), None).await })
            })
            .collect();
        let mut refused = 0;
        for task in tasks {
            refused += usize::from(task.await.unwrap().is_err_and(|it| it.code() == "busy_signing_in"));
        }
        assert!((1..20).contains(&refused));
    }
}
