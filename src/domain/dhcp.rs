//! DHCP: leases and the pools that addresses come from.

use super::id::ItemId;
use super::resource::resource;
use super::units::Text;
use std::net::Ipv4Addr;
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

impl Pool {
    /// How many addresses it has: as the router says, or else by its ranges.
    pub fn addresses(&self) -> Option<u64> {
        self.total.or_else(|| self.ranges.split(',').map(addresses_of).sum())
    }

    /// How much of it is given out, in percent; only newer versions tell.
    #[expect(clippy::cast_precision_loss, reason = "it is shown without a fraction")]
    pub fn used_percent(&self) -> Option<f64> {
        let (used, total) = (self.used?, self.addresses().filter(|total| 0 < *total)?);
        Some((100.0 * used as f64 / total as f64).min(100.0))
    }
}

/// The addresses of a range such as `10.0.0.2-10.0.0.9`, or of a single one.
fn addresses_of(range: &str) -> Option<u64> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let number =
        |text: &str| text.trim().parse::<Ipv4Addr>().ok().map(|address| u64::from(address.to_bits()));
    number(last)?.checked_sub(number(first)?).map(|between| between + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_as_large_as_it_says_or_as_its_ranges_are() {
        let check = |total, used, ranges: &str, size, percent| {
            let pool = Pool { total, used, ranges: ranges.into(), ..Pool::default() };
            assert_eq!((pool.addresses(), pool.used_percent()), (size, percent), "{ranges}");
        };
        check(Some(200), Some(50), "", Some(200), Some(25.0));
        check(None, Some(127), "10.0.0.1-10.0.0.254", Some(254), Some(50.0));
        check(None, None, "10.0.0.1-10.0.0.4,10.0.1.7", Some(5), None);
        check(None, Some(1), "10.0.0.9-10.0.0.1", None, None);
        check(None, Some(1), "fd00::/64", None, None);
        check(Some(0), Some(0), "", Some(0), None);
        check(Some(10), Some(u64::MAX), "", Some(10), Some(100.0));
        check(Some(400), Some(1), "", Some(400), Some(0.25));
    }
}
