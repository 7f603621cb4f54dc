//! Whether somebody who began something that takes a while may still have it done.

use super::people::People;
use super::role::{Kind, Role, Scope, Visitor};
use crate::domain::router::RouterName;
use jiff::Timestamp;

impl People {
    /// Whether this visitor may still have something done on a router. Whoever signed out may: it is the person who has
    /// the right, and the session that ended.
    pub fn may_still_act(&self, visitor: &Visitor, router: &RouterName, now: Timestamp) -> bool {
        let known = self.known();
        let may = |role: Role, scope: &Scope| Role::Operator <= role && scope.sees(router);
        match visitor.kind {
            Kind::User => {
                let user = known.users.get(&visitor.name.to_lowercase());
                user.is_some_and(|user| !user.is_disabled && may(user.role, &user.scope))
            }
            Kind::Token => {
                let token = super::records::by_id(&known.tokens, &visitor.id);
                let rights = token.and_then(|(_, token)| known.owner_of(token, now));
                rights.is_some_and(|(role, scope)| may(role, &scope))
            }
            Kind::Demo => true,
            Kind::Wall => false,
        }
    }
}
