//! One good document, and for each rule one that breaks it and nothing else.

use serde_json::{Value, json};

use super::validate;
use crate::event::{Diagnostic, Severity};
use crate::task_definition::TaskDefinition;

mod cases;

/// Two containers on Fargate with a bit of everything.
fn good() -> Value {
    json!({
        "family": "web",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "512",
        "memory": "1 GB",
        "executionRoleArn": "arn:aws:iam::111111111111:role/web-execution",
        "volumes": [{ "name": "data" }],
        "ephemeralStorage": { "sizeInGiB": 30 },
        "tags": [{ "key": "team", "value": "web" }],
        "containerDefinitions": [
            {
                "name": "app",
                "image": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/web:1",
                "cpu": 256,
                "memory": 512,
                "memoryReservation": 256,
                "portMappings": [{ "containerPort": 8080, "name": "http" }],
                "environment": [{ "name": "LOG_LEVEL", "value": "info" }, { "name": "EMPTY", "value": "" }],
                "secrets": [
                    { "name": "DB", "valueFrom": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf:url::" },
                    { "name": "KEY", "valueFrom": "arn:aws:ssm:eu-west-1:111111111111:parameter/web/key" },
                    { "name": "NEAR", "valueFrom": "/web/near" }
                ],
                "mountPoints": [{ "sourceVolume": "data", "containerPath": "/data" }],
                "dependsOn": [{ "containerName": "proxy", "condition": "HEALTHY" }],
                "ulimits": [{ "name": "nofile", "softLimit": 1024, "hardLimit": 4096 }],
                "stopTimeout": 60,
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": { "awslogs-group": "web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "app" }
                }
            },
            {
                "name": "proxy",
                "image": "envoy:1",
                "essential": false,
                "healthCheck": { "command": ["CMD-SHELL", "true"], "interval": 10 },
                "volumesFrom": []
            }
        ]
    })
}

/// The same without Fargate, where other rules hold.
fn good_on_ec2(network_mode: &str) -> Value {
    let mut document = good();
    document["requiresCompatibilities"] = json!(["EC2"]);
    document["networkMode"] = json!(network_mode);
    document
}

fn check(document: Value) -> Vec<Diagnostic> {
    validate(&TaskDefinition::new(document).unwrap())
}

fn told(found: &[Diagnostic]) -> Vec<(Severity, &str, &str)> {
    found
        .iter()
        .map(|d| {
            (
                d.severity,
                d.code.as_str(),
                d.address.as_deref().unwrap_or_default(),
            )
        })
        .collect()
}

#[test]
fn a_good_document_has_no_findings() {
    assert_eq!(check(good()), []);
    for mode in ["awsvpc", "bridge", "host"] {
        assert_eq!(check(good_on_ec2(mode)), [], "{mode}");
    }
}

#[test]
fn every_rule_finds_its_fault_at_its_place_and_nothing_else() {
    for (name, severity, code, address, spoil) in cases::all() {
        let mut document = if name.starts_with("ec2 ") {
            good_on_ec2("bridge")
        } else {
            good()
        };
        spoil(&mut document);
        let found = check(document);
        let address = match address.as_bytes().first() {
            None | Some(b'/') => (*address).to_owned(),
            Some(_) => format!("/containerDefinitions/{address}"),
        };
        assert_eq!(
            told(&found),
            [(*severity, *code, address.as_str())],
            "{name}: {found:#?}"
        );
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let mut document = good();
    for (name, _, _, _, spoil) in cases::all().filter(|case| case.0.starts_with("all ")) {
        assert!(!name.is_empty());
        spoil(&mut document);
    }
    let found = check(document);
    assert!(found.len() >= 5, "{found:#?}");
}

#[test]
fn values_of_variables_and_secrets_are_never_repeated() {
    let mut document = good();
    document["containerDefinitions"][0]["environment"][0]["value"] = json!(["hunter2"]);
    document["containerDefinitions"][0]["environment"][1]["value"] =
        json!({ "hunter2": "hunter2" });
    document["containerDefinitions"][0]["secrets"][0]["valueFrom"] = json!("arn:hunter2");
    let found = check(document);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(!format!("{found:?}").contains("hunter2"), "{found:#?}");
}

#[test]
fn every_size_of_fargate_passes_and_its_neighbours_do_not() {
    let sizes: &[(u64, &[u64], &[u64])] = &[
        (256, &[512, 1024, 2048], &[256, 1536, 3072]),
        (512, &[1024, 2048, 3072, 4096], &[512, 1536, 5120]),
        (1024, &[2048, 8192], &[1024, 9216]),
        (2048, &[4096, 16_384], &[3072, 17_408]),
        (4096, &[8192, 30_720], &[7168, 31_744]),
        (8192, &[16_384, 20_480, 61_440], &[17_408, 65_536]),
        (16_384, &[32_768, 40_960, 122_880], &[36_864, 131_072]),
        (32_768, &[61_440, 122_880, 249_856], &[65_536]),
        (300, &[], &[1024]),
    ];
    for (cpu, right, wrong) in sizes {
        for (memory, fits) in right
            .iter()
            .map(|m| (m, true))
            .chain(wrong.iter().map(|m| (m, false)))
        {
            let mut document = good();
            document["cpu"] = json!(cpu.to_string());
            document["memory"] = json!(memory.to_string());
            for member in ["cpu", "memory", "memoryReservation"] {
                document["containerDefinitions"][0]
                    .as_object_mut()
                    .unwrap()
                    .remove(member);
            }
            let found = check(document);
            assert_eq!(found.is_empty(), fits, "{cpu} with {memory}: {found:#?}");
        }
    }
}

#[test]
fn a_document_of_nonsense_is_told_and_does_no_harm() {
    for document in [
        json!({}),
        json!({ "family": 3, "containerDefinitions": {}, "tags": "x", "volumes": [1, null] }),
        json!({ "family": "web", "containerDefinitions": [null, 1, "x", [], { "dependsOn": [[]] }] }),
        json!({ "containerDefinitions": [{ "name": {}, "environment": [1], "logConfiguration": 7 }] }),
    ] {
        assert!(
            check(document)
                .iter()
                .any(|d| d.severity == Severity::Error)
        );
    }
}
