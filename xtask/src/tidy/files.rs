//! The project's own text files, read once for all rules.

use std::fs;
use std::path::Path;

use crate::step::Outcome;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the top folder, with `/` between the parts.
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    pub fn has_ending(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.path.ends_with(ending))
    }
}

/// Folders with a dot are other programs' business, apart from these.
const DOT_FOLDERS: [&str; 2] = [".ci", ".cargo"];
/// Written by other programs.
const FOREIGN_FILES: [&str; 2] = ["Cargo.lock", ".git"];
/// Cargo marks the folders it builds in.
const BUILD_MARK: &str = "CACHEDIR.TAG";

/// Every text file below the top folder, in order; what the project ignores is left out.
pub fn files(root: &Path) -> Outcome<Vec<File>> {
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let ignored: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('/')).collect();
    let mut found = Vec::new();
    walk(root, "", &ignored, &mut found)?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn walk(folder: &Path, below: &str, ignored: &[&str], found: &mut Vec<File>) -> Outcome {
    let failed = |fault: std::io::Error| format!("{}: {fault}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{below}{name}");
        let kind = entry.file_type().map_err(failed)?;
        if ignored.contains(&path.as_str()) || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            let foreign = name.starts_with('.') && !DOT_FOLDERS.contains(&name.as_str());
            if !foreign && !entry.path().join(BUILD_MARK).exists() {
                walk(&entry.path(), &format!("{path}/"), ignored, found)?;
            }
        } else if kind.is_file() && !FOREIGN_FILES.contains(&name.as_str()) {
            // What is not text, such as a picture, has no lines to look at.
            if let Ok(text) = String::from_utf8(fs::read(entry.path()).map_err(failed)?) {
                found.push(File { path, text });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_and_built_files_are_left_out() {
        let folder = testkit::folder();
        let put = |path: &str, bytes: &[u8]| {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        };
        put(".gitignore", b"/data\n*.profraw\n");
        put("data/x.txt", b"x");
        put("built/CACHEDIR.TAG", b"x");
        put(".git/config", b"x");
        put(".ci/run", b"x");
        put("a/picture.png", &[0xff, 0xfe]);
        put("a/data/kept.rs", b"x");
        put("Cargo.lock", b"x");
        put("submodule/.git", b"x");
        let paths: Vec<String> = files(folder.path()).unwrap().into_iter().map(|file| file.path).collect();
        assert_eq!(paths, [".ci/run", ".gitignore", "a/data/kept.rs"]);
    }
}
