use super::*;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A thousand guesses from so many addresses, in one minute, while the owner signs in each ten seconds.
async fn check(addresses: u8) {
    let people = with(&[]).await;
    let waiting = Arc::new(AtomicUsize::new(0));
    let (mut evaluated, mut refused) = (HashMap::<IpAddr, usize>::new(), 0);
    for tick in 0..6 {
        let guesses: Vec<_> = (0..1000)
            .filter(|n| n % 6 == tick)
            .map(|n| {
                let away = IpAddr::from(Ipv4Addr::new(
                    198,
                    51,
                    100,
                    u8::try_from(n % usize::from(addresses)).unwrap(),
                ));
                let (people, waiting) = (people.clone(), Arc::clone(&waiting));
                let second = i64::try_from(10 * tick).unwrap();
                tokio::spawn(async move {
                    waiting.fetch_add(1, Relaxed);
                    let guess = people
                        .sign_in(attempt("ana", &format!("guess {n} of many"), away), || at(second))
                        .await;
                    waiting.fetch_sub(1, Relaxed);
                    (away, guess.map(|_| ()))
                })
            })
            .collect();
        // The owner comes when the guessers have begun.
        while waiting.load(Relaxed) == 0 && guesses.iter().any(|guess| !guess.is_finished()) {
            tokio::task::yield_now().await;
        }
        sign_in(&people, "ana", i64::try_from(10 * tick).unwrap()).await;
        for guess in guesses {
            match guess.await.unwrap() {
                (away, Err(SignInError::Wrong)) => *evaluated.entry(away).or_default() += 1,
                (_, Err(SignInError::TooMany { retry_after })) => {
                    assert!(1 <= retry_after.as_secs() && retry_after.as_secs() <= 60);
                    refused += 1;
                }
                (_, other) => panic!("{other:?}"),
            }
        }
    }
    let sum: usize = evaluated.values().sum();
    assert_eq!(sum + refused, 1000);
    assert!(evaluated.values().all(|count| *count <= 5), "{evaluated:?}");
    assert!(0 < sum && evaluated.len() == usize::from(addresses), "{evaluated:?}");
    people.tidy(at(60)).unwrap();
    let log = actions(&people);
    assert!(log.len() < 200 && people.verify_audit().is_ok(), "{} lines", log.len());
    let count = |line: &String| match line.rsplit_once(", ") {
        Some((_, more)) => more.split(' ').next().unwrap().parse::<usize>().unwrap(),
        None => 1,
    };
    let told: usize = log.iter().filter(|line| line.contains("session.refused")).map(count).sum();
    assert_eq!(told, 1000, "none is forgotten: {log:?}");
}

#[tokio::test]
async fn a_thousand_guesses_from_one_address_do_not_keep_the_owner_out() {
    check(1).await;
}

#[tokio::test]
async fn a_thousand_guesses_from_a_hundred_addresses_do_not_keep_the_owner_out() {
    check(100).await;
}

#[tokio::test]
async fn two_passwords_are_hashed_at_once_even_when_those_who_asked_are_gone() {
    let people = nobody();
    let running = Arc::new(AtomicUsize::new(0));
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let ask = || {
        let (people, running, released) = (people.clone(), Arc::clone(&running), Arc::clone(&released));
        tokio::spawn(async move {
            let work = move || {
                let count = running.fetch_add(1, Relaxed) + 1;
                // Ends when the test says so.
                lock(&released).recv().unwrap();
                running.fetch_sub(1, Relaxed);
                count
            };
            people.hashing(work).await.unwrap()
        })
    };
    let gone: Vec<_> = (0..2).map(|_| ask()).collect();
    while running.load(Relaxed) < 2 {
        tokio::task::yield_now().await;
    }
    gone.iter().for_each(tokio::task::JoinHandle::abort);
    let waiting: Vec<_> = (0..6).map(|_| ask()).collect();
    for _ in 0..8 {
        release.send(()).unwrap();
    }
    for one in waiting {
        assert!(one.await.unwrap() <= 2);
    }
}

#[tokio::test]
async fn a_name_that_was_typed_is_not_kept_as_it_may_be_a_password() {
    let people = with(&[]).await;
    people.sign_in(attempt("canary-typed-here", "x", home()), || at(0)).await.unwrap_err();
    people.sign_in(attempt("ANA", "x", home()), || at(0)).await.unwrap_err();
    let log = actions(&people);
    assert_eq!(log[1..], ["no such user session.refused  refused", "ana session.refused  refused"]);
}

/// Attempts of a name that exists and of one that does not, in turn: how far apart their times are. Two thousand of each
/// in a full run, which take minutes.
#[tokio::test]
async fn the_time_of_a_refusal_does_not_tell_whether_the_name_exists() {
    let people = with(&[]).await;
    let attempts = if std::env::var_os("RUN_SLOW_TESTS").is_some() { 4000 } else { 200 };
    let mut times: [Vec<f64>; 2] = Default::default();
    for n in 0..attempts {
        let (name, which) = if u32::is_multiple_of(n, 2) { ("ana", 0) } else { ("eve", 1) };
        let away = IpAddr::from(Ipv4Addr::from(0x0a00_0000 + n));
        let since = std::time::Instant::now();
        people
            .sign_in(attempt(name, "a wrong one of some length", away), || at(i64::from(n)))
            .await
            .unwrap_err();
        times[which].push(since.elapsed().as_secs_f64() * 1000.0);
    }
    let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
    let spread = |times: &[f64]| {
        let mean = mean(times);
        times.iter().map(|time| (time - mean).powi(2)).sum::<f64>()
            / (times.len() - 1) as f64
            / times.len() as f64
    };
    let [known, unknown] = &times;
    let t = (mean(known) - mean(unknown)) / (spread(known) + spread(unknown)).sqrt();
    println!("known {:.3} ms, unknown {:.3} ms, t = {t:.2}", mean(known), mean(unknown));
    assert!(t.abs() < 4.5, "t = {t:.2}");
}
