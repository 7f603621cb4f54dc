//! What an operator changes on a simulated router: the commands, what is wrong with them, and what they do.

mod accounts;
mod hotspot;

use super::isp::Isp;
use super::values::id;
use super::world::{Changes, Refused};
use crate::routeros::server::Request;
use std::sync::Arc;

/// Carries changing commands out on a synthetic ISP.
pub struct Operator(Arc<Isp>);

impl Operator {
    /// Who changes this ISP.
    pub fn new(isp: Arc<Isp>) -> Self {
        Self(isp)
    }
}

impl Changes for Operator {
    fn change(&self, request: &Request, by: &[u8]) -> Option<Result<Option<u64>, Refused>> {
        let order = Order { isp: &self.0, request, by };
        Some(match (request.menu(), request.verb()) {
            ("/ppp/active", "remove") => order.each(accounts::disconnect),
            ("/ppp/secret", "add") => accounts::add(&order).map(Some),
            ("/ppp/secret", "set") => order.each(accounts::set),
            ("/ppp/secret", "enable") => order.each(|order, key| accounts::switch(order, key, true)),
            ("/ppp/secret", "disable") => order.each(|order, key| accounts::switch(order, key, false)),
            ("/ppp/secret", "remove") => order.each(accounts::remove),
            ("/ip/hotspot/active", "remove") => order.each(hotspot::send_away),
            ("/ip/hotspot/cookie", "remove") => order.each(hotspot::forget_cookie),
            ("/ip/hotspot/user", "add") => hotspot::add(&order).map(Some),
            ("/ip/hotspot/user", "set") => order.each(hotspot::set),
            ("/ip/hotspot/user", "enable") => order.each(|order, key| hotspot::switch(order, key, true)),
            ("/ip/hotspot/user", "disable") => order.each(|order, key| hotspot::switch(order, key, false)),
            ("/ip/hotspot/user", "remove") => order.each(hotspot::remove),
            ("/ip/dhcp-server/lease", "make-static") => order.each(hotspot::make_static),
            _ => return None,
        })
    }
}

/// One command, and on which ISP whom it comes from.
struct Order<'a> {
    isp: &'a Isp,
    request: &'a Request,
    by: &'a [u8],
}

impl Order<'_> {
    /// Does something to each row that is named; a row that is not there ends it.
    fn each(&self, act: impl Fn(&Self, u64) -> Result<(), Refused>) -> Result<Option<u64>, Refused> {
        let named = self.request.attribute(".id").or_else(|| self.request.attribute("numbers"));
        let named = named.ok_or_else(|| refused("missing value(s) of argument(s) numbers"))?;
        for one in named.split(|&byte| byte == b',') {
            act(self, id(one).ok_or_else(gone)?)?;
        }
        Ok(None)
    }

    /// Refuses what this command does not know.
    fn only(&self, known: &[&str]) -> Result<(), Refused> {
        let mut names = self.request.attributes.iter().map(|(name, _)| String::from_utf8_lossy(name));
        match names.find(|name| !known.contains(&name.as_ref())) {
            Some(name) => Err(refused(&format!("unknown parameter {name}"))),
            None => Ok(()),
        }
    }

    /// Refuses what a test wants to be refused.
    fn may_touch(&self, name: &[u8]) -> Result<(), Refused> {
        self.isp.stubborn(name).map_or(Ok(()), |message| Err(refused(&message)))
    }

    /// The name that a new row is to have.
    fn name(&self) -> Result<&[u8], Refused> {
        let name = self.request.attribute("name").filter(|name| !name.is_empty());
        name.ok_or_else(|| refused("missing value(s) of argument(s) name"))
    }

    /// `disabled`, if it was said.
    fn disabled(&self) -> Result<Option<bool>, Refused> {
        match self.request.attribute("disabled") {
            None => Ok(None),
            Some(b"yes" | b"true") => Ok(Some(true)),
            Some(b"no" | b"false") => Ok(Some(false)),
            Some(_) => Err(refused("invalid value for argument disabled")),
        }
    }

    /// Writes a line about what was done to something.
    fn log(&self, what: &str, name: &[u8], done: &str) {
        let line = [what.as_bytes(), b" <", name, b"> ", done.as_bytes(), b" by ", self.by].concat();
        self.isp.log.write("system,info", line);
    }
}

fn refused(message: &str) -> Refused {
    (None, message.to_owned())
}

fn gone() -> Refused {
    (Some(0), "no such item (4)".to_owned())
}
