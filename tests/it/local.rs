//! `acetate local` as a library: what it answers, refuses and plays, over real HTTP.

/// A client of a few lines: what the endpoint is called with must not depend on our own SDK.
mod client;

use acetate::local::{ClockKind, Fault, FaultKind, Outcome, World, start};
use serde_json::{Value, json};

use client::{Client, Told};

/// The practice world on a clock that each look moves, with scripted outcomes for `web`.
fn world(outcomes: &[Outcome]) -> World {
    let mut world = World {
        clock: ClockKind::Looks,
        ..World::practice()
    };
    world.services[0].outcome = outcomes.to_vec();
    world
}

fn endpoint(world: World) -> Client {
    Client::new(start(world, ([127, 0, 0, 1], 0).into()).expect("the world holds together"))
}

/// Registers a new revision of `web`.
fn register(client: &Client) -> String {
    let image = json!([{"name": "app", "image": "busybox:2", "memory": 64}]);
    let request = json!({"family": "web", "containerDefinitions": image});
    let told = client.ecs("RegisterTaskDefinition", &request).ok();
    told["taskDefinition"]["taskDefinitionArn"]
        .as_str()
        .expect("an ARN")
        .to_owned()
}

/// Points the service at a new revision; the service deployment that follows.
fn deploy(client: &Client) -> (String, Value) {
    let revision = register(client);
    let request = json!({"cluster": "prod", "service": "web", "taskDefinition": revision});
    let service = client.ecs("UpdateService", &request).ok()["service"].clone();
    (revision, service)
}

fn service(client: &Client) -> Value {
    let request = json!({"cluster": "prod", "services": ["web"]});
    client.ecs("DescribeServices", &request).ok()["services"][0].clone()
}

fn rollout(client: &Client, arn: &Value) -> Value {
    let request = json!({"serviceDeploymentArns": [arn]});
    client.ecs("DescribeServiceDeployments", &request).ok()["serviceDeployments"][0].clone()
}

/// Looks until the service deployment has ended, at most `most` times; all statuses seen.
fn follow(client: &Client, arn: &Value, most: usize) -> (Value, Vec<String>) {
    let mut seen: Vec<String> = Vec::new();
    let mut last = Value::Null;
    for _ in 0..most {
        last = rollout(client, arn);
        let status = last["status"].as_str().expect("a status").to_owned();
        if seen.last() != Some(&status) {
            seen.push(status);
        }
        if last.get("finishedAt").is_some() {
            break;
        }
    }
    (last, seen)
}

fn messages(service: &Value) -> String {
    let events = service["events"].as_array().expect("events");
    events
        .iter()
        .filter_map(|e| e["message"].as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_good_deployment_moves_and_ends_successful() {
    let client = endpoint(world(&[Outcome::Ok]));
    let (revision, updated) = deploy(&client);
    assert_eq!(updated["deployments"][0]["taskDefinition"], *revision);
    assert_eq!(updated["deployments"][0]["rolloutState"], "IN_PROGRESS");
    let (last, seen) = follow(&client, &updated["currentServiceDeployment"], 60);
    assert_eq!(
        seen.last().map(String::as_str),
        Some("SUCCESSFUL"),
        "{last}"
    );
    let service = service(&client);
    assert_eq!(service["deployments"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&service["runningCount"], &service["taskDefinition"]),
        (&json!(2), &json!(revision))
    );
    let said = messages(&service);
    for words in [
        "has started 1 tasks: (task ",
        "has stopped 1 running tasks: (task ",
        "deployment completed.",
        "has reached a steady state.",
    ] {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
}

#[test]
fn after_a_rollback_the_service_is_stable_on_the_old_revision() {
    let client = endpoint(world(&[Outcome::RolledBack]));
    let before = service(&client)["taskDefinition"].clone();
    let (revision, updated) = deploy(&client);
    let (last, seen) = follow(&client, &updated["currentServiceDeployment"], 60);
    assert_eq!(
        seen,
        [
            "PENDING",
            "IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "ROLLBACK_SUCCESSFUL"
        ][4 - seen.len()..],
        "{last}"
    );
    let service = service(&client);
    let primary = &service["deployments"][0];
    assert_eq!(
        (&service["taskDefinition"], &primary["rolloutState"]),
        (&before, &json!("COMPLETED"))
    );
    assert_ne!(primary["taskDefinition"], *revision);
    assert_eq!(service["runningCount"], 2);
    assert_eq!(
        service["deployments"].as_array().map(Vec::len),
        Some(1),
        "what a naive waiter calls stable"
    );
}
