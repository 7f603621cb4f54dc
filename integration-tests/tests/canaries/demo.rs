//! The demo's links: on the console, on the page that they open, and nowhere else.

use crate::TRACE;
use integration_tests::secrets::{Finder, Secret};
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{Sent, Visitor};
use integration_tests::{Running, in_folder};
use tempfile::TempDir;
use tikwatch::http::listed;

#[tokio::test(flavor = "multi_thread")]
async fn the_links_of_a_demo_are_on_the_console_only() {
    let folder = TempDir::new().unwrap();
    let mut command = in_folder(folder.path());
    command.args("demo --listen 127.0.0.1:0 --routers 1 --subscribers 20".split(' ')).args(TRACE);
    let demo = Running::start(&mut command).unwrap();
    let mut secrets = Vec::new();
    let mut cookies = Vec::new();
    let mut pieces = Vec::new();
    for role in ["viewer", "operator"] {
        let line = demo.wait_for_line(PATIENCE, |line| line.contains(&format!("as {role}: http"))).unwrap();
        let (_, address) = line.split_once(": ").unwrap();
        let (url, secret) = address.split_once("/enter/").unwrap();
        secrets.push(Secret::new(format!("the link for a {role}"), secret));
        let visitor = Visitor::new(url, None).unwrap();
        let page = visitor.get(&format!("/enter/{secret}")).await.unwrap().text();
        assert!(page.contains(secret), "its form brings it back: {page}");
        let answer = visitor.send("POST", "/enter", Sent::Form(&[("secret", secret)])).await.unwrap();
        assert_eq!(answer.status, 303);
        let visitor = visitor.let_in(role, &answer).await.unwrap();
        cookies.push(Secret::new(format!("the session of a {role}"), answer.cookie().unwrap().1));
        for route in listed().filter(|route| route.method == "GET" && !route.path.ends_with("/stream")) {
            let answer = visitor.get(route.path).await.unwrap();
            pieces.push((
                route.path.to_owned(),
                [format!("{:?}", answer.headers).into_bytes(), answer.body].concat(),
            ));
        }
    }
    assert_eq!(secrets.len(), 2);
    demo.terminate().unwrap();
    demo.wait_for_exit(PATIENCE).unwrap();
    let stdout = demo.stdout().join("\n");
    for secret in &secrets {
        assert_eq!(stdout.matches(std::str::from_utf8(&secret.bytes).unwrap()).count(), 1, "{stdout}");
    }
    assert_eq!(Finder::new(&cookies).find(stdout.as_bytes()), []);
    pieces.push(("the log".to_owned(), demo.stderr().join("\n").into_bytes()));
    let finder = Finder::new(secrets.iter().chain(&cookies));
    for (what, bytes) in pieces {
        assert_eq!(finder.find(&bytes), [], "{what}");
    }
    assert!(!folder.path().join("data").exists(), "nothing is kept");
}
