//! The passwords that a router may have: what each is for, how it is called, and under which id it is kept.

use super::router::RouterName;

/// What a password of a router is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// To watch the router.
    Watch,
    /// To change something on it, if that is another user's right.
    Write,
}

impl Credential {
    /// All that there are.
    pub const ALL: [Self; 2] = [Self::Watch, Self::Write];

    /// The key of its password in the settings.
    pub fn key(self) -> &'static str {
        match self {
            Self::Watch => "password",
            Self::Write => "write_password",
        }
    }

    /// What has the password of this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|credential| credential.key() == key)
    }

    /// Under which id the password of this router is kept.
    pub fn id(self, router: &RouterName) -> String {
        format!("router:{router}:{}", self.key())
    }

    /// The router one of whose passwords is kept under this id.
    pub fn router_in(id: &str) -> &str {
        let known = Self::ALL.into_iter().find_map(|credential| {
            id.strip_prefix("router:")?.strip_suffix(credential.key())?.strip_suffix(':')
        });
        known.unwrap_or(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_password_is_kept_under_an_id_of_its_own() {
        let router: RouterName = "ccr1".parse().unwrap();
        let ids = Credential::ALL.map(|credential| credential.id(&router));
        assert_eq!(ids, ["router:ccr1:password", "router:ccr1:write_password"]);
        assert_eq!(ids.each_ref().map(|id| Credential::router_in(id)), ["ccr1", "ccr1"]);
        assert_eq!(Credential::router_in("audit:key:1"), "audit:key:1");
        assert_eq!(Credential::of_key("write_password"), Some(Credential::Write));
        assert_eq!(Credential::of_key("username"), None);
    }
}
