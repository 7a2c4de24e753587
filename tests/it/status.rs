//! `acetate status`: fresh, stale, foreign, reset, drifted.

use acetate::local::{Outcome, Running, World, start};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::deploy::CONFIG;
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
