//! The settings, for those who may change them.

use super::limits::Budget;
use super::peer::Network;
use super::problem::{FieldError, MOST_TOLD};
use super::{Client, Door, Problem, Seen};
use crate::access::{Actor, Kind, Role, Visitor};
use crate::domain::check::Report;
use crate::domain::configuration::{Change, Configuration, Draft, Refusal};
use crate::domain::router::RouterName;
use crate::domain::router_import::Plan;
use crate::state::{By, SettingsOrder};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use std::future::{Ready, ready};
use tokio::sync::oneshot;

/// Who asks for settings, and who keeps them.
pub struct Configuring {
    /// What else they see.
    pub seen: Seen,
    by: By,
    network: Network,
    token: Option<String>,
    is_owner: bool,
    door: Data<Door>,
}

/// Why nothing came of an order.
#[derive(Debug)]
pub enum Denied {
    /// It was refused, which a page explains field by field.
    Refusal(Refusal),
    /// It is not for whoever asks, or went wrong.
    Problem(Problem),
}

impl From<Problem> for Denied {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Denied {
    /// The same, with faults by the places of the file that was planned from.
    fn of_file(self, plan: &Plan) -> Self {
        match self {
            Self::Refusal(Refusal::Faults(faults)) => Self::Refusal(Refusal::Faults(plan.faults(faults))),
            other => other,
        }
    }
}

impl From<Denied> for Problem {
    /// As programs are told.
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Problem(problem) => problem,
            Denied::Refusal(refusal) => match refusal {
                Refusal::NoSuchRouter => Self::NoSuch("router in the settings"),
                Refusal::Stale(current) => Self::Stale(current),
                Refusal::FullDisk => Self::DiskFull,
                Refusal::Failed => Self::Internal,
                Refusal::Faults(faults) => {
                    Self::Fields(faults.into_iter().take(MOST_TOLD).map(FieldError::from).collect())
                }
                Refusal::Unreadable(_)
                | Refusal::NotWritable(_)
                | Refusal::Demo
                | Refusal::Environment
                | Refusal::Busy => Self::Settings(refusal),
            },
        }
    }
}

impl Configuring {
    async fn order<T>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> SettingsOrder,
    ) -> Result<T, Denied> {
        let (answer, told) = oneshot::channel();
        let gone = || Problem::Internal;
        self.seen.settings_orders().send(order(answer)).await.map_err(|_| gone())?;
        told.await.map_err(|_| gone())?.map_err(Denied::Refusal)
    }

    /// Refuses those who may not change settings, where the table of routes lets others in.
    pub fn check_owner(&self) -> Result<(), Problem> {
        if self.is_owner {
            Ok(())
        } else {
            Err(Problem::Forbidden("this needs an admin who may see all routers"))
        }
    }

    /// The settings as they are by now.
    pub async fn read(&self) -> Result<Configuration, Denied> {
        self.order(SettingsOrder::Read).await
    }

    /// Changes them, as they were read in this version; gives what they are then. Routers are watched accordingly.
    pub async fn change(&self, change: Change, version: Option<u64>) -> Result<Configuration, Denied> {
        let by = self.by.clone();
        self.order(|answer| SettingsOrder::Change { change, version, by, answer }).await
    }

    /// What a file of routers would bring about, once it is known that it could, and of which version of the settings;
    /// nothing is changed.
    pub async fn plan(&self, file: &[u8]) -> Result<(Plan, u64), Denied> {
        let now = self.read().await?;
        let plan = Plan::new(file, &now).map_err(|faults| Denied::Refusal(Refusal::Faults(faults)))?;
        if let Some(change) = plan.change() {
            let version = Some(now.version);
            let tried = self.order(|answer| SettingsOrder::TryOut { change, version, answer }).await;
            tried.map_err(|denied| denied.of_file(&plan))?;
        }
        Ok((plan, now.version))
    }

    /// Takes the routers of a file, all or none, as they were looked at in this version, if one is said.
    pub async fn import(&self, file: &[u8], version: Option<u64>) -> Result<(Plan, u64), Denied> {
        let (plan, now) = self.plan(file).await?;
        if version.is_some_and(|version| version != now) {
            return Err(Denied::Refusal(Refusal::Stale(now)));
        }
        let Some(change) = plan.change() else { return Ok((plan, now)) };
        let changed = self.change(change, Some(now)).await.map_err(|denied| denied.of_file(&plan))?;
        Ok((plan, changed.version))
    }

    /// Tests a connection: of a router that is set, otherwise than it is set, or of a new one.
    pub async fn test(&self, router: Option<RouterName>, draft: Draft) -> Result<Report, Denied> {
        let limits = self.door.limits();
        limits.check(Budget::TestConnection, self.network).map_err(Problem::TooMany)?;
        if let Some(id) = &self.token {
            limits.check_token(Budget::TestConnection, id).map_err(Problem::TooMany)?;
        }
        let by = self.by.clone();
        self.order(|answer| SettingsOrder::Test { router, draft, by, answer }).await
    }
}

impl FromRequest for Configuring {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut found = || {
            let seen = Seen::from_request(request, payload).into_inner()?;
            let client = Client::from_request(request, payload).into_inner()?;
            let visitor = request.extensions().get::<Visitor>().cloned().ok_or(Problem::SignIn)?;
            let Actor { who, from } = visitor.actor(client.address);
            let is_token = visitor.kind == Kind::Token;
            let token = is_token.then(|| visitor.id.to_string());
            let door = request.app_data::<Data<Door>>().cloned().ok_or(Problem::Internal)?;
            let is_owner = visitor.role == Role::Admin && visitor.scope.is_all() && visitor.may_write;
            let network = Network::from(client.address);
            Ok(Self { seen, by: By { who, from }, network, token, is_owner, door })
        };
        ready(found())
    }
}
