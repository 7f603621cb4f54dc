//! What one client says and is answered, without its socket.

mod monitors;

use super::jobs::{Job, Work, interval};
use super::plan::Policies;
use super::said;
use super::selection::Selection;
use super::service::Service;
use super::values::{id, put_id, put_number};
use super::world::{BACKLOG, Heard, Menu, Refused};
use crate::routeros::login;
use crate::routeros::server::{Replies, Request, Server, fatal};
use crate::routeros::{Limits, ProtocolError};
use bytes::BytesMut;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The sign-in that is refused for good: four are answered, the fifth ends the connection.
const LAST_FAILURE: u8 = 5;

/// A client may send this many commands before it reads the answers.
const MOST_JOBS: usize = 100;

/// Verbs that would change something.
static WRITES: [&str; 16] = [
    "add",
    "set",
    "remove",
    "enable",
    "disable",
    "unset",
    "move",
    "reset",
    "reset-counters",
    "reset-counters-all",
    "comment",
    "make-static",
    "request-logout",
    "reboot",
    "shutdown",
    "check-for-updates",
];

/// One client's side of the service.
pub struct Conversation {
    service: Arc<Service>,
    from: String,
    server: Server,
    out: Vec<u8>,
    sent: usize,
    jobs: Vec<Job>,
    last_job: u64,
    hears: mpsc::Sender<Heard>,
    heard: mpsc::Receiver<Heard>,
    user: Option<(u64, Vec<u8>)>,
    policies: Policies,
    challenge: Option<[u8; 16]>,
    failures: u8,
    over: bool,
}

impl Conversation {
    /// The start of a conversation with a client at this address.
    pub fn new(service: Arc<Service>, from: String) -> Self {
        let (tell, heard) = mpsc::channel(BACKLOG);
        Self {
            hears: tell,
            service,
            from,
            // A router takes no long commands either.
            server: Server::new(Limits { word: 1 << 20, sentence: 1 << 20, reply: 0 }),
            out: Vec::new(),
            sent: 0,
            jobs: Vec::new(),
            last_job: 0,
            heard,
            user: None,
            policies: Policies { read: false, ..Policies::default() },
            challenge: None,
            failures: 0,
            over: false,
        }
    }

    /// What is to be sent.
    pub fn pending(&self) -> &[u8] {
        self.out.get(self.sent..).unwrap_or_default()
    }

    /// Notes that so many pending bytes were sent.
    pub fn sent(&mut self, bytes: usize) {
        self.sent += bytes;
        if self.out.len() <= self.sent {
            self.out.clear();
            self.sent = 0;
        }
    }

    /// Whether the connection is to be closed once everything pending is sent.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Whether more can be taken in: a client that does not read is not listened to either.
    pub fn is_ready(&self, ahead: usize) -> bool {
        !self.over && self.pending().len() < ahead && self.jobs.len() < MOST_JOBS
    }

    /// The bytes to be sent, the receive buffer, and the changes heard of: all at once.
    pub fn split(&mut self) -> (&[u8], &mut BytesMut, &mut mpsc::Receiver<Heard>) {
        let pending = self.out.get(self.sent..).unwrap_or_default();
        (pending, self.server.buffer(), &mut self.heard)
    }

    /// When there is something to do without being asked.
    pub fn due(&self) -> Option<Instant> {
        self.jobs.iter().filter_map(Job::due).min()
    }

    /// Answers what is in the receive buffer.
    pub fn read(&mut self) -> Result<(), ProtocolError> {
        let mut requests = Vec::new();
        let result = self.server.process(|request| requests.push(request));
        for request in requests {
            if !self.over {
                self.answer(&request);
            }
        }
        result
    }

    /// Goes on with what takes long, until so much is pending; jobs take turns.
    pub fn work(&mut self, ahead: usize) {
        // Moving what is pending to the front costs no more than sending it did.
        if 0 < self.sent && self.out.len() <= self.sent * 2 {
            self.out.drain(..self.sent);
            self.sent = 0;
        }
        let now = Instant::now();
        while self.pending().len() < ahead {
            let Some(index) = self.jobs.iter().position(|job| job.can_work(now)) else { break };
            let mut job = self.jobs.remove(index);
            // A job that goes on stands behind the others now.
            if job.work(&self.service, &mut self.out, ahead / 2, now) {
                self.jobs.push(job);
            } else {
                job.forget(&self.service, &self.hears);
            }
        }
    }

    /// Tells the client of a change, if it still listens.
    pub fn hear(&mut self, (mark, change): Heard) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.mark == mark) {
            job.hear(&self.service, change, &mut self.out);
        }
    }

    fn answer(&mut self, request: &Request) {
        said::write_down(&self.service, self.policies.write, request);
        let count = |service: &Service, command: u64| {
            let mut counters = service.counting();
            counters.commands += command;
            *counters.commands_by_path.entry(request.path.clone()).or_default() += 1;
            if !request.only_looks() {
                *counters.changing_by_path.entry(request.path.clone()).or_default() += 1;
            }
        };
        if request.path == "/login" {
            count(&self.service, 0);
            return self.sign_in(request);
        }
        count(&self.service, 1);
        if self.user.is_none() {
            return self.end("not logged in");
        }
        match request.path.as_str() {
            "/quit" => self.end("session terminated on request"),
            "/cancel" => self.cancel(request),
            _ => {
                if let Err((category, message)) = self.command(request) {
                    let mut replies = Replies::new(&mut self.out, request.tag.as_deref());
                    replies.trap(category, &message);
                    replies.done();
                }
            }
        }
    }

    fn end(&mut self, reason: &str) {
        fatal(&mut self.out, reason);
        self.over = true;
    }

    fn sign_in(&mut self, request: &Request) {
        let name = request.attribute("name").unwrap_or_default();
        let response = request.attribute("response");
        if self.service.legacy_login && response.is_none() {
            // Before 6.43 a password in clear is not understood: it only asks for a challenge.
            let challenge = login::challenge();
            let ret = login::hex(&challenge);
            Replies::new(&mut self.out, request.tag.as_deref()).done_with(ret.as_bytes());
            self.challenge = Some(challenge);
            return;
        }
        let accepted = match (response, self.challenge.take()) {
            (Some(response), Some(challenge)) => self.service.accepts_response(name, &challenge, response),
            (Some(_), None) => None,
            (None, _) => self.service.accepts(name, request.attribute("password").unwrap_or_default()),
        };
        if let Some(policies) = accepted {
            if self.user.is_none() {
                self.policies = policies;
                self.user = Some((self.service.enter(name, &self.from), name.to_vec()));
            }
            return Replies::new(&mut self.out, request.tag.as_deref()).done();
        }
        self.service.refuse(name, &self.from);
        self.failures += 1;
        if self.failures == LAST_FAILURE {
            return self.end("too many commands before login");
        }
        let legacy = self.service.legacy_login;
        let message = if legacy { "cannot log in" } else { "invalid user name or password (6)" };
        let mut replies = Replies::new(&mut self.out, request.tag.as_deref());
        replies.trap(None, message);
        replies.done();
    }

    fn cancel(&mut self, request: &Request) {
        let which = request.attribute("tag");
        let mut ended = Vec::new();
        for job in std::mem::take(&mut self.jobs) {
            if which.is_none() || which == job.tag.as_deref() {
                Replies::new(&mut self.out, job.tag.as_deref()).trap(Some(2), "interrupted");
                job.forget(&self.service, &self.hears);
                ended.push(job.tag);
            } else {
                self.jobs.push(job);
            }
        }
        Replies::new(&mut self.out, request.tag.as_deref()).done();
        for tag in ended {
            Replies::new(&mut self.out, tag.as_deref()).done();
        }
    }

    fn command(&mut self, request: &Request) -> Result<(), Refused> {
        let service = self.service.clone();
        if let Some(menu) = service.world.menu(&request.path).filter(|menu| menu.is_monitor) {
            return self.monitor(menu, request);
        }
        let Some(menu) = service.world.menu(request.menu()).filter(|menu| !menu.is_monitor) else {
            let message = if service.world.has(request.menu()) { NO_COMMAND } else { NO_PREFIX };
            return Err(refused(Some(0), message));
        };
        match request.verb() {
            "print" | "getall" | "listen" | "get" | "monitor-traffic" if !self.policies.read => {
                Err(refused(None, NOT_PERMITTED))
            }
            "print" | "getall" if request.has("count-only") => self.count(menu, request),
            "print" | "getall" => self.print(menu, request),
            "listen" => self.listen(menu, request),
            "get" => self.get(menu, request),
            "monitor-traffic" if request.menu() == "/interface" => self.monitor_traffic(request),
            verb if WRITES.contains(&verb) => self.change(request),
            _ => Err(refused(Some(0), NO_COMMAND)),
        }
    }

    fn change(&mut self, request: &Request) -> Result<(), Refused> {
        let service = self.service.clone();
        let (true, Some(changes)) = (self.policies.write, service.world.changes()) else {
            return Err(refused(None, NOT_PERMITTED));
        };
        let by = self.user.as_ref().map_or(b"".as_slice(), |(_, name)| name);
        let made = changes.change(request, by).unwrap_or_else(|| Err(refused(Some(0), NO_COMMAND)))?;
        let mut replies = Replies::new(&mut self.out, request.tag.as_deref());
        match made {
            Some(key) => {
                let mut ret = Vec::new();
                put_id(&mut ret, key);
                replies.done_with(&ret);
            }
            None => replies.done(),
        }
        Ok(())
    }

    fn selection(&self, menu: &Menu, request: &Request) -> Result<Selection, Refused> {
        Selection::new(menu, request, self.policies.sensitive).map_err(|message| (None, message))
    }

    fn print(&mut self, menu: &Menu, request: &Request) -> Result<(), Refused> {
        let follows = request.has("follow") || request.has("follow-only");
        let every = match request.attribute("interval") {
            Some(text) => {
                Some(interval(text).ok_or_else(|| refused(Some(1), "invalid value for argument interval"))?)
            }
            None => None,
        };
        if follows && menu.feed.is_none() {
            return Err((None, "unknown parameter follow".to_owned()));
        }
        let work = if request.has("follow-only") { Work::Follow } else { Work::print(follows, every) };
        let selection = self.selection(menu, request)?;
        self.begin(request, work, Some(selection), menu.feed.as_ref().filter(|_| follows));
        Ok(())
    }

    fn listen(&mut self, menu: &Menu, request: &Request) -> Result<(), Refused> {
        let Some(feed) = &menu.feed else { return Err(refused(Some(0), NO_COMMAND)) };
        let selection = self.selection(menu, request)?;
        self.begin(request, Work::Follow, Some(selection), Some(feed));
        Ok(())
    }

    fn begin(
        &mut self,
        request: &Request,
        work: Work,
        selection: Option<Selection>,
        feed: Option<&super::world::Feed>,
    ) {
        self.last_job += 1;
        let mark = self.last_job;
        if let Some(feed) = feed {
            feed.listen(mark, self.hears.clone());
        }
        let (menu, tag) = (request.menu().to_owned(), request.tag.clone());
        self.jobs.push(Job { mark, tag, menu, work, selection });
    }

    fn count(&mut self, menu: &Menu, request: &Request) -> Result<(), Refused> {
        let mut selection = self.selection(menu, request)?;
        let mut count = 0;
        menu.source.visit(None, &mut |key, cells| {
            count += u64::from(selection.passes(key, cells));
            true
        });
        let mut ret = Vec::new();
        put_number(&mut ret, count);
        Replies::new(&mut self.out, request.tag.as_deref()).done_with(&ret);
        Ok(())
    }

    fn get(&mut self, menu: &Menu, request: &Request) -> Result<(), Refused> {
        let item = request.attribute(".id").or_else(|| request.attribute("number"));
        let selection = self.selection(menu, request)?;
        let mut ret = None;
        let mut take = |key, cells: &dyn super::world::Cells| {
            ret = Some(match request.attribute("value-name") {
                // A missing value and an empty one look the same.
                Some(name) => {
                    let mut value = Vec::new();
                    selection.value(name, key, cells, &mut value);
                    value
                }
                None => selection.summary(key, cells),
            });
        };
        match item.map(id) {
            Some(Some(key)) => menu.source.find(key, &mut |cells| take(key, cells)),
            None if menu.singleton => menu.source.visit(None, &mut |key, cells| {
                take(key, cells);
                false
            }),
            _ => {}
        }
        let ret = ret.ok_or_else(|| refused(Some(0), "no such item"))?;
        Replies::new(&mut self.out, request.tag.as_deref()).done_with(&ret);
        Ok(())
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        for job in &self.jobs {
            job.forget(&self.service, &self.hears);
        }
        if let Some((key, name)) = self.user.take() {
            self.service.leave(key, &name, &self.from);
        }
    }
}

fn refused(category: Option<u8>, message: &str) -> Refused {
    (category, message.to_owned())
}

const NO_COMMAND: &str = "no such command";
const NO_PREFIX: &str = "no such command prefix";
const NOT_PERMITTED: &str = "not enough permissions (9)";
