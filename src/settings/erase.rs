//! Takes one value out of a file and leaves every other byte as it is.

use super::document::Node;
use std::ops::Range;

/// A JSON text without the member at this path (`routers[2].password`, `router_password`), and without the comma that
/// it leaves behind; `None` if there is no such member or the text is not what it was.
pub fn member(text: &str, path: &str) -> Option<String> {
    // A byte order mark is as good as a blank.
    let mut scanner = Scanner { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } };
    let range = scanner.find(&steps(path)?)?;
    let (before, after) = (text.get(..range.start)?, text.get(range.end..)?);
    let rest = after.trim_start();
    let left = if let Some(rest) = rest.strip_prefix(',') {
        // A member on a line of its own takes its line with it.
        let own_line = rest.starts_with(['\n', '\r']) && before.trim_end_matches([' ', '\t']).ends_with('\n');
        if own_line {
            format!("{}{rest}", before.trim_end())
        } else {
            format!("{before}{}", rest.trim_start_matches([' ', '\t']))
        }
    } else {
        format!("{}{after}", before.trim_end().strip_suffix(',').unwrap_or(before))
    };
    // What could not be read again must not replace what can be read.
    Node::parse(left.as_bytes()).ok().map(|_| left)
}

/// The text of an `.env` file without the lines that set this variable; `None` if none does.
pub fn variable(text: &str, name: &str) -> Option<String> {
    let mut left = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    let mut found = false;
    while let Some(line) = lines.next() {
        let words = line.trim_start();
        let words = words.strip_prefix("export ").map_or(words, str::trim_start);
        let value = words.strip_prefix(name).map(str::trim_start).and_then(|rest| rest.strip_prefix('='));
        let Some(value) = value else {
            left.push_str(line);
            continue;
        };
        found = true;
        // A value in quotes may go over several lines.
        let mut open = Quote::default();
        open.read(value);
        while open.is_open() && lines.peek().is_some() {
            open.read(lines.next().unwrap_or_default());
        }
    }
    found.then_some(left)
}

/// Whether we are within quotes.
#[derive(Debug, Default)]
struct Quote(Option<char>);

impl Quote {
    fn is_open(&self) -> bool {
        self.0.is_some()
    }

    fn read(&mut self, text: &str) {
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match (self.0, character) {
                (None, '#') => return,
                (None, '\'' | '"') => self.0 = Some(character),
                (None | Some('"'), '\\') => {
                    characters.next();
                }
                (Some(quote), _) if quote == character => self.0 = None,
                _ => {}
            }
        }
    }
}

#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

/// The steps of a path as `Problem`s write it.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, indices) = part.split_once('[').unwrap_or((part, ""));
        steps.push(Step::Key(key.to_owned()));
        for index in indices.split('[').filter(|index| !index.is_empty()) {
            steps.push(Step::Index(index.strip_suffix(']')?.parse().ok()?));
        }
    }
    Some(steps)
}

/// Walks over a text that is known to be good JSON.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    /// Where the member stands, from the quote of its key to the end of its value. The scanner stands before a value.
    fn find(&mut self, steps: &[Step]) -> Option<Range<usize>> {
        let (step, rest) = steps.split_first()?;
        self.blanks();
        match step {
            Step::Key(wanted) => {
                self.take(b'{')?;
                loop {
                    self.blanks();
                    let start = self.at;
                    let key = self.string()?;
                    self.blanks();
                    self.take(b':')?;
                    if key == *wanted {
                        if !rest.is_empty() {
                            return self.find(rest);
                        }
                        self.value()?;
                        return Some(start..self.at);
                    }
                    self.value()?;
                    self.blanks();
                    self.take(b',')?;
                }
            }
            Step::Index(index) => {
                self.take(b'[')?;
                for _ in 0..*index {
                    self.value()?;
                    self.blanks();
                    self.take(b',')?;
                }
                self.find(rest)
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    /// Passes over a value of any kind, however deep.
    fn value(&mut self) -> Option<()> {
        self.blanks();
        let mut depth = 0_usize;
        loop {
            self.blanks();
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    while self
                        .peek()
                        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
                    {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, path: &str, expect: Option<&str>) {
        assert_eq!(member(text, path).as_deref(), expect, "{path} of {text}");
    }

    #[test]
    fn a_member_goes_and_the_rest_stays() {
        check(r#"{"a": 1, "p": "x", "b": 2}"#, "p", Some(r#"{"a": 1, "b": 2}"#));
        check(r#"{"a": 1, "p": "x"}"#, "p", Some(r#"{"a": 1}"#));
        check(r#"{"p": "x"}"#, "p", Some("{}"));
        check(r#"{"p" :"\"},{" , "a":[{"p":1}]}"#, "p", Some(r#"{"a":[{"p":1}]}"#));
        check(r#"{"a": 1}"#, "p", None);
        check("\u{feff}{\"p\": 1, \"ä\": \"p\"}", "p", Some("\u{feff}{\"ä\": \"p\"}"));
    }

    #[test]
    fn a_member_of_a_list_is_found_by_its_place() {
        let text =
            r#"{"routers": [{"name": "a", "tags": [[1], {"x": "]"}], "password": "1"}, {"password": "2"}]}"#;
        let without_first = r#"{"routers": [{"name": "a", "tags": [[1], {"x": "]"}]}, {"password": "2"}]}"#;
        check(text, "routers[0].password", Some(without_first));
        let without_second =
            r#"{"routers": [{"name": "a", "tags": [[1], {"x": "]"}], "password": "1"}, {}]}"#;
        check(text, "routers[1].password", Some(without_second));
        check(text, "routers[2].password", None);
    }

    #[test]
    fn a_line_of_its_own_goes_as_a_whole() {
        let text = "{\n  \"a\": 1,\n  \"p\": \"x\",\n  \"b\": 2\n}\n";
        check(text, "p", Some("{\n  \"a\": 1,\n  \"b\": 2\n}\n"));
        check("{\n  \"a\": 1,\n  \"p\": \"x\"\n}\n", "p", Some("{\n  \"a\": 1\n}\n"));
    }

    #[test]
    fn a_variable_goes_with_all_its_lines() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(variable(text, "PASSWORD").as_deref(), expect, "{text}");
        };
        check("A=1\nPASSWORD=x\nB=2\n", Some("A=1\nB=2\n"));
        check("export PASSWORD='x\ny' # z\nB=2", Some("B=2"));
        check("  PASSWORD = \"a\\\"b\"\nB=2", Some("B=2"));
        check("PASSWORD=it\\'s\nB=2", Some("B=2"));
        check("PASSWORDS=1\n#PASSWORD=2\n", None);
    }
}
