//! No secret is anywhere but where it must be: all that the service gives, says and keeps is searched for all that it
//! knows, in every disguise.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too; what was searched is shown with --nocapture"
)]

#[path = "canaries/demo.rs"]
mod demo;
#[path = "canaries/gathered.rs"]
mod gathered;
#[path = "canaries/people.rs"]
mod people;
#[path = "canaries/routes.rs"]
mod routes;
#[path = "canaries/settings.rs"]
mod settings;
#[path = "canaries/shown.rs"]
mod shown;
#[path = "canaries/world.rs"]
mod world;

use gathered::Gathered;
use integration_tests::fresh::Fresh;
use integration_tests::service::PATIENCE;
use world::World;

/// The level of everything, libraries too; a bare `trace` would be for our own modules.
pub(crate) const TRACE: [&str; 2] = ["--log-level", "trace,tikwatch=trace"];

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_anywhere_but_where_it_must_be() {
    let world = World::build().await;
    let gathered = Gathered::default();
    let key = ("TIKWATCH_KEY", world.key.as_str());

    let fresh =
        Fresh::start(world.folder(), &[&TRACE[..], &["--tls", "self-signed"]].concat(), &[key]).unwrap();
    let everybody = people::come(&fresh, &world, &gathered).await;
    let stream = routes::Following::start(everybody.named("vera")).await;
    routes::ask_for_everything(&everybody, &gathered).await;
    routes::provoke(&everybody, &world, &gathered).await;
    let admin = everybody.named("anna");
    stream.has_run_for_ten_seconds(admin).await;
    people::go(&everybody, &gathered).await;
    world.remember_files(&gathered);
    gathered.add_output("serve", &fresh.stop().unwrap());
    stream.end(&gathered).await;

    // With a password in the environment, which the router refuses.
    let variables = [key, ("MIKROTIK_PASSWORD", world.in_environment.as_str())];
    let again =
        Fresh::start(world.folder(), &[&TRACE[..], &["--tls", "self-signed"]].concat(), &variables).unwrap();
    let refused = |line: &str| line.contains("refused the user name or password");
    again.process.wait_for_line(PATIENCE, refused).unwrap();
    routes::ask_again(&again, &everybody, &gathered).await;
    gathered.add_output("serve", &again.stop().unwrap());

    world.use_commands(&gathered);
    world.remember_files(&gathered);
    println!("{}", gathered.check(&world.secrets()));
}
