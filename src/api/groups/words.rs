//! What groups are written with, for the API's document; and short answers.

use serde::Serialize;
use utoipa::ToSchema;

super::super::words::words! {
    /// The colour of a group's tag.
    ColourWord: Blue, Teal, Green, Amber, Orange, Red, Purple, Grey;
    /// How a group stands as a whole.
    StandingWord: NoneOnline, HalfOffline, Unknown, SomeOffline, AllOnline, Idle, Empty;
    /// What a rule looks at.
    RuleWord: Profile, Interface, Network, Comment, Name;
}

/// A subscriber who is named in a group.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes what the domain reads")]
pub(in crate::api) struct GroupMember {
    /// At which router; only in groups of all routers.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    router: Option<String>,
    /// The login name, exactly as the router has it.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
}

/// Has those subscribers in the group of whom it holds. Of several groups the one that was made first has them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes what the domain reads")]
pub(in crate::api) struct GroupRule {
    kind: RuleWord,
    /// A profile's name; a network such as `10.0.3.0/24`, an address, or a range such as `10.0.3.10-10.0.3.200`; or a
    /// pattern with `*` for any letters and `?` for one.
    #[schema(min_length = 1, max_length = 128)]
    value: String,
}

/// It is gone.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Removed {
    pub(super) success: bool,
}
