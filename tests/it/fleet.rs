//! Many services in one run: shared reads, AWS's rates, waves, shards, several configurations.

/// Different accounts and regions in one run, each with buckets of its own.
mod accounts;
/// What it costs: time against what AWS's buckets allow, calls, memory.
mod cost;
/// Jobs that share the services, and waves.
mod jobs;
/// Verbs that only look, and plans that are kept.
mod look;
/// What is left open of a plan until a service's turn.
mod open;

use acetate::local::{KnownService, Outcome, World};
use serde_json::Value;

use crate::deploy::{Practice, events, world};
use crate::support::Ran;

/// Services on one template; each registers in a family of its own.
fn fleet(names: &[&str], change: impl Fn(&mut KnownService)) -> World {
    let mut world = world(&[]);
    let first = world.services.remove(0);
    for name in names {
        let mut service = KnownService {
            name: (*name).to_owned(),
            ..first.clone()
        };
        change(&mut service);
        world.services.push(service);
    }
    world
}

fn config(names: &[&str], more: &str) -> String {
    let services: String = names.iter().map(|n| format!("[services.{n}]\n")).collect();
    format!(
        "cluster = \"prod\"\ntemplate = \"ecs:web-template\"\nfamily = \"${{service}}\"\n{more}\n\
         [deploy]\non-failure = \"leave\"\n[containers.app]\nimage = \"${{inputs.image}}\"\n{services}"
    )
}

fn practice(names: &[&str], more: &str, change: impl Fn(&mut KnownService)) -> Practice {
    Practice::new(fleet(names, change), &config(names, more))
}

/// The summary that ends a run in JSON.
fn summary(ran: &Ran) -> Value {
    let all = events(ran);
    let found = all
        .into_iter()
        .rev()
        .find(|event| event["event"] == "summary");
    found.unwrap_or_else(|| panic!("no summary: {ran}"))
}

/// How each service ended, in the order of the run.
fn ends(summary: &Value) -> Vec<(&str, &str)> {
    let services = summary["services"].as_array().expect("a list").iter();
    let told = services.map(|s| (s["service"].as_str(), s["end"].as_str()));
    told.map(|(name, end)| (name.expect("a text"), end.expect("a text")))
        .collect()
}

/// Services in the order of their updates.
fn updated(practice: &Practice) -> Vec<String> {
    let journal = practice.endpoint.journal();
    let service =
        |entry: &&acetate::local::Entry| entry.request["service"].as_str().map(str::to_owned);
    journal
        .of("UpdateService")
        .iter()
        .filter_map(service)
        .collect()
}

#[test]
fn what_services_have_in_common_is_read_once() {
    let names: Vec<String> = (0..23).map(|n| format!("s{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let practice = practice(&names, "", |_| {});
    let ran = practice.deploy("app:1", &["--format", "json"]).expect(0);
    let journal = practice.endpoint.journal();
    let of_template = journal
        .of("DescribeTaskDefinition")
        .iter()
        .filter(|e| e.request["taskDefinition"] == "web-template")
        .count();
    assert_eq!(of_template, 1);
    let first: Vec<usize> = journal
        .of("DescribeServices")
        .iter()
        .take(3)
        .map(|e| e.request["services"].as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(first, [10, 10, 3]);
    let summary = summary(&ran);
    assert_eq!(
        (&summary["total"], &summary["well"], &summary["exit_code"]),
        (&23.into(), &23.into(), &0.into())
    );
}

#[test]
fn a_failure_leaves_its_wave_alone_and_no_further_wave_is_begun() {
    let names = ["a", "b", "c", "d"];
    let fails = |s: &mut KnownService| {
        if s.name == "c" {
            s.outcome = vec![Outcome::Failed];
            s.rollback = false;
        }
    };
    let practice = practice(&names, "waves = [\"c,a\"]", fails);
    let ran = practice.deploy("app:1", &["--format", "json"]).expect(7);
    let told = summary(&ran);
    let expected = [
        ("a", "done"),
        ("b", "not-begun"),
        ("c", "failed"),
        ("d", "not-begun"),
    ];
    assert_eq!(ends(&told), expected, "{ran}");
    assert_eq!(updated(&practice).len(), 2);
    assert_eq!(told["services"][1]["wave"], 2);
    // What runs already is left alone, and `--wave` comes before the configuration.
    let ran = practice
        .deploy(
            "app:1",
            &[
                "--format", "json", "--wave", "50%", "--force", "d", "b", "a",
            ],
        )
        .expect(0);
    assert_eq!(
        ends(&summary(&ran)),
        [("d", "done"), ("b", "done"), ("a", "done")]
    );
    assert_eq!(updated(&practice).last().map(String::as_str), Some("a"));
}

#[test]
fn going_on_after_a_failure_is_asked_for() {
    let names = ["a", "b"];
    let fails = |s: &mut KnownService| {
        if s.name == "a" {
            s.outcome = vec![Outcome::RolledBack];
        }
    };
    let practice = practice(&names, "", fails);
    let ran = practice
        .deploy("app:1", &["--wave", "a", "--keep-going"])
        .expect(7);
    assert_eq!(updated(&practice), ["a", "b"]);
    let told = "1 of 2 services went well, 1 failed, ";
    assert!(
        ran.stderr.contains(told) && ran.stderr.contains("failed: a"),
        "{ran}"
    );
}

#[test]
fn where_one_cannot_be_planned_nothing_is_changed() {
    let names = ["a", "b", "c"];
    let foreign = |s: &mut KnownService| {
        if s.name != "b" {
            s.controller = "EXTERNAL".to_owned();
        }
    };
    let practice = practice(&names, "", foreign);
    let ran = practice.deploy("app:1", &[]).expect(4);
    assert!(
        ran.stderr
            .contains("2 of 3 services cannot be planned (`a`, `c`)"),
        "{ran}"
    );
    assert_eq!(practice.count("RegisterTaskDefinition"), 0);
    let ran = practice
        .deploy("app:1", &["--keep-going", "--format", "json"])
        .expect(4);
    assert_eq!(updated(&practice), ["b"]);
    let told = summary(&ran);
    assert_eq!(
        ends(&told),
        [("b", "done"), ("a", "failed"), ("c", "failed")]
    );
}

/// Two configurations: `web` in the clusters `prod` and `other`, with inputs of different names.
pub fn two(change: impl Fn(&mut KnownService)) -> Practice {
    let mut both = fleet(&["web"], &change);
    let other = KnownService {
        cluster: "other".to_owned(),
        ..both.services[0].clone()
    };
    both.services.push(other);
    let one = config(&[], "service = \"web\"").replace("${service}", "one");
    let two = one.replace("prod", "other").replace("\"one\"", "\"two\"");
    let practice = Practice::new(both, &one);
    let file = practice.place.path().join("two.toml");
    std::fs::write(file, two.replace("inputs.image", "inputs.picture")).expect("it is written");
    practice
}

pub const BOTH: [&str; 6] = [
    "-c",
    "acetate.toml",
    "-c",
    "two.toml",
    "--set",
    "picture=app:2",
];

#[test]
fn several_configurations_in_one_run() {
    let practice = two(|_| {});
    let ran = practice
        .deploy("app:1", &[&BOTH[..], &["--format", "json"]].concat())
        .expect(0);
    let told = summary(&ran);
    let of: Vec<&Value> = (0..2).map(|n| &told["services"][n]["config"]).collect();
    assert_eq!(of, ["acetate.toml", "two.toml"]);
    let accepted = events(&ran);
    let accepted: Vec<(&Value, &Value)> = accepted
        .iter()
        .filter(|e| e["event"] == "accepted")
        .map(|e| (&e["config"], &e["service"]))
        .collect();
    assert_eq!(accepted.len(), 2, "{accepted:?}");
    assert!(accepted.iter().all(|(config, _)| config.is_string()));
    let ran = practice.deploy("app:1", &BOTH).expect(0);
    assert!(
        ran.stdout.contains("two.toml: web already runs two:1"),
        "{ran}"
    );
    let ran = practice.place.run(&[&["render"], &BOTH[..4]].concat());
    assert!(
        ran.expect(2)
            .stderr
            .contains("`render` takes one configuration")
    );
}

/// Both are called `web`: each error says of which configuration it is.
#[test]
fn what_fails_is_named_with_its_configuration() {
    let practice = two(|s| s.controller = "EXTERNAL".to_owned());
    let ran = practice.deploy("app:1", &BOTH).expect(4);
    for told in [
        "2 of 2 services cannot be planned (`web` of `acetate.toml`, `web` of `two.toml`)",
        "hint: this is about `web` of `acetate.toml`\n",
        "hint: this is about `web` of `two.toml`\n",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {ran}");
    }
    // There are no others to go on with.
    assert!(!ran.stderr.contains("--keep-going"), "{ran}");

    let practice = two(|s| s.outcome = vec![Outcome::RolledBack]);
    let file = practice
        .place
        .read("two.toml")
        .replace("ecs:web", "ecs:nope-web");
    std::fs::write(practice.place.path().join("two.toml"), file).expect("it is written");
    let ran = practice.deploy("app:1", &BOTH).expect(1);
    let told = "hint: this is about `web` of `two.toml`, one of 2 services";
    assert!(ran.stderr.contains(told), "{ran}");
    let ran = practice.deploy("app:1", &[&BOTH[..], &["--keep-going"]].concat());
    for told in [
        "not all went well: 2 of 2 services (`web` of `acetate.toml`, `web` of `two.toml`)",
        "failed: web of acetate.toml, web of two.toml",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {ran}");
    }
    let ran = practice
        .place
        .run(&[&["show"], &BOTH[..4]].concat())
        .expect(2);
    assert!(
        ran.stderr.contains("`show` takes one configuration"),
        "{ran}"
    );
}
