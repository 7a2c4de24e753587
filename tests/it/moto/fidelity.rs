//! A task definition that boto3 registered as template, and what acetate registers from it with
//! no overlay, described by boto3 and compared field by field.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{FAMILY_AND_ARN, differences, tags_but_stamps};
use crate::support::boto::{Moto, call};
use crate::support::{World, root, skip};

/// Registers each document as template, by boto3; the code of what boto3 refused.
fn as_templates(moto: &Moto, prefix: &str, documents: &[(String, Value)]) -> Vec<Option<String>> {
    let register = |(index, (_, document)): (usize, &(String, Value))| {
        let mut document = document.clone();
        document["family"] = json!(format!("{prefix}-{index}-template"));
        call("ecs", "register_task_definition", document)
    };
    let calls: Vec<Value> = documents.iter().enumerate().map(register).collect();
    let told = moto.calls(&calls);
    told.iter()
        .map(|told| told.error().map(str::to_owned))
        .collect()
}

/// An acetate.toml with a service for each document and no overlay at all.
fn no_overlays(moto: &Moto, prefix: &str, count: usize) -> World {
    let mut text = String::from("cluster = \"none\"\n");
    for index in 0..count {
        write!(
            text,
            "[services.s{index}]\ntemplate = \"ecs:{prefix}-{index}-template\"\n\
             family = \"{prefix}-{index}\"\n"
        )
        .expect("text can be written");
    }
    moto.world().file("acetate.toml", &text)
}

/// Describes template and result of each.
fn described(moto: &Moto, prefix: &str, indices: &[usize]) -> Vec<(Value, Value)> {
    let describe = |family: String| {
        let with = json!({ "taskDefinition": family, "include": ["TAGS"] });
        call("ecs", "describe_task_definition", with)
    };
    let calls: Vec<Value> = indices
        .iter()
        .flat_map(|index| {
            [
                describe(format!("{prefix}-{index}-template")),
                describe(format!("{prefix}-{index}")),
            ]
        })
        .collect();
    let told = moto.calls(&calls);
    told.chunks(2)
        .map(|pair| (pair[0].ok().clone(), pair[1].ok().clone()))
        .collect()
}

/// Both as boto3 describes them: only family, ARN and stamps differ.
fn assert_same(name: &str, template: &Value, registered: &Value) {
    let differ = differences(&template["taskDefinition"], &registered["taskDefinition"]);
    assert_eq!(differ, FAMILY_AND_ARN, "{name}");
    let (theirs, none) = tags_but_stamps(template);
    let (ours, stamps) = tags_but_stamps(registered);
    assert_eq!(ours, theirs, "{name}");
    assert!(none.is_empty(), "{name}: {none:?}");
    assert_eq!(
        stamps,
        [
            "acetate:template-ref",
            "acetate:template-digest",
            "acetate:render-digest",
            "acetate:version"
        ],
        "{name}"
    );
    let of = registered["tags"].as_array().and_then(|tags| {
        let stamp = tags.iter().find(|tag| tag["key"] == "acetate:template-ref");
        stamp.map(|tag| tag["value"].clone())
    });
    let arn = &template["taskDefinition"]["taskDefinitionArn"];
    assert_eq!(of.as_ref(), Some(arn), "{name}");
}

fn corpus() -> Vec<(String, Value)> {
    let Ok(entries) = std::fs::read_dir(root().join("../shared/corpus")) else {
        skip("the corpus of real task definitions is not at hand", true);
        return Vec::new();
    };
    let mut found: Vec<(String, Value)> = entries
        .map(|entry| {
            let entry = entry.expect("the folder can be read");
            let text = std::fs::read_to_string(entry.path()).expect("the file can be read");
            // One has large letters in a repository, which `validate` refuses.
            let text = text.replace("/myApp:", "/my-app:");
            let document = serde_json::from_str(&text).expect("the corpus is JSON");
            (entry.file_name().to_string_lossy().into_owned(), document)
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

/// Two files of the corpus have an object where ECS wants a list: boto3 sends neither.
const REFUSED_BY_BOTO: usize = 2;

#[test]
fn real_task_definitions_come_through_field_by_field() {
    let Some(moto) = Moto::shared() else { return };
    let documents = corpus();
    if documents.is_empty() {
        return;
    }
    let refused = as_templates(&moto, "real", &documents);
    let taken: Vec<usize> = (0..documents.len())
        .filter(|index| refused[*index].is_none())
        .collect();
    assert_eq!(
        taken.len() + REFUSED_BY_BOTO,
        documents.len(),
        "{refused:?}"
    );
    let world = no_overlays(&moto, "real", documents.len());
    std::thread::scope(|scope| {
        for half in taken.chunks(taken.len().div_ceil(2)) {
            let world = &world;
            scope.spawn(move || {
                for index in half {
                    world.run(&["register", &format!("s{index}")]).expect(0);
                }
            });
        }
    });
    let pairs = described(&moto, "real", &taken);
    for (index, (template, registered)) in taken.iter().zip(&pairs) {
        assert_same(&documents[*index].0, template, registered);
    }
}

/// What ECS's rules decide and types do not, so that the document has no faults: see full.py.
fn decided() -> Value {
    json!({
        "/family": "full",
        "/networkMode": "bridge",
        "/cpu": "1024",
        "/memory": "2048",
        // Two containers: one refers to the other, which routes logs.
        "/containerDefinitions/*": {
            "one-of": ["dependsOn links volumesFrom portMappings", "firelensConfiguration"],
        },
        "/containerDefinitions/*/name": "app",
        "/containerDefinitions/*/image": "app:1",
        "/containerDefinitions/*/links/*": "app-1:alias",
        "/containerDefinitions/*/dependsOn/*/containerName": "app-1",
        "/containerDefinitions/*/volumesFrom/*/sourceContainer": "app-1",
        "/containerDefinitions/*/mountPoints/*/sourceVolume": "data",
        "/containerDefinitions/*/environmentFiles/*/value": "arn:aws:s3:::bucket/app.env",
        "/containerDefinitions/*/secrets/*/name": "SECRET",
        "/containerDefinitions/*/healthCheck/command": ["CMD", "true"],
        "/containerDefinitions/*/logConfiguration/logDriver": "awsfirelens",
        "/containerDefinitions/*/portMappings/*": {
            "one-of": ["containerPort hostPort", "containerPortRange"],
        },
        "/containerDefinitions/*/portMappings/*/containerPortRange": "100-110",
        "/volumes/*": {
            "one-of": [
                "host",
                "dockerVolumeConfiguration",
                "efsVolumeConfiguration",
                "s3filesVolumeConfiguration",
                "fsxWindowsFileServerVolumeConfiguration",
                "configuredAtLaunch",
            ],
        },
        "/volumes/*/name": "data",
        "/proxyConfiguration": null,
        "/proxyConfiguration/containerName": "app",
    })
}

/// Both network modes together fill every member: some exclude each other.
fn full(moto: &Moto) -> Vec<(String, Value)> {
    let bridge = decided();
    let mut awsvpc = decided();
    let decided = awsvpc.as_object_mut().expect("an object");
    decided.remove("/proxyConfiguration");
    decided.insert("/networkMode".to_owned(), json!("awsvpc"));
    for member in ["links", "hostname", "extraHosts"] {
        decided.insert(format!("/containerDefinitions/*/{member}"), Value::Null);
    }
    [("bridge", bridge), ("awsvpc", awsvpc)]
        .map(|(mode, decided)| (mode.to_owned(), moto.script("full.py", &[], &decided)))
        .into()
}

/// The places of a document that hold a value, `*` for every element.
fn places(document: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, at: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => members
                .iter()
                .for_each(|(name, value)| walk(value, &format!("{at}/{name}"), found)),
            Value::Array(list) => list
                .iter()
                .for_each(|value| walk(value, &format!("{at}/*"), found)),
            _ => {
                found.insert(at.to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(document, "", &mut found);
    found
}

/// Members that moto takes and does not give back: of these nothing can be shown here.
const DROPPED_BY_MOTO: [&str; 3] = [
    "/enableFaultInjection",
    "/trustedExecutionConfiguration/attestationPolicy",
    "/trustedExecutionConfiguration/isolationMode",
];

/// Members that moto adds, as ECS does.
const ADDED_BY_MOTO: [&str; 4] = [
    "/compatibilities/*",
    "/revision",
    "/status",
    "/taskDefinitionArn",
];

#[test]
fn every_member_comes_through_but_those_that_moto_drops() {
    let Some(moto) = Moto::shared() else { return };
    let documents = full(&moto);
    let everything = places(&moto.script("full.py", &[], &json!({})));
    let sent: BTreeSet<String> = documents.iter().flat_map(|(_, d)| places(d)).collect();
    assert_eq!(sent, everything, "the two documents fill every member");
    assert!(sent.len() > 120, "{} members", sent.len());

    let refused = as_templates(&moto, "full", &documents);
    assert_eq!(refused, [None, None]);
    let world = no_overlays(&moto, "full", documents.len());
    for index in 0..documents.len() {
        world.run(&["register", &format!("s{index}")]).expect(0);
    }
    let pairs = described(&moto, "full", &[0, 1]);
    for ((mode, _), (template, registered)) in documents.iter().zip(&pairs) {
        assert_same(mode, template, registered);
    }
    let given_back: BTreeSet<String> = pairs
        .iter()
        .flat_map(|(_, registered)| {
            let mut document = registered["taskDefinition"].clone();
            document["tags"] = registered["tags"].clone();
            places(&document)
        })
        .collect();
    let dropped: Vec<&String> = sent.difference(&given_back).collect();
    let added: Vec<&String> = given_back.difference(&sent).collect();
    println!("moto drops {dropped:?}\nmoto adds {added:?}");
    assert_eq!(dropped, DROPPED_BY_MOTO);
    assert_eq!(added, ADDED_BY_MOTO);
}
