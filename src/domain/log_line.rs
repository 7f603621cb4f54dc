//! Lines of a router's log.

use super::id::ItemId;
use super::resource::resource;
use super::units::Text;

resource! {
    /// One line of a router's log; its text may quote anybody, such as a failed login's user name.
    RouterLogLine at "/log", needs ".id" {
        id: ItemId = ".id",
        /// In the router's zone; today's lines have the time only.
        time: Text = "time",
        topics: Text = "topics",
        message: Text = "message",
    }
}

impl RouterLogLine {
    /// How grave the line is, as our own log would say it. RouterOS says so among the topics, or not at all.
    pub fn level(&self) -> &'static str {
        let has = |word: &str| self.topics.split(',').any(|topic| topic == word);
        if has("critical") || has("error") {
            "ERROR"
        } else if has("warning") {
            "WARN"
        } else if has("debug") || has("packet") || has("raw") {
            "DEBUG"
        } else {
            "INFO"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_say_how_grave_a_line_is() {
        let check = |topics: &str, level| {
            let line = RouterLogLine { topics: topics.into(), ..RouterLogLine::default() };
            assert_eq!(line.level(), level, "{topics}");
        };
        check("system,error,critical", "ERROR");
        check("wireless,warning", "WARN");
        check("pppoe,ppp,info", "INFO");
        check("pppoe,ppp,debug,packet", "DEBUG");
        check("", "INFO");
        check("errors", "INFO");
    }
}
