//! A way for tests to have any actor of a crew die of a mistake.

use crate::actors::connection::Connection;
use crate::actors::follower::{Followable, Follower};
use crate::actors::monitor::Monitor;
use crate::actors::poller::Poller;
use crate::actors::router_log::RouterLog;
use crate::domain::resource::Resource;
use actix::dev::ToEnvelope;
use actix::prelude::*;
use std::cell::Cell;

thread_local! {
    static HALF_WAY: Cell<bool> = const { Cell::new(false) };
}

/// Has the next crew that is built on this thread fail when half of it is there.
pub(in crate::actors) fn fail_half_way() {
    HALF_WAY.set(true);
}

/// Panics here, if that is wanted.
pub(super) fn half_way() {
    assert!(!HALF_WAY.take(), "a mistake while a crew is built");
}

/// Has an actor panic.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Fail;

/// What has this actor panic, and what it is.
pub(in crate::actors) type FailPoint = (&'static str, Box<dyn Fn()>);

pub(super) fn of<A>(address: &Addr<A>) -> FailPoint
where
    A: Actor + Handler<Fail>,
    A::Context: ToEnvelope<A, Fail>,
{
    let address = address.clone();
    (std::any::type_name::<A>(), Box::new(move || address.do_send(Fail)))
}

macro_rules! fails {
    ($(($($generics:tt)*) $actor:ty),+ $(,)?) => {$(
        impl $($generics)* Handler<Fail> for $actor {
            type Result = ();

            fn handle(&mut self, _: Fail, _: &mut Self::Context) {
                panic!("a mistake in {}", std::any::type_name::<Self>());
            }
        }
    )+};
}

fails! {
    (<R: Resource>) Poller<R>,
    (<R: Followable>) Follower<R>,
    () Connection,
    () Monitor,
    () RouterLog,
}
