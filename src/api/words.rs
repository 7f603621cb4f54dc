//! The words that the API answers with where there are only some: they describe what others write.

use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $($word:ident),+;)+) => {$(
        $(#[$doc])*
        #[derive(ToSchema)]
        #[schema(rename_all = "snake_case")]
        #[expect(dead_code, reason = "it only describes the words")]
        pub(in crate::api) enum $name { $($word),+ }
    )+};
}

pub(super) use words;

words! {
    /// Whether a router can be asked.
    LinkWord: Connecting, Live, Down, Refused, Blocked;
    /// What a connection is safe from.
    ProtectionWord: Clear, Verified, Pinned, Anonymous;
    /// How a table stands.
    TableWord: Waiting, Fresh, Partial, Absent, Forbidden, Failed;
    /// How an interface is.
    InterfaceWord: Running, NoLink, Disabled, Unknown;
    /// How somebody is who may sign in at a hotspot.
    VoucherWord: Valid, UsedUp, Disabled;
    /// How the program is.
    HealthWord: Healthy, Degraded, Unhealthy;
    /// What an event is about.
    EventWord: Presence, Link, Rebooted;
    /// Whether a router is connected, as an earlier program says it.
    ConnectionWord: Connected, Disconnected, Unknown;
    /// As what somebody was let in.
    VisitorWord: User, Token, Wall, Demo;
    /// How grave an entry of our own log is.
    LevelWord: Error, Warn, Info, Debug, Trace;
    /// Whether a subscriber has a session, as far as we can know.
    StateWord: Online, Offline, Unknown;
    /// What somebody may do. Each may do all that the one before may.
    RoleWord: Viewer, Operator, Admin;
}

/// An account without a session, as an earlier program says it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the words")]
pub(super) enum AccountWord {
    Disabled,
    Offline,
}

/// A yes or no in a router's own words.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it only describes the words")]
pub(super) enum YesWord {
    True,
    False,
}
