//! Parameters of a list in its URL, and links that change one of them.

use std::fmt::Write as _;

/// The parameters that a list keeps, in this order.
const KEPT: [&str; 4] = ["q", "state", "router", "sort"];

/// The parameters of a list, as the page was asked with.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn new(all: &[(String, String)]) -> Self {
        let kept = all.iter().filter(|(name, value)| KEPT.contains(&name.as_str()) && !value.is_empty());
        Self(kept.cloned().collect())
    }

    /// The value of a parameter, empty if it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A link to the same list with these parameters changed; an empty value leaves one out.
    pub(super) fn link(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let mut link = path.to_owned();
        let mut sign = '?';
        let names =
            KEPT.into_iter().chain(changes.iter().map(|(name, _)| *name).filter(|name| !KEPT.contains(name)));
        for name in names {
            let new = changes.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            let value = new.unwrap_or_else(|| self.get(name));
            if !value.is_empty() {
                link.push(sign);
                link.push_str(name);
                link.push('=');
                encode(&mut link, value);
                sign = '&';
            }
        }
        link
    }
}

/// Writes a value so that it stays one value.
pub(super) fn encode(link: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b':') {
            link.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(link, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_change_one_parameter_and_keep_the_others() {
        let all = [("q", "a&b \"é\""), ("sort", "-down"), ("offset", "100")];
        let all: Vec<_> = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let parameters = Parameters::new(&all);
        let check = |changes: &[(&str, &str)], link: &str| assert_eq!(parameters.link("/x", changes), link);
        check(&[], "/x?q=a%26b%20%22%C3%A9%22&sort=-down");
        check(&[("q", ""), ("state", "offline")], "/x?state=offline&sort=-down");
        check(&[("q", ""), ("sort", ""), ("offset", "200")], "/x?offset=200");
    }
}
