//! What the router lets our user do: too little to watch, or more than watching needs.

use super::resource::resource;
use super::units::Text;

resource! {
    /// The user as whom we sign in; the row is asked for by its name.
    OurUser at "/user", needs "group" {
        group: Text = "group",
    }
}

resource! {
    /// A group of the router's users.
    UserGroup at "/user/group", needs "name" {
        name: Text = "name",
        /// Comma separated; one with `!` is not granted.
        policy: Text = "policy",
    }
}

/// What the service needs.
const NEEDED: [&str; 2] = ["read", "api"];

/// What a stolen password would be good for.
const DANGEROUS: [(&str, &str); 14] = [
    ("write", "change the configuration"),
    ("policy", "create users"),
    ("sensitive", "read the passwords of subscribers"),
    ("reboot", "restart the router"),
    ("ftp", "read and write its files"),
    ("sniff", "listen to the traffic of subscribers"),
    ("test", "scan and flood networks from it"),
    ("password", "change the password of our user"),
    ("ssh", "sign in with SSH"),
    ("telnet", "sign in with Telnet"),
    ("winbox", "sign in with WinBox"),
    ("web", "sign in with WebFig"),
    ("romon", "reach other routers through it with RoMON"),
    ("rest-api", "sign in with the REST API"),
];

/// The policies of a group that are granted.
pub fn granted(policy: &str) -> Vec<&str> {
    policy.split(',').map(str::trim).filter(|one| !one.is_empty() && !one.starts_with('!')).collect()
}

/// What the service needs and is not granted.
pub fn missing(granted: &[&str]) -> Vec<&'static str> {
    NEEDED.into_iter().filter(|needed| !granted.contains(needed)).collect()
}

/// What is granted although watching does not need it, and what it allows.
pub fn needless(granted: &[&str]) -> Vec<(&'static str, &'static str)> {
    DANGEROUS.into_iter().filter(|(policy, _)| granted.contains(policy)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_not_granted() {
        let policies = granted("local,!telnet, read,api,!write,sensitive,");
        assert_eq!(policies, ["local", "read", "api", "sensitive"]);
        assert_eq!(missing(&policies), [""; 0]);
        assert_eq!(needless(&policies), [("sensitive", "read the passwords of subscribers")]);
        let all = "local,telnet,ssh,ftp,reboot,read,write,policy,test,winbox,password,web,sniff,sensitive,api,romon,\
                   rest-api";
        let warned: Vec<&str> = needless(&granted(all)).into_iter().map(|(policy, _)| policy).collect();
        let unwarned = granted(all).into_iter().filter(|policy| !warned.contains(policy));
        // The console is where somebody stands before the router.
        assert_eq!(unwarned.collect::<Vec<_>>(), ["local", "read", "api"]);
        assert_eq!(missing(&granted("!read,api")), ["read"]);
        assert_eq!(missing(&granted("")), ["read", "api"]);
    }
}
