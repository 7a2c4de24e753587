//! Verbs that only look, and kept plans, over several configurations and parts of them.

use serde_json::{Value, json};

use super::{BOTH, config, fleet, two};
use crate::deploy::Practice;
use crate::support::{Ran, wire};

fn look(practice: &Practice, verb: &str, more: &[&str]) -> Ran {
    let image = ["--set", "image=app:1"];
    let all = [&[verb], &image[..], &BOTH[..], more].concat();
    practice.place.run(&all)
}

fn each(told: &Value, member: &str) -> Vec<Value> {
    let all = told.as_array().expect("a list").iter();
    all.map(|one| one[member].clone()).collect()
}

const FILES: [&str; 2] = ["acetate.toml", "two.toml"];

#[test]
fn status_is_of_all_of_them() {
    let practice = two(|_| {});
    let status = |more: &[&str]| {
        practice
            .place
            .run(&[&["status"], &BOTH[..4], more].concat())
    };
    let told = status(&["--format", "json"]).expect(0).json();
    assert_eq!(each(&told, "config"), FILES);
    assert_eq!(each(&told, "cluster"), ["prod", "other"]);
    let ran = status(&["--exit-code"]).expect(3);
    let begins = [
        "acetate.toml: web in prod is on",
        "two.toml: web in other is on",
    ];
    assert!(
        begins.iter().all(|begin| ran.stdout.contains(begin)),
        "{ran}"
    );
    // One that cannot be looked at hides no other, and counts.
    let file = practice.place.path().join("two.toml");
    let text = std::fs::read_to_string(&file).expect("it is read");
    std::fs::write(file, text.replace("other", "elsewhere")).expect("it is written");
    let ran = status(&["--format", "json"]).expect(1);
    assert_eq!(each(&ran.json(), "cluster"), ["prod"]);
    assert!(
        ran.stderr.contains("cluster `elsewhere` does not exist"),
        "{ran}"
    );
}

#[test]
fn what_services_have_in_common_is_read_once_for_whoever_looks() {
    let names: Vec<String> = (0..23).map(|n| format!("s{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let practice = Practice::new(fleet(&names, |_| {}), &config(&names, ""));
    let told = practice
        .place
        .run(&["status", "--format", "json"])
        .expect(0);
    assert_eq!(each(&told.json(), "name"), names);
    assert_eq!(practice.count("DescribeServices"), 3);
    // The template, and the newest revision of each family.
    assert_eq!(practice.count("DescribeTaskDefinition"), 24);
    let mut parts = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let part = ["status", "--format", "json", "--shard", shard];
        parts.extend(each(&practice.place.run(&part).expect(0).json(), "name"));
    }
    parts.sort_by_key(ToString::to_string);
    assert_eq!(parts, names);
}

#[test]
fn a_template_that_many_were_made_from_is_read_once() {
    let names: Vec<String> = (0..9).map(|n| format!("s{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let practice = Practice::new(fleet(&names, |_| {}), &config(&names, ""));
    practice.deploy("app:1", &[]).expect(0);
    let changed = json!({ "family": "web-template", "containerDefinitions": [{ "name": "app", "image": "i", "memory": 64 }] });
    wire::ecs(&practice.endpoint.url(), "RegisterTaskDefinition", &changed);
    practice.endpoint.clear_journal();
    let told = practice
        .place
        .run(&["status", "--format", "json"])
        .expect(0);
    assert!(
        each(&told.json(), "freshness").iter().all(|f| f == "stale"),
        "{told}"
    );
    assert_eq!(practice.count("DescribeTaskDefinition"), 2 + 9);
}

#[test]
fn a_difference_of_each() {
    let practice = two(|_| {});
    let told = look(&practice, "diff", &["--format", "json"])
        .expect(0)
        .json();
    assert_eq!(each(&told, "config"), FILES);
    assert_eq!(each(&told, "family"), ["one", "two"]);
    practice.deploy("app:1", &[]).expect(0);
    let one = ["diff", "--set", "image=app:1", "--exit-code"];
    practice.place.run(&one).expect(0);
    // The worst of all.
    look(&practice, "diff", &["--exit-code"]).expect(3);
    look(&practice, "diff", &["--detailed-exitcode"]).expect(2);
    let ran = look(&practice, "diff", &["--record", "it.json"]).expect(2);
    assert!(
        ran.stderr.contains("a recording takes one configuration"),
        "{ran}"
    );
    // All services of a configuration, as `deploy` has it.
    let names = ["a", "b"];
    let practice = Practice::new(fleet(&names, |_| {}), &config(&names, ""));
    let all = ["diff", "--set", "image=app:1", "--format", "json"];
    let told = practice.place.run(&all).expect(0).json();
    assert_eq!(each(&told, "family"), names);
    let ran = practice
        .place
        .run(&[&all[..], &["--record", "it.json"]].concat());
    assert!(
        ran.expect(2)
            .stderr
            .contains("a recording is of one service")
    );
}

#[test]
fn faults_of_each_and_the_worst_code() {
    let practice = two(|_| {});
    let ran = look(&practice, "validate", &[]).expect(0);
    for told in [
        "acetate.toml: note: `one` is valid",
        "two.toml: note: `two` is valid",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {ran}");
    }
    let file = practice.place.path().join("two.toml");
    let text = std::fs::read_to_string(&file).expect("it is read");
    let bad = text.replace("[containers.app]", "[containers.app]\nmemory = 4096");
    std::fs::write(file, bad).expect("it is written");
    let ran = look(&practice, "validate", &["--format", "json"]).expect(5);
    let told = ran.json();
    assert_eq!(each(&told, "config"), FILES);
    let counts = each(&told, "findings");
    assert_eq!(counts[0], json!([]));
    assert_eq!(counts[1][0]["severity"], "error", "{told}");
    let ran = look(&practice, "verify", &["--format", "json"]).expect(0);
    assert_eq!(each(&ran.json(), "config"), FILES);
}

#[test]
fn a_plan_of_several_is_kept_and_executed() {
    let practice = two(|_| {});
    let kept = ["--out", "plan.json"];
    look(&practice, "plan", &kept).expect(0);
    let plan: Value = serde_json::from_str(&practice.place.read("plan.json")).expect("JSON");
    assert_eq!(each(&plan["services"], "config"), FILES);
    let schema = practice.place.run(&["schema", "plan"]).expect(0).json();
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    assert!(schema.is_valid(&plan), "{plan}");
    let execute = ["deploy", "--plan", "plan.json"];
    let ran = practice
        .place
        .run(&[&execute[..], &BOTH[..4]].concat())
        .expect(2);
    assert!(ran.stderr.contains("leave `-c` out"), "{ran}");
    practice
        .place
        .run(&[&execute[..], &["-c", "two.toml"]].concat())
        .expect(4);
    assert_eq!(practice.count("UpdateService"), 0);
    practice.place.run(&execute).expect(0);
    assert_eq!(practice.count("UpdateService"), 2);
    let ran = practice.place.run(&execute).expect(4);
    assert!(
        ran.stderr.contains("moved since the plan was made"),
        "{ran}"
    );
    // A job's part is kept with what it is a part of.
    look(&practice, "plan", &["--shard", "2/2", "--out", "part.json"]).expect(0);
    let plan: Value = serde_json::from_str(&practice.place.read("part.json")).expect("JSON");
    assert_eq!(plan["shard"], json!({ "number": 2, "of": 2 }));
    assert!(schema.is_valid(&plan), "{plan}");
    assert_eq!(each(&plan["services"], "config"), ["two.toml"]);
    practice
        .place
        .run(&["deploy", "--plan", "part.json"])
        .expect(0);
}
