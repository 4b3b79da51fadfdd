//! The packages of the project, as far as the chores look at them.

use std::path::PathBuf;

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::environment;
use crate::step::Outcome;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    /// Relative to the top folder, with `/` between the parts.
    pub folder: String,
    pub dependencies: Vec<Dependency>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    pub name: String,
    /// Only tests see it.
    pub for_tests: bool,
}

pub fn all() -> Outcome<Vec<Package>> {
    let mut command = MetadataCommand::new();
    command.cargo_path(environment::cargo().get_program().to_owned());
    let metadata = command.current_dir(environment::root()).no_deps().exec();
    let metadata = metadata.map_err(|fault| format!("cargo metadata: {fault}"))?;
    let package = |package: &cargo_metadata::Package| {
        let folder = package.manifest_path.parent().map(PathBuf::from).unwrap_or_default();
        let folder = folder.strip_prefix(environment::root()).unwrap_or(&folder);
        Package {
            name: package.name.to_string(),
            folder: folder.to_string_lossy().into_owned(),
            dependencies: package
                .dependencies
                .iter()
                .map(|dependency| Dependency {
                    name: dependency.name.clone(),
                    for_tests: dependency.kind == DependencyKind::Development,
                })
                .collect(),
        }
    };
    Ok(metadata.workspace_packages().into_iter().map(package).collect())
}
