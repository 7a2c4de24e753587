//! `acetate local` as a library: what it answers, refuses and plays, over real HTTP.

/// A client of a few lines: what the endpoint is called with must not depend on our own SDK.
mod client;
/// The verb itself: serving, and running a command.
mod command;

/// The answers against botocore's model of AWS's.
mod conform;
/// Faults of the wire.
mod faults;
/// Operations one by one.
mod operations;
/// How deployments end.
mod outcomes;

use acetate::local::{ClockKind, Outcome, World, start};
use serde_json::{Value, json};

use client::Client;

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
