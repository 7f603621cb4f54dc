//! What somebody who was let in may see and do.

use crate::domain::router::RouterName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};
use std::net::IpAddr;
use std::str::FromStr;

/// What somebody may do; each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads, manages groups, acts on routers.
    Operator,
    /// Everything.
    Admin,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl Display for Role {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of admin, operator and viewer")]
pub struct InvalidRole;

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::Viewer, Self::Operator, Self::Admin];
        known.into_iter().find(|role| role.as_str() == text).ok_or(InvalidRole)
    }
}

/// Which routers somebody may know of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Scope {
    /// These; all, also those to come, if there is no list.
    pub routers: Option<BTreeSet<RouterName>>,
}

/// A scope as it is written: `"all"` or `{"only": {"routers": ["ccr1"]}}`.
///
/// A limit that comes later is one more field of `only`, with a default. A version that does not know that field
/// refuses the record, as it does one without a scope: whoever is limited in a way that we do not understand must not
/// see more for it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Kept {
    All,
    Only { routers: BTreeSet<RouterName> },
}

impl From<Kept> for Scope {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::All => Self::ALL,
            Kept::Only { routers } => Self { routers: Some(routers) },
        }
    }
}

impl From<Scope> for Kept {
    fn from(scope: Scope) -> Self {
        scope.routers.map_or(Self::All, |routers| Self::Only { routers })
    }
}

impl Scope {
    /// All routers.
    pub const ALL: Self = Self { routers: None };

    /// Only these routers.
    pub fn only(routers: impl IntoIterator<Item = RouterName>) -> Self {
        Self { routers: Some(routers.into_iter().collect()) }
    }

    /// Whether this router is within it.
    pub fn sees(&self, router: &RouterName) -> bool {
        self.routers.as_ref().is_none_or(|routers| routers.contains(router))
    }

    /// Whether it has no limits.
    pub fn is_all(&self) -> bool {
        self.routers.is_none()
    }

    /// What is within both.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        let routers = match (&self.routers, &other.routers) {
            (None, routers) | (routers, None) => routers.clone(),
            (Some(one), Some(two)) => Some(one.intersection(two).cloned().collect()),
        };
        Self { routers }
    }
}

impl Display for Scope {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match &self.routers {
            None => f.write_str("all"),
            Some(routers) if routers.is_empty() => f.write_str("none"),
            Some(routers) => {
                let names: Vec<&str> = routers.iter().map(RouterName::as_str).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

/// How somebody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person who signed in.
    User,
    /// A program with a token.
    Token,
    /// A display on a wall, by its link.
    Wall,
    /// A guest of the demo.
    Demo,
}

/// The id of a session, token or wall: no secret, as it lets nobody in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct VisitId(String);

/// Text that is no such id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id has 16 hexadecimal digits")]
pub struct InvalidVisitId;

impl VisitId {
    /// How many digits it has.
    const LENGTH: usize = 16;

    /// The id of what is kept under this digest: its beginning, which says nothing of the secret behind it.
    pub(super) fn of(digest: &str) -> Self {
        Self(digest.get(..Self::LENGTH).unwrap_or(digest).to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VisitId {
    type Err = InvalidVisitId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != Self::LENGTH || !text.bytes().all(is_digit) {
            return Err(InvalidVisitId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl Display for VisitId {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody who was let in, as of now.
#[derive(Clone, PartialEq, Eq)]
pub struct Visitor {
    /// How.
    pub kind: Kind,
    /// The name of the user, token or wall.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they may know of.
    pub scope: Scope,
    /// Whether they may change anything at all.
    pub may_write: bool,
    /// Which session or token this is.
    pub id: VisitId,
    /// What a form of theirs has to bring with it; sessions only. Secret.
    pub csrf: Option<String>,
    /// The only pages they may see; walls only.
    pub pages: Option<Vec<String>>,
}

impl Visitor {
    /// Who this is for the audit log, calling from this address.
    pub fn actor(&self, address: IpAddr) -> Actor {
        let who = match self.kind {
            Kind::User => self.name.clone(),
            Kind::Token => format!("token {} ({})", self.id, self.name),
            Kind::Wall => format!("wall {}", self.name),
            Kind::Demo => "demo".to_owned(),
        };
        Actor { who, from: address.to_string() }
    }
}

impl std::fmt::Debug for Visitor {
    /// All but the secret.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visitor")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("scope", &self.scope)
            .field("may_write", &self.may_write)
            .field("id", &self.id)
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}

/// Who does something, and from where: for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// A user's name, or `console`.
    pub who: String,
    /// Their address, or `console`.
    pub from: String,
}

impl Actor {
    /// The person at the shell of this machine.
    pub fn console() -> Self {
        Self { who: CONSOLE.to_owned(), from: CONSOLE.to_owned() }
    }
}

/// Who acts when nobody signed in; no user may have this name.
pub(super) const CONSOLE: &str = "console";

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(names: &str) -> Scope {
        Scope::only(names.split_whitespace().map(|name| name.parse().unwrap()))
    }

    #[test]
    fn each_role_may_do_what_those_before_it_may() {
        assert!(Role::Viewer < Role::Operator && Role::Operator < Role::Admin);
        for role in [Role::Viewer, Role::Operator, Role::Admin] {
            assert_eq!(role.to_string().parse(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        assert_eq!("Admin".parse::<Role>(), Err(InvalidRole));
    }

    #[test]
    fn a_scope_shows_its_routers_and_no_others() {
        let router = |name: &str| name.parse::<RouterName>().unwrap();
        assert!(Scope::ALL.sees(&router("a")) && Scope::ALL.is_all());
        assert!(scope("a b").sees(&router("b")) && !scope("a b").sees(&router("c")));
        assert!(!scope("").sees(&router("a")) && !scope("").is_all());
        assert_eq!(scope("a b").within(&scope("b c")), scope("b"));
        assert_eq!(scope("a").within(&Scope::ALL), scope("a"));
        assert_eq!(Scope::ALL.within(&scope("a")), scope("a"));
        assert_eq!(Scope::ALL.within(&Scope::ALL), Scope::ALL);
    }

    #[test]
    fn a_scope_that_is_not_understood_is_refused_and_never_wider() {
        for (known, written) in [
            (Scope::ALL, r#""all""#),
            (scope("a b"), r#"{"only":{"routers":["a","b"]}}"#),
            (scope(""), r#"{"only":{"routers":[]}}"#),
        ] {
            assert_eq!(serde_json::to_string(&known).unwrap(), written);
            assert_eq!(serde_json::from_str::<Scope>(written).unwrap(), known);
        }
        for strange in [
            r#"{"only":{"routers":["a"],"groups":["north"]}}"#,
            r#"{"only":{"groups":["north"]}}"#,
            r#"{"only":{}}"#,
            r#"{"only":{"routers":["a"]},"groups":["north"]}"#,
            r#"{"only":{"routers":null}}"#,
            r#"{"only":{"routers":["a b"]}}"#,
            r#"{"groups":["north"]}"#,
            r#"{"all":{}}"#,
            r#""north""#,
            "{}",
            "[]",
            "null",
        ] {
            let read = serde_json::from_str::<Scope>(strange);
            assert!(read.is_err(), "{strange} was read as {}", read.unwrap());
        }
    }

    #[test]
    fn an_id_has_sixteen_digits() {
        assert!("0123456789abcdef".parse::<VisitId>().is_ok());
        for wrong in ["", "0123456789abcde", "0123456789ABCDEF", "0123456789abcdef0", "0123456789abcdeé"] {
            assert_eq!(wrong.parse::<VisitId>(), Err(InvalidVisitId), "{wrong}");
        }
    }
}
