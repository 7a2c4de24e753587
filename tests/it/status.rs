//! `acetate status`: fresh, stale, foreign, reset, drifted.

use acetate::local::{FaultKind, Outcome, Running, World, start};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::deploy::trouble::always;
use crate::deploy::{CONFIG, Practice, deployed};
use crate::stages::paused;
use crate::support::{self, wire};

fn practice() -> (Running, support::World) {
    let mut world = World::practice();
    world.speed = 400.0;
    world.services[0].outcome = vec![Outcome::Ok];
    let endpoint = start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let place = support::World::new()
        .file("acetate.toml", CONFIG)
        .variable("AWS_ENDPOINT_URL", &endpoint.url());
    (endpoint, place)
}

/// The template's newest revision, to be registered again with a change.
fn template(endpoint: &Running) -> Value {
    let mut newest = endpoint
        .revisions("web-template")
        .pop()
        .expect("a revision");
    let members = newest.as_object_mut().expect("an object");
    let told = [
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
    ];
    told.iter().for_each(|member| drop(members.remove(*member)));
    let tags = json!([{ "key": "made-by", "value": "infrastructure" }]);
    members.insert("tags".to_owned(), tags);
    newest
}

fn freshness(place: &support::World) -> Value {
    place.run(&["status", "--format", "json"]).expect(0).json()[0]["freshness"].clone()
}

#[test]
fn a_service_that_infrastructure_made_is_foreign() {
    let (_endpoint, place) = practice();
    assert_snapshot!(place.run(&["status", "--exit-code"]), @r"
    web in prod is on web-template:1 (2 of 2 tasks)
      foreign: it has no stamp of acetate's
      the template is arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:1
    [exit code 3]
    ");
}

#[test]
fn what_was_just_deployed_is_fresh_until_the_template_changes() {
    let (endpoint, place) = practice();
    place.run(&["deploy", "--set", "image=app:1"]).expect(0);
    assert_snapshot!(place.run(&["status", "--exit-code"]), @r"
    web in prod is on web:1 (2 of 2 tasks)
      fresh: made from the template as it is now
      made from arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:1
    ");
    let mut changed = template(&endpoint);
    // The same content once more is another revision, and no change.
    wire::ecs(&endpoint.url(), "RegisterTaskDefinition", &changed);
    assert_eq!(freshness(&place), "fresh");
    changed["cpu"] = json!("512");
    changed["memory"] = json!("1024");
    wire::ecs(&endpoint.url(), "RegisterTaskDefinition", &changed);
    assert_snapshot!(place.run(&["status", "--exit-code"]), @r#"
    web in prod is on web:1 (2 of 2 tasks)
      stale: the template has changed since it was made
      made from arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:1
      the template is arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:3
      by infrastructure: /cpu "256" → "512"
      by infrastructure: /memory "512" → "1024"
    [exit code 3]
    "#);
}

#[test]
fn a_service_that_infrastructure_put_back_is_reset() {
    let (endpoint, place) = practice();
    place.run(&["deploy", "--set", "image=app:1"]).expect(0);
    let reset = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web-template" });
    wire::ecs(&endpoint.url(), "UpdateService", &reset);
    endpoint.advance(10_000.0);
    assert_snapshot!(place.run(&["status", "--exit-code"]), @r"
    web in prod is on web-template:1 (2 of 2 tasks)
      reset by infrastructure: the service is back on a revision of the template's family
      the template is arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:1
      `acetate deploy` puts the service back on a revision of yours
    [exit code 3]
    ");
}

#[test]
fn content_that_is_not_what_its_stamp_says_is_drifted() {
    let (endpoint, place) = practice();
    place.run(&["deploy", "--set", "image=app:1"]).expect(0);
    let journal = endpoint.journal();
    let ours = &journal.of("RegisterTaskDefinition")[0].request;
    let mut forged = template(&endpoint);
    forged["family"] = json!("web");
    forged["tags"] = ours["tags"].clone();
    wire::ecs(&endpoint.url(), "RegisterTaskDefinition", &forged);
    let update = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web" });
    wire::ecs(&endpoint.url(), "UpdateService", &update);
    assert_eq!(freshness(&place), "drifted");
}

/// What `status` says of an app that another deploy has just been accepted for.
fn begun(practice: &Practice) {
    let accepted = ["--wait-until", "accepted"];
    practice.deploy("app:2", &accepted).expect(0);
}

fn json_of(practice: &Practice) -> Value {
    let ran = practice.place.run(&["status", "--format", "json"]);
    ran.expect(0).json()[0].clone()
}

#[test]
fn a_deployment_in_progress_is_told_with_its_counts_and_is_not_well() {
    let practice = deployed(|_| {}, &[Outcome::Stuck]);
    begun(&practice);
    let ran = practice.place.run(&["status", "--exit-code"]).expect(3);
    let told = [
        "  a deployment of web:2 is in progress since 20",
        " of 2 running, ",
        " failed",
        "`acetate wait` follows it, `acetate abort` rolls it back",
        "fresh: made",
    ];
    let all = ran.to_string();
    assert!(told.iter().all(|words| all.contains(words)), "{ran}");
    let told = json_of(&practice);
    assert_eq!(
        (&told["steady"], &told["freshness"]),
        (&json!(false), &json!("fresh"))
    );
    let deployment = &told["deployment"];
    assert_eq!(deployment["state"], "in-progress");
    assert!(
        deployment["since"].is_f64() && deployment["pending"].is_i64(),
        "{told}"
    );
    assert_eq!(
        deployment["commands"],
        json!(["acetate wait", "acetate abort"])
    );
}

#[test]
fn a_pause_is_told_with_what_decides_it() {
    let practice = paused();
    practice.deploy("app:2", &["--timeout", "5s"]).expect(8);
    let ran = practice.place.run(&["status", "--exit-code"]).expect(3);
    let told = [
        "it is PAUSED in POST_TEST_TRAFFIC_SHIFT until 20",
        ", and then AWS takes ROLLBACK",
        "`acetate continue` lets it go on, `acetate abort` rolls it back",
    ];
    assert!(told.iter().all(|words| ran.stdout.contains(words)), "{ran}");
    assert_eq!(json_of(&practice)["deployment"]["state"], "paused");
}

#[test]
fn what_ecs_rolled_back_is_told_and_is_no_reset() {
    // To a revision of ours, and to the template's.
    let of_ours = deployed(|_| {}, &[Outcome::RolledBack]);
    of_ours.deploy("app:2", &[]).expect(6);
    let ran = of_ours.place.run(&["status", "--exit-code"]).expect(0);
    assert!(
        ran.stdout.contains("its last deployment (web:2) of 20"),
        "{ran}"
    );
    assert!(
        ran.stdout
            .contains("failed and was rolled back by ECS: Service"),
        "{ran}"
    );
    assert!(ran.stdout.contains("fresh: made"), "{ran}");
    let first = crate::deploy::practice(&[Outcome::RolledBack]);
    first.deploy("app:1", &[]).expect(7);
    let ran = first.place.run(&["status"]).expect(0);
    assert!(
        ran.stdout.contains("its last deployment (web:1) of 20"),
        "{ran}"
    );
    assert!(!ran.stdout.contains("infrastructure"), "{ran}");
    assert_eq!(json_of(&first)["freshness"], "foreign");
    // Nobody may look: what the service itself tells.
    let denied = always("DescribeServiceDeployments", FaultKind::Denied);
    first.endpoint.fault(denied);
    let ran = first.place.run(&["status"]).expect(0);
    assert!(ran.stdout.contains("reset by infrastructure"), "{ran}");
}
