//! The service right after its start, with whatever variables: nobody was let in yet.

use crate::service::PATIENCE;
use crate::visitor::Visitor;
use crate::{Running, in_folder};
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// A service that has just been started in a folder, where its settings and its data are.
#[derive(Debug)]
pub struct Fresh {
    /// The process.
    pub process: Running,
    /// Its address: `http://127.0.0.1:PORT`, or with `https`.
    pub url: String,
    folder: PathBuf,
}

impl Fresh {
    /// Starts it with further arguments and variables, and waits until it answers.
    pub fn start(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut command = in_folder(folder);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments).envs(variables.iter().copied());
        let process = Running::start(&mut command)?;
        let ready = process.wait_for_line(PATIENCE, |line| line.contains("ready: open http"))?;
        let (_, rest) = ready.split_once("ready: open ").context("no address")?;
        let url = rest.split_whitespace().next().context("no address")?.to_owned();
        Ok(Self { process, url, folder: folder.to_owned() })
    }

    /// Somebody new, who trusts the certificate that the service made for itself, if it did.
    pub fn visitor(&self) -> anyhow::Result<Visitor> {
        let root = std::fs::read(self.folder.join("data/tls/certificate.pem")).ok();
        Visitor::new(&self.url, root.as_deref())
    }

    /// The token of the link for the first admin.
    pub fn setup_token(&self) -> anyhow::Result<String> {
        let line = self.process.wait_for_line(PATIENCE, |line| line.contains("/setup?token="))?;
        Ok(line.rsplit('=').next().unwrap_or_default().trim().to_owned())
    }

    /// Has it end; gives all that it wrote to standard output and to standard error.
    pub fn stop(self) -> anyhow::Result<(String, String)> {
        self.process.terminate()?;
        self.process.wait_for_exit(PATIENCE)?;
        Ok((self.process.stdout().join("\n"), self.process.stderr().join("\n")))
    }
}
