//! The secret that tokens and codes depend on: from the settings, or made once and kept in the folder.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::Random;

use crate::commands::report::Failure;
use crate::config::{Settings, StoreKind};

const FILE: &str = "secret";

/// Made only for a platform without tenants: another secret beside their data would end every session
/// and spoil every code, and nobody would know why.
pub fn find_or_make(
    settings: &Settings,
    random: &dyn Random,
    has_tenants: bool,
) -> Result<[u8; 32], Failure> {
    if let Some(secret) = &settings.identity.secret {
        return Ok(*secret.0.expose());
    }
    if settings.store.kind == StoreKind::Postgres {
        let message = "identity.secret is needed with PostgreSQL, since processes share it: 32 bytes in base64, \
             such as `openssl rand -base64 32` prints";
        return Err(Failure::usage(message));
    }
    let path = settings.store.folder.join(FILE);
    let fail = |error: std::io::Error| Failure::failed(format!("{}: {error}", path.display()));
    match fs::read_to_string(&path) {
        Ok(text) => read(text.trim()).ok_or_else(|| {
            Failure::failed(format!(
                "{} does not hold 32 bytes in base64; restore it from a backup",
                path.display()
            ))
        }),
        Err(error) if error.kind() == ErrorKind::NotFound && has_tenants => Err(Failure::usage(format!(
            "{path} is missing, and this platform has tenants whose sessions depend on it: restore it from \
             the backup that the data came from, or set identity.secret. To begin anew knowingly, so that \
             everybody has to sign in again: (umask 077; openssl rand -base64 32 > {path})",
            path = path.display()
        ))),
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path, random).map_err(fail),
        Err(error) => Err(fail(error)),
    }
}

fn read(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// Whole or not at all: a half-written secret would lock everyone out later.
fn make(path: &Path, random: &dyn Random) -> std::io::Result<[u8; 32]> {
    let mut secret = [0; 32];
    random.fill(&mut secret);
    let partial = path.with_extension("partial");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    writeln!(file, "{}", STANDARD.encode(secret))?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Flag, Sources};
    use kernel::SystemRandom;

    #[test]
    fn a_lost_secret_is_not_replaced() {
        let folder = testkit::folder();
        let value = folder.path().display().to_string();
        let flags = vec![Flag { name: "--set".into(), key: "store.folder".into(), value }];
        let settings = config::load(&Sources { flags, ..Sources::default() }).unwrap().settings;
        let find = |has_tenants| find_or_make(&settings, &SystemRandom, has_tenants);
        let message = find(true).unwrap_err().message;
        assert!(message.contains("restore it") && message.contains("identity.secret"), "{message}");
        assert!(!folder.path().join(FILE).exists());
        let made = find(false).unwrap();
        assert_eq!(find(true).unwrap(), made);
    }

    #[test]
    fn a_secret_is_made_once_and_kept_from_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let secret = make(&path, &SystemRandom).unwrap();
        assert_eq!(read(fs::read_to_string(&path).unwrap().trim()), Some(secret));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read("short"), None);
    }
}
