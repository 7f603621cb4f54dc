//! Visitors for tests of handlers, which nobody lets in but this.

use super::Client;
use crate::access::{Keys, Kind, People, Role, Scope, Vault, Visitor};
use crate::store::Store;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

/// Nobody, in a store of their own; opening one for each request would take longer than the requests.
static PEOPLE: LazyLock<People> = LazyLock::new(|| {
    let vault = Vault::new(Store::temporary().expect("a store"), Keys::temporary().expect("keys"));
    People::open(vault).expect("nobody is damaged")
});

/// Whom handlers know in tests: nobody.
pub(crate) fn people() -> People {
    PEOPLE.clone()
}

/// The header by which a test limits its visitor to some routers, by comma.
pub(crate) const SCOPE: &str = "test-scope";

/// A middleware for `actix_web::middleware::from_fn` that lets everybody in as an admin.
pub(crate) async fn let_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let scope = request.headers().get(SCOPE).map(|names| {
        let names = names.to_str().expect("tests name routers well").split(',');
        names.map(|name| name.parse().expect("tests name routers well")).collect()
    });
    request.extensions_mut().insert(Visitor {
        kind: Kind::User,
        name: "ann".to_owned(),
        role: Role::Admin,
        scope: Scope { routers: scope },
        may_write: true,
        id: "0123456789abcdef".parse().expect("it is an id"),
        csrf: Some("test".to_owned()),
        pages: None,
    });
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    request.extensions_mut().insert(Client {
        address,
        is_https: false,
        origin: "http://localhost".to_owned(),
        agent: String::new(),
    });
    Ok(next.call(request).await?.map_into_boxed_body())
}
