//! What the router lets our users do: too little for what each is for, or more than that needs.

use super::credential::Credential;
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

/// What watching needs.
const TO_WATCH: [&str; 2] = ["read", "api"];

/// What changes need: the row that is meant is read before.
const TO_WRITE: [&str; 3] = ["read", "api", "write"];

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

fn needed(credential: Credential) -> &'static [&'static str] {
    match credential {
        Credential::Watch => &TO_WATCH,
        Credential::Write => &TO_WRITE,
    }
}

/// What this user needs and is not granted.
pub fn missing(granted: &[&str], credential: Credential) -> Vec<&'static str> {
    needed(credential).iter().copied().filter(|needed| !granted.contains(needed)).collect()
}

/// What is granted although this user does not need it, and what it allows.
pub fn needless(granted: &[&str], credential: Credential) -> Vec<(&'static str, &'static str)> {
    let is_needless = |policy: &str| granted.contains(&policy) && !needed(credential).contains(&policy);
    DANGEROUS.into_iter().filter(|(policy, _)| is_needless(policy)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_not_granted() {
        let policies = granted("local,!telnet, read,api,!write,sensitive,");
        assert_eq!(policies, ["local", "read", "api", "sensitive"]);
        assert_eq!(missing(&policies, Credential::Watch), [""; 0]);
        assert_eq!(missing(&policies, Credential::Write), ["write"]);
        let sensitive = ("sensitive", "read the passwords of subscribers");
        assert_eq!(needless(&policies, Credential::Watch), [sensitive]);
        let more = granted("read,api,write,sensitive");
        assert_eq!(missing(&more, Credential::Write), [""; 0]);
        assert_eq!(needless(&more, Credential::Write), [sensitive]);
        assert_eq!(needless(&more, Credential::Watch), [("write", "change the configuration"), sensitive]);
        let all = "local,telnet,ssh,ftp,reboot,read,write,policy,test,winbox,password,web,sniff,sensitive,api,romon,\
                   rest-api";
        let warned: Vec<&str> =
            needless(&granted(all), Credential::Watch).into_iter().map(|(policy, _)| policy).collect();
        let unwarned = granted(all).into_iter().filter(|policy| !warned.contains(policy));
        // The console is where somebody stands before the router.
        assert_eq!(unwarned.collect::<Vec<_>>(), ["local", "read", "api"]);
        assert_eq!(missing(&granted("!read,api"), Credential::Watch), ["read"]);
        assert_eq!(missing(&granted(""), Credential::Watch), ["read", "api"]);
    }
}
