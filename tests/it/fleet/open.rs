//! Of many services, whether a revision of the content is there already is looked up when a
//! service's turn comes.

use std::process::Stdio;

use acetate::local::{Fault, FaultKind, World};
use serde_json::{Value, json};

use super::{config, ends, fleet, practice, summary, updated};
use crate::deploy::Practice;
use crate::deploy::trouble::wait_for;
use crate::support::wire;

fn names() -> Vec<String> {
    (0..23).map(|n| format!("s{n:02}")).collect()
}

fn many(change: impl FnOnce(&mut World)) -> Practice {
    let names = names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = fleet(&names, |_| {});
    change(&mut world);
    Practice::new(world, &config(&names, ""))
}

fn families(practice: &Practice, operation: &str) -> Vec<Value> {
    let journal = practice.endpoint.journal();
    let of = journal.of(operation);
    of.iter().map(|e| e.request["family"].clone()).collect()
}

#[test]
fn what_runs_already_is_left_alone_and_what_is_there_is_used() {
    let practice = many(|_| {});
    practice.deploy("app:1", &[]).expect(0);
    practice.endpoint.clear_journal();
    let ran = practice.deploy("app:1", &["--format", "json"]).expect(0);
    let told = summary(&ran);
    assert!(
        ends(&told).iter().all(|(_, end)| *end == "nothing-to-do"),
        "{ran}"
    );
    assert!(updated(&practice).is_empty());
    // As a run leaves it that was killed between the two.
    let register = ["register", "s03", "--set", "image=app:2"];
    practice.place.run(&register).expect(0);
    practice.endpoint.clear_journal();
    let ran = practice.deploy("app:2", &["--format", "json"]).expect(0);
    assert_eq!(summary(&ran)["well"], 23);
    let registered = families(&practice, "RegisterTaskDefinition");
    assert_eq!(registered.len(), 22);
    assert!(!registered.contains(&"s03".into()), "{registered:?}");
    assert_eq!(updated(&practice).len(), 23);
}

#[test]
fn nothing_is_read_of_a_service_before_its_turn_but_itself() {
    let practice = many(|_| {});
    practice.deploy("app:1", &[]).expect(0);
    practice.endpoint.clear_journal();
    let fails = Fault {
        after: 3,
        times: 99,
        ..Fault::once("RegisterTaskDefinition", FaultKind::Denied)
    };
    practice.endpoint.fault(fails);
    practice
        .deploy("app:2", &["--wave", "s00,s01,s02,s03"])
        .expect(11);
    let journal = practice.endpoint.journal();
    let read: Vec<&Value> = journal
        .of("DescribeTaskDefinition")
        .iter()
        .map(|e| &e.request["taskDefinition"])
        .collect();
    assert_eq!(
        read.len(),
        5,
        "the template, and those of the wave: {read:?}"
    );
}

#[test]
fn a_revision_that_cannot_be_read_is_the_end_of_its_service_and_it_is_said_what_was_changed() {
    let practice = many(|_| {});
    let denied = Fault {
        after: 5,
        ..Fault::once("DescribeTaskDefinition", FaultKind::Denied)
    };
    practice.endpoint.fault(denied);
    let ran = practice.deploy("app:1", &["--format", "json"]).expect(11);
    let told = summary(&ran);
    assert_eq!((&told["well"], &told["failed"]), (&22.into(), &1.into()));
    let services = told["services"].as_array().expect("a list");
    let failed = services.iter().find(|s| s["end"] == "failed");
    let failed = failed.expect("one of them");
    assert_eq!(failed["exit_code"], 10);
    assert!(!ran.stderr.contains("nothing was changed"), "{ran}");
    assert_eq!(practice.count("RegisterTaskDefinition"), 22);
    assert!(
        !updated(&practice)
            .iter()
            .any(|name| failed["service"] == name.as_str())
    );
}

#[test]
fn a_fault_that_verify_finds_is_no_matter_where_nothing_is_to_be_done() {
    let practice = many(|world| world.images = Some([("web:2".to_owned(), vec![])].into()));
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1";
    practice.deploy(image, &["--skip-check", "all"]).expect(0);
    practice.endpoint.clear_journal();
    practice.deploy(image, &[]).expect(0);
    let ran = practice.deploy(image, &["--force"]).expect(5);
    assert!(ran.stderr.contains("there is no image"), "{ran}");
    assert!(updated(&practice).is_empty());
}

#[test]
fn a_few_are_planned_whole() {
    let practice = practice(&["a", "b"], "", |_| {});
    let denied = Fault {
        after: 2,
        ..Fault::once("DescribeTaskDefinition", FaultKind::Denied)
    };
    practice.endpoint.fault(denied);
    practice.deploy("app:1", &[]).expect(10);
    assert_eq!(practice.count("RegisterTaskDefinition"), 0);
}

#[test]
fn a_service_that_was_moved_before_its_turn_is_not_said_to_run_what_it_should() {
    let practice = many(|_| {});
    practice.deploy("app:1", &[]).expect(0);
    practice.endpoint.clear_journal();
    // The first call is for the template, the next one by a service whose turn has come.
    practice.endpoint.fault(Fault {
        after: 1,
        ..Fault::once("DescribeTaskDefinition", FaultKind::Hold)
    });
    let deploy = ["deploy", "--set", "image=app:1", "--format", "json"];
    let mut command = practice.place.command(&deploy);
    let child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let held = || {
        let journal = practice.endpoint.journal();
        let held = journal.entries.iter().find(|e| e.fault == Some("hold"));
        held.map(|e| e.request["taskDefinition"].clone())
    };
    wait_for(|| held().is_some());
    let moved = held().expect("a family, which is named as the service");
    let reset = json!({ "cluster": "prod", "service": moved, "taskDefinition": "web-template" });
    wire::ecs(&practice.endpoint.url(), "UpdateService", &reset);
    practice.endpoint.let_go();
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("moved since the plan"), "{said}");
    assert!(said.contains("\"well\":22"), "{said}");
}
