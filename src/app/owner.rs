//! Who may write into a data folder: the user that it belongs to, and nobody else.
//!
//! Files of root among those of the service would stop it. And root would follow links that the service's user may have
//! put there.

use super::Failure;
use anyhow::anyhow;
use rustix::process::geteuid;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Refuses a data folder of somebody else.
pub(super) fn check(data: &Path) -> Result<(), Failure> {
    // Others than root cannot make one where they may not write.
    nearest(data).filter(|(there, _)| geteuid().is_root() || there == data).map_or(Ok(()), check_one)
}

/// Refuses to have root write into other folders of somebody else; whatever anybody else may not write, the kernel
/// refuses.
pub(super) fn check_place(folder: &Path) -> Result<(), Failure> {
    nearest(folder).filter(|_| geteuid().is_root()).map_or(Ok(()), check_one)
}

fn check_one((there, owner): (PathBuf, u32)) -> Result<(), Failure> {
    if owner == geteuid().as_raw() {
        return Ok(());
    }
    let (there, name) = (there.display().to_string(), name(owner));
    Err(Failure::Setup(anyhow!(
        "{there:?} belongs to another user: run this as that one, `sudo -u {name} tikwatch ...`; nothing was changed"
    )))
}

/// The folder, or the nearest above it that is there, and whose it is.
fn nearest(folder: &Path) -> Option<(PathBuf, u32)> {
    let here = |path: &Path| if path.as_os_str().is_empty() { PathBuf::from(".") } else { path.to_owned() };
    let mut all = folder.ancestors().map(here);
    all.find_map(|path| path.metadata().ok().map(|of| (path, of.uid())))
}

/// A user as sudo takes it.
fn name(user: u32) -> String {
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut names = known.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(user)).then(|| name.to_owned())
    });
    names.next().unwrap_or_else(|| format!("'#{user}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_named_as_sudo_takes_them() {
        assert_eq!((name(0).as_str(), name(4_000_000_001).as_str()), ("root", "'#4000000001'"));
    }

    #[test]
    fn what_is_not_there_yet_counts_as_what_is_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let own = geteuid().as_raw();
        assert_eq!(nearest(&folder.path().join("a/b")), Some((folder.path().to_owned(), own)));
        assert_eq!(nearest(folder.path()), Some((folder.path().to_owned(), own)));
        check(folder.path()).unwrap();
        check(&folder.path().join("a/b")).unwrap();
        let here = Path::new(".").metadata().unwrap().uid();
        assert_eq!(nearest(Path::new("nothing of this name")), Some((PathBuf::from("."), here)));
    }
}
