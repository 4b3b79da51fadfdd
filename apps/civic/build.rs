//! Where npm is at hand, the map of the pages gets the library it runs on. Nothing needs it: without, or
//! when it cannot be had just now, the program is built all the same and draws the map itself.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script what it needs in the environment")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

const FILES: [&str; 2] = ["package.json", "package-lock.json"];
const DIST: &str = "node_modules/maplibre-gl/dist";
const PARTS: [&str; 3] = ["maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"];
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    for file in FILES {
        println!("cargo:rerun-if-changed=web/{file}");
    }
    println!("cargo:rerun-if-env-changed=IROKO_MAP");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder for what is made"));
    let library = match env::var("IROKO_MAP") {
        Ok(wish) if wish == "picture" => None,
        _ => fetched(&out.join("web")).unwrap_or_else(|reason| {
            println!("cargo:warning=the map of the pages stays a picture: {reason}");
            None
        }),
    };
    let text = library.map_or_else(|| "None".to_owned(), |dist| format!("Some({})", included(&dist)));
    fs::write(out.join("library.rs"), text).expect("the folder for what is made can be written to");
}

/// The folder with the library; none where there is no npm.
fn fetched(folder: &Path) -> Result<Option<PathBuf>, String> {
    let failed = |fault: std::io::Error| format!("{}: {fault}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    for file in FILES {
        fs::copy(Path::new("web").join(file), folder.join(file)).map_err(failed)?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"]);
    npm.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = npm.spawn() else { return Ok(None) };
    let started = Instant::now();
    loop {
        match child.try_wait().map_err(failed)? {
            Some(status) if status.success() => return complete(&folder.join(DIST)).map(Some),
            Some(status) => return Err(format!("`npm ci` in {} ends with {status}", folder.display())),
            None if started.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("`npm ci` takes longer than {} s", PATIENCE.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn complete(dist: &Path) -> Result<PathBuf, String> {
    match PARTS.iter().find(|part| !dist.join(part).is_file()) {
        Some(part) => Err(format!("{} has no {part}", dist.display())),
        None => Ok(dist.to_owned()),
    }
}

fn included(dist: &Path) -> String {
    let file = |name: &str| format!("include_bytes!({:?})", dist.join(name).display().to_string());
    let [script, worker, style] = PARTS.map(file);
    format!("Library {{ script: {script}, worker: {worker}, style: {style} }}")
}
