//! What a package and an image are made of. That they work is for `integration-tests/run --package` to show.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, in its checks too")]

use integration_tests::{in_folder, program};
use regex_lite::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a command writes to stdout; it must go well.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

fn generated() -> TempDir {
    let folder = TempDir::new().unwrap();
    output(in_folder(folder.path()).args(["generate", "--out", "made/here"]));
    folder
}

/// The help of a command, and below it of all its commands, each with its words.
fn helps(words: &[String]) -> Vec<(Vec<String>, String)> {
    let help = output(in_folder(Path::new("/")).args(words).arg("--help"));
    let below: Vec<String> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // Lines that go on with what a command does are further in.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect();
    let mut all = vec![(words.to_vec(), help)];
    for name in below {
        all.extend(helps(&[words, &[name]].concat()));
    }
    all
}

/// The long options that a text names.
fn options(text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(r"(?:^|[\s\[<|(])(--[a-z][a-z-]*)").unwrap();
    pattern.captures_iter(text).map(|hit| hit[1].to_owned()).collect()
}

#[test]
fn every_command_and_option_of_the_help_stands_in_its_man_page_and_in_the_completions() {
    let folder = generated();
    let made = |name: &str| std::fs::read_to_string(folder.path().join("made/here").join(name)).unwrap();
    let shells = ["tikwatch.bash", "_tikwatch", "tikwatch.fish"].map(|name| (name, made(name)));
    let helps = helps(&[]);
    assert!(15 < helps.len(), "hardly any command was found");
    for (words, help) in &helps {
        let name = std::iter::once("tikwatch").chain(words.iter().map(String::as_str)).collect::<Vec<_>>();
        let page = made(&format!("{}.1", name.join("-"))).replace("\\-", "-").replace("\\fR", "");
        let page = page.replace("\\fB", "").replace("\\fI", "");
        let (_, listed) = page.split_once(".SH OPTIONS\n").unwrap();
        // What help says of an option may name others.
        let own = Regex::new(r"(?m)^ +(?:-[a-zA-Z], )?(--[a-z][a-z-]*)").unwrap();
        let mut count = 0;
        for option in own.captures_iter(help).map(|hit| hit[1].to_owned()) {
            assert!(options(listed).contains(&option), "{option} of {name:?} is not in {listed}");
            for (shell, text) in &shells {
                // fish writes options without their dashes.
                let word =
                    if *shell == "tikwatch.fish" { format!("-l {}", &option[2..]) } else { option.clone() };
                assert!(text.contains(&word), "{option} of {name:?} is not in {shell}");
            }
            count += 1;
        }
        assert!(2 < count, "hardly any option of {name:?} was found: {help}");
        let Some(last) = words.last() else { continue };
        let above = made(&format!("{}.1", name[..name.len() - 1].join("-"))).replace("\\-", "-");
        assert!(above.contains(&format!("{}(1)", name.join("-"))), "{name:?} is not in the page above it");
        for (shell, text) in &shells {
            assert!(text.contains(last.as_str()), "{name:?} is not in {shell}");
        }
    }
    let pages = std::fs::read_dir(folder.path().join("made/here")).unwrap();
    assert_eq!(pages.count(), helps.len() + shells.len(), "a file that belongs to no command");
}

#[test]
fn bash_completes_commands_and_options() {
    let folder = generated();
    let check = |words: &[&str], expect: &[&str]| {
        let count = words.len() - 1;
        let (before, last) = (words[count - 1], words[count]);
        let line = format!(
            "source made/here/tikwatch.bash; COMP_WORDS=({}); COMP_CWORD={count}; \
             _tikwatch tikwatch '{last}' '{before}'; echo \"${{COMPREPLY[@]}}\"",
            words.join(" ")
        );
        let told = output(Command::new("bash").args(["-c", &line]).current_dir(folder.path()));
        assert_eq!(told.split_whitespace().collect::<Vec<_>>(), expect, "{words:?}");
    };
    check(&["tikwatch", "re"], &["record", "replay", "restore"]);
    check(&["tikwatch", "user", "dis"], &["disable"]);
    check(&["tikwatch", "check", "--pass"], &["--password-stdin"]);
    check(&["tikwatch", "check", "--tls", "an"], &["anonymous"]);
}

/// The options of this command that a line names, which must all be there.
fn check_understood(place: &str, line: &str) {
    let mut words = line.split_whitespace().skip_while(|word| !word.ends_with("tikwatch")).skip(1);
    let command = words.next().unwrap();
    let help = output(in_folder(Path::new("/")).args([command, "--help"]));
    let named = options(line);
    assert!(
        named.is_subset(&options(&help)),
        "{place}: {line}: not all of {named:?} are options of {command}"
    );
}

#[test]
fn what_the_package_is_made_of_is_there() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(root());
    let metadata: Value = serde_json::from_str(&output(&mut command)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let deb = &packages.iter().find(|package| package["name"] == "tikwatch").unwrap()["metadata"]["deb"];
    let made = generated();
    let is_made = |pattern: &str| {
        let pattern = pattern.trim_end_matches(".gz");
        let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
        std::fs::read_dir(made.path().join("made/here")).unwrap().flatten().any(|file| {
            let name = file.file_name().into_string().unwrap();
            if pattern.contains('*') {
                name.starts_with(start) && name.ends_with(end)
            } else {
                name == pattern
            }
        })
    };
    for asset in deb["assets"].as_array().unwrap() {
        let source = asset[0].as_str().unwrap();
        match source.strip_prefix("target/release/") {
            Some("tikwatch") => {}
            Some(other) => {
                assert!(is_made(other.strip_prefix("generated/").unwrap()), "nobody makes {source}");
            }
            None => assert!(root().join(source).is_file(), "{source} is missing"),
        }
    }
    let scripts = Path::new(deb["maintainer-scripts"].as_str().unwrap());
    for script in ["postinst", "postrm"] {
        output(Command::new("sh").arg("-n").arg(root().join(scripts).join(script)));
        // Where cargo-deb writes what enables, starts and stops the service.
        assert!(text(scripts.join(script)).contains("\n#DEBHELPER#\n"), "{script}");
    }
}

#[test]
fn the_unit_starts_what_there_is_and_lets_it_do_little() {
    let unit = text("src/package/tikwatch.service");
    let value = |key: &str| unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let default = text("src/package/tikwatch.default");
    check_understood("the unit", value("ExecStart").unwrap());
    for line in
        default.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix("TIKWATCH_OPTIONS="))
    {
        check_understood("the defaults", &format!("tikwatch serve {}", line.trim_matches('"')));
    }
    assert!(value("ExecStart").unwrap().ends_with("$TIKWATCH_OPTIONS"));
    for (key, expect) in [
        ("User", "tikwatch"),
        ("EnvironmentFile", "-/etc/default/tikwatch"),
        ("StateDirectory", "tikwatch"),
        ("WorkingDirectory", "/var/lib/tikwatch"),
        ("LoadCredential", "tikwatch-key:/etc/tikwatch/key"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("SystemCallFilter", "@system-service"),
    ] {
        assert_eq!(value(key), Some(expect), "{key}");
    }
    let script = text("src/package/postinst");
    assert!(script.contains("/etc/tikwatch/key") && script.contains("/var/lib/tikwatch"), "{script}");
}

#[test]
fn the_image_is_made_of_what_is_there_and_runs_what_is_understood() {
    let file = text("src/package/Dockerfile");
    let ignored = text("src/package/Dockerfile.dockerignore");
    for needed in ["Cargo.toml", "Cargo.lock", "src", "static", "templates", "integration-tests", ".cargo"] {
        assert!(!ignored.lines().any(|line| line.trim_matches('/') == needed), "{needed} is needed");
        assert!(root().join(needed).exists(), "{needed} is missing");
    }
    for secret in [".env", "data", "settings.json"] {
        assert!(ignored.lines().any(|line| line == secret), "{secret} would be in the image");
    }
    let line = |start: &str| file.lines().filter_map(|line| line.strip_prefix(start)).next_back().unwrap();
    let words: Vec<String> = serde_json::from_str(line("CMD ")).unwrap();
    let entry: Vec<String> = serde_json::from_str(line("ENTRYPOINT ")).unwrap();
    check_understood("the image", &[entry.join(" "), words.join(" ")].join(" "));
    assert!(file.contains(&format!("/release/tikwatch {}\n", entry[0])), "{file}");
    assert!(line("FROM ").ends_with(":nonroot"), "it would run as root");
    // The key must not be where the data is.
    let volumes: Vec<String> = serde_json::from_str(line("VOLUME ")).unwrap();
    assert_eq!((line("WORKDIR "), line("ENV XDG_CONFIG_HOME=")), (volumes[0].as_str(), volumes[1].as_str()));
    for path in Regex::new(r"src/package/[A-Za-z.]+").unwrap().find_iter(&text("README.md")) {
        assert!(
            root().join(path.as_str().trim_end_matches('.')).exists(),
            "README.md names {}",
            path.as_str()
        );
    }
}

#[test]
fn the_program_needs_no_library_that_an_image_lacks() {
    // Those of cc-debian12 and, unless OpenSSL is built in, its own.
    let told = output(Command::new("ldd").arg(program()));
    let known = ["linux-vdso", "libc.", "libm.", "libgcc_s.", "ld-linux", "libssl.", "libcrypto."];
    for library in told.lines().map(str::trim) {
        assert!(known.iter().any(|name| library.contains(name)), "{library}");
    }
}
