//! The connection against a scripted router, on a clock that only moves when nothing else can.

use super::*;
use crate::actors::peer::{Manner, Peer};
use crate::routeros::{Command, Row};
use std::sync::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

type Links = Arc<Mutex<Vec<(Instant, Link, Calls)>>>;

/// Hears of the link's changes.
struct Ear(Links);

impl Actor for Ear {
    type Context = Context<Self>;
}

impl Handler<LinkChanged> for Ear {
    type Result = ();

    fn handle(&mut self, LinkChanged { link, calls }: LinkChanged, _: &mut Self::Context) {
        self.0.lock().unwrap().push((Instant::now(), link, calls));
    }
}

const DEADLINE: Duration = Duration::from_secs(10);

fn connect(peer: &Peer) -> (Addr<Connection>, Links) {
    tokio::time::pause();
    let links = Links::default();
    let setup = Setup {
        router: "r1".parse().unwrap(),
        dial: Arc::new(peer.clone()),
        credentials: Credentials {
            username: "monitor".to_owned(),
            password: "canary".into(),
            forbid_clear_sign_in: false,
        },
        charset: Charset::default(),
        deadline: DEADLINE,
        tap: None,
    };
    let ear = Ear(Arc::clone(&links)).start();
    (Connection::new(setup, Arc::default(), ear.recipient()).start(), links)
}

/// Counts rows.
struct Count(u64, Option<oneshot::Sender<(u64, Ended)>>);

impl Collect for Count {
    fn row(&mut self, _: Row<'_>, _: std::time::Instant) {
        self.0 += 1;
    }

    fn end(mut self: Box<Self>, end: Ended) {
        let _ = self.1.take().unwrap().send((self.0, end));
    }
}

fn ask(connection: &Addr<Connection>) -> oneshot::Receiver<(u64, Ended)> {
    let (sender, answer) = oneshot::channel();
    let into = Box::new(Count(0, Some(sender)));
    connection.do_send(Query::new(Command::new("/interface/print"), into));
    answer
}

/// Waits until the newest link is one of this word, and gives the time that took.
async fn wait_for(links: &Links, word: &str) -> Duration {
    let start = Instant::now();
    loop {
        if links.lock().unwrap().last().is_some_and(|(_, link, _)| link.word() == word) {
            return start.elapsed();
        }
        assert!(start.elapsed() < Duration::from_secs(3_600), "never {word}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Asks a router of this manner, and expects the exchange to be over in time and the link to be down.
async fn check_deadline(manner: Manner) {
    let peer = Peer::new(Manner::Answers);
    let (connection, links) = connect(&peer);
    wait_for(&links, "live").await;
    peer.behave(manner);
    let start = Instant::now();
    let (_, end) = ask(&connection).await.unwrap();
    let Ended::Lost(lost) = end else { panic!("{manner:?}: {end:?}") };
    // Some bytes of an answer are no silence.
    let expect =
        if manner == Manner::Silent { "did not answer within 10 s" } else { "did not finish its answer" };
    assert!(lost.to_string().contains(expect), "{manner:?}: {lost}");
    assert!(start.elapsed() <= DEADLINE + Duration::from_secs(1), "{manner:?}: {:?}", start.elapsed());
    wait_for(&links, "down").await;
    peer.behave(Manner::Answers);
    assert!(wait_for(&links, "live").await <= Duration::from_secs(1), "{manner:?}");
}

#[actix::test]
async fn silence_ends_within_the_deadline() {
    check_deadline(Manner::Silent).await;
}

#[actix::test]
async fn a_trickle_of_bytes_ends_within_the_deadline() {
    check_deadline(Manner::Trickles).await;
}

#[actix::test]
async fn a_reply_that_stalls_after_many_rows_ends_within_the_deadline() {
    check_deadline(Manner::Stalls).await;
}

#[actix::test]
async fn a_large_table_of_a_slow_router_is_heard_out() {
    let peer = Peer::new(Manner::Slow(50_000));
    let (connection, links) = connect(&peer);
    wait_for(&links, "live").await;
    let start = Instant::now();
    let (rows, end) = ask(&connection).await.unwrap();
    assert_eq!(rows, 50_000);
    assert!(matches!(end, Ended::Reply { outcome, .. } if outcome.rows == 50_000));
    assert!(DEADLINE < start.elapsed(), "the test is about replies longer than the deadline");
}

#[actix::test]
async fn one_connection_is_one_sign_in_and_questions_wait_for_each_other() {
    let peer = Peer::new(Manner::Delays(100));
    let (connection, links) = connect(&peer);
    wait_for(&links, "live").await;
    let answers: Vec<_> = (0..50).map(|_| ask(&connection)).collect();
    for answer in answers {
        assert!(matches!(answer.await.unwrap().1, Ended::Reply { .. }));
    }
    assert_eq!((peer.dials().len(), peer.sign_ins()), (1, 1));
    let asked = peer.asked("/interface/print");
    assert!(asked.windows(2).all(|pair| Duration::from_millis(100) <= pair[1] - pair[0]), "they overlap");
}

#[actix::test]
async fn a_router_killed_twenty_times_is_live_within_five_seconds_each_time() {
    let peer = Peer::new(Manner::Answers);
    let (_connection, links) = connect(&peer);
    for round in 0..20 {
        wait_for(&links, "live").await;
        peer.behave(Manner::Off);
        peer.hang_up();
        wait_for(&links, "down").await;
        tokio::time::sleep(Duration::from_millis(300 * round)).await;
        peer.behave(Manner::Answers);
        let took = wait_for(&links, "live").await;
        assert!(took < Duration::from_secs(5), "round {round}: {took:?}");
    }
    assert_eq!(peer.sign_ins(), 21);
}

#[actix::test]
async fn ten_minutes_of_outage_see_at_most_fourteen_attempts() {
    let peer = Peer::new(Manner::Answers);
    let (_connection, links) = connect(&peer);
    wait_for(&links, "live").await;
    peer.behave(Manner::Off);
    peer.hang_up();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let attempts = peer.dials().len() - 1;
    assert!((10..=14).contains(&attempts), "{attempts}");
    let since: Vec<_> =
        links.lock().unwrap().iter().filter_map(|(_, link, _)| Some(link.trouble()?.since)).collect();
    assert!(since.windows(2).all(|pair| pair[0] == pair[1]), "an outage begins once");
}

#[actix::test]
async fn rejected_credentials_are_hardly_tried_again() {
    let peer = Peer::new(Manner::Rejects);
    let (_connection, links) = connect(&peer);
    wait_for(&links, "refused").await;
    for (hours, most) in [(1, 3), (24, 26)] {
        let end = peer.dials()[0] + Duration::from_secs(hours * 3_600);
        tokio::time::sleep_until(end).await;
        assert!((2..=most).contains(&peer.sign_ins()), "{} in {hours} hours", peer.sign_ins());
    }
    let links = links.lock().unwrap();
    let trouble = links.last().unwrap().1.trouble().unwrap();
    assert!(trouble.what.contains("user name or password") && !format!("{trouble:?}").contains("canary"));
}

#[actix::test]
async fn a_web_server_is_called_what_it_is() {
    let peer = Peer::new(Manner::Web);
    let (_connection, links) = connect(&peer);
    wait_for(&links, "down").await;
    let what = links.lock().unwrap().last().unwrap().1.trouble().unwrap().what.clone();
    assert!(what.contains("not the RouterOS API (it looks like HTTP)"), "{what}");
}

#[actix::test]
async fn a_server_that_greets_and_waits_is_no_silent_router() {
    let peer = Peer::new(Manner::Greets);
    let (_connection, links) = connect(&peer);
    wait_for(&links, "down").await;
    let what = links.lock().unwrap().last().unwrap().1.trouble().unwrap().what.clone();
    assert!(what.contains("something that is not the RouterOS API"), "{what}");
}

#[actix::test]
async fn an_answer_without_end_is_given_up_and_called_too_long() {
    let peer = Peer::new(Manner::Answers);
    let (connection, links) = connect(&peer);
    wait_for(&links, "live").await;
    peer.behave(Manner::Floods);
    let (rows, end) = ask(&connection).await.unwrap();
    assert!(matches!(end, Ended::Lost(Lost::TooLong { .. })), "{end:?}");
    assert!((50_000..100_000).contains(&rows), "{rows}");
}

/// Counts the changes of a follow.
struct Changes(u32, Option<oneshot::Sender<(u32, FollowEnd)>>);

impl FollowRows for Changes {
    fn started(&mut self) {}

    fn row(&mut self, _: Row<'_>, _: std::time::Instant) {
        self.0 += 1;
    }

    fn caught_up(&mut self) {}

    fn end(mut self: Box<Self>, end: FollowEnd) {
        let _ = self.1.take().unwrap().send((self.0, end));
    }
}

#[actix::test]
async fn changes_without_end_are_taken_up_to_a_burst() {
    let peer = Peer::new(Manner::Answers);
    let (connection, links) = connect(&peer);
    wait_for(&links, "live").await;
    peer.behave(Manner::Floods);
    let (sender, ended) = oneshot::channel();
    let into = Box::new(Changes(0, Some(sender)));
    connection.do_send(Follow::new(Command::new("/ppp/active/listen"), into));
    let (rows, end) = ended.await.unwrap();
    assert!(matches!(end, FollowEnd::Lost(Lost::Flood { .. })), "{end:?}");
    assert!((20_000..30_000).contains(&rows), "{rows}");
    assert!(links.lock().unwrap().last().unwrap().1.is_live(), "polls go on");
}

#[actix::test]
async fn calls_are_counted_by_how_they_end() {
    let peer = Peer::new(Manner::Answers);
    let (_connection, links) = connect(&peer);
    wait_for(&links, "live").await;
    peer.behave(Manner::Off);
    peer.hang_up();
    wait_for(&links, "down").await;
    let calls = || links.lock().unwrap().last().unwrap().2;
    assert_eq!(calls(), Calls { succeeded: 1, lost: 1, ..Calls::default() });
    while calls().failed < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    peer.behave(Manner::Answers);
    wait_for(&links, "live").await;
    assert_eq!((calls().succeeded, calls().lost), (2, 1));
}

#[actix::test]
async fn questions_that_wait_when_the_router_goes_away_are_told_so() {
    let peer = Peer::new(Manner::Delays(2_000));
    let (connection, links) = connect(&peer);
    wait_for(&links, "live").await;
    let answers: Vec<_> = (0..5).map(|_| ask(&connection)).collect();
    peer.hang_up();
    for answer in answers {
        assert!(matches!(answer.await.unwrap().1, Ended::Lost(_)));
    }
}
