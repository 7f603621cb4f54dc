//! Our own client, as the one to compare with.

use crate::client::{Account, Answer, Row};
use std::time::Duration;
use tikwatch::routeros::client::{Client, ClientOptions};
use tikwatch::routeros::stream::{Endpoint, Tls, connect};
use tikwatch::routeros::{Command, Conduct, Limits, sentence};

const DEADLINE: Duration = Duration::from_secs(30);

/// Our client, signed in.
pub(crate) struct Ours(Client);

impl Ours {
    pub(crate) async fn sign_in(account: &Account) -> anyhow::Result<Self> {
        let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port: account.port, tls: Tls::Off };
        let connected = connect(&endpoint, DEADLINE).await?;
        let (password, options) = (account.password.into(), ClientOptions::default());
        Ok(Self(Client::sign_in(connected, account.user, &password, options, DEADLINE).await?))
    }

    /// Asks one question of these words.
    pub(crate) async fn ask(&mut self, words: &[String]) -> anyhow::Result<Answer> {
        let mut rows = Vec::new();
        let outcome = self
            .0
            .ask(&command(words), |row| {
                let pair = |(name, value)| (text(name), text(value));
                rows.push(row.attributes().map(pair).collect::<Row>());
            })
            .await?;
        Ok(Answer {
            rows,
            ret: outcome.ret.as_deref().map(text),
            trap: outcome.traps.first().map(|trap| trap.message.clone()),
            error: None,
        })
    }
}

/// Bytes as other people's clients hand them over: a character for each.
pub(crate) fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(character).unwrap_or(b'?')).collect()
}

/// A command of words in which a character stands for one byte.
fn command(words: &[String]) -> Command {
    let Some((path, words)) = words.split_first() else { return Command::new("") };
    words.iter().fold(Command::new(path), |command, word| match word.strip_prefix('=') {
        Some(attribute) => {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            command.attribute(name, bytes(value))
        }
        // Query words in our own commands are text.
        None => command.query(&String::from_utf8_lossy(&bytes(word))),
    })
}

/// The words of a command, as they go on the wire.
pub(crate) fn words(command: &Command) -> anyhow::Result<Vec<String>> {
    let mut bytes = Vec::new();
    command.encode(Conduct::Watching, None, &mut bytes)?;
    let mut splitter = sentence::Splitter::new(Limits::default());
    let (sentence, _) = splitter.next(&bytes)?.ok_or_else(|| anyhow::anyhow!("half a sentence"))?;
    Ok(sentence.words().map(text).collect())
}
