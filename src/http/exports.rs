//! Exports of many rows, which are paid for like the export of everything.

use super::limits::Budget;
use super::peer::Network;
use super::{Client, Door, Problem};
use crate::access::{Kind, VisitId, Visitor};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use std::future::{Ready, ready};

/// Who pays for an export. A short one costs no more than an answer of its list, and is paid for as such: how many rows
/// it has is known only when they are found.
pub struct Exports(Option<Payer>);

struct Payer {
    door: Data<Door>,
    network: Network,
    token: Option<VisitId>,
}

impl Exports {
    /// Pays for one that is as costly as the export of everything.
    pub fn pay(&self) -> Result<(), Problem> {
        let Some(Payer { door, network, token }) = &self.0 else { return Ok(()) };
        door.limits().check(Budget::Export, *network).map_err(Problem::TooMany)?;
        match token {
            Some(id) => door.limits().check_token(Budget::Export, id.as_str()).map_err(Problem::TooMany),
            None => Ok(()),
        }
    }
}

impl FromRequest for Exports {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    /// Behind no door there are no budgets either.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(door) = request.app_data::<Data<Door>>().cloned() else { return ready(Ok(Self(None))) };
        let known = request.extensions();
        let Some(client) = known.get::<Client>() else { return ready(Err(Problem::Internal)) };
        let token = known.get::<Visitor>().filter(|visitor| visitor.kind == Kind::Token);
        let network = Network::from(client.address);
        ready(Ok(Self(Some(Payer { door, network, token: token.map(|visitor| visitor.id.clone()) }))))
    }
}
