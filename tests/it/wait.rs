//! `acetate wait`: follows what is in progress, judges what is over.

use acetate::local::{FaultKind, Outcome, World, start};
use serde_json::json;

use crate::deploy::trouble::always;
use crate::deploy::{CONFIG, Practice, deployed_with, world};
use crate::support;
use crate::support::wire;

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

const PUBLISH: &str = "[deploy]\npublish = \"ssm:/prod/web/task-definition\"";
const ACCEPTED: [&str; 2] = ["--wait-until", "accepted"];

/// What is published, if anything is.
fn published(practice: &Practice) -> Option<String> {
    let request = json!({ "Names": ["/prod/web/task-definition"] });
    let answer = wire::ssm(&practice.endpoint.url(), "GetParameters", &request);
    let arn = answer["Parameters"][0]["Value"].as_str()?;
    arn.rsplit('/').next().map(str::to_owned)
}

#[test]
fn it_publishes_what_the_run_before_would_have_published() {
    let practice = deployed_with(PUBLISH, |_| {}, &[Outcome::Ok, Outcome::RolledBack]);
    assert_eq!(published(&practice).as_deref(), Some("web:1"));
    practice.deploy("app:2", &ACCEPTED).expect(0);
    assert_eq!(published(&practice).as_deref(), Some("web:1"));
    let ran = practice.place.run(&["wait"]).expect(0);
    assert!(ran.stderr.contains("published `web:2`"), "{ran}");
    assert_eq!(published(&practice).as_deref(), Some("web:2"));
    // The same again is not written, and neither is what was rolled back.
    practice.place.run(&["wait"]).expect(0);
    assert_eq!(practice.count("PutParameter"), 1);
    practice.deploy("app:3", &ACCEPTED).expect(0);
    practice.place.run(&["wait"]).expect(6);
    assert_eq!(published(&practice).as_deref(), Some("web:2"));
}

#[test]
fn what_is_not_published_is_said() {
    let practice = deployed_with(PUBLISH, |_| {}, &[Outcome::Ok]);
    practice.deploy("app:2", &ACCEPTED).expect(0);
    practice
        .endpoint
        .fault(always("PutParameter", FaultKind::Denied));
    let ran = practice.place.run(&["wait"]).expect(11);
    assert!(
        ran.stderr.contains("`web:2` runs, and is not published"),
        "{ran}"
    );
}

#[test]
fn what_is_not_of_acetate_is_not_published() {
    let practice = Practice::new(world(&[]), &format!("{CONFIG}\n{PUBLISH}"));
    practice.endpoint.advance(600.0);
    practice.place.run(&["wait"]).expect(0);
    assert_eq!(published(&practice), None);
}

#[test]
fn after_tasks_come_before_it_and_a_rollback_has_none() {
    let smoke = "[after.smoke]\ncontainer = \"app\"";
    let more = format!("{PUBLISH}\n{smoke}");
    let practice = deployed_with(&more, |_| {}, &[Outcome::Ok, Outcome::Ok]);
    practice.deploy("app:2", &ACCEPTED).expect(0);
    let ran = practice.place.run(&["wait"]).expect(0);
    let told = "`web:2` is not published in `/prod/web/task-definition`: its `after` tasks come first, which `acetate deploy` runs";
    assert!(ran.stderr.contains(told), "{ran}");
    assert_eq!(published(&practice).as_deref(), Some("web:1"));
    practice.deploy("app:2", &[]).expect(0);
    assert_eq!(published(&practice).as_deref(), Some("web:2"));
    // The run that went back lost sight of it.
    practice.endpoint.advance(60.0);
    practice
        .endpoint
        .fault(always("DescribeServiceDeployments", FaultKind::Expired));
    practice.place.run(&["rollback"]).expect(8);
    practice.endpoint.forget_faults();
    assert_eq!(published(&practice).as_deref(), Some("web:2"));
    practice.place.run(&["wait"]).expect(0);
    assert_eq!(published(&practice).as_deref(), Some("web:1"));
}

#[test]
fn what_is_continued_is_published_too() {
    let mut world = world(&[Outcome::Ok]);
    "BLUE_GREEN".clone_into(&mut world.services[0].strategy);
    world.services[0].pause_at = vec!["POST_TEST_TRAFFIC_SHIFT".to_owned()];
    let practice = Practice::new(world, &format!("{CONFIG}\n{PUBLISH}"));
    practice.deploy("app:1", &["--timeout", "5s"]).expect(8);
    assert_eq!(published(&practice), None);
    practice.place.run(&["continue"]).expect(0);
    assert_eq!(published(&practice).as_deref(), Some("web:1"));
}
