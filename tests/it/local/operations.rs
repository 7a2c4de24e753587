//! Operations one by one: what a deploy relies on besides deployments.

use acetate::local::{KnownDefinition, RunScript};
use serde_json::{Value, json};

use super::{endpoint, register, service, world};

#[test]
fn a_revision_comes_back_with_unknown_members_and_aws_s_defaults() {
    let client = endpoint(world(&[]));
    let mut sent = json!({
        "family": "web", "cpu": "1 vCPU",
        "containerDefinitions": [{"name": "a", "image": "i", "memory": 64, "futureField": "kept",
            "environment": [{"name": "EMPTY", "value": ""}], "portMappings": [{"containerPort": 80}]}],
        "tags": [{"key": "a", "value": "b"}]
    });
    sent["futureTop"] = serde_json::from_str(r#"{"deep":[1,2.50]}"#).expect("JSON");
    let told = client.ecs("RegisterTaskDefinition", &sent).ok();
    let request = json!({"taskDefinition": "web", "include": ["TAGS"]});
    let seen = client.ecs("DescribeTaskDefinition", &request).ok();
    assert_eq!(told, seen);
    let (known, container) = (
        &seen["taskDefinition"],
        &seen["taskDefinition"]["containerDefinitions"][0],
    );
    assert_eq!(
        known["futureTop"].to_string(),
        r#"{"deep":[1,2.50]}"#,
        "numbers as they were written"
    );
    assert_eq!(
        (&container["futureField"], &known["cpu"]),
        (&json!("kept"), &json!("1024"))
    );
    assert_eq!(
        (&container["essential"], &container["mountPoints"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(
        container["environment"],
        sent["containerDefinitions"][0]["environment"]
    );
    assert_eq!(seen["tags"], sent["tags"]);
    assert!(known.get("tags").is_none(), "tags are beside, not inside");
}

#[test]
fn a_family_means_its_latest_active_revision() {
    let client = endpoint(world(&[]));
    let (first, second) = (register(&client), register(&client));
    let latest = || client.ecs("DescribeTaskDefinition", &json!({"taskDefinition": "web"}));
    assert_eq!(
        latest().ok()["taskDefinition"]["taskDefinitionArn"],
        *second
    );
    client
        .ecs(
            "DeregisterTaskDefinition",
            &json!({"taskDefinition": second}),
        )
        .ok();
    assert_eq!(latest().ok()["taskDefinition"]["taskDefinitionArn"], *first);
    client
        .ecs(
            "DeregisterTaskDefinition",
            &json!({"taskDefinition": "web:1"}),
        )
        .ok();
    let (code, message) = latest().refusal();
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("ClientException", "Unable to describe task definition.")
    );
    let old = client
        .ecs("DescribeTaskDefinition", &json!({"taskDefinition": first}))
        .ok();
    assert_eq!(old["taskDefinition"]["status"], "INACTIVE");
    let update = json!({"cluster": "prod", "service": "web", "taskDefinition": first});
    assert_eq!(
        client.ecs("UpdateService", &update).refusal().1,
        "TaskDefinition is inactive"
    );
}

#[test]
fn the_world_s_own_definitions_are_not_checked() {
    let mut world = world(&[]);
    let definition =
        json!({"family": "odd", "taskRoleArn": "", "pidMode": null, "containerDefinitions": []});
    world.task_definitions.push(KnownDefinition {
        definition: Some(definition),
        revision: Some(7),
        ..KnownDefinition::default()
    });
    let client = endpoint(world);
    let seen = client
        .ecs(
            "DescribeTaskDefinition",
            &json!({"taskDefinition": "odd:7"}),
        )
        .ok();
    assert_eq!(seen["taskDefinition"]["taskRoleArn"], "");
    assert_eq!(seen["taskDefinition"]["pidMode"], Value::Null);
}

#[test]
fn changing_the_count_starts_no_deployment() {
    let client = endpoint(world(&[]));
    let before = service(&client);
    for (desired, running) in [(5, 5), (0, 0)] {
        let request = json!({"cluster": "prod", "service": "web", "desiredCount": desired});
        let after = client.ecs("UpdateService", &request).ok()["service"].clone();
        assert_eq!(
            after["currentServiceDeployment"],
            before["currentServiceDeployment"]
        );
        assert_eq!(after["runningCount"], running);
    }
}

#[test]
fn other_controllers_refuse_a_task_definition() {
    for controller in ["CODE_DEPLOY", "EXTERNAL"] {
        let mut world = world(&[]);
        world.services[0].controller = controller.to_owned();
        let client = endpoint(world);
        let request =
            json!({"cluster": "prod", "service": "web", "taskDefinition": register(&client)});
        let (code, message) = client.ecs("UpdateService", &request).refusal();
        assert_eq!(code, "InvalidParameterException");
        assert!(message.contains(controller), "{message}");
        assert!(service(&client).get("currentServiceDeployment").is_none());
    }
}

#[test]
fn one_off_tasks_do_what_their_script_says() {
    let mut world = world(&[]);
    world.runs = vec![
        RunScript {
            exit: Some(7),
            ..RunScript::default()
        },
        RunScript {
            reason: Some("CannotPullContainerError: no".to_owned()),
            ..RunScript::default()
        },
        RunScript {
            no_exit_code: true,
            ..RunScript::default()
        },
        RunScript {
            failure: Some("RESOURCE:MEMORY".to_owned()),
            ..RunScript::default()
        },
        RunScript {
            stuck: true,
            ..RunScript::default()
        },
    ];
    let client = endpoint(world);
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-1"]}});
    let bare = json!({"cluster": "prod", "taskDefinition": "web-template"});
    let told = client.ecs("RunTask", &bare).refusal();
    assert_eq!(told.0, "InvalidParameterException", "{}", told.1);
    let mut request = bare;
    request["networkConfiguration"] = network;
    let run = || client.ecs("RunTask", &request).ok();
    let end = |task: &Value| {
        let request = json!({"cluster": "prod", "tasks": [task["taskArn"]]});
        let look = || client.ecs("DescribeTasks", &request).ok()["tasks"][0].clone();
        (0..20).fold(Value::Null, |_, _| look())
    };
    let exited = end(&run()["tasks"][0]);
    assert_eq!(
        (&exited["lastStatus"], &exited["containers"][0]["exitCode"]),
        (&json!("STOPPED"), &json!(7))
    );
    let unstarted = end(&run()["tasks"][0]);
    assert_eq!(unstarted["stopCode"], "TaskFailedToStart");
    assert!(
        unstarted["containers"][0].get("exitCode").is_none()
            && unstarted.get("startedAt").is_none()
    );
    let silent = end(&run()["tasks"][0]);
    assert!(silent.get("startedAt").is_some() && silent["containers"][0].get("exitCode").is_none());
    let failed = run();
    assert_eq!(
        (&failed["tasks"], &failed["failures"][0]["reason"]),
        (&json!([]), &json!("RESOURCE:MEMORY"))
    );
    assert_eq!(end(&run()["tasks"][0])["lastStatus"], "RUNNING");
}

#[test]
fn secure_strings_are_closed_unless_asked_to_decrypt() {
    let client = endpoint(world(&[]));
    let get = |decrypt: bool| {
        let request = json!({"Name": "/prod/web/api-key", "WithDecryption": decrypt});
        client.json("AmazonSSM", "GetParameter", &request).ok()["Parameter"]["Value"].clone()
    };
    assert_eq!(get(true), "practice-key");
    assert_ne!(get(false), "practice-key");
    let secret = json!({"SecretId": "prod/web/db"});
    let value = client
        .json("secretsmanager", "GetSecretValue", &secret)
        .ok()["SecretString"]
        .clone();
    assert!(
        value.as_str().is_some_and(|v| v.contains("\"url\"")),
        "{value}"
    );
}

#[test]
fn what_is_not_known_is_told_as_aws_does() {
    let client = endpoint(world(&[]));
    for service in [
        "AmazonEC2ContainerServiceV20141113",
        "AmazonSSM",
        "secretsmanager",
        "Nimbus",
    ] {
        assert_eq!(
            client.json(service, "MakeCoffee", &json!({})).refusal().0,
            "UnknownOperationException"
        );
    }
    let head = "POST / HTTP/1.1\r\nx-amz-target: AmazonSSM.GetParameter\r\n";
    assert_eq!(client.send(head, "{").refusal().0, "SerializationException");
    let (status, _, body) = client
        .send("GET /bucket/none HTTP/1.1\r\n", "")
        .0
        .expect("an answer");
    assert!(
        status == 404 && body.contains("<Code>NoSuchKey</Code>"),
        "{body}"
    );
}
