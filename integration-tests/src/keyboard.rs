//! Keys as a keyboard sends them to a page.

use crate::browser::Browser;
use anyhow::Context as _;
use serde_json::json;

/// Keys that are held down while another is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// None.
    Nothing,
    /// Ctrl.
    Ctrl,
    /// Cmd, of a Mac.
    Cmd,
    /// Shift.
    Shift,
}

impl Held {
    /// As the DevTools protocol counts them.
    fn bits(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Ctrl => 2,
            Self::Cmd => 4,
            Self::Shift => 8,
        }
    }
}

/// What a named key is called by the protocol, and what it writes into a field.
fn named(key: &str) -> Option<(u8, &'static str)> {
    Some(match key {
        "Tab" => (9, ""),
        "Enter" => (13, "\r"),
        "Escape" => (27, ""),
        " " => (32, " "),
        "End" => (35, ""),
        "Home" => (36, ""),
        "ArrowUp" => (38, ""),
        "ArrowDown" => (40, ""),
        _ => return None,
    })
}

impl Browser {
    /// Presses a key: a named one, or one that writes a letter or a sign.
    pub async fn press(&self, key: &str) -> anyhow::Result<()> {
        self.press_with(Held::Nothing, key).await
    }

    /// Presses a key while others are held.
    pub async fn press_with(&self, held: Held, key: &str) -> anyhow::Result<()> {
        let modifiers = held.bits();
        let (name, code, text) = if let Some((code, text)) = named(key) {
            (if key == " " { "Space" } else { key }.to_owned(), code, text)
        } else {
            let letter = key.bytes().next().context("no key")?.to_ascii_uppercase();
            let code = if letter.is_ascii_alphabetic() { letter } else { 0 };
            (format!("Key{}", char::from(letter)), code, key)
        };
        let is_written = !text.is_empty() && !matches!(held, Held::Ctrl | Held::Cmd);
        let kind = if is_written { "keyDown" } else { "rawKeyDown" };
        let text = if is_written { text } else { "" };
        let down = json!({ "type": kind, "key": key, "code": name, "windowsVirtualKeyCode": code,
            "modifiers": modifiers, "text": text });
        self.devtools("Input.dispatchKeyEvent", down).await?;
        let up = json!({ "type": "keyUp", "key": key, "code": name, "windowsVirtualKeyCode": code,
            "modifiers": modifiers });
        self.devtools("Input.dispatchKeyEvent", up).await?;
        Ok(())
    }

    /// Writes a text into what has the focus, all at once.
    pub async fn type_text(&self, text: &str) -> anyhow::Result<()> {
        self.devtools("Input.insertText", json!({ "text": text })).await?;
        Ok(())
    }
}
