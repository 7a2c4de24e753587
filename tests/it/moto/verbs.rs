//! `run`, `rollback`, `history`, `continue`, `abort`, `publish`, kept plans, and verdicts, as far
//! as moto serves them. It has no service deployments: it answers those calls with 500 and a page
//! of HTML.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::World;
use crate::support::boto::{Moto, call};
use crate::support::proxy::{Instead, Proxy};

const CONFIG: &str = r#"
cluster = "prod"
service = "web"
template = "ecs:web-template"
family = "web"
[deploy]
skip-checks = ["all"]
publish = "ssm:/prod/web/task-definition"
[containers.app]
image = "${inputs.image}"
"#;

/// A subnet as moto wants one for RunTask.
pub fn subnet(moto: &Moto) -> Value {
    let vpc = moto.ok("ec2", "create_vpc", json!({ "CidrBlock": "10.0.0.0/16" }));
    let vpc = &vpc["Vpc"]["VpcId"];
    let subnet = json!({ "VpcId": vpc, "CidrBlock": "10.0.1.0/24" });
    let names = json!({ "VpcId": vpc, "EnableDnsHostnames": { "Value": true } });
    let told = moto.calls(&[
        call("ec2", "create_subnet", subnet),
        call("ec2", "modify_vpc_attribute", names),
    ]);
    told[1].ok();
    told[0].ok()["Subnet"]["SubnetId"].clone()
}

/// A service on Fargate.
fn infrastructure(moto: &Moto) {
    let told = moto.calls(&[
        call("ecs", "create_cluster", json!({ "clusterName": "prod" })),
        call(
            "ecs",
            "register_task_definition",
            json!({
                "family": "web-template",
                "networkMode": "awsvpc",
                "requiresCompatibilities": ["FARGATE"],
                "cpu": "256",
                "memory": "512",
                "containerDefinitions": [{ "name": "app", "image": "placeholder", "memory": 64 }],
            }),
        ),
    ]);
    told.iter().for_each(|told| {
        told.ok();
    });
    let subnet = subnet(moto);
    let service = json!({
        "cluster": "prod",
        "serviceName": "web",
        "taskDefinition": "web-template",
        "desiredCount": 2,
        "launchType": "FARGATE",
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": [subnet], "securityGroups": [] } },
    });
    moto.ok("ecs", "create_service", service);
}

fn world(moto: &Moto, more: &str) -> World {
    moto.world()
        .file("acetate.toml", &format!("{CONFIG}{more}"))
}

fn count(moto: &Moto, operation: &str) -> usize {
    let record = moto.recorded();
    record.iter().filter(|name| *name == operation).count()
}

const DEPLOY: [&str; 5] = ["deploy", "--set", "image=app:1", "--timeout", "4s"];

/// One server for all: starting one takes longer than what is tried.
#[test]
fn verbs_do_on_moto_what_it_serves_and_say_what_it_does_not() {
    let Some(moto) = Moto::own() else { return };
    infrastructure(&moto);
    a_task_runs_and_before_comes_first(&moto);
    a_kept_plan_is_done_once_or_refused(&moto);
    what_needs_service_deployments_says_so(&moto);
    what_runs_already_is_published(&moto);
}

fn a_task_runs_and_before_comes_first(moto: &Moto) {
    let place = world(moto, "");
    let ran = place.run(&[
        "run",
        "--set",
        "image=app:1",
        "--timeout",
        "60s",
        "--",
        "bin/report",
    ]);
    ran.expect(0);
    assert_eq!(
        (count(moto, "RunTask"), count(moto, "UpdateService")),
        (1, 0)
    );
    let migrate = "[before.migrate]\ncontainer = \"app\"\ncommand = [\"bin/migrate\"]\n";
    let ran = world(moto, migrate).run(&DEPLOY).expect(8);
    assert!(ran.stderr.contains("`migrate` is done"), "{ran}");
    let record = moto.recorded();
    let at = |name: &str| {
        record
            .iter()
            .rposition(|o| o == name)
            .expect("it was called")
    };
    assert!(at("RunTask") < at("UpdateService"), "{record:?}");
    // Never a success there, and so never published.
    assert_eq!(count(moto, "PutParameter"), 0);
}

fn a_kept_plan_is_done_once_or_refused(moto: &Moto) {
    let place = world(moto, "");
    let keep = |image: &str, file: &str| {
        let image = format!("image={image}");
        place
            .run(&["plan", "--set", &image, "--replace", "--out", file])
            .expect(0)
    };
    keep("app:2", "two.plan");
    keep("app:3", "three.plan");
    let before = count(moto, "UpdateService");
    let ran = place.run(&["deploy", "--plan", "two.plan", "--timeout", "4s"]);
    ran.expect(8);
    assert_eq!(count(moto, "UpdateService"), before + 1);
    let registered = count(moto, "RegisterTaskDefinition");
    place.run(&["deploy", "--plan", "three.plan"]).expect(4);
    assert_eq!(count(moto, "RegisterTaskDefinition"), registered);
    assert_eq!(count(moto, "UpdateService"), before + 1);
}

fn what_needs_service_deployments_says_so(moto: &Moto) {
    let place = world(moto, "");
    for verb in ["continue", "abort", "rollback"] {
        let updates = count(moto, "UpdateService");
        let ran = place.run(&[verb]).expect(10);
        assert!(ran.stderr.contains("nothing was changed"), "{ran}");
        assert!(ran.stderr.contains("ecs:ListServiceDeployments"), "{ran}");
        assert!(ran.stderr.contains("hint: "), "{ran}");
        assert_eq!(count(moto, "UpdateService"), updates);
    }
    // Named, it is sent, and no success is claimed.
    place
        .run(&["rollback", "--to", "1", "--replace", "--timeout", "4s"])
        .expect(8);
    let ran = place.run(&["history"]).expect(0);
    assert!(ran.stderr.contains("deployments cannot be seen"), "{ran}");
    assert!(ran.stdout.contains("web:1"), "{ran}");
}

/// A second service that is on acetate's revision from its beginning: nothing is to do there.
fn what_runs_already_is_published(moto: &Moto) {
    let service = json!({
        "cluster": "prod",
        "serviceName": "there",
        "taskDefinition": "web:1",
        "desiredCount": 2,
        "launchType": "FARGATE",
    });
    moto.ok("ecs", "create_service", service);
    let place = moto.world().file(
        "acetate.toml",
        &CONFIG.replace("service = \"web\"", "service = \"there\""),
    );
    for _ in 0..2 {
        let ran = place.run(&DEPLOY).expect(0);
        assert!(ran.stdout.contains("already runs web:1"), "{ran}");
        // The same again is not written.
        assert_eq!(count(moto, "PutParameter"), 1);
    }
    let told = moto.ok(
        "ssm",
        "get_parameter",
        json!({ "Name": "/prod/web/task-definition" }),
    );
    let value = told["Parameter"]["Value"].as_str().expect("a text");
    assert!(value.ends_with(":task-definition/web:1"), "{value}");
}

/// Verdict 13: empty strings and nulls in what Describe returns do not reach Register.
#[test]
fn verdict_13_what_describe_returns_empty_is_not_registered() {
    let Some(moto) = Moto::own() else { return };
    let template = json!({
        "family": "web-template",
        "taskRoleArn": "",
        "executionRoleArn": "",
        "networkMode": "",
        "pidMode": "",
        "tags": [],
        "containerDefinitions": [{
            "name": "app", "image": "placeholder", "memory": 64,
            "environment": [{ "name": "EMPTY", "value": "" }], "command": null,
        }],
    });
    let made = moto.calls(&[json!({ "raw": "RegisterTaskDefinition", "with": template })]);
    made[0].ok();
    let config = "template = \"ecs:web-template\"\nfamily = \"web\"\n";
    let place = moto.world().file("acetate.toml", config);
    place.run(&["register"]).expect(0);
    let there = moto.described("web")["taskDefinition"].clone();
    for member in ["taskRoleArn", "executionRoleArn", "networkMode", "pidMode"] {
        assert!(
            there[member].as_str().is_none_or(|text| !text.is_empty()),
            "{member}: {there}"
        );
    }
    let container = &there["containerDefinitions"][0];
    assert_eq!(
        container["environment"],
        json!([{ "name": "EMPTY", "value": "" }])
    );
    assert!(
        !container
            .as_object()
            .expect("an object")
            .contains_key("command"),
        "{there}"
    );
    // It means the same when it is read again.
    place.run(&["register"]).expect(0);
    assert_eq!(moto.described("web")["taskDefinition"]["revision"], 1);
}

/// Verdict 12: the key is not in the secret; nobody finds out from a mapping that looks right.
#[test]
fn verdict_12_a_wrong_secret_key_is_found_before_anything_is_changed() {
    let Some(moto) = Moto::own() else { return };
    infrastructure(&moto);
    let secret = json!({ "Name": "prod/db", "SecretString": "{\"url\": \"hush-hush\"}" });
    moto.ok("secretsmanager", "create_secret", secret);
    let registered = count(&moto, "RegisterTaskDefinition");
    let config = CONFIG.replace("[\"all\"]", "[\"images\", \"roles\", \"role-access\"]");
    let mapped =
        |key: &str| format!("{config}secrets = {{ URL = \"secretsmanager:prod/db#{key}\" }}\n");
    let place = moto.world().file("acetate.toml", &mapped("ulr"));
    let ran = place.run(&["verify", "--set", "image=app:1"]);
    println!("{ran}");
    assert_eq!(ran.code, Some(5), "{ran}");
    assert!(
        ran.stderr.contains("ulr") || ran.stdout.contains("ulr"),
        "{ran}"
    );
    assert!(!ran.to_string().contains("hush-hush"), "{ran}");
    let ran = place.run(&DEPLOY).expect(5);
    println!("{ran}");
    assert_eq!(count(&moto, "RegisterTaskDefinition"), registered);
    assert_eq!(count(&moto, "UpdateService"), 0);
}

/// Verdict 7: HTML with 503 in place of any answer is got over, and what it stood for is done once.
#[test]
fn verdict_7_html_with_503_before_moto_is_got_over_and_nothing_is_done_twice() {
    let Some(moto) = Moto::own() else { return };
    infrastructure(&moto);
    let faults = [
        "DescribeTaskDefinition",
        "DescribeServices",
        "RegisterTaskDefinition",
        "UpdateService",
    ];
    let left = Arc::new(Mutex::new(faults.to_vec()));
    let to_come = Arc::clone(&left);
    // The first call of each.
    let proxy = Proxy::before(&moto, move |operation, _| {
        let mut left = to_come.lock().expect("nothing panics while it is held");
        match left.iter().position(|fault| *fault == operation) {
            Some(at) => {
                left.remove(at);
                Instead::Page
            }
            None => Instead::HandOn,
        }
    });
    let place = proxy.world().file("acetate.toml", CONFIG);
    let ran = place.run(&DEPLOY).expect(8);
    println!("{ran}");
    assert!(left.lock().expect("nothing panics").is_empty(), "{ran}");
    assert_eq!(count(&moto, "UpdateService"), 1, "{ran}");
    assert_eq!(
        moto.described("web")["taskDefinition"]["revision"],
        Value::from(1)
    );
}
