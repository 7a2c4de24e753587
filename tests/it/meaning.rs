//! `validate` and `diff` on task definitions that people wrote: the corpus, where it is at hand.

use acetate::diff::{diff, normalise};
use acetate::event::Severity;
use acetate::task_definition::TaskDefinition;
use acetate::validate::validate;
use serde_json::{Value, json};

use crate::support::{root, skip};

/// Every document of the corpus by its file name.
fn corpus() -> Vec<(String, TaskDefinition)> {
    let folder = root().join("../shared/corpus");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        skip("the corpus of real task definitions is not at hand", true);
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("the folder can be read").path();
            let text = std::fs::read_to_string(&path).expect("the file can be read");
            let document: Value = serde_json::from_str(&text).expect("the corpus is JSON");
            let name = path
                .file_name()
                .expect("a file")
                .to_string_lossy()
                .into_owned();
            (name, TaskDefinition::new(document).expect("an object"))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

/// What ECS fills in, and in another order, as DescribeTaskDefinition gives it back.
fn as_described(definition: &TaskDefinition) -> TaskDefinition {
    let mut document = definition.value().clone();
    let root = document.as_object_mut().expect("an object");
    for list in ["volumes", "placementConstraints", "tags"] {
        root.entry(list).or_insert_with(|| json!([]));
    }
    let shared = root
        .get("networkMode")
        .is_some_and(|mode| mode == "awsvpc" || mode == "host");
    for container in root["containerDefinitions"].as_array_mut().expect("a list") {
        let container = container.as_object_mut().expect("an object");
        container.entry("essential").or_insert(json!(true));
        container.entry("cpu").or_insert(json!(0));
        for list in [
            "portMappings",
            "environment",
            "mountPoints",
            "volumesFrom",
            "systemControls",
            "secrets",
        ] {
            let list = container.entry(list).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.reverse();
            }
        }
        for mapping in container["portMappings"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            mapping["protocol"] = mapping.get("protocol").cloned().unwrap_or(json!("tcp"));
            let host = if shared {
                mapping["containerPort"].clone()
            } else {
                json!(0)
            };
            mapping["hostPort"] = mapping.get("hostPort").cloned().unwrap_or(host);
        }
        if let Some(check) = container.get_mut("healthCheck") {
            for (member, default) in [("interval", 30), ("timeout", 5), ("retries", 3)] {
                check[member] = check.get(member).cloned().unwrap_or(json!(default));
            }
        }
    }
    for (member, unit) in [("cpu", "vCPU"), ("memory", "GB")] {
        let number = document[member]
            .as_str()
            .and_then(|text| text.parse::<u32>().ok());
        if let Some(number) = number.filter(|number| number % 1024 == 0) {
            document[member] = json!(format!("{} {unit}", number / 1024));
        }
    }
    TaskDefinition::new(document).expect("an object")
}

#[test]
fn real_task_definitions_differ_neither_from_themselves_nor_from_what_ecs_gives_back() {
    for (name, definition) in corpus() {
        assert_eq!(diff(&definition, &definition), [], "{name}");
        let described = as_described(&definition);
        assert_eq!(diff(&definition, &described), [], "{name}");
        let (one, other) = (normalise(&definition), normalise(&described));
        assert_eq!(one.to_string(), other.to_string(), "{name}");
    }
}

/// Two files have an object where ECS wants a list; botocore refuses to send them as well. One has
/// a repository with a large letter, which no runtime can pull.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "examples_fluent-bit_logstash_task-definition.json",
        "wrong-type",
        "/containerDefinitions/app/portMappings",
    ),
    (
        "examples_fluent-bit_signalfx_task-definition.json",
        "wrong-type",
        "/containerDefinitions/app/logConfiguration/secretOptions",
    ),
    (
        "examples_fluentd_multiline-logs_task-definition.json",
        "image-reference",
        "/containerDefinitions/app/image",
    ),
];

#[test]
fn real_task_definitions_have_no_errors_but_real_ones() {
    for (name, definition) in corpus() {
        let errors: Vec<_> = validate(&definition)
            .into_iter()
            .filter(|found| found.severity == Severity::Error)
            .map(|found| (found.code, found.address.unwrap_or_default()))
            .collect();
        let expected: Vec<_> = WRONG
            .iter()
            .filter(|(file, ..)| *file == name)
            .map(|(_, code, address)| ((*code).to_owned(), (*address).to_owned()))
            .collect();
        assert_eq!(errors, expected, "{name}");
    }
}
