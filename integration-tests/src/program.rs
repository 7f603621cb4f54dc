//! The `tikwatch` binary, built once for all tests of a process.

use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The program's binary, built in the profile and target folder of the test or benchmark that asks for it.
///
/// `CARGO_BIN_EXE_tikwatch` exists only in the tests of the package that holds the binary. Cargo releases its lock
/// on the target folder before it runs tests, so asking it again from within one does not block.
///
/// # Panics
///
/// When the program does not build; the message is cargo's.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match build() {
        Ok(path) => path,
        Err(error) => panic!("cannot build tikwatch: {error:#}"),
    })
}

/// The program, to be run in this folder, which also holds its keys; without the variables of whoever runs the tests.
pub fn in_folder(folder: &Path) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder).env("XDG_CONFIG_HOME", folder.join("config"));
    for variable in [
        "MIKROTIK_HOST",
        "MIKROTIK_USER",
        "MIKROTIK_PASSWORD",
        "MIKROTIK_PORT",
        "DEBUG",
        "TIKWATCH_LOG",
        "TIKWATCH_KEY",
        "TIKWATCH_KEY_FILE",
        "CREDENTIALS_DIRECTORY",
    ] {
        command.env_remove(variable);
    }
    command
}

fn build() -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe().context("this process has no path")?;
    let place = Place::of(&here).with_context(|| format!("{} is not in a target folder", here.display()))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // Cargo tells a test about its package in these. A build script that looks at them, as ring's does, would be taken
    // for outdated, and with it half of all crates.
    for (name, _) in std::env::vars_os() {
        let told = ["CARGO_PKG_", "CARGO_MANIFEST_"];
        if name.to_str().is_some_and(|name| told.iter().any(|start| name.starts_with(start))) {
            command.env_remove(&name);
        }
    }
    let output = command
        .args(place.cargo_arguments())
        .arg("--target-dir")
        .arg(&place.target)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stdin(Stdio::null())
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let built =
        place.target.join(&place.folder).join("tikwatch").with_extension(std::env::consts::EXE_EXTENSION);
    if !built.is_file() {
        bail!("cargo left no program at {}", built.display());
    }
    Ok(built)
}

/// Where in a target folder an executable lies, and so how it was built.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    target: PathBuf,
    /// `debug`, `release` or the name of another profile.
    folder: String,
    /// Tests lie in `deps`, binaries above it.
    is_test: bool,
}

impl Place {
    fn of(executable: &Path) -> Option<Self> {
        let parent = executable.parent()?;
        // Examples are built with the dev-dependencies, as tests are.
        let is_test = parent.file_name()? == "deps" || parent.file_name()? == "examples";
        let profile = if is_test { parent.parent()? } else { parent };
        Some(Self {
            target: profile.parent()?.to_owned(),
            folder: profile.file_name()?.to_str()?.to_owned(),
            is_test,
        })
    }

    /// Cargo's arguments for a program that shares every crate already built for this executable.
    ///
    /// The features of shared crates depend on the packages chosen and on whether a test is among them (it brings
    /// the dev-dependencies): another choice would compile nearly everything a second time.
    fn cargo_arguments(&self) -> Vec<String> {
        let mut arguments = vec!["build".to_owned(), "--workspace".to_owned()];
        arguments.extend(["--bin".to_owned(), "tikwatch".to_owned()]);
        if self.is_test {
            arguments.extend(["--test".to_owned(), "tidy".to_owned()]);
        }
        for (enabled, feature) in [
            (cfg!(feature = "browser"), "browser"),
            (cfg!(feature = "clients"), "clients"),
            (cfg!(feature = "schema"), "schema"),
        ] {
            if enabled {
                arguments.extend(["--features".to_owned(), format!("integration-tests/{feature}")]);
            }
        }
        let profile = if self.folder == "debug" { "dev" } else { &self.folder };
        arguments.extend(["--profile".to_owned(), profile.to_owned()]);
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(executable: &str, target: &str, arguments: &str) {
        let place = Place::of(Path::new(executable)).unwrap();
        assert_eq!(place.target, Path::new(target));
        let mut given = place.cargo_arguments().join(" ");
        for feature in ["browser", "clients", "schema"] {
            given = given.replace(&format!(" --features integration-tests/{feature}"), "");
        }
        assert_eq!(given, arguments);
    }

    #[test]
    fn the_program_is_built_as_the_one_who_asks_was() {
        check("/t/debug/deps/api-0a1b", "/t", "build --workspace --bin tikwatch --test tidy --profile dev");
        check("/t/release/measure", "/t", "build --workspace --bin tikwatch --profile release");
        check(
            "/t/x86/fast/deps/api-0a",
            "/t/x86",
            "build --workspace --bin tikwatch --test tidy --profile fast",
        );
    }
}
