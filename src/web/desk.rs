//! What the pages about people work with.

use super::templates::Templates;
use crate::access::{Actor, People, Visitor};
use crate::http::{Client, Problem, Seen};
use actix_web::dev::Payload;
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use std::future::{Ready, ready};

/// Who asks, what they see, and whom we know.
pub(super) struct Desk {
    pub(super) seen: Seen,
    pub(super) templates: Data<Templates>,
    pub(super) me: Visitor,
    pub(super) client: Client,
    people: Data<People>,
}

impl Desk {
    pub(super) fn people(&self) -> &People {
        &self.people
    }

    /// Who stands in the audit log for what is done here.
    pub(super) fn actor(&self) -> Actor {
        self.me.actor(self.client.address)
    }

    /// The visitor's token against forged requests, for the page's forms.
    pub(super) fn csrf(&self) -> String {
        self.me.csrf.clone().unwrap_or_default()
    }

    /// The names of all routers that the visitor sees.
    pub(super) fn routers(&self) -> Vec<String> {
        self.seen.routers().iter().map(|router| router.name.to_string()).collect()
    }

    /// Does something that waits for the disk, where waiting is allowed.
    pub(super) async fn wait<T: Send + 'static>(
        &self,
        act: impl FnOnce(&People) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        wait(&self.people, act).await
    }
}

/// Does something that waits for the disk, where waiting is allowed.
pub(super) async fn wait<T: Send + 'static>(
    people: &Data<People>,
    act: impl FnOnce(&People) -> T + Send + 'static,
) -> Result<T, Problem> {
    let people = People::clone(people);
    web::block(move || act(&people)).await.map_err(|_| Problem::Internal)
}

impl FromRequest for Desk {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut found = || {
            Ok(Self {
                seen: Seen::from_request(request, payload).into_inner()?,
                client: Client::from_request(request, payload).into_inner()?,
                templates: request.app_data::<Data<Templates>>().cloned().ok_or(Problem::Internal)?,
                people: request.app_data::<Data<People>>().cloned().ok_or(Problem::Internal)?,
                me: request.extensions().get::<Visitor>().cloned().ok_or(Problem::SignIn)?,
            })
        };
        ready(found())
    }
}
