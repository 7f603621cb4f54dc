//! PPP: accounts, sessions, profiles and PPPoE servers.

use super::id::ItemId;
use super::resource::resource;
use super::units::Text;
use std::time::Duration;

resource! {
    /// An account: a login that may come online. Its password is never asked for.
    Account at "/ppp/secret", needs "name" {
        id: ItemId = ".id",
        name: Text = "name",
        service: Text = "service",
        profile: Text = "profile",
        caller_id: Text = "caller-id",
        comment: Text = "comment",
        disabled: bool = "disabled",
        /// In the router's zone.
        last_logged_out: Text = "last-logged-out",
        last_caller_id: Text = "last-caller-id",
        last_disconnect_reason: Text = "last-disconnect-reason",
    }
}

resource! {
    /// A session: one active login. It carries no byte counters; those are its interface's.
    ActiveSession at "/ppp/active", needs ".id" {
        id: ItemId = ".id",
        name: Text = "name",
        service: Text = "service",
        caller_id: Text = "caller-id",
        address: Text = "address",
        uptime: Option<Duration> = "uptime",
        radius: bool = "radius",
    }
}

resource! {
    /// A profile: what an account is entitled to.
    Profile at "/ppp/profile", needs "name" {
        id: ItemId = ".id",
        name: Text = "name",
        /// Upload/download, as the subscriber sees them.
        rate_limit: Text = "rate-limit",
        local_address: Text = "local-address",
        remote_address: Text = "remote-address",
        only_one: Text = "only-one",
        comment: Text = "comment",
    }
}

resource! {
    /// A PPPoE server: where subscribers dial in.
    PppoeServer at "/interface/pppoe-server/server", needs ".id" {
        id: ItemId = ".id",
        service_name: Text = "service-name",
        interface: Text = "interface",
        default_profile: Text = "default-profile",
        max_sessions: Text = "max-sessions",
        one_session_per_host: bool = "one-session-per-host",
        disabled: bool = "disabled",
    }
}

resource! {
    /// A static PPPoE interface, which keeps its own name whoever dials in.
    StaticPppoe at "/interface/pppoe-server" where "?dynamic=false", needs "name" {
        id: ItemId = ".id",
        name: Text = "name",
        user: Text = "user",
        running: bool = "running",
    }
}
