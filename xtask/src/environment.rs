//! The one place of this crate that reads the environment, and where the project lies.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The top folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies inside the project")
}

#[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads the environment")]
fn read(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|text| !text.is_empty())
}

/// The cargo that started us, in the project's folder. It is not told of the package that it started:
/// some build scripts look there, and half of all crates would be built again whenever a chore and a
/// person take turns.
#[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads the environment")]
pub fn cargo() -> Command {
    let mut command = Command::new(read("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    let of_us =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"];
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| of_us.iter().any(|its| name.starts_with(its))) {
            command.env_remove(&name);
        }
    }
    command
}

/// A program of the project as cargo built it, such as `release/iroko`.
pub fn built(program: &str) -> PathBuf {
    read("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join(program)
}

/// Another one each time, for runs that nobody asked to repeat.
pub fn some_number() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}

/// The first folder of the search path that holds the program.
pub fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&read("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

pub fn coloured() -> bool {
    match read("CARGO_TERM_COLOR").as_deref().and_then(|text| text.to_str()) {
        Some("always") => true,
        Some("never") => false,
        _ => read("NO_COLOR").is_none() && std::io::stderr().is_terminal(),
    }
}
