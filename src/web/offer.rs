//! What a page offers to take away as a file: what it shows, all of its list, and everything.

use super::parameters::encode;
use serde::Serialize;

/// The formats: the word of a choice, its format, and what else is asked for.
const FORMATS: [(&str, &str); 4] = [
    ("csv", "format=csv"),
    ("csv_bom", "format=csv&bom=1"),
    ("json", "format=json"),
    ("ndjson", "format=ndjson"),
];

/// Where the file of everything is.
const EVERYTHING: &str = "/api/export";

/// The choices of one list.
#[derive(Debug, Serialize)]
pub(super) struct Offer {
    list: &'static str,
    /// What is there: with scripts its links follow what is chosen on the page.
    parts: Vec<Part>,
    /// The file of all lists at once.
    everything: &'static str,
}

#[derive(Debug, Serialize)]
struct Part {
    word: &'static str,
    rows: usize,
    links: Vec<Link>,
}

#[derive(Debug, Serialize)]
struct Link {
    word: &'static str,
    href: String,
}

impl Offer {
    /// Of a list: what is chosen of it by these parameters, and all of it.
    pub(super) fn new(list: &'static str, chosen: &[(&str, &str)], shown: usize, all: usize) -> Self {
        Self::with(list, &[], chosen, shown, all)
    }

    /// Of a list that is told from others by these parameters.
    pub(super) fn with(
        list: &'static str,
        always: &[(&str, &str)],
        chosen: &[(&str, &str)],
        shown: usize,
        all: usize,
    ) -> Self {
        let link = |chosen: &[(&str, &str)], (word, format): (&'static str, &str)| {
            let mut href = format!("/api/v1/export/{list}?{format}");
            for (name, value) in always.iter().chain(chosen).filter(|(_, value)| !value.is_empty()) {
                href.push('&');
                href.push_str(name);
                href.push('=');
                encode(&mut href, value);
            }
            Link { word, href }
        };
        let part = |word, rows, chosen: &[(&str, &str)]| Part {
            word,
            rows,
            links: FORMATS.into_iter().map(|format| link(chosen, format)).collect(),
        };
        let parts = vec![part("view", shown, chosen), part("all", all, &[])];
        Self { list, parts, everything: EVERYTHING }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_say_what_is_chosen_and_those_to_all_do_not() {
        let offer = Offer::with("logs", &[("source", "routers")], &[("q", "a&b"), ("level", "")], 2, 9);
        let [view, all] = offer.parts.as_slice() else { panic!("{offer:?}") };
        assert_eq!(view.links[1].href, "/api/v1/export/logs?format=csv&bom=1&source=routers&q=a%26b");
        assert_eq!(all.links[3].href, "/api/v1/export/logs?format=ndjson&source=routers");
        assert_eq!((view.rows, all.rows), (2, 9));
        assert_eq!(offer.everything, "/api/export", "no list's choice is about everything");
    }
}
