//! `acetate wait`: follows what is in progress, judges what is over.

use acetate::local::{Outcome, World, start};

use crate::deploy::CONFIG;
use crate::support;

fn practice(outcomes: &[Outcome]) -> (acetate::local::Running, support::World) {
    let mut world = World::practice();
    world.speed = 200.0;
    world.services[0].outcome = outcomes.to_vec();
    let endpoint = start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let place = support::World::new()
        .file("acetate.toml", CONFIG)
        .variable("AWS_ENDPOINT_URL", &endpoint.url());
    (endpoint, place)
}

#[test]
fn follows_what_is_in_progress_without_being_told_the_inputs() {
    let (_endpoint, place) = practice(&[Outcome::Ok]);
    place
        .run(&["deploy", "--set", "image=app:1", "--wait-until", "accepted"])
        .expect(0);
    let ran = place.run(&["wait"]).expect(0);
    assert!(
        ran.stdout
            .starts_with("web is running web:1 (2 of 2 tasks), "),
        "{ran}"
    );
}

#[test]
fn judges_the_last_deployment() {
    let (_endpoint, place) = practice(&[Outcome::Ok, Outcome::RolledBack]);
    place.run(&["deploy", "--set", "image=app:1"]).expect(0);
    place.run(&["wait"]).expect(0);
    place.run(&["deploy", "--set", "image=app:2"]).expect(6);
    let ran = place.run(&["wait"]).expect(6);
    assert!(ran.stderr.contains("web:2 was rolled back"), "{ran}");
}

#[test]
fn time_runs_out() {
    let (_endpoint, place) = practice(&[Outcome::Stuck]);
    place
        .run(&["deploy", "--set", "image=app:1", "--wait-until", "accepted"])
        .expect(0);
    let ran = place.run(&["wait", "--timeout", "2s"]).expect(8);
    assert!(
        ran.stderr.contains("follow it with `acetate wait`"),
        "{ran}"
    );
}

#[test]
fn a_service_that_is_missing_is_1() {
    let (_endpoint, place) = practice(&[]);
    let place = place.file(
        "acetate.toml",
        &CONFIG.replace("\"web\"\ntemplate", "\"wep\"\ntemplate"),
    );
    let ran = place.run(&["wait"]).expect(1);
    assert!(ran.stderr.contains("`wep` does not exist"), "{ran}");
}
