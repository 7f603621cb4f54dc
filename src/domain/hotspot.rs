//! Hotspot: who is signed in at a portal, and which hosts it sees.

use super::id::ItemId;
use super::resource::resource;
use super::units::Text;
use std::time::Duration;

resource! {
    /// A hotspot session. `bytes-in` is what the client sent: its upload.
    HotspotActive at "/ip/hotspot/active", needs ".id" {
        id: ItemId = ".id",
        user: Text = "user",
        server: Text = "server",
        address: Text = "address",
        mac_address: Text = "mac-address",
        login_by: Text = "login-by",
        uptime: Option<Duration> = "uptime",
        session_time_left: Option<Duration> = "session-time-left",
        bytes_in: u64 = "bytes-in",
        bytes_out: u64 = "bytes-out",
        comment: Text = "comment",
        radius: bool = "radius",
    }
}

resource! {
    /// A host that a hotspot sees, signed in or not.
    HotspotHost at "/ip/hotspot/host", needs ".id" {
        id: ItemId = ".id",
        mac_address: Text = "mac-address",
        address: Text = "address",
        to_address: Text = "to-address",
        server: Text = "server",
        authorized: bool = "authorized",
        bypassed: bool = "bypassed",
        uptime: Option<Duration> = "uptime",
        comment: Text = "comment",
    }
}
