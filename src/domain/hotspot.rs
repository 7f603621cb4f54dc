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

resource! {
    /// Somebody who may sign in at a portal: a guest with a voucher. The password is never asked for.
    HotspotUser at "/ip/hotspot/user", needs "name" {
        id: ItemId = ".id",
        name: Text = "name",
        server: Text = "server",
        profile: Text = "profile",
        address: Text = "address",
        mac_address: Text = "mac-address",
        limit_uptime: Option<Duration> = "limit-uptime",
        /// Of both directions; 0 is unlimited.
        limit_bytes: u64 = "limit-bytes-total",
        /// Over all sessions.
        uptime: Option<Duration> = "uptime",
        bytes_in: u64 = "bytes-in",
        bytes_out: u64 = "bytes-out",
        disabled: bool = "disabled",
        comment: Text = "comment",
    }
}

impl HotspotUser {
    /// How much of the time is left that may be used, if it is limited.
    pub fn time_left(&self) -> Option<Duration> {
        let limit = self.limit_uptime.filter(|limit| !limit.is_zero())?;
        Some(limit.saturating_sub(self.uptime.unwrap_or_default()))
    }

    /// Whether nothing is left of the time or the volume.
    pub fn is_used_up(&self) -> bool {
        let volume = self.bytes_in.saturating_add(self.bytes_out);
        self.time_left().is_some_and(|left| left.is_zero())
            || (0 < self.limit_bytes && self.limit_bytes <= volume)
    }

    /// One word for how it is: `valid`, `used_up` or `disabled`.
    pub fn state(&self) -> &'static str {
        match (self.disabled, self.is_used_up()) {
            (true, _) => "disabled",
            (false, true) => "used_up",
            (false, false) => "valid",
        }
    }
}
