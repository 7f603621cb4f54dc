//! Any actor of a crew may die of a mistake: its router is watched again at once, and no other router notices. And who
//! looks after the crews may make one: nobody notices.

use super::*;
use crate::actors::crew::FailPoint;

/// How many actors the crew of the first router has.
#[derive(Message)]
#[rtype(result = "usize")]
struct Members;

/// Has one of them die; says what it was.
#[derive(Message)]
#[rtype(result = "String")]
struct Die(usize);

fn fail_points(fleet: &Fleet) -> &[FailPoint] {
    fleet.ships[0].crew.as_ref().map_or(&[], |crew| &crew.fail_points)
}

impl Handler<Members> for Fleet {
    type Result = usize;

    fn handle(&mut self, _: Members, _: &mut Self::Context) -> usize {
        fail_points(self).len()
    }
}

impl Handler<Die> for Fleet {
    type Result = String;

    fn handle(&mut self, Die(member): Die, _: &mut Self::Context) -> Self::Result {
        let (name, fail) = &fail_points(self)[member];
        fail();
        (*name).to_owned()
    }
}

/// Has the first actor of the crew of this router die.
#[derive(Message)]
#[rtype(result = "()")]
struct DieOf(usize);

impl Handler<DieOf> for Fleet {
    type Result = ();

    fn handle(&mut self, DieOf(router): DieOf, _: &mut Self::Context) {
        (self.ships[router].crew.as_ref().unwrap().fail_points[0].1)();
    }
}

#[actix::test]
async fn any_actor_that_dies_is_replaced_within_a_second_and_other_routers_have_no_gap() {
    let (sick, well) = (peer(Manner::Answers), peer(Manner::Answers));
    let mut views = watch_all(&[&sick, &well]);
    let Watched { fleet, view: other, .. } = views.pop().unwrap();
    let mut watched = views.pop().unwrap();
    watched.until(|snapshot| snapshot.counts.online == 1 && snapshot.counts.offline == 1).await;
    let members = fleet.send(Members).await.unwrap();
    assert!(22 <= members, "{members}");
    let began = Clock::now();
    for member in 0..members {
        // It is well for more than a minute, as it is between two mistakes.
        tokio::time::sleep(STEADY + Duration::from_secs(1)).await;
        let cell = Arc::clone(&watched.view.restarts);
        let restarts = || cell.load(Ordering::Relaxed);
        let before = restarts();
        let name = fleet.send(Die(member)).await.unwrap();
        let died = Clock::now();
        while restarts() == before {
            assert_eq!(watched.view.snapshot.borrow().counts.total, 2, "{name}");
            assert!(died.elapsed() < Duration::from_secs(60), "{name} was not replaced");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(died.elapsed() <= Duration::from_secs(1), "{name}: {:?}", died.elapsed());
        watched.until(|snapshot| snapshot.link.is_live() && snapshot.counts.online == 1).await;
        assert_eq!(restarts(), before + 1, "{name}");
    }
    assert_eq!(other.restarts.load(Ordering::Relaxed), 0);
    let polls = well.asked("/interface/print");
    // Read each five seconds, and some things once a minute: nobody was late.
    let longest = polls.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest <= Duration::from_millis(5_500), "a gap of {longest:?}");
    assert!(began.elapsed().as_secs() / 5 <= polls.len() as u64 + 2, "{}", polls.len());
    assert_eq!((well.dials().len(), well.sign_ins()), (2, 2));
    // Also not while one crew takes the place of another.
    assert_eq!((sick.most_sessions(), well.most_sessions()), (2, 2));
}

#[actix::test]
async fn a_mistake_of_the_fleet_itself_costs_no_router_anything() {
    let (sick, well) = (peer(Manner::Answers), peer(Manner::Answers));
    let mut views = watch_all(&[&sick, &well]);
    let Watched { view: other, .. } = views.pop().unwrap();
    let mut watched = views.pop().unwrap();
    watched.until(|snapshot| snapshot.counts.online == 1 && snapshot.counts.offline == 1).await;
    let began = Clock::now();
    for mistakes in 1..=10 {
        watched.fleet.send(Step::Checking).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(watched.mistakes.load(Ordering::Relaxed), mistakes);
        assert!(watched.fleet.connected());
        assert_eq!(watched.view.snapshot.borrow().counts.online, 1);
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    for peer in [&sick, &well] {
        assert_eq!((peer.dials().len(), peer.sign_ins()), (2, 2));
        let polls = peer.asked("/interface/print");
        let longest = polls.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest <= Duration::from_millis(5_500), "a gap of {longest:?}");
        assert!(began.elapsed().as_secs() / 5 <= polls.len() as u64 + 2, "{}", polls.len());
    }
    assert_eq!(other.restarts.load(Ordering::Relaxed) + watched.view.restarts.load(Ordering::Relaxed), 0);
    // It looks after crews as before, also while it makes the next mistake.
    watched.fleet.send(Step::Checking).await.unwrap();
    watched.fleet.send(Die(0)).await.unwrap();
    let died = Clock::now();
    while watched.view.restarts.load(Ordering::Relaxed) == 0 {
        assert!(died.elapsed() < Duration::from_secs(60), "it was not replaced");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(died.elapsed() <= Duration::from_millis(1_500), "{:?}", died.elapsed());
}

#[actix::test]
async fn a_crew_that_cannot_be_built_is_built_soon_after_and_others_do_not_wait_for_it() {
    let (sick, well) = (peer(Manner::Answers), peer(Manner::Answers));
    let mut views = watch_all(&[&sick, &well]);
    let mut other = views.pop().unwrap();
    let mut watched = views.pop().unwrap();
    let both = |snapshot: &Snapshot| snapshot.counts.online == 1 && snapshot.counts.offline == 1;
    watched.until(both).await;
    other.until(both).await;
    tokio::time::sleep(STEADY + Duration::from_secs(1)).await;
    watched.fleet.send(Step::Building("r1".parse().unwrap())).await.unwrap();
    for router in 0..2 {
        watched.fleet.send(DieOf(router)).await.unwrap();
    }
    let died = Clock::now();
    let restarts = |watched: &Watched| watched.view.restarts.load(Ordering::Relaxed);
    while restarts(&other) == 0 {
        assert!(died.elapsed() <= Duration::from_secs(1), "the other waits");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!((restarts(&watched), watched.mistakes.load(Ordering::Relaxed)), (0, 1));
    while restarts(&watched) == 0 {
        assert!(died.elapsed() <= Duration::from_secs(3), "it is not tried again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    watched.until(|snapshot| snapshot.link.is_live() && both(snapshot)).await;
    // What was half built is gone, and calls nobody.
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!((sick.most_sessions(), well.most_sessions()), (2, 2));
}
