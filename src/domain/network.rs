//! ARP and simple queues.

use super::id::ItemId;
use super::resource::resource;
use super::units::Text;

resource! {
    /// An entry of the ARP table.
    Arp at "/ip/arp", needs ".id" {
        id: ItemId = ".id",
        address: Text = "address",
        mac_address: Text = "mac-address",
        interface: Text = "interface",
        dynamic: bool = "dynamic",
        complete: bool = "complete",
        disabled: bool = "disabled",
        comment: Text = "comment",
    }
}

resource! {
    /// A simple queue. Pairs are upload/download as seen by its target.
    SimpleQueue at "/queue/simple", needs ".id" {
        id: ItemId = ".id",
        name: Text = "name",
        target: Text = "target",
        parent: Text = "parent",
        /// In bits per second; 0 is unlimited.
        max_limit: Option<(u64, u64)> = "max-limit",
        bytes: Option<(u64, u64)> = "bytes",
        dropped: Option<(u64, u64)> = "dropped",
        dynamic: bool = "dynamic",
        disabled: bool = "disabled",
        comment: Text = "comment",
    }
}
