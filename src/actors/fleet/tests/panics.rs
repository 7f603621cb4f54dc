//! Any actor of a crew may die of a mistake: its router is watched again at once, and no other router notices.

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
}
