//! Programs from Debian's packages, for a fresh machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::{Outcome, step, warn};
use crate::{environment, run};

/// Debian starts a cluster of its own with the first installation unless told not to.
const CLUSTER_SETTINGS: &str = "/etc/postgresql-common/createcluster.d";

/// Installs servers that are missing where that is possible; says why not otherwise.
pub fn from_packages(postgres: bool, redis: bool) {
    wherever_possible("servers", || install(postgres, redis));
}

/// The same for programs: each by its name and the package that holds it.
pub fn programs(wanted: &[(&str, &str)]) {
    let missing = wanted.iter().filter(|(program, _)| environment::on_path(program).is_none());
    let packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if !packages.is_empty() {
        named(&packages);
    }
}

/// The same for packages.
pub fn named(packages: &[&str]) {
    wherever_possible(&packages.join(", "), || {
        run::run(apt().args(["update", "-q"]))?;
        run::run(apt().args(["install", "-y", "-q", "--no-install-recommends"]).args(packages))
    });
}

fn wherever_possible(what: &str, install: impl FnOnce() -> Outcome) {
    if !rustix::process::geteuid().is_root() {
        return warn(&format!("missing: {what}; only root may install packages"));
    }
    if !Path::new("/etc/debian_version").exists() || environment::on_path("apt-get").is_none() {
        return warn(&format!("missing: {what}; packages are only installed on Debian"));
    }
    if let Err(fault) = step(&format!("install from Debian's packages: {what}"), install) {
        warn(&fault);
    }
}

fn install(postgres: bool, redis: bool) -> Outcome {
    run::run(apt().args(["update", "-q"]))?;
    let mut packages = Vec::new();
    if postgres {
        packages.push(if is_known("postgresql-15") { "postgresql-15" } else { "postgresql" });
    }
    if redis {
        packages.push("redis-server");
    }
    let told = if postgres { tell_to_make_no_cluster() } else { None };
    let outcome = run::run(apt().args(["install", "-y", "-q", "--no-install-recommends"]).args(&packages));
    if let Some(file) = told {
        let _ = fs::remove_file(file);
    }
    outcome
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C");
    command
}

fn is_known(package: &str) -> bool {
    let shown = Command::new("apt-cache").args(["show", package]).output();
    shown.is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}

/// Only on a machine that never had PostgreSQL: the settings of others are not ours to change.
fn tell_to_make_no_cluster() -> Option<std::path::PathBuf> {
    let folder = Path::new(CLUSTER_SETTINGS);
    if folder.parent()?.exists() {
        return None;
    }
    let file = folder.join("iroko.conf");
    fs::create_dir_all(folder).and_then(|()| fs::write(&file, "create_main_cluster = false\n")).ok()?;
    Some(file)
}
