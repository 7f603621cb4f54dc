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
