//! Visitors for tests of handlers, which nobody lets in but this.

use super::Client;
use crate::access::{Kind, Role, Scope, Visitor};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use std::net::{IpAddr, Ipv4Addr};

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
