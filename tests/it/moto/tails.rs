//! The end of the log of a container that failed, from moto's CloudWatch Logs.
//!
//! On moto no task of a service ever fails, and its deployments stay on what was there before. What
//! ECS says of both comes from a server before moto; all else, and the log, is moto's.

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
fail-after = 1
on-failure = "leave"
[containers.app]
image = "app:1"
"#;

const DEPLOY: [&str; 3] = ["deploy", "--timeout", "60s"];

const TASK: &str = "arn:aws:ecs:eu-west-1:123456789012:task/prod/0123456789abcdef0123456789abcdef";

fn infrastructure(moto: &Moto) {
    let options = json!({
        "awslogs-group": "/prod/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "app",
    });
    let template = json!({
        "family": "web-template",
        "containerDefinitions": [{
            "name": "app", "image": "placeholder", "memory": 64,
            "environment": [{ "name": "DB_PASSWORD", "value": "hunter2-and-more" }],
            "logConfiguration": { "logDriver": "awslogs", "options": options },
        }],
    });
    let service = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web-template", "desiredCount": 2,
    });
    let told = moto.calls(&[
        call("ecs", "create_cluster", json!({ "clusterName": "prod" })),
        call("ecs", "register_task_definition", template),
        call("ecs", "create_service", service),
    ]);
    told.iter().for_each(|told| {
        told.ok();
    });
}

/// What the container wrote.
fn write(moto: &Moto, lines: &[String]) {
    let stream = format!("app/app/{}", TASK.rsplit('/').next().expect("an id"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.expect("after 1970").as_millis();
    let at = |index: usize| u64::try_from(now).expect("in time") + index as u64;
    let events = lines.iter().enumerate();
    let events = events.map(|(index, line)| json!({ "timestamp": at(index), "message": line }));
    let events: Vec<Value> = events.collect();
    let of = json!({ "logGroupName": "/prod/web", "logStreamName": stream });
    let mut put = of.clone();
    put["logEvents"] = events.into();
    let told = moto.calls(&[
        call(
            "logs",
            "create_log_group",
            json!({ "logGroupName": "/prod/web" }),
        ),
        call("logs", "create_log_stream", of),
        call("logs", "put_log_events", put),
    ]);
    told.iter().for_each(|told| {
        told.ok();
    });
}

/// Once the service is on the new revision, that has a deployment whose tasks fail.
fn fails(answer: &mut Value) {
    let service = match answer.get("service").is_some() {
        true => &mut answer["service"],
        false => &mut answer["services"][0],
    };
    let arn = service["taskDefinition"].clone();
    if arn.as_str().is_some_and(|arn| arn.ends_with("/web:1")) {
        let deployment = &mut service["deployments"][0];
        deployment["id"] = "ecs-svc/2".into();
        deployment["taskDefinition"] = arn;
        deployment["rolloutState"] = "IN_PROGRESS".into();
        deployment["runningCount"] = 0.into();
        deployment["failedTasks"] = 3.into();
    }
}

/// Where a task of the new revision has stopped.
fn failing(moto: &Moto) -> World {
    let stopped = json!({ "failures": [], "tasks": [{
        "taskArn": TASK,
        "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1",
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "containers": [{ "name": "app", "lastStatus": "STOPPED", "exitCode": 1 }],
    }] });
    let proxy = Proxy::before(moto, move |operation, _| match operation {
        "DescribeServices" | "UpdateService" => Instead::Changed(fails),
        "ListTasks" => Instead::Json(json!({ "taskArns": [TASK] }).to_string()),
        "DescribeTasks" => Instead::Json(stopped.to_string()),
        _ => Instead::HandOn,
    });
    proxy.world().file("acetate.toml", CONFIG)
}

#[test]
fn the_last_lines_and_what_they_tell_are_shown() {
    let Some(moto) = Moto::own() else { return };
    infrastructure(&moto);
    let mut lines: Vec<String> = (1..=30).map(|n| format!("line {n}")).collect();
    lines.push("password hunter2-and-more".to_owned());
    lines.push("Error: listen EADDRINUSE: address already in use :::8080".to_owned());
    write(&moto, &lines);
    let ran = failing(&moto).run(&DEPLOY).expect(7);
    for words in [
        "web: last lines of `app`, from /prod/web app/app/0123456789abcdef",
        "\n  | line 13\n",
        "\n  | password ********\n",
        "web: likely cause: the application's port is taken already",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {ran}");
    }
    assert!(!ran.stderr.contains("line 12\n"), "{ran}");
    assert!(!ran.to_string().contains("hunter2"), "{ran}");
}

#[test]
fn a_log_that_is_not_there_is_said_and_changes_no_verdict() {
    let Some(moto) = Moto::own() else { return };
    infrastructure(&moto);
    let ran = failing(&moto).run(&DEPLOY).expect(7);
    assert!(
        ran.stderr.contains("the log of `app` is not shown: "),
        "{ran}"
    );
    assert!(
        ran.stderr
            .contains("web: likely cause: the application ended by itself with an error"),
        "{ran}"
    );
}
