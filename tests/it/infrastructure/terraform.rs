//! The Terraform example: formatted, with the line that the pattern needs, and the same task
//! definition as template.json, which the example is played with.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{document, example, hcl};
use crate::support::{root, skip};

const FILE: &str = "terraform-template/main.tf";

#[test]
fn it_is_formatted() {
    let Some(modules) = std::env::var_os("ACETATE_TEST_HCL") else {
        return skip(
            "the format of HCL: ACETATE_TEST_HCL names no node_modules with @cdktf/hcl-tools (tests/run sets it)",
            false,
        );
    };
    let mut formatter = Command::new("node")
        .arg(root().join("tests/it/support/fmt.js"))
        .env("NODE_PATH", modules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let text = example(FILE);
    formatter
        .stdin
        .take()
        .expect("stdin is piped")
        .write_all(text.as_bytes())
        .expect("the script reads");
    let told = formatter.wait_with_output().expect("the script ends");
    assert!(told.status.success(), "fmt.js failed");
    let formatted = String::from_utf8(told.stdout).expect("HCL is UTF-8");
    assert_eq!(formatted, text, "`terraform fmt` would change {FILE}");
}

/// Where Terraform itself is at hand, it says the same. It is in no package registry, so that its
/// absence is nothing to fail for.
#[test]
fn terraform_finds_it_formatted() {
    let folder = root().join("examples/terraform-template");
    let terraform = Command::new("terraform")
        .args(["fmt", "-check", "-diff"])
        .arg(folder)
        .output();
    match terraform {
        Ok(told) => {
            let diff = String::from_utf8_lossy(&told.stdout);
            assert!(told.status.success(), "{diff}");
        }
        Err(_) => skip(
            "`terraform fmt -check`: there is no terraform on the path",
            true,
        ),
    }
}

#[test]
fn the_service_ignores_what_acetate_changes() {
    let text = example(FILE);
    let service = hcl::resource(&text, "aws_ecs_service", "web");
    assert_eq!(
        service["lifecycle"],
        json!({ "ignore_changes": ["${task_definition}"] })
    );
    assert_eq!(
        service["task_definition"],
        "${aws_ecs_task_definition.web_template.arn}"
    );
    let cluster = hcl::resource(&text, "aws_ecs_cluster", "prod");
    let configuration: toml::Table = example("terraform-template/acetate.toml")
        .parse()
        .expect("it is TOML");
    let of = |name: &str| configuration[name].as_str().expect("text");
    assert_eq!(service["name"], of("service"));
    assert_eq!(cluster["name"], of("cluster"));
    let family = &hcl::resource(&text, "aws_ecs_task_definition", "web_template")["family"];
    assert_eq!(
        of("template"),
        format!("ecs:{}", family.as_str().expect("text"))
    );
    assert_ne!(family, of("family"));
}

/// What Terraform registers of the resource, in ECS's shape.
fn registered(text: &str) -> Value {
    let task = hcl::resource(text, "aws_ecs_task_definition", "web_template");
    let role = |member: &str| {
        let reference = task[member].as_str().expect("a reference");
        let name = reference
            .strip_prefix("${aws_iam_role.")
            .and_then(|rest| rest.strip_suffix(".arn}"))
            .expect("the ARN of a role");
        let role = hcl::resource(text, "aws_iam_role", name);
        format!(
            "arn:aws:iam::111111111111:role/{}",
            role["name"].as_str().expect("text")
        )
    };
    let tags = task["tags"].as_object().expect("a map").iter();
    let group = hcl::resource(text, "aws_cloudwatch_log_group", "web")["name"].clone();
    let containers = task["container_definitions"].to_string().replace(
        "\"${aws_cloudwatch_log_group.web.name}\"",
        &group.to_string(),
    );
    json!({
        "family": task["family"],
        "networkMode": task["network_mode"],
        "requiresCompatibilities": task["requires_compatibilities"],
        // Terraform makes strings of its numbers, as ECS wants them.
        "cpu": task["cpu"].to_string(),
        "memory": task["memory"].to_string(),
        "executionRoleArn": role("execution_role_arn"),
        "taskRoleArn": role("task_role_arn"),
        "containerDefinitions": serde_json::from_str::<Value>(&containers).expect("it is JSON"),
        "tags": tags.map(|(key, value)| json!({ "key": key, "value": value })).collect::<Value>(),
    })
}

#[test]
fn its_task_definition_is_the_one_that_the_example_is_played_with() {
    let of_terraform = registered(&example(FILE));
    assert_eq!(of_terraform, document("terraform-template/template.json"));
}
