//! By meaning: what is a difference, what is none, and whose it is.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::documents::{any_definition, as_described, changed};
use super::*;
use crate::edit::Edit;

fn definition(value: Value) -> TaskDefinition {
    TaskDefinition::new(value).unwrap()
}

fn told(changes: &[Change]) -> Vec<(&str, Option<Value>, Option<Value>)> {
    changes
        .iter()
        .map(|c| (c.address.as_str(), c.old.clone(), c.new.clone()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_normal_form_of_a_normal_form_is_itself(document in any_definition()) {
        let once = normalise(&document);
        prop_assert_eq!(normalise(&definition(once.clone())).to_string(), once.to_string());
    }

    #[test]
    fn what_ecs_gives_back_is_no_difference(document in any_definition()) {
        let described = as_described(&document);
        prop_assert_eq!(diff(&document, &described), []);
        prop_assert_eq!(normalise(&document).to_string(), normalise(&described).to_string());
    }

    #[test]
    fn one_leaf_is_a_difference(document in any_definition(), pick in any::<usize>()) {
        if let Some((at, other)) = changed(&document, pick) {
            let found = diff(&document, &other);
            prop_assert!(!found.is_empty(), "{at}");
            let back = diff(&other, &document);
            prop_assert_eq!(found.len(), back.len());
        }
    }
}

#[test]
fn notations_order_and_defaults_are_no_differences() {
    let a = definition(json!({
        "family": "a", "cpu": "1 vCPU", "memory": "2 GB", "networkMode": "awsvpc",
        "requiresCompatibilities": ["EC2", "FARGATE"],
        "containerDefinitions": [{
            "name": "app", "image": "x", "portMappings": [{ "containerPort": 80 }],
            "environment": [{ "name": "A", "value": "1" }, { "name": "B", "value": "" }, { "name": "LOST" }],
            "secrets": [{ "name": "S", "valueFrom": "s" }, { "name": "T", "valueFrom": "t" }],
            "healthCheck": { "command": ["CMD", "x"] }
        }]
    }));
    let b = definition(json!({
        "family": "b", "cpu": "1024", "memory": "2048", "networkMode": "awsvpc", "taskRoleArn": "",
        "requiresCompatibilities": ["FARGATE", "EC2"], "volumes": [], "placementConstraints": [],
        "tags": [{ "key": "acetate:source", "value": "x" }, { "key": "aws:cloudformation:stack-id", "value": "x" }],
        "containerDefinitions": [{
            "essential": true, "cpu": 0, "mountPoints": [], "volumesFrom": [], "systemControls": [],
            "name": "app", "image": "x",
            "portMappings": [{ "protocol": "tcp", "hostPort": 80, "containerPort": 80 }],
            "environment": [{ "value": "", "name": "B" }, { "value": "1", "name": "A" }],
            "secrets": [{ "name": "T", "valueFrom": "t" }, { "name": "S", "valueFrom": "s" }],
            "healthCheck": { "command": ["CMD", "x"], "interval": 30, "timeout": 5, "retries": 3 }
        }]
    }));
    assert_eq!(diff(&a, &b), []);
}

#[test]
fn each_difference_is_told_at_its_leaf() {
    let a = definition(json!({
        "cpu": "256", "volumes": [{ "name": "data" }],
        "containerDefinitions": [{
            "name": "app", "image": "x:1", "command": ["a", "b"], "future": { "b": 1, "a": [] },
            "environment": [{ "name": "KEPT", "value": "1" }, { "name": "GONE", "value": "1" }]
        }]
    }));
    let b = definition(json!({
        "cpu": ".5 vCPU", "volumes": [{ "name": "data", "host": { "sourcePath": "/d" } }],
        "containerDefinitions": [
            {
                "name": "app", "image": "x:2", "command": ["b", "a"], "future": { "a": {}, "b": 1 },
                "environment": [{ "name": "NEW", "value": "" }, { "name": "KEPT", "value": "1" }]
            },
            { "name": "side", "image": "y" }
        ]
    }));
    let app = |rest: &str| format!("/containerDefinitions/app/{rest}");
    let expected = [
        (
            app("command"),
            Some(json!(["a", "b"])),
            Some(json!(["b", "a"])),
        ),
        (app("environment/GONE/value"), Some(json!("1")), None),
        (app("environment/NEW/value"), None, Some(json!(""))),
        (app("future/a"), Some(json!([])), Some(json!({}))),
        (app("image"), Some(json!("x:1")), Some(json!("x:2"))),
        (
            "/containerDefinitions/side/image".to_owned(),
            None,
            Some(json!("y")),
        ),
        ("/cpu".to_owned(), Some(json!("256")), Some(json!("512"))),
        (
            "/volumes/data/host/sourcePath".to_owned(),
            None,
            Some(json!("/d")),
        ),
    ];
    let found = diff(&a, &b);
    let expected: Vec<_> = expected
        .iter()
        .map(|(at, old, new)| (at.as_str(), old.clone(), new.clone()))
        .collect();
    assert_eq!(told(&found), expected);
    assert_eq!(diff(&b, &a).len(), found.len());
}

/// A template of then, the revision made from it, the template of now, and the render of now.
struct World {
    then: TaskDefinition,
    running: TaskDefinition,
    now: TaskDefinition,
    rendered: TaskDefinition,
}

fn world() -> World {
    let db = |suffix: &str| {
        format!("arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-{suffix}:url::")
    };
    let document = |memory: &str, image: &str, env: Value, suffix: &str| {
        definition(json!({ "memory": memory, "containerDefinitions": [{
            "name": "app", "image": image, "environment": env,
            "secrets": [{ "name": "DB", "valueFrom": db(suffix) }]
        }] }))
    };
    World {
        then: document("512", "placeholder", json!([]), "aaaaaa"),
        running: document(
            "512",
            "web:1",
            json!([{ "name": "OLD", "value": "1" }]),
            "bbbbbb",
        ),
        now: document("1 GB", "placeholder", json!([]), "aaaaaa"),
        rendered: document(
            "1024",
            "web:2",
            json!([{ "name": "OTEL", "value": "1" }]),
            "cccccc",
        ),
    }
}

fn touched(places: &[(&str, &str)]) -> Vec<Edit> {
    places
        .iter()
        .map(|(entry, at)| Edit {
            entry: (*entry).to_owned(),
            address: format!("/containerDefinitions/app/{at}").parse().unwrap(),
            old: None,
            new: None,
        })
        .collect()
}

fn layers(split: &SplitDiff) -> Vec<(&str, Layer)> {
    let short = |at: &'_ str| at.rfind("app/").map_or(0, |start| start + 4);
    split
        .lines
        .iter()
        .map(|line| {
            (
                &line.change.address[short(&line.change.address)..],
                line.layer,
            )
        })
        .collect()
}

const ALL_EDITS: &[(&str, &str)] = &[
    ("standard", "image"),
    ("otel", "environment/OTEL/value"),
    ("standard", "secrets/DB"),
];

fn answers() -> Vec<String> {
    vec!["arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-cccccc".to_owned()]
}

fn given<'a>(world: &'a World, edits: &'a [Edit], answers: &'a [String]) -> Split<'a> {
    Split {
        running: &world.running,
        rendered: &world.rendered,
        template_now: &world.now,
        template_then: Ok(&world.then),
        edits,
        answers,
    }
}

#[test]
fn every_line_has_the_layer_that_is_behind_it() {
    let (world, edits, answers) = (world(), touched(ALL_EDITS), answers());
    let found = split(&given(&world, &edits, &answers));
    assert_eq!(
        layers(&found),
        [
            ("environment/OLD/value", Layer::Unknown),
            ("environment/OTEL/value", Layer::Plugin),
            ("image", Layer::You),
            ("secrets/DB/valueFrom", Layer::Lookup),
            ("/memory", Layer::Infrastructure),
        ]
    );
    assert_eq!(found.lines[1].entry.as_deref(), Some("otel"));
    assert!(found.lines[0].note.is_some());
    assert_eq!(found.reason, None);
    let nothing = split(&Split {
        rendered: &world.running,
        ..given(&world, &edits, &answers)
    });
    assert!(nothing.is_empty());
}

#[test]
fn without_plugins_and_answers_what_was_overlaid_is_yours() {
    let (world, own) = (world(), touched(&[ALL_EDITS[0], ALL_EDITS[2]]));
    let found = split(&given(&world, &own, &[]));
    assert_eq!(
        layers(&found)[..2],
        [
            ("environment/OLD/value", Layer::You),
            ("environment/OTEL/value", Layer::You)
        ],
        "without plugins, what an overlay set before was yours"
    );
    assert_eq!(layers(&found)[3], ("secrets/DB/valueFrom", Layer::You));
}

#[test]
fn without_the_template_of_then_there_are_two_ways() {
    let (world, edits, answers) = (world(), touched(ALL_EDITS), answers());
    let two_ways = split(&Split {
        template_then: Err("the running revision has no stamp"),
        ..given(&world, &edits, &answers)
    });
    assert_eq!(
        two_ways.reason.as_deref(),
        Some("the running revision has no stamp")
    );
    assert_eq!(layers(&two_ways)[4], ("/memory", Layer::Unknown));
    assert_eq!(layers(&two_ways)[2], ("image", Layer::You));
    assert_eq!(two_ways.of(Layer::Infrastructure).count(), 0);
}

#[test]
fn a_line_is_written_flat() {
    let World {
        then,
        running,
        now,
        rendered,
    } = world();
    let edits = touched(&[("standard", "image")]);
    let given = Split {
        running: &running,
        rendered: &rendered,
        template_now: &now,
        template_then: Ok(&then),
        edits: &edits,
        answers: &[],
    };
    let written = serde_json::to_value(split(&given)).unwrap();
    assert_eq!(
        written["lines"].as_array().unwrap().last().unwrap(),
        &json!({ "address": "/memory", "old": "512", "new": "1024", "layer": "infrastructure" })
    );
}

#[test]
fn tags_that_a_setting_drops_are_yours() {
    let tagged = definition(json!({ "tags": [{ "key": "team", "value": "web" }] }));
    let bare = definition(json!({}));
    for (running, rendered) in [(&tagged, &bare), (&bare, &tagged)] {
        let found = split(&Split {
            running,
            rendered,
            template_now: &tagged,
            template_then: Ok(&tagged),
            edits: &[],
            answers: &[],
        });
        assert_eq!(layers(&found), [("/tags/team/value", Layer::You)]);
        assert_eq!(found.lines[0].note, None);
    }
}
