//! DHCP: leases and the pools that addresses come from.

use super::id::ItemId;
use super::resource::resource;
use super::units::Text;
use std::time::Duration;

resource! {
    /// A lease. Its host name is set by the client: anybody.
    Lease at "/ip/dhcp-server/lease", needs ".id" {
        id: ItemId = ".id",
        address: Text = "address",
        mac_address: Text = "mac-address",
        host_name: Text = "host-name",
        server: Text = "server",
        status: Text = "status",
        expires_after: Option<Duration> = "expires-after",
        last_seen: Option<Duration> = "last-seen",
        dynamic: bool = "dynamic",
        blocked: bool = "blocked",
        disabled: bool = "disabled",
        comment: Text = "comment",
    }
}

resource! {
    /// A pool of addresses. `total` and `used` are known to newer versions only.
    Pool at "/ip/pool", needs "name" {
        id: ItemId = ".id",
        name: Text = "name",
        ranges: Text = "ranges",
        next_pool: Text = "next-pool",
        total: Option<u64> = "total",
        used: Option<u64> = "used",
    }
}
