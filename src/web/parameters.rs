//! Parameters of a list in its URL, and links that change one of them.

use crate::domain::visible::brief;
use std::fmt::Write as _;

/// The parameters that a list keeps, in this order.
const KEPT: [&str; 5] = ["q", "state", "router", "sort", "columns"];

/// The parameters of a list, as the page was asked with.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn new(all: &[(String, String)]) -> Self {
        let kept = all.iter().filter(|(name, value)| KEPT.contains(&name.as_str()) && !value.is_empty());
        let mut known: Vec<(String, String)> = Vec::new();
        for (name, value) in kept {
            // A form sends each column that is ticked by itself.
            match known.iter_mut().find(|(one, _)| one == name && name == "columns") {
                Some((_, columns)) => *columns = format!("{columns},{value}"),
                None => known.push((name.clone(), value.clone())),
            }
        }
        Self(known)
    }

    /// The value of a parameter, empty if it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The same, made fit to be looked at.
    pub(super) fn shown(&self, name: &str) -> String {
        brief(self.get(name)).into_owned()
    }

    /// All that are there.
    pub(super) fn all(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
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

/// A link to the page of a subscriber.
pub(super) fn subscriber(router: &str, name: &str) -> String {
    // No browser asks for these two as they are: they are ways up. The list finds them.
    if name.is_empty() || name == "." || name == ".." {
        let mut link = format!("/subscribers?router={router}&q=");
        encode(&mut link, &format!("\"{name}\""));
        return link;
    }
    let mut link = format!("/subscribers/{router}/");
    encode(&mut link, name);
    link
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

    #[test]
    fn columns_that_a_form_ticks_one_by_one_are_one_list() {
        let all = [("columns", "state"), ("columns", "down"), ("q", "a"), ("q", "b")];
        let all: Vec<_> = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(Parameters::new(&all).link("/x", &[]), "/x?q=a&columns=state%2Cdown");
    }

    #[test]
    fn a_subscriber_of_any_name_has_a_page() {
        let check = |name: &str, link: &str| assert_eq!(subscriber("r1", name), link);
        check("ana", "/subscribers/r1/ana");
        check("a/b\"<é>?#%", "/subscribers/r1/a%2Fb%22%3C%C3%A9%3E%3F%23%25");
        check("..", "/subscribers?router=r1&q=%22..%22");
    }
}
