//! Deploys, on a server of each test's own that keeps a record of all requests.
//!
//! On moto a deployment never moves: UpdateService changes the service's task definition, and the
//! only deployment stays the old one's, COMPLETED, with all tasks running. Who trusts `rolloutState`
//! or counts would call that a success. It must not be one.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::boto::{Moto, call};

/// A cluster and a service on the template, as infrastructure code makes them.
fn infrastructure(moto: &Moto, service: &str) {
    let template = json!({
        "family": format!("{service}-template"),
        "containerDefinitions": [{ "name": "app", "image": "placeholder", "memory": 64 }],
    });
    let with = json!({
        "cluster": "prod",
        "serviceName": service,
        "taskDefinition": format!("{service}-template"),
        "desiredCount": 2,
    });
    let told = moto.calls(&[
        call("ecs", "create_cluster", json!({ "clusterName": "prod" })),
        call("ecs", "register_task_definition", template),
        call("ecs", "create_service", with),
    ]);
    told.iter().for_each(|told| {
        told.ok();
    });
}

fn configured(moto: &Moto, service: &str) -> World {
    let text = format!(
        "cluster = \"prod\"\nservice = \"{service}\"\ntemplate = \"ecs:{service}-template\"\n\
         family = \"{service}\"\n[containers.app]\nimage = \"${{inputs.image}}\"\n"
    );
    moto.world().file("acetate.toml", &text)
}

/// The service's task definition, as it says itself and as its only deployment says.
fn runs(moto: &Moto, service: &str) -> (String, String) {
    let told = moto.ok(
        "ecs",
        "describe_services",
        json!({ "cluster": "prod", "services": [service] }),
    );
    let service = &told["services"][0];
    let deployments = service["deployments"].as_array().expect("deployments");
    assert_eq!(deployments.len(), 1, "{service}");
    assert_eq!(deployments[0]["rolloutState"], "COMPLETED", "{service}");
    let short = |value: &Value| {
        let text = value.as_str().expect("a task definition");
        text.rsplit('/').next().expect("a last part").to_owned()
    };
    (
        short(&service["taskDefinition"]),
        short(&deployments[0]["taskDefinition"]),
    )
}

/// How often each operation that changes something was asked for.
fn changes(moto: &Moto) -> (usize, usize) {
    let record = moto.recorded();
    let count = |operation: &str| record.iter().filter(|name| *name == operation).count();
    (count("RegisterTaskDefinition"), count("UpdateService"))
}

const DEPLOY: [&str; 5] = ["deploy", "--set", "image=app:1", "--timeout", "4s"];

#[test]
fn a_deploy_on_moto_is_no_success_and_is_done_once() {
    let Some(moto) = Moto::own() else { return };
    infrastructure(&moto, "web");
    let before = changes(&moto);
    assert_eq!(before, (1, 0), "the template's own");
    let world = configured(&moto, "web");

    let dry = world.run(&["deploy", "--set", "image=app:1", "--dry-run"]);
    dry.expect(0);
    assert_eq!(changes(&moto), before, "a dry run changes nothing");

    let first = world.run(&DEPLOY).expect(8);
    println!("{first}");
    let described = moto.described("web");
    assert_eq!(
        described["taskDefinition"]["containerDefinitions"][0]["image"],
        "app:1"
    );
    assert_eq!(described["taskDefinition"]["revision"], 1);
    assert_eq!(
        runs(&moto, "web"),
        ("web:1".to_owned(), "web-template:1".to_owned())
    );
    assert_eq!(changes(&moto), (2, 1));

    // The same again finds what it registered, whatever else it finds.
    let again = world.run(&DEPLOY).expect(8);
    println!("{again}");
    let (registered, _) = changes(&moto);
    assert_eq!(registered, 2, "{again}");
    assert_eq!(moto.described("web")["taskDefinition"]["revision"], 1);
}

#[test]
fn status_and_diff_say_what_moto_has() {
    let Some(moto) = Moto::own() else { return };
    infrastructure(&moto, "api");
    let world = configured(&moto, "api");
    let before = world.run(&["status", "--set", "image=app:1"]).expect(0);
    println!("{before}");
    assert!(before.stdout.contains("api-template:1"), "{before}");
    let diff = world.run(&["diff", "--set", "image=app:1", "--exit-code"]);
    let diff = diff.expect(3);
    assert!(
        diff.stdout.contains("placeholder") && diff.stdout.contains("app:1"),
        "{diff}"
    );

    world.run(&DEPLOY).expect(8);
    let none = world.run(&["diff", "--set", "image=app:1", "--exit-code"]);
    none.expect(0);
    let after = world.run(&["status", "--set", "image=app:1"]).expect(0);
    println!("{after}");
    assert!(after.stdout.contains("api:1"), "{after}");
    assert!(after.stdout.contains("api-template:1"), "{after}");

    // Infrastructure changes its template: the running revision is stale, and it is told why.
    let template = json!({
        "family": "api-template",
        "containerDefinitions": [{ "name": "app", "image": "placeholder", "memory": 128 }],
    });
    moto.ok("ecs", "register_task_definition", template);
    let stale = world.run(&["status", "--set", "image=app:1", "--exit-code"]);
    let stale = stale.expect(3);
    assert!(stale.stdout.contains("by infrastructure"), "{stale}");
    assert!(
        stale.stdout.contains("/containerDefinitions/app/memory"),
        "{stale}"
    );
    let diff = world.run(&["diff", "--set", "image=app:1"]).expect(0);
    assert!(diff.stdout.contains("by infrastructure"), "{diff}");
}
